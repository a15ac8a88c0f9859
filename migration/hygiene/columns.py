"""Columns of integer codes over distinct values.

Twenty columns of a million rows as Python text would not fit in 2 GB; codes and distinct values do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    distinct = list(dict.fromkeys(chain.from_iterable(made)))
    if "" in distinct:
        distinct.remove("")
    at = dict(zip(distinct, range(len(distinct)), strict=True))
    at[""] = -1
    taken = []
    for texts, own in zip(made, codes, strict=True):
        table = np.empty(len(texts) + 1, dtype=np.int32)
        table[-1] = -1  # a code of -1 picks the last entry, which is blank
        table[:-1] = np.fromiter(map(at.__getitem__, texts), dtype=np.int32, count=len(texts))
        taken.append(table[own])
    counts = np.sum([_counts(each, len(distinct)) for each in taken], axis=0)
    return [Column(each, distinct, counts) for each in taken]


def _counts(codes: Codes, size: int) -> Codes:
    return np.bincount(codes[codes >= 0], minlength=size).astype(np.int64)


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
