"""Columns as the texts that are stored for each row or record, made many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from migration.hygiene.alphabet import part
from migration.hygiene.bulk import Cleaned
from migration.hygiene.reading import Codes
from migration.hygiene.sheets import Sheet, Table, quoted
from migration.sandbox import SEARCHED
from migration.services.records import NAMELESS, called_by


def changes_of(clean: Cleaned) -> list[str | None]:
    """What changed in each row, as `ChangesField` keeps it; None where nothing did."""
    sheet = Sheet(clean.size)
    for name, rules in clean.rules.items():
        cells = clean.columns[name]
        for at in np.flatnonzero(np.bincount(rules)).tolist():
            if not at:
                continue
            made = rules == at
            said = f"{quoted(f'{name} {clean.names_of_rules[at]}')}:"
            codes, values = used(np.where(made, cells.codes, np.int32(-1)), cells.values)
            sheet.put(Table(values, f'{said}"', '",', escaped=True), codes)
            emptied = made & (codes < 0)
            if emptied.any():
                sheet.say(f'{said}"",', emptied)
    return [f"{{{line[:-1]}}}" if line else None for line in sheet.lines()]


def objects_of(columns: Mapping[str, tuple[Codes, Sequence[str]]], size: int) -> list[str]:
    """One JSON object of field -> value for each of `size` rows; `columns` are codes into values, -1 for none."""
    sheet = Sheet(size)
    for name, (codes, values) in columns.items():
        own, texts = used(codes, values)
        sheet.put(Table(texts, f'{quoted(name)}:"', '",', escaped=True), own)
    return [f"{{{line[:-1]}}}" for line in sheet.lines()]


def labels_of(obj: str, columns: Mapping[str, tuple[Codes, Sequence[str]]], size: int) -> list[str]:
    """What `records.label_of` says of each of `size` records of `obj`, at most 200 characters; columns of codes."""
    names, others = called_by(obj)
    sheet, left = Sheet(size), np.ones(size, dtype=bool)
    for name in names:
        if name in columns:
            sheet.say(" ", ~left & (columns[name][0] >= 0))
            sheet.put(*_column(columns[name]))
            left &= columns[name][0] < 0
    for name in others:
        if name in columns:
            codes, values = columns[name]
            sheet.put(*_column((np.where(left, codes, -1), values)))
            left &= codes < 0
    sheet.say(NAMELESS, left)
    return [line[:200] for line in sheet.lines()]


def search_of(columns: Mapping[str, tuple[Codes, Sequence[str]]], size: int) -> list[str]:
    """What `sandbox.searched` says of each of `size` records."""
    sheet = Sheet(size)
    for name in SEARCHED:
        if name in columns:
            sheet.put(*_column(columns[name], before=" "))
    return [line[1:].casefold()[:400] for line in sheet.lines()]


def _column(column: tuple[Codes, Sequence[str]], before: str = "") -> tuple[Table, Codes]:
    codes, texts = used(*column)
    return Table(texts, before), codes


def used(codes: Codes, values: Sequence[str]) -> tuple[Codes, Sequence[str]]:
    """Codes into the values that some rows have, and these."""
    seen = np.zeros(len(values) + 1, dtype=bool)
    seen[codes] = True
    seen[-1] = False
    if seen[:-1].all():
        return codes, values
    place = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    place[-1] = -1
    return place[codes], part(values, np.flatnonzero(seen))
