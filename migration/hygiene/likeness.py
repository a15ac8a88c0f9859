"""How alike two values are, in levels; asked once per distinct pair of values, in bulk."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from migration.hygiene.columns import Codes, Column, Mask, once
from migration.hygiene.contacts import texts_of
from migration.hygiene.nicknames import GROUPS, is_given, related

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
    return _slip(one, two, likeness, slips)


def _slip(one: str, two: str, likeness: float, slips: int) -> Name:
    short = min(len(one), len(two))
    if slips <= 1 and (short >= 4 or (short == 3 and one[0] == two[0])):
        return Name.TYPO
    if (slips <= 2 and (short >= 7 or (short >= 5 and one[0] == two[0]))) or (likeness >= 0.9 and short >= 4):
        return Name.FAR
    if slips <= 3 and likeness >= 0.8 and short >= 4:
        return Name.FAR
    return Name.DIFFERENT


_PARTICLES = {"de", "la", "van", "von", "der", "del", "el", "al"}


def family_level(one: str, two: str, likeness: float, slips: int) -> Name:
    """Level of two different folded family names."""
    first, second = one.split(" "), two.split(" ")
    if len(one) == 1 or len(two) == 1:
        return Name.INITIAL if one[0] == two[0] else Name.DIFFERENT
    if one.replace(" ", "") == two.replace(" ", ""):
        return Name.RELATED
    if len(first) != len(second) and set(first) & set(second) - _PARTICLES:
        return Name.RELATED
    return _slip(one, two, likeness, slips)


DENSE = 1 << 25  # so many combinations of two values may have an entry each


def ask_once(one: Codes, two: Codes, width: int, ask: Callable[[Codes, Codes], NDArray]) -> NDArray:
    """`ask(lefts, rights)` per distinct pair of codes below `width`, spread over all pairs. Codes may not be -1."""
    packed = np.minimum(one, two).astype(np.int64) * width + np.maximum(one, two)
    if width * width <= DENSE:
        seen = np.zeros(width * width, dtype=bool)
        seen[packed] = True
        distinct = np.flatnonzero(seen)
        found = ask(distinct // width, distinct % width)
        spread = np.zeros(width * width, dtype=found.dtype)
        spread[distinct] = found
        return spread[packed]
    distinct, inverse = np.unique(packed, return_inverse=True)
    return ask(distinct // width, distinct % width)[inverse]


Judge = Callable[[str, str, float, int], Name]
COMMON = 5  # records that bear a name which is no slip
SLIPS = 25  # of so many records with a name, at most one has one slip of it


class NameFacts:
    """What is known of each of many names, so that most pairs of them need no closer look."""

    def __init__(self, column: Column, judge: Judge) -> None:
        self.values, self.judge, self.counts = column.values, judge, column.counts
        values = self.values
        self.start = np.array([*(ord(v[0]) for v in values), -1], dtype=np.int32)
        is_given = judge is given_level
        # Of several given names the first counts.
        heads = [v.partition(" ")[0] for v in values] if is_given else values
        place = dict(zip(dict.fromkeys(heads), range(len(heads)), strict=False))
        self.head = np.fromiter(map(place.__getitem__, heads), dtype=np.int32, count=len(heads))
        self.initial = np.array([len(v) == 1 for v in heads], dtype=bool)
        self.in_parts = np.array([" " in v and not is_given for v in values], dtype=bool)
        families = [GROUPS.get(v, ()) if is_given else () for v in heads]
        self.asked, self.answers = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)
        self.known = np.array([bool(found) for found in families], dtype=bool)
        # One bit per family of names: names that share a bit stand for one another.
        words = max((no for found in families for no in found), default=0) // 64 + 1
        self.families = np.zeros((words, len(values)), dtype=np.uint64)
        for at, found in enumerate(families):
            for no in found:
                self.families[no // 64, at] |= np.uint64(1 << no % 64)

    def levels(self, one: Codes, two: Codes) -> Levels:
        """`Name` level per pair of codes, -1 for none."""
        levels = np.full(len(one), Name.SAME, dtype=np.int8)
        levels[(one < 0) | (two < 0)] = Name.BLANK_ONE
        levels[(one < 0) & (two < 0)] = Name.BLANK_BOTH
        ask = np.flatnonzero((one >= 0) & (two >= 0) & (one != two))
        if len(ask):
            levels[ask] = ask_once(one[ask], two[ask], len(self.values), self._remembered)
        return levels

    def _remembered(self, one: Codes, two: Codes) -> Levels:
        """`_levels`, each pair asked once and for all; the next chunk of pairs meets the same names."""
        packed = one.astype(np.int64) * len(self.values) + two
        at = np.searchsorted(self.asked, packed)
        at[at == len(self.asked)] = -1
        known = self.asked[at] == packed if len(self.asked) else np.zeros(len(packed), dtype=bool)
        found = np.empty(len(packed), dtype=np.int8)
        found[known] = self.answers[at[known]]
        if not known.all():
            fresh = ~known
            found[fresh] = self._levels(one[fresh], two[fresh])
            asked, answers = np.append(self.asked, packed[fresh]), np.append(self.answers, found[fresh])
            order = np.argsort(asked)
            self.asked, self.answers = asked[order], answers[order]
        return found

    def _levels(self, one: Codes, two: Codes) -> Levels:
        found = self._spelling(one, two)
        # A slip is rare beside the name it was meant to be; where both are common they are two names.
        few, many = np.minimum(self.counts[one], self.counts[two]), np.maximum(self.counts[one], self.counts[two])
        both = (few >= COMMON) & (few > many // SLIPS)
        return np.select(
            [both & (found == Name.FAR), both & (found == Name.TYPO)], [Name.DIFFERENT, Name.FAR], found
        ).astype(np.int8)

    def _spelling(self, one: Codes, two: Codes) -> Levels:
        found = np.full(len(one), Name.DIFFERENT, dtype=np.int8)
        in_parts = self.in_parts[one] | self.in_parts[two]
        initial = (self.initial[one] | self.initial[two]) & ~in_parts
        found[initial & (self.start[one] == self.start[two])] = Name.INITIAL
        same = self.head[one] == self.head[two]
        known = self.known[one] & self.known[two] & ~in_parts & ~same
        initial &= ~same
        kin = np.zeros(len(one), dtype=bool)
        for word in self.families:
            kin |= (word[one] & word[two]) != 0
        found[known & kin] = Name.RELATED
        # Two well-known names, however alike, are two: Mark and Mary.
        rest = np.flatnonzero(~(initial | known))
        lefts, rights = ([self.values[c] for c in codes[rest].tolist()] for codes in (one, two))
        alike = cpdist(lefts, rights, scorer=JaroWinkler.similarity, score_cutoff=0.75)
        slips = cpdist(lefts, rights, scorer=OSA.distance, score_cutoff=3)
        near = np.flatnonzero((alike >= 0.75) | (slips <= 2) | in_parts[rest] | same[rest])
        found[rest[near]] = [
            self.judge(lefts[at], rights[at], s, d)
            for at, s, d in zip(near.tolist(), alike[near].tolist(), slips[near].tolist(), strict=True)
        ]
        return found


class Spelling:
    """What is known of each of many texts, so that most pairs of them need no closer look.

    `letters` has a bit per letter that occurs (of 64 kinds), `size` the length in bytes;
    `ordered` the words in the order of the alphabet, `words` a bit per word and `numbers` a
    bit per word that starts with a digit.
    """

    def __init__(self, column: Column, scorer: str) -> None:
        values, texts = column.values, texts_of(column)
        self.letters, self.size = _letters_of(texts), np.strings.str_len(texts).astype(np.int32)
        self.ordered: Sequence[str] = values
        self.words, self.numbers = (np.zeros(len(values), dtype=np.uint64) for _ in range(2))
        if scorer != "slips":
            parts = [text.split() for text in values]
            self.ordered = [
                " ".join(sorted(words)) if len(words) > 1 else text for words, text in zip(parts, values, strict=True)
            ]
            if scorer != "words":
                bits = {word: 1 << zlib.crc32(word.encode()) % 64 for words in parts for word in words}
                self.words = _bits_of(parts, bits)
                self.numbers = _bits_of(parts, {word: bit if word[0].isdigit() else 0 for word, bit in bits.items()})

    def may_be(self, one: Codes, two: Codes, scorer: str, cutoff: float) -> Mask:
        """Which pairs of codes may be as alike as `cutoff`? The others are not."""
        differ = np.bitwise_count(self.letters[one] ^ self.letters[two])
        first, second = self.size[one], self.size[two]
        if scorer == "slips":
            # A slip changes one letter into another.
            edits = int(1 / cutoff + 1e-9) - 1
            return (differ <= 2 * edits) & (np.abs(first - second) <= edits)
        found = differ <= (1 - cutoff) * (first + second) + 1e-6
        if scorer != "words":
            words, others = self.words[one], self.words[two]
            both = words & others
            found |= (both != 0) & ((both == words) | (both == others))
        if scorer == "address":
            numbers, others = self.numbers[one], self.numbers[two]
            found &= (numbers == 0) | (others == 0) | ((numbers & others) != 0)
        return found


def _bits_of(parts: Sequence[Sequence[str]], bits: Mapping[str, int]) -> NDArray[np.uint64]:
    made = []
    for words in parts:
        found = 0
        for word in words:
            found |= bits[word]
        made.append(found)
    return np.array(made, dtype=np.uint64)


# Letters that are 64 apart share a bit; the zeros after a text have none.
_BITS = np.uint64(1) << (np.arange(256, dtype=np.uint64) & np.uint64(63))
_BITS[0] = 0


def _letters_of(texts: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    found = np.zeros(len(texts), dtype=np.uint64)
    for letters in texts.view(np.uint8).reshape(len(texts), texts.itemsize).T:
        found |= _BITS[letters]
    return found


def scores(one: Codes, two: Codes, column: Column, scorer: str, cutoff: float) -> Scores:
    """Likeness 0 to 1 per pair of codes of `column`; 1 for the same, -1 where one has no value, 0 below `cutoff`.

    `scorer` is "words" (their order does not count), "names" (nor do words that only one
    has), "address" (house numbers must agree) or "slips" (1 / (1 + edits)).
    """
    found = np.where(one == two, np.float32(1), np.float32(0))
    found[(one < 0) | (two < 0)] = -1
    ask = np.flatnonzero((one >= 0) & (two >= 0) & (one != two))
    if len(ask):
        if column.spelled is None:
            column.spelled = Spelling(column, scorer)
        known = column.spelled
        ask = ask[known.may_be(one[ask], two[ask], scorer, cutoff)]
    if len(ask):
        # Only the same code is 1: rounding must not make two values one.
        found[ask] = ask_once(one[ask], two[ask], len(column.values), lambda a, b: _scores(a, b, known, scorer, cutoff))
    return found


WITHIN = 0.85  # likeness of names of which one is the other with more words


def _scores(one: Codes, two: Codes, known: Spelling, scorer: str, cutoff: float) -> Scores:
    texts = known.ordered
    lefts, rights = [texts[c] for c in one.tolist()], [texts[c] for c in two.tolist()]
    if scorer == "slips":
        edits = int(1 / cutoff)
        made = 1 / (1 + cpdist(lefts, rights, scorer=OSA.distance, score_cutoff=edits))
    else:
        made = cpdist(lefts, rights, scorer=fuzz.ratio, score_cutoff=100 * cutoff) / 100
        if scorer != "words":
            both = known.words[one] & known.words[two]
            within = (both != 0) & ((both == known.words[one]) | (both == known.words[two]))
            for at in within.nonzero()[0].tolist():
                within[at] = _is_within(lefts[at], rights[at], 5 if scorer == "names" else 7)
            made = np.where(within, np.maximum(made, WITHIN), made)
        if scorer == "address":
            for at in (made >= cutoff).nonzero()[0].tolist():
                if not _one_number(lefts[at], rights[at]):
                    made[at] = 0
    return np.minimum(made, 0.999).astype(np.float32)


def _is_within(one: str, two: str, letters: int) -> bool:
    """Are all words of one name in the other ("katsu", "restaurant katsu")?"""
    first, second = set(one.split(" ")), set(two.split(" "))
    short = first if len(first) < len(second) else second
    return (first <= second or second <= first) and sum(map(len, short)) >= letters


def _one_number(one: str, two: str) -> bool:
    """Do two streets have a number in common, or one of them none? 12 Oak Road is not 14 Oak Road."""
    first, second = ({word for word in text.split(" ") if word[0].isdigit()} for text in (one, two))
    return not (first and second) or bool(first & second)


def seldom(column: Column, persons: Codes, usual: float, ceiling: float) -> NDArray[np.float32]:
    """Bits that agreement on a date or number is worth, by how many `persons` (codes by row) have the value.

    Records of one person do not make a value common. `usual` bits are what any file
    teaches about such a field; they count as two hundred records, so that a small file
    does not call everything common. A blank is worth 0.
    """
    rows = np.flatnonzero(column.codes >= 0)
    pairs = once(column.codes[rows].astype(np.int64) * (int(persons.max(initial=0)) + 2) + persons[rows] + 1)
    carriers = np.bincount(pairs // (int(persons.max(initial=0)) + 2), minlength=len(column.values))
    share = (carriers - 1 + 200 * 2.0**-usual + 1e-3) / (len(pairs) + 200)
    return np.append(np.clip(-np.log2(share), 0.5, ceiling), 0.0).astype(np.float32)


REGIONS = 24  # so many parts of the world are told apart; who lives elsewhere tells nothing


class Regional(NamedTuple):
    """By code and region, with one more code for none: how much likelier a value is there than anywhere.

    `share` is each region's part of the records.
    """

    lift: NDArray[np.float32]
    share: NDArray[np.float32]


def regional(column: Column, region: Column) -> Regional:
    """How much likelier each value of `column` is in each region; what is seen once counts half."""
    often = np.argsort(-region.counts, kind="stable")[:REGIONS]
    place = np.full(len(region.values) + 1, -1)
    place[often] = np.arange(len(often))
    width, size = max(len(often), 1), len(column.values)
    where = place[region.codes]
    rows = np.flatnonzero((where >= 0) & (column.codes >= 0))
    seen = np.bincount(column.codes[rows] * width + where[rows], minlength=size * width).reshape(size, width)
    total = seen.sum(axis=0)
    share = (total + 1e-3) / (total.sum() + 1e-3 * width)
    lift = (seen / share + 1) / (seen.sum(axis=1, keepdims=True) + 1)
    made = np.append(lift, np.ones((1, width)), axis=0)
    return Regional(made.astype(np.float32), share.astype(np.float32))


def together(one: Regional, two: Regional, ones: Codes, twos: Codes) -> NDArray[np.float32]:
    """Bits by which two values meet more often than by chance, since both are at home in the same parts."""
    met = np.einsum("ij,ij,j->i", one.lift[ones], two.lift[twos], one.share)
    return np.log2(np.maximum(met, 0.25)).astype(np.float32)


def rarity(column: Column, ceiling: float) -> NDArray[np.float32]:
    """Bits that agreement on each value is worth: the rarer, the more, at most `ceiling`; a blank is worth 0."""
    share = (column.counts + 1) / (column.filled + 2)
    return np.append(np.clip(-np.log2(share), 0.5, ceiling), 0.0).astype(np.float32)
