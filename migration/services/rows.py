"""Source rows as fields: cells through the mapping, cleaned values laid over them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
from django.db.models import QuerySet

from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import RowIssue, SourceRow
from crmprogram.program import together
from migration.hygiene import transforms
from migration.hygiene.dates import Order
from migration.hygiene.issues import MESSAGES, Issue
from migration.hygiene.laying import Laid, lay
from migration.hygiene.reading import Cells, cells_of
from migration.hygiene.standardise import Context
from migration.hygiene.transforms import Transforms
from migration.hygiene.vocabularies import meanings
from migration.models import Mapping, MappingColumn, Run, Treatment

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it runs for every row
quoted = json.encoder.encode_basestring  # one text, without what the encoder asks about other values first
# the rules of cleaning; a shifted row is put aside by intake, before cleaning
RULES = tuple(rule for rule in MESSAGES if rule != "row.shifted")


@dataclass(slots=True)
class Row:
    """A source row of a run: its key, its values in standard form, and what was left alone."""

    id: int
    key: str
    values: dict[str, str]
    issues: list[Issue] = field(default_factory=list)


def columns_of(mapping: Mapping | None) -> QuerySet[MappingColumn]:
    """The columns of a mapping that go somewhere."""
    assert mapping is not None, "a run has a mapping from its first moment"
    return mapping.columns.exclude(treatment=Treatment.DROP)


class Reader:
    """Turns the cells of one run's files into fields, as its mapping says."""

    def __init__(self, mapping: Mapping | None, columns: Iterable[MappingColumn] | None = None) -> None:
        """`columns` are those of `columns_of(mapping)`, where they are read already."""
        self._columns: dict[int, list[tuple[int, str, str, str, Transforms | None]]] = {}
        order: dict[str, int] = {Treatment.MAP: 0, Treatment.CUSTOM: 1, Treatment.MERGE: 2}
        for one in sorted(
            columns_of(mapping) if columns is None else columns,
            key=lambda column: (order[column.treatment], column.index),
        ):
            change = transforms.read(one.transforms) if one.transforms else None
            told = (one.index, one.treatment, one.field, one.header, change)
            self._columns.setdefault(one.upload_id, []).append(told)

    def changes(self, name: str) -> bool:
        """Does the mapping change the values of a field, so that they are not those of the cells?"""
        return any(
            change is not None and (field == name or (change.rest_to or ("",))[0] == name)
            for told in self._columns.values()
            for _, _, field, _, change in told
        )

    def fields(self, upload_id: int, cells: Sequence[str]) -> dict[str, str]:
        """Field -> text of one row, empty cells left out.

        A merged column fills its field where that is empty; another value than the one
        there is joined to it, or kept under its own name, so that nothing is lost (H5).
        """
        values: dict[str, str] = {}
        rests: list[tuple[str, str]] = []
        for index, treatment, name, header, change in self._columns.get(upload_id, ()):
            text = cells[index] if index < len(cells) else ""
            if change is not None:
                text, rest = change.cut(change.of(text))
                if change.rest_to and rest:
                    rests.append((change.rest_to[0], rest))
            if not text:
                continue
            if treatment == Treatment.MERGE and values.get(name, text) != text:
                if change is not None and change.joint is not None:
                    values[name] += change.joint + text
                else:
                    values[f"custom.{header[:70]}"] = text
            else:
                values[name] = text
        for name, rest in rests:
            values.setdefault(name, rest)
        return values

    def columns(self, upload_id: int, rows: Sequence[Sequence[str]]) -> dict[str, Cells]:
        """Field -> column of many rows of one file: what `fields` says of each, the fields in the mapping's order."""
        columns = list(zip_longest(*rows, fillvalue=""))
        return self.laid(upload_id, [cells_of(column) for column in columns], len(rows))

    def laid(self, upload_id: int, columns: Sequence[Cells], size: int) -> dict[str, Cells]:
        """The same of the columns of the file, each as it came."""
        blank = Cells(np.full(size, -1, dtype=np.int32), [])
        return lay(
            [
                Laid(
                    name,
                    header,
                    treatment == Treatment.MERGE,
                    change,
                    columns[at] if at < len(columns) else blank,
                )
                for at, treatment, name, header, change in self._columns.get(upload_id, ())
            ],
            size,
        )


def overlay(values: dict[str, str], clean: dict[str, Any] | None) -> dict[str, str]:
    """The standard form: what changed laid over what came; emptied values are left out."""
    if not clean:
        return values
    merged = {**values, **{name: change["value"] for name, change in clean.items()}}
    return {name: value for name, value in merged.items() if value}


def context_of(run: Run, upload: Any) -> Context:
    """What cleaning knows about one file of the run: region, zone of its times, order of its dates."""
    try:
        zone = by_slug(upload.format_slug).zone
    except KeyError:
        zone = ""
    orders = run.context.get("date_orders", {}).get(str(upload.pk), {})
    return Context(
        region=run.context["region"],
        zone=zone or run.context["zone"],
        date_orders={name: Order(order) for name, order in orders.items()},
        vocabularies={name: meanings(each) for name, each in run.context.get("vocabularies", {}).items()},
    )


def load_rows(run: Run, keys: dict[int, str], beside: Sequence[QuerySet] = ()) -> list[Row]:
    """The rows with these ids (id -> key), in their order, with their issues. One query, which also fills `beside`."""
    ids = list(keys)
    columns = columns_of(run.mapping)
    found = RowIssue.objects.filter(row_id__in=ids, rule__in=RULES).values(
        "row_id", "rule", "column", "value", "message"
    )
    stored = SourceRow.objects.filter(pk__in=ids).order_by("pk").values("pk", "upload_id", "cells", "in_run__clean")
    together.fill(columns, found, stored, *beside)
    reader = Reader(run.mapping, columns)
    issues: dict[int, list[Issue]] = {}
    for one in found:
        issues.setdefault(one["row_id"], []).append(Issue(one["rule"], one["column"], one["value"], one["message"]))
    rows = []
    for row in stored:
        values = overlay(reader.fields(row["upload_id"], json.loads(row["cells"])), row["in_run__clean"])
        rows.append(Row(row["pk"], keys[row["pk"]], values, issues.get(row["pk"], [])))
    return rows
