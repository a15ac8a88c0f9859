"""Read a file that strangers made in a process of its own, with a ceiling on its memory and its time."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any, NamedTuple

from crmprogram.intake.child import SEPARATOR
from crmprogram.intake.headers import Column, Headers
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.quarantine import Shift
from crmprogram.intake.read import Bad, Blank, Header, Record, Row
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.sheet import Book

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 1_073_741_824
CPU_SECONDS = 1_800
LOOK_CPU_SECONDS = 300
SILENT_SECONDS = 120  # a chunk takes milliseconds; longer means that it hangs
KINDS: dict[str, type[Row] | type[Blank]] = {"row": Row, "blank": Blank}


def open_rows(
    path: Path, *, encoding: str, delimiter: str, sheet: str = "", limits: Limits = LIMITS, skip: int = 0
) -> Iterator[Header | Record]:
    """Yield the Header, then the records after the first `skip`; see `open_chunks`."""
    chunks = open_chunks(path, encoding=encoding, delimiter=delimiter, sheet=sheet, limits=limits, skip=skip)
    return chain.from_iterable(chunks)


def open_chunks(
    path: Path,
    *,
    encoding: str,
    delimiter: str,
    sheet: str = "",
    limits: Limits = LIMITS,
    skip: int = 0,
    size: int = 1_000,
    memory_bytes: int = MEMORY_BYTES,
    cpu_seconds: int = CPU_SECONDS,
) -> Generator[list[Header | Record]]:
    """Yield lists of up to `size` records, fewer where cells are long, the Header first; a child process reads.

    `sheet` is the sheet of a workbook, "" for a file of text. An empty list says that the
    child is at work and has no record yet. Raises Refusal as `read.read_stream` and
    `sheet.read_sheet` do, and Refusal "reader_stopped" when the child died or said nothing
    for two minutes. Closing the iterator ends the child.
    """
    order = {
        "path": str(path), "encoding": encoding, "delimiter": delimiter, "sheet": sheet, "limits": limits.as_dict(),
        "skip": skip, "size": size, "memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds, "look": 0,
    }  # fmt: skip
    with child_for(order) as child:
        for kind, content in receive(child):
            yield decoded(kind, content)


class Stored(NamedTuple):
    """Records as they are stored: good rows in columns, `cells` as JSON, and the others one by one.

    A row that slid under the wrong headers is among the others, with its clue.
    """

    numbers: list[int]
    lines: list[int]
    cells: list[str]
    others: list[Blank | Bad | tuple[Row, Shift]]

    @property
    def size(self) -> int:
        return len(self.numbers) + len(self.others)


def open_stored(
    path: Path, *, encoding: str, delimiter: str, sheet: str, kinds: list[str], limits: Limits, skip: int, size: int
) -> Generator[Stored]:
    """Yield the records after the first `skip` as they are stored; else as `open_chunks`, without the header.

    `kinds` has the kind of each column, "" for an unknown one.
    """
    order = {
        "path": str(path), "encoding": encoding, "delimiter": delimiter, "sheet": sheet, "limits": limits.as_dict(),
        "skip": skip, "size": size, "memory_bytes": MEMORY_BYTES, "cpu_seconds": CPU_SECONDS, "look": 0,
        "kinds": kinds,
    }  # fmt: skip
    with child_for(order) as child:
        messages = receive(child)
        for kind, content in messages:
            if kind != "stored":  # at work, with nothing to tell
                yield Stored([], [], [], [])
                continue
            numbers, lines, others = content
            _, cells = next(messages)
            yield Stored(numbers, lines, cells.decode().split(SEPARATOR) if numbers else [], [*map(other, others)])


def other(told: list) -> Blank | Bad | tuple[Row, Shift]:
    """A record that is no good row."""
    name, values = told
    if name == "shifted":
        return Row(*values[0]), Shift(*values[1])
    return Blank(*values) if name == "blank" else bad(values)


def look(
    path: Path, *, sheet: str = "", limits: Limits = LIMITS, records: int = 20, memory_bytes: int = MEMORY_BYTES
) -> tuple[Book, list[Header | Record]]:
    """Return what the workbook at `path` offers, and its first good or bad records.

    Raises Refusal as `open_chunks` does.
    """
    order = {
        "path": str(path), "sheet": sheet, "limits": limits.as_dict(), "size": 1_000, "memory_bytes": memory_bytes,
        "cpu_seconds": LOOK_CPU_SECONDS, "look": records,
    }  # fmt: skip
    book, found = Book([], "", []), []
    with child_for(order) as child:
        for kind, content in receive(child):
            if kind == "book":
                book = Book(*content)
            else:
                found += decoded(kind, content)
    return book, found


@contextmanager
def child_for(order: dict[str, Any]) -> Generator[subprocess.Popen]:
    """Start the process that reads, and end it whatever happens."""
    environment = {  # and no secrets
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": gettempdir(),
    }  # fmt: skip
    with TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "crmprogram.intake.child", json.dumps(order)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=environment, cwd=ROOT,
        )  # fmt: skip
        try:
            yield child
        finally:
            child.kill()
            child.wait()
            pipe_of(child).close()


def pipe_of(child: subprocess.Popen) -> IO[bytes]:
    assert child.stdout is not None, "the child was started with a pipe"
    return child.stdout


def receive(child: subprocess.Popen) -> Iterator[tuple[str, Any]]:
    """Yield what the child sends until it says that it is done; anything else is a Refusal."""
    lines = lines_of(child)
    for line in lines:
        kind, content = json.loads(line)
        if kind == "refused":
            raise Refusal(*content)
        if kind == "done":
            return
        yield kind, content
        if kind == "stored":
            yield "cells", next(lines, b"")
    code = child.wait()
    why = "it needed too much memory or time" if code else "it ended early"
    raise Refusal(
        "reader_stopped",
        f"Reading this file was stopped: {why}. Split the file, or export fewer columns, and upload it again.",
    )


def decoded(kind: str, content: Any) -> list[Header | Record]:
    """Return the header or the records of one message."""
    if kind == "header":
        number, columns, warnings = content
        return [Header(number, Headers(tuple(Column(*column) for column in columns), tuple(warnings)))]
    return [bad(values) if name == "bad" else KINDS[name](*values) for name, values in content]


def bad(values: list) -> Bad:
    *rest, cells = values
    return Bad._make([*rest, tuple(cells)])


def lines_of(child: subprocess.Popen) -> Iterator[bytes]:
    """Yield the lines the child writes; one that stays silent too long is taken for dead."""
    pipe = pipe_of(child).fileno()
    pieces: list[bytes] = []
    heard = time.monotonic()
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, heard + SILENT_SECONDS - time.monotonic()))
        if not ready:
            child.kill()
            return
        block = os.read(pipe, 1_048_576)
        if not block:
            return
        heard = time.monotonic()
        *whole, rest = block.split(b"\n")
        for part in whole:
            yield b"".join([*pieces, part])
            pieces = []
            heard = time.monotonic()
        if rest:
            pieces.append(rest)
