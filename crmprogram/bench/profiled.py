"""Where the time of the command line goes: functions by their own seconds of the processor, in one process.

`./run bench hygiene --profile` prints it as Markdown. Functions that are called millions of
times look dearer than they are: watching them costs, too.
"""

import contextlib
import cProfile
import io
import pstats
import time
from pathlib import Path
from typing import NamedTuple

from migration import commandline

MOST = 12  # functions shown


class Spent(NamedTuple):
    """One function: where it stands, how often it ran, its own seconds and those with all that it called."""

    name: str
    calls: int
    own: float
    whole: float


def profiled(source: Path, standard: Path, out: Path) -> tuple[float, list[Spent]]:
    """Clean `source` in this process; returns all seconds of the processor, and the functions, the dearest first."""
    watch = cProfile.Profile(time.process_time)  # what else runs on the machine does not count
    arguments = [str(source), "--out", str(out), "--standard", str(standard), "--processes", "1"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        watch.runcall(commandline.main, arguments)
    found = [
        Spent(_named(*place), calls, own, whole)
        for place, (_, calls, own, whole, _) in pstats.Stats(watch).stats.items()  # type: ignore[attr-defined]
    ]
    return sum(one.own for one in found), sorted(found, key=lambda one: -one.own)


def _named(path: str, line: int, function: str) -> str:
    """A function as a reader looks for it; what is built in has no file."""
    if not line:
        return function.strip("<>").removeprefix("built-in method ").replace("'", "")
    parts = Path(path).with_suffix("").parts
    return ".".join([*parts[-2:], function.strip("<>")]).replace("site-packages.", "")


def table(rows: int, seconds: float, found: list[Spent]) -> str:
    """The dearest functions as Markdown."""
    lines = [
        f"| {rows:,} rows, {seconds:.1f} s of the processor under the profiler | calls | own s | with calls s |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{one.name}` | {one.calls:,} | {one.own:.2f} | {one.whole:.2f} |" for one in found[:MOST]]
    return "\n".join(lines)
