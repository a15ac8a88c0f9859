"""Which checkpoints there are, and what each one asks (M12). Lists of checks, held as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

WINDOW = timedelta(days=90)  # deals and leads of a checkpoint, and of the baseline it is compared with; ours
GRACE = timedelta(days=7)  # from its day until a checkpoint is late; ours
FRESH = timedelta(days=14)  # an export older than that says nothing of the day (G8)
LOGIN_WEEKS = 4


@dataclass(frozen=True)
class Measure:
    """One thing a checkpoint reads. `key` is the check that judges it.

    `unit` is percent, hours, money or money a day. `is_compared`: judged against the baseline, by the
    lift in `least` percent; else against `least` itself. `rising` is good, or falling.
    """

    key: str
    label: str
    unit: str
    least: str
    is_compared: bool = False
    rising: bool = True
    is_strict: bool = False
    imports: str = ""

    @property
    def sign(self) -> str:
        """How the threshold is written: any gain is more than the baseline, not as much."""
        more = self.is_strict or (self.is_compared and self.least == "0")
        return (">" if more else "≥") if self.rising else "<" if more else "≤"


@dataclass(frozen=True)
class Milestone:
    """A day after go-live, what it asks, and whether one of the measures is enough."""

    day: int
    title: str
    keys: tuple[str, ...]
    one_is_enough: bool = False


LOGINS = Measure(
    "checkpoint.logins", "Daily login of primary users", "percent", "80",
    imports="Count the CRM's login export.",
)  # fmt: skip
SYNC = Measure(
    "checkpoint.sync", "Integration runs that succeeded", "percent", "99.5", is_strict=True,
    imports="Enter the share of a month from the integration's own log.",
)  # fmt: skip
RESPONSE = Measure(
    "checkpoint.lead_response", "Lead response, median", "hours", "0", is_compared=True, rising=False,
    imports="Count an export of leads with their time of creation, and of calls and e-mails with the lead's id.",
)  # fmt: skip
VELOCITY = Measure(
    "checkpoint.velocity", "Pipeline velocity", "money a day", "0", is_compared=True,
    imports="Count an export of deals that holds open, won and lost ones with their dates.",
)  # fmt: skip
CONVERSION = Measure(
    "checkpoint.conversion", "Conversion: won of closed deals", "percent", "5", is_compared=True,
    imports="Count an export of deals that holds won and lost ones.",
)  # fmt: skip
RETENTION = Measure(
    "checkpoint.retention", "Net revenue retention", "percent", "5", is_compared=True,
    imports="Enter net revenue retention of a month.",
)  # fmt: skip
REVENUE = Measure(
    "checkpoint.revenue", "Revenue won per rep in 90 days", "money", "5", is_compared=True,
    imports="Count an export of deals that holds won ones with their amounts.",
)  # fmt: skip
MEASURES = {one.key: one for one in (LOGINS, SYNC, RESPONSE, VELOCITY, CONVERSION, RETENTION, REVENUE)}
COMPARED = tuple(one for one in MEASURES.values() if one.is_compared)

MILESTONES = (
    Milestone(30, "Adoption", (LOGINS.key,)),
    Milestone(60, "Data and automation", (SYNC.key,)),
    Milestone(90, "Early business signs", (RESPONSE.key, VELOCITY.key)),
    Milestone(180, "Return", (CONVERSION.key, RETENTION.key, REVENUE.key), one_is_enough=True),
)
OF_DAY = {one.day: one for one in MILESTONES}


def lift(value: Fraction, baseline: Fraction, *, rising: bool = True) -> Fraction | None:
    """The change in percent of the baseline, above zero when it is a gain; None against a baseline of zero.

    >>> lift(Fraction(21), Fraction(20)), lift(Fraction(3), Fraction(4), rising=False)
    (Fraction(5, 1), Fraction(25, 1))
    """
    if baseline == 0:
        return None
    change = 100 * (value - baseline) / baseline
    return change if rising else -change


def needed(baseline: Fraction, least: Fraction, *, rising: bool = True) -> Fraction:
    """The value that is a lift of `least` percent over the baseline.

    >>> needed(Fraction(20), Fraction(5))
    Fraction(21, 1)
    """
    return baseline * (100 + least if rising else 100 - least) / 100


def rounded(value: Fraction) -> Decimal:
    """Four places, as baselines are stored.

    >>> rounded(Fraction(200, 3)), rounded(Fraction(80))
    (Decimal('66.6667'), Decimal('80'))
    """
    exact = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()


def velocity(*, open_deals: int, won: int, closed: int, amount: int, cycle_days: int, cycles: int) -> Fraction | None:
    """Open deals x win rate x mean value / cycle in days: minor units a day (M12); None without one of them.

    >>> velocity(open_deals=10, won=2, closed=4, amount=60_00, cycle_days=60, cycles=2)
    Fraction(500, 1)
    """
    if not (won and closed and cycles and cycle_days):
        return None
    return open_deals * Fraction(won, closed) * Fraction(amount, won) / Fraction(cycle_days, cycles)


def verdict_of(milestone: Milestone, verdicts: list[str]) -> str:
    """met, not_met or unknown of a whole checkpoint; of some one that is met is enough.

    >>> verdict_of(OF_DAY[180], ["unknown", "met", "not_met"]), verdict_of(OF_DAY[90], ["met", "unknown"])
    ('met', 'unknown')
    """
    if milestone.one_is_enough and "met" in verdicts:
        return "met"
    if milestone.one_is_enough and "unknown" in verdicts:
        return "unknown"
    return "not_met" if "not_met" in verdicts else "unknown" if "unknown" in verdicts else "met"
