"""Three years of costs, and the scores from them (V8, V12)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import tco
from scorecard.tco import Offer, Tier

MONEY = st.integers(0, 10**9)
OFFERS = st.builds(
    Offer,
    tiers=st.lists(st.builds(Tier, st.just("T"), st.integers(0, 10**6), st.integers(1, 500)), min_size=1, max_size=3),
    growth_percent=st.fractions(0, 100, max_denominator=100),
    integration_percent=st.fractions(0, 100, max_denominator=100),
    implementation=MONEY,
    data_cleaning=MONEY,
    administration=MONEY,
    training=MONEY,
)


def test_three_years_by_hand():
    """60 seats at 90.00 a month, growing by 10 %: 60, 66, 73 seats; 20 % integration from year 2."""
    cost = tco.cost_of(
        Offer([Tier("Professional", 9_000, 60)], Fraction(10), Fraction(20), 5_000_000, 1_000_000, 2_000_000, 500_000)
    )

    assert [one.seats for one in cost.years] == [60, 66, 73]
    assert [one.licence for one in cost.years] == [6_480_000, 7_128_000, 7_884_000]
    assert [one.integration for one in cost.years] == [0, 1_425_600, 1_576_800]
    assert [one.once for one in cost.years] == [6_000_000, 0, 0]
    assert cost.total == 6_480_000 + 7_128_000 + 7_884_000 + 1_425_600 + 1_576_800 + 6_000_000 + 3 * 2_500_000
    assert cost.per_seat == 572_780  # 37,994,400 over 199 seat-years, times 3
    assert cost.share_of_revenue(500_000_000) == Fraction(100 * cost.total, 3 * 500_000_000)


@pytest.mark.parametrize("revenue", [None, 0])
def test_share_of_an_unknown_revenue_is_not_measured(revenue):
    assert tco.cost_of(Offer([Tier("T", 100, 1)])).share_of_revenue(revenue) is None


@given(OFFERS)
def test_parts_add_up_to_the_total(offer):
    cost = tco.cost_of(offer)

    assert cost.total == sum(one.total for one in cost.years) == cost.once + cost.running
    assert [one.seats for one in cost.years] == sorted(one.seats for one in cost.years)
    assert all(type(one.total) is int for one in cost.years)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10**12), min_size=1))
def test_formula_scores_stay_on_the_scale_and_follow_the_costs(costs):
    scores = tco.formula_scores(costs)

    assert scores[min(costs, key=costs.get)] == 5
    assert all(1 <= score <= 5 for score in scores.values())
    assert all(scores[a] >= scores[b] for a in costs for b in costs if costs[a] <= costs[b])


@pytest.mark.parametrize(("cost", "score"), [(100, 5), (110, Fraction(23, 5)), (125, 4), (200, 1), (900, 1)])
def test_formula_of_v8(cost, score):
    assert tco.formula_scores({"cheapest": 100, "other": cost})["other"] == score


@pytest.mark.parametrize(("share", "said"), [
    (Fraction(199, 100), "below 2 %: under-invested?"), (Fraction(2), ""), (Fraction(5), ""),
    (Fraction(501, 100), "above 5 %: over-engineered?"), (None, ""),
])  # fmt: skip
def test_band_of_revenue(share, said):
    assert tco.revenue_said(share) == said


@pytest.mark.parametrize(("seats", "month", "advised"), [(20, 25_000, True), (19, 30_000, False), (20, 20_000, False)])
def test_rfp_is_advised_from_20_seats_and_a_yearly_cost(seats, month, advised):  # V9
    cost = tco.cost_of(Offer([Tier("T", month, seats)]))  # 20 × 250.00 × 12 = 60,000 a year

    assert tco.is_rfp_advised(seats, [cost], 5_000_000) is advised
    assert not tco.is_rfp_advised(seats, [], 5_000_000)


@pytest.mark.parametrize(("price", "currency", "count"), [(10_000, "USD", 0), (100_000, "USD", 1), (100_000, "EUR", 0)])
def test_unusual_licence_is_said_in_its_currency_only(price, currency, count):  # V12
    offer = Offer([Tier("T", price, 60)], integration_percent=Fraction(20), implementation=10_000_000)

    assert len(tco.warnings(offer, currency)) == count
