"""What is in a column: completeness, distinct values, patterns and types, in bounded memory (H1, H9, H16).

A Profile is filled chunk by chunk; profiles of chunks merge to the profile of the
whole, and the order of merging does not count where the numbers are exact.
"""

import heapq
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import adler32, crc32

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import WIDEST, Packed, part, take
from migration.hygiene.lanes import neat
from migration.hygiene.reading import Cells
from migration.hygiene.text import is_blank, tidy
from migration.hygiene.wordsort import words

EXACT = 1024  # distinct values told exactly; beyond, an estimate within about 3 %
SEVERAL = 8  # times as many hashes are held before the smallest are looked for
TOP = 200  # values counted at a time for the most frequent
SHAPES = 100  # patterns counted at a time
LOOKED_AT = 400  # distinct values of a chunk whose pattern and type are told: those with the smallest hashes

LONGEST_BLANK = 16  # characters of a value that only says that there is none

_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("url", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("datetime", re.compile(r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}[T ]\d{1,2}:\d{2}.*")),
    ("date", re.compile(r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}")),
    ("flag", re.compile(r"true|false|yes|no|[01]", re.IGNORECASE)),
    ("phone", re.compile(r"(?=(?:\D*\d){7,15}\D*$)(?:\+|00|\(|\d)[\d\s().\-/x]*[\s().\-/+][\d\s().\-/x]*|\+\d{7,15}")),
    ("number", re.compile(r"-?\d[\d,]*(?:\.\d+)?")),
)


class Summary(NamedTuple):
    """One column for a page. `distinct_is_exact` False means about; `top` are (value, at least this often).

    Patterns and types of a large column are told from a sample of its distinct values:
    those of `looked_at` rows of all that are filled.
    """

    name: str
    rows: int
    filled: int
    completeness_percent: float
    distinct: int
    distinct_is_exact: bool
    shortest: int
    longest: int
    type: str
    type_share_percent: float
    top: tuple[tuple[str, int], ...]
    patterns: tuple[tuple[str, int], ...]
    looked_at: int


def shape(text: str) -> str:
    """Mask of `text`: capitals A, other letters a, digits 9, runs shortened.

    >>> shape("(089) 123-456"), shape("Anna-Maria")
    ('(9) 9-9', 'Aa-Aa')
    """
    masked = ("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text[:60])
    made: list[str] = []
    for c in masked:
        if not made or c != made[-1] or c not in "9Aa":
            made.append(c)
    return "".join(made)


def type_of(text: str) -> str:
    """Kind of value `text` looks like: email, url, datetime, date, flag, phone, number, else text."""
    return next((name for name, pattern in _TYPES if pattern.fullmatch(text)), "text")


def _numbers(texts: Sequence[str]) -> NDArray[np.uint64]:
    """A number of 64 bits for each text, spread evenly and the same on every machine."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    low = np.fromiter(map(crc32, encoded), dtype=np.uint64, count=len(encoded))
    made = _spread(low | np.fromiter(map(adler32, encoded), dtype=np.uint64, count=len(encoded)) << np.uint64(32))
    short = [at for at, text in enumerate(encoded) if len(text) <= WIDEST]
    if short:
        made[short] = _numbers_of(np.array([encoded[at] for at in short]))
    return made


def _numbers_of(data: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """The same for short texts in bytes, however wide the room they stand in."""
    made = np.zeros(len(data), dtype=np.uint64)
    for word in words(data).T:
        # behind the end of a text are words of nothing
        made = np.where(word == 0, made, _spread(made ^ (word if sys.byteorder == "little" else word.byteswap())))
    return made


def _spread(made: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers over all 64 bits (splitmix64)."""
    made = (made + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    made = (made ^ (made >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return made ^ (made >> np.uint64(31))


@dataclass
class Tally:
    """Counts of the most frequent values with a fixed number of counters (Misra and Gries, 1982).

    A count is exact until `limit` different values were seen, later a lower bound.
    """

    limit: int
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, value: str, count: int = 1) -> None:
        """Count `value` and forget rare ones when there are too many."""
        self.counts[value] += count
        if len(self.counts) > 2 * self.limit:
            self._shrink()

    def add_all(self, counted: Iterable[tuple[str, int]]) -> None:
        """Count many values at once."""
        counts = self.counts
        for value, count in counted:
            counts[value] = counts.get(value, 0) + count
        if len(counts) > 2 * self.limit:
            self._shrink()

    def often(self, counts: NDArray[np.int64]) -> NDArray[np.intp]:
        """Of different values with these counts, the places of those that are worth counting."""
        room = max(2 * self.limit - len(self.counts), self.limit)
        if len(counts) <= room:
            return np.arange(len(counts))
        return np.flatnonzero(counts > np.partition(counts, -room - 1)[-room - 1])

    def _shrink(self) -> None:
        floor = heapq.nlargest(self.limit + 1, self.counts.values())[self.limit]
        self.counts = Counter({v: c - floor for v, c in self.counts.items() if c > floor})

    def top(self, size: int) -> tuple[tuple[str, int], ...]:
        """The `size` most frequent, ties in the order of the alphabet."""
        return tuple(sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:size])


@dataclass
class Column:
    """Running numbers of one column. `smallest` holds the smallest hashes of its values (k minimum values)."""

    rows: int = 0
    filled: int = 0
    shortest: int = 0
    longest: int = 0
    smallest: set[int] = field(default_factory=set)
    values: Tally = field(default_factory=lambda: Tally(TOP))
    shapes: Tally = field(default_factory=lambda: Tally(SHAPES))
    types: Counter[str] = field(default_factory=Counter)

    def add(self, counted: Mapping[str, int]) -> None:
        """Take in a chunk's values with their counts; blank ones may be among them."""
        self.rows += sum(counted.values())
        told = ((tidy(raw or ""), count) for raw, count in counted.items())
        seen = [(text, count) for text, count in told if text and (len(text) > LONGEST_BLANK or not is_blank(text))]
        if not seen:
            return
        texts, counts = zip(*seen, strict=True)
        self._take(
            texts, np.array(counts, dtype=np.int64), _numbers(texts), (min(map(len, texts)), max(map(len, texts)))
        )

    def add_cells(self, size: int, cells: Cells) -> None:
        """Take in a chunk's column of `size` rows: what is plain beyond doubt many at a time."""
        counts = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.values))
        used = np.flatnonzero(counts)
        values = part(cells.values, used)
        plain = neat(values) if isinstance(values, Packed) else np.zeros(len(used), dtype=bool)
        rest: Counter[str] = Counter()
        at = np.flatnonzero(~plain)
        for text, count in zip(take(values, at), counts[used[at]].tolist(), strict=True):
            rest[text] += count
        self.add(rest)
        self.rows += size - rest.total()
        at = np.flatnonzero(plain)
        if len(at):
            assert isinstance(values, Packed), "what is plain is packed"
            _, first, kind = np.unique(numbers := _numbers_of(values.data[at]), return_index=True, return_inverse=True)
            sums = np.bincount(kind, weights=counts[used[at]]).astype(np.int64)
            told = values.at(at[first])
            sizes = told.lengths()
            self._take(told, sums, numbers[first], (int(sizes.min()), int(sizes.max())))

    def _take(
        self, texts: Sequence[str], counts: NDArray[np.int64], numbers: NDArray[np.uint64], ends: tuple[int, int]
    ) -> None:  # fmt: skip
        """Take in different texts, none of them blank: how often each is there, its number; `ends` of the lengths."""
        shortest, longest = ends
        self.shortest = min(self.shortest, shortest) if self.filled else shortest
        self.longest = max(self.longest, longest)
        self.filled += int(counts.sum())
        often = self.values.often(counts)
        seen = zip(take(texts, often), counts[often].tolist(), strict=True)
        self.values.add_all((text[:200], count) for text, count in seen)
        looked_at = np.arange(len(texts))
        if len(texts) > LOOKED_AT:
            looked_at = np.argsort(numbers, kind="stable")[: max(LOOKED_AT, EXACT)]
        self.smallest.update(numbers[looked_at].tolist())
        looked_at = looked_at[:LOOKED_AT]
        for text, count in zip(take(texts, looked_at), counts[looked_at].tolist(), strict=True):
            self.shapes.add(shape(text), count)
            self.types[type_of(text)] += count
        self._trim(SEVERAL * EXACT)

    def _trim(self, most: int = EXACT) -> None:
        """Forget all but the smallest hashes, once there are more than `most`: seldom, while chunks come in."""
        if len(self.smallest) > most:
            self.smallest = set(heapq.nsmallest(EXACT, self.smallest))

    def merge(self, other: "Column") -> None:
        """Take in the numbers of another chunk's column."""
        if other.filled:
            self.shortest = min(self.shortest, other.shortest) if self.filled else other.shortest
        self.rows += other.rows
        self.filled += other.filled
        self.longest = max(self.longest, other.longest)
        self.smallest |= other.smallest
        self._trim(SEVERAL * EXACT)
        for mine, theirs in ((self.values, other.values), (self.shapes, other.shapes)):
            for value, count in theirs.counts.items():
                mine.add(value, count)
        self.types.update(other.types)

    def distinct(self) -> tuple[int, bool]:
        """Number of distinct values, and whether it is exact."""
        self._trim()
        if len(self.smallest) < EXACT:
            return len(self.smallest), True
        return round((EXACT - 1) * 2**64 / max(self.smallest)), False


class Profile:
    """Profile of a file: `add_rows` per chunk, `merge` of chunks, `summaries` for people."""

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self.rows = 0
        self.columns: dict[str, Column] = {name: Column() for name in columns}

    def add_rows(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Take in a chunk of rows; a column a row does not have is blank there."""
        counted: dict[str, Counter[str]] = {name: Counter() for name in self.columns}
        size = 0
        for row in rows:
            size += 1
            for name, value in row.items():
                if name not in counted:
                    counted[name] = Counter()
                counted[name][value] += 1
        self.add_counts(size, counted)

    def add_counts(self, size: int, counted: Mapping[str, Mapping[str, int]]) -> None:
        """Take in a chunk of `size` rows as value -> count by column; rows that are not counted are blank."""
        for name in {**self.columns, **counted}:
            if name not in self.columns:
                self.columns[name] = Column(rows=self.rows)
            counts = dict(counted.get(name, {}))
            counts[""] = counts.get("", 0) + size - sum(counts.values())
            self.columns[name].add(counts)
        self.rows += size

    def add_columns(self, size: int, columns: Mapping[str, Cells]) -> None:
        """Take in a chunk of `size` rows as columns."""
        for name, cells in columns.items():
            if name not in self.columns:
                self.columns[name] = Column(rows=self.rows)
            self.columns[name].add_cells(size, cells)
        for name, column in self.columns.items():
            if name not in columns:
                column.rows += size
        self.rows += size

    def merge(self, other: "Profile") -> None:
        """Take in the profile of another chunk."""
        for name, column in other.columns.items():
            if name not in self.columns:
                self.columns[name] = Column(rows=self.rows)
            self.columns[name].merge(column)
        for name, column in self.columns.items():
            if name not in other.columns:
                column.rows += other.rows
        self.rows += other.rows

    def summaries(self, *, top: int = 10) -> list[Summary]:
        """One Summary per column, in the order in which the columns came."""
        made = []
        for name, column in self.columns.items():
            distinct, exact = column.distinct()
            kinds = sorted(column.types.items(), key=lambda item: (-item[1], item[0]))
            kind, share = (kinds[0][0], 100 * kinds[0][1] / column.types.total()) if kinds else ("blank", 0.0)
            numbers = (min(distinct, column.filled), exact, column.shortest, column.longest, kind, round(share, 2))
            complete = round(100 * column.filled / column.rows, 2) if column.rows else 0.0
            lists = (column.values.top(top), column.shapes.top(top))
            made.append(Summary(name, column.rows, column.filled, complete, *numbers, *lists, column.types.total()))
        return made

    def as_json(self) -> dict[str, Any]:
        """Plain data for a shard's result; `from_json` reads it back."""
        for column in self.columns.values():
            column._trim()
        return {
            "rows": self.rows,
            "columns": {
                name: {
                    "rows": c.rows, "filled": c.filled, "shortest": c.shortest, "longest": c.longest,
                    "smallest": [str(h) for h in sorted(c.smallest)], "values": dict(c.values.counts),
                    "shapes": dict(c.shapes.counts), "types": dict(c.types),
                }
                for name, c in self.columns.items()
            },
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Profile":
        """Read what `as_json` wrote."""
        made = cls()
        made.rows = data["rows"]
        for name, c in data["columns"].items():
            made.columns[name] = Column(
                c["rows"], c["filled"], c["shortest"], c["longest"], {int(h) for h in c["smallest"]},
                Tally(TOP, Counter(c["values"])), Tally(SHAPES, Counter(c["shapes"])), Counter(c["types"]),
            )  # fmt: skip
        return made
