"""Records, logins and users of an export: compared with the export before, kept for the next (M6, M7)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connections, router
from django.db.models import Count, Exists, F, OuterRef, Q

from adoption import deals
from adoption.events import owner_key
from adoption.models import Counting, CrmRecord, DealStage, LoginDay, OwnerName
from adoption.queries.reps import rep_of_names
from adoption.services.storing import reps_of
from crmprogram.intake import dates
from crmprogram.intake.deals import FALSE, TRUE
from crmprogram.intake.formats import by_slug
from crmprogram.jobs import bulk
from crmprogram.program.models import Program

WINDOW = timedelta(days=6)  # the seven days up to an export, its own day included
VALUES = (
    *("rep", "identity", "outcome", "amount", "created_on", "updated_on", "lead_on", "closed_on", "as_of"),
    *("name", "stage", "forecast", "missing", "touched_on", "expected_on"),
    *("counting", "rep_before", "moved_in"),
)
LOGGED_IN = frozenset({"", "success", "login_no_error", "login succeeded", "succeeded", "successful", "ok", "active"})
ROBOTS = ("hubspot tools", "integration", "api only")


class Days(NamedTuple):
    """How the dates of a file are read."""

    orders: Mapping[str, dates.Order]
    zone: str
    program_zone: str

    def of(self, record: Mapping[str, str], *names: str) -> date | None:
        """The day of the first of `names` that holds a date, in the program's zone."""
        for name in names:
            found = dates.parse(record.get(name, ""), order=self.orders.get(name), zone=self.zone)
            if isinstance(found, dates.Moment):
                return found.at.astimezone(ZoneInfo(self.program_zone)).date() if found.at else found.on
        return None

    def moment(self, record: Mapping[str, str], name: str) -> datetime | None:
        """The moment in `name`, None where it holds a day alone."""
        found = dates.parse(record.get(name, ""), order=self.orders.get(name), zone=self.zone)
        return found.at if isinstance(found, dates.Moment) else None


def days_of(counting: Counting) -> Days:
    orders = {name: dates.Order(value) for name, value in counting.orders.items()}
    return Days(orders, counting.zone, counting.program.time_zone)


def source_of(counting: Counting) -> str:
    """The CRM whose ids these are: two exports of one CRM name the same record by the same id."""
    try:
        form = by_slug(counting.upload.format_slug)
    except KeyError:
        return "unknown"
    return (form.slug.partition("-")[0] if form.vendor != "Unknown" else "unknown")[:40]


class Seen(NamedTuple):
    """A record as a row shows it, before it is stored."""

    record_id: str
    owner: str
    identity: str
    outcome: str
    amount: int | None
    created_on: date | None
    updated_on: date | None
    lead_on: date | None
    closed_on: date | None
    name: str = ""
    stage: str = ""
    forecast: str = ""
    touched_on: date | None = None
    expected_on: date | None = None
    missing: tuple[str, ...] = ()


def read_record(counting: Counting, record: Mapping[str, str], days: Days) -> Seen:
    """What is kept of a row; a record without an id goes by its identity."""
    is_deal = counting.object == "deal"
    outcome = deals.outcome_of(record) if is_deal else ""
    identity = deals.identity_of(counting.object, record)
    closed = (
        days.of(record, "won_at", "lost_at", "closed_at", "close_on") if outcome in {deals.WON, deals.LOST} else None
    )
    currency = record.get("currency", "").strip().upper()
    amount = deals.minor_units(record.get("amount", "")) if is_deal else None
    created_on = days.of(record, "created_at")
    of_deal: dict[str, Any] = {}
    if is_deal:  # nothing is kept by name of people and companies
        signs = (days.of(record, "updated_at"), days.of(record, "last_activity_at"), created_on)
        of_deal = {
            "name": record.get("name", "")[:120],
            "stage": record.get("stage", "")[:80],
            "forecast": record.get("forecast", "")[:20],
            "touched_on": max((day for day in signs if day and day <= counting.as_of), default=None),
            "expected_on": days.of(record, "close_on") if outcome == deals.OPEN else None,
        }
    return Seen(
        record.get("source_id", "")[:100] or (f"#{identity}" if identity else ""),
        owner_key(record.get("owner", "")),
        identity,
        outcome,
        amount if currency in {"", counting.program.currency} else None,
        created_on,
        days.of(record, "updated_at", "last_activity_at", "created_at"),
        days.of(record, "lead_created_at"),
        closed,
        **of_deal,
    )


def store_records(counting: Counting, found: Sequence[Seen]) -> None:
    """Write records as this export shows them; one that a newer export showed stays as it is.

    A record that has another owner than in the export before is marked as moved in this one, once.
    """
    program = Program.objects.lock(counting.program_id)
    source = source_of(counting)
    standing = {one.record_id: one for one in found if one.record_id}
    names = rep_of_names(program)
    reps = {key: one.pk for key, one in reps_of(program, {one.owner for one in found if one.owner}).items()}
    mine = CrmRecord.objects.of(program).filter(object=counting.object, source=source, record_id__in=standing)
    there = {one.record_id: one for one in mine.order_by()}
    adapt = connections[router.db_for_write(CrmRecord)].ops.adapt_datefield_value
    new: list[list[Any]] = []
    changed: list[list[Any]] = []
    stages: dict[str, tuple[str, bool]] = {}
    for record_id, one in standing.items():
        old = there.get(record_id)
        if old is not None and old.as_of > counting.as_of and old.counting_id != counting.pk:
            continue
        if one.stage and (old is None or old.stage != one.stage):
            stages[record_id] = one.stage, old is None or not old.stage
        rep = reps.get(one.owner)
        before, moved_in = (old.rep_before_id, old.moved_in_id) if old else (None, None)
        had = old.rep_id if old is not None and old.counting_id != counting.pk else None
        if had and rep and names.get(had, had) != names.get(rep, rep):  # another name of the person is no move
            before, moved_in = had, counting.pk
        values = [
            rep, one.identity, one.outcome, one.amount,
            *(adapt(day) for day in (one.created_on, one.updated_on, one.lead_on, one.closed_on, counting.as_of)),
            one.name, one.stage, one.forecast, json.dumps(one.missing), adapt(one.touched_on), adapt(one.expected_on),
            counting.pk, before, moved_in,
        ]  # fmt: skip
        if old is None:
            new.append([program.pk, counting.object, source, record_id, *values])
        else:
            changed.append([*values, old.pk])
    bulk.insert(CrmRecord, ("program", "object", "source", "record_id", *VALUES), new)
    bulk.update(CrmRecord, VALUES, changed)
    if stages:
        _store_stages(counting, mine, stages)


def _store_stages(counting: Counting, mine: Any, stages: Mapping[str, tuple[str, bool]]) -> None:
    """Write the stages deals are in now: record id -> stage, and whether it is the first that is known of the deal."""
    pks = dict(mine.order_by().filter(record_id__in=stages).values_list("record_id", "pk"))
    seen_on = connections[router.db_for_write(DealStage)].ops.adapt_datefield_value(counting.as_of)
    rows = [[pks[key], stage, seen_on, is_first] for key, (stage, is_first) in stages.items()]
    bulk.insert_missing(DealStage, ("record", "stage", "seen_on", "is_first"), rows)


def compared(counting: Counting) -> dict[int | None, dict[str, int]]:
    """Per rep: records created in the seven days that are twins of one that was there, and records that moved."""
    found: dict[int | None, dict[str, int]] = defaultdict(lambda: {"duplicates": 0, "moved": 0})
    records = CrmRecord.objects.of(counting.program).filter(object=counting.object)
    older = Q(created_on__lt=OuterRef("created_on")) | Q(created_on=OuterRef("created_on"), pk__lt=OuterRef("pk"))
    twin = records.filter(older, identity=OuterRef("identity")).order_by()
    fresh = records.filter(
        counting=counting, created_on__gte=counting.as_of - WINDOW, created_on__lte=counting.as_of
    ).exclude(identity="")
    for rep, n in fresh.filter(Exists(twin)).order_by().values_list("rep").annotate(n=Count("pk")):
        found[rep]["duplicates"] = n
    moved = records.filter(moved_in=counting).order_by()
    for rep, n in moved.values_list(F("rep_before")).annotate(n=Count("pk")):
        found[rep]["moved"] = n
    return found


def is_recent(day: date | None, counting: Counting) -> bool:
    """Is the day one of the seven up to the export?"""
    return day is not None and counting.as_of - WINDOW <= day <= counting.as_of


class Login(NamedTuple):
    owner: str
    day: date


def read_login(record: Mapping[str, str], days: Days) -> Login | str:
    """The person and the day of a login, or why the row is none: owner.missing, date.missing, failed, robot."""
    owner = owner_key(record.get("user_id") or record.get("email") or record.get("username") or "")
    if not owner:
        return "owner.missing"
    status = record.get("status", "").strip().casefold()
    if status not in LOGGED_IN and status not in FALSE:  # EspoCRM writes whether it was denied
        return "failed"
    if any(word in record.get("login_type", "").casefold() for word in ROBOTS):
        return "robot"
    day = days.of(record, "login_at")
    return Login(owner, day) if day else "date.missing"


def store_logins(counting: Counting, found: Sequence[Login]) -> set[date]:
    """Write the days on which people signed in, each once; return those days."""
    program = Program.objects.lock(counting.program_id)
    reps = {key: one.pk for key, one in reps_of(program, {one.owner for one in found}).items()}
    adapt = connections[router.db_for_write(LoginDay)].ops.adapt_datefield_value
    wanted = sorted({(reps[one.owner], one.day) for one in found})
    rows = [[program.pk, rep, adapt(day), counting.pk] for rep, day in wanted]
    bulk.insert_missing(LoginDay, ("program", "rep", "day", "counting"), rows)
    return {day for _, day in wanted}


def store_users(counting: Counting, found: Sequence[Mapping[str, str]]) -> int:
    """Write the names by which the CRM knows its users; a name of two people belongs to neither."""
    program = Program.objects.lock(counting.program_id)
    people: dict[str, set[str]] = defaultdict(set)
    active: dict[str, bool | None] = {}
    for record in found:
        full = record.get("full_name") or f"{record.get('given_name', '')} {record.get('family_name', '')}"
        names = (record.get("source_id", ""), record.get("username", ""), record.get("email", ""), full)
        keys = [key for key in map(owner_key, names) if key]
        if not keys:
            continue
        said = record.get("is_active", "").strip().casefold()
        active[keys[0]] = True if said in TRUE or said == "active" else False if said in FALSE | {"inactive"} else None
        for key in keys:
            people[key].add(keys[0])
    OwnerName.objects.of(program).filter(key__in=people).delete()
    mine = {key: next(iter(persons)) for key, persons in people.items() if len(persons) == 1}
    OwnerName.objects.bulk_create(
        OwnerName(program=program, key=key, person=person, is_active=active[person], counting=counting)
        for key, person in sorted(mine.items())
    )
    return len(active)
