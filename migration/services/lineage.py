"""Which source rows and rules made a record (H0)."""

from __future__ import annotations

import json

from crmprogram.intake.models import RowIssue
from migration import vocabulary
from migration.models import Record
from migration.queries import SourceView, source_rows
from migration.services.rows import Reader
from migration.words import sentence_of

SHOWN = 50  # source rows


def sources_of(record: Record) -> list[SourceView]:
    """The rows behind a record, at most 50: what came, what changed, by which rule. Five queries."""
    uploads = {one.pk: one for one in record.run.uploads.all()}
    rows = list(source_rows(record)[:SHOWN])
    issues: dict[int, dict[str, str]] = {}
    for row_id, name, message in RowIssue.objects.filter(row__in=rows).values_list("row_id", "column", "message"):
        issues.setdefault(row_id, {})[name] = message
    reader = Reader(record.run.mapping)
    shown = []
    for row in rows:
        row.upload = uploads[row.upload_id]
        row.upload.program = record.program
        raw = reader.fields(row.upload_id, json.loads(row.cells))
        clean = row.in_run.clean or {}
        names = [*raw, *(name for name in clean if name not in raw)]
        fields = [
            {
                "label": vocabulary.label_of(record.object, name),
                "source": raw.get(name, ""),
                "clean": clean.get(name, {}).get("value", ""),
                "rule": clean.get(name, {}).get("rule", ""),
                "rule_says": sentence_of(clean.get(name, {}).get("rule", "")),
                "issue": issues.get(row.pk, {}).get(name, ""),
            }
            for name in names
        ]
        shown.append(SourceView(row, row.in_run.key, fields))
    return shown
