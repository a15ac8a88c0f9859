"""The last part of a run: records from groups, and the account over every row (H0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db.models import Count, Sum

from crmprogram.intake.models import ROW_MASK, RowState, row_id
from crmprogram.jobs.bulk import insert
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import queries
from migration.errors import AccountOpen
from migration.hygiene.account import Account
from migration.models import Cluster, Record, RecordState, Run, RunRow
from migration.services import blocks, decisions, merges, runs
from migration.services.batches import Grouped, make_records_of
from migration.services.blocks import Block
from migration.services.cleaning import good_rows, require_balance, sum_totals
from migration.services.clusters import STORED as CLUSTER
from migration.services.clusters import tell
from migration.services.records import Group
from migration.services.rows import Row, load_rows

CHUNK_ROWS = 8_000  # of records written at a time
CHUNK_CLUSTERS = 4_000


def plan_account(run: Run) -> list[ShardPlan]:
    """Shards over clusters, then over rows that stand alone, as matching laid them out. Raises AccountOpen."""
    result = next((result for _, result in run.results("match")), {})
    parts = result.get("blocks", [])
    require_balance("match", good_rows(run), sum(part["rows"] for part in parts))
    run.summary["pairs"] = result.get("pairs", {})
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    runs.note(run, f"{result.get('clusters', 0):,} clusters, {result.get('waiting', 0):,} wait for a person")
    return [ShardPlan(part, part["rows"]) for part in parts]


def account_chunk(run: Run, work: Work) -> None:
    """Write the clusters of the shard, make its records, and say where each of its rows ended (H0).

    All is worked out at once and written chunk by chunk; told twice, it goes on behind the last chunk.
    """
    block = blocks.read(run, work.params["block"])
    keys = list(block.texts["keys"])
    grouped = _clusters(run, work, block, keys) if "clusters" in work.params else None
    made = make_records_of(run, block.clean, block.rows["ids"].tolist(), keys, grouped)
    written = work.cursor.get("written", 0)
    again = bool(made.named) and not written and RunRow.objects.filter(pk=made.named[0][0]).exists()
    for part in made.parts(CHUNK_ROWS, written):
        written += len(part.records)
        # the totals of all chunks are told with the last one
        result = {"totals": made.totals, "ends": made.ends} if written == len(made.records) else None
        with work.commit(done=work.done + len(part.rows), cursor={"written": written}, result=result):
            part.write_all(again=again)


def _clusters(run: Run, work: Work, block: Block, keys: Sequence[str]) -> Grouped:
    """Write the clusters that are not there yet; returns which of their rows are one record."""
    first, last = work.params["clusters"]
    there = Cluster.objects.filter(run=run, number__gte=first, number__lte=last).order_by("number")
    known = there.count()
    told = tell(run, block.clean, keys, blocks.read(run, work.params["proof"]), first)
    for start in range(known, len(told.clusters), CHUNK_CLUSTERS):
        with work.commit():
            insert(Cluster, CLUSTER, told.clusters[start : start + CHUNK_CLUSTERS])
    ids = list(there.values_list("pk", flat=True))
    return Grouped(told.head, told.waiting, [ids[at] for at in told.of.tolist()])


def groups_of(run: Run, clusters: Sequence[Cluster], named: dict[int, str] | None = None) -> list[Group]:
    """The groups of some clusters as they stand, with rows and people's choices.

    `named` are the keys of all their rows, by id, where they are read already.
    """
    found = dict(RunRow.objects.filter(cluster__in=clusters).values_list("pk", "key")) if named is None else named
    rows = {row.key: row for row in load_rows(run, found)}
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
    with work.kept():  # of a million rows it takes longer than a lease where the machine is busy
        account, together = counted(run)
        if not account.balanced:
            raise AccountOpen(f"The account of {run.code} does not balance: {account.says()}")
        reached = sum_totals(run, "account")
        living = Record.objects.filter(run=run).exclude(state=RecordState.ABSORBED).count()
        require_balance("account", living, reached["records"])
        clusters = Cluster.objects.filter(run=run).aggregate(rows=Sum("size"))["rows"] or 0
        require_balance("cluster", clusters, together)
        digest, review = merges.digest_of(run), queries.counted_reviews(run)
    run.counts = counts_of(account)
    run.summary["after"] = dict(reached)
    run.summary[merges.KEPT_DIGEST] = digest
    run.summary[queries.KEPT_REVIEW] = [review.total, review.open]
    run.finished_at = clock.now()
    with work.commit(done=1):
        Run.objects.filter(pk=run.pk).update(counts=run.counts, summary=run.summary, finished_at=run.finished_at)
        runs.note(run, account.says())
        if run.job is not None:
            # counted values of columns are people's data: what the summary needs of them it has
            run.job.shards.filter(step="profile").update(result={})
    blocks.forget(run)


def account_of(run: Run) -> Account:
    """The run's account, counted from its rows; `read` is what intake read."""
    return counted(run)[0]


def counted(run: Run) -> tuple[Account, int]:
    """The run's account, and how many of its rows are in a cluster; both are seen in one walk over the rows."""
    read = sum(run.uploads.values_list("read_count", flat=True))
    states: Counter[str] = Counter()
    together = 0
    for state, count, of_them in _state_counts(run):
        states[state] += count
        together += of_them
    account = Account(
        read=read,
        kept=states[RowState.KEPT],
        merged=states[RowState.MERGED],
        archived=states[RowState.ARCHIVED],
        quarantined=states[RowState.QUARANTINED],
        blank=states[RowState.BLANK],
    )
    return account, together


def _state_counts(run: Run) -> Iterator[tuple[str, int, int]]:
    """(state, how many, of them in a cluster) of the rows: what reading put aside, and what the run made of others."""
    aside = runs.source_rows(run).exclude(state=RowState.KEPT)
    for state, count in aside.order_by().values_list("state").annotate(n=Count("*")):
        yield state, count, 0
    for upload in run.uploads.values_list("pk", flat=True):
        # by the ends of the ids, as the rows lie: their key in the run has them in another order
        made = RunRow.objects.filter(pk__gte=row_id(upload, 0), pk__lte=row_id(upload, ROW_MASK))
        yield from made.order_by().values_list("state").annotate(n=Count("*"), together=Count("cluster"))


def counts_of(account: Account) -> dict[str, int]:
    """The account as numbers."""
    return {name: getattr(account, name) for name in ("read", "kept", "merged", "archived", "quarantined", "blank")}
