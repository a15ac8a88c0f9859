"""The first half of a run: profile the columns, bring every value to standard form (H4, H9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.models import ROW_MASK, RowIssue, SourceRow, row_id
from crmprogram.jobs.bulk import insert_missing
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import vocabulary
from migration.errors import AccountOpen
from migration.hygiene import gate, transforms
from migration.hygiene.bulk import Cleaned, clean_columns
from migration.hygiene.dates import Order
from migration.hygiene.outcome import Dating, Rules, lacking_in
from migration.hygiene.profile import Profile
from migration.hygiene.reading import Cells
from migration.models import MappingColumn, Run
from migration.queries import PROBLEM_LABELS
from migration.services import blocks, facets, originals, runs
from migration.services.columns import read_part
from migration.services.rows import RULES, Reader, context_of
from migration.sources import Proofs, proofs_of, settled_orders
from migration.standard import stage_field

Mask = NDArray[np.bool_]

SHARD_ROWS = 50_000  # the more rows, the fewer values are cleaned twice; a second or two of work
ISSUE_FIELDS = ("upload", "row", "line", "rule", "column", "value", "message")
TOP_VALUES = 5
MEASURED = ("email", "phone", "country", "industry", "company")


def plan_rows(run: Run) -> list[ShardPlan]:
    """Shards of 50,000 source rows, file by file; `bytes` is where they lie in the file, if that can be told."""
    plans = []
    for upload in run.uploads.order_by("pk"):
        last = SourceRow.objects.of_upload(upload.pk).order_by("-pk").values_list("pk", flat=True).first()
        end = (last & ROW_MASK) if last is not None else -1
        firsts = range(0, end + 1, SHARD_ROWS)
        spans = originals.cut(upload, firsts, end)
        for at, first in enumerate(firsts):
            to = min(first + SHARD_ROWS - 1, end)
            total = SourceRow.objects.of_upload(upload.pk, first, to).good().count()
            if total:
                params = {"upload": upload.pk, "first": first, "last": to}
                plans.append(ShardPlan(params | ({"bytes": spans[at]} if spans else {}), total))
    return plans


def profile_chunk(run: Run, work: Work) -> None:
    """Count what is there before anything is changed, and what the dates of each column say of their order (H9).

    The rows stay on the disk in columns for the steps that follow.
    """
    upload = run.uploads.get(pk=work.params["upload"])
    chunk = read_part(Reader(run.mapping), upload, work.params, work.shard.total)
    profile = Profile()
    profile.add_columns(chunk.size, chunk.columns)
    proofs = proofs_of(chunk.columns)
    orders = {name: [sorted(seen), is_other] for name, (seen, is_other) in proofs.items()}
    blocks.write(run, came(work.params), chunk.block())
    with work.commit(done=profile.rows, result={"rows": profile.rows, "orders": orders, "profile": profile.as_json()}):
        pass


def came(params: Mapping[str, int]) -> str:
    """The name of the block of a shard's rows as they came."""
    return f"came-{params['upload']}-{params['first']}"


def cleaned(params: Mapping[str, int]) -> str:
    """The name of the block of a shard's rows in standard form."""
    return f"clean-{params['upload']}-{params['first']}"


def plan_standardise(run: Run) -> list[ShardPlan]:
    """Settle what profiling found, then the same shards again. Raises AccountOpen when rows got lost."""
    whole = Profile()
    proofs: dict[str, list[Proofs]] = {}
    rows = 0
    shards = run.results("profile")
    for params, result in shards:
        rows += result["rows"]
        whole.merge(Profile.from_json(result["profile"]))
        told = {name: ({Order(one) for one in seen}, is_other) for name, (seen, is_other) in result["orders"].items()}
        proofs.setdefault(str(params["upload"]), []).append(told)
    require_balance("profile", good_rows(run), rows)
    # a column that speaks against itself decides nothing: a wrong day is worse than none (H4)
    run.context["date_orders"] = {
        upload: {name: order.value for name, order in settled_orders(parts).items()} for upload, parts in proofs.items()
    }
    for upload, name, order in told_orders(run):
        run.context["date_orders"].setdefault(upload, {}).setdefault(name, order)
    run.summary["columns"] = [one._asdict() for one in whole.summaries(top=TOP_VALUES)]
    Run.objects.filter(pk=run.pk).update(context=run.context, summary=run.summary)
    dropped = MappingColumn.objects.filter(mapping=run.mapping, treatment="drop").values_list("header", flat=True)
    if dropped:
        more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        word = "column" if len(dropped) == 1 else "columns"
        runs.note(run, f"{len(dropped)} {word} dropped: {', '.join(dropped[:5])}{more}")
    runs.note(run, f"profile finished, {rows:,} rows")
    return [ShardPlan(params, result["rows"]) for params, result in shards]


def told_orders(run: Run) -> list[tuple[str, str, str]]:
    """(id of the file, field, order) of the dates whose order the mapping says; what a column proves comes first."""
    columns = MappingColumn.objects.filter(mapping=run.mapping).exclude(transforms=[]).exclude(treatment="drop")
    orders = ((str(one.upload_id), one.field, transforms.read(one.transforms).order) for one in columns)
    return [(upload, name, order.value) for upload, name, order in orders if order]


def standardise_chunk(run: Run, work: Work) -> None:
    """Clean the shard's rows (H4). What changed goes beside the cells when the row's record is made."""
    upload = run.uploads.get(pk=work.params["upload"])
    rules = rules_of(run)
    block = blocks.read(run, came(work.params))
    columns, size = block.clean.columns, block.clean.size
    before = Came.of(columns, size, rules)
    places = facets.places_of(run.summary["columns"], columns, block.rows["ids"] & ROW_MASK)
    clean = clean_columns(columns, size, context=context_of(run, upload))
    totals = _totals(clean, before, rules)
    issues = list(_issues(upload.pk, block.rows, clean))
    start, end = row_id(upload.pk, work.params["first"]), row_id(upload.pk, work.params["last"])
    blocks.write(run, cleaned(work.params), blocks.Block(clean, block.rows))
    with work.commit(done=size, result={"totals": totals, "places": places}):
        RowIssue.objects.filter(row_id__gte=start, row_id__lte=end, rule__in=RULES).delete()
        insert_missing(RowIssue, ISSUE_FIELDS, issues)


def _issues(upload_id: int, rows: Mapping[str, NDArray], clean: Cleaned) -> Iterator[tuple[Any, ...]]:
    said = clean.issues
    ids, lines = rows["ids"][said.rows].tolist(), rows["lines"][said.rows].tolist()
    for row, line, at in zip(ids, lines, said.which.tolist(), strict=True):
        one = said.table[at]
        yield upload_id, row, line, one.rule, one.field, one.raw, one.message


@dataclass(slots=True)
class Came:
    """What is known of some rows before they are cleaned: who has a value of the measured fields, who is complete."""

    has: dict[str, Mask]
    complete: Mask

    @classmethod
    def of(cls, columns: Mapping[str, Cells], size: int, rules: Rules) -> Came:
        def filled(name: str) -> Mask:
            return columns[name].has(str.strip) if name in columns else np.zeros(size, dtype=bool)

        lacking = np.logical_or.reduce([np.zeros(size, dtype=bool), *lacking_in(columns, size, rules).values()])
        return cls({name: filled(name) for name in MEASURED}, ~lacking)


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
        required_at={stage: tuple(names) for stage, names in limits.get("required_at", {}).items()},
        stage_field=stage_field(run.object),
        is_deal=run.object == vocabulary.DEAL,
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
