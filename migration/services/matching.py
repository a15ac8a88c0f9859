"""The second half of a run: match, cluster under people's decisions, account (H2, H0)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import ROW_MASK, Upload
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene.bulk import Cleaned, Issues
from migration.hygiene.compare import Map
from migration.hygiene.forked import forked
from migration.hygiene.reading import Cells
from migration.hygiene.text import fold
from migration.models import Run
from migration.services import blocks, erasing, runs
from migration.services.cleaning import cleaned, good_rows, require_balance, sum_totals
from migration.services.clusters import Components, Loaded, Pairwise
from migration.sources import keys_of, same_id

BLOCK_ROWS = 20_000
MANY = 20_000  # rows from which a second process is worth its start
NOBODY = np.zeros(0, dtype=np.int64)


def plan_match(run: Run) -> list[ShardPlan]:
    """One shard: how rare a value is can only be told over all rows. Raises AccountOpen."""
    totals = sum_totals(run, "standardise")
    require_balance("standardise", good_rows(run), totals["rows"])
    run.summary["before"] = dict(totals)
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    runs.note(run, f"standardise finished, {totals['values_changed']:,} values changed")
    return [ShardPlan({}, totals["rows"])]


def match_run(run: Run, work: Work, *, hear: Callable[[Run, Loaded], None] | None = None) -> None:
    """Give every row its key, find who is one, lay by what there is to tell. Starts over when told twice.

    `hear` puts into the rows what others say of them.
    """
    with work.kept():  # no part of it can be cut: how rare a value is, is told over all rows
        loaded = load(run)
        if held := erasing.hold_erased(run, loaded.ids.tolist(), loaded.keys):
            loaded.clean = emptied(loaded.clean, held)
        if hear is not None:
            hear(run, loaded)
        kind = Components if run.object in vocabulary.PERSON_OBJECTS else Pairwise
        # the other workers have nothing to do meanwhile: their share of the machine is free
        spread = forked(settings.JOB_WORKERS if loaded.clean.size >= MANY else 1)
        found = kind(run, loaded, spread)
        told = {"pairs": found.rules, "clusters": found.clusters, "waiting": found.waiting}
        parts = set_apart(run, loaded, found, spread)
    with work.commit(done=loaded.clean.size, result={**told, "blocks": parts}):
        pass


def set_apart(run: Run, loaded: Loaded, found: Components | Pairwise, spread: Map = map) -> list[dict[str, Any]]:
    """Lay the rows out as records are made of them: whole clusters in the order of their numbers, then who is alone.

    Returns the blocks, each with its rows and, where there are any, its first and last cluster.
    """
    clusters = found.rows()
    sizes = np.array([len(one) for one in clusters], dtype=np.int64)
    numbers = np.repeat(np.arange(1, len(clusters) + 1), sizes)
    together = np.concatenate([NOBODY, *clusters])
    alone = np.ones(loaded.clean.size, dtype=bool)
    alone[together] = False
    # a block ends where a cluster does
    ends = np.cumsum(sizes)
    firsts = np.flatnonzero(np.diff((ends - sizes) // BLOCK_ROWS, prepend=-1))
    cuts = [*(ends - sizes)[firsts].tolist(), len(together)]
    by_itself = np.flatnonzero(alone)
    parts = [together[first:last] for first, last in pairwise(cuts)]
    parts += [by_itself[first : first + BLOCK_ROWS] for first in range(0, len(by_itself), BLOCK_ROWS)]
    starts = np.cumsum([0, *map(len, parts)])

    def lay(number: int) -> dict[str, Any]:
        rows, at = parts[number], starts[number]
        own = {"ids": loaded.ids[rows]}
        told: dict[str, Any] = {"block": f"made-{number}", "rows": len(rows)}
        if at < len(numbers):
            told["clusters"] = [int(numbers[at]), int(numbers[at + len(rows) - 1])]
            blocks.write(run, f"proof-{number}", found.proof(*told["clusters"]))
            told["proof"] = f"proof-{number}"
        keys = [loaded.keys[row] for row in rows.tolist()]
        blocks.write(run, told["block"], blocks.Block(blocks.take(loaded.clean, rows), own, {"keys": keys}))
        return told

    return list(spread(lay, range(len(parts))))


def emptied(clean: Cleaned, rows: Sequence[int]) -> Cleaned:
    """The same without any value of some rows, and without what was said of them."""
    gone = np.zeros(clean.size, dtype=bool)
    gone[list(rows)] = True
    columns = {
        name: Cells(np.where(gone, np.int32(-1), cells.codes), cells.values) for name, cells in clean.columns.items()
    }
    rules = {name: np.where(gone, np.int8(0), each) for name, each in clean.rules.items()}
    said, stay = clean.issues, ~gone[clean.issues.rows]
    issues = Issues(said.rows[stay], said.which[stay], said.table)
    return Cleaned(clean.size, columns, rules, clean.names_of_rules, issues)


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of one upload, as `sources.keys_of` asks for them."""

    upload: Upload
    numbers: Sequence[int]

    @property
    def size(self) -> int:
        return len(self.numbers)

    @property
    def system(self) -> str:
        return system_of(self.upload)

    def sha256(self) -> str:
        return self.upload.sha256


def load(run: Run) -> Loaded:
    """The run's rows in standard form, from what standardising left."""
    parts: dict[int, list[tuple[Cleaned, NDArray[np.int64]]]] = {}
    for params, _ in run.results("standardise"):
        block = blocks.read(run, cleaned(params))
        parts.setdefault(params["upload"], []).append((block.clean, block.rows["ids"]))
    files: list[Cleaned] = []
    ids: list[NDArray[np.int64]] = [NOBODY]
    keys: list[str] = []
    bases: list[str] = []
    taken: dict[str, int] = {}
    for upload in run.uploads.filter(pk__in=parts).order_by("pk"):
        own = np.concatenate([each for _, each in parts[upload.pk]])
        part = blocks.join([each for each, _ in parts[upload.pk]])
        named, alike = keys_of(Stored(upload, (own & ROW_MASK).tolist()), part.columns, taken)
        keys += named
        bases += alike
        ids.append(own)
        files.append(part)
    clean = blocks.join(files) if len(files) != 1 else files[0]
    return Loaded(np.concatenate(ids), keys, clean, same_id(clean, bases))


def system_of(upload: Upload) -> str:
    """Where a file comes from, for keys: vendor and object. Decisions of one never touch the other's."""
    try:
        vendor = by_slug(upload.format_slug).vendor
    except KeyError:
        vendor = ""
    return f"{fold(vendor).replace(' ', '-') or 'file'}/{upload.object or 'record'}"
