"""A proposal in words: what each field said, with its points (H2: nothing merges without a record of why)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.levels import Like, Line, Mail
from migration.hygiene.likeness import Name
from migration.hygiene.weigh import Weighed

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    Line.MOBILE_CONFLICT: "Different mobile numbers: {a}, {b}",
    Line.DIFFERENT: "Different telephone numbers: {a}, {b}",
}
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


def parts_of(table: Table, weighed: Weighed, at: int, prior: float) -> tuple[Part, ...]:
    """Parts of pair number `at`, the weightiest first, with the prior at the end.

    Their points add up to the exponent of the odds, up to rounding to a tenth.
    """
    found = [Part(field, round(float(weighed.points[field][at]), 1), text) for field, text in _said(table, weighed, at)]
    found.sort(key=lambda part: (-abs(part.points), part.field))
    return (*found, Part("prior", round(prior, 1), f"Two of {table.size} records, before looking at them"))


def _said(table: Table, weighed: Weighed, at: int) -> Iterator[tuple[str, str]]:
    left, right = int(weighed.pairs.left[at]), int(weighed.pairs.right[at])

    def both(column: Column) -> dict[str, str]:
        one, two = int(column.codes[left]), int(column.codes[right])
        return {"a": column.values[one] if one >= 0 else "", "b": column.values[two] if two >= 0 else ""}

    levels = {name: int(level[at]) for name, level in weighed.levels.items()}
    for field, label, column in (
        ("given_name", "Given name", table.given),
        ("family_name", "Family name", table.family),
    ):
        if levels["swapped"]:
            yield field, f"{label} stands in the other's place: {both(column)['a']}"
        elif said := _NAME.get(Name(levels[field])):
            yield field, said.format(label=label, **both(column))
    mail, line = Mail(levels["email"]), Line(levels["phone"])
    for field, word, column, is_same in (
        ("email", "E-mail address", table.email, mail is Mail.SAME),
        ("phone", "Telephone number", table.phones[0], line is Line.SAME),
    ):
        if is_same:
            carriers = int(weighed.carriers[field][at])
            also = f", which carries {carriers} different names" if carriers > 1 else ""
            yield field, f"{word} is the same: {column.values[int(weighed.shared[field][at])]}{also}"
    if mail in _MAIL:
        yield "email", _MAIL[mail].format(**both(table.email))
    if line in _LINE:
        yield "phone", _LINE[line].format(**both(table.phones[1 if line is Line.MOBILE_CONFLICT else 0]))
    for field, label, column in (("suffix", "Suffix", table.suffix), ("birth_date", "Date of birth", table.birth)):
        if levels[field]:
            yield field, _LIKE[Like(levels[field])].format(label=label, **both(column))
    if levels["company"]:
        yield "company", _LIKE[Like(levels["company"])].format(label="Company", **both(table.company))
    elif weighed.points["company"][at]:
        yield "company", f"Domain is the same: {both(table.domain)['a']}"
    if levels["title"]:
        yield "title", _LIKE[Like(levels["title"])].format(label="Title", **both(table.title))
    if levels.get("other"):
        yield "other", _LIKE[Like(levels["other"])].format(label="A number of another kind", **both(table.others[0]))
    if weighed.points["homonym"][at]:
        yield "homonym", "Two of one name may share this number"
    place = [
        _LIKE[Like(levels[field])].format(label=label, **both(column))
        for field, label, column in (
            ("street", "Street", table.street),
            ("postcode", "Postal code", table.postcode),
            ("city", "City", table.city),
        )
        if levels[field]
    ]
    if place:
        yield "place", "; ".join(place)
