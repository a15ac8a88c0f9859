"""Count an uploaded file: activities into weeks, records into fields and pipeline (M1 to M4, M9)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from adoption import events, metrics
from adoption.errors import ImportRefused
from adoption.events import Event, Layout
from adoption.metrics import Week
from adoption.models import Activity, Counting, RecordSummary
from adoption.services import weeks
from adoption.services.storing import reps_of, store_events
from crmprogram.intake import dates
from crmprogram.intake.fields import fields_of
from crmprogram.intake.formats import by_slug
from crmprogram.intake.headers import normalise
from crmprogram.intake.models import SourceRow, Upload, UploadState
from crmprogram.jobs.models import JobState, Shard
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.jobs.services import start_job
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.models import FieldRule

OBJECTS = ("activity", "deal", "contact", "account", "lead")
SHARD_ROWS, CHUNK_ROWS = 10_000, 2_500
SAMPLE_ROWS = 5_000
DATES = ("date", "datetime")
ACCOUNT = ("rows", "kinds", "why", "refused", "stored")
EXAMPLES = 20  # refused rows that the page shows
BLANKS = ("#N/A", "--", "(No value)", "null", "None")  # what CRMs and their loaders write for nothing
ZOHO_ID = "zcrm_"
CLOSED_WORDS = ("won", "lost", "closed", "abandoned")


def zone_of(upload: Upload) -> str:
    """The zone of times without one: the format's, "" when a person has to say."""
    try:
        return by_slug(upload.format_slug).zone
    except KeyError:
        return ""


def orders_of(upload: Upload, said: str = "") -> dict[str, str]:
    """The order of day and month of each dated column, by the first rows or as `said`. Raises ImportRefused."""
    known = fields_of(upload.object)
    places = {name: at for at, name in enumerate(upload.mapped) if name in known and known[name].kind in DATES}
    columns = _columns(upload, places, SAMPLE_ROWS)
    if open_ones := {name: places[name] for name, one in columns.items() if one.ask and one.why.endswith(dates.SAY)}:
        columns |= _columns(upload, open_ones)  # one value anywhere decides: look at all of them
    found = {name: one.order.value for name, one in columns.items() if one.order is not None}
    one_way = set(found.values())
    for name, one in columns.items():
        if not one.ask:
            continue
        if said:
            found[name] = said
        elif len(one_way) == 1 and one.why.endswith(dates.SAY):  # one person's settings wrote the whole file
            found[name] = next(iter(one_way))
        else:
            raise ImportRefused(f"The dates in “{upload.headers[places[name]]}”: {one.why}", ask="order")
    return found


def _columns(upload: Upload, places: dict[str, int], most: int | None = None) -> dict[str, dates.Column]:
    """What each dated column says about its order, by the first rows or by all."""
    values: dict[str, dict[str, None]] = {name: {} for name in places}
    rows = SourceRow.objects.of_upload(upload.pk).good().values_list("cells", flat=True)
    for cells in map(json.loads, rows[:most] if most else rows.iterator(chunk_size=5_000)):
        for name, at in places.items():
            if at < len(cells):
                values[name].setdefault(cells[at].strip().partition(" ")[0].rstrip(","))
    return {name: dates.infer_order(written) for name, written in values.items()}


@transaction.atomic
def start_counting(*, upload: Upload, by: User, order: str = "", zone: str = "", as_of: date | None = None) -> Counting:
    """Count the rows of an upload, in the background; again when it was counted before: the result is the same.

    `order` (day_first, month_first) answers for dates that can be read in two ways, `zone` for times
    without one, else the program's. Raises NotYours, Invalid, or ImportRefused with the reason.
    """
    policy.require(by, "adoption.import", upload)
    program = Program.objects.lock(upload.program_id)
    if upload.state != UploadState.READ:
        raise ImportRefused(f"{upload.code} is not read yet.")
    if upload.object not in OBJECTS:
        raise ImportRefused(f"{upload.code} holds no activities, deals, contacts, accounts or leads.")
    if upload.object == "activity" and "owner" not in upload.mapped:
        raise ImportRefused(f"{upload.code} has no column that names the owner: nobody could get credit.")
    today = clock.today(program)
    if as_of is not None and as_of > today:
        raise Invalid("An export cannot be of a day to come.", field="as_of")
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError) as exc:
        raise Invalid("This time zone is not known.", field="zone") from exc
    counting = Counting.objects.filter(upload=upload).select_related("job").first()
    if counting is not None and counting.job and counting.job.state == JobState.RUNNING:
        raise ImportRefused(f"{upload.code} is being counted.")
    counting = counting or Counting(program=program, upload=upload)
    counting.object = upload.object
    counting.zone = zone_of(upload) or zone or program.time_zone
    counting.orders = orders_of(upload, order)
    counting.as_of = as_of or upload.uploaded_at.astimezone(ZoneInfo(program.time_zone)).date()
    counting.started_by, counting.started_at, counting.finished_at = by, clock.now(), None
    counting.save()
    counting.job = start_job(program=program, kind="adoption", params={"counting": counting.pk}, by=by)
    counting.save(update_fields=["job"])
    audit.record(by=by, verb="adoption.import_started", subject=counting, after={"file": upload.code})
    return Counting.objects.select_related("upload", "job", "program").get(pk=counting.pk)


def plan_rows(counting: Counting) -> list[ShardPlan]:
    """Shards of 10,000 row numbers."""
    total = counting.upload.read_count
    return [
        ShardPlan({"first": first, "last": min(first + SHARD_ROWS, total + 1) - 1}, min(SHARD_ROWS, total + 1 - first))
        for first in range(1, total + 1, SHARD_ROWS)
    ]


def count_rows(counting: Counting, work: Work) -> None:
    """Work one shard off: activities are written, records summed up by owner."""
    one = _count_events if counting.is_activity else _count_records
    one(counting, work)


def _chunks(counting: Counting, work: Work) -> Iterator[tuple[int, list[tuple[int, list[str]]]]]:
    """The next chunk of (line, cells), and the number of the row after it."""
    start, last = work.cursor.get("next", work.params["first"]), work.params["last"]
    while start <= last:
        stop = min(start + CHUNK_ROWS - 1, last)
        rows = SourceRow.objects.of_upload(counting.upload_id, start, stop).good().values_list("line", "cells")
        yield stop + 1, [(line, json.loads(cells)) for line, cells in rows]
        start = stop + 1


def layout_of(counting: Counting) -> Layout:
    """How the file's columns are read."""
    upload = counting.upload
    places = {name: at for at, name in reversed(list(enumerate(upload.mapped))) if name}
    kinds = [at for at, one in enumerate(upload.originals) if normalise(one) == normalise("Type")]
    if kinds and places.get("kind") != kinds[0]:
        places["kind_2"] = kinds[0]
    try:
        form = by_slug(upload.format_slug)
        constants, slug, blanks = dict(form.constants), form.slug, form.blanks
    except KeyError:
        constants, slug, blanks = {}, "unknown", ("",)
    listed = events.file_kind(upload.originals)
    if listed:
        constants["file_kind"] = listed
    return Layout(
        source=f"{slug}:{listed}"[:40] if listed else slug[:40],
        places=places,
        flags=events.flags_of(upload.originals),
        orders={name: dates.Order(value) for name, value in counting.orders.items()},
        zone=counting.zone,
        constants=constants,
        program_zone=counting.program.time_zone,
        exported_at=upload.uploaded_at,
        blanks=frozenset(one.casefold() for one in (*blanks, *BLANKS)),
        id_prefix=ZOHO_ID if slug.startswith("zoho") and _has_prefix(upload, ZOHO_ID) else "",
    )


def _has_prefix(upload: Upload, prefix: str) -> bool:
    """Does the first row's record id begin so? Then every one does, or the row is no record."""
    first = SourceRow.objects.of_upload(upload.pk).good().values_list("cells", flat=True).first()
    at = upload.mapped.index("source_id") if "source_id" in upload.mapped else -1
    return first is not None and at >= 0 and json.loads(first)[at].startswith(prefix)


def _count_events(counting: Counting, work: Work) -> None:
    layout = layout_of(counting)
    for after, rows in _chunks(counting, work):
        earlier = work.result
        counts = {key: Counter((earlier.get("counts") or {}).get(key, {})) for key in ACCOUNT}
        examples = list(earlier.get("examples") or [])
        found: list[Event] = []
        for line, cells in rows:
            read = events.read_event(cells, layout)
            if isinstance(read, events.Refused):
                counts["refused"][read.rule] += 1
                if len(examples) < EXAMPLES:
                    examples.append([line, read.rule, read.message[:200]])
            else:
                found.append(read)
                counts["why" if read.why_not else "kinds"][read.why_not or read.kind] += 1
        counts["rows"]["all"] += len(rows)
        with work.commit(done=after - work.params["first"], cursor={"next": after}):
            stored = store_events(counting, found)
            counts["stored"].update(stored.counts)
            result = {
                "counts": {key: dict(value) for key, value in counts.items()},
                "examples": examples,
                "periods": sorted({*earlier.get("periods", []), *stored.periods}),
            }
            Shard.objects.filter(pk=work.shard.pk).update(result=result)
        work.shard.refresh_from_db(fields=["result"])


def _count_records(counting: Counting, work: Work) -> None:
    """Sum one shard of records up by owner: complete by the field rules, stale open deals (M2, M4)."""
    places = {name: at for at, name in reversed(list(enumerate(counting.upload.mapped))) if name}
    required = [] if absent_fields(counting) else _required(counting)
    orders = {name: dates.Order(value) for name, value in counting.orders.items()}
    for after, rows in _chunks(counting, work):
        totals = {owner: dict(one) for owner, one in (work.result.get("owners") or {}).items()}
        for _, cells in rows:
            record = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
            one = totals.setdefault(
                events.owner_key(record.get("owner", "")), {"records": 0, "complete": 0, "open": 0, "stale": 0}
            )
            if required:
                missing = metrics.missing_fields(record, required, [])
                one["records"] += 1
                one["complete"] += not missing
                for name in missing:
                    one.setdefault("missing", {})
                    one["missing"][name] = one["missing"].get(name, 0) + 1
            if counting.object == "deal" and is_open(record):
                one["open"] += 1
                one["stale"] += metrics.is_stale(_updated_on(record, counting, orders), as_of=counting.as_of)
        with work.commit(done=after - work.params["first"], cursor={"next": after}, result={"owners": totals}):
            pass


def _required(counting: Counting) -> list[tuple[str, str]]:
    rules = FieldRule.objects.of(counting.program).required().filter(object=counting.object)
    return list(rules.values_list("field", "stage"))


def absent_fields(counting: Counting) -> list[str]:
    """Required fields the export has no column for: completion cannot be told from it, so it is not measured (M5)."""
    return sorted({name for name, _ in _required(counting)} - set(counting.upload.mapped))


def is_open(record: dict[str, str]) -> bool:
    """Is the deal open, by its status, else by its stage and its closing time?"""
    status = record.get("status", "").casefold()
    if status:
        return not any(word in status for word in CLOSED_WORDS)
    if record.get("closed_at"):
        return False
    return not any(word in record.get("stage", "").casefold() for word in CLOSED_WORDS)


def _updated_on(record: dict[str, str], counting: Counting, orders) -> date | None:
    """The day of the newest update of a deal; of its creation when it has had none."""
    days = []
    for name in ("updated_at", "last_activity_at", "created_at"):
        found = dates.parse(record.get(name, ""), order=orders.get(name), zone=counting.zone)
        if isinstance(found, dates.Moment):
            zone = ZoneInfo(counting.program.time_zone)
            days.append(found.at.astimezone(zone).date() if found.at else found.on)
    return max((day for day in days if day <= counting.as_of), default=None)


def finish_counting(counting: Counting, work: Work) -> None:
    """Put the shards' accounts together and compute the weeks they touch again."""
    shards = Shard.objects.filter(job=work.job, step="rows").order_by("no")
    results = [one.result or {} for one in shards]
    now = clock.now()
    with work.commit(done=1):
        program = Program.objects.lock(counting.program_id)
        values: dict[str, Any] = {"finished_at": now}
        if counting.is_activity:
            values["counts"] = _account(counting, results)
            periods = sorted({period for one in results for period in one.get("periods", [])})
            weeks.mark_bulk(program, periods)
            done = weeks.recompute(program, periods)
            values["weeks"] = periods
            values["counts"] |= {"computed": len(done.computed), "changed": done.changed, "changes": done.changes}
            values["counts"]["bulk"] = Activity.objects.filter(counting=counting, is_bulk=True).count()
            Counting.objects.filter(pk=counting.pk).update(**values)
        else:
            values["counts"], values["weeks"] = (
                _store_records(program, counting, results),
                [str(Week.of(counting.as_of))],
            )
            Counting.objects.filter(pk=counting.pk).update(**values)
            done = weeks.recompute_records(program)
            values["counts"] |= {"computed": len(done.computed), "changed": done.changed, "changes": done.changes}
            Counting.objects.filter(pk=counting.pk).update(counts=values["counts"])
    audit.record(by=None, verb="adoption.import_counted", subject=counting, after=values["counts"])


def _account(counting: Counting, results: Sequence[dict]) -> dict:
    """The account of a file of activities: each row counted, not counted, or refused. Raises ImportRefused."""
    total: dict[str, Counter] = {key: Counter() for key in ACCOUNT}
    examples = []
    for one in results:
        for key, counter in total.items():
            counter.update(one.get("counts", {}).get(key, {}))
        examples += one.get("examples", [])
    rows = total.pop("rows")["all"]
    ended = sum(total[key].total() for key in ("kinds", "why", "refused"))
    if (
        rows != ended
        or rows != counting.upload.kept_count
        or total["stored"].total() != ended - total["refused"].total()
    ):
        raise ImportRefused(f"{counting.upload.code}: {counting.upload.kept_count:,} rows, {ended:,} in the account.")
    return {"rows": rows, **{key: dict(value) for key, value in total.items()}, "examples": examples[:EXAMPLES]}


def _store_records(program: Program, counting: Counting, results: Sequence[dict]) -> dict[str, Any]:
    owners: dict[str, Counter] = {}
    missing: dict[str, Counter] = {}
    for one in results:
        for owner, found in one.get("owners", {}).items():
            missing.setdefault(owner, Counter()).update(found.pop("missing", {}))
            owners.setdefault(owner, Counter()).update(found)
    reps = reps_of(program, {key for key in owners if key})
    RecordSummary.objects.filter(counting=counting).delete()
    RecordSummary.objects.bulk_create(
        [
            RecordSummary(
                counting=counting, rep=reps.get(owner), records=one["records"], complete=one["complete"],
                open_deals=one["open"], stale_deals=one["stale"], missing=dict(missing[owner]),
            )
            for owner, one in sorted(owners.items())
        ]
    )  # fmt: skip
    total: Counter = Counter()
    for one in owners.values():
        total.update(one)
    counts: dict[str, Any] = {name: total[name] for name in ("records", "complete", "open", "stale")}
    return {**counts, "absent": absent_fields(counting)}
