"""`manage.py up`: bring the data up to date and run everything on this machine. `./run` calls it."""

import errno
import fcntl
import hashlib
import http.client
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from django.utils.module_loading import import_string

from crmprogram.jobs import services
from crmprogram.jobs.models import Shard, ShardState
from crmprogram.jobs.supervisor import Child, Patience, Supervisor
from crmprogram.program import clock

logger = logging.getLogger(__name__)

READY_SECONDS = 90
PORT_SECONDS = 4  # the web server of a start that was killed a moment ago still has to end
DEAF_SECONDS = 90
# without what was searched for: a log would keep the name of a person who is erased everywhere else
ACCESS = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s'
# named by its path: the demo is on the top floor, and this floor imports nothing from above
DEMO = "crmprogram.demo.services.prepare"


class Command(BaseCommand):
    """Migrate, collect static files, then supervise web, worker, beat and the reaper."""

    help = "Bring the data up to date and run web, worker, beat and reaper until Ctrl-C."
    requires_system_checks = []  # `check` is CI's; a start should take a second

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--demo", action="store_true", help="make the demo accounts and tell the demo's story")
        parser.add_argument("--dev", action="store_true", help="runserver instead of gunicorn")
        parser.add_argument("--prepare", action="store_true", help="only bring the data up to date")

    def handle(self, *args: Any, demo: bool, dev: bool, prepare: bool, **options: Any) -> None:
        self.host = os.environ.get("HOST", "127.0.0.1")
        self.port = _port(os.environ.get("PORT", "8000"))
        make_folders()
        log_to_file()
        if prepare:
            bring_up_to_date(static=not dev)
            return
        lock = only_one()  # kept open as long as we run  # noqa: F841
        door = self.open_door()
        bring_up_to_date(static=not dev)
        if connection.vendor == "sqlite":
            # nobody else works on this file: whoever held a lease is dead
            take_back_leases()
        connections.close_all()
        web, *others = children(self.host, self.port, door, dev=dev)
        supervisor = Supervisor([web], say=self.say)
        supervisor.start()
        reaper = threading.Thread(target=reap_now_and_then, args=[supervisor, others[0]], daemon=True, name="reaper")
        reaper.start()
        try:
            if not supervisor.watch(until=self.answers, seconds=READY_SECONDS):
                if supervisor.stopping.is_set():
                    return
                raise CommandError(f"The web server does not answer. Its log: {log_file('web')}")
            supervisor.add(*others)  # pages first: these start on the same few cores
            self.greet()
            if demo:
                self.prepare_demo()
            else:
                self.tell_first_person()
            supervisor.watch()
        finally:
            self.say("Stopping …")
            supervisor.stop()
            if connection.vendor == "sqlite":
                take_back_leases(forgive=True)
            connections.close_all()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def open_door(self) -> socket.socket:
        """Bind the port now: a taken one is told at once, and a restart of the web server loses no visitor."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        end = time.monotonic() + PORT_SECONDS
        while True:
            try:
                door.bind((self.host, self.port))
                break
            except OSError as exc:
                if exc.errno != errno.EADDRINUSE:
                    raise CommandError(f"Cannot listen on {self.host} port {self.port}: {exc.strerror}.") from exc
                if time.monotonic() > end:
                    free = self.port % 65535 + 1
                    raise CommandError(
                        f"Port {self.port} is taken by another program. Name a free one: PORT={free} ./run"
                    ) from exc
                time.sleep(0.2)
        return door

    def answers(self) -> bool:
        """Whether /healthz says 200."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        line = http.client.HTTPConnection(host, self.port, timeout=2)
        try:
            line.request("GET", "/healthz", headers={"Host": "localhost"})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def greet(self) -> None:
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104
        self.say(f"\n  Rollout is running at  http://{f'[{host}]' if ':' in host else host}:{self.port}/\n")
        if settings.LOOPBACK and self.host not in {"127.0.0.1", "::1", "localhost"}:
            self.say("  HOST opens it to other machines over plain HTTP: for a network you trust, and no real data.\n")

    def tell_first_person(self) -> None:
        """Say how to get in, as long as nobody can: invitations need somebody who invites."""
        known = get_user_model().objects.exists()
        connections.close_all()
        if known:
            return
        self.say(
            "  Nobody has an account yet. Make the first one in a second terminal, in this folder:\n"
            "      ./run manage createsuperuser\n"
            "  Then sign in and start a program. Everybody else comes by an invitation link.\n"
        )

    def prepare_demo(self) -> None:
        """Make the demo accounts, tell them, and leave the story to a job."""
        accounts = import_string(DEMO)()
        connections.close_all()
        keep_private(settings.DATA_DIR / "demo-accounts.json", json.dumps(accounts, indent=2) + "\n")
        for line in table_of(accounts):
            self.say(f"  {line}")
        self.say(
            f"\n  The demo programs are being prepared in the background; the progress is on their overviews.\n"
            f"  Data and logs: {settings.DATA_DIR}   Stop: Ctrl-C\n"
        )


def table_of(accounts: list[dict[str, Any]]) -> list[str]:
    """Lines that say who signs in how, and as what in which company's program."""
    companies = list(dict.fromkeys(name for one in accounts for name in one["programs"]))
    rows = [["Sign in as", "user name", "password", *(f"at {name}" for name in companies)]]
    for one in accounts:
        roles = [one["programs"].get(name, "–") for name in companies]
        rows.append([one["role"], one["username"], one["password"], *roles])
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["   ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def log_file(name: str) -> Path:
    """Where a child's output goes."""
    return settings.DATA_DIR / "log" / f"{name}.log"


def log_to_file() -> None:
    """Keep the terminal for what a person should read; our own log lines go beside those of the children."""
    root = logging.getLogger()
    formatter = root.handlers[0].formatter if root.handlers else None
    handler = logging.FileHandler(log_file("up"))
    handler.setFormatter(formatter)
    root.handlers = [handler]


def make_folders() -> None:
    """Make the data folder and what belongs in it, closed to other accounts: a queued message is a command."""
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (settings.DATA_DIR / "log", settings.UPLOAD_DIR, settings.MEDIA_ROOT):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)


def only_one() -> Any:
    """Hold the data folder's lock; refuse when another start holds it."""
    lock = (settings.DATA_DIR / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        raise CommandError(
            f"Rollout is already running on the data in {settings.DATA_DIR}. "
            "Stop it first, or name another folder: ROLLOUT_DATA_DIR=… ./run"
        ) from exc
    return lock


def bring_up_to_date(*, static: bool) -> None:
    """Apply migrations and collect static files, each only when something changed."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    if not static:
        return
    stamp, now = settings.DATA_DIR / "static.stamp", static_fingerprint()
    if not stamp.exists() or stamp.read_text() != now or not Path(settings.STATIC_ROOT).exists():
        # source maps are for those who debug other people's packages, and the largest files of all
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["*.map"])
        stamp.write_text(now)


def static_fingerprint() -> str:
    """A digest that changes with our static files or with the packages that bring some."""
    digest = hashlib.sha256((settings.BASE_DIR / "base.lock").read_bytes())
    digest.update(json.dumps(settings.STORAGES["staticfiles"], sort_keys=True).encode())
    for folder in settings.STATICFILES_DIRS:
        base = Path(folder[1] if isinstance(folder, tuple) else folder)
        for path in sorted(base.rglob("*")):
            if path.is_file():
                known = path.stat()
                digest.update(f"{path.relative_to(base)} {known.st_size} {known.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def take_back_leases(*, forgive: bool = False) -> None:
    """Let work go on at once that only dead workers hold; `forgive` does not count it as a death of theirs.

    Only for a database that no other machine can work on.
    """
    held = Shard.objects.filter(state=ShardState.RUNNING)
    held.update(state=ShardState.QUEUED, lease=None, lease_until=None, attempt=F("attempt") - int(forgive))


def children(host: str, port: int, door: socket.socket, *, dev: bool) -> list[Child]:
    """The processes of one machine. macOS workers use threads: forking there is not safe."""
    manage = str(settings.BASE_DIR / "manage.py")
    if dev:
        door.close()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        web = Child("web", [sys.executable, manage, "runserver", where])
    else:
        gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{door.fileno()}"]
        gunicorn += ["--worker-class", "gthread", "--workers", "2", "--threads", "16", "--no-control-socket"]
        gunicorn += ["--preload", "--graceful-timeout", "4", "--access-logfile", "-", "--access-logformat", ACCESS]
        gunicorn += ["crmprogram.wsgi:application"]
        web = Child("web", gunicorn, log_file("web"), pass_fds=[door.fileno()])
    celery = [sys.executable, "-m", "celery", "-A", "crmprogram"]
    worker = [
        *celery,
        "worker",
        "--concurrency",
        str(settings.JOB_WORKERS),
        "--loglevel",
        "INFO",
        "-n",
        "rollout@local",
    ]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    if sys.platform == "darwin":
        worker += ["--pool", "threads"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", "", "-s", str(settings.DATA_DIR / "beat-schedule")]
    return [web, Child("worker", worker, log_file("worker")), Child("beat", beat, log_file("beat"))]


def reap_now_and_then(supervisor: Supervisor, worker: Child) -> None:
    """Reap every JOB_REAP_SECONDS beside beat, so that neither beat nor its message is needed.

    A worker that lives but takes nothing up, as some do after their broker was away, is ended;
    the supervisor starts it again.
    """
    patience = Patience(DEAF_SECONDS)
    while not supervisor.stopping.wait(settings.JOB_REAP_SECONDS):
        try:
            waiting = services.reap()
            idle = not Shard.objects.filter(state=ShardState.RUNNING, lease_until__gte=clock.wall()).exists()
            if patience.is_over(bool(waiting) and idle, time.monotonic()):
                supervisor.say(f"Work has waited for {DEAF_SECONDS} s and nobody takes it up: the worker starts anew.")
                worker.signal(signal.SIGKILL, group=True)
            sweep_processed_messages()
        except Exception:  # the database may be away for a while; the next turn tries again
            logger.exception("reaper failed")
        finally:
            connections.close_all()


def sweep_processed_messages() -> None:
    """Delete what the letterbox has delivered; it keeps every message for ever."""
    for message in (settings.QUEUE_DIR / "done").glob("*"):
        message.unlink(missing_ok=True)


def keep_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
