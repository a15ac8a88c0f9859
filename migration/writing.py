"""Lines of CSV made many at a time, as bytes: cells of one width side by side, the spare room between them left out.

Cells are safe to open in a spreadsheet: what it would take for a formula has an
apostrophe in front. Numbers in E.164 stay as they are. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.write import TRIGGERS, safe_cell
from migration.hygiene.alphabet import Packed

FORMULAS = frozenset(TRIGGERS)  # each is one letter
NUMBER = re.compile(r"\+[0-9]*")  # a number in E.164 is computed by nobody
WIDEST = 256  # bytes of a cell that is laid side by side with others
END = b"\xff"  # never a part of UTF-8

Bytes = NDArray  # of S, or of objects where some are wide


def cell(text: str) -> str:
    """A text as it stands in a CSV file."""
    if text[:1] in FORMULAS and not NUMBER.fullmatch(text):
        text = safe_cell(text)
    return quoted(text) if "," in text or '"' in text or "\n" in text or "\r" in text else text


def quoted(text: str) -> str:
    """A text in quotes."""
    return '"' + text.replace('"', '""') + '"'


class Ready:
    """Texts as they stand in a CSV file, in bytes; `ready[codes]` takes them, b"" for a code of -1."""

    def __init__(self, values: Iterable[str]) -> None:
        if isinstance(values, Packed):
            self.data = _with(values.data, {at: cell(values[at]).encode() for at in _odd(values)})
        else:
            self.data = in_bytes([cell(text).encode() for text in values])

    def __getitem__(self, codes: NDArray) -> Bytes:
        return self.data[codes]


def in_bytes(made: Sequence[bytes]) -> Bytes:
    """Cells that are ready, and a blank one at the end."""
    if max(map(len, made), default=0) <= WIDEST and b"\0" not in b"".join(made):
        return np.array([*made, b""], dtype=np.bytes_)
    found = np.empty(len(made) + 1, dtype=object)
    found[:-1] = made
    found[-1] = b""
    return found


def _with(data: NDArray[np.bytes_], other: dict[int, bytes]) -> NDArray[np.bytes_]:
    """`data` with some cells written otherwise."""
    if not other:
        return data
    found = data.astype(f"S{max(data.itemsize, *map(len, other.values()))}")
    found[list(other)] = list(other.values())
    return found


def _marked(letters: bytes) -> NDArray[np.bool_]:
    made = np.zeros(256, dtype=bool)
    made[list(letters)] = True
    return made


_STARTS = _marked("".join(FORMULAS).encode())


def _odd(values: Packed) -> list[int]:
    """Which texts cannot stand as they are: with a delimiter, a quote, a line end, or like a formula."""
    letters = values.letters()
    width = letters.shape[1]
    found = np.zeros(len(values), dtype=bool)
    for first in range(0, len(values), 50_000):
        part = letters[first : first + 50_000]
        breaks = part == ord(",")
        for letter in b'"\r\n':
            breaks |= part == letter
        found[first + np.flatnonzero(breaks) // width] = True
    starts = np.flatnonzero(_STARTS[letters[:, 0]])
    rest = letters[starts, 1:]
    number = ((rest == 0) | ((rest >= ord("0")) & (rest <= ord("9")))).all(axis=1) & (letters[starts, 0] == ord("+"))
    found[starts[~number]] = True
    odd: list[int] = np.flatnonzero(found).tolist()
    return odd


def lines(columns: Sequence[Bytes]) -> bytes:
    """Lines of cells that are ready, one per entry of the columns."""
    pieces: list[Iterable[bytes]] = []
    run: list[Bytes] = []
    for column in columns:
        if column.dtype != object:
            run.append(column)
            continue
        if run:
            pieces += [_rows(run), repeat(b",")]
        pieces += [column.tolist(), repeat(b",")]
        run = []
    if not pieces:
        return _side_by_side(run, b"\n")
    pieces = [*pieces, _rows(run), repeat(b"\n")] if run else [*pieces[:-1], repeat(b"\n")]
    return b"".join(chain.from_iterable(zip(*pieces, strict=False)))


def _rows(columns: Sequence[Bytes]) -> list[bytes]:
    """Cells of each row joined, as texts of their own."""
    return _side_by_side(columns, END).split(END)[:-1]


def _side_by_side(columns: Sequence[Bytes], end: bytes) -> bytes:
    width = sum(column.itemsize + 1 for column in columns)
    sheet = np.empty((len(columns[0]), width), dtype=np.uint8)
    at = 0
    for column in columns:
        wide = column.itemsize
        if wide:
            sheet[:, at : at + wide] = np.ascontiguousarray(column).view(np.uint8).reshape(len(column), wide)
        sheet[:, at + wide] = ord(",")
        at += wide + 1
    sheet[:, -1] = end[0]
    return sheet.tobytes().translate(None, b"\0")


def strung(columns: Sequence[Bytes], between: bytes) -> list[bytes]:
    """The cells of each row that are not blank, with `between` before all but the first."""
    width = sum(column.itemsize for column in columns) + 1
    sheet = np.empty((len(columns[0]), width), dtype=np.uint8)
    at = 0
    for column in columns:
        sheet[:, at : at + column.itemsize] = column.view(np.uint8).reshape(len(column), column.itemsize)
        at += column.itemsize
    sheet[:, -1] = END[0]
    skip = len(between)
    return [text[skip:] for text in sheet.tobytes().translate(None, b"\0").split(END)[:-1]]
