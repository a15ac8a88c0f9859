"""Records as columns of comparison keys, ready to be compared in bulk.

Keys are made here without touching the record (H2).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import company
from migration.hygiene.columns import (
    Codes,
    Column,
    Mask,
    Record,
    either,
    encode,
    encode_all,
    encode_codes,
    encode_pairs,
    once,
)
from migration.hygiene.contacts import mails_of, numbers_of
from migration.hygiene.fields import DERIVED, EMAILS, FIELDS, PHONES
from migration.hygiene.likeness import NameFacts, Regional, family_level, given_level, regional, seldom
from migration.hygiene.namekeys import names_of
from migration.hygiene.text import fold

__all__ = ["Codes", "Column", "Mask", "Record", "Table", "encode", "encode_codes"]


COMPARED = frozenset(
    {"given_name", "family_name", "suffix", "full_name", *EMAILS, *PHONES}
    | {"company", "website", "city", "postcode", "street", "birth_date", "title", "country"}
)

COMPANIES = 8  # from so many on a domain that their people have may be a provider's
LONGEST = 30  # letters of an identifier


class Table:
    """Comparison columns of records, in the order of their keys.

    `order[k]` is the place that row k had among the records or columns given. Raises
    ValueError when two records have one key.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        rows = list(records)
        fields = sorted({name for r in rows for name in r.values})
        columns = {name: encode(r.values.get(name) or "" for r in rows) for name in fields}
        self._build([r.key for r in rows], columns)

    @classmethod
    def from_columns(cls, keys: Sequence[str], columns: Mapping[str, Column]) -> "Table":
        """The table of records whose key is `keys[i]` and whose value of a field is `columns[field]`'s of row i.

        Columns hold standardised values by our field names (`fields.FIELDS`); those that
        are not there are blank. Gives the same table as the records themselves.
        """
        made = cls.__new__(cls)
        made._build(keys, columns)
        return made

    def _build(self, keys: Sequence[str], columns: Mapping[str, Column]) -> None:
        self.size = len(keys)
        if all(a < b for a, b in pairwise(keys)):
            self.order = np.arange(self.size)
            self.keys = list(keys)
        else:
            self.order = np.array(sorted(range(self.size), key=keys.__getitem__), dtype=np.int64)
            self.keys = [keys[at] for at in self.order.tolist()]
            if any(a == b for a, b in pairwise(self.keys)):
                raise ValueError("Two records have the same key.")
        blank = Column(np.full(self.size, -1, dtype=np.int32), [], np.zeros(0, dtype=np.int64))

        def column(name: str) -> Column:
            found = columns.get(name)
            return blank if found is None else Column(found.codes[self.order], found.values, found.counts, found.texts)

        self.given, self.family, self.suffix = names_of(
            *map(column, ("given_name", "family_name", "suffix", "full_name"))
        )
        self.company = column("company").take(company.key)
        self.emails, self.mails, self.local, domains, at_work = mails_of([column(name) for name in EMAILS])
        self.email = self.emails[0]
        at_work = self._without_providers(domains, at_work)
        self.phones, self.tails, self.partly = numbers_of([column(name) for name in PHONES])
        self.domain = either(encode_codes(at_work, domains), column("website").take(_site))
        self.city = column("city").take(fold)
        self.postcode = column("postcode").take(lambda v: fold(v).replace(" ", "")[:8])
        self.street = column("street").take(street_key)
        self.birth = column("birth_date").take(lambda v: v[:10])
        self.title = column("title").take(fold)
        self.region = either(column("country"), column("phone").take(_dialled))
        self.parts = encode_all([self.given.values, self.family.values], [self.given.codes, self.family.codes])
        self.whole = encode_pairs(*self.parts)
        unnamed = [column(name) for name in sorted(columns) if compared(name) and name not in COMPARED]
        initials = self.given.take(lambda text: text[:1]).codes
        self.others = [found for one in unnamed if (found := _identifier(one, initials)) is not None]

    def _without_providers(self, domains: Codes, names: list[str]) -> list[str]:
        """Names of domains at work; one that people of many companies have is a provider's, its addresses private."""
        rows = np.flatnonzero((domains >= 0) & (self.company.codes >= 0))
        people = np.bincount(domains[rows], minlength=len(names))
        pairs = once(domains[rows].astype(np.int64) * len(self.company.values) + self.company.codes[rows])
        companies = np.bincount(pairs // max(len(self.company.values), 1), minlength=len(names))
        provides = (companies >= COMPANIES) & (3 * companies >= people)
        private = np.append(provides, False)[self.mails.domain]
        self.mails.private |= private
        self.mails.numbered &= ~private
        return ["" if one else name for name, one in zip(names, provides.tolist(), strict=True)]

    @cached_property
    def facts(self) -> dict[str, NameFacts]:
        """What is known of given names, of family names, and of both together ("part")."""
        return {
            "given": NameFacts(self.given, given_level),
            "family": NameFacts(self.family, family_level),
            "part": NameFacts(self.parts[0], family_level),
        }

    @cached_property
    def nobody(self) -> Mask:
        """Rows that are about no person: neither a name nor anything that only a person has."""
        own = (self.email.codes >= 0) & ~self.mails.role[self.email.codes]
        named = [c.codes >= 0 for c in (self.given, self.family, self.title, self.birth)]
        return ~np.logical_or.reduce([own, *named])

    @cached_property
    def mobile(self) -> Mask:
        """By code of a number, with one more entry for none: is it mostly given as somebody's mobile?

        In a record whose columns were taken for one another a line at home stands there too.
        """
        often = [np.bincount(c.codes[c.codes >= 0], minlength=len(c.values) + 1) for c in self.phones]
        return 2 * often[1] > np.sum(often, axis=0)

    @cached_property
    def seldom(self) -> list[NDArray[np.float32]]:
        """Bits that agreement on a date of birth, and on each of `others`, is worth, by code."""
        return [seldom(column, self.whole.codes, 12, 12) for column in (self.birth, *self.others)]

    @cached_property
    def lifts(self) -> dict[str, Regional]:
        """How much likelier each name, and each city, is in each part of the world."""
        columns = {"given": self.given, "family": self.family, "city": self.city}
        return {name: regional(column, self.region) for name, column in columns.items()}

    @cached_property
    def turned(self) -> Codes:
        """Code of each date of birth with day and month swapped, -1 where nobody has it, -2 for none."""
        at = {value: code for code, value in enumerate(self.birth.values)}
        return np.array([*(at.get(f"{v[:5]}{v[8:]}-{v[5:7]}", -1) for v in self.birth.values), -2], dtype=np.int32)


def _dialled(number: str) -> str:
    """Where a full number is, roughly: the digits after the plus."""
    return number[:3] if number[:1] == "+" else ""


def compared(name: str) -> bool:
    """Does matching look at the field `name`? Also at those that have no name of ours: they may be identifiers."""
    return name in COMPARED or (name not in FIELDS and name not in DERIVED and not name.startswith("_"))


def _identifier(column: Column, initials: Codes) -> Column | None:
    """A column we have no name for, when its values look like somebody's number: rare, and one person's.

    `initials` are codes of the first letters of given names: the number of an account is
    borne by people of any name.
    """
    some = column.filled
    if some < 2 or some > 3 * len(column.values) or max(map(len, column.values[:100])) > LONGEST:
        return None
    made = column.take(lambda v: "".join(c for c in v.casefold() if c.isalnum()))
    digits = sum(any(c.isdigit() for c in v) for v in made.values)
    if len(made.values) == some or digits * 2 <= len(made.values):
        return None
    rows = np.flatnonzero((made.codes >= 0) & (initials >= 0))
    rows = rows[(made.counts > 1)[made.codes[rows]]]
    pairs = once(made.codes[rows].astype(np.int64) * 0x110000 + initials[rows])
    names = np.bincount(pairs // 0x110000)
    names = names[names > 0]
    return made if (names > 1).sum() * 2 <= len(names) else None


def _site(value: str) -> str:
    return value.lower().partition("://")[2].partition("/")[0].removeprefix("www.")


_STREET_WORDS = {
    "street": "st", "strasse": "str", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr",
    "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "suite": "ste", "north": "n", "south": "s", "east": "e",
    "west": "w", "highway": "hwy", "parkway": "pkwy", "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th",
    "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip


def street_key(value: str) -> str:
    """Folded street with common words shortened ("2316 Polk Street" -> "2316 polk st")."""
    return " ".join(
        _STREET_WORDS.get(word, word.removesuffix("asse") if word.endswith("strasse") else word)
        for word in fold(value).split()
    )
