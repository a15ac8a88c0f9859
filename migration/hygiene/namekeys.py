"""Names of all records as comparison keys: folded, taken apart, each part in its place (H2)."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from migration.hygiene import names
from migration.hygiene.columns import Codes, Column, Mask, encode_codes
from migration.hygiene.text import fold

CLEARLY = 2  # times as many records that use a word as one part as use it as the other


def names_of(given: Column, family: Column, suffix: Column, full: Column) -> tuple[Column, Column, Column]:
    """Folded given and family names and suffixes; a full name is taken apart where there is no other."""
    given, family, full = _undivided(given, family, full)
    bare = (given.codes < 0) & (family.codes < 0) & (full.codes >= 0)
    parsed = [_parsed(v) for v in full.values]
    taken = np.where(bare, full.codes, -1)
    told = [_family_parts(v) for v in family.values]
    called = [_given_parts(v) for v in given.values]
    first = _over([c[0] for c in called], given.codes, [p[0] for p in parsed], taken)
    last = _over([t[0] for t in told], family.codes, [p[1] for p in parsed], taken)
    # A suffix of its own comes before the one that ends the family name.
    own = [_suffix_key(v) for v in suffix.values]
    ends = _over([t[1] for t in told], family.codes, [p[2] for p in parsed], taken)
    inner = encode_codes([c[1] for c in called], given.codes)
    ends = _over(inner.values, inner.codes, ends.values, ends.codes)
    return first, last, _over(ends.values, ends.codes, own, suffix.codes)


def _over(made: Sequence[str], codes: Codes, other: Sequence[str], others: Codes) -> Column:
    """Values of `other` where there are any, else of `made`."""
    return encode_codes([*made, *other], np.where(others >= 0, others + len(made), codes))


def _parsed(full: str) -> tuple[str, str, str]:
    parts = names.parse(full)
    if not (parts.given or parts.family):
        return ("", *_family_parts(full))
    family, suffix = _family_parts(parts.family)
    given, inner = _given_parts(parts.given)
    return given, family, _suffix_key(parts.suffix) or suffix or inner


@lru_cache(maxsize=200_000)
def _given_parts(given: str) -> tuple[str, str]:
    """Folded given name and the suffix that strayed to its end ("Morris II")."""
    bare, suffix = names.suffix_of(given)
    return "" if names.is_filler(bare) else fold(bare), _suffix_key(suffix)


@lru_cache(maxsize=200_000)
def _family_parts(family: str) -> tuple[str, str]:
    """Folded family name and the suffix that ends it."""
    bare, suffix = names.suffix_of(family)
    return "" if names.is_filler(bare) else fold(bare), _suffix_key(suffix)


def _suffix_key(suffix: str) -> str:
    return names.SUFFIXES.get(suffix.casefold().strip("."), "")


def _undivided(given: Column, family: Column, full: Column) -> tuple[Column, Column, Column]:
    """The same, with a full name that stands in the column of one part where full names stand.

    "Ann Weber" without a family name is one when clearly more people of the file are called Weber
    by their family than by themselves; "Ann Marie" is not.
    """
    alone = [
        (one.codes >= 0) & (other.codes < 0) & (full.codes < 0) for one, other in ((given, family), (family, given))
    ]
    if not alone[0].any() and not alone[1].any():
        return given, family, full
    firsts, lasts = _often(given, 0), _often(family, -1)
    whole = [
        _is_whole(given, alone[0], lambda words: lasts[words[-1]] > CLEARLY * firsts[words[-1]]),
        _is_whole(family, alone[1], lambda words: firsts[words[0]] > CLEARLY * lasts[words[0]]),
    ]
    moved = [told & is_one[column.codes] for told, is_one, column in zip(alone, whole, (given, family), strict=True)]
    if not moved[0].any() and not moved[1].any():
        return given, family, full
    shifted = [np.where(rows, column.codes, -1) for rows, column in zip(moved, (given, family), strict=True)]
    made = _over(full.values, full.codes, given.values, shifted[0])
    made = _over(made.values, made.codes, family.values, shifted[1])
    left = [
        encode_codes(column.values, np.where(rows, -1, column.codes))
        for rows, column in zip(moved, (given, family), strict=True)
    ]
    return left[0], left[1], made


def _often(column: Column, place: int) -> Counter[str]:
    """How many records have each word at a place of a name."""
    found: Counter[str] = Counter()
    for value, count in zip(column.values, column.counts.tolist(), strict=True):
        if words := fold(value).split():
            found[words[place]] += count
    return found


def _is_whole(column: Column, rows: Mask, judge: Callable[[list[str]], bool]) -> Mask:
    """Which values that some of `rows` have are full names? With one more entry for none."""
    found = np.zeros(len(column.values) + 1, dtype=bool)
    for code in np.unique(column.codes[rows]).tolist():
        words = fold(column.values[code]).split()
        found[code] = len(words) > 1 and len(words[0]) > 2 and len(words[-1]) > 1 and judge(words)
        found[code] &= words[0] not in names.PARTICLES
    return found
