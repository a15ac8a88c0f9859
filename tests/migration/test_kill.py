"""A worker that dies in the middle of matching, of making records, of a load or of its rollback: nothing is lost."""

import contextlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from crmprogram.demo import synthetic
from tests.jobs.test_kill import SERVER, own_database

ROOT = Path(__file__).parents[2]


@pytest.mark.services
def test_workers_that_die_lose_nothing_and_double_nothing(tmp_path):
    source = tmp_path / "dirty.csv"
    synthetic.write_export(source, rows=400, seed=5, today=date(2026, 11, 20))
    told = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    told |= {
        "DJANGO_SETTINGS_MODULE": "crmprogram.settings.test",
        "PYTHONPATH": str(ROOT),
        "ROLLOUT_DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'rollout.sqlite3'}",
        "JOB_LEASE_SECONDS": "1",
    }
    with contextlib.ExitStack() as stack:
        if SERVER:
            told["DATABASE_URL"] = stack.enter_context(own_database())
        command = [sys.executable, "tests/migration/deaths.py", str(source)]
        done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    end = json.loads(done.stdout)
    assert end["deaths"] == [True] * 8
    assert end["same"], "as a run that nobody disturbed"
    assert end["cleaned"] == ["done", 4]
    assert end["counts"]["read"] == 400 == sum(end["counts"].values()) - 400
    assert end["loaded"] == ["done", 2]
    assert end["there"] == [end["ready"], end["ready"]]
    assert end["counts_loaded"]["create"] == end["ready"] > 50
    assert end["counts_loaded"]["differences"] == 0
    assert end["rolled_back"] == ["done", 2]
    assert end["left"] == [0, 0]
