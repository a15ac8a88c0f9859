"""Exact scores, vetoes and ranks (V2 to V5, V10)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.scoring import (
    Cell,
    Criterion,
    Interval,
    Standing,
    rank,
    score_cell,
    score_vendor,
    weights_problem,
    winner,
)

FIT = Criterion("fit", 60, floor=Fraction(4))
COST = Criterion("cost", 40)


def column(name, fit, cost, missing=0, expected=0):
    cells = {
        "fit": Cell({f"r{n}": value for n, value in enumerate(fit)}, expected),
        "cost": Cell({f"r{n}": value for n, value in enumerate(cost)}, expected),
    }
    return score_vendor(name, [FIT, COST], cells, missing)


@pytest.mark.parametrize(("weights", "said"), [
    ([25, 75], ""),
    ([25, 74], "The weights sum to 99 %. Add 1 to reach 100 %."),
    ([50, 51], "The weights sum to 101 %. Take away 1 to reach 100 %."),
    ([100.0], "Weights are whole percents, none below zero."),
    ([-1, 101], "Weights are whole percents, none below zero."),
])  # fmt: skip
def test_weights_sum_to_exactly_100(weights, said):  # V2
    assert weights_problem(weights) == said


def test_total_is_weighted_and_never_rounded_before_ranking():  # V3
    one, other = column("A", [4, 4, 5], [3, 3, 3]), column("B", [4, 4, 5], [3, 3, 4])

    assert one.total.low == (60 * Fraction(13, 3) + 40 * 3) / 100
    assert [score.vendor for score in rank([one, other])] == ["B", "A"]


def test_missing_rating_opens_an_interval_from_worst_to_best():  # V3
    assert score_cell(Cell({"a": 3}, expected=1)).score == Interval(Fraction(2), Fraction(4))


def test_consensus_counts_in_the_total_and_never_in_the_veto():  # V3, V4
    cell = score_cell(Cell({"a": 3, "b": 4}, consensus=Fraction(5)), Fraction(4))

    assert cell.score == Interval(Fraction(5), Fraction(5))
    assert cell.veto is Standing.ELIMINATED


@pytest.mark.parametrize(("ratings", "expected", "veto"), [
    ([4, 4], 0, Standing.IN),
    ([4, 3], 0, Standing.ELIMINATED),  # 3.5
    ([4] * 99 + [3], 0, Standing.ELIMINATED),  # 3.99, shown as 3.99, never 4.00
    ([5, 5], 1, Standing.POSSIBLE),  # a 1 would make 3.67
    ([2, 2], 1, Standing.ELIMINATED),  # a 5 would make 3.00
    ([5, 5, 5], 1, Standing.IN),  # a 1 would make 4.00
    ([], 2, Standing.POSSIBLE),
])  # fmt: skip
def test_veto_looks_at_the_unrounded_mean(ratings, expected, veto):  # V4
    cell = Cell({f"r{n}": value for n, value in enumerate(ratings)}, expected)

    assert score_cell(cell, Fraction(4)).veto is veto


@pytest.mark.parametrize(("missing", "standing"), [(1, Standing.IN), (2, Standing.ELIMINATED)])
def test_two_missing_must_haves_eliminate(missing, standing):  # V5
    assert column("A", [5, 5], [5, 5], missing).standing is standing


def test_eliminated_vendor_keeps_its_rank_by_total():  # V4
    ranked = rank([column("Highest", [3, 4], [5, 5]), column("Second", [4, 4], [3, 3])])

    assert [(one.vendor, one.rank_by_total, one.rank) for one in ranked] == [("Highest", 1, None), ("Second", 2, 1)]


def test_equal_totals_share_a_rank():
    ranked = rank([column("B", [4, 4], [4, 4]), column("A", [4, 4], [4, 4]), column("C", [4, 4], [3, 3])])

    assert [(one.vendor, one.rank) for one in ranked] == [("A", 1), ("B", 1), ("C", 3)]


def test_narrow_lead_is_no_clear_winner():  # V10
    ranked = rank([column("A", [4, 4], [4, 4]), column("B", [4, 4], [4, 4, 4, 4, 4, 3])])

    first, lead = winner(ranked)

    assert (first, lead) == (None, Fraction(40, 600))


def test_clear_winner_is_named_with_its_lead():
    first, lead = winner(rank([column("A", [5, 5], [4, 4]), column("B", [4, 4], [4, 4])]))

    assert (first.vendor, lead) == ("A", Fraction(60, 100))


def test_nobody_wins_while_a_veto_is_possible():
    first, _ = winner(rank([column("A", [5, 5], [5, 5], expected=1), column("B", [4, 4], [1, 1])]))

    assert first is None


@pytest.mark.parametrize("value", [0, 6, 2.5, True])
def test_rating_outside_the_scale_is_a_bug(value):
    with pytest.raises(ValueError, match="1 to 5"):
        score_cell(Cell({"a": value}))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(0, 4), st.lists(st.integers(1, 5), max_size=4))
def test_interval_holds_every_outcome(ratings, expected, later):
    later = later[:expected]
    cell = Cell({f"r{n}": value for n, value in enumerate(ratings)}, expected)
    now = score_cell(cell).score

    after = Cell({f"r{n}": value for n, value in enumerate(ratings + later)}, expected - len(later))

    assert now.low <= score_cell(after).score.low <= score_cell(after).score.high <= now.high
