"""From a number of the profile to the rows behind it: empty, one value, one pattern, or a rule (H9).

Rows that are many are soon met by reading the file. Of the others the run keeps the places: each
part of the file tells where they are, so that three among a million are found at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTransform
from numpy.typing import NDArray

from crmprogram.intake.models import RowIssue, RowState, SourceRow, row_id
from migration.hygiene.alphabet import Packed, among, take
from migration.hygiene.lanes import neat
from migration.hygiene.profile import TOP, shape
from migration.hygiene.reading import Cells
from migration.hygiene.text import is_blank, tidy
from migration.models import Run, RunRow
from migration.services.rows import Reader, columns_of

SHOWN = 50
LOOKED_AT = 5_000  # rows one page reads at most; the next page goes on from there
AT_ONCE = 1_000  # rows of one query
QUERIES = 5  # for the rows of one page
MANY = 500  # rows of a part from which on they are met by reading it
FEW_VALUES = 2_000  # different values of a part whose patterns are told
LONGEST = 200  # characters of a value in a profile
KINDS = {"empty": "is empty", "value": "is", "pattern": "looks like", "rule": "breaks"}


# --- the places of a part ------------------------------------------------------------------


def places_of(
    summaries: Sequence[Mapping[str, Any]], columns: Mapping[str, Cells], numbers: NDArray[np.int64]
) -> dict[str, dict[str, list[int]]]:
    """Column -> name of one of its numbers -> the rows of a part of a file behind it, for those that are few: JSON.

    `numbers` are those of the part's rows in their file.
    """
    made = {}
    for one in summaries:
        cells = columns.get(one["name"])
        if cells is None:
            continue  # empty everywhere in this part
        top = [value for value, _ in one["top"]]
        valued = _which(cells.values, ["", *top])  # what is no value is none of the most frequent
        told = {**_rows(cells, valued, "empty", [""]), **_rows(cells, valued - 1, "value", top)}
        if len(cells.values) <= FEW_VALUES:
            masks = [value for value, _ in one["patterns"]]
            at = {mask: which for which, mask in enumerate(masks)}
            texts = map(_seen, cells.values)
            found = [at.get(shape(text), -1) if text else -1 for text in texts]
            told |= _rows(cells, np.array([*found, -1]), "pattern", masks)
        made[one["name"]] = {name: numbers[rows].tolist() for name, rows in told.items() if len(rows) <= MANY}
    return made


def _which(values: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int64]:
    """Which of `wanted` each value is as a profile tells it, -1 for none; the last is what a row without one has."""
    at = {value: which for which, value in enumerate(wanted)}
    found = np.full(len(values) + 1, -1, dtype=np.int64)
    found[-1] = at.get("", -1)
    plain = neat(values) if isinstance(values, Packed) else np.zeros(len(values), dtype=bool)
    same = [place for place in among(values, at) if plain[place]]
    found[same] = [at[text] for text in take(values, np.array(same, dtype=np.int64))]
    other = np.flatnonzero(~plain)
    found[other] = [at.get(_seen(text)[:LONGEST], -1) for text in take(values, other)]
    return found


def _rows(
    cells: Cells, which: NDArray[np.int64], kind: str, wanted: Sequence[str]
) -> dict[str, NDArray[np.intp]]:  # fmt: skip
    """Name -> the rows that hold each of the `wanted`; `which` of them the column's values are."""
    found = which[cells.codes]
    return {_name(kind, value): np.flatnonzero(found == at) for at, value in enumerate(wanted)}


def _name(kind: str, value: str = "") -> str:
    """What a number of a column is kept under; of a value no more than tells it from the few others is written."""
    return f"{kind} {sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}" if value else kind


def _seen(text: str) -> str:
    """A cell as the profile counts it; "" where it only says that there is nothing."""
    text = tidy(text)
    return "" if is_blank(text) else text


# --- the rows behind a number --------------------------------------------------------------


@dataclass
class Found:
    """Rows (row, the field's text) that fit, and where to go on and back: 0 at the end and the beginning."""

    rows: list[tuple[SourceRow, str]] = field(default_factory=list)
    after: int = 0
    before: int = 0
    looked_at: int = 0

    def states(self) -> dict[int, RowState]:
        """The word of the account of each row, by id: its run's, or what reading made of it. One query."""
        words = {row.pk: row.state for row, _ in self.rows}
        words.update(RunRow.objects.filter(pk__in=list(words)).values_list("pk", "state"))
        return {pk: RowState(state) for pk, state in words.items()}


@dataclass(frozen=True)
class Span:
    """Part of a file, by the ids of its first and last row, and those of the rows that fit where they are few."""

    first: int
    last: int
    fitting: list[int] | None = None


def rows_where(run: Run, *, field: str, kind: str, value: str = "", after: int = 0, before: int = 0) -> Found:
    """Rows of a run, as they came, whose `field` is empty, has a value or a pattern, or breaks a rule.

    The next behind the id `after`, or the last before the id `before`; where less than a page stands
    before it, the first ones.
    """
    if run.mapping is None or kind not in KINDS:
        return Found()
    found = Found()
    reader = _reader(run, field)
    asked = _asked(run, reader, field, kind, value)

    def take(parts: Iterator[list[SourceRow]]) -> int:
        """Keep those that fit; the id of the last one of a full page, else 0."""
        for part in parts:
            for row in part:
                text = reader.fields(row.upload_id, json.loads(row.cells)).get(field, "")
                if _fits(kind, text, value):
                    found.rows.append((row, text))
                    if len(found.rows) == SHOWN:
                        return row.pk
        return 0

    if not before:
        found.after = take(_read(asked, after, found)) or found.after
        found.before = found.rows[0][0].pk if after and found.rows else after + 1 if after else 0
        return found
    found.before = take(_read_back(asked, before, found)) or found.before
    if not found.before:
        return rows_where(run, field=field, kind=kind, value=value)
    found.rows.reverse()
    found.after = found.rows[-1][0].pk if found.rows else before - 1
    return found


class Total(NamedTuple):
    """How many rows there are behind a number: so many, or at least so many."""

    rows: int
    is_exact: bool = True


def total_of(run: Run, *, field: str, kind: str, value: str = "") -> Total | None:
    """The number of the profile that leads to the rows; None where it does not tell one."""
    if kind == "rule":
        return Total(RowIssue.objects.filter(upload__in=run.uploads.all(), rule=value, column=field).count())
    told = next((one for one in run.summary.get("columns", []) if one["name"] == field), None)
    if told is None:
        return None
    if kind == "empty":
        return Total(told["rows"] - told["filled"])
    count = dict(told["top"] if kind == "value" else told["patterns"]).get(value)
    if count is None or (kind == "pattern" and told.get("looked_at", told["filled"]) < told["filled"]):
        return None
    return Total(count, kind == "pattern" or told["distinct"] <= TOP)


@dataclass(frozen=True)
class Asked:
    """The rows that may fit, those that are searched `rows`, `at_once` in a query, in groups of spans."""

    known: QuerySet[SourceRow]
    rows: QuerySet[SourceRow]
    at_once: int
    groups: list[list[Span]]


def _asked(run: Run, reader: Reader, name: str, kind: str, value: str) -> Asked:
    rows = SourceRow.objects.order_by("pk").only("pk", "upload_id", "line", "state", "cells")
    if kind == "rule":
        broken = RowIssue.objects.filter(upload__in=run.uploads.all(), rule=value, column=name)
        rows = rows.filter(pk__in=broken.values("row_id"))
        return Asked(rows, rows, SHOWN, [[one] for one in _whole(run)])
    rows, spans = rows.good(), _spans(run, name, kind, value)
    if kind == "value" and value.isascii() and not {'"', "\\"} & set(value) and not reader.changes(name):
        # the rest is told by the cells themselves
        return Asked(rows, rows.filter(cells__contains=value), 2 * SHOWN, _together(spans))
    return Asked(rows, rows, AT_ONCE, _together(spans))


def _reader(run: Run, name: str) -> Reader:
    """One that reads the columns of a field, and those that may leave something over for it."""
    columns = list(columns_of(run.mapping))
    own = [one for one in columns if one.field == name or one.transforms]
    return Reader(run.mapping, columns if name.startswith("custom.") else own)


def _spans(run: Run, name: str, kind: str, value: str) -> list[Span]:
    """The files of a run in the parts that were cleaned, with the rows that fit where their places were kept."""
    if kind == "rule" or run.job is None:
        return _whole(run)
    shards = run.job.shards.filter(step="standardise").order_by("no")
    places = KeyTransform(_name(kind, value), KeyTransform(name, KeyTransform("places", F("result"))))
    made = []
    for params, told in shards.annotate(told=places).values_list("params", "told"):
        first, last, *fitting = (
            row_id(params["upload"], one) for one in (params["first"], params["last"], *(told or ()))
        )
        made.append(Span(first, last, None if told is None else fitting))
    return made or _whole(run)


def _whole(run: Run) -> list[Span]:
    files = run.uploads.order_by("pk").values_list("pk", flat=True)
    return [Span(row_id(pk, 0), row_id(pk + 1, 0) - 1) for pk in files]


def _together(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans that are read in one query: one that has to be read, any number whose rows are known."""
    made: list[list[Span]] = []
    for one in spans:
        last = made[-1] if made else []
        if last and one.fitting is not None and last[-1].fitting is not None:
            last.append(one)
        else:
            made.append([one])
    return made


def _read(asked: Asked, after: int, found: Found) -> Iterator[list[SourceRow]]:
    """Rows to look at, some at a time; says in `found` where the page ends and how many rows it passed."""
    queries = 0
    for group in asked.groups:
        last, is_known = group[-1].last, group[0].fitting is not None
        known = [pk for one in group for pk in one.fitting or () if pk > after]
        if is_known and not known:
            after = max(after, last)
        while after < last:
            if queries == QUERIES or queries * asked.at_once >= LOOKED_AT:
                found.after = after
                return
            queries, before = queries + 1, max(after, group[0].first - 1)
            if is_known:
                wanted, known = known[:SHOWN], known[SHOWN:]
                part, is_more = list(asked.known.filter(pk__in=wanted)), bool(known)
                ends = wanted[-1]
            else:
                part = list(asked.rows.filter(pk__gt=before, pk__lte=last)[: asked.at_once])
                is_more = len(part) == asked.at_once
                ends = part[-1].pk if part else last
            after = ends if is_more else last
            found.looked_at += after - before
            yield part


def _read_back(asked: Asked, before: int, found: Found) -> Iterator[list[SourceRow]]:
    """As `_read`, from the last row before the id `before` towards the first."""
    queries = 0
    for group in reversed(asked.groups):
        first, is_known = group[0].first, group[0].fitting is not None
        known = [pk for one in group for pk in one.fitting or () if pk < before]
        if is_known and not known:
            before = min(before, first)
        while before > first:
            if queries == QUERIES or queries * asked.at_once >= LOOKED_AT:
                found.before = before
                return
            queries, behind = queries + 1, min(before, group[-1].last + 1)
            if is_known:
                wanted, known = known[-SHOWN:], known[:-SHOWN]
                part, is_more = list(asked.known.filter(pk__in=wanted).order_by("-pk")), bool(known)
                ends = wanted[0]
            else:
                rows = asked.rows.filter(pk__lt=behind, pk__gte=first).order_by("-pk")
                part = list(rows[: asked.at_once])
                is_more = len(part) == asked.at_once
                ends = part[-1].pk if part else first
            before = ends if is_more else first
            found.looked_at += behind - before
            yield part


def _fits(kind: str, text: str, value: str) -> bool:
    if kind == "rule":
        return True
    text = _seen(text)
    if kind == "empty":
        return not text
    return bool(text) and (text[:LONGEST] == value if kind == "value" else shape(text) == value)
