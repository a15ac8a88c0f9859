import contextlib
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management.base import CommandError
from django.db import connection

from crmprogram.jobs.management.commands import up
from crmprogram.jobs.models import Job, Shard, ShardState
from crmprogram.program import clock
from tests.factories import UserFactory

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS, STOP_SECONDS = 240, 60  # on a machine that does much else


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "eighty", "80.0"])
def test_port_that_is_none_is_refused_by_name(text):
    with pytest.raises(CommandError, match="PORT is"):
        up._port(text)


def test_private_file_is_for_its_owner_and_replaced_whole(tmp_path):
    path = tmp_path / "demo-accounts.json"
    path.write_text("old and longer than the new")

    up.keep_private(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["demo-accounts.json"]


def test_accounts_are_listed_with_their_role_in_each_program():
    accounts = [
        {"role": "Viewer", "username": "viewer", "password": "one", "programs": {"Orrery": "Viewer"}},
        {"role": "Admin", "username": "admin", "password": "two three", "programs": {}},
    ]

    assert up.table_of(accounts) == [
        "Sign in as   user name   password    at Orrery",
        "Viewer       viewer      one         Viewer",
        "Admin        admin       two three   –",
    ]


def test_fingerprint_changes_with_a_static_file(settings, tmp_path):
    settings.STATICFILES_DIRS = [tmp_path]
    before = up.static_fingerprint()
    (tmp_path / "new.css").write_text("a {}")

    assert up.static_fingerprint() != before
    assert up.static_fingerprint() == up.static_fingerprint()


@pytest.mark.django_db
def test_start_tells_how_the_first_person_gets_in_until_somebody_is_there(capsys, monkeypatch):
    monkeypatch.setattr(up.connections, "close_all", lambda: None)  # the test's own transaction lives on it
    up.Command().tell_first_person()
    assert "./run manage createsuperuser" in capsys.readouterr().out

    UserFactory()
    up.Command().tell_first_person()
    assert capsys.readouterr().out == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("forgive", "attempt"), [(False, 2), (True, 1)])
def test_leases_of_dead_workers_are_taken_back(forgive, attempt):
    job = Job.objects.create(kind="bench", step="mark")
    held = {"state": ShardState.RUNNING, "lease": uuid.uuid4(), "lease_until": clock.now(), "attempt": 2, "done": 5}
    Shard.objects.create(job=job, step="mark", no=0, total=10, **held)
    Shard.objects.create(job=job, step="mark", no=1, total=10, done=10, state=ShardState.DONE, attempt=1)

    up.take_back_leases(forgive=forgive)

    rows = job.shards.order_by("no").values_list("state", "lease", "lease_until", "attempt", "done")
    assert list(rows) == [("queued", None, None, attempt, 5), ("done", None, None, 1, 10)]


# --- `manage.py up` as ./run calls it: one start that every question is put to ---

once = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="a start of its own on SQLite, once is enough")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data folder and a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("up") / "var"
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "crmprogram.settings.prod",
        "SECRET_KEY": "a key of this test only, long enough to be taken for one",
        "LOOPBACK": "1",
        "ROLLOUT_DATA_DIR": str(folder),
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


@pytest.fixture(scope="module")
def running(place):
    process = start(place)
    try:
        wait_for_page(place)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()
        process.communicate()


def start(place) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def page(place, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{place['PORT']}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def wait_for_page(place) -> None:
    end = time.monotonic() + START_SECONDS
    while page(place, "/healthz") != 200:
        assert time.monotonic() < end, "no page"
        time.sleep(0.1)


def children(process) -> dict[str, int]:
    """Name → process id of what `up` keeps running."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    ).stdout
    rows = [line.split(maxsplit=1) for line in listed.splitlines()]
    return {name: int(pid) for pid, args in rows for name in ("gunicorn", "worker", "beat") if f" {name} " in args}


def tables(cursor) -> dict[str, list[str]]:
    """What a database of SQLite holds by name; the columns and constraints of a table in the order of the alphabet."""
    cursor.execute("SELECT name, type, sql FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'sqlite%'")
    return {name: parts(sql) if type_ == "table" else [sql] for name, type_, sql in cursor.fetchall()}


def parts(sql: str) -> list[str]:
    """What stands between the commas of a table's definition, those in inner brackets apart."""
    found, depth = [""], 0
    for letter in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return sorted(part.strip() for part in found)


@once
def test_migrations_make_the_tables_of_the_models(place, running, django_db_blocker):
    with contextlib.closing(sqlite3.connect(Path(place["ROLLOUT_DATA_DIR"]) / "rollout.sqlite3")) as database:
        migrated = tables(database.cursor())
    empty = connection.copy()
    empty.settings_dict["NAME"] = ":memory:"
    with django_db_blocker.unblock():
        with empty.schema_editor() as editor:
            for model in apps.get_models():
                editor.create_model(model)
        made = tables(empty.cursor())

    assert migrated.pop("django_migrations")
    assert migrated == made


@once
def test_pages_and_their_files_are_served(place, running):
    assert [page(place, path) for path in ("/healthz", "/readyz", "/static/css/base.css")] == [200, 200, 200]


@once
def test_log_of_pages_keeps_no_word_that_was_searched_for(place, running):
    page(place, "/programs/?q=somebody@firm.example")
    log = Path(place["ROLLOUT_DATA_DIR"]) / "log" / "web.log"
    end = time.monotonic() + 5
    while '"GET /programs/"' not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < end, "not logged"
        time.sleep(0.05)
    assert "somebody" not in log.read_text(encoding="utf-8")


@once
def test_second_start_on_the_same_data_is_refused(place, running):
    second = start(place | {"PORT": "1"})
    said, _ = second.communicate(timeout=START_SECONDS)

    assert second.returncode == 1
    assert "already running on the data" in said


@once
def test_taken_port_is_said_with_a_way_out(place, running, tmp_path):
    other = start(place | {"ROLLOUT_DATA_DIR": str(tmp_path)})
    said, _ = other.communicate(timeout=START_SECONDS)

    assert other.returncode == 1
    assert f"Port {place['PORT']} is taken" in said
    assert f"PORT={int(place['PORT']) + 1} ./run" in said


@once
@pytest.mark.skipif(sys.platform != "linux", reason="asks ps in Linux's way")
def test_killed_worker_comes_back(place, running):
    end = time.monotonic() + START_SECONDS
    while (first := children(running)).keys() != {"gunicorn", "worker", "beat"}:
        assert time.monotonic() < end, first
        time.sleep(0.1)
    os.kill(first["worker"], signal.SIGKILL)
    while (now := children(running)).get("worker", first["worker"]) == first["worker"]:
        assert time.monotonic() < end, now
        time.sleep(0.1)

    assert {name: pid for name, pid in now.items() if name != "worker"} == {
        name: pid for name, pid in first.items() if name != "worker"
    }


@once
def test_data_is_closed_to_other_accounts(place, running):
    assert stat.S_IMODE(Path(place["ROLLOUT_DATA_DIR"]).stat().st_mode) == 0o700


@once
def test_stop_takes_seconds_and_leaves_nothing_running(place, running):
    left = children(running)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=STOP_SECONDS)

    assert running.returncode == 0
    assert time.monotonic() - began < STOP_SECONDS
    assert f"http://127.0.0.1:{place['PORT']}/" in said
    assert page(place, "/healthz") == 0
    assert [pid for pid in left.values() if Path(f"/proc/{pid}").exists()] == []
