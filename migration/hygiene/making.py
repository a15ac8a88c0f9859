"""Columns in standard form, and how they come together field by field (H4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import Packed, blank, joined, packed
from migration.hygiene.issues import Issue
from migration.hygiene.lanes import Lane
from migration.hygiene.reading import Cells, Codes
from migration.hygiene.standardise import Context


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


# What cleaning may add to the columns of a file.
ADDED = (
    "phone_ext", "mobile_ext", "phone_2_ext", "fax_ext", "email_2", "company_form", "given_name", "middle_name",
    "family_name", "suffix", "salutation",
)  # fmt: skip


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
    """Rows in standard form: `columns` by field, `rules` by field (per row into `names_of_rules`, 0: unchanged).

    The last columns, `added`, are what cleaning has set apart from others.
    """

    size: int
    columns: dict[str, Cells]
    rules: dict[str, NDArray[np.int8]]
    names_of_rules: list[str]
    issues: Issues
    added: int = 0

    def head(self) -> "Head":
        """What is known of it before its columns."""
        names = list(self.columns)
        came = len(names) - self.added
        return Head(self.size, names[:came], names[came:], self.names_of_rules)

    def part(self, rows: NDArray[np.bool_]) -> "Cleaned":
        """Some of the rows; which rules changed them is left out."""
        place = np.cumsum(rows, dtype=np.int32) - np.int32(1)
        stay = rows[self.issues.rows]
        issues = Issues(place[self.issues.rows[stay]], self.issues.which[stay], self.issues.table)
        columns = {name: Cells(cells.codes[rows], cells.values) for name, cells in self.columns.items()}
        return Cleaned(int(np.count_nonzero(rows)), columns, {}, self.names_of_rules, issues, self.added)

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

    def columns(name: str, part: int) -> Whole:
        return parts[part].columns[name], parts[part].rules.get(name)

    return join_columns([part.head() for part in parts], columns, lambda: [part.issues for part in parts])


class Head(NamedTuple):
    """What is known of a part before its columns: rows, columns that came and that cleaning added, names of rules."""

    size: int
    came: list[str]
    added: list[str]
    names_of_rules: list[str]


Whole = tuple[Cells, NDArray[np.int8] | None]


def join_columns(
    heads: Sequence[Head], column: Callable[[str, int], Whole], issues: Callable[[], Sequence[Issues]]
) -> Cleaned:
    """Rows of several parts, one below the other; `column(name, part)` is asked in the order of `in_order`.

    `issues` are asked for last.
    """
    names_of_rules = list(dict.fromkeys(rule for head in heads for rule in head.names_of_rules))
    same = [np.array([names_of_rules.index(rule) for rule in head.names_of_rules], dtype=np.int8) for head in heads]
    size = sum(head.size for head in heads)
    columns: dict[str, Cells] = {}
    rules: dict[str, NDArray[np.int8]] = {}
    for name in in_order(heads):
        codes, own = np.full(size, -1, dtype=np.int32), np.zeros(size, dtype=np.int8)
        values: list[Sequence[str]] = []
        row = known = 0
        for at, head in enumerate(heads):
            if name in head.came or name in head.added:
                cells, told = column(name, at)
                part = slice(row, row + head.size)
                codes[part] = np.where(cells.codes >= 0, cells.codes + np.int32(known), np.int32(-1))
                if told is not None:
                    own[part] = same[at][told]
                values.append(cells.values)
                known += len(cells.values)
            row += head.size
        columns[name], rules[name] = Cells(codes, joined(values)), own
    table: list[Issue] = []
    rows, which, before = [], [], 0
    for head, said in zip(heads, issues(), strict=True):
        rows.append(said.rows + np.int32(before))
        which.append(said.which + np.int32(len(table)))
        table += said.table
        before += head.size
    came = {name for head in heads for name in head.came}
    said_ = Issues(np.concatenate(rows), np.concatenate(which), table)
    return Cleaned(size, columns, rules, names_of_rules, said_, len(columns.keys() - came))


def in_order(heads: Sequence[Head]) -> list[str]:
    """Columns of several parts: those that came with a file, then what cleaning added, in an order of its own."""
    came = dict.fromkeys(name for head in heads for name in head.came)
    added = {name for head in heads for name in head.added} - came.keys()
    return [*came, *sorted(added, key=ADDED.index)]


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


class Made:
    """Columns in the making."""

    def __init__(self, size: int, context: Context) -> None:
        self.size, self.context = size, context
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

    def field(self, size: int) -> "Settled":
        """What becomes of the distinct values of a field, `size` of them."""
        return Settled(self, size)

    def put(self, name: str, codes: Codes, found: "Settled") -> None:
        """Take in what became of the values of a field."""
        size = len(found.rules) - 1
        values = packed(joined(found.values)) if found.values else []
        seen = np.arange(size + 1, dtype=np.int32)
        seen[-1] = -1
        seen[np.flatnonzero(blank(values))] = -1
        self.columns[name] = Cells(seen[codes], values)
        self.rules[name] = found.rules[codes]
        if found.issues:
            self.said.add(codes, found.issues, size)
        if found.more:
            apart = np.full(size + 1, -1, dtype=np.int32)
            known: dict[str, int] = {}
            apart[list(found.more)] = [known.setdefault(text, len(known)) for text in found.more.values()]
            self.more[name] = (apart[codes], list(known))

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


class Settled:
    """Distinct values of a field as they come out, run by run, in their order."""

    def __init__(self, made: Made, size: int) -> None:
        self.made = made
        self.start = 0
        self.values: list[Sequence[str]] = []
        self.rules = np.zeros(size + 1, dtype=np.int8)
        self.more: dict[int, str] = {}
        self.issues: dict[int, tuple[Issue, ...]] = {}

    def add(self, raws: Sequence[str], lane: Lane | None, places: NDArray[np.int64], parts: Sequence[Done]) -> None:
        """Take in a run: what a lane settled, and what became of the values at `places`, part by part."""
        own = self.rules[self.start : self.start + len(raws)]
        if lane is not None and lane.changed is not None:
            own[lane.settled & lane.changed] = self.made.rule(lane.rule)
        first = 0
        at: list[int] = []
        texts: list[str] = []
        for part in parts:
            where = places[first : first + len(part.made)]
            names = np.array([self.made.rule(rule) for rule in part.names_of_rules], dtype=np.int8)
            own[where] = names[np.array(part.rules, dtype=np.int8)]
            spots = where.tolist()
            new = [(spot, text) for spot, text in zip(spots, part.made, strict=True) if text is not None]
            at += [spot for spot, _ in new]
            texts += [text for _, text in new]
            self.more.update((self.start + spots[place], text) for place, text in part.more.items())
            self.issues.update((self.start + spots[place], found) for place, found in part.issues.items())
            first += len(part.made)
        if isinstance(raws, Packed):
            if lane is not None and lane.data is not None:
                raws = raws.changed(lane.settled, lane.data)
            raws = raws.replaced(np.array(at, dtype=np.int64), texts)
        else:
            raws = list(raws)
            for spot, text in zip(at, texts, strict=True):
                raws[spot] = text
        self.values.append(raws)
        self.start += len(raws)
