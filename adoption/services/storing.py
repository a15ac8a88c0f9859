"""Write events as the newest export shows them, whatever the order of files (M9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    there = _there(program, standing)
    adapt = connections[router.db_for_write(Activity)].ops
    new: list[list[Any]] = []
    changed: list[list[Any]] = []
    for key, event in standing.items():
        period = str(Week.of(event.logged_on))
        values = [
            reps[event.owner], event.kind, event.why_not, event.rank,
            adapt.adapt_datefield_value(event.logged_on),
            adapt.adapt_datetimefield_value(event.logged_at) if event.logged_at else None,
            adapt.adapt_datetimefield_value(event.occurred_at) if event.occurred_at else None,
            period, counting.pk,
        ]  # fmt: skip
        one = there.get(key)
        if one is None:
            new.append([program.pk, event.source, event.event_id, *values, False])
            stored.new += 1
        elif one.rank == event.rank and one.period == period:
            stored.same += 1
            continue
        elif one.rank > event.rank and one.counting_id != counting.pk:
            stored.older += 1
            continue
        else:
            changed.append([*values, one.pk])
            stored.changed += 1
            stored.periods.add(one.period)
        stored.periods.add(period)
    bulk.insert(Activity, FIELDS, new)
    bulk.update(Activity, VALUES, changed)
    return stored


def _there(program: Program, standing: dict[tuple[str, str], Event]) -> dict[tuple[str, str], Activity]:
    """The events that are stored already: a look into the index for each."""
    found = {}
    ids: dict[str, list[str]] = {}
    for source, event_id in standing:
        ids.setdefault(source, []).append(event_id)
    for source, wanted in ids.items():
        rows = Activity.objects.of(program).filter(source=source, event_id__in=wanted).order_by()
        for one in rows.only("source", "event_id", "rank", "period", "counting"):
            found[source, one.event_id] = one
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
