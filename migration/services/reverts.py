"""A decision after the load: what it changes in loaded records is queued, shown, and taken back (H2, H0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from crmprogram.jobs.models import JobState
from crmprogram.program import audit, clock, policy
from crmprogram.program.models import User
from migration.errors import LoadRefused
from migration.models import (
    Cluster,
    Decision,
    LoadItem,
    Outcome,
    Record,
    RecordState,
    RevertItem,
    RevertState,
    Run,
    RunRow,
    Stage,
)
from migration.sandbox import Sandbox
from migration.services import linking
from migration.services.following import Follower
from migration.targets import Result

CHUNK = 250


def loaded_in(cluster: Cluster) -> dict[int, dict[str, Any]]:
    """Record id -> values as loaded, of a cluster's records that stand in a target and of those that point at them."""
    found = LoadItem.objects.exclude(outcome=Outcome.REJECT)
    ids = set(found.filter(record__cluster=cluster).values_list("record_id", flat=True))
    ids |= set(found.filter(record__in=_pointing_at(cluster)).values_list("record_id", flat=True))
    queued = RevertItem.objects.filter(record__in=ids, state=RevertState.QUEUED)
    return {pk: values for pk, (_, values) in _as_loaded(ids).items()} | dict(queued.values_list("record_id", "loaded"))


def _pointing_at(cluster: Cluster) -> QuerySet:
    """The records of its set that point at rows of the cluster: where those go, these point (H8)."""
    keys = RunRow.objects.filter(cluster=cluster).values_list("key", flat=True)
    return linking.pointing_at(keys, cluster.run).values("record")


def _as_loaded(ids: Collection[int]) -> dict[int, tuple[str, dict[str, Any]]]:
    """Record id -> its state, and the values that would be loaded now, pointers followed."""
    runs: dict[int, list[Record]] = {}
    for one in Record.objects.filter(pk__in=ids).only("pk", "key", "state", "fields", "run_id"):
        runs.setdefault(one.run_id, []).append(one)
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    for run in Run.objects.filter(pk__in=runs):
        values = Follower(run).items(runs[run.pk])
        found |= {one.pk: (one.state, dict(item.fields)) for one, item in zip(runs[run.pk], values, strict=True)}
    return found


def queue_reverts(cluster: Cluster, loaded: Mapping[int, dict[str, Any]], decision: Decision | None) -> int:
    """Queue what the target holds otherwise than the records are now; what agrees again lapses.

    `loaded` is `loaded_in` as it was before the decision. Returns how many wait then.
    """
    if not loaded:
        return 0
    now = clock.now()
    stands = {
        pk: state == RecordState.READY and values == loaded[pk] for pk, (state, values) in _as_loaded(loaded).items()
    }
    there = set(
        RevertItem.objects.filter(record__in=loaded, state=RevertState.QUEUED).values_list("stage_id", "record_id")
    )
    again = [pk for pk, agrees in stands.items() if agrees]
    RevertItem.objects.filter(record__in=again, state=RevertState.QUEUED).update(
        state=RevertState.LAPSED, settled_at=now
    )
    items = LoadItem.objects.filter(record__in=loaded).exclude(outcome=Outcome.REJECT)
    RevertItem.objects.bulk_create(
        RevertItem(stage_id=stage, record_id=pk, decision=decision, loaded=loaded[pk], queued_at=now)
        for stage, pk in items.values_list("stage_id", "record_id")
        if not stands.get(pk, True) and (stage, pk) not in there
    )
    return RevertItem.objects.filter(record__in=loaded, state=RevertState.QUEUED).count()


def queued(run: Run):
    """What waits to be taken back in a run, oldest first."""
    found = RevertItem.objects.filter(stage__run=run, state=RevertState.QUEUED)
    return found.select_related("stage", "record", "decision__by")


def waiting_in(*clusters: Cluster) -> int:
    """How many loaded records of these clusters wait to be taken back."""
    return len(owed_by(*clusters))


def owed_by(*clusters: Cluster) -> QuerySet:
    """What waits to be taken back of these clusters."""
    return RevertItem.objects.filter(record__cluster__in=clusters, state=RevertState.QUEUED).values("pk")


def settled(run: Run):
    """What was taken back, left or no longer needed, newest first."""
    found = RevertItem.objects.filter(stage__run=run).exclude(state=RevertState.QUEUED)
    return found.select_related("stage", "record", "settled_by").order_by("-settled_at", "-pk")


@transaction.atomic
def take_back_loads(*, run: Run, by: User) -> Counter[str]:
    """Take the queued records out of the target, or restore what stood there before them.

    A record that somebody changed in the target since is left and listed. Those that are
    ready now are loaded in their new form when their stage is loaded again. Returns the
    counts by state; raises LoadRefused while a stage is being loaded.
    """
    policy.require(by, "data.load", run)
    run = Run.objects.lock(run.pk)
    if run.stages.filter(job__state=JobState.RUNNING).exists():
        raise LoadRefused("A stage is being loaded; stop it first.")
    done: Counter[str] = Counter()
    for stage in run.stages.select_related("run__program"):
        waiting = list(RevertItem.objects.filter(stage=stage, state=RevertState.QUEUED).order_by("pk"))
        gone = 0
        for start in range(0, len(waiting), CHUNK):
            part = waiting[start : start + CHUNK]
            items = list(LoadItem.objects.filter(stage=stage, record__in=[one.record_id for one in part]))
            left = {one.record_id for one in revert_items(stage, items)}
            gone += sum(one.outcome != Outcome.REJECT and one.record_id not in left for one in items)
            for one in part:
                one.state = RevertState.LEFT if one.record_id in left else RevertState.DONE
                one.settled_by, one.settled_at = by, clock.now()
                done[str(one.state)] += 1
            RevertItem.objects.bulk_update(part, ["state", "settled_by", "settled_at"], batch_size=200)
        if gone and "loaded" in stage.counts:
            stage.counts["loaded"] -= gone
            stage.save(update_fields=["counts"])
    audit.record(by=by, verb="loads.taken_back", subject=run, after=dict(done))
    return done


def revert_items(stage: Stage, items: Sequence[LoadItem]) -> list[LoadItem]:
    """Put back what stood before these items, and forget them; returns those that changed since and are left.

    Call it inside the transaction that tells of it.
    """
    keys = dict(Record.objects.filter(pk__in=[one.record_id for one in items]).values_list("pk", "key"))
    written = [one for one in items if one.outcome in {Outcome.CREATE, Outcome.UPDATE}]
    results = [
        Result(keys[one.record_id], one.outcome, one.before, {}, one.version, before_at=one.before_at)
        for one in written
    ]
    undone = {one.key for one in Sandbox(stage.run.program, stage.space, stage.run.object).revert(results)}
    left = [one for one in written if keys[one.record_id] not in undone]
    kept = {one.pk for one in left}
    LoadItem.objects.filter(pk__in=[one.pk for one in items if one.pk not in kept]).delete()
    return left
