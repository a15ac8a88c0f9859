"""What the pages and the API of data work read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from crmprogram.intake.models import SourceRow
from migration import defaults, vocabulary
from migration.models import (
    Cluster,
    ClusterState,
    Decision,
    LoadItem,
    Outcome,
    Record,
    Run,
    RunRow,
    RunState,
    Stage,
    StageState,
)

PROBLEM_LABELS = {
    "phone": "Phone not in E.164",
    "email": "E-mail not valid or not tidy",
    "identity": "No usable e-mail or phone",
    "country": "Country not as ISO code",
    "company": "Company name variants",
    "industry": "Industry is free text",
    "vocabulary": "Not a word of the standard",
    "date": "Dates in mixed forms",
    "name": "Names not in order",
    "postcode": "Postcode unlike its country",
    "website": "Web address not in standard form",
    "required": "Required field empty",
    "duplicate": "Duplicates",
    "relation": "Points at no record",
    "stale": "No engagement, archived",
}


def runs_of(program: Any):
    """The program's runs with what a list shows, newest first; constant queries."""
    return (
        Run.objects.of(program)
        .select_related("program", "job", "created_by", "mapping", "migration_set")
        .annotate(file_count=Count("uploads", distinct=True))
        .order_by("-pk")  # what is counted takes the model's own order away
    )


@dataclass
class ReviewCounts:
    """Clusters a person was asked about, and those still open."""

    total: int = 0
    open: int = 0

    @property
    def decided(self) -> int:
        return self.total - self.open


KEPT_REVIEW = "review"  # in the summary of a run: [asked of people, open]


def review_counts(run: Run) -> ReviewCounts:
    """As the run keeps them from its end on, decision by decision; before that they are counted."""
    kept = run.summary.get(KEPT_REVIEW)
    return ReviewCounts(*kept) if kept else counted_reviews(run)


def counted_reviews(run: Run) -> ReviewCounts:
    """Counted anew."""
    states = Cluster.objects.filter(run=run).reviews().order_by().values_list("state").annotate(n=Count("*"))
    found = dict(states)
    return ReviewCounts(sum(found.values()), found.get(ClusterState.OPEN, 0))


@dataclass(frozen=True)
class QualityRow:
    """One measure: percent before and now (None: not measured), its gate, and whether it is met (None: cannot tell)."""

    key: str
    label: str
    before: float | None
    now: float | None
    gate: int
    ok: bool | None


def quality(run: Run, review: ReviewCounts) -> list[QualityRow]:
    """Share of good values before cleaning and now, against the run's own gate (H9, H10).

    E-mail and required fields count over all rows or records; the others over those that
    have a value. Archived records do not count.
    """
    before, after = run.summary.get("before"), run.summary.get("after")
    gates = {**defaults.QUALITY, **run.thresholds.get("quality", {})}
    rows = []
    for key, label in defaults.QUALITY_LABELS.items():
        if key == "unique":
            then, now = _unique(run, before, after, review)
        else:
            over = key in {"email", "required"} and (run.object in vocabulary.PERSON_OBJECTS or key == "required")
            then = _share(before, f"good:{key}", "rows" if over else f"has:{key}")
            now = _share(after, f"good:{key}", "measured" if over else f"has:{key}")
        if then is None and now is None:
            continue
        ok = None if now is None else now >= gates[key]
        rows.append(QualityRow(key, label, then, now, gates[key], ok))
    return rows


def _share(totals: dict[str, int] | None, part: str, whole: str) -> float | None:
    if not totals or not totals.get(whole):
        return None
    return round(100 * totals.get(part, 0) / totals[whole], 1)


def _unique(
    run: Run, before: dict | None, after: dict | None, review: ReviewCounts
) -> tuple[float | None, float | None]:
    if not before or not after or not before.get("rows") or not after.get("measured"):
        return None, None
    waiting = max(after.get("state:held", 0) - review.open, 0)
    surplus = run.counts.get("merged", 0) + waiting
    then = round(100 * (1 - surplus / before["rows"]), 1)
    return then, round(100 * (1 - waiting / after["measured"]), 1)


@dataclass(frozen=True)
class ProblemRow:
    """A kind of problem: rows fixed by rule, records that need a person, records rejected."""

    key: str
    label: str
    fixed: int
    person: int
    rejected: int

    @property
    def total(self) -> int:
        return self.fixed + self.person + self.rejected


def problems(run: Run) -> list[ProblemRow]:
    """Problems by kind, the largest first; a row can have several."""
    before, after = run.summary.get("before", {}), run.summary.get("after", {})
    rows = []
    for key, label in PROBLEM_LABELS.items():
        fixed, person = before.get(f"fixed:{key}", 0), after.get(f"person:{key}", 0)
        if key == "stale":
            fixed = after.get("fixed:stale", 0)
        if key == "duplicate":
            fixed, person = run.counts.get("merged", 0), after.get("state:held", 0)
        row = ProblemRow(key, label, fixed, person, after.get(f"rejected:{key}", 0))
        if row.total:
            rows.append(row)
    return sorted(rows, key=lambda row: (-row.total, row.label))


def profile_columns(run: Run) -> list[dict[str, Any]]:
    """The profile of every mapped field, as the run found it; empty before it was profiled.

    `shares` are the patterns with how often they are there: in rows, or in percent of a sample.
    """
    order = {one.name: at for at, one in enumerate(vocabulary.targets(run.object))}
    found = sorted(run.summary.get("columns", []), key=lambda one: (order.get(one["name"], 999), one["name"]))
    return [{**one, "label": vocabulary.label_of(run.object, one["name"]), "shares": _shares(one)} for one in found]


def _shares(column: Mapping[str, Any]) -> list[tuple[str, str]]:
    looked_at = column.get("looked_at") or column["filled"]
    if looked_at == column["filled"]:
        return [(pattern, f"{count:,}") for pattern, count in column["patterns"]]
    return [(pattern, f"{100 * count / looked_at:.0f}%") for pattern, count in column["patterns"]]


DIRT_LABELS = {
    "duplicate": "Duplicate",
    "incomplete": "Incomplete",
    "inconsistent": "Inconsistent",
    "stale": "Stale",
}


def dirt(run: Run) -> list[dict[str, Any]]:
    """Rows before and records now that carry each of the four kinds of dirt (H9); empty until cleaned."""
    before, after = run.summary.get("before"), run.summary.get("after")
    if not before or not after:
        return []
    rows = []
    for key, label in DIRT_LABELS.items():
        then, now = before.get(f"dirt:{key}", 0), after.get(f"dirt:{key}", 0)
        if key == "duplicate":
            then = run.counts.get("merged", 0) + now
        if key == "stale":
            now -= after.get("state:archived", 0)  # archived ones are out of the way
        rows.append({"key": key, "label": label, "before": then, "now": max(now, 0)})
    return rows


@dataclass(frozen=True)
class StepView:
    """One of the nine steps: `state` ok, now, wait, next or failed."""

    number: int
    name: str
    strong: str
    text: str
    state: str
    url: str = ""


def _many(count: int, word: str) -> str:
    return f"{count:,} {word if count == 1 else f'{word}s'}"


def steps(
    run: Run,
    review: ReviewCounts,
    progress: Any,
    uploads: Sequence[Any],
    treatments: Sequence[str],
    stages: Sequence[Any],
    signature: Any,
) -> list[StepView]:
    """The nine steps of a run, what each came to, and where it stands (H: the pipeline's order).

    `treatments` are those of the columns of its mapping.
    """
    slug, no = run.program.slug, run.number
    done = {one.name: one for one in progress.steps} if progress else {}

    def job_state(*names: str) -> str:
        states = [done[name].state if name in done else "waiting" for name in names]
        if all(one == "done" for one in states):
            return "ok"
        if "failed" in states:
            return "failed"
        return "now" if any(one in {"running", "stopped", "done"} for one in states) else "next"

    def until(name: str, waits: str) -> str:
        return "at work" if name in done and done[name].state == "running" else waits

    dropped = treatments.count("drop")
    before, after = run.summary.get("before", {}), run.summary.get("after", {})
    rows = sum(one.read_count for one in uploads)
    loaded = [one for one in stages if one.state in {StageState.LOADED, StageState.VALIDATED}]
    validated = [one for one in stages if one.state == StageState.VALIDATED]
    cleaned = run.is_cleaned
    mapping_signed = run.mapping is not None and run.mapping.signed_at is not None
    match_text = (
        f"merged, {_many(after['records'], 'record')} made" if after else until("match", "match and merge by rule")
    )
    kinds = len(problems(run))
    open_stage = len(stages) - len(loaded)
    return [
        StepView(1, "Upload", _many(len(uploads), "file"), f"with {_many(rows, 'row')}", "ok",
                 uploads[0].get_absolute_url() if len(uploads) == 1 else ""),
        StepView(2, "Map fields", f"{len(treatments) - dropped} of {_many(len(treatments), 'column')}",
                 f"used, {dropped} dropped" if dropped else "used, none dropped", "ok" if mapping_signed else "now",
                 reverse("migration:mapping", args=[slug, no])),
        StepView(3, "Profile", _many(kinds, "kind") if before else "",
                 "of problem" if before else until("profile", "waits for the mapping"), job_state("profile"),
                 reverse("migration:profile", args=[slug, no]) if before else ""),
        StepView(4, "Standardise", _many(before["values_changed"], "value") if before else "",
                 "changed" if before else until("standardise", "waits for the profile"), job_state("standardise"),
                 "#h-q" if before else ""),
        StepView(5, "Duplicates", _many(run.counts.get("merged", 0), "row") if cleaned else "",
                 match_text, job_state("match", "account", "balance"),
                 reverse("migration:merges", args=[slug, no]) if cleaned else ""),
        StepView(6, "Review", f"{review.decided:,} of {_many(review.total, 'cluster')}" if review.total else "",
                 "decided" if review.total else "nobody is asked" if cleaned else "waits for the match",
                 "next" if not cleaned else "ok" if not review.open else "now",
                 reverse("migration:clusters", args=[slug, no]) if cleaned else ""),
        StepView(7, "Sign merges", "signed" if signature else "", "sample of 50" if not signature else
                 f"by {signature.signed_by.display}", "next" if not cleaned else "ok" if signature else "now",
                 reverse("migration:merges", args=[slug, no]) if cleaned else ""),
        StepView(8, "Staged import", f"{len(loaded)} of {_many(len(stages), 'stage')}" if stages else "",
                 "loaded" if stages else "not for this kind of record",
                 "next" if not signature or not stages else "ok" if not open_stage else "now",
                 "#h-st" if stages else ""),
        StepView(9, "Audit", f"{len(validated)} of {_many(len(stages), 'stage')}" if stages else "",
                 "validated" if stages else "after a load",
                 "next" if not loaded else "ok" if len(validated) == len(stages) else "now",
                 "#h-st" if stages else ""),
    ]  # fmt: skip


ACCOUNT_PARTS = (
    ("kept", "Kept", "done"),
    ("merged", "Merged", "accent"),
    ("archived", "Archived", "faint"),
    ("quarantined", "Quarantined", "rejected"),
    ("blank", "Blank", "person"),
)


def account_parts(run: Run) -> list[dict[str, Any]]:
    """The five ends of the account, for the bar and its numbers (H0)."""
    return [
        {"key": key, "label": label, "kind": kind, "count": run.counts.get(key, 0)}
        for key, label, kind in ACCOUNT_PARTS
    ]


# --- duplicates -------------------------------------------------------------------------


@dataclass
class Side:
    """One record of a cluster as a column: its key, number, source, values and issues."""

    no: int
    key: str
    row_id: int
    source: str
    line: int
    group: int
    values: dict[str, str] = field(default_factory=dict)


AROUND = 5  # clusters of the queue that are shown beside one of them


def queue_around(cluster: Cluster) -> tuple[QuerySet[Cluster], QuerySet[Cluster]]:
    """The cluster before this one in the queue, and this one with those after it: the first five are shown."""
    queue = Cluster.objects.filter(run=cluster.run_id).reviews().defer("pairs", "groups")  # long, and not shown
    before = queue.filter(position__lt=cluster.position).order_by("-position")[:1]
    return before, queue.filter(position__gte=cluster.position).order_by("position")[:AROUND]


def next_open(run: Run, after: int = 0) -> Cluster | None:
    """The next open cluster of the queue, from the start again at its end."""
    queue = Cluster.objects.filter(run=run).queue().open()
    return queue.filter(position__gt=after).first() or queue.first()


def last_told(run: Run, user: Any) -> QuerySet:
    """When the person decided in this run, the last 21 times."""
    told = Decision.objects.filter(run=run, by=user, kind__in=["same", "different"]).order_by("-pk")
    return told.values("at")[:21]


def pace_of(run: Run, user: Any, told: Iterable[Mapping[str, Any]] | None = None) -> float | None:
    """Seconds the person takes per decision in this run: the median of the last gaps; None below three.

    Gaps above five minutes are pauses, not work. `told` is `last_told`, where it is read already.
    """
    times = [one["at"] for one in (last_told(run, user) if told is None else told)]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
    work = [gap for gap in gaps if gap <= 300]
    return median(work) if len(work) >= 3 else None


def history_of(cluster: Cluster) -> QuerySet[Decision]:
    """What was decided about the cluster's records, newest first."""
    keys = RunRow.objects.filter(cluster=cluster).values("key")
    found = Decision.objects.filter(program=cluster.run.program_id, key_rows__key__in=keys).distinct()
    return found.select_related("by", "superseded_by").order_by("-pk")[:20]


# --- records ----------------------------------------------------------------------------


@dataclass
class SourceView:
    """A source row behind a record: where it stands, what came, what changed and by which rule."""

    row: SourceRow
    key: str
    fields: list[dict[str, Any]]


def source_rows(record: Record) -> QuerySet[SourceRow]:
    """The rows a record was made of: all of them are in its cluster; without one it is a row alone. One query now.

    Of one that lives on as another its own first row; all are the other's now.
    """
    if record.absorbed_by_id is not None:
        return SourceRow.objects.filter(pk=record.pk).select_related("in_run")
    inside = RunRow.objects.filter(cluster=record.cluster_id).values_list("pk", flat=True) if record.cluster_id else ()
    found = SourceRow.objects.filter(pk__in=[record.pk, *inside], in_run__record=record.pk)
    return found.select_related("in_run").order_by("pk")


def decisions_about(record: Record) -> list[Decision]:
    """People's decisions that name the record or a row of it (H0: which person made it)."""
    ids = source_rows(record).values("pk")
    keys = RunRow.objects.filter(pk__in=ids).values("key")
    found = Decision.objects.filter(program=record.program_id, key_rows__key__in=keys).distinct()
    return list(found.select_related("by", "superseded_by").order_by("-pk")[:50])


def load_of(record: Record) -> list[LoadItem]:
    """Where the record was loaded."""
    return list(record.load_items.select_related("stage__run").order_by("pk"))


def loaded_by(stages: Iterable[Stage]) -> dict[int, int]:
    """Records each stage holds in its target: as its load counted them, else counted now in one query (H7)."""
    counted = {StageState.LOADED, StageState.VALIDATED}
    found = {one.pk: one.counts.get("loaded") if one.state in counted else None for one in stages}
    open_ones = [one.pk for one in stages if found[one.pk] is None and one.state != StageState.WAITING]
    if open_ones:
        items = LoadItem.objects.filter(stage__in=open_ones).exclude(outcome=Outcome.REJECT).order_by()
        found.update(items.values_list("stage").annotate(n=Count("*")))
    return {pk: count or 0 for pk, count in found.items()}


def may_change(run: Run) -> bool:
    """May the mapping still be changed?"""
    return run.state not in {RunState.CANCELLED, RunState.RUNNING}
