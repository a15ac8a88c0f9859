"""Work shards off: claim, lease, fence, move on.

Claiming is a compare-and-set on the row; each write of a chunk carries the lease and
renews it in the same transaction, so a worker that was given up for dead can write
nothing more. The last shard of a step moves the job on, again by compare-and-set.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Sum

from crmprogram.jobs import registry, tasks
from crmprogram.jobs.models import Job, JobState, Shard, ShardState
from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Program

logger = logging.getLogger(__name__)


KEPT_SECONDS = 1_800
TOLD = "told_at"  # in a job's params: the moment of the story that began it


class LeaseLost(Exception):
    """Another worker has this shard now; what was not committed is not wanted."""


class Stopped(Exception):
    """Somebody asked the job to stop; everything committed stays."""


class Work:
    """One claimed shard in the hands of a worker."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.job = shard.job

    @property
    def params(self) -> dict[str, Any]:
        """What the plan of the step said for this shard."""
        return self.shard.params

    @property
    def program(self) -> Program:
        """The program of the job, for kinds that are only started with one."""
        if self.job.program is None:
            raise ValueError(f"{self.job} has no program.")
        return self.job.program

    @property
    def done(self) -> int:
        """Units committed so far, over all attempts."""
        return self.shard.done

    @property
    def cursor(self) -> dict[str, Any]:
        """Where to go on, as the last commit left it."""
        return self.shard.cursor

    @property
    def result(self) -> dict[str, Any]:
        """What earlier commits left for the steps that follow."""
        return self.shard.result

    @contextmanager
    def commit(
        self,
        *,
        done: int | None = None,
        cursor: dict[str, Any] | None = None,
        result: dict[str, Any] | None = None,
        total: int | None = None,
    ) -> Iterator[None]:
        """Write one chunk in one transaction, fenced by the lease, which is renewed.

        Compute before, write inside (at most 0.2 s on SQLite). `done` is the new total
        count of the shard. Raises LeaseLost (nothing is written) when another worker
        has taken over, and Stopped (the chunk is written) when the job was asked to stop.
        """
        values: dict[str, Any] = {"lease_until": _lease_end()}
        for name, value in (("done", done), ("cursor", cursor), ("result", result), ("total", total)):
            if value is not None:
                values[name] = value
        with transaction.atomic():
            # the fenced update comes first: it takes the row lock that the writes need
            mine = Shard.objects.filter(pk=self.shard.pk, lease=self.shard.lease, state=ShardState.RUNNING)
            if not mine.update(**values):
                raise LeaseLost(str(self.shard))
            yield
        for name, value in values.items():
            setattr(self.shard, name, value)
        if Job.objects.filter(pk=self.job.pk, stop_requested=True).exists():
            raise Stopped(str(self.job))

    def beat(self) -> None:
        """Renew the lease in the middle of a long computation."""
        with self.commit():
            pass

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the lease through a computation that cannot be cut, for half an hour at most.

        Renewed beside it, so a worker that dies in it is noticed as soon as any other.
        """
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(over,), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _keep(self, over: threading.Event) -> None:
        until = time.monotonic() + KEPT_SECONDS
        try:
            while not over.wait(settings.JOB_LEASE_SECONDS / 3) and time.monotonic() < until:
                mine = Shard.objects.filter(pk=self.shard.pk, lease=self.shard.lease, state=ShardState.RUNNING)
                try:
                    mine.update(lease_until=_lease_end())
                except DatabaseError as exc:
                    logger.warning("lease not renewed shard=%s error=%s", self.shard.pk, type(exc).__name__)
        finally:
            connections.close_all()


def start(job: Job) -> None:
    """Put a new job at its first step. Called in the transaction that made it."""
    _enter(job, registry.KINDS[job.kind].steps(job)[0])


def claim(job: Job | None = None) -> Shard | None:
    """Take one shard that waits or whose worker is gone; None when there is none.

    A shard taken more than JOB_MAX_ATTEMPTS times fails its job instead.
    """
    queue = Shard.objects.claimable()
    if job is not None:
        queue = queue.filter(job=job)
    for shard in queue.select_related("job", "job__program").order_by("job_id", "no")[:20]:
        if shard.attempt >= settings.JOB_MAX_ATTEMPTS:
            _fail(
                shard.job,
                f"Step “{shard.step}”, part {shard.no + 1}: the worker died {shard.attempt} times on it. "
                "Check the machine's memory and disk, then resume.",
            )
            continue
        lease = uuid.uuid4()
        seen = {"state": shard.state, "lease": shard.lease, "attempt": shard.attempt}
        taken = Shard.objects.filter(pk=shard.pk, **seen).update(
            state=ShardState.RUNNING, lease=lease, lease_until=_lease_end(), attempt=F("attempt") + 1
        )
        if taken:
            if shard.state == ShardState.RUNNING:
                Job.objects.filter(pk=shard.job_id).update(attempts=F("attempts") + 1)
                logger.warning("shard taken over shard=%s job=%s", shard.pk, shard.job_id)
            shard.refresh_from_db(fields=["state", "lease", "lease_until", "attempt", "done", "cursor", "result"])
            return shard
    return None


def run(shard: Shard) -> None:
    """Work one claimed shard off, and move the job on when it was the step's last."""
    with _moment_of(shard.job), _seldom_collecting():
        _run(shard)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Bulk work makes many objects and hardly a cycle: looking for them takes a sixth of its time."""
    before = gc.get_threshold()
    gc.set_threshold(500_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _moment_of(job: Job) -> AbstractContextManager[Any]:
    """The told moment a job belongs to; leases and paces go by the machine's clock all the same."""
    at = job.params.get(TOLD)
    return clock.at(datetime.fromisoformat(at)) if at and settings.DEMO else nullcontext()


def _run(shard: Shard) -> None:
    work, job = Work(shard), shard.job
    mine = Shard.objects.filter(pk=shard.pk, lease=shard.lease, state=ShardState.RUNNING)
    try:
        step = next(one for one in registry.KINDS[job.kind].steps(job) if one.name == shard.step)
        step.do(work)
        finished = mine.update(
            state=ShardState.DONE, done=F("total"), lease=None, lease_until=None, finished_at=clock.wall()
        )
    except LeaseLost:
        logger.warning("lease lost shard=%s job=%s", shard.pk, job.pk)
        return
    except Stopped:
        # a stop is no death: the attempt is given back
        mine.update(state=ShardState.QUEUED, lease=None, lease_until=None, attempt=0)
        settle_stop(job)
        return
    except DomainError as exc:
        mine.update(state=ShardState.FAILED, lease=None, lease_until=None)
        _fail(job, str(exc))
        return
    except Exception as exc:  # the boundary of somebody else's code: the row must say what happened
        logger.exception("shard failed shard=%s job=%s", shard.pk, job.pk)
        mine.update(state=ShardState.FAILED, lease=None, lease_until=None)
        _fail(job, f"Step “{shard.step}” broke off: {type(exc).__name__}: {exc}"[:500])
        return
    if finished:
        advance(job)
        settle_stop(job)


def advance(job: Job) -> bool:
    """Move `job` to its next step once every shard of the present one is done.

    Many workers may try at once; one succeeds. True when this call moved it.
    """
    job = Job.objects.select_related("program").get(pk=job.pk)
    if job.state != JobState.RUNNING or job.shards.filter(step=job.step).unfinished().exists():
        return False
    steps = registry.KINDS[job.kind].steps(job)
    names = [step.name for step in steps]
    at = names.index(job.step)
    if at + 1 < len(steps):
        try:
            return _enter(job, steps[at + 1], leaving=job.step)
        except DomainError as exc:
            _fail(job, str(exc))
            return False
        except Exception as exc:  # planning a step is as much somebody else's code as running it
            logger.exception("step not planned job=%s", job.pk)
            _fail(job, f"Step “{steps[at + 1].name}” could not be planned: {type(exc).__name__}: {exc}"[:500])
            return False
    ended = Job.objects.filter(pk=job.pk, step=job.step, state=JobState.RUNNING).update(
        state=JobState.DONE, finished_at=clock.now(), stop_requested=False
    )
    if ended:
        _ended(job)
    return bool(ended)


def settle_stop(job: Job) -> None:
    """Mark a job stopped once nobody works on it any more."""
    if Shard.objects.filter(job=job, state=ShardState.RUNNING, lease_until__gte=clock.wall()).exists():
        return
    if Job.objects.filter(pk=job.pk, state=JobState.RUNNING, stop_requested=True).update(state=JobState.STOPPED):
        _ended(job)


def _enter(job: Job, step: registry.Step, leaving: str = "") -> bool:
    plans = list(step.shards())
    with transaction.atomic():
        moved = Job.objects.filter(pk=job.pk, step=leaving, state=JobState.RUNNING).update(
            step=step.name, pace_from_at=clock.wall(), pace_from_done=0
        )
        if not moved:
            return False
        Shard.objects.bulk_create(
            [
                Shard(job=job, step=step.name, no=no, params=plan.params, total=plan.total)
                for no, plan in enumerate(plans)
            ]
        )
    job.step = step.name
    if not plans:
        return advance(job)
    if leaving and len(plans) > 1:  # this worker goes on with one; the others need not wait for the reaper
        transaction.on_commit(partial(tasks.ring, times=min(len(plans) - 1, 3)))
    return True


def _fail(job: Job, reason: str) -> None:
    if Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(state=JobState.FAILED, error=reason):
        logger.error("job failed job=%s kind=%s", job.pk, job.kind)
        _ended(job)


def _ended(job: Job) -> None:
    job.refresh_from_db()
    if on_end := registry.KINDS[job.kind].on_end:
        on_end(job)


def _lease_end():
    return clock.wall() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def done_so_far(job: Job) -> int:
    """Units committed in the job's present step."""
    return job.shards.filter(step=job.step).aggregate(n=Sum("done"))["n"] or 0
