"""What governance refuses."""

from crmprogram.program.errors import DomainError


class FixedRow(DomainError):
    """The row that names who is Accountable for the program cannot be removed or renamed."""

    code = "fixed_row"


class NotExecutive(DomainError):
    """Only a VP, C-level, founder or owner can be Accountable for the program (R2)."""

    code = "not_executive"


class NotHeld(DomainError):
    """The position has no member who could answer for it."""

    code = "not_held"


class NoSponsorship(DomainError):
    """There is no sponsorship to accept or to end."""

    code = "no_sponsorship"


class RaciNotReady(DomainError):
    """Rows break the rule of one Accountable; nothing is signed (R1)."""

    code = "raci_not_ready"


class AlreadySigned(DomainError):
    """Nothing changed since the last signed version."""

    code = "already_signed"


class PositionInUse(DomainError):
    """The position is the sponsor's."""

    code = "position_in_use"


class NotDue(DomainError):
    """No meeting of this kind was due then, or its day has not come."""

    code = "not_due"


class NoSystemOwner(DomainError):
    """Nobody is named as internal system owner."""

    code = "no_system_owner"


class DashboardRetired(DomainError):
    """A retired dashboard is not reviewed or changed any more."""

    code = "dashboard_retired"
