"""A proposal in words: what each field said, with its points (H2: nothing merges without a record of why)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import take
from migration.hygiene.block import Pairs
from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.levels import Like, Line, Mail
from migration.hygiene.likeness import Name
from migration.hygiene.weigh import Weighed


class Part(NamedTuple):
    """What one field said: `points` in bits (negative: against), `text` for a person."""

    field: str
    points: float
    text: str


_NAME = {
    Name.SAME: "{label} is the same: {a}",
    Name.RELATED: "{label}s stand for one another: {a}, {b}",
    Name.INITIAL: "{label} begins alike: {a}, {b}",
    Name.FAR: "{label}s are alike: {a}, {b}",
    Name.TYPO: "{label}s differ by a slip: {a}, {b}",
    Name.DIFFERENT: "{label}s differ: {a}, {b}",
    Name.BLANK_ONE: "{label} is blank on one side",
}
_MAIL = {
    Mail.NEAR: "E-mail addresses differ by a slip: {a}, {b}",
    Mail.ALIKE: "E-mail addresses are alike: {a}, {b}",
    Mail.SAME_LOCAL: "E-mail addresses begin alike: {a}, {b}",
    Mail.PRIVATE_CONFLICT: "Different private e-mail addresses: {a}, {b}",
    Mail.SAME_DOMAIN: "Different e-mail addresses at one domain: {a}, {b}",
    Mail.DIFFERENT: "Different e-mail addresses: {a}, {b}",
}
_LINE = {
    Line.NEAR: "Telephone numbers differ by a digit: {a}, {b}",
    Line.DIFFERENT: "Different telephone numbers: {a}, {b}",
}
_MOBILE = {Line.MOBILE_CONFLICT: "Different mobile numbers: {a}, {b}"}
_LIKE = {
    Like.SAME: "{label} is the same: {a}",
    Like.NEAR: "{label} is alike: {a}, {b}",
    Like.DIFFERENT: "{label} differs: {a}, {b}",
    Like.FAR: "{label} is a little alike: {a}, {b}",
}


# What the fields of a pair said, one bit each, in the order of the sentence they make.
TOLD = (
    ("email", (Mail.SAME,), "same e-mail address"),
    ("phone", (Line.SAME,), "same telephone number"),
    ("family_name", (Name.SAME,), "same family name"),
    ("given_name", (Name.SAME,), "same given name"),
    ("given_name", (Name.RELATED, Name.INITIAL, Name.TYPO, Name.FAR), "given names alike"),
    ("family_name", (Name.RELATED, Name.INITIAL, Name.TYPO, Name.FAR), "family names alike"),
    ("swapped", (1, 2, 3), "given and family name swapped"),
    ("birth_date", (Like.SAME,), "same date of birth"),
    ("company", (Like.SAME, Like.NEAR), "same company"),
    ("title", (Like.SAME, Like.NEAR), "same title"),
    ("street", (Like.SAME, Like.NEAR), "same street"),
    ("city", (Like.SAME, Like.NEAR), "same city"),
    ("other", (Like.SAME,), "same number of another kind"),
    ("email", (Mail.NEAR, Mail.ALIKE, Mail.SAME_LOCAL), "e-mail addresses alike"),
    ("phone", (Line.NEAR,), "telephone numbers alike"),
    ("birth_date", (Like.NEAR, Like.FAR), "dates of birth alike"),
    ("given_name", (Name.DIFFERENT,), "other given name"),
    ("family_name", (Name.DIFFERENT,), "other family name"),
    ("email", (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT), "other e-mail address"),
    ("phone", (Line.DIFFERENT,), "other telephone number"),
    ("phone", (Line.MOBILE_CONFLICT,), "other mobile number"),
    ("birth_date", (Like.DIFFERENT,), "other date of birth"),
    ("company", (Like.DIFFERENT,), "other company"),
    ("title", (Like.DIFFERENT,), "other title"),
    ("city", (Like.DIFFERENT,), "other city"),
)


def told_of(weighed: Weighed, kept: Codes) -> NDArray[np.int32]:
    """What the fields of the pairs `kept` said: bit k is set where TOLD[k] holds."""
    made = np.zeros(len(kept), dtype=np.int32)
    levels = {name: found[kept] for name, found in weighed.levels.items()}
    for bit, (field, wanted, _) in enumerate(TOLD):
        if field in levels:
            made |= np.isin(levels[field], [int(w) for w in wanted]).astype(np.int32) << bit
    return made


def sentence(told: int) -> str:
    """The words of `told_of`, at most six; for before against."""
    return ", ".join([words for bit, (_, _, words) in enumerate(TOLD) if told >> bit & 1][:6])


class Parts(NamedTuple):
    """What the fields of many pairs said: pair k has the parts from start[k] to start[k + 1], the weightiest first.

    The prior, which is the same for all, is the last part of each. Their points add up to
    the exponent of the odds, up to rounding to a tenth.
    """

    start: list[int]
    fields: list[str]
    points: list[float]
    texts: list[str]
    prior: Part

    def each(self) -> Iterator[tuple[Part, ...]]:
        """The parts of each pair."""
        parts = list(map(Part, self.fields, self.points, self.texts))
        for first, last in pairwise(self.start):
            yield (*parts[first:last], self.prior)


def explained(table: Table, weighed: Weighed, prior: float) -> Parts:
    """Put into words what every field of the pairs `weighed` said."""
    said = sorted(_said(table, weighed), key=lambda one: one.field)
    points = [_rounded(weighed.points[one.field][one.pairs]) for one in said]
    flat = np.concatenate([*points, np.empty(0)])
    pairs = np.concatenate([*(one.pairs for one in said), np.empty(0, np.int64)])
    order = np.lexsort((-np.abs(flat), pairs))  # fields are in order already
    start = np.searchsorted(pairs[order], np.arange(len(weighed.pairs.left) + 1))
    places = order.tolist()
    fields = [one.field for one in said for _ in one.texts]
    texts = [text for one in said for text in one.texts]
    return Parts(
        start.tolist(),
        [fields[at] for at in places],
        flat[order].tolist(),
        [texts[at] for at in places],
        Part("prior", round(prior, 1), f"Two of {table.size:,} records, before looking at them"),
    )


def _rounded(points: NDArray) -> NDArray[np.float64]:
    # as Python rounds, not as numpy does
    distinct, at = np.unique(points, return_inverse=True)
    return np.array([round(one, 1) for one in distinct.astype(float).tolist()])[at]


class _Said(NamedTuple):
    """A field of which there is something to say, in which of the pairs, and what."""

    field: str
    pairs: NDArray[np.int64]
    texts: list[str]


class _Words:
    """Words about the two values of a column, for the pairs of which something holds."""

    def __init__(self, pairs: Pairs) -> None:
        self.ends = pairs

    def values(self, column: Column, rows: Codes) -> list[str]:
        """The texts of some rows, "" for none."""
        codes = column.codes[rows]
        filled = np.flatnonzero(codes >= 0)
        if len(filled) == len(codes):
            return take(column.values, codes)
        found = [""] * len(codes)
        for at, text in zip(filled.tolist(), take(column.values, codes[filled]), strict=True):
            found[at] = text
        return found

    def fill(self, template: str, column: Column, at: NDArray[np.int64]) -> list[str]:
        """`template` with the values of the pairs `at` for {a} and {b}."""
        before, has_one, rest = template.partition("{a}")
        between, has_two, after = rest.partition("{b}")
        if not has_one:
            return [template] * len(at)
        ones = self.values(column, self.ends.left[at])
        if not has_two:
            return [f"{before}{one}{rest}" for one in ones]
        twos = self.values(column, self.ends.right[at])
        return [f"{before}{one}{between}{two}{after}" for one, two in zip(ones, twos, strict=True)]

    def by_level(
        self, field: str, templates: Mapping[Any, str], levels: Codes, column: Column, label: str = ""
    ) -> Iterator[_Said]:
        """What a field said, level by level, where the level has a template."""
        for level in np.unique(levels).tolist():
            if template := templates.get(level):
                at = np.flatnonzero(levels == level)
                yield _Said(field, at, self.fill(template.replace("{label}", label), column, at))


def _said(table: Table, weighed: Weighed) -> Iterator[_Said]:
    words, levels = _Words(weighed.pairs), weighed.levels

    def alike(field: str, label: str, column: Column) -> Iterator[_Said]:
        return words.by_level(field, _LIKE, levels[field], column, label)

    swapped = levels["swapped"] != 0
    for field, label, column in (
        ("given_name", "Given name", table.given),
        ("family_name", "Family name", table.family),
    ):
        at = np.flatnonzero(swapped)
        yield _Said(field, at, words.fill(f"{label} stands in the other's place: {{a}}", column, at))
        yield from words.by_level(field, _NAME, np.where(swapped, -1, levels[field]), column, label)
    for field, word, column, same in (
        ("email", "E-mail address", table.email, Mail.SAME),
        ("phone", "Telephone number", table.phones[0], Line.SAME),
    ):
        at = np.flatnonzero(levels[field] == same)
        shared = take(column.values, weighed.shared[field][at])
        carriers = weighed.carriers[field][at].tolist()
        also = [f", which carries {many} different names" if many > 1 else "" for many in carriers]
        yield _Said(field, at, [f"{word} is the same: {one}{more}" for one, more in zip(shared, also, strict=True)])
    yield from words.by_level("email", _MAIL, levels["email"], table.email)
    yield from words.by_level("phone", _LINE, levels["phone"], table.phones[0])
    yield from words.by_level("phone", _MOBILE, levels["phone"], table.phones[1])
    yield from alike("suffix", "Suffix", table.suffix)
    yield from alike("birth_date", "Date of birth", table.birth)
    yield from alike("company", "Company", table.company)
    at = np.flatnonzero((levels["company"] == 0) & (weighed.points["company"] != 0))
    yield _Said("company", at, words.fill("Domain is the same: {a}", table.domain, at))
    yield from alike("title", "Title", table.title)
    if "other" in levels:
        yield from alike("other", "A number of another kind", table.others[0])
    at = np.flatnonzero(weighed.points["homonym"])
    yield _Said("homonym", at, ["Two of one name may share this number"] * len(at))
    places: dict[int, list[str]] = {}
    for field, label, column in (
        ("street", "Street", table.street),
        ("postcode", "Postal code", table.postcode),
        ("city", "City", table.city),
    ):
        for one in alike(field, label, column):
            for pair, text in zip(one.pairs.tolist(), one.texts, strict=True):
                places.setdefault(pair, []).append(text)
    yield _Said("place", np.array(list(places), dtype=np.int64), ["; ".join(texts) for texts in places.values()])
