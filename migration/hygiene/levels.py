"""What the fields of two records are to one another, in levels, for many pairs at once."""

import re
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from migration.hygiene.block import Pairs
from migration.hygiene.features import Codes, Column, Mask, Table
from migration.hygiene.likeness import Levels, Name, scores


class Mail(IntEnum):
    """What two records' addresses are to one another."""

    NONE = 0
    SAME = 1
    NEAR = 2
    SAME_LOCAL = 3
    PRIVATE_CONFLICT = 4
    SAME_DOMAIN = 5
    DIFFERENT = 6
    ALIKE = 7


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
    FAR = 4  # dates only: more than a slip, less than another date


class Swap(IntEnum):
    """Do the parts of a name stand in each other's place?"""

    NO = 0
    WHOLE = 1  # both parts, letter by letter
    ALIKE = 2  # both parts, with a slip
    PART = 3  # the one part that one record has is the other's other part


def name_pair(table: Table, pairs: Pairs) -> tuple[Levels, Levels, Levels]:
    """Levels of given and family name, and their Swap."""
    left, right = pairs
    given = table.facts["given"].levels(table.given.codes[left], table.given.codes[right])
    family = table.facts["family"].levels(table.family.codes[left], table.family.codes[right])
    return given, family, _swaps(table, pairs, given, family)


def _swaps(table: Table, pairs: Pairs, given: Levels, family: Levels) -> Levels:
    swaps = np.full(len(given), Swap.NO, dtype=np.int8)
    odd = np.flatnonzero((given <= Name.FAR) & (family <= Name.FAR))
    if not len(odd):
        return swaps
    first, last = (part.codes for part in table.parts)
    left, right = pairs.left[odd], pairs.right[odd]
    one, two, three, four = first[left], last[right], last[left], first[right]
    whole = (one >= 0) & (three >= 0) & (one == two) & (three == four)
    facts = table.facts["part"]
    start = facts.start
    # Fingers slip inside a word: another first letter is another name.
    same = [(a >= 0) & (b >= 0) & (start[a] == start[b]) for a, b in ((one, two), (three, four))]
    told = [np.zeros(len(odd), dtype=bool) for _ in same]
    for at, (a, b) in enumerate(((one, two), (three, four))):
        ask = np.flatnonzero(same[at])
        levels = facts.levels(a[ask], b[ask])
        told[at][ask] = (levels >= Name.TYPO) & (levels != Name.INITIAL)
    missing = (one < 0).astype(int) + (two < 0) + (three < 0) + (four < 0)
    better = (given[odd] <= Name.DIFFERENT) & (family[odd] <= Name.DIFFERENT)
    part = (missing == 1) & (told[0] | told[1]) & better
    swaps[odd] = np.select([whole, told[0] & told[1] & better, part], [Swap.WHOLE, Swap.ALIKE, Swap.PART], Swap.NO)
    return swaps


def like(column: Column, pairs: Pairs, near: float, scorer: str = "words") -> Levels:
    """Plain likeness of one column; from `near` on two values are alike."""
    alike = scores(column.codes[pairs.left], column.codes[pairs.right], column, scorer, near)
    return np.select([alike < 0, alike == 1, alike >= near], [Like.NONE, Like.SAME, Like.NEAR], Like.DIFFERENT).astype(
        np.int8
    )


def date_levels(column: Column, turned: Codes, pairs: Pairs) -> Levels:
    """Likeness of dates: a digit, or day and month swapped, is a slip; two or three digits are far.

    `turned[c]` is the code of date c with day and month swapped, -1 if nobody has it.
    """
    one, two = column.codes[pairs.left], column.codes[pairs.right]
    alike = scores(one, two, column, "slips", 0.25)
    levels = np.select(
        [alike < 0, alike == 1, alike >= 0.5, alike >= 0.25],
        [Like.NONE, Like.SAME, Like.NEAR, Like.FAR],
        Like.DIFFERENT,
    ).astype(np.int8)
    far = np.flatnonzero(levels >= Like.DIFFERENT)
    levels[far[turned[one[far]] == two[far]]] = Like.NEAR
    return levels


def clash_of(one: Codes, two: Codes) -> Mask:
    """Where both have a code, and not the same."""
    return (one >= 0) & (two >= 0) & (one != two)


def contrary(table: Table, pairs: Pairs, births_part: bool) -> Mask:
    """Do the two records clearly name two persons (or two companies)?"""
    return contrary_given(table, pairs, *name_pair(table, pairs), births_part)


def contrary_given(table: Table, pairs: Pairs, given: Levels, family: Levels, swaps: Levels, births_part: bool) -> Mask:
    """The same, when the names have been compared."""
    left, right = pairs
    suffix = clash_of(table.suffix.codes[left], table.suffix.codes[right])
    named = ((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & (swaps == Swap.NO)
    found = named | suffix
    if births_part:  # where a file's birth dates are often wrong they part nobody by themselves
        ask = np.flatnonzero(clash_of(table.birth.codes[left], table.birth.codes[right]))
        some = date_levels(table.birth, table.turned, Pairs(left[ask], right[ask]))
        found[ask] |= (some == Like.DIFFERENT) | (some == Like.FAR)
    nobody = np.flatnonzero((given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH))
    if len(nobody):
        found[nobody] |= like(table.company, Pairs(left[nobody], right[nobody]), 0.8, "names") == Like.DIFFERENT
    return found


def shared_code(columns: Sequence[Column], pairs: Pairs, carriers: Codes) -> Codes:
    """Code of the value both records have, the one with the fewest names first; -1 for none."""
    best = np.full(len(pairs.left), -1, dtype=np.int32)
    worth = np.append(carriers, np.iinfo(np.int64).max)
    used = [c.codes for c in columns if (c.codes >= 0).any()]
    lefts, rights = [c[pairs.left] for c in used], [c[pairs.right] for c in used]
    for one in lefts:
        for two in rights:
            code = np.where(one == two, one, -1)
            some = np.flatnonzero(code >= 0)
            better = some[worth[code[some]] < worth[best[some]]]
            best[better] = code[better]
    return best


def mail_levels(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    """Mail levels; `shared` is the address both have, -1 for none."""
    one, two = table.email.codes[pairs.left], table.email.codes[pairs.right]
    levels = np.full(len(one), Mail.NONE, dtype=np.int8)
    ask = np.flatnonzero((one >= 0) & (two >= 0) & (shared < 0))
    levels[shared >= 0] = Mail.SAME
    one, two = one[ask], two[ask]
    facts = table.mails
    # Fingers slip inside a word; another first letter is another colleague.
    start = facts.start[one] == facts.start[two]
    alike = np.zeros(len(one), dtype=np.float32)
    alike[start] = scores(one[start], two[start], table.email, "slips", 0.2)
    same_domain = facts.domain[one] == facts.domain[two]
    private = facts.private[one] & facts.private[two]
    local = table.local.codes
    same_local = (local[pairs.left[ask]] >= 0) & (local[pairs.left[ask]] == local[pairs.right[ask]])
    near = np.flatnonzero(start & same_domain & (alike >= 0.2))
    start[near] &= ~_numbered(table.email.values, one[near], two[near])
    long = (facts.width[one] >= 8) & (facts.width[two] >= 8)
    slip = (alike >= 1 / 2) | ((alike >= 1 / 3) & (long | ~same_domain))
    levels[ask] = np.select(
        [slip & start, same_local, (alike >= 0.2) & start & ~same_domain & ~private, private, same_domain],
        [Mail.NEAR, Mail.SAME_LOCAL, Mail.ALIKE, Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN],
        Mail.DIFFERENT,
    )
    return levels


def _numbered(addresses: list[str], one: Codes, two: Codes) -> Mask:
    """Do two addresses count people of one name ("j.smith2", "j.smith3"; "annw", "ann2")? A slip changes a letter."""
    found = []
    for a, b in zip(one.tolist(), two.tolist(), strict=True):
        first, second = sorted((addresses[a].rpartition("@")[0], addresses[b].rpartition("@")[0]))
        ends = first.rstrip("0123456789"), second.rstrip("0123456789")
        counted = first[-1:] in set("23456789") and ends[0] == first[:-1] and ends[1] == second == ends[0] + second[-1:]
        found.append(counted or (ends[0] == ends[1] and first != second))
    return np.array(found, dtype=bool)


def is_slip(column: Column, pairs: Pairs) -> Mask:
    """Do two addresses differ by a letter? Another number, or another dot at one provider, is another person.

    So is an initial beside a name: a company that has "ann.lee" calls the next one "a.lee".
    """
    found = []
    for a, b in zip(column.codes[pairs.left].tolist(), column.codes[pairs.right].tolist(), strict=True):
        one, two = column.values[a].rpartition("@")[0], column.values[b].rpartition("@")[0]
        numbers = ("".join(c for c in text if c.isdigit()) for text in (one, two))
        letters = ("".join(c for c in text if c.isalpha()) for text in (one, two))
        short = (min(map(len, re.split(r"[._-]", text))) < 2 for text in (one, two))
        found.append(
            next(numbers) == next(numbers)
            and (one == two or next(letters) != next(letters))
            and next(short) == next(short)
        )
    return np.array(found, dtype=bool)


def line_levels(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    """Line levels; `shared` is the number both have, -1 for none."""
    main = table.phones[0]
    one, two = main.codes[pairs.left], main.codes[pairs.right]
    levels = np.full(len(one), Line.NONE, dtype=np.int8)
    ask = np.flatnonzero((one >= 0) & (two >= 0) & (shared < 0))
    alike = scores(one[ask], two[ask], main, "slips", 0.5)
    tails = table.tails
    # One of the two was written without its code.
    cut = (tails[one[ask]] == tails[two[ask]]) & (table.partly[one[ask]] | table.partly[two[ask]])
    levels[ask] = np.where((alike >= 0.5) | cut, Line.NEAR, Line.DIFFERENT)
    levels[shared >= 0] = Line.SAME
    # Two mobiles that differ speak against one person even where a landline is shared.
    levels[mobiles_clash(table, pairs)] = Line.MOBILE_CONFLICT
    return levels


def mobiles_clash(table: Table, pairs: Pairs) -> Mask:
    """Two mobile numbers in full form that differ, neither being the other record's line."""
    one, two = table.phones[1].codes[pairs.left], table.phones[1].codes[pairs.right]
    clash = clash_of(one, two) & ~table.partly[one] & ~table.partly[two]
    for column in (table.phones[0], *table.phones[2:]):
        some = np.flatnonzero(clash)
        clash[some] = (one[some] != column.codes[pairs.right[some]]) & (two[some] != column.codes[pairs.left[some]])
    return clash


def stands_in(column: Column, pairs: Pairs, codes: Codes) -> Mask:
    """Does one of the two records have the code in `column`?"""
    return (codes >= 0) & ((column.codes[pairs.left] == codes) | (column.codes[pairs.right] == codes))
