"""A file's columns in standard form, each distinct value cleaned once and joined back (H4).

`clean_columns` gives what `standardise.Standardiser` gives row by row: the same values,
rules and issues. Numbers and postcodes are cleaned per distinct (value, country).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import countries, dates
from migration.hygiene.alphabet import take
from migration.hygiene.bulk_names import split_names
from migration.hygiene.fields import EMAILS, PHONES, Kind, kind_of
from migration.hygiene.issues import Issue, issue
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
    field = Field(task.name)
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


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    return (list(values[start : start + PART]) for start in range(0, len(values), PART))


def _clean_plain(made: Made, columns: Mapping[str, Cells], spread: Map) -> None:
    """Clean fields whose values say all that is needed."""

    def tasks() -> Iterator[Task]:
        for name, cells in columns.items():
            for part in _parts(cells.values):
                yield Task(name, "", made.context, part)

    _work_off(made, tasks(), {name: cells.codes for name, cells in columns.items()}, spread)


def _work_off(made: Made, tasks: Iterable[Task], codes: Mapping[str, Codes], spread: Map) -> None:
    """Clean the tasks, field after field, and let go of what each field came as."""
    sent: deque[Task] = deque()

    def watched() -> Iterator[Task]:
        for task in tasks:
            sent.append(task)
            yield task

    done: dict[str, tuple[list[str], list[Done]]] = {}

    def settle() -> None:
        name, (raws, parts) = done.popitem()
        made.put(name, codes[name], raws, parts)

    for part in spread(clean_values, watched()):
        task = sent.popleft()
        if done and task.name not in done:
            settle()
        raws, parts = done.setdefault(task.name, ([], []))
        raws += task.values
        parts.append(part)
    if done:
        settle()
    for name in codes.keys() - made.columns.keys():
        made.put(name, codes[name], [], [])


def _clean_by_region(made: Made, columns: Mapping[str, Cells], regions: Codes, named: list[str], spread: Map) -> None:
    """Clean distinct (value, country) pairs of the fields that depend on the country."""
    codes: dict[str, Codes] = {}
    runs: list[tuple[str, Sequence[str], list[int], NDArray[np.int64]]] = []
    for name, cells in columns.items():
        width = len(cells.values) or 1
        filled = cells.codes >= 0
        both = regions[filled].astype(np.int64) * width + cells.codes[filled]
        distinct, inverse = np.unique(both, return_inverse=True)
        codes[name] = np.full(made.size, -1, dtype=np.int32)
        codes[name][filled] = inverse
        starts = np.searchsorted(distinct, np.arange(len(named) + 1) * width).tolist()
        runs.append((name, cells.values, starts, distinct % width))

    def tasks() -> Iterator[Task]:
        for name, values, starts, places in runs:
            for region, first, last in zip(named, starts, starts[1:], strict=False):
                for at in range(first, last, PART):
                    yield Task(name, region, made.context, take(values, places[at : min(at + PART, last)]))

    _work_off(made, tasks(), codes, spread)


def _regions(made: Made, raw: Mapping[str, Cells]) -> tuple[Codes, list[str]]:
    """Country evidence per row, as the standardiser weighs it: codes into the list of countries."""
    named: dict[str, int] = {made.context.region: 0}
    found = np.full(made.size, -1, dtype=np.int32)

    def fill(cells: Cells, told: Callable[[str], str]) -> None:
        """Ask the values of rows that have no country yet."""
        nonlocal found
        open_rows = (found < 0) & (cells.codes >= 0)
        asked = np.unique(cells.codes[open_rows])
        at = np.full(len(cells.values) + 1, -1, dtype=np.int32)
        for code in asked.tolist():
            if region := told(cells.values[code]):
                at[code] = named.setdefault(region, len(named))
        found = np.where(open_rows, at[cells.codes], found)

    def tidied(name: str, told: Callable[[str], str]) -> Callable[[str], str]:
        tidy = Field(name).tidy
        return lambda value: told(text) if (text := tidy(value)) else ""

    if "country" in made.columns:
        fill(made.columns["country"], lambda value: value if len(value) == 2 else "")
    for name in PHONES:
        if name in raw:
            fill(raw[name], tidied(name, countries.from_dial))
    for name in (*EMAILS, "website"):
        if name in raw:
            fill(raw[name], tidied(name, lambda text: countries.from_domain(host_of(text))))
    found[found < 0] = 0
    return found, list(named)


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
