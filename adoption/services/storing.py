"""Write events as the newest export shows them, whatever the order of files (M9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connections, router

from adoption import events
from adoption.events import Event
from adoption.metrics import Week
from adoption.models import Activity, Counting, OwnerName, Rep
from crmprogram.jobs import bulk
from crmprogram.program import clock
from crmprogram.program.models import Program

VALUES = ("rep", "kind", "why_not", "rank", "logged_on", "logged_at", "occurred_at", "period", "counting")
FIELDS = ("program", "source", "event_id", *VALUES, "is_bulk")
AT_VALUES, AT_PERIOD = 3, FIELDS.index("period")


@dataclass
class Stored:
    """What became of events: new, changed, the same as before, older than what is there; and the weeks that moved."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    periods: set[str] = field(default_factory=set)

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
    reps = {key: one.pk for key, one in reps_of(program, {one.owner for one in standing.values()}).items()}
    last = Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = _rows(counting, standing.values(), reps)
    periods = {key: row[AT_PERIOD] for key, row in zip(standing, rows, strict=True)}
    if bulk.insert_missing(Activity, FIELDS, rows) == len(rows):  # the next export is mostly new
        stored.new = len(rows)
        stored.periods.update(periods.values())
        return stored
    there = _there(program, standing)
    changed: list[list[Any]] = []
    for (key, event), row in zip(standing.items(), rows, strict=True):
        pk, rank, period, counted_by = there[key]
        if pk > last:
            stored.new += 1
        elif rank == event.rank and period == periods[key]:
            stored.same += 1
            continue
        elif rank > event.rank and counted_by != counting.pk:
            stored.older += 1
            continue
        else:
            changed.append([*row[AT_VALUES:-1], pk])
            stored.changed += 1
            stored.periods.add(period)
        stored.periods.add(periods[key])
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
    if moment is None:
        return None
    return str((moment if moment.tzinfo is UTC else moment.astimezone(UTC)).replace(tzinfo=None))


def _as_is(moment: datetime | None) -> datetime | None:
    return moment


def _there(program: Program, standing: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str, str, int]]:
    """The key, rank, week and counting of events that are stored: a look into the index for each."""
    ids: dict[str, list[str]] = {}
    for source, event_id in standing:
        ids.setdefault(source, []).append(event_id)
    found = {}
    for source, wanted in ids.items():
        rows = Activity.objects.of(program).filter(source=source, event_id__in=wanted).order_by()
        values = rows.values_list("event_id", "pk", "rank", "period", "counting")
        for event_id, pk, rank, period, counted_by in values:
            found[source, event_id] = pk, rank, period, counted_by
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
