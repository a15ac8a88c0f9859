"""Checks over data work, from stored summaries (C1, D4a, H9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Subquery
from django.urls import reverse

from crmprogram.jobs.models import JobState
from crmprogram.program import together
from crmprogram.program.models import Program
from crmprogram.program.together import Rows
from migration import queries
from migration.models import Cluster, HygieneAudit, Run, SampleAudit, Space, Stage, StageState
from phases.registry import Evidence, Look, check, facts, judged, unknown


@dataclass(frozen=True)
class MigrationFacts:
    """What the checks, the rail and the overview read: the newest cleaned run, what works, what waits.

    `loaded` counts live records, `rehearsed` those in the rehearsal; None without a run.
    """

    run: Run | None = None
    working: Run | None = None
    waiting: Run | None = None
    runs: int = 0
    open_clusters: int = 0
    stages: Sequence[Stage] = ()
    live_audit: SampleAudit | None = None
    rehearsed: int = 0
    loaded: int = 0

    @property
    def records(self) -> int | None:
        """Records of the newest cleaned run, archived ones left out."""
        after = self._after
        return after.get("measured") if after else None

    @property
    def duplicates(self) -> int | None:
        """Records beyond the first of each open cluster."""
        after = self._after
        return max(after.get("state:held", 0) - self.open_clusters, 0) if after else None

    @property
    def without_identity(self) -> int | None:
        """Records with neither a usable e-mail address nor a number."""
        after = self._after
        return after.get("rejected:identity", 0) + after.get("person:identity", 0) if after else None

    @property
    def clean_percent(self) -> Decimal | None:
        """Share of records with none of the four kinds of dirt, 0 to 100 (H9)."""
        after = self._after
        if not after or not after.get("records"):
            return None
        return Decimal(100) * after.get("clean", 0) / after["records"]

    @property
    def _after(self) -> dict[str, Any]:
        return self.run.summary.get("after", {}) if self.run else {}


def rows_of(program: Program) -> Rows:
    """The runs that are shown, how many clusters wait, and the stages."""
    current = Run.objects.of(program).current().order_by("-pk")
    # in a set that was started, what is signed waits for its turn, for nobody
    idle = current.filter(job=None).exclude(mapping__signed_at__isnull=False, migration_set__started_at__isnull=False)
    told = (current, current.cleaned(), current.filter(job__state=JobState.RUNNING), idle)
    first = Q()
    for runs in told:
        first |= Q(pk=Subquery(runs.values("pk")[:1]))
    many = current.order_by().values("program").annotate(n=Count("pk")).values("n")
    newest = current.filter(first).select_related("job", "mapping", "migration_set").annotate(total=Subquery(many))
    waits = Cluster.objects.of(program).open().filter(run__cancelled_at__isnull=True).order_by()
    waits = waits.values("is_review").annotate(n=Count("*"))  # an index has all that is asked
    staged = Stage.objects.of(program).filter(run__cancelled_at__isnull=True).select_related("run")
    staged = staged.defer("run__summary")  # long, and not asked for by stage
    return newest, waits, staged


def _has_turn(run: Run) -> bool:
    """Will the run's set begin it by itself?"""
    of, mapping = run.migration_set, run.mapping
    return of is not None and of.started_at is not None and mapping is not None and mapping.signed_at is not None


@facts("migration", rows=rows_of)
def load(program: Program, rows: Rows | None = None) -> MigrationFacts:
    """Three queries at most: what `rows_of` tells; what a load at work has written; the last live audit."""
    rows = rows or rows_of(program)
    together.fill(*rows)
    newest, waits, staged = rows
    if not newest:
        return MigrationFacts()
    for one in newest:
        one.program = program
    cleaned = next((one for one in newest if one.is_cleaned), None)
    working = next((one for one in newest if one.job is not None and one.job.state == JobState.RUNNING), None)
    waiting = next((one for one in newest if one.job is None and not _has_turn(one)), None)
    open_clusters = sum(one["n"] for one in waits) if cleaned else 0
    stages = list(staged) if cleaned else []
    holds = queries.loaded_by(stages)
    live = [one for one in stages if one.space == Space.LIVE]
    audit = (
        SampleAudit.objects.filter(stage__in=live, signed_at__isnull=False).order_by("-pk").first() if live else None
    )
    return MigrationFacts(
        run=cleaned,
        working=working,
        waiting=waiting,
        runs=newest[0].total,
        open_clusters=open_clusters,
        stages=stages,
        live_audit=audit,
        rehearsed=sum(holds[one.pk] for one in stages if one.space == Space.REHEARSAL),
        loaded=sum(holds[one.pk] for one in live),
    )


@check("migration.migrated", fresh_for=timedelta(days=30))
def migrated(look: Look, _: Any) -> Evidence:
    """Every live stage is loaded and validated by a clean 100-record audit (C1, H8).

    Cannot tell before anything was loaded into the live CRM: a rehearsal migrates nothing.
    """
    known: MigrationFacts = look.migration
    url = reverse("migration:runs", args=[look.program.slug])
    live = [one for one in known.stages if one.space == Space.LIVE]
    if not live:
        said = "Nothing was loaded into the live CRM yet."
        if known.rehearsed:
            said += f" {known.rehearsed:,} records are rehearsed in the sandbox."
        return unknown(said, url=url, closing="Load and audit the stages after Gate 2.")
    done = [one for one in live if one.state == StageState.VALIDATED]
    as_of = known.live_audit.signed_at if known.live_audit else None
    said = f"{len(done)} of {len(live)} live stages are loaded and validated by a clean sample."
    return judged(
        len(done) == len(live), summary=said, value=len(done), threshold=len(live), unit="stages", as_of=as_of, url=url
    )


@dataclass(frozen=True)
class AtLeast:
    percent: Decimal = Decimal(90)  # 0 to 100


@check("migration.hygiene", params=AtLeast, fresh_for=timedelta(days=14))
def hygiene(look: Look, limit: AtLeast) -> Evidence:
    """Share of records with none of the four kinds of dirt, on a fresh export of the live CRM (D4a, H9, H12).

    Cannot tell before the CRM is live: a source that was cleaned for the migration is not
    the CRM.
    """
    known: MigrationFacts = look.migration
    url = known.run.get_absolute_url() if known.run else reverse("migration:runs", args=[look.program.slug])
    if not known.loaded:
        said = "The CRM holds no loaded records yet, so no export of it can be judged."
        if known.clean_percent is not None and known.run:
            said += (
                f" Of the cleaned source, {known.clean_percent:.1f} % of records have no problem ({known.run.code})."
            )
        return unknown(said, url=url, threshold=limit.percent, unit="%")
    if known.clean_percent is None or known.run is None:
        return unknown("No export of the live CRM has been cleaned yet.", url=url, threshold=limit.percent, unit="%")
    said = f"{known.clean_percent:.1f} % of {known.records:,} records have no problem."
    return judged(
        known.clean_percent >= limit.percent,
        value=known.clean_percent.quantize(Decimal("0.1")),
        threshold=limit.percent,
        unit="%",
        as_of=known.run.finished_at,
        summary=said,
        url=url,
    )


@dataclass(frozen=True)
class AtMost:
    percent: Decimal = Decimal(2)  # 0 to 100; ours


@check("migration.duplicate_creation", params=AtMost, fresh_for=timedelta(days=14))
def duplicate_creation(look: Look, limit: AtMost) -> Evidence:
    """Share of rows new since the export before that are, or may be, one with another record (H12, M7).

    Cannot tell before two exports of the live CRM were cleaned.
    """
    url = reverse("migration:audits", args=[look.program.slug])
    found = HygieneAudit.objects.of(look.program).filter(new_rows__gt=0, run__cancelled_at=None).select_related("run")
    last = found.order_by("-at", "-pk").first()
    if last is None:
        said = "Two exports have to be cleaned before new duplicates can be told."
        return unknown(said, url=url, threshold=limit.percent, unit="%")
    rate = Decimal(100) * (last.new_duplicates or 0) / (last.new_rows or 1)
    said = f"{last.new_duplicates:,} of {last.new_rows:,} new rows are duplicates ({last.run.code})."
    return judged(
        rate <= limit.percent,
        value=rate.quantize(Decimal("0.1")),
        threshold=limit.percent,
        unit="%",
        as_of=last.at,
        summary=said,
        url=url,
    )
