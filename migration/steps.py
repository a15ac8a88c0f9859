"""What a run over files is doing, for how long, and how much memory it took at most. Pure."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

PAUSE = 0.5  # seconds between two looks: each takes some milliseconds of a large process


class Steps:
    """What is being done, for how long, and how much memory it took at most."""

    def __init__(self, begun: float, say: Callable[[str], None]) -> None:
        self.say = say
        self.begun = self.last = begun
        self.seconds: dict[str, float] = {}
        self.memory = _Memory()

    def done(self, name: str, text: str = "") -> None:
        """Say that a step has ended."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.say(f"{now - self.begun:7.1f} s  {name}{': ' if text else ''}{text}")
        self.last = now


class _Memory(threading.Thread):
    """Watches the memory of this process and its children; what they share counts once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_kb = 0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(PAUSE):
            self.look()

    def look(self) -> None:
        total, family = 0, [os.getpid()]
        for pid in family:  # it grows while it is walked
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
            except OSError:
                continue  # it has ended, or this is not Linux
            family += map(int, children.split())
            try:
                told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            except OSError:
                continue  # it has ended
            total += next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0)
        self.peak_kb = max(self.peak_kb, total)

    def megabytes(self) -> int:
        """The peak so far; ends the watch."""
        self.ended.set()
        self.look()
        return round(self.peak_kb / 1024)
