"""Seeded exports of a live CRM, in the way Salesforce's Data Loader writes them: tasks and opportunities.

The same seed, reps and week give the same bytes on every machine. How much is logged and how
much is filled in is given as shares, so that the story comes out as told.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

TASK = (
    "Id", "TaskSubtype", "Type", "Subject", "OwnerId", "WhatId", "ActivityDate", "Status", "CallDurationInSeconds",
    "CompletedDateTime", "CreatedDate", "LastModifiedDate",
)  # fmt: skip
OPPORTUNITY = (
    "Id", "Name", "AccountId", "ContactId", "OwnerId", "StageName", "Amount", "CloseDate", "ForecastCategory",
    "LeadSource", "CreatedDate", "LastModifiedDate", "LastActivityDate",
)  # fmt: skip
OPEN_STAGES = ("Qualification", "Needs analysis", "Proposal", "Negotiation")
SOURCES = ("Field visit", "Web", "Trade show")
PRODUCTS = ("corrugated boxes", "pallet wrap", "folding cartons", "foam inlays", "printed sleeves")
OFTEN_EMPTY = ("ContactId", "ContactId", "ContactId", "CloseDate", "LeadSource", "Amount")
KINDS = (("Call", "Call"), ("Call", "Call"), ("Email", "Email"), ("Email", "Email"), ("Task", "Meeting"))
INTEGRATION, NEWCOMER = 901, 902  # owners who are no reps of the story: one is settled, one waits for a person
OPEN_DEALS, CLOSED_DEALS = 5, 1  # of each rep in an export
CATEGORIES = ("Pipeline", "Pipeline", "BestCase", "Commit")  # by stage


@dataclass(frozen=True)
class RepTold:
    """A rep by number, in a team; `away` is the Monday of a week of leave."""

    number: int
    team: str
    away: date | None = None

    @property
    def owner(self) -> str:
        """The id by which the CRM knows the rep."""
        return owner_id(self.number)


def owner_id(number: int) -> str:
    return f"0058d0000{number:06d}"


def roster(sizes: Mapping[str, int], reps: int) -> list[RepTold]:
    """`reps` reps over the teams in proportion to `sizes`, at least two in each."""
    total, found, given = sum(sizes.values()), [], 0.0
    for team, size in sizes.items():
        upto = given + size * reps / total
        count = max(round(upto) - round(given), 2)
        found += [team] * count
        given = upto
    return [RepTold(number, team) for number, team in enumerate(found, start=1)]


def tasks(
    mondays: Sequence[date],
    reps: Sequence[RepTold],
    percent: Mapping[date, Mapping[str, int]],
    seed: int,
    *,
    with_newcomer: bool = False,
) -> bytes:
    """A Task export of whole weeks; `percent` of each team's rep-days have an activity, to the nearest day.

    No rep is without one all week. The integration user writes a burst every Monday, which is no work;
    the newcomer, whom nobody has entered yet, begins in the last week.
    """
    rows: list[list[object]] = []
    for monday in mondays:
        rng = random.Random(f"{seed}:{monday}")  # noqa: S311 - not a secret, must repeat
        for team in dict.fromkeys(one.team for one in reps):
            mine = [one for one in reps if one.team == team and one.away != monday]
            for number, day in _worked(mine, monday, percent[monday][team], rng):
                rows += _day(number, day, rng)
        rows += [
            _task(INTEGRATION, _at(monday, 15 * 3600), n, "Task", "Other", "Order written by the ERP")
            for n in range(30)
        ]
    if with_newcomer:
        rng = random.Random(f"{seed}:newcomer:{mondays[-1]}")  # noqa: S311
        rows += [row for n in range(3) for row in _day(NEWCOMER, mondays[-1] + timedelta(days=n), rng)]
    rows.sort(key=lambda row: (str(row[-2]), str(row[0])))
    return _csv(TASK, rows)


def _worked(mine: Sequence[RepTold], monday: date, percent: int, rng: random.Random) -> list[tuple[int, date]]:
    days = [(one.number, monday + timedelta(days=n)) for one in mine for n in range(5)]
    misses, idle = round(len(days) * (100 - percent) / 100), Counter[int]()
    for pair in rng.sample(days, len(days)):
        if misses and idle[pair[0]] < 4:
            idle[pair[0]] += 1
            days.remove(pair)
            misses -= 1
    return days


def _day(number: int, day: date, rng: random.Random) -> list[list[object]]:
    """What one rep logs on one day, in office hours of the Americas, and now and then a plan that is no work yet."""
    moments = sorted(rng.sample(range(15 * 3600, 21 * 3600), rng.choice((3, 4, 4, 5, 5, 6))))
    rows = []
    for order, second in enumerate(moments):
        subtype, kind = rng.choice(KINDS)
        said = {"Call": "Call about", "Email": "Email: offer for", "Meeting": "Visit about"}[kind]
        subject = f"{said} {rng.choice(PRODUCTS)}"
        status = "Not Started" if order and rng.random() < 0.04 else "Completed"
        rows.append(_task(number, _at(day, second), order, subtype, kind, subject, status))
    return rows


def _task(
    number: int, at: datetime, order: int, subtype: str, kind: str, subject: str, status="Completed"
) -> list[object]:
    done = status == "Completed"
    key = f"00T8d{number % 1000:03d}{at.date().toordinal() % 100_000:05d}{order:02d}"
    length = 60 + (at.second + 1) * 7 if subtype == "Call" and done else ""
    stamp = _stamp(at)
    return [
        key, subtype, kind, subject, owner_id(number), f"0068d{number % 1000:03d}0000{order % OPEN_DEALS:03d}",
        at.date(), status, length, stamp if done else "", stamp, stamp,
    ]  # fmt: skip


def opportunities(friday: date, reps: Sequence[RepTold], *, complete: int, stale: int, seed: int) -> bytes:
    """An Opportunity export of one day: `complete` percent have every field, `stale` percent of the open ones lie.

    Both to the nearest opportunity of a team, so that no team stands out.
    """
    rng = random.Random(f"{seed}:{friday}")  # noqa: S311
    rows: list[dict[str, object]] = []
    for team in dict.fromkeys(one.team for one in reps):
        mine = [
            _opportunity(one, no, friday, rng)
            for one in reps
            if one.team == team
            for no in range(OPEN_DEALS + CLOSED_DEALS)
        ]
        for row in rng.sample(mine, round(len(mine) * (100 - complete) / 100)):
            for name in {rng.choice(OFTEN_EMPTY), rng.choice(OFTEN_EMPTY)}:
                row[name] = ""
        still = [row for row in mine if row["StageName"] in OPEN_STAGES]
        for row in rng.sample(still, int(len(still) * stale / 100)):
            old = _at(friday - timedelta(days=rng.randrange(16, 40)), 16 * 3600)
            row["LastModifiedDate"], row["LastActivityDate"] = _stamp(old), old.date()
            row["CreatedDate"] = _stamp(old - timedelta(days=30))
        rows += mine
    return _csv(OPPORTUNITY, ([row[name] for name in OPPORTUNITY] for row in rows))


def _opportunity(rep: RepTold, no: int, friday: date, rng: random.Random) -> dict[str, object]:
    """One of the deals a rep works at in turn, `no` 0 to 4; the last is the one that closed most recently.

    Each takes four to eight weeks from stage to stage, is won or lost, and the next takes its place.
    """
    touched = _at(friday - timedelta(days=rng.randrange(0, 9)), 15 * 3600 + rng.randrange(20_000))
    is_open, week = no < OPEN_DEALS, friday.toordinal() // 7
    turns = [divmod(week + 3 * rep.number + 5 * slot, _weeks_of(rep, slot)) for slot in range(OPEN_DEALS)]
    slot = no if is_open else min(range(OPEN_DEALS), key=lambda one: (turns[one][1], one))
    turn, age = turns[slot]
    length, turn = _weeks_of(rep, slot), turn if is_open else turn - 1
    deal = random.Random(f"{rep.number}:{slot}:{turn}")  # noqa: S311 - the same in every export
    key = f"{rep.number:03d}{turn % 10_000:04d}{slot:03d}"
    name = f"{deal.choice(PRODUCTS).capitalize()}, plant {rep.number:02d}-{slot + 1}"
    amount, source, is_won = deal.randrange(40, 900) * 100, deal.choice(SOURCES), deal.random() < 0.3
    began = friday - timedelta(weeks=age if is_open else age + length, days=deal.randrange(3, 10))
    stage = min(len(OPEN_STAGES) * age // length, len(OPEN_STAGES) - 1)
    closes = friday + timedelta(weeks=length - age) if is_open else friday - timedelta(weeks=age, days=2)
    if not is_open:
        touched = _at(closes, 15 * 3600)
    outcome = "Closed Won" if is_won else "Closed Lost"
    category = "Closed" if is_won else "Omitted"
    return {
        "Id": f"0068d{key}",
        "Name": name,
        "AccountId": f"0018d{key}",
        "ContactId": f"0038d{key}",
        "OwnerId": rep.owner,
        "StageName": OPEN_STAGES[stage] if is_open else outcome,
        "Amount": amount,
        "CloseDate": closes,
        "ForecastCategory": CATEGORIES[stage] if is_open else category,
        "LeadSource": source,
        "CreatedDate": _stamp(min(_at(began, 15 * 3600), touched)),
        "LastModifiedDate": _stamp(touched),
        "LastActivityDate": touched.date(),
    }


def _weeks_of(rep: RepTold, slot: int) -> int:
    """How long the deals in this place of a rep take."""
    return 4 + (rep.number + slot) % 5


def _at(day: date, second: int) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(seconds=second)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000+0000"


def _csv(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(headers)
    writer.writerows(rows)
    return out.getvalue().encode()
