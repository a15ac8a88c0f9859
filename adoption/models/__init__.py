"""Reps, what their CRM exports say of them, targets and escalations."""

from adoption.models.checkpoints import Baseline, Checkpoint, Day, LeadAnswer
from adoption.models.escalations import (
    OPEN,
    STANDING,
    Escalation,
    EscalationNote,
    EscalationState,
    Metric,
    NoteKind,
    Target,
)
from adoption.models.imports import Activity, ActivityWeek, Counting, RecordSummary, RepWeek
from adoption.models.issues import HOLDING, Issue, IssueReview, IssueState, Severity
from adoption.models.records import CrmRecord, DealStage, Figure, LoginDay, OwnerName, TeamCalendar
from adoption.models.reps import Absence, Holiday, Rep, RepState

__all__ = [
    "HOLDING",
    "OPEN",
    "STANDING",
    "Absence",
    "Activity",
    "ActivityWeek",
    "Baseline",
    "Checkpoint",
    "Counting",
    "CrmRecord",
    "Day",
    "DealStage",
    "Escalation",
    "EscalationNote",
    "EscalationState",
    "Figure",
    "Holiday",
    "Issue",
    "IssueReview",
    "IssueState",
    "LeadAnswer",
    "LoginDay",
    "Metric",
    "NoteKind",
    "OwnerName",
    "RecordSummary",
    "Rep",
    "RepState",
    "RepWeek",
    "Severity",
    "Target",
    "TeamCalendar",
]
