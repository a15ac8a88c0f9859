"""How firm is the winner? What would have to change for another vendor to lead (V10).

Exact, in fractions, and without Django: weights, single ratings, raters left out. A veto and
missing must-haves apply in every scenario, so an eliminated vendor can only come back when a
changed rating lifts its veto, and a weight never brings one back (V4, V5).

All of this needs a complete scorecard: no rating missing anywhere. `Panel.is_complete` says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement
from math import ceil, floor

from scorecard.scoring import HIGHEST, LOWEST, MUST_HAVES_MISSING_AT_MOST, Cell, Criterion

ZERO = Fraction(0)


@dataclass(frozen=True)
class Entry:
    """One vendor as it was rated: its cells by criterion key, and how many must-haves it misses."""

    vendor: str
    cells: Mapping[str, Cell]
    must_haves_missing: int = 0


@dataclass(frozen=True)
class Panel:
    """The whole scorecard as plain data."""

    criteria: Sequence[Criterion]
    entries: Sequence[Entry]

    @property
    def is_complete(self) -> bool:
        """Nothing expected is missing, so that every total is one number."""
        cells = [entry.cells.get(one.key, Cell()) for entry in self.entries for one in self.criteria]
        return bool(self.entries) and all(cell.ratings and not cell.expected for cell in cells)

    @property
    def weights(self) -> dict[str, Fraction]:
        """By criterion, in percent."""
        return {one.key: Fraction(one.weight) for one in self.criteria}

    @cached_property
    def scores(self) -> dict[str, dict[str, Fraction]]:
        """What counts for each vendor and criterion: the mean, or the consensus in its place."""
        return {
            entry.vendor: {one.key: _score(entry.cells[one.key]) for one in self.criteria} for entry in self.entries
        }

    @cached_property
    def vetoed(self) -> dict[str, set[str]]:
        """The criteria whose floor each vendor misses, by the originals (V4)."""
        return {
            entry.vendor: {
                one.key
                for one in self.criteria
                if one.floor is not None and _mean(entry.cells[one.key].ratings.values()) < one.floor
            }
            for entry in self.entries
        }

    @cached_property
    def out(self) -> set[str]:
        """The eliminated vendors."""
        short = {one.vendor for one in self.entries if one.must_haves_missing > MUST_HAVES_MISSING_AT_MOST}
        return short | {vendor for vendor, keys in self.vetoed.items() if keys}

    def totals(self, weights: Mapping[str, Fraction] | None = None) -> dict[str, Fraction]:
        """Every vendor's weighted total, 1 to 5, under `weights` in percent (the declared ones by default)."""
        given = weights or self.weights
        whole = sum(given.values(), ZERO)
        return {
            vendor: sum((given[key] * score for key, score in scores.items()), ZERO) / whole
            for vendor, scores in self.scores.items()
        }

    @cached_property
    def leader(self) -> str | None:
        """Who leads today; None when nobody is left or the best two are level."""
        return leader(self.totals(), self.out)


def leader(totals: Mapping[str, Fraction], out: Iterable[str] = ()) -> str | None:
    """The vendor with the highest total of those not `out`; None when nobody is left, or for a draw.

    >>> leader({"a": Fraction(4), "b": Fraction(3), "c": Fraction(5)}, out={"c"})
    'a'
    """
    gone = set(out)
    left = sorted(((total, vendor) for vendor, total in totals.items() if vendor not in gone), reverse=True)
    if not left or (len(left) > 1 and left[0][0] == left[1][0]):
        return None
    return left[0][1]


def scaled(weights: Mapping[str, Fraction], key: str, percent: Fraction) -> dict[str, Fraction]:
    """The weights with `key` at `percent` and the others scaled in proportion, so that they sum to 100.

    Raises ValueError when the others are all zero and cannot share the rest.
    """
    others = sum((weight for one, weight in weights.items() if one != key), ZERO)
    if not others:
        if percent == 100:
            return dict(weights)
        raise ValueError("Every other weight is zero: there is nothing to scale.")
    return {one: percent if one == key else weight * (100 - percent) / others for one, weight in weights.items()}


@dataclass(frozen=True)
class WeightRange:
    """From which to which weight of one criterion, in percent, the leader holds; at an end it is level.

    `to_low` and `to_high` lead beyond the ends; "" where the end is 0 or 100 and nobody takes over.
    """

    criterion: str
    weight: Fraction
    low: Fraction
    high: Fraction
    to_low: str = ""
    to_high: str = ""


@dataclass(frozen=True)
class Flip:
    """One weight set to `at` whole percent, computed again: `to` leads (None: level).

    `distance` is from the declared weight to the exact turn, in percent points.
    """

    criterion: str
    weight: Fraction
    at: int
    distance: Fraction
    to: str | None


def weight_range(panel: Panel, key: str) -> WeightRange:
    """Where the leader of `panel` holds when the weight of `key` moves and the others scale with it.

    The lead over a rival is a straight line in that weight, t·d + (1 - t)·r, so that it turns
    where t = r / (r - d), exactly. Raises ValueError without a leader.
    """
    ahead = panel.leader
    if ahead is None:
        raise ValueError("Nobody leads, so that nothing can turn.")
    weights = panel.weights
    others = sum((weight for one, weight in weights.items() if one != key), ZERO)
    if not others:
        return WeightRange(key, weights[key], weights[key], Fraction(100))
    low, high, to_low, to_high = ZERO, Fraction(100), "", ""
    for rival in sorted(set(panel.scores) - panel.out - {ahead}):
        gap = {one: panel.scores[ahead][one] - panel.scores[rival][one] for one in weights}
        here = gap[key]
        rest = sum((weight * gap[one] for one, weight in weights.items() if one != key), ZERO) / others
        if here == rest:
            continue  # the lead does not depend on this weight
        turn = 100 * rest / (rest - here)
        if here < rest and turn < high:  # the lead shrinks as the weight grows
            high, to_high = turn, rival
        elif here > rest and turn > low:
            low, to_low = turn, rival
    return WeightRange(key, weights[key], low, high, to_low, to_high)


def weight_ranges(panel: Panel) -> list[WeightRange]:
    """Every criterion's range, in their order."""
    return [weight_range(panel, one.key) for one in panel.criteria]


def weight_flips(panel: Panel, one: WeightRange) -> list[Flip]:
    """The first whole percent beyond each end of a range, the nearer one first."""
    ends = []
    if one.to_low:
        ends.append((one.weight - one.low, ceil(one.low) - 1))
    if one.to_high and floor(one.high) < 100:
        ends.append((one.high - one.weight, floor(one.high) + 1))
    return [
        Flip(one.criterion, one.weight, at, distance, _leader_at(panel, one.criterion, at))
        for distance, at in sorted(ends)
    ]


def smallest_flip(panel: Panel) -> Flip | None:
    """The smallest change of one weight after which the leader does not lead; None when there is none."""
    found = [flip for one in weight_ranges(panel) for flip in weight_flips(panel, one)]
    return min(found, key=lambda one: (one.distance, one.criterion), default=None)


def _leader_at(panel: Panel, key: str, percent: int) -> str | None:
    return leader(panel.totals(scaled(panel.weights, key, Fraction(percent))), panel.out)


@dataclass(frozen=True)
class RatingFlip:
    """One rater, one cell, one step: and somebody else leads (`to` None: nobody, or level)."""

    vendor: str
    criterion: str
    rater: str
    was: int
    now: int
    to: str | None


def rating_flips(panel: Panel) -> list[RatingFlip]:
    """Every single rating that turns the leader when it is one step higher or lower.

    A step also lifts or brings a veto. In a cell with a consensus it moves the veto alone.
    """
    totals, weights, found = panel.totals(), panel.weights, []
    for entry in panel.entries:
        for one in panel.criteria:
            cell = entry.cells[one.key]
            count, whole = len(cell.ratings), sum(cell.ratings.values())
            for step in (-1, 1):
                changed = dict(totals)
                if cell.consensus is None:
                    changed[entry.vendor] += weights[one.key] * Fraction(step, count) / 100
                vetoed = set(panel.vetoed[entry.vendor])
                if one.floor is not None:
                    vetoed -= {one.key}
                    vetoed |= {one.key} if Fraction(whole + step, count) < one.floor else set()
                gone = entry.must_haves_missing > MUST_HAVES_MISSING_AT_MOST or bool(vetoed)
                out = panel.out - {entry.vendor} | ({entry.vendor} if gone else set())
                to = leader(changed, out)
                if to != panel.leader:
                    found += [
                        RatingFlip(entry.vendor, one.key, rater, value, value + step, to)
                        for rater, value in cell.ratings.items()
                        if LOWEST <= value + step <= HIGHEST
                    ]
    return found


@dataclass(frozen=True)
class WithoutRater:
    """Who leads when one rater is left out, and by how much; `is_open`: a cell would be empty."""

    rater: str
    leader: str | None
    lead: Fraction
    is_open: bool = False


def without_each_rater(panel: Panel) -> list[WithoutRater]:
    """Leave out each rater in turn; those who rated nothing are not among them."""
    raters = sorted({rater for entry in panel.entries for cell in entry.cells.values() for rater in cell.ratings})
    return [_without(panel, rater) for rater in raters]


def _without(panel: Panel, rater: str) -> WithoutRater:
    totals: dict[str, Fraction] = {}
    out = {one.vendor for one in panel.entries if one.must_haves_missing > MUST_HAVES_MISSING_AT_MOST}
    for entry in panel.entries:
        by_count: dict[int, int] = defaultdict(int)  # weighted sums by how many rated: few fractions, exact
        settled = ZERO
        for one in panel.criteria:
            cell = entry.cells[one.key]
            count, whole = len(cell.ratings), sum(cell.ratings.values())
            if rater in cell.ratings:
                count, whole = count - 1, whole - cell.ratings[rater]
            if not count:
                return WithoutRater(rater, None, ZERO, is_open=True)
            if one.floor is not None and Fraction(whole, count) < one.floor:
                out.add(entry.vendor)
            if cell.consensus is None:
                by_count[count] += one.weight * whole
            else:
                settled += one.weight * cell.consensus
        totals[entry.vendor] = (settled + sum((Fraction(part, n) for n, part in by_count.items()), ZERO)) / 100
    left = sorted((total for vendor, total in totals.items() if vendor not in out), reverse=True)
    lead = left[0] - left[1] if len(left) > 1 else ZERO
    return WithoutRater(rater, leader(totals, out), lead)


@dataclass(frozen=True)
class Spread:
    """How far the raters of one cell are apart. `variance` is that of the ratings given (n in the divisor)."""

    vendor: str
    criterion: str
    low: int
    high: int
    variance: Fraction


def spreads(panel: Panel, at_least: int = 2) -> list[Spread]:
    """The cells worth talking about: ratings `at_least` steps apart, the widest first."""
    found = []
    for entry in panel.entries:
        for one in panel.criteria:
            values = list(entry.cells[one.key].ratings.values())
            if values and max(values) - min(values) >= at_least:
                mean = _mean(values)
                variance = sum(((value - mean) ** 2 for value in values), ZERO) / len(values)
                found.append(Spread(entry.vendor, one.key, min(values), max(values), variance))
    return sorted(found, key=lambda one: (one.low - one.high, -one.variance, one.vendor, one.criterion))


def alpha(units: Iterable[Sequence[int]]) -> Fraction | None:
    """Krippendorff's alpha for ordinal data: 1 full agreement, 0 as by chance, below 0 against each other.

    `units` are the ratings given to one thing each; units with fewer than two tell nothing and are
    left out. None when fewer than two values remain, or when everybody always gave the same value.
    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), with the ordinal metric.
    """
    pairs: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    values: Counter[int] = Counter()
    for unit in units:
        if len(unit) < 2:
            continue
        count = Counter(unit)
        values.update(count)
        for one, many in count.items():
            for other, more in count.items():
                pairs[one, other] += Fraction(many * (more - (one == other)), len(unit) - 1)
    whole = sum(values.values())
    scale = sorted(values)
    if len(scale) < 2:
        return None
    observed = expected = ZERO
    for one, other in combinations_with_replacement(scale, 2):
        between = [value for value in scale if one <= value <= other]
        apart = (sum(values[value] for value in between) - Fraction(values[one] + values[other], 2)) ** 2
        observed += pairs[one, other] * apart
        expected += values[one] * values[other] * apart
    return 1 - (whole - 1) * observed / expected


def agreement(panel: Panel) -> Fraction | None:
    """Krippendorff's alpha over all cells of the panel."""
    return alpha([list(cell.ratings.values()) for entry in panel.entries for cell in entry.cells.values()])


def _mean(values: Iterable[int]) -> Fraction:
    given = list(values)
    return Fraction(sum(given), len(given))


def _score(cell: Cell) -> Fraction:
    return _mean(cell.ratings.values()) if cell.consensus is None else cell.consensus
