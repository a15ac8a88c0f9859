"""Exports through the intake into weeks: what counts, what does not, and the same again (M1, M5, M9)."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from adoption import queries
from adoption.errors import ImportRefused
from adoption.models import Activity, ActivityWeek, Metric, Rep, RepState
from adoption.services import targets
from adoption.services.counting import start_counting
from crmprogram.program import clock
from crmprogram.program.errors import NotYours
from crmprogram.program.models import Role
from phases.models import Fact
from tests.factories import MembershipFactory

LIVE = date(2026, 5, 4)  # a Monday, as in conftest
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # the Monday after week 22


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def row(pk, owner="ann", day=LIVE, kind="Call", hour=9, status="Completed"):
    at = f"{day} {hour:02d}:{pk % 60:02d}"
    return [pk, kind, owner, at, at, status]


def two_weeks(owner="ann", first=1):
    days = [LIVE + timedelta(days=n) for n in range(12) if n % 7 < 5]
    return [row(first + n, owner, day) for n, day in enumerate(days)]


def facts(program):
    found = Fact.objects.of(program).exclude(key__in=["adoption.fields", "adoption.stale", queries.SILENT])
    return {(one.key, one.scope, one.period): (one.numerator, one.denominator) for one in found}


def test_export_becomes_weekly_facts(program, east, settle, count):
    ann, ben = settle(east, "ann", "ben")
    count([*two_weeks("ann"), row(50, "ben", LIVE), row(51, "ben", LIVE, "Meeting")])

    found = facts(program)

    assert found[Metric.DAILY, "all", "2026-W19"] == (6, 10)
    assert found[Metric.WEEKLY, "all", "2026-W19"] == (2, 2)
    assert found[Metric.RATE, "all", "2026-W19"] == (6, 2)
    assert found[Metric.DAILY, f"rep:{ben.pk}", "2026-W20"] == (0, 5)
    assert found[Metric.DAILY, f"team:{east.pk}", "2026-W20"] == (5, 10)
    assert found[Metric.RATE, f"rep:{ann.pk}", "2026-W20"] == (5, 1)


def test_activity_belongs_to_the_day_it_was_logged_in_the_zone_of_the_program(program, east, settle, count):
    settle(east, "ann")
    # Sunday evening in UTC is Monday in Berlin; when it took place does not matter
    count([[1, "Call", "ann", "2026-04-20T10:00:00Z", "2026-05-03T22:30:00Z", ""]])

    assert Activity.objects.get().logged_on == LIVE


def test_drafts_cancelled_and_open_rows_are_no_activity(program, east, settle, count):
    settle(east, "ann")
    words = ["Completed", "Draft", "Canceled", "Not Started", "Deferred", ""]
    found = count([row(n, status=word) for n, word in enumerate(words, start=1)])

    assert Activity.objects.counting().count() == 2
    assert found.counts["why"] == {"draft": 1, "cancelled": 1, "open": 2}


def test_invitee_copies_and_deleted_events_are_no_activity(program, east, settle, count):
    settle(east, "ann")
    headers = ["Id", "WhoId", "OwnerId", "StartDateTime", "ActivityDate", "CreatedDate", "IsChild", "IsDeleted"]
    start, made = "2026-05-05T09:00:00.000+0000", "2026-05-04T09:00:00.000+0000"
    rows = [
        ["00U1", "", "ann", start, "2026-05-05", made, "false", "false"],
        ["00U2", "", "ann", start, "2026-05-05", made, "true", "false"],
        ["00U3", "", "ann", start, "2026-05-05", made, "false", "true"],
        ["00U4", "", "ann", "2026-06-20T09:00:00.000+0000", "2026-06-20", made, "false", "false"],
    ]
    found = count(rows, headers)

    assert found.upload.format_slug == "salesforce-event"
    assert found.counts["kinds"] == {"meeting": 1}
    assert found.counts["why"] == {"invitee": 1, "deleted": 1, "future": 1}


def test_rows_of_a_load_are_no_activity_however_they_are_split(program, east, settle, count):
    settle(east, "ann")
    rows = [[n, "Call", "ann", "2026-05-05 09:00", "2026-05-05 09:00:00", ""] for n in range(1, 31)]
    count(rows[:15])
    assert Activity.objects.counting().count() == 15

    found = count(rows[15:])

    assert found.counts["bulk"] == 15
    assert Activity.objects.counting().count() == 0


def test_few_rows_of_one_rep_in_one_second_are_a_load_and_in_one_minute_work(program, east, settle, count):
    settle(east, "ann", "ben")
    second, minute = "2026-05-05 09:00:51", "2026-05-05 10:00"
    count([[n, "Call", "ann", second, second, ""] for n in range(1, 6)])
    count([[n, "Call", "ben", second, second, ""] for n in range(11, 15)])
    count([[n, "Call", "ben", minute, minute, ""] for n in range(21, 27)])

    counted = Activity.objects.counting()
    assert (counted.filter(rep__key="ann").count(), counted.filter(rep__key="ben").count()) == (0, 10)


def test_counting_says_what_it_changed_and_the_same_file_changes_nothing(program, east, settle, count):
    settle(east, "ann", "ben")
    first = count(two_weeks("ann"))
    again = count(first.upload)
    late = count([row(1), row(90, "ben", LIVE + timedelta(days=8)), row(91, "ben", LIVE + timedelta(days=8), hour=10)])

    assert first.counts["stored"] == {"new": 10, "changed": 0, "same": 0, "older": 0}
    assert again.counts["stored"] == {"new": 0, "changed": 0, "same": 10, "older": 0}
    assert (again.counts["changed"], again.weeks) == ([], [])
    assert late.counts["stored"] == {"new": 2, "changed": 0, "same": 1, "older": 0}
    assert (late.counts["changed"], late.weeks) == (["2026-W20"], ["2026-W20"])
    assert ["2026-W20", "adoption.daily", "all", [5, 10], [6, 10]] in late.counts["changes"]


def test_file_counted_again_in_another_zone_goes_over_what_it_said(program, east, settle, count):
    settle(east, "ann")
    first = count([[1, "Call", "ann", "2026-05-05 01:00", "2026-05-05 01:00", ""]], zone="Europe/Berlin")
    assert Activity.objects.get().logged_on == date(2026, 5, 5)

    count(first.upload, zone="Asia/Tokyo")
    assert Activity.objects.get().logged_on == date(2026, 5, 4)

    count(first.upload, zone="Europe/Berlin")
    assert Activity.objects.get().logged_on == date(2026, 5, 5)


def test_unknown_owners_are_listed_and_never_guessed(program, east, settle, count):
    settle(east, "ann")
    count([row(1, "ann"), row(2, "Cleo  Field"), row(3, "cleo field")])

    unknown = Rep.objects.get(state=RepState.UNKNOWN)
    assert (unknown.key, unknown.activities.count()) == ("cleo field", 2)
    assert facts(program)[Metric.WEEKLY, "all", "2026-W19"] == (1, 1)

    settle(east, "Cleo Field")

    assert facts(program)[Metric.WEEKLY, "all", "2026-W19"] == (2, 2)


def test_rows_that_cannot_be_read_are_counted_with_their_reason(program, east, settle, count):
    settle(east, "ann")
    found = count([row(1), row(2, owner=""), [3, "Call", "ann", "", "", ""], [4, "Call", "ann", "", "soon", ""]])

    assert found.counts["refused"] == {"owner.missing": 1, "date.missing": 1, "date.unreadable": 1}
    assert found.counts["rows"] == 4
    assert [line for line, _, _ in found.counts["examples"]] == [3, 4, 5]


def test_newer_version_of_an_event_stands_whichever_file_comes_first(program, east, settle, count):
    settle(east, "ann")
    headers = [*["Record ID", "Activity type", "Activity assigned to", "Activity date"], "Create Date", "Task Status"]
    headers += ["Last Modified Date"]
    old = [1, "Task", "ann", "2026-05-05 09:00", "2026-05-05 09:00", "Not Started", "2026-05-05 09:00"]
    new = [1, "Task", "ann", "2026-05-05 09:00", "2026-05-05 09:00", "Completed", "2026-05-07 09:00"]
    count([new], headers)
    count([old], headers)

    assert Activity.objects.get().why_not == ""


def export():
    """Three weeks of three reps, with versions, a load and rows that do not count."""
    rows = [*two_weeks("ann"), *two_weeks("ben", 100)[:7], *two_weeks("cid", 200)[3:]]
    rows += [row(300, "ann", LIVE + timedelta(days=15), status="Draft"), row(301, "ben", LIVE + timedelta(days=15))]
    rows += [[400 + n, "Email", "cid", "2026-05-06 10:00", "2026-05-06 10:00:00", ""] for n in range(26)]
    return [*rows, rows[0], [*rows[1][:5], "Canceled"]]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_split_or_repetition_of_the_rows_gives_the_same_weeks(program, east, west, settle, count, seed):
    settle(east, "ann", "ben")
    settle(west, "cid")
    numbers = {one.key: one.pk for one in Rep.objects.all()}
    draw, rows = random.Random(seed), export()
    if seed:
        rows += draw.sample(rows, 10)
        draw.shuffle(rows)
    cuts = sorted(draw.sample(range(1, len(rows)), seed % 4)) if seed else []
    for first, last in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        count(rows[first:last])

    def named(scope):
        kind, _, pk = scope.partition(":")
        names = {"rep": {pk: key for key, pk in numbers.items()}, "team": {east.pk: "east", west.pk: "west"}}
        return f"{kind}:{names[kind][int(pk)]}" if pk else scope

    found = {(key, named(scope), period): value for (key, scope, period), value in facts(program).items()}
    assert found == EXPECTED
    assert list(ActivityWeek.objects.order_by("period").values_list("period", "rows", "is_complete")) == [
        ("2026-W19", 12, True),
        ("2026-W20", 12, True),
        ("2026-W21", 1, False),
    ]


def week(period, daily, weekly, rate, **scopes):
    keys = (Metric.DAILY, Metric.WEEKLY, Metric.RATE)
    return {
        (key, scope.replace("_", ":"), period): value
        for scope, values in {"all": (daily, weekly, rate), **scopes}.items()
        for key, value in zip(keys, values, strict=True)
    }


EXPECTED = {
    **week(
        "2026-W19", (12, 15), (3, 3), (12, 3),
        team_east=((10, 10), (2, 2), (10, 2)), team_west=((2, 5), (1, 1), (2, 1)),
        rep_ann=((5, 5), (1, 1), (5, 1)), rep_ben=((5, 5), (1, 1), (5, 1)), rep_cid=((2, 5), (1, 1), (2, 1)),
    ),
    **week(
        "2026-W20", (12, 15), (3, 3), (12, 3),
        team_east=((7, 10), (2, 2), (7, 2)), team_west=((5, 5), (1, 1), (5, 1)),
        rep_ann=((5, 5), (1, 1), (5, 1)), rep_ben=((2, 5), (1, 1), (2, 1)), rep_cid=((5, 5), (1, 1), (5, 1)),
    ),
    **week(
        "2026-W21", (1, 6), (1, 3), (1, 3),
        team_east=((1, 4), (1, 2), (1, 2)), team_west=((0, 2), (0, 1), (0, 1)),
        rep_ann=((0, 2), (0, 1), (0, 1)), rep_ben=((1, 2), (1, 1), (1, 1)), rep_cid=((0, 2), (0, 1), (0, 1)),
    ),
}  # fmt: skip


def test_only_touched_weeks_are_computed_again(program, east, settle, count):
    settle(east, "ann")
    count(two_weeks())
    before = dict(ActivityWeek.objects.values_list("period", "computed_at"))
    with clock.at(NOW + timedelta(hours=1)):
        found = count([row(90, day=LIVE + timedelta(days=8))])

    after = dict(ActivityWeek.objects.values_list("period", "computed_at"))
    assert found.weeks == ["2026-W20"]
    assert after["2026-W19"] == before["2026-W19"]
    assert after["2026-W20"] > before["2026-W20"]


def test_rows_that_come_late_change_their_week_and_say_so(program, east, settle, count):
    settle(east, "ann")
    count(two_weeks())
    late = NOW + timedelta(hours=1)
    with clock.at(late):
        count([row(90, day=LIVE), row(91, day=LIVE + timedelta(days=1))])
        count([row(90, day=LIVE)])  # there already: nothing is late

    first, second = ActivityWeek.objects.order_by("period")[:2]
    assert (first.period, first.rows, first.late_rows, first.late_at) == ("2026-W19", 7, 2, late)
    assert (second.late_rows, second.late_at) == (0, None)


def test_reps_without_activity_for_five_working_days_are_stored_with_the_week(program, east, settle, count):
    settle(east, "ann", "ben")
    count([*two_weeks("ann"), row(50, "ben", LIVE + timedelta(days=3))])  # ben: Thursday of the first week

    silent = Fact.objects.of(program).filter(key=queries.SILENT, scope="all").order_by("period")
    assert [(one.period, one.numerator, one.denominator) for one in silent] == [("2026-W19", 0, 2), ("2026-W20", 1, 2)]
    idle = queries.AdoptionFacts(program).idle
    assert (idle.without, idle.due, str(idle.week), idle.doubt) == (1, 2, "2026-W20", "")


def test_nobody_is_called_idle_in_a_week_in_doubt(program, east, settle, count):
    settle(east, "ann")
    busy = [row(n, day=LIVE + timedelta(days=n % 5), hour=8 + n // 10) for n in range(1, 41)]
    count([*busy, row(90, day=LIVE + timedelta(days=11))])

    idle = queries.AdoptionFacts(program).idle
    assert (idle.due, idle.doubt) == (0, "2026-W20 is not measured: 1 activity, where about 40 are usual.")


def test_jump_of_the_time_zone_puts_a_week_in_doubt(program, east, settle, count):
    settle(east, "ann")
    weeks = [LIVE + timedelta(days=n) for n in (0, 1, 2, 3, 4)]
    usual = [row(10 * n + day.day % 10, day=day, hour=8 + n % 9) for n in range(12) for day in weeks]
    moved = [row(900 + 10 * n + day.day % 10, day=day + timedelta(days=7), hour=15 + n % 9) for n in range(12)
             for day in weeks]  # fmt: skip
    count([*usual, *moved])

    assert ActivityWeek.objects.get(period="2026-W20").doubt == (
        "Times of day are 7 hours later than in the weeks before: a jump of the time zone."
    )
    assert facts(program)[Metric.DAILY, "all", "2026-W20"] == (0, 0)


def test_doubtful_week_is_not_measured_until_a_person_confirms_it(member, program, east, settle, count):
    settle(east, "ann")
    busy = [row(n, day=LIVE + timedelta(days=n % 5), hour=8 + n // 10) for n in range(1, 41)]
    count([*busy, row(90, day=LIVE + timedelta(days=11))])

    assert facts(program)[Metric.DAILY, "all", "2026-W20"] == (0, 0)
    week = ActivityWeek.objects.get(period="2026-W20")
    assert week.doubt == "1 activity, where about 40 are usual."

    targets.confirm_week(week=week, by=member.user, note="A fair: everybody was away.")

    assert facts(program)[Metric.DAILY, "all", "2026-W20"] == (1, 5)


def test_dates_that_can_be_read_in_two_ways_are_asked_about(program, east, settle, upload, count):
    settle(east, "ann")
    file = upload([[1, "Call", "ann", "04/05/2026 10:00", "04/05/2026 10:00", ""]])

    with pytest.raises(ImportRefused, match="can be read in two ways"):
        count(file)

    count(file, order="day_first")
    assert Activity.objects.get().logged_on == date(2026, 5, 4)


def test_deals_give_required_fields_and_stale_share(member, program, east, settle, count):
    settle(east, "ann")
    targets.require_fields(program=program, by=member.user, object="deal", fields=["close_on", "amount"])
    headers = ["Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Deal owner", "Last Modified Date"]
    rows = [
        [1, "One", "Proposal", "100", "2026-07-01", "ann", "2026-05-30"],
        [2, "Two", "Proposal", "", "2026-07-01", "ann", "2026-05-18"],
        [3, "Three", "Closed Won", "100", "", "ben", "2026-01-01"],
    ]
    found = count(rows, headers)

    assert found.object == "deal"
    assert {name: found.counts[name] for name in ("records", "complete", "open", "stale", "absent")} == {
        "records": 3,
        "complete": 1,
        "open": 2,
        "stale": 1,
        "absent": [],
    }
    mine = Fact.objects.of(program).filter(key__in=queries.RECORD_KEYS)
    stored = {(one.key, one.scope): (one.numerator, one.denominator) for one in mine}
    assert stored == {
        (Metric.FIELDS, "all"): (1, 3),
        (Metric.FIELDS, "object:deal"): (1, 3),
        (Metric.FIELDS, f"team:{east.pk}"): (1, 2),
        (Metric.STALE, "all"): (1, 2),
        (Metric.STALE, f"team:{east.pk}"): (1, 2),
    }


def test_required_field_without_a_column_is_not_measured(member, program, east, settle, count):
    targets.require_fields(program=program, by=member.user, object="deal", fields=["amount", "lead_source"])
    headers = ["Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Deal owner", "Last Modified Date"]
    found = count([[1, "One", "Proposal", "100", "2026-07-01", "ann", "2026-05-30"]], headers)

    assert (found.counts["records"], found.counts["absent"]) == (0, ["lead_source"])
    assert Fact.objects.get(key=Metric.FIELDS, scope="all").denominator == 0


def test_deals_without_required_fields_are_not_measured(program, east, settle, count):
    settle(east, "ann")
    headers = ["Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Deal owner", "Last Modified Date"]
    count([[1, "One", "Proposal", "100", "2026-07-01", "ann", "2026-05-30"]], headers)

    assert Fact.objects.get(key=Metric.FIELDS, scope="all").denominator == 0


def test_file_of_another_kind_is_refused(upload, count):
    file = upload([["this", "that"]], ["One", "Two"])

    with pytest.raises(ImportRefused, match="nothing that is counted"):
        count(file)


def test_only_those_with_the_right_count_a_file(program, upload, ring):
    other = MembershipFactory(program=program, role=Role.TEAM_LEAD)

    with pytest.raises(NotYours):
        start_counting(upload=upload([row(1)]), by=other.user)
