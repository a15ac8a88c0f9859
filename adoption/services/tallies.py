"""Count the rows of record, login and user exports, chunk by chunk (M2, M4, M6, M7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from adoption import deals, metrics
from adoption.errors import ImportRefused
from adoption.models import Counting, RecordSummary
from adoption.services import leads, records
from adoption.services.storing import reps_of
from crmprogram.intake.models import SourceRow
from crmprogram.jobs.models import Shard
from crmprogram.jobs.runner import Work
from crmprogram.program.models import Program
from phases.models import FieldRule

CHUNK_ROWS = 5_000
TOTALS = ("seen", "records", "complete", "open", "stale", "updated", "created")
Rows = list[tuple[int, list[str]]]


def chunks(counting: Counting, work: Work) -> Iterator[tuple[int, Rows]]:
    """The next chunk of (line, cells), and the number of the row after it."""
    start, last = work.cursor.get("next", work.params["first"]), work.params["last"]
    while start <= last:
        stop = min(start + CHUNK_ROWS - 1, last)
        rows = SourceRow.objects.of_upload(counting.upload_id, start, stop).good().values_list("line", "cells")
        yield stop + 1, [(line, json.loads(cells)) for line, cells in rows]
        start = stop + 1


def _places(counting: Counting) -> dict[str, int]:
    return {name: at for at, name in reversed(list(enumerate(counting.upload.mapped))) if name}


def _read(places: dict[str, int], cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[at].strip() for name, at in places.items() if at < len(cells)}


def count_records(counting: Counting, work: Work) -> None:
    """Sum one shard of records up by owner: complete by the field rules, stale open deals; and keep each record."""
    places, days = _places(counting), records.days_of(counting)
    required = [] if absent_fields(counting) else required_of(counting)
    for after, rows in chunks(counting, work):
        totals = {owner: dict(one) for owner, one in (work.result.get("owners") or {}).items()}
        found, fresh = [], []
        for _, cells in rows:
            record = _read(places, cells)
            seen = records.read_record(counting, record, days)
            one = totals.setdefault(seen.owner, dict.fromkeys(TOTALS, 0))
            one["seen"] += 1
            one["updated"] += records.is_recent(seen.updated_on, counting)
            one["created"] += records.is_recent(seen.created_on, counting)
            missing: list[str] = []
            if required:
                missing = metrics.missing_fields(record, required, [])
                one["records"] += 1
                one["complete"] += not missing
                for name in missing:
                    one.setdefault("missing", {})
                    one["missing"][name] = one["missing"].get(name, 0) + 1
            if seen.outcome == deals.OPEN:
                one["open"] += 1
                one["stale"] += metrics.is_stale(seen.touched_on, as_of=counting.as_of)
            found.append(seen._replace(missing=tuple(missing)))
            if counting.object == "lead":
                fresh.append(leads.Created(seen.record_id, seen.owner, days.moment(record, "created_at")))
        with work.commit(done=after - work.params["first"], cursor={"next": after}, result={"owners": totals}):
            records.store_records(counting, found)
            leads.store_created(counting, fresh)


def required_of(counting: Counting) -> list[tuple[str, str]]:
    rules = FieldRule.objects.of(counting.program).required().filter(object=counting.object)
    return list(rules.values_list("field", "stage"))


def absent_fields(counting: Counting) -> list[str]:
    """Required fields the export has no column for: completion cannot be told from it, so it is not measured (M5)."""
    return sorted({name for name, _ in required_of(counting)} - set(counting.upload.mapped))


def store_summaries(program: Program, counting: Counting, results: Sequence[dict]) -> dict[str, Any]:
    """Write what the export says of each owner; return the account."""
    owners: dict[str, Counter] = {}
    missing: dict[str, Counter] = {}
    for one in results:
        for owner, found in one.get("owners", {}).items():
            missing.setdefault(owner, Counter()).update(found.pop("missing", {}))
            owners.setdefault(owner, Counter()).update(found)
    reps = reps_of(program, {key for key in owners if key})
    by_rep: dict[int | None, Counter] = {}
    lacking: dict[int | None, Counter] = {}
    for owner, found in owners.items():  # two names of one person are one rep
        rep = reps[owner].pk if owner else None
        by_rep.setdefault(rep, Counter()).update(found)
        lacking.setdefault(rep, Counter()).update(missing[owner])
    compared = records.compared(counting)
    for rep in compared:
        by_rep.setdefault(rep, Counter())
    RecordSummary.objects.filter(counting=counting).delete()
    RecordSummary.objects.bulk_create(
        RecordSummary(
            counting=counting, rep_id=rep, records=one["records"], complete=one["complete"],
            open_deals=one["open"], stale_deals=one["stale"], missing=dict(lacking.get(rep, {})),
            seen=one["seen"], updated=one["updated"], created=one["created"], **compared[rep],
        )
        for rep, one in sorted(by_rep.items(), key=lambda each: each[0] or 0)
    )  # fmt: skip
    total: Counter = Counter()
    for one in [*owners.values(), *(Counter(one) for one in compared.values())]:
        total.update(one)
    counts: dict[str, Any] = {name: total[name] for name in (*TOTALS, "duplicates", "moved")}
    return {**counts, "absent": absent_fields(counting)}


def count_logins(counting: Counting, work: Work) -> None:
    """Write the days on which people signed in; count the rows that are no login, with the reason."""
    places, days = _places(counting), records.days_of(counting)
    for after, rows in chunks(counting, work):
        why = Counter(work.result.get("why") or {})
        read = [records.read_login(_read(places, cells), days) for _, cells in rows]
        found = [one for one in read if isinstance(one, records.Login)]
        why.update(one for one in read if isinstance(one, str))
        with work.commit(done=after - work.params["first"], cursor={"next": after}):
            written = records.store_logins(counting, found)
            result = {
                "rows": work.result.get("rows", 0) + len(rows),
                "logins": work.result.get("logins", 0) + len(found),
                "why": dict(why),
                "days": sorted({*work.result.get("days", []), *map(str, written)}),
            }
            Shard.objects.filter(pk=work.shard.pk).update(result=result)
        work.shard.refresh_from_db(fields=["result"])


def account_of_logins(counting: Counting, results: Sequence[dict]) -> tuple[dict[str, Any], list[date]]:
    """The account of a file of logins, and the days it names. Raises ImportRefused when it does not balance."""
    why: Counter = Counter()
    for one in results:
        why.update(one.get("why", {}))
    rows, logins = (sum(one.get(name, 0) for one in results) for name in ("rows", "logins"))
    if not rows == logins + why.total() == counting.upload.kept_count:
        raise ImportRefused(f"{counting.upload.code}: {rows:,} rows, {logins + why.total():,} in the account.")
    days = sorted({date.fromisoformat(day) for one in results for day in one.get("days", [])})
    return {"rows": rows, "logins": logins, "why": dict(why), "days": len(days)}, days


def count_users(counting: Counting, work: Work) -> None:
    """Keep by which names the CRM knows each user, and who has left it."""
    places = _places(counting)
    for after, rows in chunks(counting, work):
        found = [_read(places, cells) for _, cells in rows]
        with work.commit(done=after - work.params["first"], cursor={"next": after}):
            users = work.result.get("users", 0) + records.store_users(counting, found)
            result = {"rows": work.result.get("rows", 0) + len(rows), "users": users}
            Shard.objects.filter(pk=work.shard.pk).update(result=result)
        work.shard.refresh_from_db(fields=["result"])


def account_of_users(results: Sequence[dict]) -> dict[str, Any]:
    return {name: sum(one.get(name, 0) for one in results) for name in ("rows", "users")}
