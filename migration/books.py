"""The records of one object as pointers from others find them: by id, by name, where each has gone. Pure (H8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from migration.hygiene import company
from migration.hygiene.bulk import Cleaned
from migration.hygiene.goldens import Groups, Rows
from migration.hygiene.links import plain_id
from migration.hygiene.reading import Cells
from migration.hygiene.text import fold
from migration.sources import Source

NUMBER = re.compile(r"\d")


class Pointer(NamedTuple):
    """One distinct cell of a pointer: its ids, and the row each leads to (-1: none), `named` by name."""

    ids: list[str]
    rows: list[int]
    named: list[bool]


@dataclass(slots=True)
class Book:
    """The records of one object as pointers find them: by id, and, once they are matched, where each has gone."""

    object: str
    sources: Sequence[Source]
    clean: Cleaned
    groups: Groups | None = None
    head: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # by row: the row that lives on
    why: Callable[[int], str] = lambda _: ""
    pages: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Is it known where each record has gone?"""
        return self.groups is not None

    def parts(self) -> Iterator[tuple[Source, slice]]:
        """The sources and where their rows stand."""
        first = 0
        for source in self.sources:
            yield source, slice(first, first + source.read.size)
            first += source.read.size

    def rows_by_id(self, vendor: str) -> dict[str, int]:
        """The first row of each id in a source system; of all systems where that has no file of these."""
        own = [(source, part) for source, part in self.parts() if source.outline.vendor == vendor]
        name = vendor if own else ""
        if name not in self.pages:
            made: dict[str, int] = {}
            cells = self.clean.columns.get("source_id")
            for _, part in own or self.parts():
                if cells is None:
                    break
                for row, text in enumerate(Cells(cells.codes[part], cells.values).texts(), part.start):
                    if text:
                        made.setdefault(plain_id(text), row)
            self.pages[name] = made
        return self.pages[name]

    def row_called(self, text: str, vendor: str) -> int:
        """The row of the one record that has a name; -1 for none, and as long as it is not known who is one."""
        if not self.is_settled or (" " not in text and NUMBER.search(text)):  # so are ids
            return -1
        key = company.key if self.object == "account" else fold
        return self.rows_by_title(vendor).get(key(text), -1)

    def rows_by_title(self, vendor: str) -> dict[str, int]:
        """The row of each name that one record alone has, merged ones counting once; as `rows_by_id`."""
        page = f"{vendor} by name"
        if page not in self.pages:
            own = [part for source, part in self.parts() if source.outline.vendor == vendor]
            heads: dict[str, int] = {}
            made: dict[str, int] = {}
            for part in own or [part for _, part in self.parts()]:
                for row, title in enumerate(self.titles(part), part.start):
                    head = int(self.head[row]) if len(self.head) else row
                    if title and heads.setdefault(title, head) == head:
                        made.setdefault(title, row)
                    elif title:
                        made[title] = -1
            self.pages[page] = made
        return self.pages[page]

    def titles(self, part: slice) -> list[str]:
        """What the records of some rows are called, for comparison."""
        columns = self.clean.columns

        def texts(name: str) -> list[str]:
            cells = columns.get(name)
            return [""] * (part.stop - part.start) if cells is None else Cells(cells.codes[part], cells.values).texts()

        if self.object == "account":
            return [company.key(one) for one in texts("company")]
        if self.object == "deal":
            return [fold(one) for one in texts("name")]
        return [fold(" ".join(both)) for both in zip(texts("given_name"), texts("family_name"), strict=True)]

    def title(self, row: int) -> str:
        """The company in a row, as it is written."""
        cells = self.clean.columns["company"]
        return cells.values[code] if (code := int(cells.codes[row])) >= 0 else ""

    def name(self, row: int) -> str:
        """What the record in a row is called in the results."""
        cells = self.clean.columns.get("source_id")
        if cells is not None and (code := int(cells.codes[row])) >= 0:
            return cells.values[code]
        source, part = next((source, part) for source, part in self.parts() if row < part.stop)
        return f"{source.path.name}:{source.read.lines[row - part.start]}"
