"""The RACI, the sponsor, meetings and ownership; mail; editions of the one-pager."""

from governance.models.dashboards import Dashboard, DashboardReview, ReviewCadence
from governance.models.mail import Delivery, DeliveryState
from governance.models.records import (
    WEEKDAYS,
    Activity,
    Assignment,
    Attestation,
    Kind,
    Meeting,
    MeetingDay,
    Outcome,
    Presence,
    RaciSignoff,
    Sponsorship,
    SponsorshipQuerySet,
    Statement,
    SystemOwner,
    SystemOwnerQuerySet,
)
from governance.models.reports import Edition
from governance.models.strategy import StrategyAnswer, StrategyTest

__all__ = [
    "WEEKDAYS",
    "Activity",
    "Assignment",
    "Attestation",
    "Dashboard",
    "DashboardReview",
    "Delivery",
    "DeliveryState",
    "Edition",
    "Kind",
    "Meeting",
    "MeetingDay",
    "Outcome",
    "Presence",
    "RaciSignoff",
    "ReviewCadence",
    "Sponsorship",
    "SponsorshipQuerySet",
    "Statement",
    "StrategyAnswer",
    "StrategyTest",
    "SystemOwner",
    "SystemOwnerQuerySet",
]
