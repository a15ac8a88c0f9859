"""Inside the application: a worker that is killed in the middle of its work. A part of `bench.kills`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db.models import Count, Sum

from crmprogram.bench import answering
from crmprogram.bench.following import OVER, working
from crmprogram.intake.services import store_upload
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.program.models import User
from crmprogram.program.services import create_program
from migration.models import Cluster, LoadItem, Record, Run, SandboxRecord, Space, StageState
from migration.services import dry_runs, loading, mapping, rollback, runs

MATCHING = (0.5, 1.5)  # seconds into matching, which tells of no parts
OTHERS = (0.3, 0.6)  # of the units of the step


def main() -> None:
    """Print what was killed and what holds at the end, as JSON."""
    source = Path(sys.argv[1])
    call_command("migrate", verbosity=0)
    by = User.objects.create_user("sales-ops-manager", password=None)
    calm, _ = _cleaned(source, by, "Undisturbed", ())
    run, deaths = _cleaned(source, by, "Disturbed", MATCHING)
    told: dict[str, Any] = {"rows": run.counts["read"], "deaths": {"match": deaths}}
    undisturbed = _made(calm)
    holds = {
        "the account balances": run.counts["read"] == sum(run.counts.values()) - run.counts["read"],
        **{f"{name} as in an undisturbed run": value == undisturbed.get(name) for name, value in _made(run).items()},
    }
    answering.sign_merges(run, by, answering.SEED)
    dry_run = dry_runs.start_dry_run(run=run, by=by, seed=answering.SEED)
    _through(dry_run.job, "", ())
    answering.pass_spot_check(dry_run, by)
    standing = next(one for one in loading.standings(answering.fresh(run), Space.REHEARSAL) if one.ready)
    stage = loading.start_stage(stage=standing.stage, by=by)
    told["deaths"]["load"] = _through(stage.job, "load", OTHERS)
    stage.refresh_from_db()
    there, items = SandboxRecord.objects.all(), LoadItem.objects.filter(stage=stage)
    told["loaded"] = items.count()
    holds["each record is loaded once"] = standing.ready == there.count() == items.count() == stage.counts["create"]
    holds["every outcome was predicted"] = stage.counts["differences"] == 0 == stage.counts["lost"]
    stage = rollback.roll_back_stage(stage=stage, by=by)
    told["deaths"]["rollback"] = _through(stage.job, "revert", OTHERS)
    stage.refresh_from_db()
    holds["nothing is left after the rollback"] = not there.exists() and not items.exists()
    holds["the stage waits again"] = stage.state == StageState.WAITING
    holds["each was killed twice"] = all(deaths == 2 for deaths in told["deaths"].values())
    json.dump({**told, "holds": holds}, sys.stdout)


def _cleaned(source: Path, by: User, name: str, kills: tuple[float, ...]) -> tuple[Run, int]:
    """The run of an export in a program of its own, and the deaths on the way."""
    program = create_program(
        by=by, name=name, company="Benchmark", seats=25, industry="Software", starts_on=date(2026, 9, 1)
    )
    with source.open("rb") as stream:
        upload = store_upload(program=program, by=by, name=source.name, stream=stream, object="contact").upload
    _through(upload.job, "", ())
    upload.refresh_from_db()
    run = runs.create_run(program=program, by=by, uploads=[upload], region="US")
    mapping.sign_mapping(run=run, by=by)
    run = runs.start_run(run=run, by=by)
    deaths = _through(run.job, "match", kills)
    return answering.fresh(run), deaths


def _made(run: Run) -> dict[str, Any]:
    """What a run has made, by name: its counts, its totals with the digest of its merges, what is in its tables."""
    tables = {
        f"{model._meta.model_name}s": list(
            model.objects.filter(run=run).order_by("state").values_list("state").annotate(n=Count("pk"), of=Sum(size))
        )
        for model, size in ((Record, "rows"), (Cluster, "size"))
    }
    told = {name: value for name, value in run.summary.items() if name != "log"}  # the log tells times
    return {"counts": run.counts, **told, **tables}


def _through(job: Any, step: str, kills: tuple[float, ...]) -> int:
    """Have a job worked off, one worker after the other killed as far into a step as `kills` says; the deaths."""
    deaths = 0
    for at in (*kills, None):
        with working(1) as (worker,):
            entered = 0.0
            while True:
                time.sleep(0.05)
                jobs.reap()
                job.refresh_from_db(fields=["step", "state", "error"])
                if job.state in OVER:
                    break
                if at is None or job.step != step:
                    continue
                entered = entered or time.monotonic()
                far = time.monotonic() - entered if step == "match" else _share(job, step)
                if far >= at:
                    os.kill(worker.pid, signal.SIGKILL)
                    worker.wait()
                    deaths += 1
                    break
        if job.state in OVER:
            break
    if job.state != JobState.DONE:
        raise RuntimeError(job.error)
    return deaths


def _share(job: Job, step: str) -> float:
    told = job.shards.filter(step=step).aggregate(done=Sum("done"), total=Sum("total"))
    return (told["done"] or 0) / (told["total"] or 1)
