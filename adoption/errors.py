"""Refusals of adoption."""

from crmprogram.program.errors import DomainError


class ImportRefused(DomainError):
    """The file cannot be counted: not read, of another kind, or its dates can be read in two ways."""

    code = "import_refused"


class RepRefused(DomainError):
    """The owner cannot be settled so."""

    code = "rep_refused"


class EscalationRefused(DomainError):
    """The escalation does not take this step now (M5)."""

    code = "escalation_refused"


class IssueRefused(DomainError):
    """The issue does not take this step now."""

    code = "issue_refused"


class CheckpointRefused(DomainError):
    """The checkpoint, or the baseline it is compared with, cannot be kept so now (M12)."""

    code = "checkpoint_refused"
