"""Kinds of job: each a list of steps, each step cut into shards.

    @job("hygiene", label="Data hygiene run")
    def steps(job: Job) -> list[Step]:
        return [Step("read", "Read the file", do=read, shards=plan_read, unit="rows"), ...]

A step's `shards` is asked when the step begins; its answer is stored. `do` works one
shard off and writes only inside `work.commit`, so it may be told to run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmprogram.jobs.models import Job
    from crmprogram.jobs.runner import Work


@dataclass(frozen=True)
class ShardPlan:
    """What one shard is told (`params`) and how many units it has (`total`)."""

    params: dict[str, Any] = field(default_factory=dict)
    total: int = 1


def one() -> Sequence[ShardPlan]:
    """The plan of a step that is not cut."""
    return [ShardPlan()]


@dataclass(frozen=True)
class Step:
    """One step of a job. `unit` is the word for what it counts, of many ("rows"); "" where that says nothing."""

    name: str
    label: str
    do: Callable[[Work], None]
    shards: Callable[[], Sequence[ShardPlan]] = one
    unit: str = ""


@dataclass(frozen=True)
class JobKind:
    """A registered kind. `on_end` is told the job after it is done, failed or stopped.

    `moves_evidence` says whether a gate cannot be requested while such a job runs (G7).
    """

    key: str
    label: str
    steps: Callable[[Job], list[Step]]
    on_end: Callable[[Job], None] | None = None
    moves_evidence: bool = True


KINDS: dict[str, JobKind] = {}


def job(key: str, *, label: str, on_end: Callable[[Job], None] | None = None, moves_evidence: bool = True):
    """Register the decorated function as the steps of jobs of this kind."""

    def register(steps: Callable[[Job], list[Step]]) -> Callable[[Job], list[Step]]:
        if key in KINDS:
            raise ValueError(f"The job kind {key} is registered twice.")
        KINDS[key] = JobKind(key, label, steps, on_end, moves_evidence)
        return steps

    return register
