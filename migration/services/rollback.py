"""Take a stage, or a whole rehearsal, out of the target: created records go, updated ones are as they were (H7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import audit, clock, policy
from crmprogram.program.models import User
from migration.errors import LoadRefused, RunRefused
from migration.models import (
    LoadItem,
    MigrationSet,
    Outcome,
    RevertItem,
    RevertState,
    Run,
    Space,
    Stage,
    StageState,
)
from migration.services import sequence
from migration.services.reverts import revert_items

KIND = "roll-back"
CLEARING = "clear-rehearsal"
CLEARING_SET = "clear-set"
CHUNK = 250


@transaction.atomic
def roll_back_stage(*, stage: Stage, by: User) -> Stage:
    """Roll a loaded stage back, in the background; the last loaded stage first.

    A record that somebody changed in the target since stays, and is listed. Raises
    LoadRefused when nothing is loaded, the stage works, or a later one or what points at it is loaded.
    """
    policy.require(by, "data.load", stage)
    Run.objects.lock(stage.run_id)
    stage = Stage.objects.select_related("run__program", "job").get(pk=stage.pk)
    if stage.job is not None and stage.job.state == JobState.RUNNING:
        raise LoadRefused("The stage is being worked on; stop that first.")
    if not stage.items.exists():
        raise LoadRefused("Nothing of this stage is loaded.")
    later = Stage.objects.filter(run=stage.run_id, space=stage.space, order__gt=stage.order, items__isnull=False)
    if last := later.order_by("-order").first():
        raise LoadRefused(f"Stage {last.order} is loaded; roll that back first.")
    if why := sequence.stands_on(stage.run, stage.space, stage.order):
        raise LoadRefused(why)
    stage.state, stage.validated_at = StageState.LOADING, None
    stage.job = jobs.start_job(program=stage.run.program, kind=KIND, params={"stage": stage.pk}, by=by)
    stage.save(update_fields=["state", "validated_at", "job"])
    audit.record(by=by, verb="stage.rollback_started", subject=stage)
    return stage


def plan_rollback(stage: Stage) -> list[ShardPlan]:
    """One shard: the order of writing does not matter, and each record is put back on its own."""
    return [ShardPlan({}, stage.items.count())]


def roll_back(stage: Stage, work: Work) -> None:
    """Put records back, a few hundred a transaction; told twice, it goes on with what is left."""
    _put_back(stage, work, work.cursor.get("last", 0))


def _put_back(stage: Stage, work: Work, last: int) -> None:
    done = work.done
    while True:
        items = list(LoadItem.objects.filter(stage=stage, pk__gt=last).order_by("pk")[:CHUNK])
        if not items:
            return
        done, last = done + len(items), items[-1].pk
        with work.commit(done=done, cursor={"stage": stage.order, "last": last}):
            revert_items(stage, items)


def end_rollback(stage: Stage, work: Work) -> None:
    """The stage waits again, unless records were left because they changed since."""
    with work.commit(done=1):
        settle(stage)


def settle(stage: Stage) -> int:
    """Say how a stage stands after a rollback; returns how many records were left."""
    left = stage.items.count()
    state = StageState.LOADED if left else StageState.WAITING
    counts = {**dict.fromkeys(Outcome.values, 0), "differences": 0, "left": left, "loaded": left} if left else {}
    Stage.objects.filter(pk=stage.pk).update(state=state, counts=counts, loaded_at=stage.loaded_at if left else None)
    stage.audits.filter(signed_at__isnull=True).delete()
    waiting = RevertItem.objects.filter(stage=stage, state=RevertState.QUEUED)
    waiting.exclude(record__in=stage.items.values("record")).update(state=RevertState.DONE, settled_at=clock.now())
    return left


def rollback_ended(job: Job) -> None:
    """Tell that the stage is out of the target."""
    if job.state == JobState.DONE:
        stage = Stage.objects.select_related("run__program").get(pk=job.params["stage"])
        audit.record(by=None, verb="stage.rolled_back", subject=stage, after=stage.counts)


@transaction.atomic
def clear_rehearsal(*, run: Run, by: User) -> Run:
    """Take the run's records out of the rehearsal, in the background, the last stage first; its stages wait again.

    What somebody changed there since stays. Raises RunRefused while a stage is being worked
    on, and when nothing is loaded.
    """
    policy.require(by, "data.load", run)
    Run.objects.lock(run.pk)
    run = Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)
    stages = run.stages.filter(space=Space.REHEARSAL)
    if stages.filter(job__state=JobState.RUNNING).exists():
        raise RunRefused("A stage is being worked on; stop that first.")
    loaded = list(stages.exclude(state=StageState.WAITING).values_list("pk", flat=True))
    if not loaded:
        raise RunRefused("Nothing of this run is rehearsed.")
    if why := sequence.stands_on(run, Space.REHEARSAL, 1):
        raise RunRefused(why)
    job = jobs.start_job(program=run.program, kind=CLEARING, params={"run": run.pk}, by=by)
    Stage.objects.filter(pk__in=loaded).update(job=job, state=StageState.LOADING, validated_at=None)
    audit.record(by=by, verb="rehearsal.clearing_started", subject=run)
    return run


def plan_clearing(run: Run) -> list[ShardPlan]:
    """One shard: a later stage goes before an earlier one, which it may have built on."""
    return [ShardPlan({}, LoadItem.objects.filter(stage__run=run, stage__space=Space.REHEARSAL).count())]


def clear_stages(run: Run, work: Work) -> None:
    """Put the records of every stage back, the last stage first, a few hundred a transaction."""
    for stage in run.stages.filter(space=Space.REHEARSAL).select_related("run__program").order_by("-order"):
        if work.cursor.get("stage", stage.order) >= stage.order:
            _put_back(stage, work, work.cursor.get("last", 0) if work.cursor.get("stage") == stage.order else 0)


def end_clearing(run: Run, work: Work) -> None:
    """The stages wait again, but for those of which records were left because they changed since."""
    with work.commit(done=1):
        _end(run)


def _end(run: Run) -> None:
    left = sum(settle(stage) for stage in run.stages.filter(space=Space.REHEARSAL))
    waiting = run.stages.filter(space=Space.REHEARSAL, state=StageState.WAITING)
    waiting.update(job=None, started_by=None, started_at=None, validated_at=None)
    audit.record(by=None, verb="rehearsal.cleared", subject=run, after={"left": left})


# --- a whole set ------------------------------------------------------------------------


@transaction.atomic
def clear_set(*, migration_set: MigrationSet, by: User) -> Job:
    """Take all records of a set out of the rehearsal, in the background: what points goes before what is pointed at.

    Where a record has to stay because somebody changed it since, what it points at stays as well. Raises
    RunRefused while a stage is being worked on, and when nothing is loaded.
    """
    policy.require(by, "data.load", migration_set)
    MigrationSet.objects.lock(migration_set.pk)
    made = MigrationSet.objects.select_related("program").get(pk=migration_set.pk)
    runs = made.current_runs()
    for run in runs:
        Run.objects.lock(run.pk)
    stages = Stage.objects.filter(run__in=runs, space=Space.REHEARSAL)
    if stages.filter(job__state=JobState.RUNNING).exists():
        raise RunRefused("A stage is being worked on; stop that first.")
    loaded = stages.exclude(state=StageState.WAITING)
    at = set(loaded.values_list("run", flat=True))
    if not at:
        raise RunRefused(f"Nothing of {made.code} is rehearsed.")
    params = {"set": made.pk, "runs": [run.pk for run in reversed(runs) if run.pk in at]}
    job = jobs.start_job(program=made.program, kind=CLEARING_SET, params=params, by=by)
    loaded.update(job=job, state=StageState.LOADING, validated_at=None)
    audit.record(by=by, verb="migration_set.clearing_started", subject=made)
    return job


def clearing_of(stages: Iterable[Stage]) -> Job | None:
    """The job that takes these stages of a set back, or stands still in the middle of that."""
    at_work = (one.job for one in stages if one.state == StageState.LOADING and one.job is not None)
    return next((job for job in at_work if job.kind == CLEARING_SET), None)


def stop_clearing(*, migration_set: MigrationSet, by: User) -> Job:
    """Stop after the present part; what is put back stays so. Raises RunRefused where nothing is taken back."""
    return jobs.stop_job(job=_clearing(migration_set, by), by=by)


def resume_clearing(*, migration_set: MigrationSet, by: User) -> Job:
    """Go on with what is left. Raises RunRefused where nothing is taken back."""
    return jobs.resume_job(job=_clearing(migration_set, by), by=by)


def _clearing(of: MigrationSet, by: User) -> Job:
    policy.require(by, "data.load", of)
    stages = Stage.objects.filter(run__in=of.current_runs(), space=Space.REHEARSAL).select_related("job")
    if (found := clearing_of(stages)) is None:
        raise RunRefused(f"The rehearsal of {of.code} is not being cleared.")
    return found


def clear_part(run: Run, work: Work) -> None:
    """Put the records of one run of a set back, unless some that point at them had to stay."""
    if not sequence.stands_on(run, Space.REHEARSAL, 1):
        clear_stages(run, work)


def end_clearing_set(of: MigrationSet, runs: Sequence[Run], work: Work) -> None:
    """The stages of all its runs wait again, but for those of which records were left."""
    with work.commit(done=1):
        for run in runs:
            _end(run)
        audit.record(by=None, verb="migration_set.cleared", subject=of)
