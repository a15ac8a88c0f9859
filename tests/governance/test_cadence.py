"""When meetings are due, and rows of misses (R2, R3, R6)."""

from datetime import date

import pytest

from governance.cadence import Every, due_in, misses_in_a_row, months_after

JULY = {"first_on": date(2026, 7, 1), "until": date(2026, 7, 31)}


def days(found):
    return [one.on.isoformat() for one in found]


def test_weekly_meeting_is_due_on_its_weekday_from_the_first_day_to_the_last():
    found = due_in(Every.WEEK, weekday=2, **JULY)

    assert days(found) == ["2026-07-01", "2026-07-08", "2026-07-15", "2026-07-22", "2026-07-29"]
    assert [one.period for one in found][:2] == ["2026-W27", "2026-W28"]


def test_weekly_meeting_on_a_holiday_is_not_due_that_week():
    found = due_in(Every.WEEK, weekday=2, holidays={date(2026, 7, 8)}, **JULY)

    assert "2026-W28" not in [one.period for one in found]
    assert len(found) == 4


def test_weekly_periods_cross_the_year_as_iso_weeks_do():
    found = due_in(Every.WEEK, weekday=4, first_on=date(2026, 12, 28), until=date(2027, 1, 8))

    assert [one.period for one in found] == ["2026-W53", "2027-W01"]


def test_another_weekday_gives_the_same_weeks():
    monday, thursday = (due_in(Every.WEEK, weekday=day, **JULY) for day in (0, 3))

    assert {one.period for one in monday} <= {one.period for one in thursday}


@pytest.mark.parametrize(
    ("first_on", "expected"),
    [
        (date(2026, 7, 1), ["2026-08-03", "2026-09-07"]),  # the month that has begun is no whole one
        (date(2026, 6, 30), ["2026-07-06", "2026-08-03", "2026-09-07"]),
    ],
)
def test_monthly_meeting_is_on_the_first_such_weekday_of_each_whole_month(first_on, expected):
    assert days(due_in(Every.MONTH, weekday=0, first_on=first_on, until=date(2026, 9, 30))) == expected


def test_monthly_meeting_on_a_holiday_moves_to_the_next_working_day():
    friday, monday = date(2026, 8, 7), date(2026, 8, 10)

    found = due_in(Every.MONTH, weekday=4, first_on=date(2026, 7, 1), until=date(2026, 8, 31), holidays={friday})

    assert [one.on for one in found] == [monday]


def test_quarterly_meeting_begins_with_the_first_whole_quarter():
    found = due_in(Every.QUARTER, weekday=1, first_on=date(2026, 11, 15), until=date(2027, 7, 31))

    assert [(str(one.on), one.period) for one in found] == [
        ("2027-01-05", "2027-Q1"),
        ("2027-04-06", "2027-Q2"),
        ("2027-07-06", "2027-Q3"),
    ]


def test_nothing_is_due_when_the_end_is_before_the_start():
    for every in Every:
        assert due_in(every, weekday=0, first_on=date(2026, 7, 1), until=date(2026, 6, 1)) == []


@pytest.mark.parametrize(
    ("outcomes", "row"),
    [
        ([], 0),
        (["attended"], 0),
        (["missed", "attended"], 0),
        (["attended", "missed", "missed"], 2),
        (["missed", "excused", "missed"], 2),  # an excuse neither counts nor breaks the row
        (["missed", "", "missed", ""], 2),  # a gap in the records hides no miss
        (["missed", "attended", "missed"], 1),
        (["missed"] * 4, 4),
    ],
)
def test_misses_in_a_row_end_with_one_attended(outcomes, row):  # R3
    assert misses_in_a_row(outcomes) == row


@pytest.mark.parametrize(
    ("start", "end"), [(date(2026, 10, 31), date(2027, 2, 28)), (date(2027, 10, 29), date(2028, 2, 29))]
)
def test_months_after_ends_on_a_day_that_exists(start, end):
    assert months_after(start, 4) == end
