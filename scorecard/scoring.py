"""Score vendors: means, vetoes, must-haves, totals; exact, in fractions, without Django.

Ratings are whole numbers 1 to 5. Nothing is rounded before it is ranked (V3); a missing
rating is never neutral: it opens an interval from worst to best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

LOWEST, HIGHEST = 1, 5
MUST_HAVES_MISSING_AT_MOST = 1  # V5: two or more eliminate


@dataclass(frozen=True)
class Criterion:
    """A criterion: `weight` in whole percent; `floor` is the veto floor, None for none (V4)."""

    key: str
    weight: int
    floor: Fraction | None = None


@dataclass(frozen=True)
class Cell:
    """What was rated for one vendor and criterion.

    `ratings` are the raters' originals by rater; `expected` is how many raters are still
    to come; `consensus` replaces the mean in the total, never in the veto (V3, V4).
    """

    ratings: Mapping[str, int] = field(default_factory=dict)
    expected: int = 0
    consensus: Fraction | None = None


class Standing(StrEnum):
    """Where a vendor stands. POSSIBLE: a veto that missing ratings can still bring or lift."""

    IN = "in"
    POSSIBLE = "possible"
    ELIMINATED = "eliminated"


@dataclass(frozen=True)
class Interval:
    """From worst to best; both ends are equal once nothing is missing."""

    low: Fraction
    high: Fraction

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class CellScore:
    """`mean` of the originals (None: nothing rated yet); `score` is what counts in the total."""

    mean: Fraction | None
    score: Interval
    spread: int  # highest minus lowest original rating
    veto: Standing = Standing.IN


@dataclass(frozen=True)
class VendorScore:
    """One vendor's column. `rank_by_total` counts every vendor, `rank` only those not eliminated (None: out)."""

    vendor: str
    cells: Mapping[str, CellScore]
    total: Interval
    standing: Standing
    vetoed_by: tuple[str, ...] = ()
    possibly_vetoed_by: tuple[str, ...] = ()
    must_haves_missing: int = 0
    rank_by_total: int = 0
    rank: int | None = None

    @property
    def is_out_by_must_haves(self) -> bool:
        return self.must_haves_missing > MUST_HAVES_MISSING_AT_MOST


def weights_problem(weights: Sequence[int]) -> str:
    """Why the weights cannot be saved, one sentence; "" when they sum to exactly 100 (V2)."""
    if any(type(weight) is not int or weight < 0 for weight in weights):
        return "Weights are whole percents, none below zero."
    total = sum(weights)
    if total == 100:
        return ""
    return f"The weights sum to {total} %. {'Add' if total < 100 else 'Take away'} {abs(100 - total)} to reach 100 %."


def score_cell(cell: Cell, floor: Fraction | None = None) -> CellScore:
    """Mean, interval and veto of one cell.

    The veto looks at the unrounded mean of the originals (V4): below the floor is
    eliminated, while ratings are missing it is possible whenever an outcome below the
    floor can still come about.

    >>> score_cell(Cell({"a": 3, "b": 4}), Fraction(4)).veto
    <Standing.ELIMINATED: 'eliminated'>
    >>> score_cell(Cell({"a": 5}, expected=1)).score
    Interval(low=Fraction(3, 1), high=Fraction(5, 1))
    """
    values = list(cell.ratings.values())
    if any(type(value) is not int or not LOWEST <= value <= HIGHEST for value in values):
        raise ValueError("Ratings are whole numbers from 1 to 5.")
    count = len(values) + cell.expected
    if count:
        low = Fraction(sum(values) + LOWEST * cell.expected, count)
        high = Fraction(sum(values) + HIGHEST * cell.expected, count)
    else:
        low, high = Fraction(LOWEST), Fraction(HIGHEST)
    veto = Standing.IN
    if floor is not None:
        veto = Standing.ELIMINATED if high < floor else Standing.POSSIBLE if low < floor else Standing.IN
    score = Interval(low, high) if cell.consensus is None else Interval(cell.consensus, cell.consensus)
    mean = Fraction(sum(values), len(values)) if values else None
    return CellScore(mean, score, max(values) - min(values) if values else 0, veto)


def score_vendor(
    vendor: str, criteria: Sequence[Criterion], cells: Mapping[str, Cell], must_haves_missing: int = 0
) -> VendorScore:
    """Score one vendor's cells (by criterion key); a criterion without a cell is wholly open."""
    scores = {one.key: score_cell(cells.get(one.key, Cell()), one.floor) for one in criteria}
    total = Interval(
        sum((one.weight * scores[one.key].score.low for one in criteria), Fraction(0)) / 100,
        sum((one.weight * scores[one.key].score.high for one in criteria), Fraction(0)) / 100,
    )
    vetoed = tuple(key for key, score in scores.items() if score.veto is Standing.ELIMINATED)
    possibly = tuple(key for key, score in scores.items() if score.veto is Standing.POSSIBLE)
    out = bool(vetoed) or must_haves_missing > MUST_HAVES_MISSING_AT_MOST
    standing = Standing.ELIMINATED if out else Standing.POSSIBLE if possibly else Standing.IN
    return VendorScore(vendor, scores, total, standing, vetoed, possibly, must_haves_missing)


def rank(scores: Iterable[VendorScore]) -> list[VendorScore]:
    """The vendors, best first, with both ranks; equal totals share a rank, names break the order.

    Ranked by the middle of the interval while ratings are missing; callers say so.
    """
    ordered = sorted(scores, key=lambda one: (-(one.total.low + one.total.high), one.vendor))
    ranked: list[VendorScore] = []
    places: dict[tuple[str, Fraction], int] = {}
    for place, one in enumerate(ordered, start=1):
        middle = one.total.low + one.total.high
        by_total = places.setdefault(("all", middle), place)
        left = None
        if one.standing is not Standing.ELIMINATED:
            still = sum(1 for other in ranked if other.standing is not Standing.ELIMINATED) + 1
            left = places.setdefault(("in", middle), still)
        ranked.append(
            VendorScore(
                one.vendor,
                one.cells,
                one.total,
                one.standing,
                one.vetoed_by,
                one.possibly_vetoed_by,
                one.must_haves_missing,
                by_total,
                left,
            )
        )
    return ranked


def winner(ranked: Sequence[VendorScore], margin: Fraction = Fraction(1, 10)) -> tuple[VendorScore | None, Fraction]:
    """The clear winner among those left, and its lead over the next.

    None when nobody is left, when totals are open, or when the lead is below `margin`:
    "no clear winner" is a result (V10).
    """
    left = [one for one in ranked if one.standing is not Standing.ELIMINATED]
    if not left:
        return None, Fraction(0)
    first = left[0]
    if len(left) == 1:
        return (first if first.standing is Standing.IN else None), first.total.low
    lead = first.total.low - max(one.total.high for one in left[1:])
    is_clear = first.standing is Standing.IN and first.total.is_exact and lead >= margin
    return (first if is_clear else None), lead
