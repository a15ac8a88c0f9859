"""Stored rows as columns, and columns as what is stored: the worker's way into the bulk road."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from crmprogram.intake.models import RowIssue, SourceRow, Upload, row_id
from migration.hygiene.bulk import Cleaned, Issues
from migration.hygiene.issues import Issue
from migration.hygiene.reading import Cells, cells_of
from migration.hygiene.spans import Span
from migration.models.short import changes
from migration.services import originals
from migration.services.blocks import NO_ISSUES, Block
from migration.services.rows import RULES, Reader


@dataclass(slots=True)
class Chunk:
    """Some rows of one file in their order: `ids` of the source rows, their `lines`, `columns` by field."""

    ids: list[int]
    lines: list[int]
    columns: dict[str, Cells]

    @property
    def size(self) -> int:
        return len(self.ids)

    def block(self) -> Block:
        """The rows as they are handed on to the next step."""
        rows: dict[str, NDArray[Any]] = {
            "ids": np.array(self.ids, dtype=np.int64),
            "lines": np.array(self.lines, dtype=np.int32),
        }
        return Block(Cleaned(self.size, self.columns, {}, [""], NO_ISSUES), rows)


def read_part(reader: Reader, upload: Upload, params: Mapping[str, Any], good: int) -> Chunk:
    """The `good` rows of a part of a file as they came: out of the file where that can be, else as `read_chunk`."""
    first, last = params["first"], params["last"]
    if span := params.get("bytes"):
        rows = originals.read(upload, Span(*span), first, last, good)
        if rows is not None:
            ids = rows.numbers.astype(np.int64) + row_id(upload.pk, 0)
            return Chunk(ids.tolist(), rows.lines.tolist(), reader.laid(upload.pk, rows.columns, good))
    return read_chunk(reader, upload.pk, first, last)


def read_chunk(reader: Reader, upload_id: int, first: int, last: int) -> Chunk:
    """The good rows of one file from row number `first` to `last` as they came. One query."""
    found = SourceRow.objects.of_upload(upload_id, first, last).good().values_list("pk", "line", "cells")
    ids, lines, cells = list(zip(*found, strict=True)) or ((), (), ())
    return Chunk(list(ids), list(lines), reader.columns(upload_id, _parsed(cells)))


def read_cleaned(reader: Reader, ids: Sequence[int]) -> tuple[Chunk, Cleaned]:
    """The rows with these ids in standard form with their issues, in the order of their ids. Two queries.

    What changed is not told again: `rules` of the result are empty.
    """
    if not ids:
        return _cleaned(reader, [])
    first, last = min(ids), max(ids)
    rows = SourceRow.objects.order_by("pk")
    if last - first >= 4 * len(ids):
        return _cleaned(reader, _stored(rows.filter(pk__in=ids)))
    # rows side by side are asked for by their ends
    wanted = set(ids)
    return _cleaned(reader, [row for row in _stored(rows.filter(pk__gte=first, pk__lte=last)) if row[0] in wanted])


def _stored(rows: QuerySet[SourceRow]) -> list[tuple[int, int, int, str, str | None]]:
    as_text = rows.annotate(changed=Cast("in_run__clean", TextField()))
    return list(as_text.values_list("pk", "upload_id", "line", "cells", "changed"))


def _cleaned(reader: Reader, stored: Sequence[tuple[int, int, int, str, str | None]]) -> tuple[Chunk, Cleaned]:
    size = len(stored)
    texts: dict[str, list[str]] = {}
    start = 0
    while start < size:  # the rows of one file after those of another
        upload_id = stored[start][1]
        end = start
        while end < size and stored[end][1] == upload_id:
            end += 1
        for name, cells in reader.columns(upload_id, _parsed([row[3] for row in stored[start:end]])).items():
            texts.setdefault(name, [""] * size)[start:end] = cells.texts()
        start = end
    for row, kept in enumerate(_parsed(one[4] or "{}" for one in stored)):
        for name, value, _ in changes(kept):
            column = texts.get(name)
            if column is None:
                column = texts[name] = [""] * size
            column[row] = value
    columns = {name: cells_of(column) for name, column in texts.items()}
    chunk = Chunk([one[0] for one in stored], [one[2] for one in stored], columns)
    return chunk, Cleaned(size, columns, {}, [""], issues_of(chunk.ids))


def issues_of(ids: Sequence[int]) -> Issues:
    """What cleaning left alone in these rows, as places in `ids`, which are in order. One query."""
    place = {row_id: at for at, row_id in enumerate(ids)}
    known: dict[Issue, int] = {}
    rows: list[int] = []
    which: list[int] = []
    if ids:
        found = RowIssue.objects.filter(rule__in=RULES).order_by("row_id", "pk")
        # rows side by side are asked for by their ends
        dense = ids[-1] - ids[0] < 4 * len(ids)
        found = found.filter(row_id__gte=ids[0], row_id__lte=ids[-1]) if dense else found.filter(row_id__in=ids)
        for row_id, rule, name, value, message in found.values_list("row_id", "rule", "column", "value", "message"):
            if (at := place.get(row_id)) is not None:
                rows.append(at)
                which.append(known.setdefault(Issue(rule, name, value, message), len(known)))
    return Issues(np.array(rows, dtype=np.int32), np.array(which, dtype=np.int32), list(known))


def _parsed(texts: Iterable[str]) -> list[Any]:
    # one long text is parsed in half the time of many short ones
    found: list[Any] = json.loads(f"[{','.join(texts)}]")
    return found
