"""Inside the application: the steps behind the review over a large run. A part of `bench.review --steps`.

Dry run, load, comparison, reconciliation, samples, hygiene audit, rollback: what each takes, over worker processes
and the database server together.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from crmprogram.bench import answering
from crmprogram.bench.following import follow, server_pid, working
from crmprogram.bench.processes import Watch
from crmprogram.bench.reviewing import BY, load_smallest
from crmprogram.program.models import User
from migration.models import LoadItem, Record, Run, Space, Stage
from migration.services import audits, dry_runs, erasing, loading, rollback, sampling


class Took(NamedTuple):
    """A step: records it went over, seconds, processor seconds, the most memory a worker held meanwhile."""

    name: str
    records: int
    seconds: float
    processor: float
    peak_mb: float


class Steps:
    """Measures one step after the other."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.took: list[Took] = []

    def work(self, label: str, job: Any, records: int) -> None:
        """Wait for a job; each of its steps is told."""
        self.watch.peak_kb = 0
        made: dict[str, list[float]] = {}
        follow(job, self.watch, made)
        for step, (seconds, processor) in made.items():
            self._tell(Took(f"{label}: {step}", records, seconds, processor, self.watch.peak_kb / 1024))

    @contextmanager
    def here(self, label: str, records: int) -> Iterator[None]:
        """Measure what a request would do, in this process; without the database server's part."""
        begun, used = time.perf_counter(), time.process_time()
        yield
        self._tell(Took(label, records, time.perf_counter() - begun, time.process_time() - used, 0))

    def _tell(self, one: Took) -> None:
        self.took.append(one)
        sys.stderr.write(f"{one.name}: {one.records:,} records, {one.seconds:.1f} s, {one.processor:.1f} processor s\n")


def behind() -> None:
    """Go through every step behind the review, out again, and leave the program as it was; prints JSON."""
    by = User.objects.get(username=BY)
    run = answering.fresh(Run.objects.get())
    with working(int(sys.argv[1])) as workers:
        watch = Watch(workers, server_pid())
        steps = Steps(watch)
        _roll_back(run, by, steps)
        dry_run = dry_runs.start_dry_run(run=run, by=by, seed=answering.SEED)
        steps.work("dry run", dry_run.job, Record.objects.filter(run=run, state__in=dry_runs.PREDICTED).count())
        answering.pass_spot_check(dry_run, by)
        _load(run, by, steps)
        with steps.here("hygiene audit", run.counts["read"]):
            audits.take_audit(run)
        _roll_back(run, by, steps)
        _erase(run, by, steps)
        load_smallest(answering.fresh(run), by, watch)
        watch.ended.set()
    json.dump([one._asdict() for one in steps.took], sys.stdout)


def _stages(run: Run) -> Any:
    return run.stages.filter(space=Space.REHEARSAL).order_by("order")


def _load(run: Run, by: User, steps: Steps) -> None:
    for one in loading.standings(answering.fresh(run), Space.REHEARSAL):
        if not one.ready:
            continue
        stage = loading.start_stage(stage=one.stage, by=by)
        steps.work(f"stage {stage.order}", stage.job, one.ready)
        with steps.here(f"stage {stage.order}: sample", one.ready):
            made = sampling.draw_sample(stage=stage, by=by, seed=answering.SEED)
        sampling.answer_sample(
            audit=made, by=by, answers=[{"no": item.no, "matches": True} for item in made.items.all()]
        )
        sampling.sign_sample(audit=made, by=by)


def _roll_back(run: Run, by: User, steps: Steps) -> None:
    for stage in _stages(run).order_by("-order"):
        if held := LoadItem.objects.filter(stage=stage).count():
            stage = rollback.roll_back_stage(stage=Stage.objects.get(pk=stage.pk), by=by)
            steps.work(f"stage {stage.order} back", stage.job, held)


def _erase(run: Run, by: User, steps: Steps) -> None:
    person = Record.objects.filter(run=run, rows__gt=1).living().order_by("pk").first()
    if person is not None:
        with steps.here("erase a person", 1):
            erasing.erase_person(
                program=run.program, by=by, keys=erasing.keys_of_all([person]), reason="Asked for by the person."
            )
