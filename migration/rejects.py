"""The rejects of a run as a file that can be mended and uploaded again (H10)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from crmprogram.intake.models import RowIssue, RowState, SourceRow
from migration.hygiene.text import guard
from migration.maps import REJECTED
from migration.models import Record, Run, RunRow
from migration.services.rows import RULES

FILE, LINE, REASON = REJECTED
BATCH = 1_000


class _Echo:
    """Gives back what is written, so that a csv writer can feed a streaming answer."""

    def write(self, text: str) -> str:
        return text


def rejected_rows(run: Run):
    """Source rows in quarantine: put aside while reading, or refused by the hygiene gate."""
    aside = SourceRow.objects.filter(upload__in=run.uploads.all(), state=RowState.QUARANTINED).order_by().values("pk")
    refused = RunRow.objects.filter(run=run, state=RowState.QUARANTINED).values("pk")
    found = SourceRow.objects.filter(pk__in=aside.union(refused, all=True))
    return found.select_related("in_run").order_by("pk")


def with_reasons(run: Run, rows: list[SourceRow]) -> list[dict[str, Any]]:
    """Rows with file, line and the reasons why they were rejected. Three queries."""
    uploads = {one.pk: one for one in run.uploads.all()}
    records = {row.pk: row.in_run.record for row in rows if hasattr(row, "in_run")}
    refusals = dict(Record.objects.filter(pk__in=records.values()).values_list("pk", "refusals"))
    aside: dict[int, list[str]] = {}
    bare = [row.pk for row in rows if row.pk not in records]
    issues = RowIssue.objects.filter(row_id__in=bare).exclude(rule__in=RULES)
    for row_id, message in issues.values_list("row_id", "message"):
        aside.setdefault(row_id, []).append(message)
    return [
        {
            "row": row,
            "upload": uploads[row.upload_id],
            "line": row.line,
            "record": records.get(row.pk),
            "reasons": [one["message"] for one in refusals.get(records.get(row.pk, 0), [])]
            or aside.get(row.pk)
            or ["Put aside while reading."],
            "cells": (cells := json.loads(row.cells)),
            "said": " · ".join(filter(str.strip, cells)),
        }
        for row in rows
    ]


def lines(run: Run) -> Iterator[str]:
    """The file, line by line: the source's own columns and cells, then file, line and reason.

    Every cell is guarded against being computed by a spreadsheet; reading takes the guard
    off again.
    """
    headers: list[str] = []
    for upload in run.uploads.order_by("pk"):
        headers += [one for one in upload.headers if one not in headers]
    at = {name: place for place, name in enumerate(headers)}
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow([guard(one) for one in (*headers, FILE, LINE, REASON)])
    last = 0
    while True:
        rows = list(rejected_rows(run).filter(pk__gt=last)[:BATCH])
        if not rows:
            return
        last = rows[-1].pk
        for one in with_reasons(run, rows):
            cells = [""] * len(headers)
            if len(one["cells"]) == len(one["upload"].headers):
                for name, cell in zip(one["upload"].headers, one["cells"], strict=True):
                    cells[at[name]] = cell
            elif cells:
                cells[0] = " ".join(one["cells"])  # it could not be cut into cells
            tail = [one["upload"].name, str(one["line"]), " ".join(one["reasons"])]
            yield writer.writerow([guard(cell) for cell in (*cells, *tail)])
