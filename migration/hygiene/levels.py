"""What the fields of two records are to one another, in levels, for many pairs at once."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import emails
from migration.hygiene.block import Pairs
from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.likeness import Levels, Name, family_level, given_level, name_levels, scores

Mask = NDArray[np.bool_]


class Mail(IntEnum):
    """What two records' addresses are to one another."""

    NONE = 0
    SAME = 1
    NEAR = 2
    SAME_LOCAL = 3
    PRIVATE_CONFLICT = 4
    SAME_DOMAIN = 5
    DIFFERENT = 6


class Line(IntEnum):
    """What two records' telephone numbers are to one another."""

    NONE = 0
    SAME = 1
    NEAR = 2
    MOBILE_CONFLICT = 3
    DIFFERENT = 4


class Like(IntEnum):
    """Plain likeness of one field."""

    NONE = 0
    SAME = 1
    NEAR = 2
    DIFFERENT = 3


def name_pair(table: Table, pairs: Pairs) -> tuple[Levels, Levels, Mask]:
    """Levels of given and family name, and where they are swapped."""
    left, right = pairs
    given = name_levels(table.given.codes[left], table.given.codes[right], table.given.values, given_level)
    family = name_levels(table.family.codes[left], table.family.codes[right], table.family.values, family_level)
    whole = table.whole.codes
    swapped = (
        (whole[left] >= 0) & (whole[left] == whole[right]) & (given == Name.DIFFERENT) & (family == Name.DIFFERENT)
    )
    return given, family, swapped


def like(table: Table, column: Column, pairs: Pairs, near: float, scorer: str = "words") -> Levels:
    one, two = column.codes[pairs.left], column.codes[pairs.right]
    alike = scores(one, two, column.values, scorer)
    levels = np.full(len(alike), Like.DIFFERENT, dtype=np.int8)
    levels[alike >= near] = Like.NEAR
    levels[alike == 1] = Like.SAME
    levels[alike < 0] = Like.NONE
    return levels


def clash_of(one: Codes, two: Codes) -> Mask:
    return (one >= 0) & (two >= 0) & (one != two)


def contrary(table: Table, pairs: Pairs, births_part: bool) -> Mask:
    """Do the two records clearly name two persons (or two companies)?"""
    given, family, swapped = name_pair(table, pairs)
    return contrary_given(table, pairs, given, family, swapped, births_part)


def contrary_given(table: Table, pairs: Pairs, given: Levels, family: Levels, swapped: Mask, births_part: bool) -> Mask:
    left, right = pairs
    suffix = clash_of(table.suffix.codes[left], table.suffix.codes[right])
    # Where a file's birth dates are often wrong they part nobody by themselves.
    birth = (like(table, table.birth, pairs, 0.5, "slips") == Like.DIFFERENT) & births_part
    nobody = (given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH)
    company = nobody & (like(table, table.company, pairs, 0.8, "names") == Like.DIFFERENT)
    named = ((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & ~swapped
    return named | suffix | birth | company


def shared_code(columns: Sequence[Column], pairs: Pairs, carriers: Codes) -> Codes:
    """Code of the value both records have, the one with the fewest names first; -1 for none."""
    best = np.full(len(pairs.left), -1, dtype=np.int64)
    worth = np.append(carriers, np.iinfo(np.int64).max)
    for one in columns:
        for two in columns:
            code = np.where(one.codes[pairs.left] == two.codes[pairs.right], one.codes[pairs.left], -1)
            best = np.where(worth[code] < worth[best], code, best)
    return best


def mail_levels(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    one, two = table.email.codes[pairs.left], table.email.codes[pairs.right]
    both = (one >= 0) & (two >= 0) & (shared < 0)
    alike = np.full(len(one), -1, dtype=np.float32)
    alike[both] = scores(one[both], two[both], table.email.values, "slips")
    local = table.local.codes
    domain = np.array([domain_of(v) for v in table.email.values] + [""], dtype=object)
    private = np.array([emails.is_private(v) for v in table.email.values] + [False])
    same_domain = domain[one] == domain[two]
    levels = np.full(len(one), Mail.NONE, dtype=np.int8)
    levels[both] = Mail.DIFFERENT
    levels[both & same_domain] = Mail.SAME_DOMAIN
    levels[both & private[one] & private[two]] = Mail.PRIVATE_CONFLICT
    levels[both & (local[pairs.left] >= 0) & (local[pairs.left] == local[pairs.right])] = Mail.SAME_LOCAL
    # "john.smith2" was numbered because "john.smith" is somebody else.
    plain = table.email.take(_unnumbered)
    bare = plain.codes
    numbered = (bare[pairs.left] == bare[pairs.right]) & (
        _numbered(table.email.values)[one] != _numbered(table.email.values)[two]
    )
    # Fingers slip inside a word; another first letter is another colleague.
    start = np.array([ord(v[0]) for v in table.email.values] + [-1])
    long = np.array([v.index("@") >= 8 for v in table.email.values] + [False])
    slip = (alike >= 1 / 2) | ((alike >= 1 / 3) & (long[one] & long[two] | ~same_domain))
    levels[both & slip & (start[one] == start[two]) & ~numbered] = Mail.NEAR
    levels[shared >= 0] = Mail.SAME
    return levels


def _unnumbered(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.rstrip('0123456789')}@{domain}"


def _numbered(addresses: list[str]) -> Mask:
    return np.array([v.partition("@")[0][-1:].isdigit() for v in addresses] + [False])


def domain_of(address: str) -> str:
    """Domain of an address."""
    return address.rpartition("@")[2]


def line_levels(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    main = table.phones[0]
    one, two = main.codes[pairs.left], main.codes[pairs.right]
    both = (one >= 0) & (two >= 0) & (shared < 0)
    alike = np.full(len(one), -1, dtype=np.float32)
    alike[both] = scores(one[both], two[both], main.values, "slips")
    levels = np.full(len(one), Line.NONE, dtype=np.int8)
    levels[both] = Line.DIFFERENT
    levels[both & (alike >= 0.5)] = Line.NEAR
    levels[shared >= 0] = Line.SAME
    # Two mobiles that differ speak against one person even where a landline is shared.
    levels[mobiles_clash(table, pairs)] = Line.MOBILE_CONFLICT
    return levels


def mobiles_clash(table: Table, pairs: Pairs) -> Mask:
    """Two mobile numbers in full form that differ, neither being the other record's line."""
    one, two = table.phones[1].codes[pairs.left], table.phones[1].codes[pairs.right]
    full = np.array([v.startswith("+") for v in table.phones[1].values] + [False])
    clash = clash_of(one, two) & full[one] & full[two]
    for column in (table.phones[0], *table.phones[2:]):
        clash &= (one != column.codes[pairs.right]) & (two != column.codes[pairs.left])
    return clash


def stands_in(column: Column, pairs: Pairs, codes: Codes) -> Mask:
    """Does one of the two records have the code in `column`?"""
    return (codes >= 0) & ((column.codes[pairs.left] == codes) | (column.codes[pairs.right] == codes))
