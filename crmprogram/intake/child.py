"""The process that reads one file: ``python -m crmprogram.intake.child '{"path": ...}'``.

Writes one JSON array a line: ``["header", [line, columns, warnings]]``, then
``["records", [[kind, values], ...]]``, and ``["done", read]`` or
``["refused", [code, sentence]]`` at the end. See `rows.open_chunks`.
"""

import json
import resource
import sys
from pathlib import Path

from crmprogram.intake.limits import Limits
from crmprogram.intake.read import Bad, Blank, Header, Row, read_file
from crmprogram.intake.refusal import Refusal

MOST_CHARS = 4_000_000  # of one message: rows may hold whole mails, and neither side keeps many of them
NAMES = {Row: "row", Blank: "blank", Bad: "bad"}


def send(kind: str, content: object) -> None:
    sys.stdout.write(json.dumps([kind, content], separators=(",", ":")) + "\n")  # dump() would be five times slower
    sys.stdout.flush()


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
    """Read the file of `order` and send its records, without the first `skip`."""
    skip, size = order["skip"], order["size"]
    records = read_file(
        Path(order["path"]), encoding=order["encoding"], delimiter=order["delimiter"], limits=Limits(**order["limits"])
    )
    held, read, weight = [], 0, 0
    for item in records:
        if isinstance(item, Header):
            send("header", [item.line, item.headers.columns, item.headers.warnings])
            continue
        read += 1
        if item.record_no <= skip:
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
