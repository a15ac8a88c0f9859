"""How firm the winner is, as a page and the API show it: names in place of keys, words beside numbers (V10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scorecard import robustness
from scorecard.models import Criterion, Rater, Simulation, Vendor
from scorecard.queries import Matrix, panel_of
from scorecard.robustness import Flip, WeightRange
from scorecard.scoring import HIGHEST, LOWEST
from scorecard.simulation import NOBODY, share
from scorecard.table import two

# K. Krippendorff, Content Analysis: rely on 0.800 and above, draw tentative conclusions from 0.667
RELIABLE, TENTATIVE = Fraction(800, 1000), Fraction(667, 1000)


@dataclass(frozen=True)
class WeightRow:
    """One criterion: from which to which weight the leader holds, and what turns first on either side."""

    criterion: Criterion
    range: WeightRange
    flips: Sequence[tuple[Flip, str]]

    @property
    def low(self) -> str:
        return one_decimal(self.range.low, up=True)

    @property
    def high(self) -> str:
        return one_decimal(self.range.high)

    @property
    def said(self) -> str:
        """What turns, in words: "at 18 % to Birch CRM"."""
        turns = [
            f"{'at' if flip.at > self.range.weight else 'down at'} {flip.at} % {_to(name)}" for flip, name in self.flips
        ]
        return ", ".join(turns) or "at no weight"


@dataclass(frozen=True)
class RatingRow:
    """One rating that turns the leader by one step."""

    vendor: Vendor
    criterion: Criterion
    rater: str
    was: int
    now: int
    to: str


@dataclass(frozen=True)
class RaterRow:
    """The result without one rater."""

    rater: str
    leader: str
    lead: str
    changes: bool
    is_open: bool


@dataclass(frozen=True)
class SpreadRow:
    """A cell whose raters are two steps or more apart."""

    vendor: Vendor
    criterion: Criterion
    low: int
    high: int
    deviation: str


@dataclass(frozen=True)
class Firmness:
    """Everything at once. Without a leader the parts about turning are empty, and `finding` says why."""

    finding: str
    leader: Vendor | None
    lead: str
    margin: str
    is_clear: bool
    weights: Sequence[WeightRow] = ()
    smallest: WeightRow | None = None
    ratings: Sequence[RatingRow] = ()
    steps: int = 0
    raters: Sequence[RaterRow] = ()
    spreads: Sequence[SpreadRow] = ()
    alpha: str = ""
    alpha_said: str = ""

    @property
    def single_ratings(self) -> str:
        return f"{len(self.ratings)} of {self.steps} possible steps turn it"


def one_decimal(value: Fraction, *, up: bool = False) -> str:
    """One decimal, cut; `up` rounds away from zero, so that a range is never shown wider than it is.

    >>> one_decimal(Fraction(100, 3)), one_decimal(Fraction(100, 3), up=True)
    ('33.3', '33.4')
    >>> one_decimal(Fraction(100))
    '100'
    """
    tenths = -(-value * 10 // 1) if up else value * 10 // 1
    return f"{int(tenths) // 10}.{int(tenths) % 10}".removesuffix(".0")


def build(matrix: Matrix) -> Firmness:
    """Examine a matrix whose reader is not blind to it."""
    panel = panel_of(matrix)
    margin = f"{matrix.card.margin}"
    if not panel.is_complete:
        return Firmness("Nothing can be said before every rating is in", None, "", margin, False)
    vendors = {str(one.pk): one for one in matrix.vendors}
    criteria = {str(one.pk): one for one in matrix.criteria}
    names = {str(one.pk): str(one.membership.user.display) for one in matrix.raters}
    totals = sorted((total for vendor, total in panel.totals().items() if vendor not in panel.out), reverse=True)
    lead = totals[0] - totals[1] if len(totals) > 1 else Fraction(0)
    ahead = vendors.get(panel.leader or "")
    clear = ahead is not None and (len(totals) == 1 or lead >= Fraction(matrix.card.margin))

    def name(key: str | None) -> str:
        return vendors[key].name if key else ""

    weights = [
        WeightRow(criteria[one.criterion], one, [(flip, name(flip.to)) for flip in robustness.weight_flips(panel, one)])
        for one in (robustness.weight_ranges(panel) if ahead else [])
    ]
    weights.sort(key=lambda one: one.flips[0][0].distance if one.flips else Fraction(1000))
    ratings = [
        RatingRow(vendors[one.vendor], criteria[one.criterion], names[one.rater], one.was, one.now, name(one.to))
        for one in (robustness.rating_flips(panel) if ahead else [])
    ]
    raters = [
        RaterRow(names[one.rater], name(one.leader), two(one.lead), one.leader != panel.leader, one.is_open)
        for one in robustness.without_each_rater(panel)
    ]
    spreads = [
        SpreadRow(vendors[one.vendor], criteria[one.criterion], one.low, one.high, f"{float(one.variance) ** 0.5:.2f}")
        for one in robustness.spreads(panel)
    ]
    alpha = robustness.agreement(panel)
    return Firmness(
        _finding(ahead, lead, clear, len(totals), weights),
        ahead,
        two(lead),
        margin,
        clear,
        weights,
        weights[0] if weights and weights[0].flips else None,
        ratings,
        _possible_steps(panel),
        raters,
        spreads,
        "" if alpha is None else f"{float(alpha):.3f}",
        _alpha_said(alpha),
    )


@dataclass(frozen=True)
class ShareRow:
    """How often one vendor led, in percent with its standard error. `vendor` "": nobody did."""

    vendor: str
    percent: float
    error: float


def shares(simulation: Simulation, matrix: Matrix) -> list[ShareRow]:
    """The shares of a finished simulation, the largest first; vendors off the list since are named as such."""
    names = {str(one.pk): one.name for one in matrix.vendors} | {NOBODY: ""}
    rows = [
        ShareRow(names.get(key, "a vendor no longer listed"), *share(wins, simulation.draws))
        for key, wins in simulation.wins.items()
    ]
    return sorted(rows, key=lambda one: (-one.percent, one.vendor))


def raters_by_mean(matrix: Matrix) -> list[tuple[Rater, int, str]]:
    """Who rated how many cells, and their own mean: a strict rater is not a wrong one."""
    rows = []
    for rater in matrix.raters:
        given = [one.score for cell in matrix.cells.values() for one in cell if one.rater_id == rater.pk and one.score]
        rows.append((rater, len(given), two(Fraction(sum(given), len(given))) if given else ""))
    return rows


def _finding(ahead: Vendor | None, lead: Fraction, clear: bool, left: int, weights: Sequence[WeightRow]) -> str:
    if ahead is None:
        return "Every vendor is eliminated" if not left else "The best two are level"
    if left == 1:
        return f"{ahead} is the only vendor left"
    nearest = weights[0].flips[0][0] if weights and weights[0].flips else None
    head = f"{ahead} leads by {two(lead)}"
    if not clear:
        return f"{head}: no clear winner"
    if nearest is None:
        return f"{head}, whatever single weight moves"
    return f"{head}; {weights[0].criterion} at {nearest.at} % instead of {nearest.weight} % turns it"


def _alpha_said(alpha: Fraction | None) -> str:
    if alpha is None:
        return "There is nothing to compare: too few shared cells, or one value throughout."
    if alpha >= RELIABLE:
        return "The raters mean the same by the same number."
    if alpha >= TENTATIVE:
        return "Good for tentative conclusions; talk about the widest cells."
    return "Too low to lean on: the raters see different things. Talk about the widest cells before anyone signs."


def _to(name: str) -> str:
    return f"to {name}" if name else "to a draw"


def _possible_steps(panel: robustness.Panel) -> int:
    """How many single steps the ratings could take and stay on the scale."""
    values = [value for entry in panel.entries for cell in entry.cells.values() for value in cell.ratings.values()]
    return sum(value > LOWEST for value in values) + sum(value < HIGHEST for value in values)
