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


def weeks_of(*values, to_date=None):
    return [charts.TrendWeek(value, f"{value} of 100 rep-days", n == to_date) for n, value in enumerate(values)]


PERIODS = ["2026-W19", "2026-W20", "2026-W21", "2026-W22"]


def trend(*values, to_date=None, **more):
    return charts.trend(PERIODS, {"daily": weeks_of(*values, to_date=to_date)}, targets=[(80, "80 Gate 4")], **more)


def test_trend_has_an_axis_from_0_to_100_that_cannot_be_moved():
    axis = trend(91, 92, 93, 94)["layout"]["yaxis"]

    assert (axis["range"], axis["fixedrange"]) == ([0, 100], True)


def test_trend_leaves_a_gap_where_nothing_is_measured_and_says_why():
    figure = trend(90, None, 88, 87, doubts={"2026-W20": "3 of 6 reps are missing."})
    line, marks = figure["data"]

    assert (line["y"], line["connectgaps"]) == ([90, None, 88, 87], False)
    assert (marks["x"], marks["y"], marks["customdata"]) == (["W20"], [0], ["3 of 6 reps are missing."])


def test_trend_draws_the_week_to_date_apart():
    line, tail, hollow = trend(90, 91, 92, 40, to_date=3)["data"]

    assert line["y"] == [90, 91, 92, None]
    assert (tail["y"], tail["line"]["dash"]) == ([None, None, 92, 40], "dot")
    assert (hollow["x"], hollow["y"], hollow["customdata"]) == (["W22"], [40], ["40 of 100 rep-days"])


def test_trend_marks_the_weeks_of_the_pilot_alone():
    band = trend(None, None, 92, 93, pilot_weeks=2)["layout"]["shapes"][-1]

    assert (band["type"], band["x0"], band["x1"]) == ("rect", -0.5, 1.5)


def test_trend_names_colours_by_tokens_only():
    def colours(value):
        if isinstance(value, dict):
            yield from (one for key, one in value.items() if key.endswith("color") and isinstance(one, str))
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
            yield from colours(one)

    found = set(colours(trend(90, None, 88, 40, to_date=3, doubts={"2026-W20": "x"}, pilot_weeks=1)))

    assert {one for one in found if not one.startswith("--")} == {"rgba(0,0,0,0)"}
