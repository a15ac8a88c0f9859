"""What a file says about itself: who carries a value, and how often records of one person contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs, blocks, crossed, stacked
from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.levels import (
    Like,
    Mail,
    Mask,
    contrary,
    like,
    mail_levels,
    mobiles_clash,
    name_pair,
    shared_code,
)
from migration.hygiene.likeness import Name

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
    """Bits of the contradictions that differ most between files, learnt from the file itself."""

    birth: float = -9.0
    mobile: float = -6.0
    city: float = -1.5
    company: float = -2.0

    @property
    def births_part(self) -> bool:
        """May two birth dates alone part two records? Not in a file where they are often wrong."""
        return self.birth < -4


def carriers_of(table: Table, columns: Sequence[Column], weights: Weights, limit: int = 40) -> Carriers:
    """How many different persons carry each value of `columns`: 1 when all may be one, else at least 2.

    Names that stand for one another, slips and blanks are not different names. Two
    mobile numbers, or two addresses at one provider, under one name are two persons:
    father and son share a line.
    """
    values = len(columns[0].values)
    codes, rows = stacked(columns)
    # One row per value and look of the record: an office line of ten thousand has few names to compare.
    nobody = (table.given.codes[rows] < 0) & (table.family.codes[rows] < 0)
    looks = [
        c.codes[rows] + 1 for c in (table.given, table.family, table.suffix, table.birth, table.email, table.phones[1])
    ]
    look = crossed(*looks, np.where(nobody, table.company.codes[rows] + 1, 0))
    _, first = np.unique(np.stack([codes, look]), axis=1, return_index=True)
    codes, rows = codes[first], rows[first]
    sketch = table.family.take(lambda text: text[:3]).codes[rows] + 1
    initial = table.given.take(lambda text: text[:1]).codes[rows] + 1
    roughly = np.bincount(np.unique(np.stack([codes, sketch, initial]), axis=1)[0], minlength=values)
    different = np.bincount(codes, minlength=values) > limit
    found = blocks(codes, limit=limit)
    pairs = Pairs(rows[found.left], rows[found.right])
    named = contrary(table, pairs, weights.births_part)
    clash = mobiles_clash(table, pairs)
    if columns is table.phones:
        shared = shared_code(table.emails, pairs, np.ones(len(table.email.values), dtype=np.int64))
        clash |= (shared < 0) & np.isin(mail_levels(table, pairs, shared), (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
    given, family, _ = name_pair(table, pairs)
    one_name = (given >= Name.RELATED) & (family >= Name.RELATED)
    different[codes[found.left[named | clash]]] = True
    homonyms = np.zeros(values, dtype=bool)
    homonyms[codes[found.left[(named | clash) & one_name]]] = True
    return Carriers(np.where(different, np.maximum(roughly, 2), 1).astype(np.int64), homonyms)


def learn(table: Table, limit: int = 20) -> Weights:
    """Weights of contradictions, from pairs that share an address and a whole name.

    Such pairs are one person nearly always, so how often they contradict each other
    tells how often this file contradicts itself. Defaults count as fifty such pairs.
    """
    codes, rows = stacked(table.emails)
    found = blocks(codes, rows=rows, limit=limit)
    given, family, _ = name_pair(table, found)
    sure = (given >= Name.RELATED) & (family >= Name.RELATED)
    pairs = Pairs(found.left[sure], found.right[sure])
    made = Weights()
    birth = like(table, table.birth, pairs, 0.5, "slips")
    city, company = like(table, table.city, pairs, 0.85), like(table, table.company, pairs, 0.8, "names")
    mobile = table.phones[1].codes
    both = (mobile[pairs.left] >= 0) & (mobile[pairs.right] >= 0)
    for name, differs, told in (
        ("birth", birth == Like.DIFFERENT, birth != Like.NONE),
        ("city", city == Like.DIFFERENT, city != Like.NONE),
        ("company", company == Like.DIFFERENT, company != Like.NONE),
        ("mobile", mobiles_clash(table, pairs), both),
    ):
        share = (differs.sum() + 50 * 2 ** getattr(made, name)) / (told.sum() + 50)
        setattr(made, name, round(float(np.log2(share)), 2))
    return made
