"""Refusals of data work."""

from crmprogram.program.errors import DomainError


class AccountOpen(DomainError):
    """Rows read and rows accounted for differ; says by how many (H0)."""

    code = "account_open"


class RunRefused(DomainError):
    """The run cannot do that in its present state."""

    code = "run_refused"


class BlocksGone(DomainError):
    """What a step of the run left for the next one is not on the disk any more."""

    code = "blocks_gone"


class MappingIncomplete(DomainError):
    """Columns without a treatment, or without what a record needs (H5)."""

    code = "mapping_incomplete"


class DecisionRefused(DomainError):
    """The decision about these records cannot be taken or undone now."""

    code = "decision_refused"


class LoadRefused(DomainError):
    """The stage may not be loaded now; the sentence says what is missing (H2, H7, H10)."""

    code = "load_refused"


class SampleRefused(DomainError):
    """The sample cannot be drawn, answered or signed now (H8)."""

    code = "sample_refused"
