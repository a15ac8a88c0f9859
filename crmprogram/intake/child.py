"""The process that reads one file: ``python -m crmprogram.intake.child '{"path": ...}'``.

Writes one JSON array a line: for a look at a workbook ``["book", [sheets, sheet, notes]]``
first, then ``["header", [line, columns, warnings]]``, ``["records", [[kind, values], ...]]``,
and ``["done", read]`` or ``["refused", [code, sentence]]`` at the end. Empty records say that
the process is at work. See `rows.open_chunks` and `rows.look`.

Where they are only to be stored, rows come ready for that: ``["stored", [numbers, lines,
others]]`` and, on a line of its own, the cells of each good row as JSON, with SEPARATOR
between rows; see `rows.open_stored`.
"""

import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from crmprogram.intake.limits import Limits
from crmprogram.intake.quarantine import Shifts
from crmprogram.intake.read import MOST_BLANK, Bad, Blank, Header, Record, Row, read_file
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.sheet import look_into, read_sheet

MOST_CHARS = 4_000_000  # of one message: rows may hold whole mails, and neither side keeps many of them
BEAT_SECONDS = 2.0
SEPARATOR = "\x1e"  # JSON has no such character in it
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it runs for every row
BETWEEN = '","'
NAMES = {Row: "row", Blank: "blank", Bad: "bad"}
said_at = time.monotonic()


def send(kind: str, content: object) -> None:
    global said_at
    sys.stdout.write(json.dumps([kind, content], separators=(",", ":")) + "\n")  # dump() would be five times slower
    sys.stdout.flush()
    said_at = time.monotonic()


def beat() -> None:
    """Say that the process is at work if it has been silent for a while."""
    if time.monotonic() - said_at > BEAT_SECONDS:
        send("records", [])


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Lower this process's ceilings; never above what it was started with."""
    for what, wish in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
        resource.setrlimit(what, (most, most))


def run(order: dict) -> None:
    """Read the file of `order`: all of it, or for a look its beginning."""
    path, limits = Path(order["path"]), Limits(**order["limits"])
    records: Iterable[Header | Record]
    if order["look"]:
        book, records = look_into(path, sheet=order["sheet"], limits=limits, beat=beat)
        send("book", book)
        pass_on(beginning(records, order["look"]), skip=0, size=order["size"])
        return
    if order["sheet"]:
        records = read_sheet(path, sheet=order["sheet"], limits=limits, beat=beat)
    else:
        records = read_file(path, encoding=order["encoding"], delimiter=order["delimiter"], limits=limits)
    if order.get("kinds") is None:
        pass_on(records, skip=order["skip"], size=order["size"])
    else:
        pass_stored(records, kinds=order["kinds"], skip=order["skip"], size=order["size"])


def beginning(records: Iterable[Header | Record], count: int) -> Iterator[Header | Record]:
    """Yield the first `count` records that are not blank, with the header and what lies between."""
    for item in islice(records, MOST_BLANK):
        yield item
        count -= isinstance(item, Row | Bad)
        if count == 0:
            return


def pass_on(records: Iterable[Header | Record], *, skip: int, size: int) -> None:
    """Send the records, without the first `skip`, `size` at a time."""
    held, read, weight = [], 0, 0
    for item in records:
        if isinstance(item, Header):
            send("header", [item.line, item.headers.columns, item.headers.warnings])
            continue
        read += 1
        if item.record_no <= skip:
            if read % 1_000 == 0:
                beat()
            continue
        held.append((NAMES[type(item)], item))
        if isinstance(item, Row):
            weight += sum(map(len, item.cells))
        if len(held) == size or weight > MOST_CHARS:
            send("records", held)
            held, weight = [], 0
    if held:
        send("records", held)
    send("done", read)


def pass_stored(records: Iterable[Header | Record], *, kinds: list[str], skip: int, size: int) -> None:
    """Send the records, without the first `skip`, `size` at a time, as they are stored."""
    numbers: list[int] = []
    lines: list[int] = []
    cells: list[str] = []
    others: list[tuple[str, Any]] = []
    find_shift = Shifts(kinds).find
    read = weight = 0
    for item in records:
        if isinstance(item, Header):
            continue
        read += 1
        if item.record_no <= skip:
            if read % 1_000 == 0:
                beat()
            continue
        if not isinstance(item, Row):
            others.append((NAMES[type(item)], item))
        elif shift := find_shift(item.cells):
            others.append(("shifted", (item, shift)))
        else:
            numbers.append(item.record_no)
            lines.append(item.line)
            text = as_json(item.cells)
            cells.append(text)
            weight += len(text)
        if len(numbers) + len(others) == size or weight > MOST_CHARS:
            send_stored(numbers, lines, others, cells)
            numbers, lines, others, cells, weight = [], [], [], [], 0
    if numbers or others:
        send_stored(numbers, lines, others, cells)
    send("done", read)


def as_json(cells: list[str]) -> str:
    """Return what `to_json` makes of the cells; where nothing has to be escaped, in two thirds of its time."""
    text = BETWEEN.join(cells)
    if text.isprintable() and "\\" not in text and text.count('"') == 2 * (len(cells) - 1):
        return f'["{text}"]'
    return to_json(cells)


def send_stored(numbers: list[int], lines: list[int], others: list[tuple[str, Any]], cells: list[str]) -> None:
    send("stored", [numbers, lines, others])
    sys.stdout.flush()
    sys.stdout.buffer.write(SEPARATOR.join(cells).encode() + b"\n")
    sys.stdout.flush()


def main(order: dict) -> int:
    limit(order["memory_bytes"], order["cpu_seconds"])
    try:
        run(order)
    except Refusal as refusal:
        send("refused", [refusal.code, str(refusal)])
    except MemoryError:
        return 1  # the parent says what to do
    except BrokenPipeError:
        return 2  # nobody listens any more
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
