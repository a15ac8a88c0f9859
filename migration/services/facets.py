"""From a number of the profile to the rows behind it: empty, one value, one pattern, or a rule (H9)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from crmprogram.intake.models import RowIssue, RowState, SourceRow
from migration.hygiene.profile import shape
from migration.models import Run, RunRow
from migration.services.rows import Reader

SHOWN = 50
LOOKED_AT = 5_000  # rows one page reads at most; the next page goes on from there
KINDS = {"empty": "is empty", "value": "is", "pattern": "looks like", "rule": "breaks"}


@dataclass(frozen=True)
class Found:
    """Rows (row, the field's text) that fit, and where to go on: 0 at the end of the files."""

    rows: list[tuple[SourceRow, str]]
    after: int
    looked_at: int

    def states(self) -> dict[int, str]:
        """The word of the account of each row, by id: its run's, or what reading made of it. One query."""
        words = {row.pk: row.state for row, _ in self.rows}
        words.update(RunRow.objects.filter(pk__in=list(words)).values_list("pk", "state"))
        return {pk: RowState(state).label for pk, state in words.items()}


def rows_where(run: Run, *, field: str, kind: str, value: str = "", after: int = 0) -> Found:
    """The next rows of a run, as they came, whose `field` is empty, has a value or a pattern, or breaks a rule."""
    if run.mapping is None or kind not in KINDS:
        return Found([], 0, 0)
    rows = SourceRow.objects.filter(upload__in=run.uploads.all(), pk__gt=after).order_by("pk")
    if kind == "rule":
        broken = RowIssue.objects.filter(upload__in=run.uploads.all(), rule=value, column=field)
        rows = rows.filter(pk__in=broken.values("row_id"))
    reader = Reader(run.mapping)
    if kind == "value" and value.isascii() and not {'"', "\\"} & set(value) and not reader.changes(field):
        rows = rows.filter(cells__contains=value)  # the rest is told by the cells themselves
    found: list[tuple[SourceRow, str]] = []
    last, looked_at = after, 0
    part = rows.only("pk", "upload_id", "line", "state", "cells")[:LOOKED_AT]
    for row in part.iterator(chunk_size=500):
        looked_at, last = looked_at + 1, row.pk
        text = reader.fields(row.upload_id, json.loads(row.cells)).get(field, "")
        if _fits(kind, text, value):
            found.append((row, text))
            if len(found) == SHOWN:
                return Found(found, last, looked_at)
    return Found(found, last if looked_at == LOOKED_AT else 0, looked_at)


def _fits(kind: str, text: str, value: str) -> bool:
    if kind == "empty":
        return not text.strip()
    if kind == "value":
        return text == value
    return kind == "rule" or shape(text) == value
