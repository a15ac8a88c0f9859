"""How firm the winner is, exactly (V10), and what holds for every scorecard (V3 to V5)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scorecard import robustness, scoring
from scorecard.robustness import Entry, Panel
from scorecard.scoring import Cell, Criterion, Standing

FLOOR = Fraction(4)


@st.composite
def weights(draw, count):
    """`count` whole percents that sum to 100, each at least 1."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=count - 1, max_size=count - 1)))
    return [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]


@st.composite
def panels(draw, floor=FLOOR):
    """2 to 4 vendors, 2 to 4 criteria, 1 to 3 raters, nothing missing; the first criterion has the floor."""
    vendors, criteria, raters = draw(st.integers(2, 4)), draw(st.integers(2, 4)), draw(st.integers(1, 3))
    shares = draw(weights(criteria))
    return Panel(
        [Criterion(f"c{n}", share, None if n else floor) for n, share in enumerate(shares)],
        [
            Entry(
                f"v{v}",
                {f"c{c}": Cell({f"r{r}": draw(st.integers(1, 5)) for r in range(raters)}) for c in range(criteria)},
                draw(st.integers(0, 2)),
            )
            for v in range(vendors)
        ],
    )


def ranked(panel, criteria=None):
    return scoring.rank(
        scoring.score_vendor(one.vendor, criteria or panel.criteria, one.cells, one.must_haves_missing)
        for one in panel.entries
    )


def recomputed_leader(panel, criteria=None):
    """The leader by the scorecard's own ranking: another way to the same answer."""
    left = [one for one in ranked(panel, criteria) if one.standing is not Standing.ELIMINATED]
    if not left or (len(left) > 1 and left[0].total == left[1].total):
        return None
    return left[0].vendor


def with_rating(panel, vendor, key, rater, value):
    """The panel with one rating changed."""

    def changed(entry):
        cell = entry.cells[key]
        ratings = {**cell.ratings, rater: value}
        return replace(entry, cells={**entry.cells, key: replace(cell, ratings=ratings)})

    return Panel(panel.criteria, [changed(one) if one.vendor == vendor else one for one in panel.entries])


@given(panels(), st.randoms())
def test_ranking_does_not_depend_on_the_order_of_vendors_or_raters(panel, random):
    entries = [
        replace(one, cells={key: Cell(dict(shuffled(cell.ratings.items(), random))) for key, cell in one.cells.items()})
        for one in shuffled(panel.entries, random)
    ]

    other = Panel(shuffled(panel.criteria, random), entries)

    assert [(one.vendor, one.rank, one.total) for one in ranked(other)] == [
        (one.vendor, one.rank, one.total) for one in ranked(panel)
    ]
    assert robustness.smallest_flip(other) == robustness.smallest_flip(panel) if panel.leader else True


def shuffled(things, random):
    row = list(things)
    random.shuffle(row)
    return row


@given(panels(), st.integers(2, 9))
def test_ranking_does_not_depend_on_the_scale_of_the_weights(panel, factor):
    larger = [replace(one, weight=one.weight * factor) for one in panel.criteria]

    assert [one.vendor for one in ranked(panel, larger)] == [one.vendor for one in ranked(panel)]
    assert Panel(larger, panel.entries).totals() == panel.totals()


@given(panels(), st.data())
def test_veto_is_monotone(panel, data):  # V4: a better rating eliminates nobody, a worse one saves nobody
    entry = data.draw(st.sampled_from(panel.entries))
    rater, value = data.draw(st.sampled_from(sorted(entry.cells["c0"].ratings.items())))
    assume(value < 5)

    better = with_rating(panel, entry.vendor, "c0", rater, value + 1)

    assert better.out <= panel.out


@given(panels(), st.data())
def test_interval_contains_every_completion(panel, data):  # V3
    entry = data.draw(st.sampled_from(panel.entries))
    gone = data.draw(st.sampled_from(sorted(entry.cells["c0"].ratings)))
    open_cells = {
        key: Cell({rater: value for rater, value in cell.ratings.items() if rater != gone}, expected=1)
        for key, cell in entry.cells.items()
    }

    whole = scoring.score_vendor(entry.vendor, panel.criteria, entry.cells, 0)
    partial = scoring.score_vendor(entry.vendor, panel.criteria, open_cells, 0)

    assert partial.total.low <= whole.total.low == whole.total.high <= partial.total.high
    assert whole.standing is partial.standing or partial.standing is Standing.POSSIBLE


@given(panels())
def test_panel_and_scorecard_agree(panel):
    scores = ranked(panel)

    assert panel.totals() == {one.vendor: one.total.low for one in scores}
    assert panel.out == {one.vendor for one in scores if one.standing is Standing.ELIMINATED}
    assert panel.leader == recomputed_leader(panel)


@given(panels(), st.fractions(0, 100), st.data())
def test_leader_holds_within_its_range_and_nowhere_else(panel, percent, data):  # V10, by computing again
    assume(panel.leader is not None)
    one = data.draw(st.sampled_from(panel.criteria))
    found = robustness.weight_range(panel, one.key)

    moved = robustness.scaled(panel.weights, one.key, percent)
    there = recomputed_leader(panel, [replace(each, weight=moved[each.key]) for each in panel.criteria])

    assert found.low <= one.weight <= found.high
    if found.low < percent < found.high:
        assert there == panel.leader
    elif percent < found.low or percent > found.high:
        assert there != panel.leader


@given(panels())
def test_flip_by_weight_is_confirmed_by_computing_again(panel):  # V10
    assume(panel.leader is not None)
    for one in robustness.weight_ranges(panel):
        for flip in robustness.weight_flips(panel, one):
            moved = robustness.scaled(panel.weights, flip.criterion, Fraction(flip.at))
            assert sum(moved.values()) == 100
            assert flip.to == recomputed_leader(panel, [replace(c, weight=moved[c.key]) for c in panel.criteria])
            assert flip.to != panel.leader


@given(panels())
def test_one_step_flips_are_all_of_them(panel):  # V10, against every single change computed again
    expected = {
        (entry.vendor, key, rater, value + step, leader)
        for entry in panel.entries
        for key, cell in entry.cells.items()
        for rater, value in cell.ratings.items()
        for step in (-1, 1)
        if 1 <= value + step <= 5
        and (leader := recomputed_leader(with_rating(panel, entry.vendor, key, rater, value + step))) != panel.leader
    }

    found = robustness.rating_flips(panel)

    assert {(one.vendor, one.criterion, one.rater, one.now, one.to) for one in found} == expected


@given(panels())
def test_leaving_out_a_rater_is_the_panel_without_them(panel):  # V10
    for one in robustness.without_each_rater(panel):
        entries = [
            replace(
                entry,
                cells={
                    key: Cell({rater: value for rater, value in cell.ratings.items() if rater != one.rater})
                    for key, cell in entry.cells.items()
                },
            )
            for entry in panel.entries
        ]
        without = Panel(panel.criteria, entries)
        assert one.is_open is not without.is_complete
        if not one.is_open:
            assert one.leader == recomputed_leader(without)


def two_vendors(first, second, shares=(50, 50)):
    criteria = [Criterion(f"c{n}", share) for n, share in enumerate(shares)]
    return Panel(criteria, [
        Entry(name, {f"c{n}": Cell({"r": value}) for n, value in enumerate(scores)})
        for name, scores in (("A", first), ("B", second))
    ])  # fmt: skip


def test_weight_range_ends_where_both_are_level():
    """A 5 and 2, B 3 and 3: with t for the first, 5t + 2(1-t) = 3 at t = 1/3."""
    (first, second) = robustness.weight_ranges(two_vendors((5, 2), (3, 3)))

    assert (first.low, first.high, first.to_low) == (Fraction(100, 3), 100, "B")
    assert (second.low, second.high, second.to_high) == (0, Fraction(200, 3), "B")
    flip = robustness.smallest_flip(two_vendors((5, 2), (3, 3)))
    assert (flip.criterion, flip.at, flip.to, flip.distance) == ("c0", 33, "B", Fraction(50, 3))


def test_leader_that_is_better_throughout_cannot_be_turned():
    panel = two_vendors((5, 4), (4, 3))

    assert [(one.low, one.high) for one in robustness.weight_ranges(panel)] == [(0, 100), (0, 100)]
    assert robustness.smallest_flip(panel) is None


def test_nobody_leads_a_draw():
    panel = two_vendors((5, 3), (3, 5))

    assert panel.leader is None
    with pytest.raises(ValueError, match="Nobody leads"):
        robustness.weight_range(panel, "c0")


def test_consensus_counts_in_the_total_and_not_in_the_veto():  # V3, V4
    fit = Criterion("fit", 100, FLOOR)
    panel = Panel([fit], [
        Entry("A", {"fit": Cell({"r": 3}, consensus=Fraction(5))}), Entry("B", {"fit": Cell({"r": 4})}),
    ])  # fmt: skip

    assert (panel.totals()["A"], panel.out, panel.leader) == (5, {"A"}, "B")
    (lifted,) = [one for one in robustness.rating_flips(panel) if one.vendor == "A"]
    assert (lifted.now, lifted.to) == (4, "A")  # one step lifts the veto, and the consensus counts


def test_panel_with_a_missing_rating_is_not_complete():
    panel = two_vendors((5, 2), (3, 3))
    assert panel.is_complete

    entry = replace(panel.entries[0], cells={"c0": Cell({"r": 5}), "c1": Cell({}, expected=1)})

    assert not Panel(panel.criteria, [entry, panel.entries[1]]).is_complete


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section D: four observers,
# twelve units, seven values missing; ordinal alpha 0.815
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_alpha_gives_the_published_value():
    units = [[int(value) for value in unit if value != "."] for unit in zip(*OBSERVERS, strict=True)]

    assert round(float(robustness.alpha(units)), 3) == 0.815


@pytest.mark.parametrize(("units", "value"), [
    ([[1, 1], [5, 5]], 1),  # agreement throughout
    ([[3, 3], [3, 3]], None),  # no variation, so nothing to agree on
    ([[4], [2]], None),  # nobody rated the same thing
    ([[1, 5], [5, 1]], Fraction(-1, 2)),  # against each other
])  # fmt: skip
def test_alpha_at_its_ends(units, value):
    assert robustness.alpha(units) == value


def test_spreads_name_the_widest_cells_first():
    cells = {"c0": Cell({"a": 1, "b": 5}), "c1": Cell({"a": 2, "b": 4}), "c2": Cell({"a": 3, "b": 4})}
    panel = Panel([Criterion(key, 30) for key in cells], [Entry("A", cells)])

    assert [(one.criterion, one.variance) for one in robustness.spreads(panel)] == [("c0", 4), ("c1", 1)]
