"""A CSV file in parts that begin and end between records, to be read by several processes."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

BLOCK = 4_194_304  # bytes looked at in one go
QUOTE = 34


class Span(NamedTuple):
    """Bytes `first` up to `last` of a file; `last` 0 is its end."""

    first: int
    last: int


WHOLE = Span(0, 0)


def spans(path: Path, parts: int, fewest: int) -> list[Span]:
    """Up to `parts` spans of about one size, of `fewest` bytes at least.

    They are cut behind a line end before which quotes come in pairs. Where quotes do not
    stand around whole cells that may be within a record: the span before it then does not
    end well, which its reader sees.
    """
    size = path.stat().st_size
    parts = max(1, min(parts, size // max(fewest, 1)))
    found = [0]
    with path.open("rb") as stream:
        quotes = 0
        for part in range(1, parts):
            wanted = size * part // parts
            at = found[-1]
            while at < wanted and (block := stream.read(min(BLOCK, wanted - at))):
                quotes += int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == QUOTE))
                at += len(block)
            while line := stream.readline():
                quotes += line.count(b'"')
                at += len(line)
                if quotes % 2 == 0 and line.endswith(b"\n"):
                    break
            if at >= size:
                break
            found.append(at)
    return [Span(first, last) for first, last in zip(found, [*found[1:], 0], strict=True)]
