"""Refusals of the scorecard."""

from crmprogram.program.errors import DomainError


class WeightsRefused(DomainError):
    """The weights do not sum to 100, or are locked (V2, V3)."""

    code = "weights_refused"


class RatingRefused(DomainError):
    """A rating cannot be taken: no rater, submitted already, evidence missing (V3)."""

    code = "rating_refused"


class VendorRefused(DomainError):
    """The vendor cannot move there (V1, V4, V5)."""

    code = "vendor_refused"


class DecisionRefused(DomainError):
    """The decision record cannot be drafted or signed (V11)."""

    code = "decision_refused"
