"""A whole file as columns of codes over its distinct cells: what the bulk road begins with (H0, H1).

The same records come out as from `intake.read`, which stays the judge: a block of
well-formed lines is cut as bytes, a less tidy one read by the csv module, any other goes
through it record by record. A quote that does not fit sends the whole file there.
"""

import csv
import io
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.headers import Headers, Repeated
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.quarantine import EMAIL, NEVER_EMAIL, PHONE, Shift, find_shift
from crmprogram.intake.read import (
    FOOTER,
    UNDECODED,
    Bad,
    Blank,
    Header,
    Lines,
    Record,
    find_header,
    judged,
    parse,
    read_file,
)
from crmprogram.intake.refusal import Refusal
from migration.hygiene.alphabet import (
    Packed,
    among,
    containing,
    distinct,
    joined,
    lengths,
    packed,
    starting,
    take,
    visible,
)
from migration.hygiene.quick import Cut, cut
from migration.hygiene.spans import WHOLE, Span
from migration.hygiene.text import word_set

Codes = NDArray[np.int32]

BLOCK = 2_097_152  # bytes read at a time; some thousand rows stay in the processor's cache
ITS_OWN = 0.995  # distinct values per row from which a column is not worth a dictionary
BATCH = 10_000  # judged records taken in at a time
OFTEN_NEW = 0.3  # from here on sorting all values at the end is quicker than looking each up
LOOKED_AT = 8_192  # rows before that is decided
# One byte is never part of another letter: a file in these can be cut at any line end.
BYTEWISE = word_set("utf-8 utf-8-sig cp1252 cp1250 cp1251 latin-1 latin2 mac-roman cp850")

Progress = Callable[[int], None]


@dataclass(slots=True)
class Cells:
    """One column: row i holds `values[codes[i]]`, -1 for an empty cell. Values need not differ from each other."""

    codes: Codes
    values: Sequence[str]

    def texts(self) -> list[str]:
        """The cells, one per row, "" for an empty one."""
        if isinstance(self.values, Packed):
            return self.values.take(self.codes)
        return take([*self.values, ""], self.codes)

    def has(self, test: Callable[[str], object]) -> NDArray[np.bool_]:
        """Rows whose value passes `test`, which is asked once per value; empty cells do not."""
        return self.where(np.fromiter((bool(test(v)) for v in self.values), dtype=bool, count=len(self.values)))

    def where(self, passed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows whose value has passed, told value by value."""
        return np.append(passed, False)[self.codes]


def cells_of(texts: Iterable[str]) -> Cells:
    """A column of texts over its distinct values; "" is an empty cell."""
    at: dict[str, int] = {"": -1}
    codes = [at.setdefault(text, len(at) - 1) for text in texts]
    return Cells(np.array(codes, dtype=np.int32), list(at)[1:])


@dataclass(slots=True)
class Read:
    """A file that was read: `columns` of its good rows, their `lines` and `numbers` (record numbers, from 1).

    read = good rows + aside + blank. `last_line` and `last_number` are how many lines and
    records there were, whatever became of them.
    """

    headers: Headers
    columns: list[Cells]
    lines: Codes
    numbers: Codes
    aside: list[Bad] = field(default_factory=list)
    blank: int = 0
    last_line: int = 0
    last_number: int = 0

    @property
    def size(self) -> int:
        """Good rows."""
        return len(self.lines)

    @property
    def read(self) -> int:
        """Records read, whatever became of them."""
        return self.size + len(self.aside) + self.blank

    def move(self, lines: int, numbers: int) -> None:
        """Count on from a part of the file that has so many lines and records."""
        self.lines, self.numbers = self.lines + np.int32(lines), self.numbers + np.int32(numbers)
        self.aside = [one._replace(line=one.line + lines, record_no=one.record_no + numbers) for one in self.aside]
        self.last_line += lines
        self.last_number += numbers

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Leave out the other rows; what becomes of them is the caller's to say."""
        for column in self.columns:
            column.codes = column.codes[rows]
        self.lines, self.numbers = self.lines[rows], self.numbers[rows]

    def cells(self, row: int) -> list[str]:
        """The cells of one row."""
        return [c.values[code] if (code := int(c.codes[row])) >= 0 else "" for c in self.columns]


class _Column:
    """A column that grows: distinct values with codes, or, where most are new, all values packed."""

    def __init__(self) -> None:
        self.own = False
        self.codes: list[Codes] = []
        self.rows = 0
        self.decided = False
        self.at: defaultdict[str, int] | None = self._dictionary()
        self.parts: list[Sequence[str]] = []

    @staticmethod
    def _dictionary() -> defaultdict[str, int]:
        made = defaultdict(count().__next__)
        made[""] = -1
        return made

    def add(self, cells: Sequence[str]) -> None:
        self.rows += len(cells)
        if self.at is None:
            self.parts.append(packed(cells, many=1))
            return
        codes, values = distinct(cells)
        table = np.fromiter(map(self.at.__getitem__, values), dtype=np.int32, count=len(values))
        self.codes.append(table[codes])
        if not self.decided and self.rows >= LOOKED_AT:
            self.decided = True
            self.own = len(self.at) > ITS_OWN * self.rows
            if len(self.at) <= OFTEN_NEW * self.rows:
                return
            known = [*list(self.at)[1:], ""]
            self.parts = [packed(take(known, np.concatenate(self.codes)), many=1)]
            self.at, self.codes = None, []

    def done(self) -> Cells:
        if self.at is not None:
            known = list(self.at)[1:]
            self.at = None
            return Cells(np.concatenate(self.codes or [np.zeros(0, dtype=np.int32)]), packed(known))
        everything = joined(self.parts)
        self.parts = []
        if self.own:
            codes, values = np.arange(self.rows, dtype=np.int32), everything
        else:
            codes, values = distinct(everything)
        filled = np.append(lengths(values) > 0, False)
        return Cells(np.where(filled[codes], codes, np.int32(-1)), values)


class _Gather:
    """Takes rows in, block by block."""

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self.width = len(headers.columns)
        self.columns = [_Column() for _ in range(self.width)]
        self.lines: list[Codes] = []
        self.numbers: list[Codes] = []
        self.aside: list[Bad] = []
        self.blank = 0
        self.next_number = 1

    def take(self, columns: Iterable[Sequence[str]], lines: Codes) -> None:
        """Good rows, in the order of the file, column by column."""
        for column, cells in zip(self.columns, columns, strict=True):
            column.add(cells)
        self.lines.append(lines)
        self.numbers.append(np.arange(self.next_number, self.next_number + len(lines), dtype=np.int32))
        self.next_number += len(lines)

    def judge(self, records: Iterable[Record]) -> None:
        """Records that were judged one by one."""
        rows: list[list[str]] = []
        lines, numbers = array("i"), array("i")
        for record in records:
            self.next_number = record.record_no + 1
            if isinstance(record, Blank):
                self.blank += 1
            elif isinstance(record, Bad):
                self.aside.append(record)
            else:
                rows.append(record.cells)
                lines.append(record.line)
                numbers.append(record.record_no)
                if len(rows) == BATCH:
                    self._judged(rows, lines, numbers)
                    rows, lines, numbers = [], array("i"), array("i")
        if rows:
            self._judged(rows, lines, numbers)

    def _judged(self, rows: list[list[str]], lines: array, numbers: array) -> None:
        after = self.next_number
        self.take(zip(*rows, strict=True), np.array(lines, dtype=np.int32))
        self.numbers[-1] = np.array(numbers, dtype=np.int32)
        self.next_number = after

    def done(self, last_line: int = 0) -> Read:
        def whole(parts: list[Codes]) -> Codes:
            return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)

        made = []
        while self.columns:  # one dictionary less at a time
            made.append(self.columns.pop(0).done())
        last = self.next_number - 1
        return Read(self.headers, made, whole(self.lines), whole(self.numbers), self.aside, self.blank, last_line, last)


def read_columns(
    path: Path, *, encoding: str, delimiter: str, limits: Limits = LIMITS, progress: Progress = lambda _: None
) -> Read:
    """Read the CSV file at `path`; `progress` is told the rows so far. Raises Refusal as `intake.read` does."""
    found = read_span(path, WHOLE, None, encoding=encoding, delimiter=delimiter, limits=limits, progress=progress)
    return found or gather_records(read_file(path, encoding=encoding, delimiter=delimiter, limits=limits))


def gather_records(records: Iterator[Header | Record]) -> Read:
    """The columns of a header and its records, as the readers of intake yield them."""
    header = next(records)
    assert isinstance(header, Header), "the header comes first, or a Refusal"
    gather = _Gather(header.headers)
    gather.judge(record for record in records if not isinstance(record, Header))
    return gather.done()


def read_span(
    path: Path, span: Span, headers: Headers | None, *, encoding: str, delimiter: str, limits: Limits = LIMITS,
    progress: Progress = lambda _: None,
) -> Read | None:  # fmt: skip
    """Part of a file, block by block; None when it is not as well-formed as this road needs.

    The span that begins the file has the header in it; any other is given the `headers`,
    and counts its lines and records from 1.
    """
    if encoding not in BYTEWISE:
        return None
    csv.field_size_limit(limits.cell_chars)
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    with path.open("rb") as stream:
        stream.seek(span.first)
        blocks = _blocks(stream, span.last - span.first if span.last else -1)
        block, line = next(blocks, b""), 1
        if headers is None:
            begun = _begin(block, encoding, codec, delimiter, limits)
            if begun is None:
                return None
            gather, line, block = begun
        else:
            gather = _Gather(headers)
        while True:
            taken = _take_block(gather, block, codec, line, delimiter, limits)
            if taken is None:
                return None
            line += taken
            progress(gather.next_number - 1)
            if gather.next_number - 1 > limits.rows:
                raise too_many_rows(limits)
            if not (block := next(blocks, b"")):
                break
    found = gather.done(line - 1)
    values = found.columns[0].values
    starts = np.flatnonzero(np.logical_or.reduce([starting(values, letter) for letter in "gGcC"]))
    if any(FOOTER.fullmatch(one) for one in take(values, starts)) or _has_header_again(found):
        return None
    return found


def _has_header_again(found: Read) -> bool:
    """Does the header row stand among the rows, as where files were put one below the other?"""
    again = Repeated(found.headers)
    column = found.columns[again.place]
    rows = np.flatnonzero(np.isin(column.codes, among(column.values, again.words)))
    return any(again.is_in(found.cells(row)) for row in rows.tolist())


def too_many_rows(limits: Limits) -> Refusal:
    """The refusal of a file that is too long."""
    return Refusal(
        "too_many_rows", f"This file has more than {limits.rows:,} rows. Split it and upload the parts one by one."
    )


def _begin(
    block: bytes, encoding: str, codec: str, delimiter: str, limits: Limits
) -> tuple[_Gather, int, bytes] | None:
    """What gathers the file, the line behind its header, and the rest of its first block."""
    text, _ = _decoded(block, codec)
    if encoding == "utf-8-sig":
        text = text.removeprefix("\ufeff")
    head = io.StringIO(text, newline="")
    lines = Lines(head, limits)
    try:
        header, blanks = find_header(parse(lines, delimiter), limits)
    except Refusal:
        return None  # the header may stand further on
    if lines.again or lines.held:
        return None
    gather = _Gather(header.headers)
    gather.judge(blanks)
    rest = head.read()
    try:
        return gather, lines.number + 1, rest.encode(codec)
    except UnicodeEncodeError:  # it is marked as unreadable: the bytes themselves are wanted
        return gather, lines.number + 1, block[len(block) - _bytes_of(rest, codec) :]


def _bytes_of(text: str, codec: str) -> int:
    """How many bytes were read as `text`, undecodable ones among them."""
    good = UNDECODED.sub("", text)
    return len(good.encode(codec)) + len(text) - len(good)


def _blocks(stream: io.BufferedReader, most: int = -1) -> Iterator[bytes]:
    """At most `most` bytes of `stream`, cut behind line ends where no quote is open, as long as quotes are in pairs."""
    rest = b""
    while block := stream.read(BLOCK if most < 0 else min(BLOCK, most)):
        most -= len(block) if most > 0 else 0
        block = rest + block
        end = block.rfind(b"\n") + 1
        while end and block.count(b'"', 0, end) % 2:
            end = block.rfind(b"\n", 0, end - 1) + 1
        rest = block[end:]
        if end:
            yield block[:end]
        if not most:
            break
    if rest:
        yield rest


def _decoded(block: bytes, codec: str) -> tuple[str, bool]:
    """The text of `block`, and whether some of it is marked as unreadable."""
    try:
        return block.decode(codec), False
    except UnicodeDecodeError:
        return block.decode(codec, "intake_mark"), True


def _take_block(gather: _Gather, block: bytes, codec: str, line: int, delimiter: str, limits: Limits) -> int | None:
    """Take the records of `block`, which begins on `line`; returns its lines, None for quotes that do not fit."""
    if not block:
        return 0
    width = gather.width
    plain: bytes | None = block
    text, marked = "", False
    if codec != "utf-8":
        text, marked = _decoded(block, codec)
        plain = None if marked else text.encode()
    found: Cut | None = cut(plain, delimiter, width, limits) if plain is not None else None
    if found is not None:
        gather.take(map(found.column, range(width)), found.lines + np.int32(line))
        return found.ends
    if not text:
        text, marked = _decoded(block, codec)
    return _take_text(gather, text, line, delimiter, limits, marked=marked)


def _take_text(gather: _Gather, text: str, line: int, delimiter: str, limits: Limits, *, marked: bool) -> int | None:
    ends = text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)
    ends += text[-1] not in "\r\n"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return None
    if len(rows) == ends and not marked and "\0" not in text and all(len(row) == gather.width for row in rows):
        gather.take(zip(*rows, strict=True), np.arange(line, line + ends, dtype=np.int32))
        return ends
    lines = Lines(io.StringIO(text, newline=""), limits)
    lines.number = line - 1
    records = list(judged(parse(lines, delimiter), gather.headers, record_no=gather.next_number - 1, limits=limits))
    if any(isinstance(record, Bad) and record.rule.startswith(("quote.", "line.", "cell.too")) for record in records):
        return None
    gather.judge(records)
    return ends


def set_blank_apart(found: Read) -> None:
    """Count rows without a visible character as blank, as `intake.read` does; the quick road takes them as rows."""
    seen = np.zeros(found.size, dtype=bool)
    for column in found.columns:
        seen |= column.where(visible(column.values))
        if seen.all():
            return
    found.blank += int((~seen).sum())
    found.keep(seen)


def set_shifted_apart(found: Read, kinds: Sequence[str]) -> list[tuple[int, int, Shift]]:
    """Take out the rows whose cells slid under the wrong headers: (line, record number, the clue) of each.

    `kinds` has the kind of every column, "" for an unknown one.
    """
    suspect = np.zeros(found.size, dtype=bool)
    for column, kind in zip(found.columns, kinds, strict=True):
        if kind in NEVER_EMAIL:
            at = containing(column.values, "@")
            at[at] = [EMAIL.fullmatch(text.strip()) is not None for text in take(column.values, np.flatnonzero(at))]
            suspect |= column.where(at)
        if kind == "country":
            suspect |= column.has(lambda v: PHONE.fullmatch(v.strip()))
    shifted = []
    stays = np.ones(found.size, dtype=bool)
    for row in np.flatnonzero(suspect).tolist():
        if clue := find_shift(found.cells(row), kinds):
            stays[row] = False
            shifted.append((int(found.lines[row]), int(found.numbers[row]), clue))
    if shifted:
        found.keep(stays)
    return shifted
