"""Texts put together many at a time, as bytes: cells of one width side by side, spare room between them left out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import Packed

quoted = json.encoder.encode_basestring  # one text, without what the encoder asks about other values first
WIDEST = 256  # bytes of a cell; a longer text is put in afterwards
ROWS = 1_024  # laid side by side at a time: what the processor holds near it
END, APART = "\x1e", "\x1f"
_ODD = re.compile(rf"[\0{END}{APART}]")
_NEVER_PLAIN = np.zeros(256, dtype=bool)  # letters that JSON writes otherwise
_NEVER_PLAIN[1:32] = True
_NEVER_PLAIN[list(b'"\\')] = True

Codes = NDArray


class Table:
    """Texts by code, -1 for none, each between `before` and `after`; `escaped`: as they stand inside quotes in JSON.

    `apart` holds, by code, the texts that are too long to lie beside others, or have a mark of ours in them.
    """

    def __init__(self, texts: Sequence[str], before: str = "", after: str = "", *, escaped: bool = False) -> None:
        self.apart: dict[int, str] = {}
        if isinstance(texts, Packed):
            letters = self._of_packed(texts, escaped=escaped)
        else:
            letters = _letters([self._encoded(at, text, escaped=escaped) for at, text in enumerate(texts)])
        self.letters = _between(before.encode(), letters, after.encode())

    def _of_packed(self, texts: Packed, *, escaped: bool) -> NDArray[np.uint8]:
        letters = texts.letters()
        odd = _NEVER_PLAIN[letters] if escaped else (letters == ord(END)) | (letters == ord(APART))
        places = np.flatnonzero(odd.any(axis=1)).tolist()
        if not places:
            return letters
        other = _letters([self._encoded(at, texts[at], escaped=escaped) for at in places])
        made = np.zeros((len(texts), max(letters.shape[1], other.shape[1])), dtype=np.uint8)
        made[:, : letters.shape[1]] = letters
        made[places] = 0
        made[places, : other.shape[1]] = other
        return made

    def _encoded(self, at: int, text: str, *, escaped: bool) -> bytes:
        if escaped:
            text = quoted(text)[1:-1]
        made = text.encode("utf-8", "surrogatepass")
        if len(made) <= WIDEST and not _ODD.search(text):
            return made
        self.apart[at] = text
        return APART.encode()


def _letters(texts: Sequence[bytes]) -> NDArray[np.uint8]:
    """One row per text, 0 behind its end."""
    width = max(map(len, texts), default=0)
    if not width:
        return np.zeros((len(texts), 0), dtype=np.uint8)
    return np.array(texts, dtype=f"S{width}").view(np.uint8).reshape(len(texts), width)


def _between(before: bytes, letters: NDArray[np.uint8], after: bytes) -> NDArray[np.uint8]:
    """Each row with the same before and after it, and a blank one at the end, for a code of -1."""
    size, width = letters.shape
    made = np.zeros((size + 1, len(before) + width + len(after)), dtype=np.uint8)
    made[:-1, : len(before)] = np.frombuffer(before, dtype=np.uint8)
    made[:-1, len(before) : len(before) + width] = letters
    made[:-1, len(before) + width :] = np.frombuffer(after, dtype=np.uint8)
    return made


class Sheet:
    """Rows of texts, column by column; `lines` are the texts of each row, one after the other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.columns: list[tuple[Table, Codes]] = []

    def put(self, table: Table, codes: Codes) -> None:
        """Add a column."""
        self.columns.append((table, codes))

    def say(self, text: str, where: NDArray[np.bool_]) -> None:
        """Add a column that has one text in some rows."""
        self.put(Table([text]), np.where(where, np.int8(0), np.int8(-1)))

    def lines(self) -> list[str]:
        """The texts of each row."""
        made: list[str] = []
        for first in range(0, self.size, ROWS):
            made += self._lines(slice(first, min(first + ROWS, self.size)))
        for row in np.flatnonzero(self._has_apart()).tolist():
            others = [one for table, codes in self.columns if (one := table.apart.get(int(codes[row]))) is not None]
            first_part, *parts = made[row].split(APART)
            made[row] = first_part + "".join(map("".join, zip(others, parts, strict=True)))
        return made

    def _lines(self, rows: slice) -> list[str]:
        width = sum(table.letters.shape[1] for table, _ in self.columns) + 1
        sheet = np.empty((rows.stop - rows.start, width), dtype=np.uint8)
        at = 0
        for table, codes in self.columns:
            wide = table.letters.shape[1]
            sheet[:, at : at + wide] = table.letters.take(codes[rows], axis=0)
            at += wide
        sheet[:, -1] = ord(END)
        return sheet.tobytes().translate(None, b"\0").decode("utf-8", "surrogatepass").split(END)[:-1]

    def _has_apart(self) -> NDArray[np.bool_]:
        found = np.zeros(self.size, dtype=bool)
        for table, codes in self.columns:
            if table.apart:
                marked = np.zeros(len(table.letters), dtype=bool)
                marked[list(table.apart)] = True
                found |= marked[codes]
        return found
