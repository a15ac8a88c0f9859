"""The process that reads one file: ``python -m crmprogram.intake.child '{"path": ...}'``.

Writes one JSON array a line: for a look at a workbook ``["book", [sheets, sheet, notes]]``
first, then ``["header", [line, columns, warnings]]``, ``["records", [[kind, values], ...]]``,
and ``["done", read]`` or ``["refused", [code, sentence]]`` at the end. Empty records say that
the process is at work. See `rows.open_chunks` and `rows.look`.
"""

import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from crmprogram.intake.limits import Limits
from crmprogram.intake.read import MOST_BLANK, Bad, Blank, Header, Record, Row, read_file
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.sheet import look_into, read_sheet

MOST_CHARS = 4_000_000  # of one message: rows may hold whole mails, and neither side keeps many of them
BEAT_SECONDS = 2.0
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
    if order["look"]:
        book, records = look_into(path, sheet=order["sheet"], limits=limits, beat=beat)
        send("book", book)
        pass_on(beginning(records, order["look"]), skip=0, size=order["size"])
    elif order["sheet"]:
        pass_on(
            read_sheet(path, sheet=order["sheet"], limits=limits, beat=beat), skip=order["skip"], size=order["size"]
        )
    else:
        text = read_file(path, encoding=order["encoding"], delimiter=order["delimiter"], limits=limits)
        pass_on(text, skip=order["skip"], size=order["size"])


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
