"""How far a job is, in numbers a person can use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from crmprogram.jobs import registry
from crmprogram.jobs.models import Job, JobState, Shard, ShardState
from crmprogram.program import clock

LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class StepProgress:
    """One step: `done` of `total` units; `state` is waiting, running, done or failed."""

    name: str
    label: str
    unit: str
    state: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        if self.state == "done":
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def words(self) -> str:
        """The unit of one and of many: "row,rows"."""
        return f"{self.unit.removesuffix('s')},{self.unit}"


@dataclass(frozen=True)
class Progress:
    """A job's steps, its pace in units per second, and the seconds its present step still takes.

    `rate` and `seconds_left` are None while there is nothing to judge by.
    """

    job: Job
    label: str
    steps: list[StepProgress]
    rate: float | None
    seconds_left: int | None

    @property
    def current(self) -> StepProgress | None:
        return next((step for step in self.steps if step.state in {"running", "failed", "stopped"}), None)

    @property
    def is_over(self) -> bool:
        return self.job.state != JobState.RUNNING

    @property
    def percent(self) -> int:
        """Over the whole job: each step counts the same."""
        return sum(step.percent for step in self.steps) // len(self.steps) if self.steps else 0


def waits_too_long() -> bool:
    """Whether work has waited for five minutes while nobody works on anything: is a worker running?"""
    now = clock.wall()
    if Shard.objects.filter(state=ShardState.RUNNING, lease_until__gte=now).exists():
        return False
    waiting = Shard.objects.claimable()
    return waiting.filter(job__created_at__lt=now - LATE, job__pace_from_at__lt=now - LATE).exists()


def progress(job: Job) -> Progress:
    """Count the shards of every step (one query)."""
    kind = registry.KINDS[job.kind]
    counts: dict[str, dict[str, int]] = {}
    for row in job.shards.values("step", "state").annotate(done=Sum("done"), total=Sum("total")).order_by():
        sums = counts.setdefault(row["step"], {"done": 0, "total": 0})
        sums["done"] += row["done"]
        sums["total"] += row["total"]
    steps, passed = [], True
    for step in kind.steps(job):
        count = counts.get(step.name, {"done": 0, "total": 0})
        if step.name == job.step:
            passed = False
            state = str(job.state)  # a job's states are a step's, but for waiting
        else:
            state = "done" if passed else "waiting"
        steps.append(StepProgress(step.name, step.label, step.unit, state, count["done"], count["total"]))
    rate = seconds_left = None
    here = next((step for step in steps if step.name == job.step), None)
    if here and job.state == JobState.RUNNING:
        elapsed = (clock.wall() - job.pace_from_at).total_seconds()
        worked = here.done - job.pace_from_done
        if elapsed >= 0.5 and worked > 0:
            rate = worked / elapsed
            seconds_left = round((here.total - here.done) / rate)
    return Progress(job, kind.label, steps, rate, seconds_left)
