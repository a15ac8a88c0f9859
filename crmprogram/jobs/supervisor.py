"""Keep a handful of processes running, and stop them all together. Pure: knows no Django.

For one machine, as `./run` starts it. Larger installations leave this to their own
supervisor (systemd, compose) and run the same commands.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a dead child is started again
SETTLED_SECONDS = 60.0  # a child that lived this long begins again with the first pause
LOG_BYTES = 10 * 1024 * 1024

# Linux tells a child when its parent dies, even by kill -9; the wish outlives exec
_TETHER = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"


@dataclass
class Child:
    """One process to keep: its command and the file its output is appended to (None: the terminal)."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)  # in a row, without settling between them
    started_at: float = field(default=0.0, init=False)
    start_again_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process in a session of its own, so that a Ctrl-C reaches the supervisor alone."""
        command = list(self.command)
        if sys.platform == "linux":
            command = [sys.executable, "-S", "-c", _TETHER, *command]
        out = None
        if self.log is not None:
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
            out = self.log.open("ab")
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out and subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self.pass_fds,
            )
        finally:
            if out is not None:
                out.close()
        self.started_at = time.monotonic()

    def signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the process, or to everything it started, if it still lives."""
        if self.process is None or (self.process.poll() is not None and not group):
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except (ProcessLookupError, PermissionError):  # gone meanwhile; macOS says the latter for zombies
            return

    def last_words(self, lines: int = 15) -> str:
        """The end of the log, for a person who wonders why the process died."""
        if self.log is None or not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


@dataclass
class Patience:
    """Tells when something has been wrong for `seconds` without a break; then it begins anew."""

    seconds: float
    since: float | None = None

    def is_over(self, wrong: bool, now: float) -> bool:
        """Say at `now` (a monotonic time) whether things are wrong."""
        if not wrong:
            self.since = None
        elif self.since is None:
            self.since = now
        elif now - self.since >= self.seconds:
            self.since = None
            return True
        return False


class Supervisor:
    """Start children, restart those that die (pausing 1, 2, 4 … 30 s), stop all within seconds."""

    def __init__(self, children: Sequence[Child], *, say: Callable[[str], None], grace_seconds: float = 6.0) -> None:
        self.children = list(children)
        self.say = say
        self.grace_seconds = grace_seconds
        self.stopping = threading.Event()
        self._pressed = 0

    def start(self) -> None:
        """Catch Ctrl-C and SIGTERM, then start every child. Call from the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        for child in self.children:
            child.start()

    def add(self, *children: Child) -> None:
        """Start more children beside those that run."""
        for child in children:
            self.children.append(child)
            child.start()

    def watch(self, *, until: Callable[[], bool] = lambda: False, seconds: float | None = None) -> bool:
        """Look after the children until `until()` is true, a stop is asked for, or the time is over.

        True when `until()` was.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while not self.stopping.wait(0.2):
            self.look_after()
            if until():
                return True
            if end is not None and time.monotonic() > end:
                return False
        return False

    def look_after(self) -> None:
        """Notice the dead, and start those again whose pause is over."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_again_at:
                    child.start()
                continue
            status = child.process.poll()
            if status is None:
                if child.deaths and now - child.started_at > SETTLED_SECONDS:
                    child.deaths = 0
                continue
            child.signal(signal.SIGKILL, group=True)  # what it started must not outlive it
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**child.deaths)
            child.deaths += 1
            child.process, child.start_again_at = None, now + pause
            self.say(f"{child.name} ended ({_how(status)}); it is started again in {pause:.0f} s.")
            if child.deaths in {1, 3} and (words := child.last_words()):
                self.say(words)

    def stop(self) -> None:
        """Ask every child to end; after the grace period (or a second Ctrl-C) end what is left by force.

        Force loses nothing: a job goes on from its last committed chunk.
        """
        self.stopping.set()
        for child in self.children:
            child.signal(signal.SIGTERM)
        end = time.monotonic() + self.grace_seconds
        while time.monotonic() < end and self._pressed < 2 and any(map(_lives, self.children)):
            time.sleep(0.05)
        for child in self.children:
            child.signal(signal.SIGKILL, group=True)
            if child.process is not None:
                child.process.wait()

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self._pressed += 1
        self.stopping.set()


def _lives(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _how(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"
