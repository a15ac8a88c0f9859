"""The kinds of background work of data: cleaning a run, deciding a band, a dry run, a load and its rollback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from crmprogram.intake.fields import OBJECTS
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import ShardPlan, Step, job, one
from crmprogram.jobs.runner import Work
from migration.models import Band, DryRun, MigrationSet, QualityStandard, Run, Stage
from migration.services import (
    accounting,
    bands,
    cleaning,
    dry_runs,
    effects,
    ending,
    linking,
    loading,
    matching,
    one_company,
    raising,
    reconciling,
    rollback,
    sets,
    standards,
)


def _run(job_: Job) -> Run:
    return Run.objects.select_related("program", "mapping", "job").get(pk=job_.params["run"])


def _stage(job_: Job) -> Stage:
    return Stage.objects.select_related("run__program", "run__mapping", "job").get(pk=job_.params["stage"])


@job("hygiene", label="Data hygiene run", on_end=ending.run_ended)
def clean(job_: Job) -> list[Step]:
    """profile → standardise → match → account → balance; cut into shards of 50,000 rows."""

    def plan(of: Callable[[Run], Sequence[ShardPlan]]) -> Callable[[], Sequence[ShardPlan]]:
        return lambda: of(_with_job(job_))

    def do(what: Callable[[Run, Work], None]) -> Callable[[Work], None]:
        return lambda work: what(_with_job(job_), work)

    return [
        Step("profile", "Profile", do(cleaning.profile_chunk), plan(cleaning.plan_rows), unit="rows"),
        Step(
            "standardise", "Standardise", do(cleaning.standardise_chunk), plan(cleaning.plan_standardise), unit="rows"
        ),
        Step("match", "Find duplicates", do(one_company.match_run), plan(matching.plan_match), unit="rows"),
        Step(
            "account",
            "Make records, ask the hygiene gate",
            do(accounting.account_chunk),
            plan(accounting.plan_account),
            unit="rows",
        ),
        Step("balance", "Balance the account", do(accounting.balance_run), one),
    ]


def _with_job(job_: Job) -> Run:
    run = _run(job_)
    run.job = job_  # the first step is planned before the run names its job
    return run


@job(linking.KIND, label="Follow the links of a set", on_end=sets.links_ended)
def link(job_: Job) -> list[Step]:
    """link → raise → count; cut into shards of 50,000 records."""

    def of() -> MigrationSet:
        return MigrationSet.objects.get(pk=job_.params["set"])

    return [
        Step("link", "Follow the links", linking.link_part, lambda: linking.plan_links(of()), unit="records"),
        Step(
            "raise",
            "Stage what is pointed at",
            lambda work: raising.raise_all(of(), work),
            lambda: raising.plan_raising(of()),
            unit="records",
        ),
        Step("count", "Count the links", lambda work: linking.end_links(of(), work), one),
    ]


@job("load", label="Load a stage", on_end=loading.stage_ended)
def load(job_: Job) -> list[Step]:
    """load → compare → reconcile; cut into shards of 1,000 records."""
    return [
        Step(
            "load",
            "Write the records",
            lambda work: loading.load_chunk(_stage(job_), work),
            partial(_load_plan, job_),
            unit="records",
        ),
        Step("compare", "Compare with what was predicted", lambda work: loading.compare_stage(_stage(job_), work), one),
        Step(
            "reconcile",
            "Reconcile with the source",
            lambda work: reconciling.reconcile_stage(_stage(job_), work),
            lambda: [ShardPlan({}, _stage(job_).items.count())],
            unit="records",
        ),
    ]


def _load_plan(job_: Job) -> Sequence[ShardPlan]:
    return loading.plan_load(_stage(job_))


def _band(job_: Job) -> Band:
    return Band.objects.select_related("run__program", "run__job", "accepted_by", "undone_by").get(
        pk=job_.params["band"]
    )


@job("band", label="Decide a band of clusters", on_end=bands.band_ended)
def band(job_: Job) -> list[Step]:
    """One step, in shards of 500 clusters: decide what is open in the band, or take its decisions back."""
    if job_.params.get("undo"):
        return [
            Step(
                "undo",
                "Take the decisions back",
                lambda work: bands.undo_part(_band(job_), work),
                lambda: bands.plan_band(_band(job_), undo=True),
                unit="clusters",
            )
        ]
    return [
        Step(
            "decide",
            "Decide the clusters",
            lambda work: bands.decide_part(_band(job_), work),
            lambda: bands.plan_band(_band(job_), undo=False),
            unit="clusters",
        )
    ]


def _dry_run(job_: Job) -> DryRun:
    return DryRun.objects.select_related("run__program", "run__mapping").get(pk=job_.params["dry_run"])


@job("dry-run", label="Dry run", on_end=dry_runs.dry_run_ended, moves_evidence=False)
def dry_run(job_: Job) -> list[Step]:
    """predict → spot-check; cut into shards of 5,000 records."""
    return [
        Step(
            "predict",
            "Predict every record",
            lambda work: dry_runs.predict_part(_dry_run(job_), work),
            lambda: dry_runs.plan_dry_run(_dry_run(job_)),
            unit="records",
        ),
        Step("spot", "Draw the spot-check", lambda work: dry_runs.end_dry_run(_dry_run(job_), work), one),
    ]


@job(rollback.KIND, label="Roll a stage back", on_end=rollback.rollback_ended)
def roll_back(job_: Job) -> list[Step]:
    """revert → settle, in one shard."""
    return [
        Step(
            "revert",
            "Put back what stood there before",
            lambda work: rollback.roll_back(_stage(job_), work),
            lambda: rollback.plan_rollback(_stage(job_)),
            unit="records",
        ),
        Step("settle", "Open the stage again", lambda work: rollback.end_rollback(_stage(job_), work), one),
    ]


@job(rollback.CLEARING, label="Clear the rehearsal")
def clear_rehearsal(job_: Job) -> list[Step]:
    """revert → settle, in one shard over the stages."""
    return [
        Step(
            "revert",
            "Put back what stood there before",
            lambda work: rollback.clear_stages(_run(job_), work),
            lambda: rollback.plan_clearing(_run(job_)),
            unit="records",
        ),
        Step("settle", "Open the stages again", lambda work: rollback.end_clearing(_run(job_), work), one),
    ]


@job(rollback.CLEARING_SET, label="Clear the rehearsal of a set")
def clear_set(job_: Job) -> list[Step]:
    """A step for each run, what points first, in one shard over its stages; then settle."""
    of = MigrationSet.objects.select_related("program").get(pk=job_.params["set"])
    found = Run.objects.select_related("program", "migration_set").in_bulk(job_.params["runs"])
    runs = [found[pk] for pk in job_.params["runs"]]
    steps = [
        Step(
            f"revert-{run.pk}",
            f"Put {OBJECTS[run.object].lower()} back",
            partial(rollback.clear_part, run),
            partial(rollback.plan_clearing, run),
            unit="records",
        )
        for run in runs
    ]
    return [*steps, Step("settle", "Open the stages again", partial(rollback.end_clearing_set, of, runs), one)]


def _standard(job_: Job) -> QualityStandard:
    return QualityStandard.objects.select_related("program").get(pk=job_.params["standard"])


@job(standards.EFFECT, label="What a standard would change", moves_evidence=False)
def standard_effect(job_: Job) -> list[Step]:
    """count → settle, in one shard for each run that is counted on."""
    return [
        Step(
            "count",
            "Look at every record",
            lambda work: effects.count_effect(_standard(job_), work),
            lambda: effects.plan_effect(_standard(job_)),
            unit="records",
        ),
        Step("settle", "Keep what was counted", lambda work: effects.settle_effect(_standard(job_), work), one),
    ]
