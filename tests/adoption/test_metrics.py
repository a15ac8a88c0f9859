"""The numbers of adoption: weeks, due days, rates, doubt, episodes (M1 to M5, M9)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from adoption import metrics
from adoption.metrics import Logged, RepSpan, Share, Week

WEEK = Week(2026, 21)
MONDAY = WEEK.monday
LIVE = date(2026, 5, 4)


def rep(pk=1, team=7, **more):
    return RepSpan(pk, team, live_on=more.pop("live_on", LIVE), **more)


def logged(pk, *days, kind="call", times=1):
    return [Logged(pk, MONDAY + timedelta(days=day), kind, times) for day in days]


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2026, 1, 1), "2026-W01"),
        (date(2027, 1, 1), "2026-W53"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2026, 5, 24), "2026-W21"),
    ],
)
def test_week_is_the_iso_week(day, period):
    assert str(Week.of(day)) == period
    assert Week.read(period) == Week.of(day)


def test_week_that_a_year_has_not_is_refused():
    with pytest.raises(ValueError, match="Invalid week"):
        Week.read("2025-W53")


def test_next_week_crosses_the_year():
    assert Week(2026, 53).next == Week(2027, 1)
    assert Week(2027, 1).previous == Week(2026, 53)


def test_day_is_the_day_in_the_zone_of_the_program():
    late = datetime(2026, 5, 18, 23, 30, tzinfo=UTC)

    assert metrics.local_day(late, "Europe/Berlin") == date(2026, 5, 19)
    assert metrics.local_day(late, "America/New_York") == date(2026, 5, 18)


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, 5),  # weekends are not due
        ({"holidays": frozenset({MONDAY})}, 4),
        ({"away": ((MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)),)}, 3),
        ({"starts_on": MONDAY + timedelta(days=3)}, 2),
        ({"leaves_on": MONDAY}, 1),  # the last day counts
        ({"live_on": MONDAY + timedelta(days=4)}, 1),
        ({"live_on": None}, 0),  # a team without a go-live owes nothing
    ],
)
def test_due_days_follow_the_calendar_of_the_rep(more, days):
    found = metrics.activity_of_week(WEEK, [], [rep(**more)])

    assert (found["all"].days.whole if days else "all" not in found) == (days or True)


def test_daily_active_counts_days_and_weekly_active_counts_reps():
    rows = [*logged(1, 0, 1), *logged(1, 1, kind="meeting", times=5), *logged(2, 2)]

    found = metrics.activity_of_week(WEEK, rows, [rep(1), rep(2), rep(3, team=8)])

    assert found["all"].days == Share(3, 15)
    assert found["all"].reps == Share(2, 3)
    assert found["team:7"].days == Share(3, 10)
    assert found["team:8"].reps == Share(0, 1)
    assert found["rep:1"].days == Share(2, 5)


def test_meetings_stay_out_of_the_rate_of_calls_and_emails():
    rows = [*logged(1, 0, times=3), *logged(1, 1, kind="email", times=2), *logged(1, 2, kind="meeting", times=9)]

    assert metrics.activity_of_week(WEEK, rows, [rep()])["all"].contacts == Share(5, 1)


def test_work_on_a_weekend_makes_active_in_the_week_but_no_due_day():
    found = metrics.activity_of_week(WEEK, logged(1, 5), [rep()])["all"]

    assert (found.days, found.reps) == (Share(0, 5), Share(1, 1))


def test_pilot_reps_are_shown_apart_until_their_wave_is_live():
    pilot = rep(1, live_on=MONDAY + timedelta(days=7), pilot_on=MONDAY)

    found = metrics.activity_of_week(WEEK, logged(1, 0), [pilot])

    assert {scope: one.days for scope, one in found.items()} == {"pilot": Share(1, 5), "pilot:1": Share(1, 5)}


def test_week_to_date_counts_only_days_that_the_data_reaches():
    found = metrics.activity_of_week(WEEK, logged(1, 0), [rep()], until=MONDAY + timedelta(days=1))

    assert found["all"].days == Share(1, 2)


@pytest.mark.parametrize(
    ("today", "covered", "complete"),
    [(7, 4, True), (7, 3, False), (6, 4, False), (7, None, False)],
)
def test_week_is_complete_when_over_and_covered_to_its_last_working_day(today, covered, complete):
    covered_to = None if covered is None else MONDAY + timedelta(days=covered)

    assert metrics.is_complete(WEEK, [rep()], today=MONDAY + timedelta(days=today), covered_to=covered_to) is complete


def weeks_of_rows(*counts):
    return dict(zip(metrics.weeks_between(Week(2026, 17), WEEK), counts, strict=True))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((100, 100, 100, 100, 50), ""),
        ((100, 100, 100, 100, 49), "49 activities, where about 100 are usual."),
        ((4, 4, 4, 4, 1), ""),  # too few rows to say anything about a fall
        ((0, 0, 0, 0, 10), ""),  # the first week
        ((100, 100, 100, 100, 0), "No activity at all is in the data."),
        ((0, 0, 0, 0, 0), "No activity at all is in the data."),
    ],
)
def test_week_far_below_the_weeks_before_is_doubtful(counts, said):
    due = {week: {1, 2} for week in weeks_of_rows(0, 0, 0, 0, 0)}

    assert metrics.doubt(WEEK, weeks_of_rows(*counts), {}, due) == said


def test_week_in_which_half_of_the_reps_vanish_is_doubtful():
    rows, everyone = weeks_of_rows(100, 100, 100, 100, 90), {1, 2, 3, 4}
    due = {week: everyone for week in rows}  # noqa: C420 forbids the other

    assert metrics.doubt(WEEK, rows, {WEEK.previous: everyone, WEEK: {1, 2}}, due) == (
        "2 of 4 reps who were active the week before are missing."
    )
    assert metrics.doubt(WEEK, rows, {WEEK.previous: everyone, WEEK: {1, 2, 3}}, due) == ""


def test_reps_who_left_are_not_missing():
    rows = weeks_of_rows(100, 100, 100, 100, 60)
    due = {**{week: {1, 2, 3, 4} for week in rows}, WEEK: {1, 2}}

    assert metrics.doubt(WEEK, rows, {WEEK.previous: {1, 2, 3, 4}, WEEK: {1, 2}}, due) == ""


@pytest.mark.parametrize(
    ("share", "target", "at_most", "met"),
    [
        (Share(9, 10), Fraction(9, 10), False, True),
        (Share(899, 1000), Fraction(9, 10), False, False),
        (Share(0, 0), Fraction(9, 10), False, None),
        (Share(0, 10), Fraction(9, 10), False, False),
        (Share(1, 10), Fraction(1, 10), True, False),  # M4: below 10 %, not at it
        (Share(99, 1000), Fraction(1, 10), True, True),
    ],
)
def test_target_is_judged_exactly(share, target, at_most, met):
    assert metrics.is_met(share, target, at_most=at_most) is met


def test_missing_fields_depend_on_the_stage():
    rules = [("amount", "Proposal"), ("owner", ""), ("close_on", "Qualified")]
    stages = ["New", "Qualified", "Proposal"]

    assert metrics.missing_fields({"stage": "New"}, rules, stages) == ["owner"]
    assert metrics.missing_fields({"stage": "proposal", "owner": "a"}, rules, stages) == ["amount", "close_on"]
    assert metrics.missing_fields({"stage": "Other", "owner": "a"}, rules, stages) == []


@pytest.mark.parametrize(("days", "stale"), [(13, False), (14, True), (15, True)])
def test_deal_is_stale_from_14_days_without_update(days, stale):
    assert metrics.is_stale(MONDAY - timedelta(days=days), as_of=MONDAY) is stale


def test_deal_without_any_date_is_stale():
    assert metrics.is_stale(None, as_of=MONDAY) is True


def told(verdicts, *, needed=2):
    week, found = Week(2026, 10), {}
    for verdict in verdicts:
        found[week] = {"+": True, "-": False, "?": None}[verdict]
        week = week.next
    return [
        (len(one.weeks), one.breached is not None, one.recovered is not None)
        for one in metrics.episodes(found, needed=needed)
    ]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("++++", []),
        ("+-+", [(1, False, True)]),  # one week is a watch
        ("+-", [(1, False, False)]),
        ("--", [(2, True, False)]),  # two in a row
        ("---", [(3, True, False)]),  # the same episode
        ("--+--", [(2, True, True), (2, True, False)]),  # slips again
        ("-?-", [(1, False, True), (1, False, False)]),  # not measured is no bad week
        ("--?-", [(3, True, False)]),  # and does not close a breach
        ("??", []),
    ],
)
def test_two_weeks_in_a_row_make_an_episode(verdicts, said):
    assert told(verdicts) == said


def test_week_that_is_not_there_does_not_join_two_bad_ones():
    found = metrics.episodes({Week(2026, 10): False, Week(2026, 12): False})

    assert [one.breached for one in found] == [None, None]


def test_working_days_skip_weekends_and_holidays():
    friday = MONDAY + timedelta(days=4)

    assert metrics.add_working_days(friday, 5) == friday + timedelta(days=7)
    assert metrics.add_working_days(friday, 1, [MONDAY + timedelta(days=7)]) == MONDAY + timedelta(days=8)


def day_of(hour, spread=9, each=10):
    return {hour + n: each for n in range(spread)}


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (day_of(8), ""),
        (day_of(9), ""),  # an hour is a habit
        (day_of(14), "Times of day are 6 hours later than in the weeks before: a jump of the time zone."),
        (day_of(1), "Times of day are 7 hours earlier than in the weeks before: a jump of the time zone."),
        (day_of(14, each=2), ""),  # too few rows to say
        ({}, ""),
    ],
)
def test_jump_of_the_clock_is_a_day_that_moved(hours, said):
    assert metrics.zone_jump(WEEK, {WEEK.previous: day_of(8), WEEK: hours}) == said


def test_first_week_has_no_clock_to_jump_from():
    assert metrics.zone_jump(WEEK, {WEEK: day_of(8)}) == ""


def test_silent_is_who_logged_nothing_on_five_due_days():
    friday = MONDAY + timedelta(days=4)
    reps = [rep(1), rep(2), rep(3, leaves_on=friday - timedelta(days=1))]
    active = {2: {MONDAY}}

    assert metrics.silent_reps(friday, reps, active)["all"] == Share(1, 2)


def test_silence_skips_leave_and_needs_five_due_days():
    friday = MONDAY + timedelta(days=4)
    away = rep(1, away=((MONDAY, friday),), live_on=MONDAY - timedelta(days=7))
    young = rep(2, live_on=MONDAY + timedelta(days=1))

    before = MONDAY - timedelta(days=7)
    assert metrics.silent_reps(friday, [away, young], {1: {before}})["all"] == Share(0, 1)
    assert metrics.silent_reps(friday, [away, young], {})["all"] == Share(1, 1)
