"""The ranking against a library of decision analysis: weighted sum and filters (V3, V4)."""

from fractions import Fraction
from itertools import pairwise

import pytest
import skcriteria
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from skcriteria.agg.simple import WeightedSumModel
from skcriteria.preprocessing.filters import FilterGE

from crmprogram.demo import pick
from scorecard.defaults import CRITERIA
from scorecard.scoring import Cell, Criterion, Standing, rank, score_vendor

DEMO = [Criterion(one.key, pick.WEIGHTS[one.key], Fraction(one.floor) if one.floor else None) for one in CRITERIA]
RATINGS = {
    vendor: {key: [int(one) for one in given if one != "-"] for key, given in cells.items()}
    for vendor, cells in pick.RATINGS.items()
}


def ranked(criteria, ratings):
    """Our ranking of `ratings`: vendor → criterion key → the raters' values."""
    return rank(
        score_vendor(
            vendor, criteria, {key: Cell({str(n): one for n, one in enumerate(given)}) for key, given in cells.items()}
        )
        for vendor, cells in ratings.items()
    )


def matrix(criteria, ratings):
    """The means of the same ratings as the library's decision matrix."""
    return skcriteria.mkdm(
        [[sum(cells[one.key]) / len(cells[one.key]) for one in criteria] for cells in ratings.values()],
        [max] * len(criteria),
        weights=[float(one.weight) for one in criteria],
        alternatives=list(ratings),
        criteria=[one.key for one in criteria],
    )


def opinion(decision):
    """The library's weighted sums, by vendor."""
    result = WeightedSumModel().evaluate(decision)
    return dict(zip(result.alternatives, result.e_.score, strict=True)), result.to_series().to_dict()


def agree(ours, decision):
    """The same totals, and the same order wherever ours is not a tie (floats may split one)."""
    assert sorted(one.vendor for one in ours) == sorted(decision.alternatives)
    if len(ours) == 1:
        return  # the library has no sum for one alternative alone
    sums, places = opinion(decision)
    for one in ours:
        assert sums[one.vendor] / 100 == pytest.approx(float(one.total.low))
    for better, worse in pairwise(ours):
        if better.total.low > worse.total.low:
            assert places[better.vendor] < places[worse.vendor]


@st.composite
def scorecards(draw):
    """Criteria with whole weights that sum to 100, the first with a floor, and three raters' values."""
    cuts = sorted(draw(st.lists(st.integers(1, 99), min_size=1, max_size=5, unique=True)))
    weights = [end - start for start, end in pairwise([0, *cuts, 100])]
    floor = draw(st.sampled_from([Fraction(2), Fraction(3), Fraction(7, 2), Fraction(4)]))
    criteria = [Criterion(f"c{n}", weight, None if n else floor) for n, weight in enumerate(weights)]
    raters = draw(st.integers(1, 4))
    values = st.lists(st.integers(1, 5), min_size=raters, max_size=raters)
    vendors = draw(st.integers(2, 7))
    return criteria, {f"Vendor {n}": {one.key: draw(values) for one in criteria} for n in range(vendors)}


@given(scorecards())
@settings(max_examples=60, deadline=None)
def test_weighted_sum_gives_our_totals_and_order(card):  # V3
    criteria, ratings = card

    agree(ranked(criteria, ratings), matrix(criteria, ratings))


@given(scorecards())
@settings(max_examples=60, deadline=None)
def test_filter_at_the_floor_leaves_whom_we_leave(card):  # V4
    criteria, ratings = card
    left = [one for one in ranked(criteria, ratings) if one.standing is Standing.IN]
    assume(left)
    decision = FilterGE({criteria[0].key: float(criteria[0].floor)}).transform(matrix(criteria, ratings))

    agree(left, decision)


def test_demo_is_ranked_alike_with_all_and_with_those_who_pass_the_floor():  # V3, V4
    ours = ranked(DEMO, RATINGS)
    fit = DEMO[0]
    decision = matrix(DEMO, RATINGS)
    passed = FilterGE({fit.key: float(fit.floor)}).transform(decision)
    left = [one for one in ours if one.standing is Standing.IN]

    agree(ours, decision)
    agree(left, passed)
    assert ours[0].standing is Standing.ELIMINATED  # the highest total is out, by both
    assert opinion(decision)[1][ours[0].vendor] == 1
    assert opinion(passed)[1][left[0].vendor] == 1
