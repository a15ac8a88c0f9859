"""Which pairs are worth comparing: records that share a key, found by sorting, never by loops over rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.forked import Map
from migration.hygiene.nicknames import GROUPS

Indices = NDArray[np.int64]
Keys = NDArray[np.uint64]  # 0: none

# Up to so many rows every pair is compared: blocks would save nothing.
FEW_ROWS = 1_500


class Pairs(NamedTuple):
    """Row numbers of a Table; `left[k] < right[k]`, each pair once, in order."""

    left: Indices
    right: Indices


def crossed(*parts: Codes) -> Keys:
    """One key per combination of `parts`; 0 where any part has none.

    Two combinations may meet in one key once in a trillion; such a pair is compared in vain.
    """
    made = np.zeros(len(parts[0]), dtype=np.uint64)
    some = np.ones(len(made), dtype=bool)
    for part in parts:
        some &= part >= 0
        made ^= part.astype(np.uint64)
        made *= np.uint64(0x9E3779B97F4A7C15)
        made ^= made >> np.uint64(29)
        made *= np.uint64(0xBF58476D1CE4E5B9)
        made ^= made >> np.uint64(32)
    made |= np.uint64(1) << np.uint64(63)
    made[~some] = 0
    return made


def packed_blocks(keys: Keys, size: int, *, rows: Indices | None = None, limit: int, chained: bool = False) -> Indices:
    """Pairs of rows with one key as `left * size + right`, for keys that at most `limit` rows share.

    `rows[k]` is the row that has `keys[k]`; without it, row k. A row may occur several
    times. `chained`: where more rows share a key, each is paired with the next.
    """
    keep = keys > 0
    rows = np.flatnonzero(keep) if rows is None else rows[keep]
    bits = np.uint64(max(int(size - 1).bit_length(), 1))
    # Key and row in one number: sorting numbers is many times faster than sorting by two columns.
    both = (keys[keep] >> bits << bits) | rows.astype(np.uint64)
    both.sort()
    if len(both):
        both = both[np.append(True, both[1:] != both[:-1])]
    key = both >> bits
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, np.int64)
    sizes = np.diff(np.append(starts, len(key)))
    chosen, crowds, all_sizes = (sizes > 1) & (sizes <= limit), (sizes > limit) & chained, sizes
    starts, sizes = starts[chosen], sizes[chosen]
    first = np.repeat(starts, sizes)
    within = _ramp(sizes)
    others = np.repeat(sizes, sizes) - within - 1  # each meets those after it
    rows = (both & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    at = first + within
    left = np.repeat(at, others)
    right = left + 1 + _ramp(others)
    if crowds.any():
        in_crowd = np.flatnonzero(np.repeat(crowds, all_sizes)[:-1] & (key[1:] == key[:-1]))
        left, right = np.append(left, in_crowd), np.append(right, in_crowd + 1)
    return rows[left] * size + rows[right]


def _ramp(lengths: Indices) -> Indices:
    """0, 1, … below each length in turn."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


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
    some = [c.codes >= 0 for c in columns]
    codes = [c.codes[has] for c, has in zip(columns, some, strict=True)]
    return np.concatenate(codes), np.concatenate([np.flatnonzero(has) for has in some])


class Block(NamedTuple):
    """`keys[k]` is the key of row `rows[k]` (None: of row k); keys that more than `limit` rows share are left out.

    `chained`: of those, each row meets the next.
    """

    name: str
    limit: int
    keys: Callable[[], Keys]
    rows: Indices | None = None
    chained: bool = False


def plan(table: Table) -> list[Block]:
    """Every block of `table`; keys are made when asked for. Large groups are met again with a finer key."""
    made: list[Block] = []
    given, family = table.given.codes, table.family.codes
    initial, start = table.given.take(_initial).codes, table.family.take(_start).codes
    first = table.family.take(_initial).codes
    nick, skeleton = table.given.take(_nick).codes, table.family.take(_skeleton).codes
    whole, local, birth, street = table.whole.codes, table.local.codes, table.birth.codes, table.street.codes
    company, domain, city, postcode = table.company.codes, table.domain.codes, table.city.codes, table.postcode.codes

    def add(name: str, limit: int, *parts: Codes, rows: Indices | None = None, chained: bool = False) -> None:
        if all(len(part) and part.max() >= 0 for part in parts):
            made.append(Block(name, limit, lambda: crossed(*parts), rows, chained))

    for name, columns in (("email", table.emails), ("phone", table.phones)):
        codes, rows = stacked(columns)
        add(name, 8, codes, rows=rows)
        for finer in (skeleton, nick):
            add(f"{name} × name", 30, codes, finer[rows], rows=rows)
        # One record that was exported a hundred times.
        add(f"{name} × whole name", 30, codes, whole[rows], rows=rows, chained=True)
        if name == "phone":
            tails = table.tails[codes]
            add("end of phone × initial", 12, tails, initial[rows], rows=rows)
            add("end of phone × family", 12, tails, start[rows], rows=rows)
    add("name", 12, whole)
    add("name × company", 40, whole, company, chained=True)
    for name, place in (("company", company), ("city", city), ("postcode", postcode)):
        add(f"nickname × family × {name}", 25, nick, family, place)
    for name, place, limit in (("company", company, 20), ("postcode", postcode, 12), ("city", city, 6)):
        add(f"initial × skeleton × {name}", limit, initial, skeleton, place)
    add("nickname × family", 12, nick, family)
    add("given × skeleton", 8, given, skeleton)
    add("initial × family", 5, initial, family)
    add("local part", 10, local)
    for name, place in (("company", company), ("domain", domain)):
        add(f"nickname × {name}", 12, nick, place)
        add(f"family × {name}", 20, start, place)
    add("initials × company", 8, initial, first, company)
    add("birth", 4, birth)
    add("birth × initial", 12, birth, initial)
    add("birth × family", 20, birth, start)
    add("nickname × start × city", 12, nick, start, city)
    add("postcode × nickname", 6, postcode, nick)
    add("street × family", 12, street, start)
    add("street × nickname", 6, street, nick)
    # Records without a person: companies among themselves.
    nobody = np.where((given < 0) & (family < 0), 0, -1)
    if (nobody == 0).any():
        word = table.company.take(lambda text: text.split(" ")[0]).codes
        add("company alone", 40, company, nobody)
        for name, place in (("city", city), ("postcode", postcode), ("street", street), ("domain", domain)):
            add(f"company × {name}", 25, word, place, nobody)
    for other in table.others:
        add("other", 8, other.codes)
    return made


def pairs_of_block(table: Table, block: Block) -> Indices:
    """Packed pairs of one block."""
    return packed_blocks(block.keys(), table.size, rows=block.rows, limit=block.limit, chained=block.chained)


SHARES = 4  # in which blocks are made; the more, the more pairs are met twice


def candidates(table: Table, spread: Map = map) -> Indices:
    """Packed pairs of `table` that share a key of any block, each once, in order.

    `spread` is a `map` that may use several processes.
    """
    if table.size <= FEW_ROWS:
        one, two = np.triu_indices(table.size, 1)
        return (one * table.size + two).astype(np.int64)
    blocks = plan(table)

    def share(at: int) -> Indices:
        return distinct(pairs_of_block(table, block) for block in blocks[at::SHARES])

    return distinct(spread(share, range(SHARES)))


MANY = 3_000_000  # packed pairs that wait before those that came twice are dropped


def distinct(packed: Iterable[Indices]) -> Indices:
    """All packed pairs, each once, sorted; never holds many more than that."""
    waiting: list[Indices] = []
    for each in packed:
        waiting.append(each)
        if len(waiting) > 1 and sum(map(len, waiting[1:])) > MANY:
            waiting = [_once(waiting)]
    return _once(waiting)


def _once(packed: Sequence[Indices]) -> Indices:
    whole = np.concatenate([*packed, np.empty(0, np.int64)])
    whole.sort()
    return whole[np.append(True, whole[1:] != whole[:-1])] if len(whole) else whole


def unpacked(packed: Indices, size: int) -> Pairs:
    """Packed pairs as Pairs; a row never meets itself."""
    left, right = packed // max(size, 1), packed % max(size, 1)
    apart = left != right
    return Pairs(left[apart], right[apart])
