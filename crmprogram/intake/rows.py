"""Read a file that strangers made in a process of its own, with a ceiling on its memory and its time."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from crmprogram.intake.headers import Column, Headers
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.read import Bad, Blank, Header, Record, Row
from crmprogram.intake.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 1_073_741_824
CPU_SECONDS = 1_800
SILENT_SECONDS = 120  # a chunk takes milliseconds; longer means that it hangs
KINDS = {"row": Row, "blank": Blank, "bad": Bad}


def open_rows(
    path: Path, *, encoding: str, delimiter: str, limits: Limits = LIMITS, skip: int = 0
) -> Iterator[Header | Record]:
    """Yield the Header, then the records after the first `skip`; see `open_chunks`."""
    return chain.from_iterable(open_chunks(path, encoding=encoding, delimiter=delimiter, limits=limits, skip=skip))


def open_chunks(
    path: Path,
    *,
    encoding: str,
    delimiter: str,
    limits: Limits = LIMITS,
    skip: int = 0,
    size: int = 1_000,
    memory_bytes: int = MEMORY_BYTES,
    cpu_seconds: int = CPU_SECONDS,
) -> Generator[list[Header | Record]]:
    """Yield lists of up to `size` records, fewer where cells are long, the Header first; a child process reads.

    Raises Refusal as `read.read_stream` does, and Refusal "reader_stopped" when
    the child died or said nothing for two minutes. Closing the iterator ends
    the child.
    """
    order = {
        "path": str(path), "encoding": encoding, "delimiter": delimiter, "limits": limits.as_dict(), "skip": skip,
        "size": size, "memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds,
    }  # fmt: skip
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}  # and no secrets
    with TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "crmprogram.intake.child", json.dumps(order)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=environment, cwd=ROOT,
        )  # fmt: skip
        try:
            yield from receive(child)
        finally:
            child.kill()
            child.wait()
            pipe_of(child).close()


def pipe_of(child: subprocess.Popen) -> IO[bytes]:
    assert child.stdout is not None, "the child was started with a pipe"
    return child.stdout


def receive(child: subprocess.Popen) -> Iterator[list[Header | Record]]:
    """Yield what the child sends until it says that it is done; anything else is a Refusal."""
    for line in lines_of(child):
        kind, content = json.loads(line)
        if kind == "records":
            yield [KINDS[name](*values) for name, values in content]
        elif kind == "header":
            number, columns, warnings = content
            yield [Header(number, Headers(tuple(Column(*column) for column in columns), tuple(warnings)))]
        elif kind == "refused":
            raise Refusal(*content)
        else:
            return
    code = child.wait()
    why = "it needed too much memory or time" if code else "it ended early"
    raise Refusal(
        "reader_stopped",
        f"Reading this file was stopped: {why}. Split the file, or export fewer columns, and upload it again.",
    )


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
