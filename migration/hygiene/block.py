"""Which pairs are worth comparing: records that share a key, found by sorting, never by loops over rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.nicknames import GROUPS

Indices = NDArray[np.int64]


class Pairs(NamedTuple):
    """Row numbers of a Table; `left[k] < right[k]`, each pair once, in order."""

    left: Indices
    right: Indices


def blocks(keys: Codes, *, rows: Indices | None = None, limit: int = 50, shard: tuple[int, int] = (0, 1)) -> Pairs:
    """All pairs of rows with one key (-1: none), for keys that at most `limit` rows share.

    `rows[k]` is the row that has `keys[k]`; without it, row k. A row may occur several
    times. `shard=(k, n)` keeps the keys whose number leaves k when divided by n: the
    shards together give what one call gives.
    """
    rows = np.arange(len(keys)) if rows is None else rows
    keep = keys >= 0
    if shard[1] > 1:
        keep &= keys % shard[1] == shard[0]
    keys, rows = keys[keep], rows[keep]
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    _, counts = np.unique(keys, return_counts=True)
    small = np.repeat((counts > 1) & (counts <= limit), counts)
    keys, rows = keys[small], rows[small]
    left, right = [], []
    for step in range(1, limit):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        left.append(rows[:-step][same])
        right.append(rows[step:][same])
    if not left:
        return Pairs(np.empty(0, np.int64), np.empty(0, np.int64))
    one, two = np.concatenate(left), np.concatenate(right)
    return Pairs(np.minimum(one, two), np.maximum(one, two))


def crossed(*parts: Codes) -> Codes:
    """One code per combination of `parts`; -1 where any part has none."""
    keep = np.ones(len(parts[0]), dtype=bool)
    for part in parts:
        keep &= part >= 0
    made = np.zeros(int(keep.sum()), dtype=np.int64)
    for part in parts:
        made = np.unique(made * (int(part.max(initial=0)) + 2) + part[keep], return_inverse=True)[1].astype(np.int64)
    codes = np.full(len(parts[0]), -1, dtype=np.int64)
    codes[keep] = made
    return codes


def _initial(text: str) -> str:
    return text[:1]


def _start(text: str) -> str:
    return text[:4]


def _skeleton(text: str) -> str:
    """First letter and the next consonants, doubled ones once: a slip of a vowel does not change it."""
    bare = text.replace(" ", "")
    rest = [c for at, c in enumerate(bare[1:], 1) if c not in "aeiouyh" and c != bare[at - 1]]
    return bare[:1] + "".join(rest)[:5]


def _nick(text: str) -> str:
    first = text.split(" ")[0]
    groups = GROUPS.get(first)
    return str(min(groups)) if groups else first


def stacked(columns: Sequence[Column]) -> tuple[Codes, Indices]:
    """Columns of one list of values as (codes, rows): a value may stand in any of them."""
    codes = [c.codes[c.codes >= 0] for c in columns]
    rows = [np.flatnonzero(c.codes >= 0) for c in columns]
    merged = np.unique(np.stack([np.concatenate(codes), np.concatenate(rows)]), axis=1)
    return merged[0], merged[1]


def _keys(table: Table) -> Iterator[tuple[Codes, Indices | None, int]]:
    """(keys, rows, limit) of every block. Large groups are met again with a finer key."""
    given, family = table.given, table.family
    initial, start = given.take(_initial).codes, family.take(_start).codes
    nick, skeleton = given.take(_nick).codes, family.take(_skeleton).codes
    for columns in (table.emails, table.phones):
        codes, rows = stacked(columns)
        yield codes, rows, 50
        for finer in (family.codes, given.codes):
            yield crossed(codes, finer[rows]), rows, 50
    company, domain, city, postcode = table.company.codes, table.domain.codes, table.city.codes, table.postcode.codes
    birth, street = table.birth.codes, table.street.codes
    whole = table.whole.codes
    yield whole, None, 30
    for place in (company, domain, city, postcode, birth):
        yield crossed(whole, place), None, 50
    yield crossed(nick, family.codes), None, 30
    yield crossed(initial, skeleton), None, 20
    yield table.local.codes, None, 20
    yield crossed(table.local.codes, family.take(_initial).codes), None, 30
    for place in (company, domain):
        yield crossed(place, start), None, 30
        yield crossed(place, nick), None, 30
        yield crossed(place, initial, family.take(_initial).codes), None, 30
    yield birth, None, 30
    yield crossed(birth, initial), None, 50
    yield crossed(birth, start), None, 50
    for place in (city, postcode):
        yield crossed(place, initial, start), None, 30
        yield crossed(place, nick, skeleton), None, 30
    yield crossed(postcode, nick), None, 30
    # A blank name part: the other one and the place.
    for place in (city, birth):
        yield crossed(place, given.codes), None, 20
        yield crossed(place, family.codes), None, 20
    yield crossed(street, city), None, 20
    # Records without a person: companies among themselves.
    nobody = np.where((given.codes < 0) & (family.codes < 0), 0, -1)
    first = table.company.take(lambda text: text.split(" ")[0]).codes
    yield crossed(company, nobody), None, 50
    for place in (city, postcode, street, domain):
        yield crossed(first, place, nobody), None, 30


def candidates(table: Table, *, shard: tuple[int, int] = (0, 1)) -> Pairs:
    """Pairs of `table` that share a key of any block. A pair may be found in several shards."""
    found = [blocks(keys, rows=rows, limit=limit, shard=shard) for keys, rows, limit in _keys(table)]
    packed = np.unique(np.concatenate([p.left * table.size + p.right for p in found]))
    left, right = packed // max(table.size, 1), packed % max(table.size, 1)
    apart = left != right
    return Pairs(left[apart], right[apart])
