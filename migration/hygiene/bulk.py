"""A file's columns in standard form, each distinct value cleaned once and joined back (H4).

`clean_columns` gives what `standardise.Standardiser` gives row by row: the same values,
rules and issues. Numbers and postcodes are cleaned per distinct (value, country).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import countries, dates, names, nicknames
from migration.hygiene.alphabet import packed, take
from migration.hygiene.fields import EMAILS, PHONES, Kind, kind_of
from migration.hygiene.issues import Issue, issue
from migration.hygiene.reading import Cells, Codes
from migration.hygiene.standardise import Context, Field, host_of
from migration.hygiene.text import fold

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

PART = 16_384  # values in one piece of work


class Task(NamedTuple):
    """Distinct values of one field to be cleaned, all of records of one country."""

    name: str
    region: str
    context: Context
    values: list[str]


class Done(NamedTuple):
    """What became of the values of a Task, in their order.

    `made` holds None for a value that stays as it came, "" for one that says nothing;
    `rules` indexes `names_of_rules`, 0 for no change. `more` is what was set apart and
    `issues` what was left alone, by place in the task.
    """

    made: list[str | None]
    rules: list[int]
    names_of_rules: list[str]
    more: dict[int, str]
    issues: dict[int, tuple[Issue, ...]]


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


@dataclass(slots=True)
class Issues:
    """What was left alone: `which[i]` points into `table`, said of row `rows[i]`; ordered by row."""

    rows: Codes
    which: Codes
    table: list[Issue]

    def of(self, row: int) -> list[Issue]:
        """The issues of one row."""
        first, last = np.searchsorted(self.rows, (row, row + 1))
        return [self.table[at] for at in self.which[first:last].tolist()]


@dataclass(slots=True)
class Cleaned:
    """Rows in standard form: `columns` by field, `rules` by field (per row into `names_of_rules`, 0: unchanged)."""

    size: int
    columns: dict[str, Cells]
    rules: dict[str, NDArray[np.int8]]
    names_of_rules: list[str]
    issues: Issues

    def values(self, row: int) -> dict[str, str]:
        """Field -> value of one row, empty ones left out."""
        found = ((name, int(cells.codes[row]), cells.values) for name, cells in self.columns.items())
        return {name: values[code] for name, code, values in found if code >= 0}

    def changes(self, row: int) -> dict[str, tuple[str, str]]:
        """Field -> (new value, rule) of one row, for what differs from the source."""
        made = {}
        for name, rules in self.rules.items():
            if rule := int(rules[row]):
                code = int(self.columns[name].codes[row])
                made[name] = (self.columns[name].values[code] if code >= 0 else "", self.names_of_rules[rule])
        return made


def join_cleaned(parts: Sequence[Cleaned]) -> Cleaned:
    """The rows of several files, one below the other."""
    if len(parts) == 1:
        return parts[0]
    names_of_rules = list(dict.fromkeys(rule for part in parts for rule in part.names_of_rules))
    columns: dict[str, Cells] = {}
    rules: dict[str, NDArray[np.int8]] = {}
    for name in dict.fromkeys(name for part in parts for name in part.columns):
        values: list[str] = []
        codes, own = [], []
        for part in parts:
            nothing = Cells(np.full(part.size, -1, dtype=np.int32), [])
            cells = part.columns.get(name, nothing)
            codes.append(np.where(cells.codes >= 0, cells.codes + len(values), -1).astype(np.int32))
            values += cells.values
            same = np.array([names_of_rules.index(rule) for rule in part.names_of_rules], dtype=np.int8)
            own.append(same[part.rules[name]] if name in part.rules else np.zeros(part.size, dtype=np.int8))
        columns[name] = Cells(np.concatenate(codes), values)
        rules[name] = np.concatenate(own)
    table: list[Issue] = []
    rows, which, before = [], [], 0
    for part in parts:
        rows.append(part.issues.rows + np.int32(before))
        which.append(part.issues.which + np.int32(len(table)))
        table += part.issues.table
        before += part.size
    return Cleaned(before, columns, rules, names_of_rules, Issues(np.concatenate(rows), np.concatenate(which), table))


class _Said:
    """Issues as they come up, column by column."""

    def __init__(self) -> None:
        self.table: list[Issue] = []
        self.rows: list[Codes] = []
        self.which: list[Codes] = []

    def add(self, codes: Codes, said: Mapping[int, tuple[Issue, ...]], size: int) -> None:
        """Issues of the values that `codes` point to: `said` by code, out of `size`."""
        depth = max((len(found) for found in said.values()), default=0)
        for level in range(depth):
            at = np.full(size + 1, -1, dtype=np.int32)
            for code, found in said.items():
                if len(found) > level:
                    at[code] = len(self.table)
                    self.table.append(found[level])
            which = at[codes]
            rows = np.flatnonzero(which >= 0)
            self.rows.append(rows.astype(np.int32))
            self.which.append(which[rows])

    def done(self) -> Issues:
        if not self.rows:
            return Issues(np.zeros(0, np.int32), np.zeros(0, np.int32), [])
        rows, which = np.concatenate(self.rows), np.concatenate(self.which)
        order = np.argsort(rows, kind="stable")
        return Issues(rows[order], which[order], self.table)


class _Made:
    """Columns in the making."""

    def __init__(self, size: int, context: Context, map_: Map) -> None:
        self.size, self.context, self.map = size, context, map_
        self.columns: dict[str, Cells] = {}
        self.rules: dict[str, NDArray[np.int8]] = {}
        self.names_of_rules = [""]
        self.rule_at = {"": 0}
        self.said = _Said()
        self.more: dict[str, tuple[Codes, list[str]]] = {}

    def rule(self, name: str) -> int:
        at = self.rule_at.setdefault(name, len(self.rule_at))
        if at == len(self.names_of_rules):
            self.names_of_rules.append(name)
        return at

    def put(self, name: str, codes: Codes, raws: list[str], parts: Sequence[Done]) -> None:
        """Take in what became of the values `raws` of a field, in the order of the parts."""
        size = len(raws)
        rules = np.zeros(size + 1, dtype=np.int8)
        more: dict[int, str] = {}
        issues: dict[int, tuple[Issue, ...]] = {}
        start = 0
        for part in parts:
            own = np.array([self.rule(rule) for rule in part.names_of_rules], dtype=np.int8)
            rules[start : start + len(part.made)] = own[np.array(part.rules, dtype=np.int8)]
            for at, value in enumerate(part.made, start):
                if value is not None:
                    raws[at] = value
            if start:
                more.update((start + at, text) for at, text in part.more.items())
                issues.update((start + at, found) for at, found in part.issues.items())
            else:
                more.update(part.more)
                issues.update(part.issues)
            start += len(part.made)
        seen = np.arange(size + 1, dtype=np.int32)
        seen[-1] = -1
        seen[[at for at, value in enumerate(raws) if not value]] = -1
        self.columns[name] = Cells(seen[codes], packed(raws))
        self.rules[name] = rules[codes]
        if issues:
            self.said.add(codes, issues, size)
        if more:
            at = np.full(size + 1, -1, dtype=np.int32)
            at[list(more)] = np.arange(len(more))
            self.more[name] = (at[codes], list(more.values()))

    def lay(self, name: str, rows: NDArray[np.bool_], codes: Codes, values: list[str], rule: str) -> None:
        """Put values into `rows` (those with a code below 0 excepted) of a field, made if it is not there."""
        rows = rows & (codes >= 0)
        if not rows.any():
            return
        old = self.columns.get(name)
        before = old.values if old else []
        at = old.codes.copy() if old else np.full(self.size, -1, dtype=np.int32)
        at[rows] = codes[rows] + len(before)
        self.columns[name] = Cells(at, [*before, *values])
        rules = self.rules.get(name)
        self.rules[name] = np.zeros(self.size, dtype=np.int8) if rules is None else rules.copy()
        self.rules[name][rows] = self.rule(rule)


def clean_columns(
    columns: Mapping[str, Cells],
    size: int,
    *,
    context: Context,
    map: Map = map,  # noqa: A002 - it is one
) -> Cleaned:
    """Clean `columns` (field -> cells of `size` rows, which are used up) as `Standardiser` does.

    `map` spreads the work over processes; the result does not depend on it.
    """
    made = _Made(size, context, map)
    raw = dict(columns)
    order = list(raw)
    if "country" in raw:
        _clean_plain(made, {"country": raw.pop("country")})
    regions, named = _regions(made, raw)
    of_region = {name: raw.pop(name) for name in order if name in raw and Field(name).by_region}
    _clean_by_region(made, of_region, regions, named)
    _clean_plain(made, raw)
    _set_apart(made)
    _split_names(made)
    order += [name for name in made.columns if name not in columns]
    made.columns = {name: made.columns[name] for name in order}
    return Cleaned(size, made.columns, made.rules, made.names_of_rules, made.said.done())


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    return (list(values[start : start + PART]) for start in range(0, len(values), PART))


def _clean_plain(made: _Made, columns: Mapping[str, Cells]) -> None:
    """Clean fields whose values say all that is needed."""
    tasks = [Task(name, "", made.context, part) for name, cells in columns.items() for part in _parts(cells.values)]
    _work_off(made, tasks, {name: cells.codes for name, cells in columns.items()})
    for cells in columns.values():
        cells.values = []  # used up; what is kept of it is in `made`


def _work_off(made: _Made, tasks: list[Task], codes: Mapping[str, Codes]) -> None:
    """Clean the tasks, field after field, and let go of what each field came as."""
    done: list[Done] = []
    raws: list[str] = []
    for at, part in enumerate(made.map(clean_values, iter(tasks))):
        name = tasks[at].name
        raws += tasks[at].values
        tasks[at] = Task(name, "", made.context, [])
        done.append(part)
        if at + 1 == len(tasks) or tasks[at + 1].name != name:
            made.put(name, codes[name], raws, done)
            done, raws = [], []
    for name in codes.keys() - made.columns.keys():
        made.put(name, codes[name], [], [])


def _clean_by_region(made: _Made, columns: Mapping[str, Cells], regions: Codes, named: list[str]) -> None:
    """Clean distinct (value, country) pairs of the fields that depend on the country."""
    codes: dict[str, Codes] = {}
    tasks: list[Task] = []
    for name, cells in columns.items():
        width = len(cells.values) or 1
        filled = cells.codes >= 0
        both = regions[filled].astype(np.int64) * width + cells.codes[filled]
        distinct, inverse = np.unique(both, return_inverse=True)
        codes[name] = np.full(made.size, -1, dtype=np.int32)
        codes[name][filled] = inverse
        values = take(cells.values, distinct % width)
        cells.values = []
        starts = np.searchsorted(distinct, np.arange(len(named) + 1) * width).tolist()
        for region, first, last in zip(named, starts, starts[1:], strict=False):
            tasks += [Task(name, region, made.context, part) for part in _parts(values[first:last])]
    _work_off(made, tasks, codes)


def _regions(made: _Made, raw: Mapping[str, Cells]) -> tuple[Codes, list[str]]:
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

    if "country" in made.columns:
        fill(made.columns["country"], lambda value: value if len(value) == 2 else "")
    for name in PHONES:
        if name in raw:
            tidy = Field(name).tidy
            fill(raw[name], lambda value, tidy=tidy: countries.from_dial(text) if (text := tidy(value)) else "")
    for name in (*EMAILS, "website"):
        if name in raw:
            tidy = Field(name).tidy
            fill(
                raw[name],
                lambda value, tidy=tidy: countries.from_domain(host_of(text)) if (text := tidy(value)) else "",
            )
    found[found < 0] = 0
    return found, list(named)


def _set_apart(made: _Made) -> None:
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


def _split_names(made: _Made) -> None:
    """A full name taken apart, a suffix out of the family name, names that look swapped."""
    full = made.columns.get("full_name")
    if full is not None:
        _split_full(made, full)
    family, suffix = made.columns.get("family_name"), made.columns.get("suffix")
    if family is None:
        return
    free = np.ones(made.size, dtype=bool) if suffix is None else suffix.codes < 0
    parted = [names.suffix_of(value) if value else ("", "") for value in family.values]
    found = [code for code, part in enumerate(parted) if part[1]]
    if found:
        at = np.full(len(parted) + 1, -1, dtype=np.int32)
        at[found] = np.arange(len(found))
        codes = at[family.codes]
        made.lay("family_name", free, codes, [parted[code][0] for code in found], "name.suffix")
        made.lay("suffix", free, codes, [parted[code][1] for code in found], "name.suffix")
    _say_swapped(made)


def _split_full(made: _Made, full: Cells) -> None:
    def filled(name: str) -> NDArray[np.bool_]:
        column = made.columns.get(name)
        return np.zeros(made.size, dtype=bool) if column is None else column.codes >= 0

    given, family = filled("given_name"), filled("family_name")
    rows = (full.codes >= 0) & ~(given & family)
    used = np.unique(full.codes[rows]).tolist()
    parts = {code: names.parse(full.values[code]) for code in used}
    alone = {code: (issue("name.single", full.values[code], "full_name"),) for code in used if not parts[code].given}
    if alone:
        made.said.add(np.where(rows & ~given & ~family, full.codes, -1), alone, len(full.values))
    for name, part in (
        ("given_name", "given"),
        ("middle_name", "middle"),
        ("family_name", "family"),
        ("suffix", "suffix"),
        ("salutation", "salutation"),
    ):
        texts = [(code, text) for code in used if (text := getattr(parts[code], part))]
        if not texts:
            continue
        at = np.full(len(full.values) + 1, -1, dtype=np.int32)
        at[[code for code, _ in texts]] = np.arange(len(texts))
        values = [names.cased(text, is_family=name == "family_name") for _, text in texts]
        made.lay(name, rows & ~filled(name), at[full.codes], values, "name.from_full_name")


def _say_swapped(made: _Made) -> None:
    given, family = made.columns.get("given_name"), made.columns.get("family_name")
    if given is None or family is None:
        return
    rows = given.has(lambda v: nicknames.is_family_only(fold(v))) & family.has(
        lambda v: nicknames.is_given_only(fold(v))
    )
    at = np.flatnonzero(rows)
    if not len(at):
        return
    said: dict[str, int] = {}
    codes = np.full(made.size, -1, dtype=np.int32)
    for row in at.tolist():
        text = f"{given.values[given.codes[row]]} {family.values[family.codes[row]]}"
        codes[row] = said.setdefault(text, len(said))
    found = {code: (issue("name.swapped", text, "given_name"),) for text, code in said.items()}
    made.said.add(codes, found, len(said))
