"""Who leads when weights and ratings are a little off: seeded, with vetoes throughout (V10)."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from scorecard import simulation
from scorecard.robustness import Entry, Panel
from scorecard.scoring import Cell, Criterion
from scorecard.simulation import NOBODY, simulate
from tests.scorecard.test_robustness import panels


def run(panel, draws=200, seed="7", weight_noise=25, rating_noise=20):
    return simulate(panel, draws=draws, seed=seed, weight_noise=weight_noise, rating_noise=rating_noise)


@given(panels())
@settings(max_examples=30)
def test_without_noise_today_s_leader_always_leads(panel):
    assert run(panel, draws=3, weight_noise=0, rating_noise=0) == {panel.leader or NOBODY: 3}


@given(panels())
@settings(max_examples=20)
def test_same_seed_gives_the_same_counts_and_every_draw_counts(panel):
    first = run(panel, draws=20)

    assert first == run(panel, draws=20)
    assert first.total() == 20


@given(panels())
@settings(max_examples=20)
def test_vendor_out_by_must_haves_never_leads(panel):  # V5
    out = {one.vendor for one in panel.entries if one.must_haves_missing > 1}

    assert not out & set(run(panel, draws=20))


@given(panels())
@settings(max_examples=20)
def test_panel_survives_being_stored(panel):
    assert simulation.unpacked(simulation.packed(panel)) == panel


def panel_of(first, second, floor=None):
    criteria = [Criterion("c0", 50, floor), Criterion("c1", 50)]
    entries = [
        Entry(name, {f"c{n}": Cell({"a": value, "b": value}) for n, value in enumerate(scores)})
        for name, scores in (("A", first), ("B", second))
    ]
    return Panel(criteria, entries)


def test_veto_is_judged_by_the_moved_ratings():  # V4: at 4.00 any step down eliminates
    wins = run(panel_of((4, 5), (5, 1), floor=Fraction(4)), draws=2000, weight_noise=0, rating_noise=20)

    # the mean of two ratings falls below 4 unless the steps cancel: 1 - (0.8² + 2 · 0.8 · 0.1 + 0.1² + 2 · 0.1²) = 0.17
    ratio, error = simulation.share(wins["A"], 2000)
    assert abs(ratio - 83) < 4 * error


def test_weight_noise_alone_decides_a_close_race():
    """A leads where the first weight is the larger, half of the time by symmetry."""
    wins = run(panel_of((5, 4), (4, 5)), draws=2000, rating_noise=0)

    ratio, error = simulation.share(wins["A"], 2000)
    assert abs(ratio - 50) < 4 * error


def test_share_gives_its_standard_error():
    assert simulation.share(500, 1000) == (50, pytest.approx(1.5811, abs=1e-4))
    assert simulation.share(0, 1000) == (0, 0)


@pytest.mark.parametrize("noise", [-1, 101])
def test_noise_is_a_percent(noise):
    with pytest.raises(ValueError, match="percent"):
        run(panel_of((5, 4), (4, 5)), rating_noise=noise)


def test_consensus_keeps_its_value_in_every_draw():
    settled = {"c0": Cell({"a": 1}, consensus=Fraction(9, 2)), "c1": Cell({"a": 5}, consensus=Fraction(9, 2))}
    other = {"c0": Cell({"a": 4}, consensus=Fraction(4)), "c1": Cell({"a": 4}, consensus=Fraction(4))}
    panel = Panel([Criterion("c0", 50), Criterion("c1", 50)], [Entry("A", settled), Entry("B", other)])

    assert run(panel, draws=50, rating_noise=100) == {"A": 50}
