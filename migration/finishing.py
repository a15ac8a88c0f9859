"""The second half of a run over files: merge, judge, write, each process its share of the records (H0, H2, H10). Pure.

A share is what lives on in a range of rows; shares stand one after the other in the files.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.account import Account
from migration.hygiene.bulk import Cleaned
from migration.hygiene.crew import Crew, Line, can_fork
from migration.hygiene.goldens import Groups, heads_of
from migration.hygiene.outcome import STATES, Rules, judge_records, problems_by_rule
from migration.resultfiles import Notes, Reject, Told, rejects, write_clusters, write_records
from migration.sources import Source
from migration.steps import Steps
from migration.writing import Bytes

MANY = 20_000  # rows from which a second process is worth its start


@dataclass(slots=True)
class Ended:
    """What became of the records, counted."""

    ends: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    held: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def __iadd__(self, other: Ended) -> Ended:
        for name in ("ends", "states", "dirt", "rules"):
            getattr(self, name).update(getattr(other, name))
        self.held += other.held
        self.rejects += other.rejects
        return self

    def account(self, sources: Sequence[Source]) -> Account:
        """Where each row that was read has ended (H0)."""
        aside = sum(len(one.read.aside) + len(one.shifted) for one in sources)
        return Account(
            read=sum(source.read.read + len(source.shifted) for source in sources),
            kept=self.ends["kept"],
            merged=self.ends["merged"],
            archived=self.ends["archived"],
            quarantined=self.ends["quarantined"] + aside,
            blank=sum(source.read.blank for source in sources),
        )


class Finish(NamedTuple):
    """All that the second half needs; the rows of `together` with one number are one record."""

    out: Path
    sources: Sequence[Source]
    clean: Cleaned
    told: Told
    ids: Bytes
    together: NDArray
    rank: NDArray
    waiting: NDArray[np.bool_]
    rules: Rules
    merged_unreviewed: bool
    notes: Notes  # by row: what is to be said of values in the lineage

    def write(self, steps: Steps, processes: int) -> Ended:
        """Write clusters.csv and records.csv."""
        groups = Groups.of(self.together, self.rank)
        heads = heads_of(self.clean.columns, groups)
        count = processes if self.clean.size >= MANY and can_fork() else 1
        bounds = [self.clean.size * at // count for at in range(count + 1)]
        shares = [_Share(self, groups, heads, range(*pair), at) for at, pair in enumerate(pairwise(bounds))]
        records = self.clean.size - len(groups.rows) + len(groups)

        def judged() -> None:
            steps.done("merge", f"{records:,} records")

        if count == 1:
            return shares[0].write(judged)
        with Crew(count - 1, lambda line, number: _apart(line, shares[number + 1])) as crew:
            found = shares[0].write(judged)
            for line in crew.lines:
                try:
                    found += line.take()
                except EOFError as error:
                    raise OSError("The results could not be written: one of the processes has ended.") from error
        for name in ("clusters.csv", "records.csv"):
            _joined(self.out, name, count)
        return found


class _Share(NamedTuple):
    """The records that live on in `rows`."""

    of: Finish
    groups: Groups
    heads: NDArray[np.int64]
    rows: range
    number: int

    def write(self, judged: Callable[[], None] = lambda: None) -> Ended:
        """Merge and judge the records of the share, `judged` says when, and write them."""
        of, rows = self.of, self.rows
        chosen = (self.heads >= rows.start) & (self.heads < rows.stop)
        mine = np.zeros(of.clean.size, dtype=bool)
        mine[rows.start : rows.stop] = True
        mine[self.groups.rows] = np.repeat(chosen, np.diff(self.groups.start))
        place = np.cumsum(mine) - 1
        clean, all_rows = of.clean.part(mine), np.flatnonzero(mine)
        records = judge_records(clean, self.groups.part(chosen, place), of.waiting[mine], of.rules)
        judged()
        notes = {int(place[row]): said for row, said in of.notes.items() if mine[row]}
        end = f".{self.number}" if self.number else ""
        write_clusters(of.out / f"clusters.csv{end}", of.ids, of.told, rows)
        write_records(
            of.out / f"records.csv{end}", clean, records, of.ids[:-1][mine], of.rules,
            merged_unreviewed=of.merged_unreviewed, begins=not self.number, notes=notes,
        )  # fmt: skip
        return Ended(
            records.ends(clean.size),
            Counter({name: int((records.state == code).sum()) for code, name in enumerate(STATES)}),
            records.dirt,
            Counter(problems_by_rule(clean, records.problem_at)),
            int(records.held.sum()),
            rejects(of.sources, clean, records, all_rows),
        )


def _apart(line: Line, share: _Share) -> None:
    line.give(share.write())


def _joined(out: Path, name: str, count: int) -> None:
    """Put the shares of a file one after the other."""
    with (out / name).open("r+b") as whole:
        whole.seek(0, os.SEEK_END)
        for number in range(1, count):
            part = out / f"{name}.{number}"
            with part.open("rb") as source:
                _copy(source, whole, part.stat().st_size)
            part.unlink()


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy a file behind another, within the system where that can be."""
    if sys.platform != "linux":
        shutil.copyfileobj(source, target, 8_388_608)
        return
    while size > 0 and (done := os.sendfile(target.fileno(), source.fileno(), None, size)):
        size -= done
