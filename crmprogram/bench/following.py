"""Inside the application: processes that work, and one that puts a file through and follows it.

A part of `bench.runs`, in a database of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from crmprogram.bench.processes import Watch, inside
from crmprogram.intake.services import store_upload
from crmprogram.jobs import services as jobs
from crmprogram.program.models import User
from crmprogram.program.services import create_program
from migration.services import mapping, runs

OVER = ("done", "failed", "stopped")


@contextmanager
def working(count: int) -> Iterator[list[subprocess.Popen]]:
    """Keep `count` worker processes at work."""
    workers = [subprocess.Popen(inside("work"), stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for one in workers:
            assert one.stdout is not None, "it was started with a pipe"
            one.stdout.readline()  # it is ready
        yield workers
    finally:
        for one in workers:
            one.kill()
            one.wait()


def work() -> None:
    """Take work from the database until killed."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        if not jobs.work_off():
            time.sleep(0.02)


def put_through() -> None:
    """Upload, read and clean a file with a number of workers; prints seconds and processor seconds by step."""
    source, count = Path(sys.argv[1]), int(sys.argv[2])
    call_command("migrate", verbosity=0)
    by = User.objects.create_user("sales-ops-manager", password=None)
    program = create_program(
        by=by, name="Benchmark", company="Benchmark", seats=25, industry="Software", starts_on=date(2026, 9, 1)
    )
    with working(count) as workers:
        watch = Watch(workers, server_pid())
        made: dict[str, list[float]] = {}
        begun, used = time.perf_counter(), time.process_time()
        with source.open("rb") as stream:
            upload = store_upload(program=program, by=by, name=source.name, stream=stream, object="contact").upload
        made["upload"] = [time.perf_counter() - begun, time.process_time() - used]
        follow(upload.job, watch, made)
        upload.refresh_from_db()
        run = runs.create_run(program=program, by=by, uploads=[upload], region="US")
        mapping.sign_mapping(run=run, by=by)
        run = runs.start_run(run=run, by=by)
        follow(run.job, watch, made)
        watch.ended.set()
    run.refresh_from_db()
    json.dump({"steps": made, "peak_mb": watch.peak_kb / 1024, "counts": run.counts}, sys.stdout)


def follow(job: Any, watch: Watch, made: dict[str, list[float]]) -> None:
    """Wait for a job; adds what each of its steps took to `made`. Raises RuntimeError when it fails."""
    step, begun, used = job.step, time.perf_counter(), watch.used()
    while True:
        time.sleep(0.1)
        job.refresh_from_db(fields=["step", "state", "error"])
        if job.step == step and job.state not in OVER:
            continue
        now, spent = time.perf_counter(), watch.used()
        took = made.setdefault(step, [0.0, 0.0])
        took[0], took[1] = took[0] + now - begun, took[1] + spent - used
        if job.state in OVER:
            break
        step, begun, used = job.step, now, spent
    if job.state != "done":
        raise RuntimeError(job.error)


def server_pid() -> int | None:
    """The process above PostgreSQL's, when it runs on this machine."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    with suppress(OSError):
        return int(Path(f"/proc/{own}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
    return None
