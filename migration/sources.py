"""Files of the command line: what they are, what their columns mean, their rows as columns (H1, H5). Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake import formats
from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.fields import kind_of as intake_kind
from crmprogram.intake.headers import Headers
from crmprogram.intake.limits import LIMITS
from crmprogram.intake.quarantine import Shift
from crmprogram.intake.read import Bad, Row
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.rows import open_rows
from crmprogram.intake.sniff import sniff
from migration import vocabulary
from migration.hygiene import dates
from migration.hygiene.alphabet import take, year_led
from migration.hygiene.bulk import Cleaned
from migration.hygiene.fields import Kind, kind_of
from migration.hygiene.reading import (
    BYTEWISE,
    Cells,
    Read,
    gather_records,
    read_columns,
    read_span,
    set_blank_apart,
    set_shifted_apart,
)
from migration.hygiene.spans import Span
from migration.hygiene.text import fold
from migration.maps import Told, map_columns, read_map

MOST = replace(LIMITS, file_bytes=8_589_934_592, rows=100_000_000)  # nobody shares this machine's disk
PERSONS = "contact"  # leads and contacts are cleaned together, as people


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file is before it is read: `fields` has the target of every column, "" for one that is dropped.

    `told` has what the map says of some columns beyond that.
    """

    path: Path
    headers: Headers
    fields: list[str]
    encoding: str
    delimiter: str
    sheet: str
    vendor: str
    object: str
    zone: str
    why: str
    told: Mapping[int, Told] = field(default_factory=dict)

    @property
    def orders(self) -> dict[str, dates.Order]:
        """How the dates of a field are written, as the map says: for columns that do not prove it."""
        return {self.fields[at]: one.change.order for at, one in self.told.items() if one.change and one.change.order}

    @property
    def kinds(self) -> list[str]:
        """Kind of every column as intake names it, "" for one that is dropped."""
        return [intake_kind(self.object, name) if name else "" for name in self.fields]

    @property
    def can_be_cut(self) -> bool:
        """May its parts be read apart from each other?"""
        return not self.sheet and self.encoding in BYTEWISE


@dataclass(slots=True)
class Source:
    """One file that was read; rows that slid under the wrong headers are `shifted`: line, record number, clue."""

    outline: Outline
    read: Read
    shifted: list[tuple[int, int, Shift]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.outline.path

    def move(self, lines: int, numbers: int) -> None:
        """Count on from a part of the file that has so many lines and records."""
        self.read.move(lines, numbers)
        self.shifted = [(line + lines, number + numbers, clue) for line, number, clue in self.shifted]

    @property
    def size(self) -> int:
        """Good rows."""
        return self.read.size

    @property
    def numbers(self) -> Sequence[int]:
        """The place of each good row in the file."""
        numbers: Sequence[int] = self.read.numbers.tolist()
        return numbers

    @property
    def system(self) -> str:
        """Where the file comes from, for keys: vendor and object."""
        made = self.outline
        return f"{fold(made.vendor).replace(' ', '-') or 'file'}/{made.object or 'record'}"

    def label_of(self, name: str) -> str:
        """The header of the column that fills a field; the field's own name where none does."""
        labels, fields = self.read.headers.labels, self.outline.fields
        return labels[fields.index(name)] if name in fields else name

    def sha256(self) -> str:
        """Digest of the file: what a row without any identity is known by, with its number."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def look_at(path: Path, *, encoding: str, mapping: Mapping[str, Any]) -> Outline:
    """What the file at `path` is. Raises Refusal, NeedsEncoding or ValueError.

    `mapping` wins over what is recognised: header -> field, "custom", nothing to drop it, or an
    object of `field`, `merge` and `transforms`.
    """
    found = sniff(path, name=path.name, encoding=encoding, limits=MOST)
    first = [record.cells for record in found.first if isinstance(record, Row)]
    known = formats.recognise(found.headers.originals, first)
    obj = PERSONS if known.object in vocabulary.PERSON_OBJECTS else known.object or PERSONS
    plain, told = read_map(found.headers, mapping)
    fields = map_columns(found.headers, known.format, obj, plain, {at for at, one in told.items() if one.merges})
    names = {*fields, *(one.name for one in vocabulary.targets(obj))}
    for one in told.values():
        if one.change and one.change.rest_to and one.change.rest_to[0] not in names:
            raise ValueError(f"The map sends a rest to “{one.change.rest_to[0]}”, which is no field.")
    return Outline(
        path, found.headers, fields, found.encoding, found.delimiter, found.sheet, known.format.vendor, obj,
        known.format.zone, known.why, told,
    )  # fmt: skip


def open_source(outline: Outline, *, progress: Callable[[int], None] = lambda _: None) -> Source:
    """Read a file whole and put aside what `intake` puts aside. Raises Refusal."""
    if outline.sheet:
        read = gather_records(open_rows(outline.path, encoding="", delimiter="", sheet=outline.sheet, limits=MOST))
    else:
        read = read_columns(
            outline.path, encoding=outline.encoding, delimiter=outline.delimiter, limits=MOST, progress=progress
        )
    return _set_apart(outline, read)


def open_part(outline: Outline, span: Span, *, progress: Callable[[int], None]) -> Source | None:
    """Read a part of a file in the same way; None when the file has to be read whole. Raises Refusal."""
    read = read_span(
        outline.path, span, outline.headers if span.first else None, encoding=outline.encoding,
        delimiter=outline.delimiter, limits=MOST, progress=progress,
    )  # fmt: skip
    if read is None or read.headers.labels != outline.headers.labels:
        return None
    return _set_apart(outline, read)


def _set_apart(outline: Outline, read: Read) -> Source:
    set_blank_apart(read)
    return Source(outline, read, set_shifted_apart(read, outline.kinds))


def joined_source(parts: Sequence[Source]) -> Source:
    """The parts of a file, in their order, as the file they are; their columns have gone elsewhere."""
    if len(parts) == 1:
        return parts[0]
    reads = [part.read for part in parts]
    lines, numbers = (np.concatenate([getattr(one, name) for one in reads]) for name in ("lines", "numbers"))
    aside, blank = [bad for one in reads for bad in one.aside], sum(one.blank for one in reads)
    read = Read(reads[0].headers, [], lines, numbers, aside, blank, reads[-1].last_line, reads[-1].last_number)
    return Source(parts[0].outline, read, [one for part in parts for one in part.shifted])


def orders_of(columns: Mapping[str, Cells]) -> dict[str, dates.Order]:
    """Which part comes first in each date column, as far as its values tell (H4)."""
    return settled_orders([proofs_of(columns)])


# by date column: the orders that its values prove, and whether any begins otherwise than with a year
Proofs = dict[str, tuple[set[dates.Order], bool]]


def proofs_of(columns: Mapping[str, Cells]) -> Proofs:
    """What the dates of some rows of a file prove; parts of a file are joined by `settled_orders`."""
    made: Proofs = {}
    for name, cells in columns.items():
        if kind_of(name) in {Kind.DATE, Kind.DATETIME} and len(cells.values):
            # what begins with a year of four digits says nothing about the order of day and month
            other = take(cells.values, np.flatnonzero(~year_led(cells.values)))
            made[name] = dates.seen_orders(other or cells.values[:1000]), bool(other)
    return made


def settled_orders(parts: Iterable[Proofs]) -> dict[str, dates.Order]:
    """The order of each date column of a whole file; a column that speaks against itself has none."""
    seen: dict[tuple[str, bool], set[dates.Order]] = {}
    for part in parts:
        for name, (orders, is_other) in part.items():
            seen.setdefault((name, is_other), set()).update(orders)
    made = {}
    for name in dict.fromkeys(name for name, _ in seen):
        told = seen.get((name, True))
        if order := dates.settled_order(told if told is not None else seen[name, False]):
            made[name] = order
    return made


class Placed(Protocol):
    """Rows of one file: `numbers` are their places in it, `system` is where it comes from."""

    @property
    def size(self) -> int: ...

    @property
    def numbers(self) -> Sequence[int]: ...

    @property
    def system(self) -> str: ...

    def sha256(self) -> str: ...


def keys_of(source: Placed, columns: Mapping[str, Cells], taken: dict[str, int]) -> tuple[list[str], list[str]]:
    """(key of each row, the same without the number that tells equal ones apart).

    A key is the row's id in its system, else a hash of mail, phone and names, else its
    place in the file. `taken` counts the keys of the files before; equal ones are
    numbered in the order of their cells, so that the order of the rows does not count.
    """
    size = source.size
    numbers: Sequence[int] = ()
    system, own = source.system, columns.get("source_id")
    ids = own.texts() if own else [""] * size
    bases = [key_of(system, one) if one else "" for one in ids]
    if not all(bases):
        told = [columns[name] for name in ("email", "phone") if name in columns]
        said = [
            columns[name]
            for name in ("given_name", "family_name", "full_name", "company", "name", "subject")
            if name in columns
        ]
        digest = ""
        folded = [[fold(v) for v in cells.values] for cells in said]
        for row in [at for at, base in enumerate(bases) if not base]:
            parts = [cells.values[code].casefold() if (code := int(cells.codes[row])) >= 0 else "" for cells in told]
            parts += [
                texts[code] if (code := int(cells.codes[row])) >= 0 else ""
                for cells, texts in zip(said, folded, strict=True)
            ]
            if not any(parts):
                digest = digest or source.sha256()
                numbers = numbers or source.numbers
                parts = [digest, str(numbers[row])]
            bases[row] = f"{system}#{_hash(json.dumps(parts))}"
    return _numbered(
        bases, taken, lambda row: [cells.values[c] for cells in columns.values() if (c := int(cells.codes[row])) >= 0]
    ), bases


def key_of(system: str, own: str) -> str:
    """The key of a row with an id of its own.

    >>> key_of("salesforce/account", "0012")
    'salesforce/account:0012'
    """
    return f"{system}:{own if len(own) <= 60 else _hash(own)}"


def same_id(clean: Cleaned, bases: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of one record id are one record, unless their names speak against it (H2); as pairs of rows."""
    left: list[int] = []
    right: list[int] = []
    own = clean.columns.get("source_id")
    if own is not None and len(set(bases)) < len(bases):
        first: dict[str, int] = {}
        for row, base in enumerate(bases):
            one = first.setdefault(base, row)
            if one != row and own.codes[row] >= 0 and _names_agree(clean, one, row):
                left.append(one)
                right.append(row)
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)


def _names_agree(clean: Cleaned, one: int, two: int) -> bool:
    left, right = clean.values(one), clean.values(two)
    names = ("given_name", "family_name", "company")
    both = ((fold(left.get(name, "")), fold(right.get(name, ""))) for name in names)
    return all(not a or not b or a == b for a, b in both)


def _numbered(bases: list[str], taken: dict[str, int], content: Callable[[int], list[str]]) -> list[str]:
    """`bases` with a number behind all but the first of equal ones."""
    if len(set(bases)) == len(bases) and not any(base in taken for base in bases if taken):
        taken.update(dict.fromkeys(bases, 1))
        return bases
    rows: dict[str, list[int]] = {}
    for row, base in enumerate(bases):
        rows.setdefault(base, []).append(row)
    keys = list(bases)
    for base, same in rows.items():
        if len(same) > 1:
            same.sort(key=content)
        for number, row in enumerate(same, taken.get(base, 0) + 1):
            keys[row] = base if number == 1 else f"{base}~{number}"
        taken[base] = taken.get(base, 0) + len(same)
    return keys


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def aside(source: Source) -> list[tuple[int, str, str, str]]:
    """(line, column, value, reason) of the rows that were put aside while reading, in their order."""
    found = [(one.line, one.column, one.value, one.message) for one in source.read.aside if isinstance(one, Bad)]
    labels = source.read.headers.labels
    for line, _, clue in source.shifted:
        column = labels[clue.column]
        reason = (
            f"“{column}” holds what looks like {clue.looks_like}: the cells of this row stand "
            "under the wrong headers. Correct the row and try it again."
        )
        found.append((line, column, clue.value, reason))
    return sorted(found)


def same_object(sources: Sequence[Outline]) -> str:
    """The kind of record that all files hold. Raises Refusal when they hold several."""
    objects = {source.object for source in sources}
    if len(objects) > 1:
        said = ", ".join(sorted(OBJECTS.get(one, "unknown records").lower() for one in objects))
        raise Refusal("several_objects", f"One run cleans one kind of record; these files hold {said}.")
    return objects.pop()
