"""What a file says about itself: who carries a value, and how often records of one person contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs, crossed, packed_blocks, stacked
from migration.hygiene.features import Codes, Column, Mask, Table
from migration.hygiene.levels import (
    Mail,
    contrary,
    mail_levels,
    mobiles_clash,
    name_pair,
    shared_code,
)
from migration.hygiene.likeness import Levels, Name

Bits = NDArray[np.float64]


@dataclass(slots=True)
class Carriers:
    """Per value: `names`, how many persons carry it (1: all may be one), and `homonyms`, where they bear one name."""

    names: Codes
    homonyms: Mask

    def burden(self, codes: Codes) -> Bits:
        """Bits that agreement on each code loses; codes of -1 lose nothing."""
        each = 1.5 * np.log2(self.names) + 5.0 * self.homonyms
        return np.append(each, 0.0)[codes]


@dataclass(slots=True)
class Weights:
    """Bits that a file's own records add to the levels of each field, learnt from the file itself."""

    shift: dict[str, Bits] = field(default_factory=dict)

    def of(self, name: str, levels: Levels) -> Bits | float:
        """Bits added to each of `levels`."""
        found = self.shift.get(name)
        return 0.0 if found is None else found[levels]

    @property
    def births_part(self) -> bool:
        """May two birth dates alone part two records? Not in a file where they are often wrong."""
        found = self.shift.get("birth_date")
        return found is None or found[3] < 3


def carriers_of(table: Table, columns: Sequence[Column], births_part: bool, limit: int = 40) -> Carriers:
    """How many different persons carry each value of `columns`: 1 when all may be one, else at least 2.

    Names that stand for one another, slips and blanks are not different names. Two
    mobile numbers, or two addresses at one provider, under one name are two persons:
    father and son share a line.
    """
    values = len(columns[0].values)
    codes, rows = stacked(columns)
    often = np.bincount(codes, minlength=values) > 1
    codes, rows = codes[often[codes]], rows[often[codes]]
    if not len(codes):
        return Carriers(np.ones(values, np.int64), np.zeros(values, bool))
    # One row per value and look of the record: an office line of ten thousand has few names to compare.
    nobody = (table.given.codes[rows] < 0) & (table.family.codes[rows] < 0)
    looks = [
        c.codes[rows] + 1 for c in (table.given, table.family, table.suffix, table.birth, table.email, table.phones[1])
    ]
    first = _first_of(crossed(codes, *looks, np.where(nobody, table.company.codes[rows] + 1, 0)), rows)
    codes, rows = codes[first], rows[first]
    sketch = table.family.take(lambda text: text[:3]).codes[rows] + 1
    initial = table.given.take(lambda text: text[:1]).codes[rows] + 1
    roughly = np.bincount(codes[_first_of(crossed(codes, sketch, initial), rows)], minlength=values)
    different = np.bincount(codes, minlength=values) > limit
    packed = packed_blocks(crossed(codes), len(codes), limit=limit)
    left, right = packed // len(codes), packed % len(codes)
    same = codes[left] == codes[right]
    left, right = left[same], right[same]
    pairs = Pairs(np.minimum(rows[left], rows[right]), np.maximum(rows[left], rows[right]))
    named = contrary(table, pairs, births_part)
    clash = mobiles_clash(table, pairs)
    if columns is table.phones:
        shared = shared_code(table.emails, pairs, np.ones(len(table.email.values), dtype=np.int64))
        clash |= (shared < 0) & np.isin(mail_levels(table, pairs, shared), (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
    given, family, _ = name_pair(table, pairs)
    one_name = (given >= Name.RELATED) & (family >= Name.RELATED)
    different[codes[left[named | clash]]] = True
    homonyms = np.zeros(values, dtype=bool)
    homonyms[codes[left[(named | clash) & one_name]]] = True
    return Carriers(np.where(different, np.maximum(roughly, 2), 1).astype(np.int64), homonyms)


def _first_of(keys: NDArray[np.uint64], rows: Codes) -> Codes:
    """Where each key comes first, by row: the same whatever the order of the input."""
    order = np.lexsort((rows, keys))
    ordered = keys[order]
    return order[np.append(True, ordered[1:] != ordered[:-1])]
