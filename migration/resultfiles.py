"""The files that the command line writes: clusters, golden records, rejects (H0, H10). Pure.

Cells are safe to open in a spreadsheet: what it would take for a formula has an
apostrophe in front. Numbers in E.164 stay as they are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.write import TRIGGERS, safe_cell
from migration.hygiene.alphabet import Packed
from migration.hygiene.bulk import Cleaned
from migration.hygiene.gate import Stage
from migration.hygiene.outcome import STATES, Dating, Records, Rules, State, refusals
from migration.sources import Source, aside

CLUSTERS = ("source_id", "cluster_id", "decision", "probability", "reason")
REJECTS = ("file", "line", "column", "value", "reason")
FIRST = ("record_id", "outcome", "import_stage", "why", "problems", "rows", "members")
BATCH = 20_000
UNREVIEWED = "merged without review: cannot pass the hygiene gate"
WAITS = "a possible duplicate has not been decided"
FORMULAS = frozenset(TRIGGERS)  # each is one letter
NUMBER = re.compile(r"\+[0-9]*")  # a number in E.164 is computed by nobody

Texts = NDArray[np.object_]


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


class Ready:
    """Texts as they stand in a CSV file; `ready[codes]` gives a list, "" for a code of -1."""

    def __init__(self, values: Iterable[str]) -> None:
        self.packed = values if isinstance(values, Packed) else None
        self.odd: dict[int, str] = {}
        if self.packed is not None:
            self.is_odd = _odd(self.packed)
            self.odd = {at: _cell(self.packed[at]) for at in np.flatnonzero(self.is_odd).tolist()}
        else:
            self.texts = ready(values)

    def __getitem__(self, codes: NDArray) -> list[str]:
        if self.packed is None:
            return self.texts[codes].tolist()
        found = self.packed.take(codes)
        if self.odd:
            for at in np.flatnonzero(self.is_odd[codes]).tolist():
                found[at] = self.odd[int(codes[at])]
        return found


def _odd(values: Packed) -> NDArray[np.bool_]:
    """Which texts cannot stand as they are: with a delimiter, a quote, a line end, or like a formula; then a False."""
    found = np.zeros(len(values) + 1, dtype=bool)
    letters = values.letters()
    for first in range(0, len(values), 100_000):
        part = letters[first : first + 100_000]
        odd = np.isin(part, np.frombuffer(b',"\r\n', dtype=np.uint8)).any(axis=1)
        start = np.isin(part[:, 0], np.frombuffer(b"=+-@\t\r", dtype=np.uint8))
        number = ((part[:, 1:] == 0) | ((part[:, 1:] >= 48) & (part[:, 1:] <= 57))).all(axis=1)
        found[first : first + len(part)] = odd | (start & ~((part[:, 0] == 43) & number))
    return found


def ready(values: Iterable[str]) -> Texts:
    """`values` as they stand in a CSV file, and "" at the end, where a code of -1 points."""
    made = list(values)
    whole = "".join(made)
    breaks = "," in whole or '"' in whole or "\n" in whole or "\r" in whole
    if breaks or not FORMULAS.isdisjoint({v[:1] for v in made}):
        made = [_cell(v) for v in made]
    found = np.empty(len(made) + 1, dtype=object)
    found[:-1] = made
    found[-1] = ""
    return found


def _cell(text: str) -> str:
    if text[:1] in FORMULAS and not NUMBER.fullmatch(text):
        text = safe_cell(text)
    return _quoted(text) if "," in text or '"' in text or "\n" in text or "\r" in text else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _write(file: TextIO, columns: Sequence[Sequence[str]]) -> None:
    file.write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")


def write_clusters(
    path: Path,
    ids: Ready,
    cluster: NDArray,
    decision: NDArray,
    words: Sequence[str],
    probability: NDArray,
    reason: NDArray,
    reasons: Sequence[str],
) -> None:
    """One line per row that was read: which cluster it is in, who decided so, how sure, and why."""
    said, word = Ready(reasons), Ready(words)
    levels, level = np.unique(np.round(probability, 4), return_inverse=True)
    sure = Ready([f"{one:.4f}" for one in levels.tolist()])
    with _open(path) as file:
        file.write(",".join(CLUSTERS) + "\n")
        for first in range(0, len(cluster), BATCH):
            part = np.arange(first, min(first + BATCH, len(cluster)))
            _write(file, [ids[part], ids[cluster[part]], word[decision[part]], sure[level[part]], said[reason[part]]])


def write_records(
    path: Path,
    clean: Cleaned,
    records: Records,
    ids: Ready,
    rules: Rules,
    *,
    merged_unreviewed: bool,
    share: tuple[float, float] = (0.0, 1.0),
) -> None:
    """One line per record: its outcome, why, its rows, its values, and where each value comes from.

    `share` is the part to be written, 0 to 1; the first part begins with the header.
    """
    names = list(clean.columns)
    tables = {name: Ready(cells.values) for name, cells in clean.columns.items()}
    stage, stages = np.full(records.size, -1, dtype=np.int8), Ready(one.value for one in Stage)
    if rules.is_person:
        stage = Dating(clean.columns, rules).stages(records.codes, records.size)
    states = Ready(STATES)
    why = _laid(records.size, _why(clean, records, rules, merged_unreviewed=merged_unreviewed))
    problems = _laid(records.size, _problems(clean, records))
    rows, members, lineage = _merged(records, ids, names)
    order = np.argsort(records.head, kind="stable")
    begin, end = (round(one * records.size) for one in share)
    with _open(path) as file:
        if not begin:
            file.write(",".join(ready([*FIRST, *names, "lineage"])[:-1]) + "\n")
        for first in range(begin, end, BATCH):
            at = order[first : min(first + BATCH, end)]
            columns = [
                ids[records.head[at]], states[records.state[at]], stages[stage[at]],
                *(one[at].tolist() for one in (why, problems, rows, members)),
                *(tables[name][records.codes[name][at]] for name in names), lineage[at].tolist(),
            ]  # fmt: skip
            _write(file, columns)


def _laid(size: int, found: dict[int, str]) -> Texts:
    """Texts by record, "" where there is none."""
    made = np.full(size, "", dtype=object)
    made[list(found)] = ready(found.values())[:-1]
    return made


def _merged(records: Records, ids: Ready, names: Sequence[str]) -> tuple[Texts, Texts, Texts]:
    """Per record: how many rows it has, their ids, and where its values come from."""
    start = records.goldens.start
    count = len(start) - 1
    rows, lineage = np.full(records.size, "1", dtype=object), np.full(records.size, "", dtype=object)
    members = np.empty(records.size, dtype=object)
    members[count:] = ids[records.head[count:]]
    many = ids[records.goldens.rows]
    rows[:count] = [str(size) for size in np.diff(start).tolist()]
    texts = [" ".join(many[first:last]) for first, last in pairwise(start.tolist())]
    members[:count] = [f'"{text.replace(chr(34), "")}"' if "," in text or '"' in text else text for text in texts]
    lineage[:count] = lineages(records, names)
    return rows, members, lineage


def lineages(records: Records, names: Sequence[str]) -> Texts:
    """Where the values of merged records come from: "city=all; email=2 latest; street=1+3 2 of 3 agree".

    Members are counted from 1; "all" have this value. Fields that are blank are not named.
    """
    goldens = records.goldens
    size = np.diff(goldens.start)
    place = np.arange(len(goldens.rows)) - np.repeat(goldens.start[:-1], size)
    of = np.repeat(np.arange(len(size)), size)
    columns = []
    for name in names:
        chosen = goldens.fields[name]
        who = np.zeros(len(size), dtype=np.int64)
        small = chosen.carriers & (place < 40)
        np.add.at(who, of[small], 1 << place[small])
        everyone = (chosen.agree == size) & (chosen.of == size)
        key = np.stack([who, np.where(everyone, -1, chosen.reason), chosen.agree, chosen.of, chosen.codes >= 0])
        _, first, back = np.unique(key, axis=1, return_index=True, return_inverse=True)
        texts = ready([_lineage(records, name, at, everyone) for at in first.tolist()])
        columns.append(texts[back.ravel()].tolist())
    joined = map("; ".join, map(partial(filter, None), zip(*columns, strict=True)))
    made = np.empty(len(size), dtype=object)
    made[:] = [f'"{text}"' if "," in text else text for text in joined]
    return made


def _lineage(records: Records, name: str, at: int, everyone: NDArray[np.bool_]) -> str:
    chosen, start = records.goldens.fields[name], records.goldens.start
    if chosen.codes[at] < 0:
        return ""
    label = name.replace('"', "")
    if everyone[at]:
        return f"{label}=all"
    who = "+".join(str(no) for no in np.flatnonzero(chosen.carriers[start[at] : start[at + 1]]) + 1)
    return f"{label}={who} {records.goldens.reason(name, at)}"


def _why(clean: Cleaned, records: Records, rules: Rules, *, merged_unreviewed: bool) -> dict[int, str]:
    """Why a record is not ready, by record."""
    count = len(records.goldens.start) - 1
    why = {
        one: UNREVIEWED if merged_unreviewed and one < count else WAITS
        for one in np.flatnonzero(records.state == State.HELD).tolist()
    }
    why.update(
        dict.fromkeys(
            np.flatnonzero(records.state == State.ARCHIVED).tolist(),
            f"no engagement for {rules.archive_months} months",
        )
    )
    for one in np.flatnonzero(records.state == State.REJECTED).tolist():
        why[one] = " ".join(dict.fromkeys(reason.message for reason in refusals(records, clean, one, rules)))
    return why


def _problems(clean: Cleaned, records: Records) -> dict[int, str]:
    """What stands on a record though it could not be brought to standard form, by record."""
    table = clean.issues.table
    said = [f"{one.field}: {one.raw} ({one.rule})" for one in table]
    found: dict[int, dict[str, None]] = {}
    which = clean.issues.which[records.problem_at]
    for one, at in zip(records.problem_of.tolist(), which.tolist(), strict=True):
        found.setdefault(one, {})[said[at]] = None
    return {one: "; ".join(sorted(texts)) for one, texts in found.items()}


def rejects(sources: Sequence[Source], clean: Cleaned, records: Records, rules: Rules) -> Iterator[tuple[str, ...]]:
    """(file, line, column, value, reason) of what was put aside while reading or refused by the gate."""
    by_source: list[list[tuple[int, str, str, str]]] = [aside(source) for source in sources]
    ends = np.cumsum([source.read.size for source in sources])
    for record in np.flatnonzero(records.state == State.REJECTED).tolist():
        row = int(records.head[record])
        at = int(np.searchsorted(ends, row, side="right"))
        source = sources[at]
        line = int(source.read.lines[row - (int(ends[at - 1]) if at else 0)])
        for one in refusals(records, clean, record, rules):
            by_source[at].append((line, source.label_of(one.field) if one.field else "", one.raw, one.message))
    for source, found in zip(sources, by_source, strict=True):
        for line, column, value, reason in sorted(found):
            yield source.path.name, str(line), column, value, reason


def write_rejects(path: Path, lines: Iterable[Sequence[str]]) -> int:
    """Write the rejects; returns how many lines there are."""
    count = 0
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECTS)
        for line in lines:
            writer.writerow([safe_cell(cell) for cell in line])
            count += 1
    return count
