"""Write down which records of a set point at which, and tell of pointers to nothing (H2, H8, H9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT

from crmprogram.intake.models import RowIssue, SourceRow
from crmprogram.jobs import bulk
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration.hygiene import links
from migration.hygiene.issues import MESSAGES
from migration.models import Cluster, Decision, MigrationSet, Record, RecordLink, Run, RunRow
from migration.services.following import PARENT, Follower
from migration.services.raising import raise_ends
from migration.services.records import tally

KIND = "link"
SHARD_RECORDS = 50_000
CHUNK_RECORDS = 4_000
KNOWN_SECONDS = 12 * 3600
MISSING = "relation.missing"
KEPT = "links"  # in the summary of a run: field -> [pointers, of these to nothing, moved with a merge]
Counts = Counter[tuple[str, bool, bool]]  # (field, leads to nothing, moved) -> links
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
    """Count the links of each run, all of them at once; decisions carry their differences from then on."""
    runs = of.current_runs()
    counted = {run.pk: _counted(RecordLink.objects.filter(run=run), of.pk) for run in runs}
    with work.commit(done=1):
        for run in runs:
            fresh = Run.objects.lock(run.pk)
            fresh.summary = {**fresh.summary, KEPT: _with({}, counted[run.pk])}
            fresh.save(update_fields=["summary"])


def fields_of(run: Run) -> list[str]:
    """The fields of a run's records that point at others."""
    objects = {run.object, *(one for one, stands in links.STANDS_FOR.items() if stands == run.object)}
    return sorted({name for one in objects for name in (*links.LINKS.get(one, ()), *links.EITHER.get(one, ()))})


def link_records(run: Run, follower: Follower, ids: Sequence[int]) -> Counter[str]:
    """Write the links of these living records anew and mend their problems; returns what changes in the run's totals.

    Call it inside the transaction that tells of it.
    """
    names = fields_of(run)
    found = Record.objects.filter(pk__in=ids).living().order_by("pk")
    rows = found.values_list("pk", "key", *(KT(f"fields__{name}") for name in names))
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


@dataclass(frozen=True)
class Before:
    """The links of a cluster's records before a decision, counted, and the keys of its rows that were merged away."""

    links: Counts
    away: frozenset[str]


def before(cluster: Cluster) -> Before | None:
    """What `relink` has to know of a cluster from before a decision; None outside a set."""
    if cluster.run.migration_set_id is None:
        return None
    return Before(_counted(_links_of(cluster), cluster.run.migration_set_id), _away(cluster))


def relink(cluster: Cluster, was: Before | None) -> None:
    """A decision made the records of a cluster anew: so are their links, and what points at them has moved."""
    run = cluster.run
    if was is None or run.migration_set_id is None:
        return
    ids = list(Record.objects.filter(cluster=cluster).values_list("pk", flat=True))
    change = link_records(run, Follower(run), ids)
    _restage(run, cluster, ids)
    more = _counted(_links_of(cluster), run.migration_set_id)
    more.subtract(was.links)
    _carry(run, change, more)
    now = _away(cluster)
    for keys, sign in ((now - was.away, 1), (was.away - now, -1)):
        others = pointing_at(keys, run).exclude(record__in=ids).order_by()
        counted = others.values_list("run", "field").annotate(n=Count("*"))
        for pk, name, many in counted:
            other = run if pk == run.pk else Run.objects.get(pk=pk)
            _carry(other, Counter(), Counter({(name, False, True): sign * many, (name, False, False): -sign * many}))


def _restage(run: Run, cluster: Cluster, ids: Sequence[int]) -> None:
    """Stage the records of a cluster, and what they point at, by what points at them now."""
    keys = RunRow.objects.filter(cluster=cluster).values_list("key", flat=True)
    raise_ends(run, pointing_at(keys, run).order_by().values("record"))
    raise_ends(run, ids)


def _links_of(cluster: Cluster) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(record__in=Record.objects.filter(cluster=cluster).values("pk"))


def _away(cluster: Cluster) -> frozenset[str]:
    rows = RunRow.objects.filter(cluster=cluster).exclude(record=F("row"))
    return frozenset(rows.values_list("key", flat=True))


def forget(run: Run, ids: Sequence[int]) -> None:
    """Take the links of records whose values went."""
    mine = RecordLink.objects.filter(record__in=ids)
    if run.migration_set_id is not None and (less := _counted(mine, run.migration_set_id)):
        mine.delete()
        _carry(run, Counter(), Counter({what: -many for what, many in less.items()}))


def _counted(found: QuerySet[RecordLink], of: int) -> Counts:
    """How many links there are by field, whether they lead to nothing, and whether to a merged row."""
    rows = RunRow.objects.filter(key=OuterRef("key"), run__migration_set=of, run__cancelled_at=None)
    told = found.order_by().annotate(moved=Exists(rows.exclude(record=F("row"))))
    counted = told.values_list("field", "is_missing", "moved").annotate(n=Count("*"))
    return Counter({(name, missing, moved): many for name, missing, moved, many in counted})


def _with(kept: Mapping[str, Sequence[int]], counts: Counts) -> dict[str, list[int]]:
    """Field -> [pointers, to nothing, moved], with further links."""
    made = {name: list(three) for name, three in kept.items()}
    for (name, missing, moved), many in counts.items():
        three = made.setdefault(name, [0, 0, 0])
        three[0] += many
        three[1] += many if missing else 0
        three[2] += many if moved else 0
    return made


def _carry(run: Run, change: Counter[str], counts: Counts) -> None:
    """Carry differences into the totals of a run and the counts of its links."""
    if not any(change.values()) and not any(counts.values()):
        return
    locked = Run.objects.lock(run.pk)
    totals = Counter(locked.summary.get("after", {}))
    totals.update(change)
    locked.summary = {**locked.summary, "after": dict(totals)}
    if KEPT in locked.summary:  # else they are being followed, and are counted in the end
        locked.summary[KEPT] = _with(locked.summary[KEPT], counts)
    locked.save(update_fields=["summary"])
    run.summary = locked.summary


def cut(run: Run) -> int:
    """How many records of a run would be above themselves, were no pointer cut.

    Worked out again after each decision about the run's records.
    """
    last = Decision.objects.filter(run=run).order_by("-pk").values_list("pk", flat=True).first()
    known = f"circles-{run.pk}-{run.job_id}-{last}"
    found: int | None = cache.get(known)
    if found is None:
        found = circles(run)
        cache.set(known, found, timeout=KNOWN_SECONDS)
    return found


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
