"""The first half of a run: profile the columns, bring every value to standard form (H4, H9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.models import ROW_MASK, RowIssue, SourceRow, row_id
from crmprogram.jobs.bulk import insert_missing, update
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import vocabulary
from migration.errors import AccountOpen
from migration.hygiene import gate
from migration.hygiene.bulk import Cleaned, clean_columns
from migration.hygiene.dates import Order
from migration.hygiene.outcome import Dating, Rules
from migration.hygiene.profile import Profile
from migration.hygiene.reading import Cells
from migration.models import MappingColumn, Run
from migration.queries import PROBLEM_LABELS
from migration.services import runs
from migration.services.columns import Chunk, changes_of, read_chunk
from migration.services.rows import RULES, Reader, context_of
from migration.sources import Proofs, proofs_of, settled_orders

Mask = NDArray[np.bool_]

SHARD_ROWS = 10_000
CHUNK_ROWS = 5_000
ISSUE_FIELDS = ("upload", "row", "line", "rule", "column", "value", "message")
TOP_VALUES = 5
MEASURED = ("email", "phone", "country", "industry", "company")


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
    chunk = read_chunk(Reader(run.mapping), upload, first, last)
    profile = Profile()
    profile.add_counts(chunk.size, {name: _counted(cells) for name, cells in chunk.columns.items()})
    proofs = proofs_of(chunk.columns)
    orders = {name: [sorted(seen), is_other] for name, (seen, is_other) in proofs.items()}
    with work.commit(done=profile.rows, result={"rows": profile.rows, "orders": orders, "profile": profile.as_json()}):
        pass


def _counted(cells: Cells) -> dict[str, int]:
    counts = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.values))
    return dict(zip(cells.values, counts.tolist(), strict=True))


def plan_standardise(run: Run) -> list[ShardPlan]:
    """Settle what profiling found, then the same shards again. Raises AccountOpen when rows got lost."""
    whole = Profile()
    proofs: dict[str, list[Proofs]] = {}
    rows = 0
    for params, result in run.results("profile"):
        rows += result["rows"]
        whole.merge(Profile.from_json(result["profile"]))
        told = {name: ({Order(one) for one in seen}, is_other) for name, (seen, is_other) in result["orders"].items()}
        proofs.setdefault(str(params["upload"]), []).append(told)
    require_balance("profile", good_rows(run), rows)
    # a column that speaks against itself decides nothing: a wrong day is worse than none (H4)
    run.context["date_orders"] = {
        upload: {name: order.value for name, order in settled_orders(parts).items()} for upload, parts in proofs.items()
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
    rules = rules_of(run)
    first = work.cursor.get("next", work.params["first"])
    totals = Counter(work.result.get("totals", {}))
    done = work.done
    while first <= work.params["last"]:
        last = min(first + CHUNK_ROWS - 1, work.params["last"])
        chunk = read_chunk(reader, upload.pk, first, last)
        came = Came.of(chunk.columns, chunk.size, rules.required)
        clean = clean_columns(chunk.columns, chunk.size, context=context)
        totals.update(_totals(clean, came, rules))
        updates = [(changed, chunk.ids[row]) for row, changed in changes_of(clean)]
        issues = list(_issues(upload.pk, chunk, clean))
        start, end = row_id(upload.pk, first), row_id(upload.pk, last)
        done += chunk.size
        with work.commit(done=done, cursor={"next": last + 1}, result={"totals": totals}):
            RowIssue.objects.filter(row_id__gte=start, row_id__lte=end, rule__in=RULES).delete()
            update(SourceRow, ("clean",), updates)
            insert_missing(RowIssue, ISSUE_FIELDS, issues)
        first = last + 1


def _issues(upload_id: int, chunk: Chunk, clean: Cleaned) -> Iterator[tuple[Any, ...]]:
    said = clean.issues
    for row, at in zip(said.rows.tolist(), said.which.tolist(), strict=True):
        one = said.table[at]
        yield upload_id, chunk.ids[row], chunk.lines[row], one.rule, one.field, one.raw, one.message


@dataclass(slots=True)
class Came:
    """What is known of some rows before they are cleaned: who has a value of the measured fields, who is complete."""

    has: dict[str, Mask]
    complete: Mask

    @classmethod
    def of(cls, columns: Mapping[str, Cells], size: int, required: Iterable[str]) -> Came:
        def filled(name: str) -> Mask:
            return columns[name].has(str.strip) if name in columns else np.zeros(size, dtype=bool)

        complete = np.ones(size, dtype=bool)
        for name in required:
            complete &= filled(name)
        return cls({name: filled(name) for name in MEASURED}, complete)


def _totals(clean: Cleaned, came: Came, rules: Rules) -> Counter[str]:
    """The totals of some rows: values changed, rules that fixed them, quality and dirt before (H9)."""
    nothing = np.zeros(clean.size, dtype=bool)
    changed = {name: one > 0 for name, one in clean.rules.items()}
    wrong: dict[str, Mask] = {}
    said = clean.issues
    field_of = np.array([one.field for one in said.table], dtype=object)[said.which] if said.table else None
    for name in {one.field for one in said.table}:
        wrong[name] = nothing.copy()
        wrong[name][said.rows[field_of == name]] = True
    fixed: dict[str, Mask] = {}
    for name, one in clean.rules.items():
        groups = [group_of_change(name, rule) if rule else "" for rule in clean.names_of_rules]
        for group in set(groups) - {""}:
            rows = np.array([each == group for each in groups])[one]
            fixed[group] = fixed.get(group, nothing) | rows
    touched = np.logical_or.reduce([nothing, *changed.values(), *wrong.values()])
    codes = {name: cells.codes for name, cells in clean.columns.items()}
    told = {
        "rows": clean.size,
        "values_changed": sum(int(one.sum()) for one in changed.values()),
        **{f"fixed:{group}": int(rows.sum()) for group, rows in fixed.items()},
        "good:required": int(came.complete.sum()),
        "dirt:incomplete": int((~came.complete).sum()),
        "dirt:inconsistent": int(touched.sum()),
        "dirt:stale": int(Dating(clean.columns, rules).stale(codes, clean.size).sum()),
    }
    for name, has in came.has.items():
        told[f"has:{name}"] = int(has.sum())
        told[f"good:{name}"] = int((has & ~changed.get(name, nothing) & ~wrong.get(name, nothing)).sum())
    return Counter(told)


def rules_of(run: Run) -> Rules:
    """What the records of a run are judged by, as its thresholds say."""
    limits = run.thresholds
    return Rules(
        today=clock.today(run.program),
        required=tuple(limits["required"]),
        archive_months=limits["archive_months"],
        dormant_months=limits.get("dormant_months", 6),
        is_person=run.object in vocabulary.PERSON_OBJECTS,
        leave_out=limits.get("leave_out", True),
    )


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
