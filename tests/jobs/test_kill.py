"""A worker that is killed in mid-run loses nothing and doubles nothing, on both brokers.

Real processes on a database of their own: a worker with two children, killed as a
group with -9, and a second worker that finds only what the rows say.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.services import Unavailable, required, valkey

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SERVER = os.environ.get("TEST_DATABASE_URL", "")  # PostgreSQL in the second leg of the suite
PARTS, UNITS = 4, 60
LEASE_SECONDS = 3


@pytest.fixture(params=["valkey"] if SERVER else ["filesystem", "valkey"])
def environment(request, tmp_path) -> Iterator[dict[str, str]]:
    """What the processes are told: a database, a broker and a data folder that nobody else uses."""
    with contextlib.ExitStack() as stack:
        told = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        told |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
            "ROLLOUT_DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'rollout.sqlite3'}",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        if request.param == "valkey":
            try:
                told["REDIS_URL"] = stack.enter_context(valkey())
            except Unavailable as why:
                if required():
                    raise
                pytest.skip(str(why))
        if SERVER:
            told["DATABASE_URL"] = stack.enter_context(own_database())
        yield told


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """Make a database beside the suite's, and drop it afterwards."""
    name = f"rollout_kill_{os.getpid()}"
    parts = urlsplit(SERVER)
    host = dict(pair.split("=", 1) for pair in parts.query.split("&") if pair).get("host") or parts.hostname
    known = {"user": parts.username, "password": parts.password, "port": parts.port}
    with psycopg.connect(host=host, dbname=parts.path.strip("/"), autocommit=True, **known) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """Run a real worker in a session of its own; what is left of it at the end is killed."""
    command = [sys.executable, "-m", "celery", "-A", "crmprogram", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"{log.stem}@local"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill the worker and its children as a power cut would: no handler runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def desk(environment: dict[str, str], *question: str) -> dict:
    asked = [sys.executable, str(HERE / "bench" / "desk.py"), *question]
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.services
def test_killed_worker_loses_nothing_and_doubles_nothing(environment, tmp_path):
    everything = [[part, no] for part in range(PARTS) for no in range(UNITS)] + [[PARTS, 0]]
    desk(environment, "start")

    with worker(environment, tmp_path / "first.log") as first:
        desk(environment, "wait", "30")
        kill(first)
    half = desk(environment, "wait", "0")["rows"]
    with worker(environment, tmp_path / "second.log"):
        end = desk(environment, "finish")

    assert 30 <= half < len(everything)
    assert end["error"] == ""
    assert end["state"] == "done"
    assert end["marks"] == everything
    assert end["shards"] == [["close", "done", 1, 1]] + [["mark", "done", UNITS, UNITS]] * PARTS
    assert end["taken_over"] >= 1
    assert len(end["pids"]) >= 2
