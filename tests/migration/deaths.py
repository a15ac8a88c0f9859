"""Cleans, loads and rolls back a file with workers that die in the middle: a script, whose answer is JSON.

`tests/migration/test_kill.py` runs it on a database of its own.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from crmprogram.celery import app  # noqa: E402
from crmprogram.intake.models import RowIssue, SourceRow  # noqa: E402
from crmprogram.intake.services import store_upload  # noqa: E402
from crmprogram.jobs import runner  # noqa: E402
from crmprogram.jobs import services as jobs  # noqa: E402
from crmprogram.jobs.models import Job, JobState  # noqa: E402
from crmprogram.program.models import Membership, Role  # noqa: E402
from migration.models import Cluster, LoadItem, Record, Run, RunRow, SandboxRecord, Stage  # noqa: E402
from migration.services import accounting, blocks, cleaning, loading, mapping, matching, rollback, runs  # noqa: E402
from tests.factories import MembershipFactory  # noqa: E402
from tests.migration.conftest import fresh, sign, try_dry  # noqa: E402

app.conf.task_always_eager = False  # work is done where this script says, not where it begins
cleaning.SHARD_ROWS = matching.BLOCK_ROWS = 120
accounting.CHUNK_ROWS = loading.CHUNK_RECORDS = rollback.CHUNK = 30


def dies(step: str, at: int) -> bool:
    """Work in a process that a kill -9 ends at place number `at` of a step, and wait until its lease is over.

    Places are transactions, with all written in them, and blocks of columns that matching lays out.
    """
    connections.close_all()
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        time.sleep(settings.JOB_LEASE_SECONDS + 0.1)
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    commit, write, seen = runner.Work.commit, blocks.write, 0

    def pass_by(here: str) -> None:
        nonlocal seen
        seen += here == step
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def deadly_commit(work: runner.Work, **told) -> Iterator[None]:
        with commit(work, **told):
            yield
            pass_by(work.shard.step)

    def deadly_write(run: Run, name: str, block: blocks.Block) -> None:
        write(run, name, block)
        pass_by("match" if name.startswith(("made", "proof")) else "")

    runner.Work.commit, blocks.write = deadly_commit, deadly_write
    jobs.work_off()
    os._exit(0)


def finish() -> Job:
    """Work everything off, as another worker and the reaper do; the newest job as it ended."""
    while Job.objects.filter(state=JobState.RUNNING).exists():
        jobs.reap()
        jobs.work_off()
    return Job.objects.latest("pk")


def begun(member: Membership, content: bytes) -> Run:
    """A run that has been started and not been worked on."""
    file = store_upload(
        program=member.program, by=member.user, name="dirty.csv", stream=BytesIO(content), object="contact"
    ).upload
    finish()
    file.refresh_from_db()
    run = runs.create_run(program=member.program, by=member.user, uploads=[file], region="US")
    mapping.sign_mapping(run=run, by=member.user)
    return runs.start_run(run=run, by=member.user)


def outcome(run: Run) -> dict:
    """All that a run has made, without the keys of the database."""
    run = fresh(run)
    rows = SourceRow.objects.filter(upload__in=run.uploads.all())
    return {
        "counts": run.counts,
        "after": run.summary["after"],
        "rows": sorted(rows.values_list("line", "in_run__state", "in_run__clean"), key=lambda one: one[0]),
        "issues": RowIssue.objects.filter(upload__in=run.uploads.all()).count(),
        "keys": sorted(RunRow.objects.filter(run=run).values_list("key", "cluster__number"), key=str),
        "clusters": list(Cluster.objects.filter(run=run).order_by("number").values_list("number", "groups", "pairs")),
        "records": sorted(Record.objects.filter(run=run).values_list("key", "state", "fields", "lineage"), key=str),
    }


class NoMigrations(dict):
    """Tables are made from the models: the way there is tested elsewhere and takes longer than all this."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def main(source: Path) -> dict:
    settings.MIGRATION_MODULES = NoMigrations()
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    calm, member = (MembershipFactory(role=Role.SALES_OPS) for _ in range(2))
    content = source.read_bytes()
    expected = begun(calm, content)
    finish()
    run = begun(member, content)
    told: dict = {"deaths": []}
    for step, at in (("match", 2), ("match", 5), ("account", 2), ("account", 6)):
        told["deaths"].append(dies(step, at))
    told["cleaned"] = [finish().state, Job.objects.latest("pk").attempts]
    told["same"] = outcome(run) == outcome(expected)
    told["counts"] = fresh(run).counts
    sign(run, member)
    try_dry(run, member)
    stage = Stage.objects.get(run=run, order=1, space="rehearsal")
    loading.start_stage(stage=stage, by=member.user)
    told["deaths"] += [dies("load", 2), dies("load", 1)]
    told["loaded"] = [finish().state, Job.objects.latest("pk").attempts]
    told["ready"] = loading.ready_records(stage).count()
    told["counts_loaded"] = Stage.objects.get(pk=stage.pk).counts
    told["there"] = [LoadItem.objects.filter(stage=stage).count(), SandboxRecord.objects.count()]
    rollback.roll_back_stage(stage=stage, by=member.user)
    step = Job.objects.latest("pk").step
    told["deaths"] += [dies(step, 2), dies(step, 1)]
    told["rolled_back"] = [finish().state, Job.objects.latest("pk").attempts]
    told["left"] = [LoadItem.objects.filter(stage=stage).count(), SandboxRecord.objects.count()]
    return told


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
