"""Columns of integer codes over distinct values.

Twenty columns of a million rows as Python text would not fit in 2 GB; codes and distinct values do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import Packed, blank, packed
from migration.hygiene.wordsort import grouped

Codes = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]


class Record(NamedTuple):
    """One standardised record: `key` is unique and decides every order, `values` are text by field."""

    key: str
    values: Mapping[str, str]


@dataclass(slots=True)
class Column:
    """`codes[i]` (int32 or int64) points into `values`, -1 where record i has none.

    `counts[c]` records carry value c. `values` are distinct, never "", and in an order
    that does not depend on the order of the rows (the alphabet, where nothing else is said).
    """

    codes: Codes
    values: list[str]
    counts: Codes
    texts: NDArray[np.bytes_] | None = field(default=None, repr=False, compare=False)  # the values in UTF-8, if at hand
    spelled: Any = field(default=None, repr=False, compare=False)  # what `likeness` remembers of the values

    @property
    def filled(self) -> int:
        """Records that have a value."""
        return int(self.counts.sum())

    def take(self, make: Callable[[str], str]) -> "Column":
        """A column made from this one, `make` called once per distinct value."""
        return encode_codes([make(v) for v in self.values], self.codes)


def encode(values: Iterable[str]) -> Column:
    """Column of `values`; "" has no code. Codes follow the alphabet, so that row order never counts."""
    rows = list(values)
    distinct = sorted(set(rows) - {""})
    at = {value: code for code, value in enumerate(distinct)}
    at[""] = -1
    codes = np.fromiter((at[v] for v in rows), dtype=np.int32, count=len(rows))
    return Column(codes, distinct, _counts(codes, len(distinct)))


def encode_codes(made: Sequence[str], codes: Codes) -> Column:
    """Column whose record i has `made[codes[i]]`; values stand in the order of their first use in `made`."""
    return encode_all([made], [codes])[0]


def encode_all(made: Sequence[Sequence[str]], codes: Sequence[Codes]) -> list[Column]:
    """Columns that share one list of values, so that a code means the same in each; `counts` are of all."""
    every = list(chain.from_iterable(made))
    where, distinct = _distinct(every)
    taken, first = [], 0
    for texts, own in zip(made, codes, strict=True):
        table = np.empty(len(texts) + 1, dtype=np.int32)
        table[-1] = -1  # a code of -1 picks the last entry, which is blank
        table[:-1] = where[first : first + len(texts)]
        first += len(texts)
        taken.append(table[own])
    counts = np.sum([_counts(each, len(distinct)) for each in taken], axis=0)
    return [Column(each, distinct, counts) for each in taken]


def _distinct(texts: list[str]) -> tuple[Codes, list[str]]:
    """(code of each text, -1 for a blank one; the different texts in the order of their first use)."""
    told = packed(texts)
    if not isinstance(told, Packed):
        at = dict.fromkeys(texts)
        at.pop("", None)
        distinct = list(at)
        codes: dict[str, int] = dict(zip(distinct, range(len(distinct)), strict=True))
        codes[""] = -1
        return np.fromiter(map(codes.__getitem__, texts), dtype=np.int32, count=len(texts)), distinct
    _, kind = grouped(told.data[:-1])
    kinds = int(kind.max()) + 1
    first = np.empty(kinds, dtype=np.int64)
    first[kind[::-1]] = np.arange(len(kind) - 1, -1, -1)
    first.sort()
    first = first[~blank(told)[first]]
    code = np.full(kinds, -1, dtype=np.int32)
    code[kind[first]] = np.arange(len(first), dtype=np.int32)
    return code[kind], [texts[at] for at in first.tolist()]


def _counts(codes: Codes, size: int) -> Codes:
    return np.bincount(codes[codes >= 0], minlength=size).astype(np.int64)


def once(numbers: NDArray[Any]) -> NDArray[Any]:
    """The different numbers, sorted. `numpy.unique` hashes them, which takes several times as long."""
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def either(first: Column, second: Column) -> Column:
    """Values of `first`, where it has none those of `second`."""
    codes = np.where(first.codes >= 0, first.codes, np.where(second.codes >= 0, second.codes + len(first.values), -1))
    return encode_codes(first.values + second.values, codes)


def encode_pairs(one: Column, two: Column) -> Column:
    """Column of both values together, whichever way round they stand; only where both are there.

    The columns share one list of values; the one made has codes and counts, no values.
    """
    both = (one.codes >= 0) & (two.codes >= 0)
    low, high = (pick(one.codes[both], two.codes[both]).astype(np.int64) for pick in (np.minimum, np.maximum))
    codes = np.full(len(both), -1, dtype=np.int32)
    distinct, codes[both] = np.unique(low * max(len(one.values), 1) + high, return_inverse=True)
    return Column(codes, [], _counts(codes, len(distinct)))
