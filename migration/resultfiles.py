"""The files that the command line writes: clusters, golden records, rejects (H0, H10). Pure.

Cells are safe to open in a spreadsheet: what it would take for a formula has an
apostrophe in front. Numbers in E.164 stay as they are.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.write import TRIGGERS, safe_cell
from migration.hygiene.bulk import Cleaned
from migration.hygiene.gate import Stage
from migration.hygiene.outcome import STATES, Dating, Records, Rules, State, refusals
from migration.sources import Source, aside

E164 = re.compile(r"\+[0-9]{7,15}")
CLUSTERS = ("source_id", "cluster_id", "decision", "probability", "reason")
REJECTS = ("file", "line", "column", "value", "reason")
BATCH = 50_000
UNREVIEWED = "merged without review: cannot pass the hygiene gate"
WAITS = "a possible duplicate has not been decided"


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _safe(values: Iterable[str]) -> list[str]:
    return [
        safe_cell(v) if v[:1] and v[0] in FIRST and v.startswith(TRIGGERS) and not E164.fullmatch(v) else v
        for v in values
    ]


FIRST = frozenset(one[0] for one in TRIGGERS)


def write_clusters(
    path: Path,
    ids: Sequence[str],
    cluster: NDArray,
    decision: Sequence[str],
    probability: NDArray,
    reason: NDArray,
    reasons: Sequence[str],
) -> None:
    """One line per row that was read: which cluster it is in, who decided so, how sure, and why."""
    safe, said = _safe(ids), _safe(reasons)
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CLUSTERS)
        for first in range(0, len(ids), BATCH):
            part = slice(first, first + BATCH)
            writer.writerows(
                zip(
                    safe[part],
                    [safe[at] for at in cluster[part].tolist()],
                    decision[part],
                    map("%.4f".__mod__, probability[part].tolist()),
                    [said[at] for at in reason[part].tolist()],
                    strict=True,
                )
            )


def write_records(
    path: Path, clean: Cleaned, records: Records, ids: Sequence[str], rules: Rules, *, merged_unreviewed: bool
) -> None:
    """One line per record: its state, why, its rows, its values, and where each value comes from."""
    names = list(clean.columns)
    stages = list(Stage)
    stage = Dating(clean.columns, rules).stages(records.codes, records.size) if rules.is_person else None
    values = {name: _safe(cells.values) for name, cells in clean.columns.items()}
    safe = _safe(ids)
    count = len(records.goldens.start) - 1
    why = _why(clean, records, rules, merged_unreviewed=merged_unreviewed)
    problems = _problems(clean, records)
    lineage = _Lineage(records, ids)
    order = np.argsort(records.head, kind="stable")
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["record_id", "state", "stage", "why", "problems", "rows", "members", *names, "lineage"])
        for first in range(0, records.size, BATCH):
            part = order[first : first + BATCH]
            at, head = part.tolist(), records.head[part].tolist()
            of_stage = repeat("") if stage is None else (stages[code].value for code in stage[part].tolist())
            columns = [_texts(values[name], records.codes[name][part]) for name in names]
            writer.writerows(
                zip(
                    [safe[row] for row in head],
                    [STATES[state] for state in records.state[part].tolist()],
                    of_stage,
                    [why.get(one, "") for one in at],
                    [problems.get(one, "") for one in at],
                    [lineage.rows(one) if one < count else 1 for one in at],
                    [lineage.members(one) if one < count else safe[row] for one, row in zip(at, head, strict=True)],
                    *columns,
                    [lineage.text(one) if one < count else "" for one in at],
                    strict=False,
                )
            )


def _texts(values: Sequence[str], codes: NDArray) -> list[str]:
    return [values[code] if code >= 0 else "" for code in codes.tolist()]


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
    return {one: safe_cell("; ".join(texts)) for one, texts in found.items()}


class _Lineage:
    """Where the values of merged records come from."""

    def __init__(self, records: Records, ids: Sequence[str]) -> None:
        self.ids = ids
        self.start = records.goldens.start.tolist()
        self.member = records.goldens.rows.tolist()
        self.fields = []
        for name, chosen in records.goldens.fields.items():
            reasons = [json.dumps(text) for text in chosen_texts(records, name)]
            self.fields.append((json.dumps(name), chosen.codes.tolist(), chosen.carriers.tolist(), reasons))

    def rows(self, record: int) -> int:
        return self.start[record + 1] - self.start[record]

    def members(self, record: int) -> str:
        """Ids of the rows that are one record, in the order that the lineage counts them by."""
        return safe_cell(" ".join(self.ids[row] for row in self.member[self.start[record] : self.start[record + 1]]))

    def text(self, record: int) -> str:
        """JSON: field -> [members that carry its value, counted from 1, and the reason]."""
        first, last = self.start[record], self.start[record + 1]
        numbers = range(1, last - first + 1)
        said = []
        for name, codes, carriers, reasons in self.fields:
            if codes[record] >= 0:
                who = ",".join([str(no) for no, carries in zip(numbers, carriers[first:last], strict=True) if carries])
                said.append(f"{name}:[[{who}],{reasons[record]}]")
        return "{" + ",".join(said) + "}"


def chosen_texts(records: Records, name: str) -> list[str]:
    """The reason for a field, record by record."""
    chosen = records.goldens.fields[name]
    both = chosen.reason.astype(np.int64) * 10**12 + chosen.agree * 10**6 + chosen.of
    _, first, back = np.unique(both, return_index=True, return_inverse=True)
    texts = [records.goldens.reason(name, at) for at in first.tolist()]
    return [texts[at] for at in back.tolist()]


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
