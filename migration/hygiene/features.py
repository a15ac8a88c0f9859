"""Records as columns of integer codes over distinct values, ready to be compared in bulk.

Comparison keys are made here without touching the record (H2). Twenty columns of a
million rows as Python text would not fit in 2 GB; codes and distinct values do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import company, emails, names
from migration.hygiene.fields import EMAILS, PHONES
from migration.hygiene.text import fold

Codes = NDArray[np.int64]


class Record(NamedTuple):
    """One standardised record: `key` is unique and decides every order, `values` are text by field."""

    key: str
    values: Mapping[str, str]


@dataclass(slots=True)
class Column:
    """`codes[i]` points into `values`, -1 where record i has none. `counts[c]` records carry value c."""

    codes: Codes
    values: list[str]
    counts: Codes

    @property
    def filled(self) -> int:
        """Records that have a value."""
        return int(self.counts.sum())

    def take(self, make: Callable[[str], str]) -> "Column":
        """A column made from this one, `make` called once per distinct value."""
        return encode_codes([make(v) for v in self.values], self.codes)


def encode(values: Iterable[str]) -> Column:
    """Column of `values`; "" has no code. Codes follow the alphabet, so that row order never counts."""
    rows = list(values)
    distinct = sorted(set(rows) - {""})
    at = {value: code for code, value in enumerate(distinct)}
    at[""] = -1
    codes = np.fromiter((at[v] for v in rows), dtype=np.int64, count=len(rows))
    return Column(codes, distinct, _counts(codes, len(distinct)))


def encode_together(columns: Sequence[Sequence[str]]) -> list[Column]:
    """Columns that share one list of values, so that a code means the same in each; `counts` are of all."""
    distinct = sorted(set().union(*columns) - {""})
    at = {value: code for code, value in enumerate(distinct)}
    at[""] = -1
    codes = [np.fromiter((at[v] for v in column), dtype=np.int64, count=len(column)) for column in columns]
    counts = _counts(np.concatenate(codes), len(distinct))
    return [Column(each, distinct, counts) for each in codes]


def encode_codes(made: Sequence[str], codes: Codes) -> Column:
    """Column whose record i has `made[codes[i]]`."""
    distinct = sorted(set(made) - {""})
    at = {value: code for code, value in enumerate(distinct)}
    at[""] = -1
    table = np.fromiter((at[v] for v in [*made, ""]), dtype=np.int64, count=len(made) + 1)
    taken = table[codes]  # -1 picks the last entry, which is blank
    return Column(taken, distinct, _counts(taken, len(distinct)))


def _counts(codes: Codes, size: int) -> Codes:
    return np.bincount(codes[codes >= 0], minlength=size).astype(np.int64)


class Table:
    """Comparison columns of `records`, in the order of their keys.

    Raises ValueError when two records have one key.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = sorted(records, key=lambda r: r.key)
        self.keys = [r.key for r in self.records]
        self.size = len(self.keys)
        if any(a == b for a, b in zip(self.keys, self.keys[1:], strict=False)):
            raise ValueError("Two records have the same key.")
        parts = [_name_of(r.values) for r in self.records]
        self.given = encode(p[0] for p in parts)
        self.family = encode(p[1] for p in parts)
        self.suffix = encode(p[2] for p in parts)
        self.emails = encode_together([[email_key(r.values.get(f) or "") for r in self.records] for f in EMAILS])
        self.email = self.emails[0]
        self.local = self.email.take(_local)
        self.phones = encode_together(
            _completed([[phone_key(r.values.get(f) or "") for r in self.records] for f in PHONES])
        )
        self.company = self._column("company").take(company.key)
        self.domain = _either(self.email.take(_work_domain), self._column("website").take(_site))
        self.city = self._column("city").take(fold)
        self.postcode = self._column("postcode").take(lambda v: fold(v).replace(" ", "")[:8])
        self.street = self._column("street").take(street_key)
        self.birth = self._column("birth_date").take(lambda v: v[:10])
        self.title = self._column("title").take(fold)
        self.whole = encode_pairs(self.given, self.family)
        self.local_is_name = _told_by_name(self.local, self.given, self.family)

    def _column(self, name: str) -> Column:
        return encode(r.values.get(name, "") or "" for r in self.records)


def _either(first: Column, second: Column) -> Column:
    """Values of `first`, where it has none those of `second`."""
    codes = np.where(first.codes >= 0, first.codes, np.where(second.codes >= 0, second.codes + len(first.values), -1))
    return encode_codes(first.values + second.values, codes)


def encode_pairs(one: Column, two: Column) -> Column:
    """Column of both values together, whichever way round they stand; only where both are there."""
    both = (one.codes >= 0) & (two.codes >= 0)
    made = one.codes * (len(two.values) or 1) + two.codes
    distinct, inverse = np.unique(made[both], return_inverse=True)
    width = len(two.values) or 1
    labels = [" | ".join(sorted((one.values[m // width], two.values[m % width]))) for m in distinct.tolist()]
    codes = np.full(len(both), -1, dtype=np.int64)
    codes[both] = inverse
    return encode_codes(labels, codes)


def _told_by_name(local: Column, given: Column, family: Column) -> NDArray[np.bool_]:
    """Where the local part of an address only repeats the name: such parts meet by themselves."""
    told = np.zeros(len(local.codes), dtype=bool)
    present = np.flatnonzero(local.codes >= 0)
    seen: dict[tuple[int, int, int], bool] = {}
    for row, *codes in zip(present.tolist(), *(c.codes[present].tolist() for c in (local, given, family)), strict=True):
        key = (codes[0], codes[1], codes[2])
        if key not in seen:
            text = fold(local.values[codes[0]]).replace(" ", "")
            parts = [
                c.values[code].replace(" ", "") for c, code in ((given, codes[1]), (family, codes[2])) if code >= 0
            ]
            digits = sum(c.isdigit() for c in text)
            seen[key] = digits < 2 and any(len(part) > 2 and (part in text or text in part) for part in parts)
        told[row] = seen[key]
    return told


def _name_of(values: Mapping[str, str]) -> tuple[str, str, str]:
    """Folded given name, family name and suffix; a record without a person is named by its company."""
    given, family = values.get("given_name") or "", values.get("family_name") or ""
    suffix = values.get("suffix") or ""
    if not (given or family) and (full := values.get("full_name")):
        parts = names.parse(full)
        given, family, suffix = parts.given, parts.family, suffix or parts.suffix
        if not (given or family):
            family = full
    if not (given or family):
        return "", "", ""
    return _folded_name(given, family, suffix)


@lru_cache(maxsize=200_000)
def _folded_name(given: str, family: str, suffix: str) -> tuple[str, str, str]:
    if family and not suffix:
        family, suffix = names.suffix_of(family)
    if given and names.is_filler(given):
        given = ""
    if family and names.is_filler(family):
        family = ""
    return fold(given), fold(family), names.SUFFIXES.get(suffix.casefold().strip("."), "")


@lru_cache(maxsize=200_000)
def email_key(value: str) -> str:
    """`value` for comparison; "" for a filler and for what is no address."""
    low = value.lower()
    if "@" not in low or emails.is_filler(low):
        return ""
    return emails.key(low)


def _local(value: str) -> str:
    local = value.partition("@")[0]
    return "" if local in emails.ROLES or len(local) < 4 else local


def _work_domain(value: str) -> str:
    domain = value.rpartition("@")[2]
    return "" if domain in emails.FREE_MAIL else domain


def _site(value: str) -> str:
    return value.lower().partition("://")[2].partition("/")[0].removeprefix("www.")


def _completed(columns: list[list[str]]) -> list[list[str]]:
    """Numbers that could not be read, completed where one full number of the data alone ends so."""
    known = {v for column in columns for v in column if v.startswith("+")}
    ends: dict[str, str] = {}
    for number in sorted(known):
        ends[number[-8:]] = "" if number[-8:] in ends else number

    def complete(value: str) -> str:
        bare = value[1:].lstrip("0")
        full = ends.get(bare[-8:], "") if value.startswith("~") and len(bare) >= 9 else ""
        return full if full and (full.endswith(bare) or bare.endswith(full[1:])) else value

    return [[complete(v) for v in column] for column in columns]


@lru_cache(maxsize=200_000)
def phone_key(value: str) -> str:
    """E.164 where it is one; else the bare digits, marked, when there are enough of them."""
    if value.startswith("+"):
        return value
    digits = "".join(c for c in value if c.isdigit())
    if len(digits) < 7 or len(set(digits[-7:])) == 1:
        return ""
    return "~" + digits.removeprefix("1") if len(digits) == 11 else "~" + digits


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
