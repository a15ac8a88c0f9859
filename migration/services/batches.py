"""Many records made at once, in columns: what `records` says of one, of thousands (H3, H7, H10, H0)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.models import RowState
from crmprogram.jobs import bulk
from migration import vocabulary
from migration.hygiene import gate
from migration.hygiene.bulk import Cleaned
from migration.hygiene.goldens import Groups
from migration.hygiene.issues import HARMLESS, Dirt
from migration.hygiene.outcome import STATES, Dating, Records, Rules, State, judge_records
from migration.hygiene.reading import Cells, Codes
from migration.hygiene.sheets import Sheet, Table
from migration.models import Record, Run, RunRow
from migration.services import decisions
from migration.services.cleaning import MEASURED, rules_of
from migration.services.columns import read_cleaned
from migration.services.records import (
    ROW_STATES,
    STORED,
    Group,
    make_record,
    refusals_of,
    stored,
    tally,
    tally_problems,
)
from migration.services.rows import Reader, Row, quoted, to_json
from migration.services.stored import changes_of, labels_of, objects_of, search_of

Mask = NDArray[np.bool_]
STAGES = tuple(stage.value for stage in gate.Stage)
ROW = ("row", "run", "key", "cluster", "state", "record", "clean")
KINDS = sorted(Dirt)
# JSON of any kinds of dirt, in the order of the alphabet; each has a bit
DIRT = [to_json([one.value for at, one in enumerate(KINDS) if kinds >> at & 1]) for kinds in range(1 << len(KINDS))]
ANYBODY = {"phone": "+12025550100"}  # somebody whom nothing but an open question can keep out


@dataclass(slots=True)
class Bunch:
    """Rows that are one record, by key. `undecided`: a person has still to say whether it is one with others."""

    keys: list[str]
    undecided: bool = False
    cluster: int | None = None


@dataclass(slots=True)
class Grouped:
    """Which of some rows are one record: `first` is the place of the first row of each row's group.

    `waiting`: a person has still to say whether it is one with others. `cluster` is the
    key of the cluster that a row is in.
    """

    first: NDArray[np.int64]
    waiting: Mask
    cluster: list[int | None]

    @classmethod
    def alone(cls, size: int) -> Grouped:
        """Every row by itself."""
        return cls(np.arange(size), np.zeros(size, dtype=bool), [None] * size)

    @classmethod
    def of(cls, names: Sequence[str], bunches: Iterable[Bunch]) -> Grouped:
        """The rows of `bunches`, and every other row by itself; `names` are the keys of all."""
        made = cls.alone(len(names))
        place = {key: at for at, key in enumerate(names)}
        for bunch in bunches:
            rows = [place[key] for key in bunch.keys]
            made.first[rows] = rows[0]
            made.waiting[rows] = bunch.undecided
            for at in rows:
                made.cluster[at] = bunch.cluster
        return made


@dataclass(slots=True)
class Made:
    """Records ready to be written, the rows that point at them, and what both add to the totals.

    `rows` are those of one record after those of the other, `sizes` how many each record has;
    `named` and `changes` go with them: the row in its run, and what cleaning changed in it.
    """

    records: list[Sequence[Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rows: list[tuple[str, int, int]] = field(default_factory=list)
    named: list[tuple[int, int, str, int | None]] = field(default_factory=list)
    changes: list[str | None] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)

    @property
    def ends(self) -> Counter[str]:
        """Rows by what they ended as: merged, or the state of the record that lives on in them."""
        at = STORED.index("state")
        found = Counter(str(one[at]) for one in self.records)
        if merged := len(self.rows) - len(self.records):
            found["merged"] = merged
        return found

    def parts(self, most: int, skip: int = 0) -> Iterator[Made]:
        """Whole records with about `most` rows at a time, without the first `skip` records; without totals."""
        ends = [0, *accumulate(self.sizes)]
        first = skip
        while first < len(self.records):
            last = max(bisect_right(ends, ends[first] + most) - 1, first + 1)
            rows = slice(ends[first], ends[last])
            yield Made(
                self.records[first:last], self.sizes[first:last], self.rows[rows], self.named[rows], self.changes[rows]
            )
            first = last

    def write(self) -> None:
        """Write the records by their id and point their rows at them; doing it again changes nothing."""
        bulk.upsert(Record, STORED, self.records)
        bulk.update(RunRow, ("state", "record"), self.rows)

    def write_all(self, *, again: bool = False) -> None:
        """Write records, and rows in the run with what cleaning changed in them; `again`: some may be there."""
        rows = zip(self.named, self.rows, self.changes, strict=True)
        told = [(*named, state, record, changed) for named, (state, record, _), changed in rows]
        if again:
            bulk.insert_missing(RunRow, ROW, told)
            bulk.upsert(Record, STORED, self.records)
        else:
            bulk.insert(RunRow, ROW, told)
            bulk.insert(Record, STORED, self.records)


def make_records(run: Run, keys: dict[int, str], bunches: Iterable[Bunch] = ()) -> Made:
    """The records of stored rows `keys` (id -> key) made anew; see `make_records_of`. Five queries at most."""
    chunk, clean = read_cleaned(Reader(run.mapping), list(keys))
    names = [keys[one] for one in chunk.ids]
    return make_records_of(run, clean, chunk.ids, names, Grouped.of(names, bunches))


def make_records_of(
    run: Run, clean: Cleaned, ids: Sequence[int], names: Sequence[str], grouped: Grouped | None = None
) -> Made:
    """The records of some rows in standard form, `names` being their keys: of groups, or of every row alone.

    A group for which a person has chosen values is made by itself. Two queries at most.
    """
    groups = grouped or Grouped.alone(clean.size)
    by_hand = _chosen(run, clean, ids, names, grouped) if grouped else []
    left = np.ones(clean.size, dtype=bool)
    for _, rows in by_hand:
        left[rows] = False
    made = Made()
    changes = changes_of(clean)
    rest, together, waiting, kept = clean, groups.first, groups.waiting, list(range(clean.size))
    if not left.all():
        rest, together, waiting = _without(clean, together, waiting, left)
        kept = np.flatnonzero(left).tolist()
    order = []
    if rest.size:
        order = _put(
            made, run, rest, [ids[at] for at in kept], [names[at] for at in kept],
            [groups.cluster[at] for at in kept], together, waiting,
        )  # fmt: skip
    order = [kept[at] for at in order]
    for group, rows in by_hand:
        record = make_record(run, group, today=rules_of(run).today)
        made.records.append(stored(record))
        made.sizes.append(len(rows))
        order += rows
        tally(made.totals, run, record)
        for row in group.rows:
            state = ROW_STATES[record.state] if row.id == record.pk else RowState.MERGED
            made.rows.append((str(state), record.pk, row.id))
    made.named = [(ids[at], run.pk, names[at], groups.cluster[at]) for at in order]
    made.changes = [changes[at] for at in order]
    return made


def _chosen(
    run: Run, clean: Cleaned, ids: Sequence[int], names: Sequence[str], grouped: Grouped
) -> list[tuple[Group, list[int]]]:
    """The groups for which a person has chosen values, each with its rows."""
    told = decisions.choices_for(run.program, names)
    if not told.named:
        return []
    asked = np.unique(grouped.first[[at for at, key in enumerate(names) if key in told.named]])
    found = []
    for first in asked.tolist():
        rows = sorted(np.flatnonzero(grouped.first == first).tolist(), key=names.__getitem__)
        if choice := told.of([names[at] for at in rows]):
            members = [Row(ids[at], names[at], clean.values(at), clean.issues.of(at)) for at in rows]
            found.append((Group(members, bool(grouped.waiting[first]), choice, grouped.cluster[first]), rows))
    return found


def _without(clean: Cleaned, together: NDArray, waiting: Mask, left: Mask) -> tuple[Cleaned, NDArray, Mask]:
    """The rows of `left` alone."""
    place = np.cumsum(left) - 1
    stay = left[clean.issues.rows]
    issues = type(clean.issues)(place[clean.issues.rows[stay]], clean.issues.which[stay], clean.issues.table)
    columns = {name: Cells(cells.codes[left], cells.values) for name, cells in clean.columns.items()}
    return Cleaned(int(left.sum()), columns, {}, clean.names_of_rules, issues), place[together[left]], waiting[left]


def _put(
    made: Made,
    run: Run,
    clean: Cleaned,
    ids: Sequence[int],
    keys: Sequence[str],
    clusters: Sequence[int | None],
    together: NDArray,
    waiting: Mask,
) -> list[int]:
    """Make the records; returns the rows in the order in which `made` has them."""
    rules = rules_of(run)
    rank = np.empty(clean.size, dtype=np.int64)
    rank[sorted(range(clean.size), key=keys.__getitem__)] = np.arange(clean.size)
    found = judge_records(clean, Groups.of(together, rank), waiting, rules)
    heads = found.head.tolist()
    states = [STATES[code] for code in found.state.tolist()]
    problems, wrong, dirty = _problems(clean, found, rules)
    refusals = _refusals(run, clean, found, rules)
    # nearly all who are held are so for one and the same reason
    why = {at: to_json(told) for at, told in {id(one): one for one in refusals.values()}.items()}
    dirt = _dirt(clean, found, rules, dirty)
    alone = found.head[len(found.goldens.start) - 1 :]
    # what people call a record, from its values before any is left out
    called = {
        name: (np.concatenate([found.goldens.fields[name].codes, cells.codes[alone]]), cells.values)
        for name, cells in clean.columns.items()
    }
    sizes = np.bincount(found.of_row, minlength=found.size)
    columns: dict[str, Sequence[Any]] = {
        "id": [ids[head] for head in heads],
        "program": [run.program_id] * found.size,
        "run": [run.pk] * found.size,
        "cluster": [clusters[head] for head in heads],
        "object": [run.object] * found.size,
        "key": [keys[head] for head in heads],
        "label": labels_of(run.object, called, found.size),
        "search": search_of(called, found.size),
        "rows": sizes.tolist(),
        "fields": objects_of(_valued(clean, found), found.size),
        "lineage": _lineage(found, keys),
        "problems": [to_json(problems[at]) if at in problems else "[]" for at in range(found.size)],
        "refusals": [why[id(refusals[at])] if at in refusals else "[]" for at in range(found.size)],
        "dirt": list(map(DIRT.__getitem__, dirt.tolist())),
        "state": states,
        "stage": _stages(run, clean, found, rules),
        "absorbed_by": [None] * found.size,
    }  # fmt: skip
    made.records += zip(*(columns[name] for name in STORED), strict=True)
    order = np.concatenate([found.goldens.rows, alone])
    record = np.repeat(np.arange(found.size), sizes)
    words = [*(str(ROW_STATES[state]) for state in STATES), str(RowState.MERGED)]
    own = np.where(order == found.head[record], found.state[record], len(STATES))
    made.sizes += sizes.tolist()
    made.rows += zip(
        map(words.__getitem__, own.tolist()),
        map(ids.__getitem__, found.head[record].tolist()),
        map(ids.__getitem__, order.tolist()),
        strict=True,
    )
    made.totals.update(_totals(clean, found, rules, states, problems, refusals, wrong, dirt))
    return order.tolist()


def _lineage(found: Records, keys: Sequence[str]) -> list[str]:
    """The lineage of each record as `LineageField` keeps it; nothing for a row alone."""
    goldens = found.goldens
    count, start, sizes = len(goldens.start) - 1, goldens.start[:-1], np.diff(goldens.start)
    of = np.repeat(np.arange(count), sizes)
    said = [quoted(keys[row]) for row in goldens.rows.tolist()]
    sheet = Sheet(count)
    sheet.put(
        Table([",".join(said[first:last]) for first, last in pairwise(goldens.start.tolist())], "[[", "],{"),
        np.arange(count),
    )
    for name, chosen in goldens.fields.items():
        carried = np.bincount(of[chosen.carriers], minlength=count)
        places = np.append(np.flatnonzero(chosen.carriers), 0)
        first = np.searchsorted(places[:-1], start)
        which = np.where(carried == sizes, 0, places[first] - start + 1)
        some = (carried > 1) & (carried < sizes)
        which[some] = -1 - np.flatnonzero(some)  # each told by itself
        sheet.put(*_entries(found, name, which, places, first, carried))
    return [f"{line.removesuffix(',')}}}]" for line in sheet.lines()] + ["{}"] * (found.size - count)


def _entries(
    found: Records, name: str, which: NDArray, places: NDArray, first: NDArray, carried: NDArray
) -> tuple[Table, NDArray]:
    """What the lineage of merged records says of a field: the texts, and the codes into them.

    `which` is the place of the row whose value it is, 0 for all, below 0 for several, which are
    `carried` of `places` from `first`.
    """
    chosen = found.goldens.fields[name]
    at = np.flatnonzero(chosen.codes >= 0)
    whys = (chosen.reason[at].astype(np.int64) << 48) + (chosen.agree[at].astype(np.int64) << 24) + chosen.of[at]
    _, why = np.unique(whys, return_inverse=True)
    _, one, kind = np.unique((why << 32) + which[at], return_index=True, return_inverse=True)
    texts = []
    for record in at[one].tolist():
        rows = str(which[record])
        if which[record] < 0:
            begin = first[record]
            rows = to_json((places[begin : begin + carried[record]] - found.goldens.start[record] + 1).tolist())
        texts.append(f"{quoted(name)}:[{rows},{quoted(found.goldens.reason(name, record))}],")
    codes = np.full(len(which), -1)
    codes[at] = kind
    return Table(texts), codes


def _problems(
    clean: Cleaned, found: Records, rules: Rules
) -> tuple[dict[int, list[dict[str, Any]]], dict[int, set[str]], Mask]:
    """By record: its problems, the fields that are wrong; and who has a problem that is dirt."""
    problems: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    wrong: dict[int, set[str]] = {}
    dirty = np.zeros(found.size, dtype=bool)
    places = zip(found.problem_at.tolist(), found.problem_of.tolist(), found.left_out.tolist(), strict=True)
    for at, record, is_strict in places:
        one = clean.issues.table[clean.issues.which[at]]
        told = {"rule": one.rule, "field": one.field, "raw": one.raw, "message": one.message, "left_out": False}
        problems.setdefault(record, {}).setdefault((one.rule, one.field), told)
        if is_strict:
            wrong.setdefault(record, set()).add(one.field)
        if one.rule not in HARMLESS:
            dirty[record] = True
    by_record = {record: list(told.values()) for record, told in problems.items()}
    for record, fields in wrong.items():
        for told in by_record[record]:
            told["left_out"] = rules.leave_out and told["field"] in fields
    return by_record, wrong, dirty


def _refusals(run: Run, clean: Cleaned, found: Records, rules: Rules) -> dict[int, list[dict[str, str]]]:
    """By record: why it may not be imported; what holds it back goes last."""
    # nearly all that are held have no other reason
    bare = found.held & ~found.no_identity & ~np.logical_or.reduce([found.refused, *found.missing.values()])
    bare[found.problem_of] = False
    only = [_told(one) for one in refusals_of(run, ANYBODY, (), (), undecided=True)]
    told = dict.fromkeys(np.flatnonzero(bare).tolist(), only)
    for record in np.flatnonzero((found.refused | found.held) & ~bare).tolist():
        values = {
            name: clean.columns[name].values[code]
            for name, codes in found.codes.items()
            if (code := codes[record]) >= 0
        }
        issues = [
            clean.issues.table[clean.issues.which[at]] for at in found.problem_at[found.problems(record)].tolist()
        ]
        lacking = [name for name, missing in found.missing.items() if missing[record]]
        why = refusals_of(run, values, issues, lacking, undecided=bool(found.held[record]))
        told[record] = list(map(_told, why))
    return told


def _told(one: gate.Refusal) -> dict[str, str]:
    return {"rule": one.rule, "field": one.field, "message": one.message}


def _valued(clean: Cleaned, found: Records) -> dict[str, tuple[Codes, Sequence[str]]]:
    """Field -> (codes of the records, the values they point into) of what would be loaded."""
    return {name: (codes, clean.columns[name].values) for name, codes in found.codes.items()}


def _dirt(clean: Cleaned, found: Records, rules: Rules, dirty: Mask) -> NDArray[np.int64]:
    """The kinds of dirt each record carries, as places in DIRT (H9)."""
    incomplete = np.logical_or.reduce([np.zeros(found.size, dtype=bool), *found.missing.values()])
    stale = Dating(clean.columns, rules).stale(found.codes, found.size)
    kinds = {Dirt.DUPLICATE: found.held, Dirt.INCOMPLETE: incomplete, Dirt.INCONSISTENT: dirty, Dirt.STALE: stale}
    return np.add.reduce([rows.astype(np.int64) << KINDS.index(kind) for kind, rows in kinds.items()])


def _stages(run: Run, clean: Cleaned, found: Records, rules: Rules) -> list[str]:
    """The stage of the import of each record that may be loaded one day (H7)."""
    if run.object not in vocabulary.LOADABLE:
        return [""] * found.size
    stage = Dating(clean.columns, rules).stages(found.codes, found.size).tolist()
    loaded = (State.READY, State.HELD)
    return [STAGES[one] if state in loaded else "" for one, state in zip(stage, found.state.tolist(), strict=True)]


def _totals(
    clean: Cleaned,
    found: Records,
    rules: Rules,
    states: Sequence[str],
    problems: dict[int, list[dict[str, Any]]],
    refusals: dict[int, list[dict[str, str]]],
    wrong: dict[int, set[str]],
    dirt: NDArray[np.int64],
) -> Counter[str]:
    """What `records.tally` adds for each of these records."""
    totals = Counter({f"state:{state}": count for state, count in Counter(states).items()})
    totals["records"] = found.size
    totals["clean"] = int((dirt == 0).sum())
    for at, kind in enumerate(KINDS):
        totals[f"dirt:{kind.value}"] = int((dirt >> at & 1).sum())
    for record in sorted(problems.keys() | refusals.keys()):
        tally_problems(totals, states[record], problems.get(record, []), refusals.get(record, []))
    measured = found.state != State.ARCHIVED
    totals["fixed:stale"] = int((~measured).sum())
    totals["measured"] = int(measured.sum())
    for name in MEASURED:
        bad = np.zeros(found.size, dtype=bool)
        bad[[record for record, fields in wrong.items() if name in fields]] = True
        has = found.codes[name] >= 0 if name in found.codes else np.zeros(found.size, dtype=bool)
        totals[f"has:{name}"] = int(((has | bad) & measured).sum())
        totals[f"good:{name}"] = int((has & ~bad & measured).sum())
    complete = ~np.logical_or.reduce([np.zeros(found.size, dtype=bool), *found.missing.values()])
    totals["good:required"] = int((complete & measured).sum())
    return +totals  # without those that are nothing
