"""Write events as the newest export shows them, whatever the order of files (M9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

from django.db import connections, router

from adoption import events
from adoption.events import Event
from adoption.metrics import Week
from adoption.models import Activity, Counting, OwnerName, Rep
from crmprogram.jobs import bulk
from crmprogram.program import clock
from crmprogram.program.models import Program

VALUES = ("rep", "kind", "why_not", "rank", "logged_on", "logged_at", "occurred_at", "period", "counting", "is_bulk")
FIELDS = ("program", "source", "event_id", *VALUES)
AT_VALUES = 3


@dataclass
class Stored:
    """What became of events: new, changed, the same as before, older than what is there; and the days that moved."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    days: set[date] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("new", "changed", "same", "older")}


def store_events(counting: Counting, found: Sequence[Event]) -> Stored:
    """Write events, of each the version of the greatest rank. Owners that are new are entered as unknown.

    The same rows again change nothing. A file that is counted again, read otherwise than before, goes over
    what it had said itself, whatever the rank.
    """
    program = Program.objects.lock(counting.program_id)  # two files may hold the same event
    standing = events.settle(found)
    stored = Stored(same=len(found) - len(standing))
    reps = _ids_of(program, {one.owner for one in standing.values()})
    last = Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # in the order of one index: the pages of the others are as many, but its own are met one after the other
    rows = _rows(counting, sorted(standing.values(), key=attrgetter("logged_on")), reps)
    if bulk.insert_missing(Activity, FIELDS, rows) == len(rows):  # the next export is mostly new
        stored.new = len(rows)
        stored.days.update(one.logged_on for one in standing.values())
        return stored
    there = _there(program, standing)
    changed: list[list[Any]] = []
    for row in rows:
        event = standing[row[1], row[2]]
        pk, rank, day, counted_by = there[row[1], row[2]]
        if pk > last:
            stored.new += 1
        elif rank == event.rank and day == event.logged_on:
            stored.same += 1
            continue
        elif rank > event.rank and counted_by != counting.pk:
            stored.older += 1
            continue
        else:
            changed.append([*row[AT_VALUES:], pk])
            stored.changed += 1
            stored.days.add(day)
        stored.days.add(event.logged_on)
    bulk.update(Activity, VALUES, changed)
    return stored


def _rows(counting: Counting, found: Iterable[Event], reps: Mapping[str, int]) -> list[list[Any]]:
    """Events as the database wants them; days are few and moments many, so only days are kept."""
    ops = connections[router.db_for_write(Activity)].ops
    moment = _text_of if connections[router.db_for_write(Activity)].vendor == "sqlite" else _as_is
    days: dict[date, tuple[Any, str]] = {}
    rows = []
    for one in found:
        day = days.get(one.logged_on)
        if day is None:
            day = days[one.logged_on] = ops.adapt_datefield_value(one.logged_on), str(Week.of(one.logged_on))
        logged = moment(one.logged_at)
        occurred = logged if one.occurred_at is one.logged_at else moment(one.occurred_at)
        rows.append(
            [
                counting.program_id, one.source, one.event_id, reps[one.owner], one.kind, one.why_not, one.rank,
                day[0], logged, occurred, day[1], counting.pk, False,
            ]
        )  # fmt: skip
    return rows


def _text_of(moment: datetime | None) -> str | None:
    """A moment as Django writes it into SQLite, at a fifth of the time."""
    return moment.astimezone(UTC).isoformat(" ")[:-6] if moment else None


def _as_is(moment: datetime | None) -> datetime | None:
    return moment


def _there(program: Program, standing: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str, date, int]]:
    """The key, rank, day and counting of events that are stored: a look into the index for each."""
    ids: dict[str, list[str]] = {}
    for source, event_id in standing:
        ids.setdefault(source, []).append(event_id)
    found = {}
    for source, wanted in ids.items():
        rows = Activity.objects.of(program).filter(source=source, event_id__in=wanted).order_by()
        values = rows.values_list("event_id", "pk", "rank", "logged_on", "counting")
        for event_id, pk, rank, day, counted_by in values:
            found[source, event_id] = pk, rank, day, counted_by
    return found


def _by_other_names(program: Program, keys: set[str]) -> dict[str, Rep]:
    """Owners whom the CRM's users export knows by another name too, under which they are entered here."""
    names = OwnerName.objects.of(program)
    persons = dict(names.filter(key__in=keys).values_list("key", "person"))
    if not persons:
        return {}
    others = dict(names.filter(person__in=set(persons.values())).values_list("key", "person"))
    reps = {others[one.key]: one for one in Rep.objects.of(program).filter(key__in=others).order_by("-number")}
    return {key: reps[person] for key, person in persons.items() if person in reps}


def _ids_of(program: Program, keys: set[str]) -> dict[str, int]:
    """The owners with these keys by id; new ones are entered."""
    found = dict(Rep.objects.of(program).filter(key__in=keys).values_list("key", "pk"))
    if missing := keys - found.keys():
        found |= {key: one.pk for key, one in reps_of(program, missing).items()}
    return found


def reps_of(program: Program, keys: set[str]) -> dict[str, Rep]:
    """The owners with these keys; new ones are entered as unknown, for a person to settle."""
    found = {one.key: one for one in Rep.objects.of(program).filter(key__in=keys)}
    if missing := keys - set(found):
        found |= _by_other_names(program, missing)
    for key in sorted(keys - set(found)):
        found[key] = Rep.objects.create(
            program=program, number=program.next_number("rep"), key=key, first_seen_at=clock.now()
        )
    return found
