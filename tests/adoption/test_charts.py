"""Where the marks stand: gaps, the week to date, steps of the heat map."""

import pytest

from adoption import charts


def test_line_breaks_where_a_week_is_not_measured():
    found = charts.line([0, 10, 20, 30], [0, None, 50, 100], charts.Scale(0, 100, 0, 100))

    assert found.path == "M0 100.0M20 50.0L30 0.0"


def test_week_to_date_is_hollow_at_the_end_of_a_dashed_line():
    found = charts.line([0, 10, 20], [0, 50, 25], charts.Scale(0, 100, 0, 100), partial=2)

    assert (found.path, found.dashed, found.last.is_hollow) == ("M0 100.0L10 50.0", "M10 50.0L20 75.0", True)


def test_target_labels_in_one_place_are_said_once():
    marks = [charts.Mark(20, "100"), charts.Mark(26, "98"), charts.Mark(60, "80")]

    assert [one.text for one in charts.apart(marks, 13)] == ["100", "80"]


@pytest.mark.parametrize(("count", "step"), [(None, "off"), (0, "none"), (1, "1"), (8, "1"), (9, "2"), (99, "5")])
def test_heat_says_not_due_none_and_five_steps(count, step):
    assert charts.step_of(count, charts.heat_steps(40)) == step


def test_values_outside_the_axis_are_held_at_its_edge():
    assert charts.Scale(80, 100, 0, 100).y(10) == 100


def test_pilot_band_ends_between_pilot_and_live_weeks():
    chart = charts.activity(["2026-W01", "2026-W02", "2026-W03"], {}, partial=None, targets=[], pilot_weeks=1)

    assert chart.band_to == (38 + 340) / 2
