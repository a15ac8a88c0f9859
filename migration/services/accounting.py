"""The last part of a run: records from groups, and the account over every row (H0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count

from crmprogram.intake.models import RowState, row_id
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration.errors import AccountOpen
from migration.hygiene.account import Account
from migration.models import Cluster, Record, RecordState, Run, RunRow
from migration.services import decisions, runs
from migration.services.batches import Bunch, make_records
from migration.services.cleaning import good_rows, require_balance, sum_totals
from migration.services.records import Group
from migration.services.rows import Row, load_rows

CHUNK_ROWS = 2_000
SHARD_CLUSTERS = 2_000
SHARD_ROWS = 10_000


def plan_account(run: Run) -> list[ShardPlan]:
    """Shards over clusters, then over rows that stand alone. Raises AccountOpen."""
    keyed = RunRow.objects.filter(run=run).count()
    require_balance("match", good_rows(run), keyed)
    clustered = RunRow.objects.filter(run=run, cluster__isnull=False).count()
    sizes = sum(Cluster.objects.filter(run=run).values_list("size", flat=True))
    require_balance("cluster", sizes, clustered)
    result = next((result for _, result in run.results("match")), {})
    run.summary["pairs"] = result.get("pairs", {})
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    waiting = Cluster.objects.filter(run=run).open().count()
    runs.note(run, f"{result.get('clusters', 0):,} clusters, {waiting:,} wait for a person")
    plans = []
    last = Cluster.objects.filter(run=run).order_by("-number").values_list("number", flat=True).first() or 0
    for first in range(1, last + 1, SHARD_CLUSTERS):
        to = min(first + SHARD_CLUSTERS - 1, last)
        total = RunRow.objects.filter(run=run, cluster__number__gte=first, cluster__number__lte=to).count()
        plans.append(ShardPlan({"clusters": [first, to]}, total))
    for upload in run.uploads.order_by("pk"):
        alone = RunRow.objects.filter(
            run=run, cluster__isnull=True, pk__gte=row_id(upload.pk, 0), pk__lt=row_id(upload.pk + 1, 0)
        )
        first_id = alone.order_by("pk").values_list("pk", flat=True).first()
        last_id = alone.order_by("-pk").values_list("pk", flat=True).first()
        if first_id is None or last_id is None:
            continue
        for start in range(first_id, last_id + 1, SHARD_ROWS):
            to = min(start + SHARD_ROWS - 1, last_id)
            if total := alone.filter(pk__gte=start, pk__lte=to).count():
                plans.append(ShardPlan({"rows": [start, to]}, total))
    return plans


def account_chunk(run: Run, work: Work) -> None:
    """Make the records of the shard, chunk by chunk, and say where each row ended (H0)."""
    totals = Counter(work.result.get("totals", {}))
    ends = Counter(work.result.get("ends", {}))
    done = work.done
    for keys, bunches, cursor in _parts(run, work):
        made = make_records(run, keys, bunches)
        totals.update(made.totals)
        ends.update(made.ends)
        done += len(keys)
        # doing a chunk twice stores the same records, so what it adds is known before it is written
        with work.commit(done=done, cursor=cursor, result={"totals": totals, "ends": ends}):
            made.write()


Part = tuple[dict[int, str], list[Bunch], dict[str, Any]]


def _parts(run: Run, work: Work) -> Iterator[Part]:
    """Yield (rows by id, their bunches, cursor) of at most about 2,000 rows."""
    if "clusters" in work.params:
        first, last = work.params["clusters"]
        first = work.cursor.get("next", first)
        while first <= last:
            part: list[Cluster] = []
            size = 0
            found = Cluster.objects.filter(run=run, number__gte=first, number__lte=last).order_by("number")
            for one in found.only("number", "size", "groups", "undecided")[:CHUNK_ROWS]:
                if part and size + one.size > CHUNK_ROWS:
                    break
                part.append(one)
                size += one.size
            if not part:
                return
            first = part[-1].number + 1
            keys = dict(RunRow.objects.filter(cluster__in=[one.pk for one in part]).values_list("pk", "key"))
            yield keys, _bunches(part), {"next": first}
        return
    start, end = work.params["rows"]
    start = work.cursor.get("next", start)
    while True:
        alone = RunRow.objects.filter(run=run, cluster__isnull=True, pk__gte=start, pk__lte=end).order_by("pk")
        keys = dict(alone.values_list("pk", "key")[:CHUNK_ROWS])
        if not keys:
            return
        start = max(keys) + 1
        yield keys, [], {"next": start}


def _bunches(clusters: Sequence[Cluster]) -> list[Bunch]:
    return [Bunch(keys, at in one.undecided, one.pk) for one in clusters for at, keys in enumerate(one.groups)]


def groups_of(run: Run, clusters: Sequence[Cluster]) -> list[Group]:
    """The groups of some clusters as they stand, with rows and people's choices."""
    found = RunRow.objects.filter(cluster__in=clusters).values_list("pk", "key")
    rows = {row.key: row for row in load_rows(run, dict(found))}
    told = decisions.choices_for(run.program, rows)
    groups = []
    for one in clusters:
        waiting = set(one.undecided)
        for at, keys in enumerate(one.groups):
            members: list[Row] = [rows[key] for key in keys]
            groups.append(Group(members, at in waiting, told.of(keys), one.pk))
    return groups


def balance_run(run: Run, work: Work) -> None:
    """The account over the whole run: read = kept + merged + archived + quarantined + blank (H0)."""
    account = account_of(run)
    if not account.balanced:
        raise AccountOpen(f"The account of {run.code} does not balance: {account.says()}")
    reached = sum_totals(run, "account")
    living = Record.objects.filter(run=run).exclude(state=RecordState.ABSORBED).count()
    require_balance("account", living, reached["records"])
    run.counts = counts_of(account)
    run.summary["after"] = dict(reached)
    run.finished_at = clock.now()
    with work.commit(done=1):
        Run.objects.filter(pk=run.pk).update(counts=run.counts, summary=run.summary, finished_at=run.finished_at)
        runs.note(run, account.says())
        if run.job is not None:
            # counted values of columns are people's data: what the summary needs of them it has
            run.job.shards.filter(step="profile").update(result={})


def account_of(run: Run) -> Account:
    """The run's account, counted from its rows; `read` is what intake read."""
    read = sum(run.uploads.values_list("read_count", flat=True))
    states = Counter(dict(_state_counts(run)))
    return Account(
        read=read,
        kept=states[RowState.KEPT],
        merged=states[RowState.MERGED],
        archived=states[RowState.ARCHIVED],
        quarantined=states[RowState.QUARANTINED],
        blank=states[RowState.BLANK],
    )


def _state_counts(run: Run):
    return runs.source_rows(run).order_by().values_list("state").annotate(n=Count("pk"))


def counts_of(account: Account) -> dict[str, int]:
    """The account as numbers."""
    return {name: getattr(account, name) for name in ("read", "kept", "merged", "archived", "quarantined", "blank")}
