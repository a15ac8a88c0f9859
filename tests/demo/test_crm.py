"""Generated exports of a live CRM repeat, and hold the shares that were asked for."""

import csv
import io
from datetime import date, timedelta

import pytest

from crmprogram.demo import crm, quillhaven

MONDAY = date(2026, 5, 4)
SIZES = {one.name: one.seats for one in quillhaven.PROGRAM.teams}


@pytest.fixture
def reps():
    return crm.roster(SIZES, 60)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_roster_fills_teams_in_proportion(reps):
    counts = {name: sum(one.team == name for one in reps) for name in SIZES}

    assert counts == SIZES
    assert len(crm.roster(SIZES, 20)) == 20


def test_exports_repeat_byte_by_byte(reps):
    percent = {MONDAY: dict.fromkeys(SIZES, 90)}
    friday = MONDAY + timedelta(days=4)

    assert crm.tasks([MONDAY], reps, percent, 3) == crm.tasks([MONDAY], reps, percent, 3)
    assert crm.opportunities(friday, reps, complete=90, stale=5, seed=3) == crm.opportunities(
        friday, reps, complete=90, stale=5, seed=3
    )


@pytest.mark.parametrize("share", [100, 76, 40, 20])
def test_tasks_cover_the_share_of_rep_days_and_leave_nobody_idle_all_week(reps, share):
    rows = rows_of(crm.tasks([MONDAY], reps, {MONDAY: dict.fromkeys(SIZES, share)}, 3))
    done = {(row["OwnerId"], row["CreatedDate"][:10]) for row in rows if row["Status"] == "Completed"}
    mine = {pair for pair in done if pair[0] in {one.owner for one in reps}}

    assert len({row["Id"] for row in rows}) == len(rows)
    assert len(mine) == 300 * share // 100
    assert len({owner for owner, _ in mine}) == 60


def test_opportunities_lack_and_lie_as_asked(reps):
    friday = MONDAY + timedelta(days=4)
    rows = rows_of(crm.opportunities(friday, reps, complete=90, stale=8, seed=3))
    lacking = [row for row in rows if not all(row[name] for name in crm.OFTEN_EMPTY)]
    still = [row for row in rows if row["StageName"] in crm.OPEN_STAGES]
    lying = [row for row in still if (friday - date.fromisoformat(row["LastActivityDate"])).days >= 14]

    assert len(rows) == 60 * (crm.OPEN_DEALS + crm.CLOSED_DEALS)
    assert abs(len(lacking) - len(rows) // 10) <= len(SIZES)
    assert len(still) * 6 // 100 <= len(lying) <= len(still) * 8 // 100
