"""What a file says about itself: who carries a value, and how often records of one person contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs, crossed, packed_blocks, stacked
from migration.hygiene.features import Codes, Column, Mask, Table
from migration.hygiene.levels import (
    Mail,
    clash_of,
    contrary_given,
    mail_levels,
    mobiles_clash,
    name_pair,
    shared_code,
)
from migration.hygiene.likeness import Levels, Name

Bits = NDArray[np.floating[Any]]
FEW = 3  # names that may have an address or a line without making it everybody's


@dataclass(slots=True)
class Carriers:
    """Per value: `names`, how many persons carry it (1: all may be one), and `homonyms`, where they bear one name.

    `doubtful`: something about its carriers, however small, speaks of two persons of one name.
    """

    names: Codes
    homonyms: Mask
    doubtful: Mask

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
    none = np.zeros(values, dtype=bool)
    if not len(codes):
        return Carriers(np.ones(values, np.int64), none, none)
    codes, rows = _looks(table, codes, rows)
    sketch = table.family.take(lambda text: text[:3]).codes[rows] + 1
    initial = table.given.take(lambda text: text[:1]).codes[rows] + 1
    roughly = np.bincount(codes[_first_of(crossed(codes, sketch, initial), rows)], minlength=values)
    different = np.bincount(codes, minlength=values) > limit
    where, pairs = _meeting(codes, rows, limit)
    given, family, swaps = name_pair(table, pairs)
    named = contrary_given(table, pairs, given, family, swaps, births_part)
    clash = mobiles_clash(table, pairs)
    one_name = (given >= Name.RELATED) & (family >= Name.RELATED)
    doubtful = none.copy()
    if columns is table.phones:
        ask = np.flatnonzero(~named)
        mail = _mail_levels(table, Pairs(pairs.left[ask], pairs.right[ask]))
        clash[ask] |= np.isin(mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
        # A line at home and a line of one's own look alike until a birth date or a generation turns up.
        doubtful[codes[table.suffix.codes[rows] >= 0]] = True
        doubtful[where[clash_of(table.birth.codes[pairs.left], table.birth.codes[pairs.right])]] = True
    different[where[named | clash]] = True
    homonyms = none.copy()
    homonyms[where[(named | clash) & one_name]] = True
    return Carriers(np.where(different, np.maximum(roughly, 2), 1).astype(np.int64), homonyms, doubtful | homonyms)


def namesakes_of(table: Table, limit: int = 40) -> Mask:
    """Rows whose name, in their company, is borne by records that cannot all be one person."""
    found = np.zeros(table.size, dtype=bool)
    keys = crossed(table.whole.codes, table.company.codes)
    rows = np.flatnonzero(keys > 0)
    if not len(rows):
        return found
    distinct, codes = np.unique(keys[rows], return_inverse=True)
    often = np.bincount(codes)[codes] > 1
    codes, rows = codes[often], rows[often]
    doubtful = np.bincount(codes, minlength=len(distinct)) > limit
    doubtful[codes[table.suffix.codes[rows] >= 0]] = True
    where, pairs = _meeting(codes, rows, limit)
    births = clash_of(table.birth.codes[pairs.left], table.birth.codes[pairs.right])
    titles = clash_of(table.title.codes[pairs.left], table.title.codes[pairs.right])
    mails = np.isin(_mail_levels(table, pairs), (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
    doubtful[where[births | titles | mails | mobiles_clash(table, pairs)]] = True
    found[rows] = doubtful[codes]
    return found


def _looks(table: Table, codes: Codes, rows: Codes) -> tuple[Codes, Codes]:
    """One row per value and look of the record: an office line of ten thousand has few names to compare."""
    nobody = (table.given.codes[rows] < 0) & (table.family.codes[rows] < 0)
    looks = [
        c.codes[rows] + 1 for c in (table.given, table.family, table.suffix, table.birth, table.email, table.phones[1])
    ]
    first = _first_of(crossed(codes, *looks, np.where(nobody, table.company.codes[rows] + 1, 0)), rows)
    return codes[first], rows[first]


def _meeting(codes: Codes, rows: Codes, limit: int) -> tuple[Codes, Pairs]:
    """Pairs of rows with one code that at most `limit` of them have, and that code."""
    packed = packed_blocks(crossed(codes), len(codes), limit=limit)
    left, right = packed // max(len(codes), 1), packed % max(len(codes), 1)
    same = codes[left] == codes[right]
    left, right = left[same], right[same]
    return codes[left], Pairs(np.minimum(rows[left], rows[right]), np.maximum(rows[left], rows[right]))


def _mail_levels(table: Table, pairs: Pairs) -> Levels:
    return mail_levels(table, pairs, shared_code(table.emails, pairs, np.ones(len(table.email.values), dtype=np.int64)))


def _first_of(keys: NDArray[np.uint64], rows: Codes) -> Codes:
    """Where each key comes first, by row: the same whatever the order of the input."""
    order = np.lexsort((rows, keys))
    ordered = keys[order]
    return order[np.append(np.ones(min(len(order), 1), dtype=bool), ordered[1:] != ordered[:-1])]
