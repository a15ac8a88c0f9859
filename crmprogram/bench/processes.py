"""Processes of a measurement: how they are started, what they use. A part of `bench.runs`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


class Run(NamedTuple):
    """One process from start to exit."""

    seconds: float
    peak_mb: float


def timed(command: Sequence[str]) -> Run:
    """Run a command; memory is what it and all below it hold at most, shared pages once. Raises CalledProcessError."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            peak[0] = max(peak[0], memory_kb(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    _, said = process.communicate()
    seconds = time.perf_counter() - begun
    ended.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
    return Run(seconds, peak[0] / 1024)


def memory_kb(pid: int) -> int:
    """Proportional memory of a process and its descendants; 0 where the system does not tell."""
    total, family = 0, [pid]
    for one in family:  # it grows while it is walked
        try:
            told = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue  # it has ended
        total += next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0)
        family += map(int, children.split())
    return total


def inside(what: str) -> list[str]:
    """The command of a process that does something of `following` with the application set up."""
    return [
        sys.executable,
        "-c",
        f"import django; django.setup(); from crmprogram.bench import following as f; f.{what}()",
    ]


def processor_seconds(pid: int) -> float:
    """What a process, those below it and those it has buried have used; 0 where the system does not tell."""
    total, family = 0, [pid]
    for one in family:  # it grows while it is walked
        try:
            told = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue  # it has ended
        total += sum(map(int, told[11:15]))
        family += map(int, children.split())
    return total / TICKS


class Watch:
    """The worker processes and the database server: what they have used, and the most memory a worker held."""

    def __init__(self, workers: Sequence[subprocess.Popen], server: int | None) -> None:
        self.workers, self.server = workers, server
        self.peak_kb = 0
        self.ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self.ended.wait(2.0):  # looking costs time itself
            self.peak_kb = max(self.peak_kb, *(memory_kb(one.pid) for one in self.workers))

    def used(self) -> float:
        """Processor seconds of all of them so far."""
        pids = [one.pid for one in self.workers] + ([self.server] if self.server else [])
        return sum(map(processor_seconds, pids))
