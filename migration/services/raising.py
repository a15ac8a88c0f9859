"""What is pointed at is loaded no later than what points at it: the account of an open deal, its contact (H7)."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene import gate
from migration.models import MigrationSet, Record, RecordLink, RecordState, Run, RunRow
from migration.services.following import beside

CHUNK_RECORDS = 4_000
STAGES = [str(one) for one in gate.Stage]
LOADED = (RecordState.READY, RecordState.HELD)


def plan_raising(of: MigrationSet) -> list[ShardPlan]:
    """One shard: the records of many runs may point at one."""
    return [ShardPlan({}, Record.objects.filter(run__in=_pointing(of), state__in=LOADED).count())]


def raise_all(of: MigrationSet, work: Work) -> None:
    """Raise what the records of each run point at, a few thousand at once; told twice, it changes nothing more."""
    done = work.done
    for place, run in enumerate(_pointing(of)):
        if place < work.cursor.get("run", 0):
            continue
        start = work.cursor.get("next", 0) if place == work.cursor.get("run", 0) else 0
        while ids := _next(run, start):
            start, done = ids[-1] + 1, done + len(ids)
            with work.commit(done=done, cursor={"run": place, "next": start}):
                raise_ends(run, ids)


def _pointing(of: MigrationSet) -> list[Run]:
    """Its runs whose records are loaded, what points first."""
    return [run for run in reversed(of.current_runs()) if run.object in vocabulary.LOADABLE]


def _next(run: Run, start: int) -> list[int]:
    found = Record.objects.filter(run=run, pk__gte=start, state__in=LOADED).order_by("pk")
    return list(found.values_list("pk", flat=True)[:CHUNK_RECORDS])


def raise_ends(run: Run, ids: Collection[int] | QuerySet) -> None:
    """Put the records that these point at into the stage of these, if their own comes later; so on to what they name.

    `ids` are records of the set of `run`. Three queries for each step from pointer to pointer, one more for each stage.
    """
    later = _raise(_wanted(run, ids))
    while later:
        later = _raise(_wanted(run, later))


def _wanted(run: Run, ids: Collection[int] | QuerySet) -> dict[int, int]:
    """Record -> place of the earliest stage of those that point at it."""
    links = RecordLink.objects.filter(record__in=ids, is_missing=False, record__state__in=LOADED)
    first: dict[str, int] = {}
    for key, stage in links.exclude(record__stage="").values_list("key", "record__stage"):
        first[key] = min(first.get(key, len(STAGES)), STAGES.index(stage))
    wanted: dict[int, int] = {}
    rows = RunRow.objects.filter(run__in=[run, *beside(run)], key__in=list(first))
    for key, record in rows.values_list("key", "record"):
        wanted[record] = min(wanted.get(record, len(STAGES)), first[key])
    return wanted


def _raise(wanted: dict[int, int]) -> list[int]:
    """Put records into earlier stages; returns those whose stage was later."""
    staged = Record.objects.filter(pk__in=list(wanted), state__in=LOADED).exclude(stage="").values_list("pk", "stage")
    later = [pk for pk, stage in staged if STAGES.index(stage) > wanted[pk]]
    for place, name in enumerate(STAGES):
        if raised := [pk for pk in later if wanted[pk] == place]:
            Record.objects.filter(pk__in=raised).update(stage=name)
    return later
