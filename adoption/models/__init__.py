"""Reps, what their CRM exports say of them, targets and escalations."""

from adoption.models.escalations import Escalation, EscalationState, Metric, Target
from adoption.models.imports import Activity, ActivityWeek, Counting, RecordSummary
from adoption.models.reps import Absence, Holiday, Rep, RepState

__all__ = [
    "Absence",
    "Activity",
    "ActivityWeek",
    "Counting",
    "Escalation",
    "EscalationState",
    "Holiday",
    "Metric",
    "RecordSummary",
    "Rep",
    "RepState",
    "Target",
]
