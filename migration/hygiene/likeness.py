"""How alike two values are, in levels; asked once per distinct pair of values, in bulk."""

from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from migration.hygiene.features import Codes, Column
from migration.hygiene.nicknames import is_given, related

Levels = NDArray[np.int8]
Scores = NDArray[np.float32]


class Name(IntEnum):
    """What two given names, or two family names, are to one another. From RELATED on they agree."""

    BLANK_BOTH = 0
    BLANK_ONE = 1
    DIFFERENT = 2
    FAR = 3  # alike, but by more than a slip
    TYPO = 4
    RELATED = 5  # nicknames; one part of a double name
    INITIAL = 6
    SAME = 7


def given_level(one: str, two: str, likeness: float, slips: int) -> Name:
    """Level of two different folded given names; `likeness` 0 to 1, `slips` their edit distance."""
    first, second = one.split(" "), two.split(" ")
    a, b = first[0], second[0]
    if len(a) == 1 or len(b) == 1:
        return Name.INITIAL if a[0] == b[0] else Name.DIFFERENT
    if a == b:
        # "Anna Maria" is Anna or Anna M., but not Anna Marie.
        rest = zip(first[1:], second[1:], strict=False)
        return (
            Name.RELATED if all(x[0] == y[0] and (len(x) == 1 or len(y) == 1 or x == y) for x, y in rest) else Name.TYPO
        )
    if one.replace(" ", "") == two.replace(" ", "") or related(a, b):
        return Name.RELATED
    if is_given(a) and is_given(b):
        return Name.DIFFERENT  # two well-known names, however alike: Mark and Mary
    return _slip(a, b, likeness, slips)


def _slip(one: str, two: str, likeness: float, slips: int) -> Name:
    short = min(len(one), len(two))
    if slips <= 1 and (short >= 4 or (short == 3 and one[0] == two[0])):
        return Name.TYPO
    if (slips <= 2 and (short >= 7 or (short >= 5 and one[0] == two[0]))) or (likeness >= 0.9 and short >= 4):
        return Name.FAR
    return Name.DIFFERENT


def family_level(one: str, two: str, likeness: float, slips: int) -> Name:
    """Level of two different folded family names."""
    first, second = one.split(" "), two.split(" ")
    if len(one) == 1 or len(two) == 1:
        return Name.INITIAL if one[0] == two[0] else Name.DIFFERENT
    if one.replace(" ", "") == two.replace(" ", ""):
        return Name.RELATED
    if len(first) != len(second) and set(first) & set(second) - {"de", "la", "van", "von", "der", "del", "el", "al"}:
        return Name.RELATED
    return _slip(one, two, likeness, slips)


class Distinct:
    """The distinct pairs of values behind many pairs of records: ask once, spread the answer."""

    def __init__(self, one: Codes, two: Codes, width: int) -> None:
        packed = np.minimum(one, two) * width + np.maximum(one, two)
        self.pairs, self.inverse = np.unique(packed, return_inverse=True)
        self.left, self.right = self.pairs // max(width, 1), self.pairs % max(width, 1)

    def texts(self, values: list[str]) -> tuple[list[str], list[str]]:
        """The values behind the left and the right codes."""
        return [values[c] for c in self.left.tolist()], [values[c] for c in self.right.tolist()]


Judge = Callable[[str, str, float, int], Name]


def name_levels(one: Codes, two: Codes, values: list[str], judge: Judge) -> Levels:
    """`Name` level per pair of codes into `values`."""
    levels = np.full(len(one), Name.SAME, dtype=np.int8)
    levels[(one < 0) | (two < 0)] = Name.BLANK_ONE
    levels[(one < 0) & (two < 0)] = Name.BLANK_BOTH
    ask = (one >= 0) & (two >= 0) & (one != two)
    if not ask.any():
        return levels
    asked = Distinct(one[ask], two[ask], len(values))
    lefts, rights = asked.texts(values)
    alike = cpdist(lefts, rights, scorer=JaroWinkler.similarity)
    slips = cpdist(lefts, rights, scorer=OSA.distance)
    # Names without anything in common are most of the pairs and need no closer look.
    found = np.fromiter(
        (judge(a, b, s, d) for a, b, s, d in zip(lefts, rights, alike.tolist(), slips.tolist(), strict=True)),
        dtype=np.int8,
        count=len(lefts),
    )
    levels[ask] = found[asked.inverse]
    return levels


def scores(one: Codes, two: Codes, values: list[str], scorer: str = "jaro") -> Scores:
    """Likeness 0 to 1 per pair of codes; 1 for the same code, -1 where one has no value.

    `scorer` is "jaro" (Jaro-Winkler), "words" (their order does not count), "names" (nor do
    words that only one has) or "slips" (1 / (1 + edits)).
    """
    found = np.where(one == two, np.float32(1), np.float32(0))
    found[(one < 0) | (two < 0)] = -1
    ask = (one >= 0) & (two >= 0) & (one != two)
    if not ask.any():
        return found
    asked = Distinct(one[ask], two[ask], len(values))
    lefts, rights = asked.texts(values)
    if scorer == "words":
        made = cpdist(lefts, rights, scorer=fuzz.token_sort_ratio) / 100
    elif scorer == "names":
        made = cpdist(lefts, rights, scorer=fuzz.token_sort_ratio) / 100
        within = [_is_within(a, b) for a, b in zip(lefts, rights, strict=True)]
        made = np.where(within, np.maximum(made, WITHIN), made)
    elif scorer == "slips":
        made = 1 / (1 + cpdist(lefts, rights, scorer=OSA.distance))
    else:
        made = cpdist(lefts, rights, scorer=JaroWinkler.similarity)
    # Only the same code is 1: rounding must not make two values one.
    found[ask] = np.minimum(made.astype(np.float32), np.float32(0.999))[asked.inverse]
    return found


WITHIN = 0.85  # likeness of names of which one is the other with more words


def _is_within(one: str, two: str) -> bool:
    """Are all words of one name in the other ("katsu", "restaurant katsu")?"""
    first, second = set(one.split(" ")), set(two.split(" "))
    short = first if len(first) < len(second) else second
    return (first <= second or second <= first) and sum(map(len, short)) >= 5


def rarity(column: Column, ceiling: float) -> NDArray[np.float64]:
    """Bits that agreement on each value is worth: the rarer, the more, at most `ceiling`; a blank is worth 0."""
    share = (column.counts + 1) / (column.filled + 2)
    return np.append(np.clip(-np.log2(share), 0.5, ceiling), 0.0)
