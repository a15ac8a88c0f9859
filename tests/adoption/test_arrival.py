"""The same weeks and episodes, however the rows of an export arrive: any order, split or repetition (M5, M9)."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adoption.metrics import Logged, RepSpan, Week, activity_of_week, local_day
from adoption.models import Escalation, Rep
from adoption.services.counting import start_counting
from adoption.services.reps import enter_reps
from crmprogram.intake.services import store_upload
from crmprogram.jobs import services as jobs
from crmprogram.program import clock
from crmprogram.program.models import Role
from phases.models import Fact
from tests.adoption.conftest import HEADERS, text_of
from tests.factories import MembershipFactory, TeamFactory

LIVE = date(2026, 5, 4)  # a Monday
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
OWNERS = ("ann", "ben", "cid")


@st.composite
def versions(draw):
    """A row: one of twelve activities, as one of three versions of it, before and after go-live."""
    number, day = draw(st.integers(1, 12)), LIVE + timedelta(days=draw(st.integers(-3, 20)))
    at = f"{day} {9 + number % 8:02d}:{number:02d}"
    kind = draw(st.sampled_from(["Call", "Email", "Meeting", "Task"]))
    status = draw(st.sampled_from(["Completed", "Draft", "Canceled", "Not Started", ""]))
    changed = f"{day + timedelta(days=draw(st.integers(0, 2)))} 19:00"
    return [number, kind, draw(st.sampled_from([*OWNERS, "nobody we know"])), at, at, status, changed]


@st.composite
def arrivals(draw):
    """(rows, the same rows as files): shuffled, some of them twice, cut into up to three files."""
    rows = draw(st.lists(versions(), min_size=1, max_size=12))
    more = draw(st.lists(st.sampled_from(rows), max_size=4))
    mixed = draw(st.permutations([*rows, *more]))
    cuts = sorted(draw(st.sets(st.integers(0, len(mixed)), max_size=2)))
    parts = [mixed[first:last] for first, last in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    return rows, [part for part in parts if part]


def weeks_after(files):
    """The facts and standing episodes of a new program once these files are uploaded, read and counted."""
    member = MembershipFactory(role=Role.SALES_OPS)
    program, by = member.program, member.user
    MembershipFactory(program=program, role=Role.VP_SALES)
    team = TeamFactory(program=program, go_live_on=LIVE)
    enter_reps(program=program, by=by, rows=[(key, team) for key in OWNERS])
    for rows in files:
        stream = io.BytesIO(text_of(rows, [*HEADERS, "Last Modified Date"]))
        upload = store_upload(program=program, by=by, name="activities.csv", stream=stream).upload
        jobs.work_off()
        upload.refresh_from_db()
        start_counting(upload=upload, by=by)
        jobs.work_off()
    names = {f"rep:{one.pk}": one.key for one in Rep.objects.of(program)} | {f"team:{team.pk}": "team"}
    found = Fact.objects.of(program).values_list("key", "scope", "period", "numerator", "denominator")
    weeks = {(key, names.get(scope, scope), period): share for key, scope, period, *share in found}
    standing = Escalation.objects.of(program).standing()
    return weeks, {(one.key, names.get(one.scope, one.scope)): (one.state, one.weeks) for one in standing}


@pytest.mark.django_db
@given(arrival=arrivals())
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_weeks_and_episodes_do_not_depend_on_how_the_rows_arrive(arrival):
    rows, files = arrival
    with clock.at(NOW):
        assert weeks_after(files) == weeks_after([rows])


@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    day=st.dates(date(2026, 1, 5), date(2027, 12, 24)),
    before=st.integers(1, 3600),
    after=st.integers(0, 3600),
)
@settings(max_examples=60)
def test_event_moved_over_midnight_of_the_program_moves_exactly_one_day(zone, day, before, after):
    """M9: whatever the clock does that night, the rep-day and no other moves; the week only from Sunday to Monday."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    moments = (midnight - timedelta(seconds=before), midnight + timedelta(seconds=after))
    first, second = (local_day(at, zone) for at in moments)

    assert (first, second) == (day, day + timedelta(days=1))
    rep = RepSpan(1, 7, live_on=date(2026, 1, 1), weekend=frozenset())
    counted = []
    for logged in (first, second):
        week = Week.of(logged)
        days = [activity_of_week(week, [Logged(1, logged, "call")], [rep], until=one)["all"].days.part
                for one in week.days]  # fmt: skip
        counted.append((week, days.index(1), days[-1]))
    (week, at, times), (week_after, at_after, times_after) = counted
    assert (times, times_after) == (1, 1)
    assert (week.monday + timedelta(days=at + 1)) == week_after.monday + timedelta(days=at_after)
