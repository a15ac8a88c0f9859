"""Write down which records of a set point at which, and tell of pointers to nothing (H2, H8, H9)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Max, Min, OuterRef, QuerySet, Subquery

from crmprogram.intake.models import RowIssue, SourceRow
from crmprogram.jobs import bulk
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration.hygiene import links
from migration.hygiene.issues import MESSAGES
from migration.models import Cluster, Decision, MigrationSet, Record, RecordLink, Run, RunRow
from migration.services.following import PARENT, Follower
from migration.services.records import tally

KIND = "link"
SHARD_RECORDS = 50_000
CHUNK_RECORDS = 4_000
KNOWN_SECONDS = 12 * 3600
MISSING = "relation.missing"
KEPT = "links"  # in the summary of a run: field -> [pointers, of these to nothing]
WRITTEN = ("record", "run", "field", "key", "is_missing")


def plan_links(of: MigrationSet) -> list[ShardPlan]:
    """Shards of about 50,000 ids of the records of each run; nothing for a run that points at none."""
    plans = []
    for run in of.current_runs():
        found = Record.objects.filter(run=run).living()
        ends = found.aggregate(first=Min("pk"), last=Max("pk"), n=Count("pk"))
        if not fields_of(run) or ends["first"] is None:
            continue
        first = ends["first"]
        while first is not None:
            ids = found.filter(pk__gte=first).order_by("pk").values_list("pk", flat=True)
            after = next(iter(ids[SHARD_RECORDS : SHARD_RECORDS + 1]), None)
            last = ends["last"] if after is None else after - 1
            plans.append(ShardPlan({"run": run.pk, "first": first, "last": last}, min(ends["n"], SHARD_RECORDS)))
            first, ends["n"] = after, ends["n"] - SHARD_RECORDS
    return plans


def link_part(work: Work) -> None:
    """Write the links of the shard's records, and their problems; told twice, it writes the same."""
    run = Run.objects.select_related("program").get(pk=work.params["run"])
    follower = Follower(run)
    start, done = work.cursor.get("next", work.params["first"]), work.done
    while True:
        found = Record.objects.filter(run=run, pk__gte=start, pk__lte=work.params["last"]).living().order_by("pk")
        ids = list(found.values_list("pk", flat=True)[:CHUNK_RECORDS])
        if not ids:
            return
        start, done = ids[-1] + 1, done + len(ids)
        with work.commit(done=done, cursor={"next": start}):
            _carry(run, link_records(run, follower, ids), Counter())


def end_links(of: MigrationSet, work: Work) -> None:
    """Count the links of each run, and warm what its page asks."""
    runs = of.current_runs()
    counted = {run.pk: _counted(RecordLink.objects.filter(run=run)) for run in runs}
    with work.commit(done=1):
        for run in runs:
            told: dict[str, list[int]] = {}
            for (name, missing), many in counted[run.pk].items():
                both = told.setdefault(name, [0, 0])
                both[0] += many
                both[1] += many if missing else 0
            run = Run.objects.lock(run.pk)
            run.summary = {**run.summary, KEPT: told}
            run.save(update_fields=["summary"])


def fields_of(run: Run) -> list[str]:
    """The fields of a run's records that point at others."""
    objects = {run.object, *(one for one, stands in links.STANDS_FOR.items() if stands == run.object)}
    return sorted({name for one in objects for name in links.LINKS.get(one, {})})


def link_records(run: Run, follower: Follower, ids: Sequence[int]) -> Counter[str]:
    """Write the links of these living records anew and mend their problems; returns what changes in the run's totals.

    Call it inside the transaction that tells of it.
    """
    names = fields_of(run)
    found = Record.objects.filter(pk__in=ids).living().order_by("pk")
    rows = found.values_list("pk", "key", *(f"fields__{name}" for name in names))
    told = [(pk, key, dict(zip(names, (one or "" for one in values), strict=True))) for pk, key, *values in rows]
    told = [one for one in told if any(one[2].values())]
    RecordLink.objects.filter(record__in=ids).delete()
    made: dict[tuple[int, str, str], tuple[Any, ...]] = {}
    missing: dict[int, dict[str, str]] = {}
    for (pk, _, values), ends in zip(told, follower.ends([one[1:] for one in told]), strict=True):
        for end in ends:
            is_missing = end.record is None
            made[pk, end.field, end.key] = (pk, run.pk, end.field, end.key, is_missing)
            if is_missing:
                missing.setdefault(pk, {})[end.field] = values[end.field]
    bulk.insert(RecordLink, WRITTEN, made.values())
    return _tell(run, ids, missing)


def _tell(run: Run, ids: Sequence[int], missing: dict[int, dict[str, str]]) -> Counter[str]:
    """Pointers to nothing become problems of their records; those that are no more go (H9)."""
    said = RowIssue.objects.filter(row__in=ids, rule=MISSING)
    before: dict[int, dict[str, str]] = {}
    for row, name, value in said.values_list("row_id", "column", "value"):
        before.setdefault(row, {})[name] = value
    touched = [pk for pk in {*before, *missing} if before.get(pk) != missing.get(pk)]
    change: Counter[str] = Counter()
    if not touched:
        return change
    said.filter(row__in=touched).delete()
    places = SourceRow.objects.filter(pk__in=touched).values_list("pk", "upload_id", "line")
    RowIssue.objects.bulk_create(
        RowIssue(upload_id=upload, row_id=pk, line=line, rule=MISSING, column=name, value=value,
                 message=MESSAGES[MISSING])
        for pk, upload, line in places
        for name, value in missing.get(pk, {}).items()
    )  # fmt: skip
    changed = list(Record.objects.filter(pk__in=touched).living())
    for record in changed:
        less: Counter[str] = Counter()
        tally(less, run, record)
        change.subtract(less)
        _mend(record, missing.get(record.pk, {}))
        tally(change, run, record)
    Record.objects.bulk_update(changed, ["problems", "dirt"], batch_size=200)
    return change


def _mend(record: Record, missing: dict[str, str]) -> None:
    rest = [one for one in record.problems if one["rule"] != MISSING]
    record.problems = rest + [
        {"rule": MISSING, "field": name, "raw": value, "message": MESSAGES[MISSING], "left_out": False}
        for name, value in missing.items()
    ]
    kinds = set(record.dirt)
    if missing:
        kinds.add("inconsistent")
    elif not rest:
        kinds.discard("inconsistent")
    record.dirt = sorted(kinds)


def relink(run: Run, cluster: Cluster) -> None:
    """A decision made the records of a cluster anew: so are their links. Outside a set, nothing happens."""
    if run.migration_set_id is None or KEPT not in run.summary:
        return
    ids = list(Record.objects.filter(cluster=cluster).values_list("pk", flat=True))
    mine = RecordLink.objects.filter(record__in=ids)
    less = _counted(mine)
    change = link_records(run, Follower(run), ids)
    more = _counted(mine)
    more.subtract(less)
    _carry(run, change, more)


def forget(run: Run, ids: Sequence[int]) -> None:
    """Take the links of records whose values went."""
    mine = RecordLink.objects.filter(record__in=ids)
    if less := _counted(mine):
        mine.delete()
        _carry(run, Counter(), Counter({what: -many for what, many in less.items()}))


def _counted(found: QuerySet) -> Counter[tuple[str, bool]]:
    rows = found.order_by().values_list("field", "is_missing").annotate(n=Count("*"))
    return Counter({(name, missing): many for name, missing, many in rows})


def _carry(run: Run, change: Counter[str], links_: Counter[tuple[str, bool]]) -> None:
    """Carry differences into the totals of a run and the counts of its links."""
    if not any(change.values()) and not any(links_.values()):
        return
    locked = Run.objects.lock(run.pk)
    totals = Counter(locked.summary.get("after", {}))
    totals.update(change)
    kept = {name: list(both) for name, both in locked.summary.get(KEPT, {}).items()}
    for (name, missing), many in links_.items():
        both = kept.setdefault(name, [0, 0])
        both[0] += many
        both[1] += many if missing else 0
    locked.summary = {**locked.summary, "after": dict(totals), KEPT: kept}
    locked.save(update_fields=["summary"])
    run.summary = locked.summary


def moved(of: MigrationSet, runs: Sequence[Run]) -> dict[tuple[int, str], tuple[int, int]]:
    """(run, field) -> pointers whose record was merged into another, and pointers cut for going round in a circle.

    Worked out again after each decision of the program.
    """
    last = Decision.objects.filter(program=of.program_id).order_by("-pk").values_list("pk", flat=True).first()
    whole = json.dumps([of.pk, of.job_id, of.basis, [run.pk for run in runs], last])
    known = f"links-{hashlib.sha256(whole.encode()).hexdigest()}"
    told: list[list[Any]] | None = cache.get(known)
    if told is None:
        away = RunRow.objects.filter(run__in=runs).exclude(record=F("row")).values("key")
        counted = RecordLink.objects.filter(run__in=runs, key__in=away).order_by().values_list("run", "field")
        cut = {run.pk: circles(run) for run in runs if PARENT in fields_of(run)}
        went = {(run, name): n for run, name, n in counted.annotate(n=Count("*"))}
        told = [
            [run.pk, name, went.get((run.pk, name), 0), cut.get(run.pk, 0) if name == PARENT else 0]
            for run in runs
            for name in fields_of(run)
        ]
        cache.set(known, told, timeout=KNOWN_SECONDS)
    return {(run, name): (many, cut_) for run, name, many, cut_ in told}


def circles(run: Run) -> int:
    """How many records of a run would be above themselves, were no pointer cut."""
    rows = RunRow.objects.filter(run=run, key=OuterRef("key")).values("record")[:1]
    found = RecordLink.objects.filter(run=run, field=PARENT, is_missing=False).annotate(into=Subquery(rows))
    parents = {str(record): str(into) for record, into in found.values_list("record_id", "into")}
    return len(links.cycles(parents))


def pointing_at(keys: Iterable[str], run: Run) -> QuerySet[RecordLink]:
    """The links of the set's records to rows of a run, by the keys of these."""
    if run.migration_set_id is None:
        return RecordLink.objects.none()
    runs = Run.objects.current().filter(migration_set=run.migration_set_id)
    return RecordLink.objects.filter(run__in=runs, key__in=list(keys))
