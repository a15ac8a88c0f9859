"""Weekly figures against SQL over the same rows, and computed bit by bit against all at once (M1, M3, M7, M9)."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from adoption import queries
from adoption.metrics import Week
from adoption.models import Activity, ActivityWeek, Holiday, Metric, RepWeek
from adoption.queries.signals import TASKS
from adoption.services import signals, sums, weeks
from crmprogram.program import clock
from phases.models import Fact

LIVE = date(2026, 5, 4)  # a Monday, as in conftest
NOW = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)  # five whole weeks after LIVE, and one day
KINDS = ("Call", "Email", "Meeting", "Task")
STATUSES = ("Completed", "Completed", "Completed", "Not Started", "Draft")
COUNTS = "a.program_id = %s AND a.period = %s AND a.why_not = '' AND NOT a.is_bulk"


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def rows_of(seed, count=260):
    """Rows of four reps over six weeks, at all hours, some of them written by a load."""
    dice = random.Random(seed)
    rows = []
    for n in range(count):
        at = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=dice.randrange(40 * 86_400))
        if n % 13 == 0:
            at = datetime(2026, 5, 12, 14, 30, 7, tzinfo=UTC)
        owner = dice.choice(["ann", "ben", "cleo", "dan"])
        rows.append(
            [
                n + 1,
                dice.choice(KINDS),
                owner,
                f"{at:%Y-%m-%d %H:%M:%S}",
                f"{at:%Y-%m-%d %H:%M:%S}",
                dice.choice(STATUSES),
            ]
        )
    return rows


def asked(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


REPS = "FROM adoption_rep r WHERE r.state = 'counted' AND (r.starts_on IS NULL OR r.starts_on <= %s)"
DUE = f"SELECT COUNT(*) {REPS}"
MINE = f"FROM adoption_activity a WHERE {COUNTS} AND a.rep_id IN (SELECT r.id {REPS})"
ACTIVE = f"SELECT COUNT(DISTINCT a.rep_id) {MINE}"
CONTACTS = f"SELECT COUNT(*) {MINE} AND a.kind IN ('call', 'email')"
TASK = """
    SELECT COUNT(*) FROM adoption_activity a JOIN adoption_rep r ON r.id = a.rep_id
    WHERE a.program_id = %s AND a.period = %s AND a.kind = 'task' AND NOT a.is_bulk AND r.state = 'counted'
"""


def by_sql(program, week, off):
    """DAU, WAU and rate of all, and tasks, from tables alone: a rep is due from the start on working days."""
    pk, period = program.pk, str(week)
    working = [day for day in week.days[:5] if day not in off and day >= LIVE]
    people = asked(DUE, working[-1])
    met = sum(asked(f"{ACTIVE} AND a.logged_on = %s", pk, period, day, day) for day in working)
    done = asked(f"{TASK} AND a.why_not = ''", pk, period)
    return {
        Metric.DAILY: (met, sum(asked(DUE, day) for day in working)),
        Metric.WEEKLY: (asked(ACTIVE, pk, period, working[-1]), people),
        Metric.RATE: (asked(CONTACTS, pk, period, working[-1]), people),
        TASKS: (done, done + asked(f"{TASK} AND a.why_not = 'open'", pk, period)),
    }


def numbers(program):
    rows = Fact.objects.of(program).values_list("key", "scope", "period", "numerator", "denominator")
    return {tuple(one[:3]): one[3:] for one in rows}


@pytest.mark.parametrize("seed", [1, 2])
def test_weeks_are_what_sql_says_and_bit_by_bit_is_as_all_at_once(program, east, west, settle, count, seed):
    settle(east, "ann", "ben")
    late, _ = settle(west, "cleo", "dan")
    late.starts_on = date(2026, 5, 20)
    late.save()
    off = Holiday.objects.create(program=program, day=date(2026, 5, 25), name="Whit Monday").day
    rows = rows_of(seed)
    random.Random(seed).shuffle(rows)
    for part in (rows[:90], rows[60:200], rows[190:], rows[:40]):  # four files that overlap, in no order of time
        count(part)

    found = numbers(program)
    assert Activity.objects.filter(is_bulk=True).count() >= 5
    measured = 0
    for row in ActivityWeek.objects.of(program):
        if row.is_complete and not row.is_doubtful:
            measured += 1
            for key, share in by_sql(program, Week.read(row.period), {off}).items():
                assert found.get((key, "all", row.period)) == share, (key, row.period)
    assert measured >= 3
    doubts = dict(ActivityWeek.objects.of(program).values_list("period", "doubt"))

    for model in (Fact, RepWeek, ActivityWeek):
        model.objects.all().delete()
    Activity.objects.update(is_bulk=False)
    sums.mark_bulk(program, [LIVE + timedelta(days=n) for n in range(50)])
    done = weeks.recompute(program)
    signals.recompute_tasks(program, done.computed)

    assert numbers(program) == found
    assert dict(ActivityWeek.objects.of(program).values_list("period", "doubt")) == doubts
    assert queries.SILENT in {key for key, _, _ in found}


def test_week_that_loses_its_last_event_is_forgotten(program, east, settle, count):
    settle(east, "ann")
    at = {"first": "2026-05-05 09:00", "last": "2026-06-10 09:00", "moved": "2026-06-02 09:00"}
    count([[1, "Call", "ann", at["first"], at["first"], ""], [2, "Call", "ann", at["last"], at["last"], ""]])
    assert numbers(program)[Metric.WEEKLY, "all", "2026-W24"] == (1, 1)

    Activity.objects.filter(event_id="2").update(logged_on=date(2026, 6, 2), period="2026-W23")
    done = weeks.recompute(program, ["2026-W24", "2026-W23"])

    assert not ActivityWeek.objects.filter(period="2026-W24").exists()
    assert not RepWeek.objects.filter(period="2026-W24").exists()
    assert [key for key in numbers(program) if key[2] == "2026-W24"] == []
    assert "2026-W24" in done.changed
