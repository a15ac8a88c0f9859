"""What this floor refuses, each with a code for machines."""

from crmprogram.program.errors import Conflict, DomainError


class GateRefused(DomainError):
    """The gate cannot be requested now; the sentence says why (R3, P7, G6, G7)."""

    code = "gate_refused"


class AlreadyDecided(DomainError):
    """Somebody, or a first click, decided the review before."""

    code = "already_decided"


class EvidenceChanged(Conflict):
    """The evidence is no longer what the page showed; `details["changed"]` says what changed (G7)."""

    code = "evidence_changed"


class GateNotReady(DomainError):
    """Criteria are neither met nor waived; `details["blocking"]` names them (G8)."""

    code = "gate_not_ready"


class GateNotPassed(DomainError):
    """The act needs a signed gate; `details` name the gate and what it misses (G6)."""

    code = "gate_not_passed"


class NotFresh(DomainError):
    """Signing needs a password given in the last five minutes (G7)."""

    code = "authentication_not_fresh"
    status = 403


class WaiverRefused(DomainError):
    """This criterion cannot be waived so (G8)."""

    code = "waiver_refused"


class ThresholdRefused(DomainError):
    """This threshold cannot be changed so, or not now (G8)."""

    code = "threshold_refused"


class DelegationRefused(DomainError):
    """This person cannot sign for the sponsor (G7)."""

    code = "delegation_refused"


class ExemptionRefused(DomainError):
    """Pick cannot be left out, or taken up again, now (G6)."""

    code = "exemption_refused"


class WaveRefused(DomainError):
    """A wave or a pilot cannot start so (P4, G6); `details["missing"]` says what is missing."""

    code = "wave_refused"


class StepRefused(DomainError):
    """A step cannot be marked as started before what it needs; `details["missing"]` names it."""

    code = "step_refused"
