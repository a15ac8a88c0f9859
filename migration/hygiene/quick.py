"""Records cut out of bytes all at once: where each cell begins and ends, as numbers (H0, H1).

Only what is well formed beyond doubt is taken: every record has the cells of the header,
quotes stand around whole cells. Whatever else there is says None, and the csv module reads
it; what comes out is the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.limits import Limits
from migration.hygiene.alphabet import FEW, WIDEST, Packed
from migration.hygiene.wordsort import WORD, masks, width_of

LINE, RETURN, QUOTE = 10, 13, 34
SPARE = bytes(width_of(WIDEST))  # behind the end, so that the last cell can be taken as widely as the first


class Cut(NamedTuple):
    """Records of a block: `start` and `size` of each cell (records x columns) in `letters`.

    `lines` is the line of the block, from 0, on which each record begins; `ends` how many
    lines it has. `patched` are the cells in which quotes were doubled, by column and record.
    """

    letters: NDArray[np.uint8]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    lines: NDArray[np.int32]
    ends: int
    ascii: bool
    patched: dict[int, dict[int, bytes]]

    def column(self, at: int) -> Sequence[str]:
        """The cells of one column, packed where they are short."""
        start, size, patched = self.start[:, at], self.size[:, at], self.patched.get(at, {})
        longest = int(size.max())
        if longest > WIDEST:
            return self._texts(start, size, patched)
        width = width_of(longest)
        window = np.ndarray((len(self.letters) - width + 1,), dtype=f"S{width}", buffer=self.letters, strides=(1,))
        data = np.empty(len(start) + 1, dtype=f"S{width}")
        data[:-1] = window[start]
        data[-1] = b""
        parts = data[:-1].view(np.uint64).reshape(len(start), width // WORD)
        parts &= masks(width)[size]
        for row, text in patched.items():
            data[row] = text
        if self.ascii or not (high := parts & _HIGH).any():
            return Packed(data, {})
        odd = np.flatnonzero(high.any(axis=1)).tolist()
        if len(odd) > FEW * len(start):
            return self._texts(start, size, patched)
        return Packed(data, {row: data[row].decode() for row in odd})

    def _texts(self, start: NDArray[np.int64], size: NDArray[np.int64], patched: dict[int, bytes]) -> list[str]:
        whole = self.letters.tobytes()
        places = zip(start.tolist(), (start + size).tolist(), strict=True)
        made = [whole[first:last].decode() for first, last in places]
        for row, text in patched.items():
            made[row] = text.decode()
        return made


_HIGH = np.uint64(0x8080808080808080)


def cut(block: bytes, delimiter: str, width: int, limits: Limits) -> Cut | None:
    """Cut `block`, UTF-8 that begins and ends between records, into records of `width` cells; None if in doubt."""
    if width < 2 or not delimiter.isascii() or b"\0" in block or block.count(b"\r") != block.count(b"\r\n"):
        return None
    plain = block.isascii()
    if not plain and not _is_utf8(block):
        return None
    whole = block if block.endswith(b"\n") else block + b"\n"
    letters = np.frombuffer(whole + SPARE, dtype=np.uint8)
    is_line = letters == LINE
    marks = np.flatnonzero(is_line | (letters == ord(delimiter)))
    quotes = np.flatnonzero(letters == QUOTE) if b'"' in block else np.zeros(0, dtype=np.int64)
    if len(quotes) % 2:
        return None
    if len(quotes):
        marks = marks[~_inside(marks, quotes)]
    size = len(marks) // width
    if not size or len(marks) != size * width:
        return None
    is_end = is_line[marks].reshape(size, width)
    if not is_end[:, -1].all() or is_end[:, :-1].any():
        return None
    start = np.empty(len(marks), dtype=np.int64)
    start[0], start[1:] = 0, marks[:-1] + 1
    end = marks.copy()
    last = end[width - 1 :: width]
    last -= letters[last - 1] == RETURN
    np.maximum(end, start, out=end)
    patched: dict[int, dict[int, bytes]] = {}
    if len(quotes) and not _unquote(whole, marks, quotes, start, end, width, patched):
        return None
    lines, ends = _lines(is_line, marks[width - 1 :: width])
    spans = np.diff(np.r_[lines, ends])
    if (end - start).max() > limits.cell_chars or spans.max() > limits.quote_lines or len(whole) > limits.line_chars:
        return None
    shape = (size, width)
    return Cut(letters, start.reshape(shape), (end - start).reshape(shape), lines, ends, plain, patched)


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _inside(marks: NDArray[np.int64], quotes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which marks stand between a quote that opens and the one that closes."""
    first, last = np.searchsorted(marks, quotes[::2]), np.searchsorted(marks, quotes[1::2])
    holds = first < last
    steps = np.zeros(len(marks) + 1, dtype=np.int32)
    np.add.at(steps, first[holds], 1)
    np.add.at(steps, last[holds], -1)
    return np.cumsum(steps[:-1]) > 0


def _unquote(
    whole: bytes, marks: NDArray[np.int64], quotes: NDArray[np.int64], start: NDArray[np.int64],
    end: NDArray[np.int64], width: int, patched: dict[int, dict[int, bytes]],
) -> bool:  # fmt: skip
    """Take the quotes off in `start` and `end`; False when one stands where none may."""
    cells, first, times = np.unique(np.searchsorted(marks, quotes), return_index=True, return_counts=True)
    pairs = times == 2
    plain = cells[pairs]
    at = first[pairs]
    if (quotes[at] != start[plain]).any() or (quotes[at + 1] != end[plain] - 1).any():
        return False
    for cell in cells[~pairs].tolist():
        text = whole[start[cell] : end[cell]]
        inner = text[1:-1]
        if len(text) < 2 or text[:1] + text[-1:] != b'""' or b'"' in inner.replace(b'""', b""):
            return False
        patched.setdefault(cell % width, {})[cell // width] = inner.replace(b'""', b'"')
    start[cells] += 1
    end[cells] -= 1
    return True


def _lines(is_line: NDArray[np.bool_], ends: NDArray[np.int64]) -> tuple[NDArray[np.int32], int]:
    """(line on which each record begins, number of lines), given where records end."""
    total = int(np.count_nonzero(is_line))
    if total == len(ends):
        return np.arange(total, dtype=np.int32), total
    found = np.searchsorted(np.flatnonzero(is_line), ends).astype(np.int32)
    return np.r_[np.int32(0), found[:-1] + np.int32(1)].astype(np.int32), total
