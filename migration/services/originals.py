"""The rows of a run out of the file they came in, while it is kept: quicker than out of the database, and the same.

The database says which rows are good; the file only says it sooner what stands in them. What is not
beyond doubt (another encoding, a quote that does not fit, a count that differs) is read from the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake import documents
from crmprogram.intake.headers import read_headers
from crmprogram.intake.limits import LIMITS
from crmprogram.intake.models import ROW_MASK, RowState, SourceRow, Upload, row_id
from crmprogram.intake.refusal import Refusal
from migration.hygiene.alphabet import part
from migration.hygiene.reading import BYTEWISE, Cells, read_span
from migration.hygiene.spans import Span

BLOCK = 4_194_304  # bytes looked at in one go
LINE = 10


@dataclass(slots=True)
class Rows:
    """Good rows of a part of a file: record numbers, lines, and the file's columns in their order."""

    numbers: NDArray[np.int32]
    lines: NDArray[np.int32]
    columns: list[Cells]


def cut(upload: Upload, firsts: Sequence[int], last: int) -> list[Span] | None:
    """Where the parts that begin with these rows lie in the file; None where that cannot be told.

    `last` is the number of the file's last row. One query.
    """
    if not upload.has_file or upload.sheet or upload.delimiter == documents.MARK or upload.encoding not in BYTEWISE:
        return None
    begins = [row_id(upload.pk, max(first, 1)) for first in firsts]
    lines = list(SourceRow.objects.filter(pk__in=begins).order_by("pk").values_list("line", flat=True))
    if upload.read_count != last or len(lines) != len(firsts):  # rows are numbered in another way
        return None
    try:
        starts = places_of_lines(upload.path, lines) if upload.path.stat().st_size == upload.size_bytes else None
    except OSError:
        return None
    return None if starts is None else [Span(*ends) for ends in zip(starts, [*starts[1:], 0], strict=True)]


def places_of_lines(path: Path, lines: Sequence[int]) -> list[int] | None:
    """The byte at which each of these lines (from 1, in order) begins; None where not every line ends alike.

    A return that no line feed follows ends a line too, for readers of text: then bytes do not say enough.
    """
    found: list[int] = []
    place = ends = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            if block.endswith(b"\r"):
                block += stream.read(1)
            if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
                return None
            in_block = block.count(b"\n")
            wanted = [line - 1 for line in lines[len(found) :] if line - 1 <= ends + in_block]
            if wanted:
                at = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == LINE)
                found += [place + (int(at[one - ends - 1]) + 1 if one > ends else 0) for one in wanted]
            ends, place = ends + in_block, place + len(block)
    return found if len(found) == len(lines) else None


def read(upload: Upload, span: Span, first: int, last: int, good: int) -> Rows | None:
    """The `good` rows from number `first` to `last`, which lie in `span`; None where the database has to be asked.

    Two queries.
    """
    first = max(first, 1)
    line = SourceRow.objects.values_list("line", flat=True).filter(pk=row_id(upload.pk, first)).first()
    if line is None or not upload.has_file:
        return None
    headers = read_headers(upload.originals)
    try:
        found = read_span(
            upload.path, span, headers, encoding=upload.encoding, delimiter=upload.delimiter, limits=LIMITS
        )
    except (OSError, Refusal):
        return None
    if found is None or found.last_number != last - first + 1:
        return None
    found.move(line - 1, first - 1)
    aside = SourceRow.objects.filter(
        upload=upload, state__in=(RowState.QUARANTINED, RowState.BLANK),
        pk__gte=row_id(upload.pk, first), pk__lte=row_id(upload.pk, last),
    )  # fmt: skip
    others = np.array([pk & ROW_MASK for pk in aside.values_list("pk", flat=True)], dtype=np.int32)
    stays = ~np.isin(found.numbers, others)
    if np.count_nonzero(stays) != good:
        return None
    if not stays.all():
        found.keep(stays)
        found.columns = [_used(cells) for cells in found.columns]
    return Rows(found.numbers, found.lines, found.columns)


def _used(cells: Cells) -> Cells:
    """The same without values that no row has."""
    used = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.values)) > 0
    code = np.append(np.cumsum(used, dtype=np.int32) - np.int32(1), np.int32(-1))
    return Cells(code[cells.codes], part(cells.values, np.flatnonzero(used)))
