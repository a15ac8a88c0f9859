"""What each CRM exports, one module per CRM, and how to tell whose file one is.

A new CRM is one new module with `FORMATS`; it is found by itself. First match
wins, in the order of `rank`: the surest signatures come first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from crmprogram.intake.fields import OBJECTS, kind_of
from crmprogram.intake.headers import normalise

Signature = Callable[["Look"], str]
BARE_NAMES = ("name", "nom", "naam")


class Look(NamedTuple):
    """What a signature may look at: header keys in order, the same as a set, headers as written, first rows."""

    order: tuple[str, ...]
    keys: frozenset[str]
    originals: tuple[str, ...]
    rows: tuple[Sequence[str], ...]

    def has(self, *names: str) -> bool:
        return all(normalise(name) in self.keys for name in names)

    def any(self, *names: str) -> bool:
        return any(normalise(name) in self.keys for name in names)

    def starting(self, *prefixes: str) -> int:
        """Count the headers that start with one of `prefixes`."""
        return sum(key.startswith(tuple(map(str.casefold, prefixes))) for key in self.order)


def when(*needed: str, any_of: Sequence[str] = (), none_of: Sequence[str] = (), why: str) -> Signature:
    """Return a signature: all `needed` headers, one of `any_of` if there are any, and none of `none_of`."""

    def signature(look: Look) -> str:
        fits = look.has(*needed) and (not any_of or look.any(*any_of)) and not look.any(*none_of)
        return why if fits else ""

    return signature


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One export of one CRM.

    `signature` says why a file is one (a sentence), or "" if it is not.
    `columns` gives our field for their header, in any spelling `normalise`
    takes for equal; of two headers for one field the first of `columns` wins.
    `confidence` is 0 to 100: how sure the signature is. `zone` is the time
    zone of times without an offset: "UTC", or "" when a person has to say.
    """

    slug: str
    label: str
    vendor: str
    object: str
    rank: int
    signature: Signature
    columns: dict[str, str]
    confidence: int = 90
    zone: str = ""
    blanks: tuple[str, ...] = ("",)  # what this CRM writes for "nothing"
    constants: dict[str, str] = field(default_factory=dict)  # fields that the kind of file itself says

    def map_headers(self, keys: Sequence[str], duplicated: frozenset[str] | set[str] = frozenset()) -> dict[int, str]:
        """Return {column index: our field} for normalised header `keys`; each field once, duplicates never."""
        place: dict[str, int] = {}
        for index, key in enumerate(keys):
            place.setdefault(key, index)
        found: dict[int, str] = {}
        taken: set[str] = set()
        for header, name in self.columns.items():
            key = normalise(header)
            if key in place and key not in duplicated and name not in taken and place[key] not in found:
                found[place[key]] = name
                taken.add(name)
        # "Name" beside a first name is the family's.
        if "given_name" in taken and "family_name" not in taken:
            named = [place[key] for key in BARE_NAMES if key in place]
            bare = [index for index in named if found.get(index, "full_name") == "full_name"]
            found.update(dict.fromkeys(bare[:1], "family_name"))
        return dict(sorted(found.items()))


class Recognition(NamedTuple):
    """Whose file it is: the format, its object ("" if a person has to say), 0 to 100, and why, in a sentence."""

    format: ExportFormat
    object: str
    confidence: int
    why: str

    def kinds(self, keys: Sequence[str], duplicated: frozenset[str] | set[str] = frozenset()) -> list[str]:
        """Return the kind of every column by the format's map; "" for a column it does not know."""
        mapped = self.format.map_headers(keys, duplicated)
        return [kind_of(self.object, mapped[index]) if index in mapped else "" for index in range(len(keys))]


@cache
def all_formats() -> tuple[ExportFormat, ...]:
    """Return every format of every module here, in the order in which they are tried."""
    found = [each for module in modules() for each in module.FORMATS]
    slugs = [each.slug for each in found]
    assert len(slugs) == len(set(slugs)), "two formats share a slug"
    return tuple(sorted(found, key=lambda each: (each.rank, each.slug)))


def modules() -> Iterator:
    for info in iter_modules(__path__):
        yield import_module(f"{__name__}.{info.name}")


def by_slug(slug: str) -> ExportFormat:
    """Return the format with this slug; raises KeyError."""
    for each in all_formats():
        if each.slug == slug:
            return each
    raise KeyError(slug)


def recognise(headers: Sequence[str], first_rows: Sequence[Sequence[str]] = ()) -> Recognition:
    """Say whose export the header row and the first rows belong to; there is always an answer.

    A file nobody knows is the generic one, mapped by common names of columns,
    with low confidence. Source: signatures of real exports.
    """
    order = tuple(normalise(header) for header in headers)
    look = Look(order, frozenset(order) - {""}, tuple(headers), tuple(first_rows))
    for each in all_formats():
        if why := each.signature(look):
            return Recognition(each, each.object, each.confidence, why)
    raise AssertionError("the generic format takes every file")


def label_of(obj: str) -> str:
    """Return what records of an object are called; "Records" when the object is not known."""
    return OBJECTS.get(obj, "Records")
