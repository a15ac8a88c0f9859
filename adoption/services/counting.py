"""Count an uploaded file: activities into weeks, records into fields and pipeline (M1 to M4, M9)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from adoption import events
from adoption.errors import ImportRefused
from adoption.events import Event, Layout
from adoption.metrics import Week
from adoption.models import Activity, Counting
from adoption.services import leads, signals, sums, tallies, weeks
from adoption.services.storing import store_events
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

OBJECTS = ("activity", "deal", "contact", "account", "lead", "login", "user")
SHARD_ROWS = 10_000
SAMPLE_ROWS = 5_000
DATES = ("date", "datetime")
ACCOUNT = ("rows", "kinds", "why", "refused", "stored")
EXAMPLES = 20  # refused rows that the page shows
BLANKS = ("#N/A", "--", "(No value)", "null", "None")  # what CRMs and their loaders write for nothing
ZOHO_ID = "zcrm_"


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
    if upload.rows_gone_at:
        raise ImportRefused(f"The rows of {upload.code} were let go after a while. Upload the export again.")
    if upload.object not in OBJECTS:
        raise ImportRefused(f"{upload.code} holds nothing that is counted: no activities, records, logins or users.")
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
    one = {"activity": _count_events, "login": tallies.count_logins, "user": tallies.count_users}
    one.get(counting.object, tallies.count_records)(counting, work)


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
    columns = leads.names_of(layout)
    for after, rows in tallies.chunks(counting, work):
        earlier = work.result
        counts = {key: Counter((earlier.get("counts") or {}).get(key, {})) for key in ACCOUNT}
        examples = list(earlier.get("examples") or [])
        found: list[Event] = []
        answers: list[tuple[str, datetime]] = []
        for line, cells in rows:
            read = events.read_event(cells, layout)
            if isinstance(read, events.Refused):
                counts["refused"][read.rule] += 1
                if len(examples) < EXAMPLES:
                    examples.append([line, read.rule, _refusal(read, cells, layout, counting.upload.headers)])
            else:
                found.append(read)
                if columns:
                    answers += leads.outbound(cells, read, layout, columns)
                counts["why" if read.why_not else "kinds"][read.why_not or read.kind] += 1
        counts["rows"]["all"] += len(rows)
        with work.commit(done=after - work.params["first"], cursor={"next": after}):
            stored = store_events(counting, found)
            leads.store_answers(counting, answers)
            counts["stored"].update(stored.counts)
            result = {
                "counts": {key: dict(value) for key, value in counts.items()},
                "examples": examples,
                "days": sorted({*earlier.get("days", []), *map(str, stored.days)}),
            }
            Shard.objects.filter(pk=work.shard.pk).update(result=result)
        work.shard.refresh_from_db(fields=["result"])


def _refusal(read: events.Refused, cells: Sequence[str], layout: Layout, headers: Sequence[str]) -> str:
    """Why a row is refused, with its column and what stands there."""
    at = layout.places.get(read.field)
    if at is None:
        return read.message[:300]
    value = cells[at].strip()[:60] if at < len(cells) else ""
    said = f" holds “{value}”" if value else " is empty"
    return f"“{headers[at]}”{said}. {read.message}"[:300]


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
            days = sorted({date.fromisoformat(day) for one in results for day in one.get("days", [])})
            periods = sorted({str(Week.of(day)) for day in days})
            sums.mark_bulk(program, days)
            done = weeks.recompute(program, periods)
            signals.recompute_tasks(program, periods)
            values["weeks"] = periods
            values["counts"]["bulk"] = Activity.objects.filter(counting=counting, is_bulk=True).count()
        elif counting.object == "login":
            values["counts"], days = tallies.account_of_logins(counting, results)
            values["weeks"] = sorted({str(Week.of(day)) for day in days})
            done = signals.recompute_logins(program, values["weeks"])
        elif counting.object == "user":
            values["counts"] = tallies.account_of_users(results)
            done = weeks.Recomputed()
        else:
            values["counts"] = tallies.store_summaries(program, counting, results)
            values["weeks"] = [str(Week.of(counting.as_of))]
            Counting.objects.filter(pk=counting.pk).update(**values)
            done = weeks.recompute_records(program)
            signals.recompute_results(program)
        values["counts"] |= {"computed": len(done.computed), "changed": done.changed, "changes": done.changes}
        Counting.objects.filter(pk=counting.pk).update(**values)
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
