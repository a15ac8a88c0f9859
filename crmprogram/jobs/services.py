"""Start, stop, resume; and the reaper that takes dead leases back."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction

from crmprogram.jobs import registry, runner, tasks
from crmprogram.jobs.models import Job, JobState, Shard, ShardState
from crmprogram.program import audit, clock
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Program

logger = logging.getLogger(__name__)


class JobRefused(DomainError):
    """The job cannot do that now."""

    code = "job_refused"


@transaction.atomic
def start_job(*, program: Program | None, kind: str, params: dict[str, Any], by: Any = None) -> Job:
    """Make the job's rows and ring the bell after commit.

    Begun inside a told story (`clock.at`), it works at that moment, whoever takes it up.
    """
    if moment := clock.told():
        params = {**params, runner.TOLD: moment.isoformat()}
    job = Job.objects.create(
        program=program,
        number=program.next_number("job") if program else 0,
        kind=kind,
        params=params,
        started_by=by,
        created_at=clock.now(),
        pace_from_at=clock.wall(),
    )
    runner.start(job)
    audit.record(by=by, verb="job.started", subject=job, after={"kind": kind})
    transaction.on_commit(tasks.ring)
    return job


@transaction.atomic
def stop_job(*, job: Job, by: Any) -> Job:
    """Ask a running job to stop after its present chunk. What is committed stays."""
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(stop_requested=True):
        raise JobRefused(f"Only running work can be stopped; this is {job.get_state_display().lower()}.")
    audit.record(by=by, verb="job.stop_requested", subject=job)
    runner.settle_stop(job)
    job.refresh_from_db()
    return job


@transaction.atomic
def resume_job(*, job: Job, by: Any) -> Job:
    """Go on from the last committed chunk of a stopped or failed job."""
    Shard.objects.filter(job=job).unfinished().update(state=ShardState.QUEUED, attempt=0, lease=None, lease_until=None)
    resumed = Job.objects.filter(pk=job.pk, state__in=[JobState.STOPPED, JobState.FAILED]).update(
        state=JobState.RUNNING,
        stop_requested=False,
        error="",
        pace_from_at=clock.wall(),
        pace_from_done=runner.done_so_far(job),
    )
    if not resumed:
        raise JobRefused("Only stopped or failed work can be resumed.")
    audit.record(by=by, verb="job.resumed", subject=job)
    transaction.on_commit(tasks.ring)
    job.refresh_from_db()
    return job


def work_off(limit: int | None = None) -> int:
    """Claim and run shards until none is left (or `limit` were run). Returns how many."""
    worked = 0
    while limit is None or worked < limit:
        shard = runner.claim()
        if shard is None:
            break
        runner.run(shard)
        worked += 1
    return worked


def work_together(job: Job, work: runner.Work | None = None) -> Job:
    """Work `job` off here, beside whoever else does, until it is over; `work` keeps its own lease.

    For a shard that needs another job's outcome, and for the command line: it waits for nobody, so that
    one worker alone cannot lock itself out.
    """
    while True:
        shard = runner.claim(job)
        if shard is not None:
            runner.run(shard)
        job.refresh_from_db()
        if job.state != JobState.RUNNING:
            return job
        if work is not None:
            work.beat()
        if shard is None:
            runner.advance(job)
            time.sleep(0.2)


def reap() -> int:
    """Find what nobody works on although somebody should, and ring the bell for it.

    Shards whose lease has run out and shards that wait are claimable; jobs between two
    steps are moved on; stops that nobody answered are settled. Returns claimable shards.
    """
    for job in Job.objects.running().filter(stop_requested=True):
        runner.settle_stop(job)
    idle = Job.objects.running().filter(stop_requested=False)
    for job in idle.exclude(shards__in=Shard.objects.unfinished()):
        runner.advance(job)
    waiting = Shard.objects.claimable().count()
    if waiting:
        logger.info("reaper rings waiting=%d", waiting)
        tasks.ring(times=min(waiting, 4))
    return waiting


def label(job: Job) -> str:
    """What people call a job of this kind."""
    kind = registry.KINDS.get(job.kind)
    return kind.label if kind else job.kind
