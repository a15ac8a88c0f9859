"""Processes of a measurement: how they are started, what they use. A part of `bench.runs`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from crmprogram.bench.hygiene import memory_kb

TICKS = os.sysconf("SC_CLK_TCK")


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
