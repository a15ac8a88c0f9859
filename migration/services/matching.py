"""The second half of a run: match, cluster under people's decisions, account (H2, H0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import ROW_MASK, SourceRow, Upload
from crmprogram.jobs.bulk import insert_missing
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene.bulk import Cleaned, join_cleaned
from migration.hygiene.text import fold
from migration.models import Cluster, Run, RunRow
from migration.services import runs
from migration.services.cleaning import good_rows, require_balance, sum_totals
from migration.services.clusters import STORED, Components, Loaded, Pairwise
from migration.services.columns import issues_of, read_cleaned_range
from migration.services.rows import Reader
from migration.sources import keys_of, same_id

LOAD_ROWS = 20_000
WRITE_ROWS = 5_000
NOBODY = np.zeros(0, dtype=np.int64)


def plan_match(run: Run) -> list[ShardPlan]:
    """One shard: how rare a value is can only be told over all rows. Raises AccountOpen."""
    totals = sum_totals(run, "standardise")
    require_balance("standardise", good_rows(run), totals["rows"])
    run.summary["before"] = dict(totals)
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    runs.note(run, f"standardise finished, {totals['values_changed']:,} values changed")
    return [ShardPlan({}, totals["rows"])]


def match_run(run: Run, work: Work) -> None:
    """Give every row its key, find who is one, store clusters. Starts over when told twice."""
    with work.commit(done=0):
        RunRow.objects.filter(run=run).delete()
        Cluster.objects.filter(run=run).delete()
    loaded = load(run, work)
    kind = Components if run.object in vocabulary.PERSON_OBJECTS else Pairwise
    found = kind(run, loaded, work)
    of_row = np.zeros(loaded.clean.size, dtype=np.int64)
    number = 0
    for clusters, of_each in found.parts():
        with work.commit():
            insert_missing(Cluster, STORED, clusters)
        made = Cluster.objects.filter(run=run, number__gt=number).order_by("number").values_list("pk", flat=True)
        for pk, members in zip(made, of_each, strict=True):
            of_row[members] = pk
        number += len(clusters)
    for start in range(0, len(loaded.ids), WRITE_ROWS):
        part = slice(start, start + WRITE_ROWS)
        rows = zip(loaded.ids[part], loaded.keys[part], of_row[part].tolist(), strict=True)
        result = {"pairs": found.rules, "clusters": found.clusters}
        with work.commit(done=start + len(loaded.ids[part]), result=result):
            of = ((row, run.pk, key, cluster or None) for row, key, cluster in rows)
            insert_missing(RunRow, ("id", "run", "key", "cluster"), of)


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


def load(run: Run, work: Work) -> Loaded:
    """Read the run's rows block by block, so that the lease is renewed."""
    reader = Reader(run.mapping)
    parts: list[Cleaned] = []
    ids: list[int] = []
    keys: list[str] = []
    bases: list[str] = []
    taken: dict[str, int] = {}
    for upload in run.uploads.order_by("pk"):
        blocks: list[Cleaned] = []
        own: list[int] = []
        last = SourceRow.objects.of_upload(upload.pk).order_by("-pk").values_list("pk", flat=True).first()
        for first in range(0, (last & ROW_MASK) + 1 if last is not None else 0, LOAD_ROWS):
            chunk, block = read_cleaned_range(reader, upload.pk, first, first + LOAD_ROWS - 1)
            blocks.append(block)
            own += chunk.ids
            work.beat()
        if blocks:
            part = join_cleaned(blocks)
            named, alike = keys_of(Stored(upload, [one & ROW_MASK for one in own]), part.columns, taken)
            keys += named
            bases += alike
            ids += own
            parts.append(part)
    if not parts:
        return Loaded([], [], Cleaned(0, {}, {}, [""], issues_of([])), (NOBODY, NOBODY))
    clean = join_cleaned(parts)
    return Loaded(ids, keys, clean, same_id(clean, bases))


def system_of(upload: Upload) -> str:
    """Where a file comes from, for keys: vendor and object. Decisions of one never touch the other's."""
    try:
        vendor = by_slug(upload.format_slug).vendor
    except KeyError:
        vendor = ""
    return f"{fold(vendor).replace(' ', '-') or 'file'}/{upload.object or 'record'}"
