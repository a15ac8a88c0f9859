"""Header rows: one key per column to match on, the original kept for messages."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))  # marks that str.strip() leaves


def normalise(name: str) -> str:
    """Return the form in which two spellings of one header are equal.

    NFC, casefolded, spaces collapsed, byte order marks and zero-width marks
    removed. Empty text gives an empty key.

    >>> normalise("\\ufeff  Deal -  Title ")
    'deal - title'
    """
    return " ".join(unicodedata.normalize("NFC", name.translate(INVISIBLE)).casefold().split())


class Column(NamedTuple):
    """One column: its place from 0, its header as written, its key, and a label that no other column has."""

    place: int
    original: str
    key: str
    label: str


class Headers(NamedTuple):
    """The columns of a file and what is odd about their names."""

    columns: tuple[Column, ...]
    warnings: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        return [column.label for column in self.columns]

    @property
    def originals(self) -> list[str]:
        return [column.original for column in self.columns]

    def duplicated(self) -> set[str]:
        """Return the keys that more than one column has; none of them may be mapped without a person."""
        return {key for key, times in Counter(column.key for column in self.columns).items() if times > 1 and key}


class Repeated:
    """Tells a header row that stands again among the records, as where files were put one below the other."""

    def __init__(self, headers: Headers) -> None:
        self.cells = [bare(one) for one in headers.originals]
        self.place = next((place for place, cell in enumerate(self.cells) if cell), 0)
        word = self.cells[self.place]
        self.words = frozenset({word, headers.originals[self.place], f"\ufeff{word}"})  # what stands at that place

    def is_in(self, cells: Sequence[str]) -> bool:
        """Are these the cells of the header?"""
        return cells[self.place] in self.words and [bare(one) for one in cells] == self.cells


def bare(cell: str) -> str:
    """Return a cell without the spaces around it, and without the mark that begins a file."""
    return cell.strip().removeprefix("\ufeff").strip()


def read_headers(cells: Iterable[str]) -> Headers:
    """Name the columns of a header row: duplicates are numbered, empty names replaced, both with a warning."""
    cells = list(cells)
    keys = [normalise(cell) for cell in cells]
    taken = {" ".join(cell.translate(INVISIBLE).split()) for cell in cells}
    seen: Counter[str] = Counter()
    columns, warnings = [], []
    for index, (original, key) in enumerate(zip(cells, keys, strict=True)):
        label = " ".join(original.translate(INVISIBLE).split())
        if not key:
            label = free_label(f"Column {index + 1}", taken)
            warnings.append(f"Column {index + 1} has no header; it is called “{label}” here.")
        else:
            seen[key] += 1
            if seen[key] > 1:
                label = free_label(f"{label} ({seen[key]})", taken)
                warnings.append(
                    f"The header “{original.strip()}” occurs again in column {index + 1}; it is called “{label}” here."
                )
        columns.append(Column(index, original, key, label))
    return Headers(tuple(columns), tuple(warnings))


def free_label(wish: str, taken: set[str]) -> str:
    """Return `wish`, or `wish` with a mark if a real header is called so already; adds it to `taken`."""
    while wish in taken:
        wish += "′"
    taken.add(wish)
    return wish
