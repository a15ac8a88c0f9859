"""The first half of a run: profile the columns, bring every value to standard form (H4, H9)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from crmprogram.intake.models import ROW_MASK, RowIssue, SourceRow, row_id
from crmprogram.jobs.bulk import insert_missing, update
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import vocabulary
from migration.errors import AccountOpen
from migration.hygiene import dates, gate
from migration.hygiene.fields import FIELDS, Kind
from migration.hygiene.profile import Profile
from migration.hygiene.standardise import Clean, Standardiser
from migration.models import MappingColumn, Run
from migration.queries import PROBLEM_LABELS
from migration.services import runs
from migration.services.rows import RULES, Reader, context_of, to_json

SHARD_ROWS = 10_000
CHUNK_ROWS = 2_000
ISSUE_FIELDS = ("upload", "row", "line", "rule", "column", "value", "message")
DATE_FIELDS = {name for name, kind in FIELDS.items() if kind in {Kind.DATE, Kind.DATETIME}}
TOP_VALUES = 5
MEASURED = {"email": "email", "phone": "phone", "country": "country", "industry": "industry", "company": "company"}


def plan_rows(run: Run) -> list[ShardPlan]:
    """Shards of 10,000 source rows, file by file."""
    plans = []
    for upload in run.uploads.order_by("pk"):
        last = SourceRow.objects.of_upload(upload.pk).order_by("-pk").values_list("pk", flat=True).first()
        end = (last & ROW_MASK) if last is not None else -1
        for first in range(0, end + 1, SHARD_ROWS):
            to = min(first + SHARD_ROWS - 1, end)
            total = SourceRow.objects.of_upload(upload.pk, first, to).good().count()
            if total:
                plans.append(ShardPlan({"upload": upload.pk, "first": first, "last": to}, total))
    return plans


def profile_chunk(run: Run, work: Work) -> None:
    """Count what is there before anything is changed, and what the dates of each column say of their order (H9)."""
    upload, first, last = work.params["upload"], work.params["first"], work.params["last"]
    reader = Reader(run.mapping)
    profile = Profile()
    written: dict[str, set[str]] = {}
    found = SourceRow.objects.of_upload(upload, first, last).good().values_list("cells", flat=True)
    chunk: list[dict[str, str]] = []
    for cells in found.iterator(chunk_size=CHUNK_ROWS):
        fields = reader.fields(upload, json.loads(cells))
        for name in DATE_FIELDS & fields.keys():
            written.setdefault(name, set()).add(fields[name])
        chunk.append(fields)
        if len(chunk) == CHUNK_ROWS:
            profile.add_rows(chunk)
            chunk = []
    profile.add_rows(chunk)
    orders = {name: order.value for name, values in written.items() if (order := dates.infer_order(values))}
    with work.commit(done=profile.rows, result={"rows": profile.rows, "orders": orders, "profile": profile.as_json()}):
        pass


def plan_standardise(run: Run) -> list[ShardPlan]:
    """Settle what profiling found, then the same shards again. Raises AccountOpen when rows got lost."""
    whole = Profile()
    orders: dict[str, dict[str, set[str]]] = {}
    rows = 0
    for params, result in run.results("profile"):
        rows += result["rows"]
        whole.merge(Profile.from_json(result["profile"]))
        for name, order in result["orders"].items():
            orders.setdefault(str(params["upload"]), {}).setdefault(name, set()).add(order)
    require_balance("profile", good_rows(run), rows)
    # parts of a file that speak against each other decide nothing: a wrong day is worse than none (H4)
    run.context["date_orders"] = {
        upload: {name: next(iter(found)) for name, found in fields.items() if len(found) == 1}
        for upload, fields in orders.items()
    }
    run.summary["columns"] = [one._asdict() for one in whole.summaries(top=TOP_VALUES)]
    Run.objects.filter(pk=run.pk).update(context=run.context, summary=run.summary)
    dropped = MappingColumn.objects.filter(mapping=run.mapping, treatment="drop").values_list("header", flat=True)
    if dropped:
        more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        runs.note(run, f"{len(dropped)} columns dropped: {', '.join(dropped[:5])}{more}")
    runs.note(run, f"profile finished, {rows:,} rows")
    return plan_rows(run)


def standardise_chunk(run: Run, work: Work) -> None:
    """Clean the shard's rows chunk by chunk; originals stay in the cells, changes go beside them (H4)."""
    upload = run.uploads.get(pk=work.params["upload"])
    reader, context = Reader(run.mapping), context_of(run, upload)
    standardise = Standardiser(context).record
    today = clock.today(run.program)
    first = work.cursor.get("next", work.params["first"])
    totals = Counter(work.result.get("totals", {}))
    done = work.done
    while first <= work.params["last"]:
        last = min(first + CHUNK_ROWS - 1, work.params["last"])
        found = SourceRow.objects.of_upload(upload.pk, first, last).good().values_list("pk", "line", "cells")
        updates, issues, rows = [], [], 0
        for pk, line, cells in found:
            rows += 1
            raw = reader.fields(upload.pk, json.loads(cells))
            clean = standardise(raw)
            _count(totals, run, raw, clean, today)
            if clean.changes:
                changed = {name: {"value": value, "rule": rule} for name, (value, rule) in clean.changes.items()}
                updates.append((to_json(changed), pk))
            issues += _issues(upload.pk, pk, line, clean)
        start, end = row_id(upload.pk, first), row_id(upload.pk, last)
        done += rows
        with work.commit(done=done, cursor={"next": last + 1}, result={"totals": totals}):
            RowIssue.objects.filter(row_id__gte=start, row_id__lte=end, rule__in=RULES).delete()
            update(SourceRow, ("clean",), updates)
            insert_missing(RowIssue, ISSUE_FIELDS, issues)
        first = last + 1


def _issues(upload_id: int, pk: int, line: int, clean: Clean) -> list[tuple[Any, ...]]:
    return [(upload_id, pk, line, one.rule, one.field, one.raw, one.message) for one in clean.issues]


def _count(totals: Counter[str], run: Run, raw: dict[str, str], clean: Clean, today) -> None:
    """Add one row to the totals: values changed, rules that fixed it, quality and dirt before (H9)."""
    totals["rows"] += 1
    totals["values_changed"] += len(clean.changes)
    wrong = {one.field for one in clean.issues}
    for kind in {group_of_change(name, rule) for name, (_, rule) in clean.changes.items()} - {""}:
        totals[f"fixed:{kind}"] += 1
    for measure, name in MEASURED.items():
        if raw.get(name, "").strip():
            totals[f"has:{measure}"] += 1
            if name not in clean.changes and name not in wrong:
                totals[f"good:{measure}"] += 1
    missing = gate.missing({name: value for name, value in raw.items() if value.strip()}, run.thresholds["required"])
    if not missing:
        totals["good:required"] += 1
    else:
        totals["dirt:incomplete"] += 1
    if wrong or clean.changes:
        totals["dirt:inconsistent"] += 1
    if is_stale(run, clean.values, today):
        totals["dirt:stale"] += 1


def is_stale(run: Run, values: dict[str, str], today) -> bool:
    """No engagement for the months that archive (H3); companies and deals are never stale here."""
    if run.object not in vocabulary.PERSON_OBJECTS:
        return False
    return gate.life(values, today=today, months=run.thresholds["archive_months"]) is gate.Life.DEAD


def group_of(rule: str) -> str:
    """The kind of problem that a rule or issue belongs to; "" for mere tidying."""
    head = rule.partition(".")[0]
    return head if head in PROBLEM_LABELS else ""


def group_of_change(name: str, rule: str) -> str:
    """The kind of problem that a change has fixed. Taking a full name apart is no problem of the source."""
    if rule in {"name.from_full_name", "company.legal_form", "phone.extension"} and name.endswith(("_form", "_ext")):
        return ""
    return "" if rule == "name.from_full_name" else group_of(rule)


def good_rows(run: Run) -> int:
    """Rows that intake kept, as its own balanced account has them."""
    return sum(run.uploads.values_list("kept_count", flat=True))


def require_balance(step: str, expected: int, found: int) -> None:
    """Raise AccountOpen with the step and by how many rows it does not balance (H0)."""
    if expected != found:
        word = "missing" if found < expected else "too many"
        raise AccountOpen(
            f"Step “{step}” does not balance: {expected:,} rows came in, {found:,} went out; "
            f"{abs(expected - found):,} rows are {word}.",
            step=step,
        )


def sum_totals(run: Run, step: str) -> Counter[str]:
    """The totals of a step, over its shards."""
    totals: Counter[str] = Counter()
    for _, result in run.results(step):
        totals.update(result.get("totals", {}))
    return totals
