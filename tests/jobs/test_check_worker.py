"""The health of a worker: it answers through the broker, and no work is left lying."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crmprogram.jobs.models import Job, Shard, ShardState
from crmprogram.program import clock
from tests.services import Unavailable, required, valkey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def waiting(db):
    """A job whose only shard has waited for ten minutes."""
    before = clock.wall() - timedelta(minutes=10)
    job = Job.objects.create(kind="intake", step="read", created_at=before, pace_from_at=before)
    return Shard.objects.create(job=job, step="read", no=0)


@pytest.mark.django_db
def test_worker_without_work_is_well(capsys):
    call_command("check_worker", node="celery@here")

    assert capsys.readouterr().out == "celery@here is at work.\n"


def test_work_that_nobody_takes_is_said(waiting):
    with pytest.raises(CommandError, match="Work has waited for more than five minutes"):
        call_command("check_worker")


def test_work_that_waits_behind_other_work_is_no_fault(waiting):
    Shard.objects.create(
        job=waiting.job, step="read", no=1, state=ShardState.RUNNING,
        lease="00000000-0000-4000-8000-000000000001", lease_until=clock.wall() + timedelta(seconds=30),
    )  # fmt: skip

    call_command("check_worker")


@pytest.mark.services
def test_worker_answers_through_the_broker_and_a_dead_one_does_not(tmp_path):
    try:
        with valkey() as url:
            told = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            told |= {"REDIS_URL": url, "ROLLOUT_DATA_DIR": str(tmp_path), "SECRET_KEY": "k7" * 30}
            told["DJANGO_SETTINGS_MODULE"] = "crmprogram.settings.prod"
            manage = [sys.executable, "manage.py"]
            subprocess.run([*manage, "migrate", "jobs", "--verbosity", "0"], cwd=ROOT, env=told, check=True)
            check = [*manage, "check_worker", "--node", "here", "--timeout", "2"]
            command = [sys.executable, "-m", "celery", "-A", "crmprogram", "worker", "-c", "1", "-n", "celery@here"]
            with (tmp_path / "log").open("wb") as log:
                worker = subprocess.Popen(command, cwd=ROOT, env=told, stdout=log, stderr=log)
            try:
                alive = until_well(check, told)
            finally:
                worker.terminate()
                worker.wait(30)
            dead = subprocess.run(check, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    except Unavailable as why:
        if required():
            raise
        pytest.skip(str(why))

    assert alive.stdout == "celery@here is at work.\n", (alive.stderr, (tmp_path / "log").read_text())
    assert (dead.returncode, dead.stderr) == (1, "CommandError: celery@here does not answer.\n")


def until_well(check, told):
    """Ask until the worker has come up, for 40 seconds at most."""
    end = time.monotonic() + 40
    while True:
        asked = subprocess.run(check, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
        if asked.returncode == 0 or time.monotonic() > end:
            return asked
