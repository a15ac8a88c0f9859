"""The first half of a run over files: read, put aside, standardise; in a process of its own when files are large.

Reading a million rows makes tens of millions of small texts. The process that made them
ends, and what is left comes over as columns of bytes: matching starts in little memory.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.refusal import NeedsEncoding, Refusal
from migration.hygiene.bulk import Cleaned, Map, clean_columns, join_cleaned
from migration.hygiene.issues import HARMLESS
from migration.hygiene.outcome import Dating, Rules, count_dirt
from migration.hygiene.reading import Cells
from migration.sources import Source, open_source, orders_of, same_object
from migration.standard import Standard

LARGE = 50_000_000  # bytes of files from which a process of its own is worth its start


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
        while not self.ended.wait(0.25):
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


def processes(wanted: int) -> int:
    """How many processes work: as told, else one per processor that may be used."""
    if wanted > 0:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read and cleaned, and how."""

    paths: Sequence[Path]
    standard: Standard
    mapping: Mapping[str, Any]
    encoding: str
    processes: int


@dataclass(slots=True)
class Prepared:
    """Files that were read and cleaned: their rows one below the other, and the dirt that was there before (H9)."""

    sources: list[Source]
    object: str
    rules: Rules
    clean: Cleaned
    before: Counter[str]


def prepare(order: Order, steps: Steps) -> Prepared:
    """Read and clean files. Raises Refusal, NeedsEncoding or ValueError when they cannot be taken."""
    large = sum(path.stat().st_size for path in order.paths) >= LARGE
    if not large or "fork" not in multiprocessing.get_all_start_methods():
        return _prepare(order, steps)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_apart, args=(theirs, order, steps))
    child.start()
    theirs.close()
    try:
        return _receive(ours, steps)
    except EOFError as error:
        raise Refusal("reader_stopped", "Reading was stopped: it needed too much memory. Split the files.") from error
    finally:
        ours.close()
        child.join()


def _apart(pipe: Connection, order: Order, steps: Steps) -> None:
    """Prepare in this process and hand the columns over one by one."""
    try:
        made = _prepare(order, steps)
    except NeedsEncoding as asks:
        pipe.send(("asks", asks.proposals))
    except Refusal as refusal:
        pipe.send(("refused", (refusal.code, str(refusal))))
    except ValueError as error:
        pipe.send(("wrong", str(error)))
    else:
        clean = made.clean
        for name in list(clean.columns):
            pipe.send(("column", (name, clean.columns.pop(name), clean.rules.pop(name, None))))
        pipe.send(("done", (made, steps.seconds)))
    pipe.close()


def _receive(pipe: Connection, steps: Steps) -> Prepared:
    columns: dict[str, Cells] = {}
    rules: dict[str, Any] = {}
    while True:
        kind, content = pipe.recv()
        if kind == "column":
            name, columns[name], told = content
            if told is not None:
                rules[name] = told
        elif kind == "asks":
            raise NeedsEncoding(content)
        elif kind == "refused":
            raise Refusal(*content)
        elif kind == "wrong":
            raise ValueError(content)
        else:
            made, steps.seconds = content
            made.clean.columns, made.clean.rules = columns, rules
            now = time.perf_counter()
            steps.seconds["standardise"] += now - steps.begun - sum(steps.seconds.values())  # with handing over
            steps.last = now
            return made


def _prepare(order: Order, steps: Steps) -> Prepared:
    with workers(order.processes) as map_:
        sources = [
            open_source(
                path,
                encoding=order.encoding,
                mapping=_own(order.mapping, path),
                progress=_telling(steps, path),
            )
            for path in order.paths
        ]
        obj = same_object(sources)
        steps.done("read", f"{sum(source.read.read for source in sources):,} rows")
        rules = order.standard.rules(obj)
        before: Counter[str] = Counter()
        parts: list[Cleaned] = []
        for source in sources:
            columns = {name: cells for name, cells in zip(source.fields, source.read.columns, strict=True) if name}
            source.read.columns = []
            incomplete = _incomplete(columns, source.read.size, rules)
            context = order.standard.context(zone=source.zone, orders=orders_of(columns))
            part = clean_columns(columns, source.read.size, context=context, map=map_)
            columns.clear()
            before += _dirt_before(part, incomplete, rules)
            parts.append(part)
    clean = join_cleaned(parts)
    changed = sum(int((rule > 0).sum()) for rule in clean.rules.values())
    steps.done("standardise", f"{changed:,} values changed")
    return Prepared(sources, obj, rules, clean, before)


@contextmanager
def workers(count: int) -> Iterator[Map]:
    """A `map` over processes that were started before there was anything to copy; 1: the built-in map."""
    if count < 2:
        yield map
        return
    start = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(start).Pool(count) as pool:
        yield lambda function, items: pool.imap(function, items)


def _own(mapping: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The part of a map that is about one file: all of it, or what stands under the file's name."""
    if mapping and all(isinstance(one, dict) for one in mapping.values()):
        return mapping.get(path.name, {})
    return mapping


def _telling(steps: Steps, path: Path) -> Callable[[int], None]:
    """Say how far reading is, every 200,000 rows."""
    told = 0

    def tell(rows: int) -> None:
        nonlocal told
        if rows - told >= 200_000:
            told = rows
            steps.say(f"{time.perf_counter() - steps.begun:7.1f} s  {path.name}: {rows:,} rows")

    return tell


def _incomplete(columns: Mapping[str, Cells], size: int, rules: Rules) -> NDArray[np.bool_]:
    """Rows of the source in which a required field is empty."""
    found = np.zeros(size, dtype=bool)
    for name in rules.required:
        found |= ~columns[name].has(str.strip) if name in columns else True
    return found


def _dirt_before(part: Cleaned, incomplete: NDArray[np.bool_], rules: Rules) -> Counter[str]:
    """Rows by kind of dirt before anything was done; duplicates are counted later (H9)."""
    changed = np.logical_or.reduce([np.zeros(part.size, dtype=bool), *(rule > 0 for rule in part.rules.values())])
    harmless = np.array([one.rule in HARMLESS for one in part.issues.table], dtype=bool)
    if len(harmless):
        changed[part.issues.rows[~harmless[part.issues.which]]] = True
    codes = {name: cells.codes for name, cells in part.columns.items()}
    stale = Dating(part.columns, rules).stale(codes, part.size)
    return count_dirt(incomplete=incomplete, inconsistent=changed, stale=stale)
