"""A file's columns in standard form, each distinct value cleaned once and joined back (H4).

`clean_columns` gives what `standardise.Standardiser` gives row by row: the same values,
rules and issues. Numbers and postcodes are cleaned per distinct (value, country).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from migration.hygiene import countries, dates
from migration.hygiene.alphabet import Packed, part, take
from migration.hygiene.bulk_names import split_names
from migration.hygiene.fields import EMAILS, PHONES, Kind, kind_of
from migration.hygiene.issues import Issue, issue
from migration.hygiene.lanes import lane_of, once
from migration.hygiene.making import ADDED, Cleaned, Done, Issues, Made, join_cleaned
from migration.hygiene.reading import Cells, Codes
from migration.hygiene.standardise import Context, Field, host_of

__all__ = ["Cleaned", "Done", "Issues", "Map", "Task", "clean_columns", "clean_values", "join_cleaned"]

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

PART = 16_384  # values in one piece of work


class Task(NamedTuple):
    """Distinct values of one field to be cleaned, all of records of one country."""

    name: str
    region: str
    context: Context
    values: list[str]


def clean_values(task: Task) -> Done:
    """Clean the values of a task as the standardiser does, one after the other."""
    field = Field(task.name, task.context)
    tidy, cleaner, watched = field.tidy, field.clean, field.never_an_address
    known = {"": 0}
    made: list[str | None] = []
    rules: list[int] = []
    more: dict[int, str] = {}
    said: dict[int, tuple[Issue, ...]] = {}
    instants, zone = field.kind is Kind.DATETIME, task.context.zone
    for at, raw in enumerate(task.values):
        if instants and (value := dates.plain_instant(raw, zone=zone)):  # nothing to tidy, and nearly all are so
            made.append(None if value == raw else value)
            rules.append(0 if value == raw else known.setdefault("date.iso8601", len(known)))
            continue
        value = text = tidy(raw)
        rule = field.tidied_by(raw, text) if text != raw else ""
        if text:
            found: tuple[Issue, ...] = ()
            if cleaner is not None:
                value, how, found = cleaner(text, task.name, task.region, task.context)
                if "\t" in value:
                    value, more[at] = value.split("\t")
                if value != text:
                    rule = how
            if watched and "@" in text:
                found = (*found, issue("row.shifted", text))
            if found:
                said[at] = tuple(one.on(task.name) for one in found)
        made.append(None if value == raw else value)
        rules.append(known.setdefault(rule, len(known)))
    return Done(made, rules, list(known), more, said)


def clean_columns(
    columns: Mapping[str, Cells],
    size: int,
    *,
    context: Context,
    map: Map = map,  # noqa: A002 - it is one
) -> Cleaned:
    """Clean `columns` (field -> cells of `size` rows) as `Standardiser` does.

    `map` spreads the work over processes; the result does not depend on it.
    """
    made = Made(size, context)
    raw = dict(columns)
    order = list(raw)
    if "country" in raw:
        _clean_plain(made, {"country": raw.pop("country")}, map)
    regions, named = _regions(made, raw)
    of_region = {name: raw.pop(name) for name in order if name in raw and Field(name).by_region}
    _clean_by_region(made, of_region, regions, named, map)
    _clean_plain(made, raw, map)
    _set_apart(made)
    split_names(made)
    added = sorted(made.columns.keys() - columns.keys(), key=ADDED.index)
    made.columns = {name: made.columns[name] for name in (*order, *added)}
    return Cleaned(size, made.columns, made.rules, made.names_of_rules, made.said.done(), len(added))


class _Run(NamedTuple):
    """Distinct values of one field, of records of one country."""

    region: str
    values: Sequence[str]


def _clean_plain(made: Made, columns: Mapping[str, Cells], spread: Map) -> None:
    """Clean fields whose values say all that is needed."""
    for name, cells in columns.items():
        _work_off(made, name, cells.codes, [_Run("", cells.values)], spread)


def _work_off(made: Made, name: str, codes: Codes, runs: Sequence[_Run], spread: Map) -> None:
    """Clean the values of a field: what is plain at once, the rest one by one."""
    field = Field(name, made.context)
    lanes = [
        lane_of(field, run.values, run.region, made.context) if isinstance(run.values, Packed) else None for run in runs
    ]
    rest = [
        np.arange(len(run.values)) if lane is None else np.flatnonzero(~lane.settled)
        for run, lane in zip(runs, lanes, strict=True)
    ]

    def tasks() -> Iterator[Task]:
        for run, places in zip(runs, rest, strict=True):
            for at in range(0, len(places), PART):
                part = places[at : at + PART]
                whole = len(part) == len(run.values)
                yield Task(name, run.region, made.context, list(run.values) if whole else take(run.values, part))

    done = iter(spread(clean_values, tasks()))
    found = made.field(sum(len(run.values) for run in runs))
    for run, lane, places in zip(runs, lanes, rest, strict=True):
        found.add(run.values, lane, places, [next(done) for _ in range(0, len(places), PART)])
    made.put(name, codes, found)


def _clean_by_region(made: Made, columns: Mapping[str, Cells], regions: Codes, named: list[str], spread: Map) -> None:
    """Clean distinct (value, country) pairs of the fields that depend on the country."""
    for name, cells in columns.items():
        width = len(cells.values) or 1
        filled = cells.codes >= 0
        both = regions[filled].astype(np.int64) * width + cells.codes[filled]
        distinct, inverse = np.unique(both, return_inverse=True)
        codes = np.full(made.size, -1, dtype=np.int32)
        codes[filled] = inverse
        starts = np.searchsorted(distinct, np.arange(len(named) + 1) * width).tolist()
        places = distinct % width
        runs = [
            _Run(region, part(cells.values, places[first:last]))
            for region, first, last in zip(named, starts, starts[1:], strict=False)
        ]
        _work_off(made, name, codes, runs, spread)


def _regions(made: Made, raw: Mapping[str, Cells]) -> tuple[Codes, list[str]]:
    """Country evidence per row, as the standardiser weighs it: codes into the list of countries."""
    named: dict[str, int] = {made.context.region: 0}
    found = np.full(made.size, -1, dtype=np.int32)

    def fill(cells: Cells, told: Callable[[str], str]) -> None:
        """Ask the values of rows that have no country yet."""
        nonlocal found
        open_rows = (found < 0) & (cells.codes >= 0)
        asked = np.flatnonzero(np.bincount(cells.codes[open_rows], minlength=len(cells.values)))
        at = np.full(len(cells.values) + 1, -1, dtype=np.int32)
        for code, text in zip(asked.tolist(), take(cells.values, asked), strict=True):
            if region := told(text):
                at[code] = named.setdefault(region, len(named))
        found = np.where(open_rows, at[cells.codes], found)

    def tidied(name: str, told: Callable[[str], str]) -> Callable[[str], str]:
        tidy = Field(name).tidy
        return lambda value: told(text) if (text := tidy(value)) else ""

    if "country" in made.columns:
        fill(made.columns["country"], lambda value: value if len(value) == 2 else "")
    for name in PHONES:
        if name in raw:
            fill(raw[name], once(tidied(name, countries.from_dial), _dialled))
    for name in (*EMAILS, "website"):
        if name in raw:
            fill(raw[name], once(tidied(name, lambda text: countries.from_domain(host_of(text))), _domain))
    found[found < 0] = 0
    return found, list(named)


def _dialled(text: str) -> str:
    """As much of a number as tells its country: all of one that is not written plainly."""
    if not text[:1].isdigit():
        return text[:9] if text[:1] == "+" and text[1:5].isdigit() else text
    return text[:7] if text[:5].isdigit() and text[:5].isascii() else text


def _domain(text: str) -> str:
    """As much of a plain address as tells its country: all of any other."""
    local, at, domain = text.partition("@")
    return at + domain if local.isascii() and local.isalnum() and domain.isascii() else text


def _set_apart(made: Made) -> None:
    """Extensions, legal forms and second addresses get fields of their own."""
    everywhere = np.ones(made.size, dtype=bool)
    for name, (codes, values) in made.more.items():
        kind = kind_of(name)
        if kind is Kind.PHONE:
            made.lay(f"{name}_ext", everywhere, codes, values, "phone.extension")
        elif kind is Kind.COMPANY:
            made.lay("company_form", everywhere, codes, values, "company.legal_form")
        elif name == "email":
            second = made.columns.get("email_2")
            free = everywhere if second is None else second.codes < 0
            made.lay("email_2", free, codes, values, "email.second_of_several")
