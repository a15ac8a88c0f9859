"""A migration set at a glance: its objects in order, the links between them, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from crmprogram.intake.fields import OBJECTS
from crmprogram.jobs import queries as jobs
from crmprogram.jobs.models import JobState
from crmprogram.jobs.queries import Progress
from crmprogram.program import together
from crmprogram.program.models import Program
from migration import vocabulary
from migration.models import Cluster, ClusterState, MigrationSet, Run, RunState, Space, Stage, StageState
from migration.queries import ACCOUNT_PARTS
from migration.services import dry_runs, linking, loading, merges, rollback, sets
from migration.services.following import PARENT
from migration.services.linking import KEPT
from migration.services.reconciling import relations_of

ENDS = [(key, label) for key, label, _ in ACCOUNT_PARTS]
PARTS = ("read", *(key for key, _ in ENDS))


@dataclass(frozen=True)
class Todo:
    """What waits for a person: words, and where to do it; `post` is where one press does it."""

    text: str
    url: str
    post: str = ""


@dataclass
class RunLine:
    """One object of a set: its run, how far its cleaning is, clusters that wait, stages, and what is next."""

    run: Run
    label: str
    open_clusters: int = 0
    stages: list[Stage] = field(default_factory=list)
    progress: Progress | None = None
    todo: Todo | None = None

    @property
    def is_moving(self) -> bool:
        """Is a stage being loaded or taken back?"""
        return any(one.job is not None and one.job.state == JobState.RUNNING for one in self.stages)

    @property
    def validated(self) -> int:
        return sum(one.state == StageState.VALIDATED for one in self.stages)


@dataclass(frozen=True)
class LinkLine:
    """One kind of pointer, of the run with number `run`.

    `moved` of the pointers follow a merge, `missing` lead to nothing, `cut` went round in a circle.
    """

    run: int
    label: str
    object: str
    field: str
    pointers: int
    moved: int
    missing: int
    cut: int

    @property
    def resolved(self) -> int:
        return self.pointers - self.missing - self.cut


@dataclass
class Summary:
    """All that the page of a set and its resource tell."""

    set: MigrationSet
    runs: list[RunLine]
    links: list[LinkLine]
    has_links: bool
    counts: dict[str, int]
    unsigned: int
    works: bool
    may_start: bool
    todo: Todo | None = None
    progress: Progress | None = None
    clearing: Progress | None = None

    @property
    def moves(self) -> bool:
        """Does the machine work on it?"""
        return self.works or (self.clearing is not None and not self.clearing.is_over)

    @property
    def rehearsed(self) -> int:
        """How many stages are loaded, or in the middle of it."""
        return sum(one.state != StageState.WAITING for line in self.runs for one in line.stages)

    @property
    def balanced(self) -> bool:
        """Does every row that was read end in exactly one place (H0)?"""
        return self.counts["read"] == sum(self.counts[one] for one in PARTS[1:])


def summary_of(of: MigrationSet) -> Summary:
    """The set as it stands. Few queries, however many objects and records it has."""
    found = of.current_runs()
    for run in found:
        run.migration_set, run.program = of, of.program
        run.__dict__["_beside"] = [one for one in found if one is not run]
    lines = _lines(found)
    works = sets.works(of, found)
    has_links = of.has_links(found)
    counts: Counter[str] = Counter(dict.fromkeys(PARTS, 0))
    for run in found:
        counts.update({name: run.counts.get(name, 0) for name in PARTS})
    waits = len(sets.unsigned(found))
    made = Summary(
        set=of,
        runs=lines,
        links=_links(found) if has_links else [],
        has_links=has_links,
        counts=dict(counts),
        unsigned=waits,
        works=works,
        may_start=bool(found) and not (waits or works or has_links),
        progress=jobs.progress(of.job) if of.job is not None and not has_links else None,
    )
    clearing = rollback.clearing_of(one for line in lines for one in line.stages)
    made.clearing = jobs.progress(clearing) if clearing is not None else None
    if found and not (waits or works) and not has_links:
        made.todo = Todo("Start the set" if of.started_at is None else "Go on with the set", "")
    else:
        made.todo = next((one.todo for one in lines if one.todo is not None), None)
    return made


def sets_of(program: Program) -> list[MigrationSet]:
    """The program's migration sets that have runs, newest first. One query."""
    found = MigrationSet.objects.of(program).filter(runs__cancelled_at=None, runs__isnull=False)
    made: list[MigrationSet] = list(found.annotate(objects_count=Count("runs")).order_by("-pk")[:20])
    for one in made:
        one.program = program
    return made


def _lines(found: Sequence[Run]) -> list[RunLine]:
    waiting = Cluster.objects.filter(run__in=found).open().order_by().values("run").annotate(n=Count("*"))
    stages = Stage.objects.filter(run__in=found, space=Space.REHEARSAL).select_related("job").order_by("run", "order")
    asked: list[QuerySet] = [one for run in found for one in (*merges.asked(run), *dry_runs.asked(run))]
    together.fill(waiting, stages, *asked)
    open_ones = {one["run"]: one["n"] for one in waiting}
    lines: list[RunLine] = []
    for run in found:
        own = [one for one in stages if one.run_id == run.pk]
        line = RunLine(run, OBJECTS.get(run.object, "Records"), open_ones.get(run.pk, 0), own)
        if run.job is not None and not run.is_cleaned:
            line.progress = jobs.progress(run.job)
        line.todo = _todo(line, next((one for one in lines if one.todo is not None), None))
        lines.append(line)
    return lines


def _todo(line: RunLine, first: RunLine | None) -> Todo | None:
    """The next thing a person has to do for an object; None when nothing, or when the machine is at it.

    `first` is an earlier object with something left to do: it is loaded before this one.
    """
    run, slug = line.run, line.run.program.slug

    def at(name: str, *args: Any) -> str:
        return reverse(f"migration:{name}", args=[slug, run.number, *args])

    if run.mapping is None or run.mapping.signed_at is None:
        return Todo("Sign the mapping", at("mapping"))
    if run.state in {RunState.FAILED, RunState.STOPPED}:
        return Todo("Resume the cleaning", run.get_absolute_url())
    if not run.is_cleaned:
        return None
    if line.open_clusters:
        return Todo(f"Review {line.open_clusters:,} {'cluster' if line.open_clusters == 1 else 'clusters'}",
                    f"{at('clusters')}?state={ClusterState.OPEN}")  # fmt: skip
    if run.object not in vocabulary.LOADABLE:
        return None
    if merges.standing_signature(run) is None:
        return Todo("Sign the merges", at("merges"))
    if line.validated < len(line.stages) and dry_runs.refusal(run):
        return Todo("Do the dry run and its spot-check", at("dry-runs"))
    for stage in line.stages:
        if stage.state == StageState.LOADED:
            return Todo(f"Audit the sample of stage {stage.order}", at("stage", stage.order))
        if stage.state == StageState.LOADING:
            return None if line.is_moving else Todo(f"Look at stage {stage.order}", at("stage", stage.order))
    if sum(one.counts.get("loaded", 0) for one in line.stages) < run.summary.get("after", {}).get("state:ready", 0):
        whole = f"{run.get_absolute_url()}#h-st"
        if first is not None:
            return Todo(f"Load the stages, after the {first.label.lower()}", whole)
        for one in loading.standings(run, Space.REHEARSAL):
            if one.fresh and not one.why_not:
                order, words = one.stage.order, f"{line.label.lower()}: {one.stage.label.lower()}"
                return Todo(f"Load stage {order} of the {words}", at("stage", order), at("stage-start", order))
        return Todo("Load the stages", whole)
    return None


def _links(found: Sequence[Run]) -> list[LinkLine]:
    lines = []
    for run in found:
        for name, label in {**relations_of("lead"), **relations_of(run.object)}.items():
            pointers, missing, moved = run.summary.get(KEPT, {}).get(name, (0, 0, 0))
            if pointers:
                cut = linking.cut(run) if name == PARENT else 0
                lines.append(LinkLine(run.number, label, run.object, name, pointers, moved, missing, cut))
    return lines
