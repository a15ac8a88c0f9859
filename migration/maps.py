"""What the columns of a file mean on the command line: a map, else the format, else their names (H5). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from crmprogram.intake import formats
from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.formats import generic
from crmprogram.intake.headers import Headers, normalise
from migration import vocabulary
from migration.hygiene import transforms
from migration.hygiene.text import fold
from migration.hygiene.transforms import Transforms

# what stands beside the source's own columns in a file of rows to be mended and fed back (H10)
REJECTED = ("Rejected: file", "Rejected: line", "Rejected: reason")
PUT_ASIDE = ("Line", "Rule", "In column", "Value", "Reason", "Raw row")


def said_of_rows(labels: Sequence[str]) -> set[int]:
    """Places of the columns that say why rows were given back: nothing of theirs is the source's.

    >>> said_of_rows(["Id", "Rejected: file", "Rejected: line", "Rejected: reason"])
    {1, 2, 3}
    """
    if tuple(labels[: len(PUT_ASIDE)]) == PUT_ASIDE:
        return set(range(len(PUT_ASIDE)))
    return {at for at, label in enumerate(labels) if label in REJECTED}


class Told(NamedTuple):
    """What a map says of a column beyond its field: it merges into another's, its values are changed."""

    merges: bool
    change: Transforms | None


def read_map(headers: Headers, mapping: Mapping[str, Any]) -> tuple[dict[str, Any], dict[int, Told]]:
    """A map as plain targets by header, and what it says beyond, by column. Raises ValueError for what cannot be."""
    plain: dict[str, Any] = {}
    more: dict[str, Told] = {}
    for header, target in mapping.items():
        if target is None or isinstance(target, str):
            plain[header] = target
            continue
        if not isinstance(target, Mapping):
            raise ValueError(f"The map says {target!r} of “{header}”; a field, null or an object is due there.")
        if unknown := sorted({*target} - {"field", "merge", "transforms", "reason"}):
            raise ValueError(f"“{header}” has no “{unknown[0]}”; a column has field, merge, transforms and reason.")
        try:
            change = transforms.read(list(target.get("transforms") or []))
        except ValueError as error:
            raise ValueError(f"“{header}”: {error}") from error
        if change.joint is not None and not target.get("merge"):
            raise ValueError(f"“{header}”: only a column that is merged into another is joined with it.")
        plain[header] = target.get("field")
        more[normalise(header)] = Told(bool(target.get("merge")), change if target.get("transforms") else None)
    told = {}
    for at, (column, label) in enumerate(zip(headers.columns, headers.labels, strict=True)):
        if (one := more.get(normalise(label)) or more.get(column.key)) and (one.merges or one.change):
            told[at] = one
    return plain, told


def map_columns(
    headers: Headers,
    known: formats.ExportFormat,
    obj: str,
    mapping: Mapping[str, Any],
    merged: Collection[int] = (),
) -> list[str]:
    """Target of each column: as `mapping` says, else the format, else its name, else a custom field of its own.

    Only `merged` columns go to a field that another column has. Raises ValueError for a
    header that the file does not have or a field that there is not.
    """
    labels = headers.labels
    keys = [column.key for column in headers.columns]
    names = {one.name for one in vocabulary.targets(obj)}
    told = {normalise(header): target for header, target in mapping.items()}
    if unknown := [header for header in mapping if normalise(header) not in {*keys, *map(normalise, labels)}]:
        raise ValueError(f"The map names “{unknown[0]}”, which is no column of the file.")
    by_format = known.map_headers(keys, headers.duplicated())
    guesses = guesses_of(obj)
    aside = said_of_rows(labels)
    made: list[str] = []
    mapped: set[str] = set()
    taken = {str(target) for target in told.values() if target in names}
    taken |= {name for at, name in by_format.items() if name in names and keys[at] not in told}
    for at, (key, label) in enumerate(zip(keys, labels, strict=True)):
        place = normalise(label) if normalise(label) in told else key
        if place in told:
            target = told[place]
            if target and target != "custom" and target not in names:
                raise ValueError(f"The map sends “{label}” to “{target}”, which is no field of {OBJECTS[obj].lower()}.")
            name = _custom(label) if target == "custom" else str(target or "")
        elif at in aside:
            name = ""
        else:
            name = by_format.get(at, "")
            if name not in names:
                guess = guesses.get(plain(label), "")
                name = guess if guess and guess not in taken else _custom(label)
        if at not in merged:
            if name and name in mapped:
                name = _custom(label)
            mapped.add(name)
        taken.add(name)
        made.append(name)
    return made


def guesses_of(obj: str) -> dict[str, str]:
    """Plain names of columns -> field: for columns that the format does not name, custom ones above all."""
    found: dict[str, str] = {}
    for one in vocabulary.targets(obj):
        found.setdefault(plain(one.label), one.name)
        found.setdefault(plain(one.name), one.name)
    names = set(found.values())
    for header, name in generic.columns_of(obj).items() if obj in generic.SHAPES else ():
        if name in names:
            found.setdefault(plain(header), name)
    return found


def plain(header: str) -> str:
    """A header without what systems put around it: "Lifecycle_Stage__c" and "LifecycleStage" are "lifecycle stage".

    The first of several is the one: "Phone 1" is "phone".
    """
    bare = re.sub(r"(__c|__pc)$", "", header.strip())
    bare = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", bare)
    return re.sub(r"(?<=[^\W\d]) ?1$", "", fold(re.sub(r"[_\-./]+", " ", bare)))


def _custom(label: str) -> str:
    return f"custom.{label[:70]}"
