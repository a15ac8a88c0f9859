"""The files that the command line writes: clusters, golden records, rejects (H0, H10). Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.write import safe_cell
from migration.hygiene.alphabet import part
from migration.hygiene.bulk import Cleaned
from migration.hygiene.gate import Stage
from migration.hygiene.outcome import STATES, Dating, Records, Rules, State, refusals
from migration.hygiene.wordsort import grouped_words
from migration.sources import Source, aside
from migration.writing import Bytes, Ready, cell, in_bytes, lines, strung

CLUSTERS = ("source_id", "cluster_id", "decision", "probability", "reason")
REJECTS = ("file", "line", "column", "value", "reason")
FIRST = ("record_id", "outcome", "import_stage", "why", "problems", "rows", "members")
BATCH = 20_000
UNREVIEWED = "merged without review: cannot pass the hygiene gate"
WAITS = "a possible duplicate has not been decided"


# by row: fields and what is to be said of their values in the lineage; "" for the whole record
Notes = Mapping[int, Sequence[tuple[str, str]]]


class Told(NamedTuple):
    """What matching said of each row: its cluster, who decided, how sure, and why (by code into the words)."""

    cluster: NDArray
    decision: NDArray
    words: Sequence[str]
    probability: NDArray
    reason: NDArray
    reasons: Sequence[str]


def write_clusters(path: Path, ids: Bytes, told: Told, rows: range) -> None:
    """One line per row that was read: which cluster it is in, who decided so, how sure, and why.

    Of `rows` alone; those that begin with row 0 have the header before them.
    """
    said, word = Ready(told.reasons), Ready(told.words)
    sure = Ready(f"{one / 10_000:.4f}" for one in range(10_001))
    level = np.round(told.probability * 10_000).astype(np.int64)
    with path.open("wb") as file:
        if not rows.start:
            file.write(",".join(CLUSTERS).encode() + b"\n")
        for first in range(rows.start, rows.stop, BATCH):
            part = slice(first, min(first + BATCH, rows.stop))
            columns = [
                ids[part], ids[told.cluster[part]], word[told.decision[part]], sure[level[part]],
                said[told.reason[part]],
            ]  # fmt: skip
            file.write(lines(columns))


def write_records(
    path: Path, clean: Cleaned, records: Records, ids: Bytes, rules: Rules, *, merged_unreviewed: bool, begins: bool,
    notes: Notes,
) -> None:  # fmt: skip
    """One line per record: its outcome, why, its rows, its values, and where each value comes from.

    `ids` are those of the rows of `clean`; `begins`: the header comes first.
    """
    names = list(clean.columns)
    tables = {name: _used(clean.columns[name].values, records.codes[name]) for name in names}
    stage, stages = np.full(records.size, -1, dtype=np.int8), Ready(one.value for one in Stage)
    if rules.is_person:
        stage = Dating(clean.columns, rules).stages(records.codes, records.size)
    states = Ready(STATES)
    why, reasons = _coded(records.size, _why(clean, records, rules, merged_unreviewed=merged_unreviewed))
    problem, problems = _coded(records.size, _problems(clean, records))
    merged = np.full(records.size, -1, dtype=np.int64)  # of the tables below, which tell of merged records alone
    merged[: len(records.goldens.start) - 1] = np.arange(len(records.goldens.start) - 1)
    size = np.append(np.diff(records.goldens.start), 1)
    sizes = Ready(map(str, range(int(size.max()) + 1)))
    members, lineage = _members(records, ids), _objects(lineages(records, names))
    traced = merged
    if notes:
        lineage, traced = _noted(lineage, merged, _said(clean, records, notes))
    order = np.argsort(records.head, kind="stable")
    with path.open("wb") as file:
        if begins:
            file.write(",".join(map(cell, [*FIRST, *names, "lineage"])).encode() + b"\n")
        for first in range(0, records.size, BATCH):
            at = order[first : first + BATCH]
            own, place, trace = ids[records.head[at]], merged[at], traced[at]
            columns = [
                own, states[records.state[at]], stages[stage[at]], reasons[why[at]], problems[problem[at]],
                sizes[size[place]], _either(own, members, place),
                *(table[codes[at]] for table, codes in tables.values()), lineage[trace],
            ]  # fmt: skip
            file.write(lines(columns))


def _used(values: Sequence[str], codes: NDArray) -> tuple[Ready, NDArray]:
    """The values that records have, ready, and the codes into these."""
    seen = np.append(np.bincount(codes[codes >= 0], minlength=len(values)) > 0, False)
    place = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    place[-1] = -1
    return Ready(part(values, np.flatnonzero(seen))), place[codes]


def _coded(size: int, found: dict[int, str]) -> tuple[NDArray[np.int32], Ready]:
    """Texts by record as codes, -1 where there is none, and the texts."""
    at: dict[str, int] = {}
    codes = np.full(size, -1, dtype=np.int32)
    codes[list(found)] = [at.setdefault(text, len(at)) for text in found.values()]
    return codes, Ready(list(at))


def _either(own: Bytes, other: Bytes, place: NDArray) -> Bytes:
    """Of `other` at `place`, of `own` where there is none."""
    found = other[place]
    if found.dtype == object or own.dtype == object:
        return np.where(place >= 0, found.astype(object), own.astype(object))
    return np.where(place >= 0, found, own)


def _objects(made: Sequence[bytes]) -> Bytes:
    """Cells of any length, and a blank one at the end."""
    found = np.empty(len(made) + 1, dtype=object)
    found[:-1] = made
    found[-1] = b""
    return found


def _members(records: Records, ids: Bytes) -> Bytes:
    """The ids of the rows of each merged record."""
    many = ids[records.goldens.rows].tolist()
    made = [b" ".join(many[first:last]) for first, last in pairwise(records.goldens.start.tolist())]
    return in_bytes([b'"%b"' % one.replace(b'"', b"") if b"," in one or b'"' in one else one for one in made])


def lineages(records: Records, names: Sequence[str]) -> list[bytes]:
    """Where the values of merged records come from: "city=all; email=2 latest; street=1+3 2 of 3 agree".

    Members are counted from 1; "all" have this value. Fields that are blank are not named.
    Ready for a CSV file.
    """
    goldens = records.goldens
    size = np.diff(goldens.start)
    if not len(size):
        return []
    place = np.arange(len(goldens.rows)) - np.repeat(goldens.start[:-1], size)
    of = np.repeat(np.arange(len(size)), size)
    columns = []
    for name in names:
        chosen = goldens.fields[name]
        who = np.zeros(len(size), dtype=np.int64)
        small = chosen.carriers & (place < 40)
        np.add.at(who, of[small], 1 << place[small])
        everyone = (chosen.agree == size) & (chosen.of == size)
        filled = chosen.codes >= 0
        how = np.where(everyone, -1, chosen.reason).astype(np.int64) * 2 + filled
        votes = (chosen.agree.astype(np.int64) << 32) + chosen.of
        first, back = grouped_words(np.stack([who, how, votes], axis=1).view(np.uint64))
        texts = [_lineage(records, name, at, everyone) for at in first.tolist()]
        columns.append(np.array([f"; {text}".encode() if text else b"" for text in texts])[back])
    made = strung(columns, b"; ")
    return [b'"%b"' % text if b"," in text else text for text in made]


def _said(clean: Cleaned, records: Records, notes: Notes) -> dict[int, list[str]]:
    """What is to be said of records: of a value that is not the record's there is nothing to say."""
    found: dict[int, dict[str, None]] = {}
    for row, told in notes.items():
        record = int(records.of_row[row])
        for name, words in told:
            if name:
                cells, code = clean.columns[name], int(records.codes[name][record])
                if code < 0 or cells.values[code] != cells.values[cells.codes[row]]:
                    continue
            found.setdefault(record, {})[f"{name}={words}" if name else words] = None
    return {record: sorted(texts) for record, texts in found.items()}


def _noted(lineage: Bytes, place: NDArray, said: Mapping[int, Sequence[str]]) -> tuple[Bytes, NDArray]:
    """Lineages with more said of some records, and the place of each record's."""
    place, made = place.copy(), lineage[:-1].tolist()
    for record, texts in said.items():
        known = made[place[record]].decode().strip('"') if place[record] >= 0 else ""
        place[record] = len(made)
        made.append(cell("; ".join(filter(None, (known, *texts)))).encode())
    return _objects(made), place


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
        why[one] = " ".join(dict.fromkeys(reason.message for reason in refusals(records, clean, one)))
    return why


def _problems(clean: Cleaned, records: Records) -> dict[int, str]:
    """What stands on a record though it could not be brought to standard form, by record."""
    table = clean.issues.table
    said = [f"{one.field}: {one.raw} ({one.message})" for one in table]
    found: dict[int, dict[str, None]] = {}
    which = clean.issues.which[records.problem_at]
    for one, at in zip(records.problem_of.tolist(), which.tolist(), strict=True):
        found.setdefault(one, {})[said[at]] = None
    return {one: "; ".join(sorted(texts)) for one, texts in found.items()}


Reject = tuple[int, int, str, str, str]  # number of the file, line, column, value, reason


def rejects(sources: Sequence[Source], clean: Cleaned, records: Records, rows: NDArray) -> list[Reject]:
    """What the gate refused; `rows` are the places of the rows of `clean` in all files together."""
    ends = np.cumsum([source.read.size for source in sources])
    found = []
    for record in np.flatnonzero(records.state == State.REJECTED).tolist():
        row = int(rows[records.head[record]])
        at = int(np.searchsorted(ends, row, side="right"))
        source = sources[at]
        line = int(source.read.lines[row - (int(ends[at - 1]) if at else 0)])
        for one in refusals(records, clean, record):
            found.append((at, line, source.label_of(one.field) if one.field else "", one.raw, one.message))
    return found


def write_rejects(path: Path, sources: Sequence[Source], refused: Iterable[Reject]) -> int:
    """Write (file, line, column, value, reason) of what was put aside while reading or refused by the gate.

    Returns how many lines there are.
    """
    told = [(at, *one) for at, source in enumerate(sources) for one in aside(source)]
    told += refused
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECTS)
        for at, *cells in sorted(told):
            writer.writerow([safe_cell(str(one)) for one in (sources[at].path.name, *cells)])
    return len(told)
