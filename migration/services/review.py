"""Settle a duplicate: merge, split, choose fields, undo (H2, H0). Only its component is computed again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from crmprogram.intake.models import RowState
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Program, User
from migration import vocabulary
from migration.errors import AccountOpen, DecisionRefused
from migration.hygiene.cluster import cluster as cluster_pairs
from migration.hygiene.compare import Matcher
from migration.hygiene.features import Record as Cleaned
from migration.models import (
    CannotLink,
    Cluster,
    ClusterState,
    Decision,
    DecisionKey,
    DecisionKind,
    Record,
    RecordState,
    Run,
    RunRow,
    Verdict,
)
from migration.queries import KEPT_REVIEW
from migration.services import claims, decisions, linking, reverts, second_looks
from migration.services.accounting import groups_of
from migration.services.clusters import Standing, arrange, cut_of, from_json
from migration.services.merges import KEPT_DIGEST
from migration.services.records import make_record, store_records, tally
from migration.services.rows import load_rows

LARGEST = 150  # a split parts every two records: 150 of them make 11,175 links


@transaction.atomic
def merge_cluster(
    *,
    cluster: Cluster,
    by: User,
    include: Sequence[str] | None = None,
    survivor: str = "",
    fields: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Cluster:
    """Say that the included records (keys; None: all) are one, and whose value each field takes.

    Records left out are remembered as not the same as those. `seen` is the id of the last
    decision the person saw: raises Conflict when there is a newer one, or while another
    person has the cluster open. Raises DecisionRefused when two of the included were said
    to be different, be it by way of records that are not here. What is loaded already is
    queued to be taken back.
    """
    cluster, members = _open(cluster, by, seen)
    chosen = list(members) if include is None else sorted(set(include))
    if unknown := set(chosen) - set(members):
        raise Invalid(f"{min(unknown)} is not in this cluster.", field="include")
    if len(chosen) < 2:
        raise Invalid("A merge needs two records; split the cluster to keep them apart.", field="include")
    fields = {name: key for name, key in (fields or {}).items() if key}
    if wrong := {*fields.values(), *([survivor] if survivor else [])} - set(chosen):
        raise Invalid(f"{min(wrong)} is not among the records to merge.", field="fields")
    _require_together(cluster.run.program, chosen)
    batch = uuid.uuid4()
    _write(cluster.run.program, cluster, DecisionKind.SAME, chosen, batch, by)
    if survivor or fields:
        _write(
            cluster.run.program,
            cluster,
            DecisionKind.SURVIVOR,
            chosen,
            batch,
            by,
            {"survivor": survivor, "fields": fields},
        )
    left_out = [key for key in members if key not in set(chosen)]
    for key in left_out:
        one = _write(cluster.run.program, cluster, DecisionKind.EXCLUDE, [key, *chosen], batch, by)
        _forbid(one, [(key, other) for other in chosen])
    audit.record(
        by=by, verb="cluster.merged", subject=cluster, program=cluster.run.program,
        after={"merged": len(chosen), "left_out": len(left_out), "chosen": sorted(fields)},
    )  # fmt: skip
    second_looks.ask_again(cluster, Verdict.PART if left_out else Verdict.SAME, by)
    return recompute(cluster, by=by)


@transaction.atomic
def split_cluster(*, cluster: Cluster, by: User, seen: int | None = None) -> Cluster:
    """Say that no two records of the cluster are the same; remembered for the program.

    What people merged in it stays merged: the records that still wait are parted from it
    and from each other. Raises Conflict as `merge_cluster` does, DecisionRefused when it is
    too large, or nothing waits beside what was merged.
    """
    cluster, members = _open(cluster, by, seen)
    if len(members) > LARGEST:
        raise DecisionRefused(f"This cluster has {len(members)} records; leave records out one by one instead.")
    batch = uuid.uuid4()
    if decisions.for_keys(cluster.run.program, members).same:
        if not cluster.undecided:
            raise DecisionRefused("Some of these were merged by a person. Undo that first.")
        for group in (cluster.groups[at] for at in cluster.undecided):
            others = [key for key in members if key not in set(group)]
            for key in group:
                one = _write(cluster.run.program, cluster, DecisionKind.EXCLUDE, [key, *others], batch, by)
                _forbid(one, [(key, other) for other in others])
    else:
        one = _write(cluster.run.program, cluster, DecisionKind.DIFFERENT, members, batch, by)
        _forbid(one, list(combinations(members, 2)))
    audit.record(
        by=by, verb="cluster.split", subject=cluster, program=cluster.run.program, after={"records": len(members)}
    )
    second_looks.ask_again(cluster, Verdict.DIFFERENT, by)
    return recompute(cluster, by=by)


@transaction.atomic
def undo_decision(*, cluster: Cluster, by: User, seen: int | None = None) -> Cluster:
    """Take back the last decision about this cluster; it stays in the history, superseded.

    Raises DecisionRefused when there is none.
    """
    cluster, members = _open(cluster, by, seen)
    last = (
        Decision.objects.filter(program=cluster.run.program, key_rows__key__in=members)
        .in_force()
        .order_by("-pk")
        .first()
    )
    if last is None:
        raise DecisionRefused("There is no decision about these records to take back.")
    _supersede(last, by, cluster)
    audit.record(by=by, verb="cluster.undone", subject=cluster, program=cluster.run.program, after={"kind": last.kind})
    return recompute(cluster, by=by)


@transaction.atomic
def take_back(*, decision: Decision, by: User) -> list[Cluster]:
    """Take back any decision, however old (H0): every current run that holds its records is computed again.

    What is loaded is queued to be taken back. Raises DecisionRefused when it is no longer
    in force, or a run with these records is working.
    """
    program = decision.program
    policy.require(by, "data.review", program)
    Program.objects.lock(program.pk)  # two people may not take back the same decision
    decision = Decision.objects.select_related("program").get(pk=decision.pk)
    if decision.kind == DecisionKind.UNDO or not Decision.objects.in_force().filter(pk=decision.pk).exists():
        raise DecisionRefused("This decision is not in force any more; there is nothing to take back.")
    touched = Cluster.objects.filter(
        pk__in=RunRow.objects.filter(key__in=decision.keys, cluster__isnull=False).values("cluster"),
        run__in=Run.objects.of(program).current(),
    )
    opened = [_open(one, by, None)[0] for one in touched.order_by("pk")]
    told = next((one for one in opened if one.pk == decision.cluster_id), opened[0] if opened else None)
    _supersede(decision, by, told)
    audit.record(by=by, verb="decision.taken_back", subject=decision, after={"kind": decision.kind})
    return [recompute(one, by=by) for one in opened]


def _supersede(decision: Decision, by: User, cluster: Cluster | None) -> None:
    """Undo what was pressed together with `decision` about the same records; a band's other clusters stay decided."""
    program = decision.program
    batch = uuid.uuid4()
    together = Decision.objects.filter(program=program, batch=decision.batch, key_rows__key__in=decision.keys)
    for one in together.in_force().distinct().order_by("pk"):
        CannotLink.objects.filter(decision=one).delete()
        _write(program, cluster, DecisionKind.UNDO, one.keys, batch, by, supersedes=one)
    _forbid_again(program, decision.keys)
    if cluster is not None:
        second_looks.forget(cluster)


def decide_in_band(*, cluster: Cluster, by: User, same: bool, batch: uuid.UUID, rule: str) -> Cluster:
    """Decide an open cluster as a whole, as part of a band, whose signer may; the caller holds the transaction.

    Raises DecisionRefused when it is not open any more, or earlier decisions forbid it.
    """
    cluster, members = _open(cluster, by, None, "data.sign")
    if cluster.state != ClusterState.OPEN:
        raise DecisionRefused("This cluster is decided already.")
    program = cluster.run.program
    if same:
        _require_together(program, members)
        _write(program, cluster, DecisionKind.SAME, members, batch, by, rule=rule)
    else:
        if len(members) > LARGEST or decisions.for_keys(program, members).same:
            raise DecisionRefused("This cluster needs a person.")
        one = _write(program, cluster, DecisionKind.DIFFERENT, members, batch, by, rule=rule)
        _forbid(one, list(combinations(members, 2)))
    return recompute(cluster, by=by)


def undo_in_band(*, decision: Decision, by: User) -> None:
    """Take back one decision of a band; the caller holds the transaction."""
    cluster = decision.cluster
    if cluster is not None:
        cluster, _ = _open(cluster, by, None, "data.sign")
    _supersede(decision, by, cluster)
    if cluster is not None:
        recompute(cluster, by=by)


def _require_together(program: Program, keys: Sequence[str]) -> None:
    parted = decisions.for_keys(program, keys).different
    if parted:
        raise DecisionRefused(
            f"{len(parted)} of these pairs were said not to be the same. Undo that first, or leave one record out.",
            pairs=parted[:10],
        )


def recompute(cluster: Cluster, *, by: User | None) -> Cluster:
    """Cluster this component again under the decisions in force, and make its records anew (H0).

    Raises AccountOpen when rows would appear or vanish.
    """
    run = cluster.run
    rows = list(RunRow.objects.filter(cluster=cluster).values_list("pk", "key", "state"))
    keys, before = {pk: key for pk, key, _ in rows}, Counter(state for *_, state in rows)
    members = sorted(keys.values())
    told = decisions.for_keys(run.program, members)
    loaded, links = reverts.loaded_in(cluster), linking.before(cluster)
    change: Counter[str] = Counter()
    for old in Record.objects.filter(cluster=cluster).living():
        less: Counter[str] = Counter()
        tally(less, run, old)
        change.subtract(less)
    pairs = [from_json(one) for one in cluster.pairs]
    found = cluster_pairs(pairs, same=told.same, different=told.different, differ=_differ(run, keys), cut=cut_of(run))
    groups, undecided, _ = arrange(members, Standing(found))
    touched = bool(told.same or told.different)
    was_automatic, asked = cluster.state == ClusterState.BY_RULE, _asked(cluster)
    cluster.groups, cluster.undecided = groups, undecided
    if undecided:
        cluster.state = ClusterState.OPEN
    else:
        cluster.state = ClusterState.DECIDED if touched else ClusterState.BY_RULE
    cluster.is_review = cluster.is_review or bool(undecided) or touched
    cluster.decided_by = by if cluster.state == ClusterState.DECIDED else None
    cluster.decided_at = clock.now() if cluster.state == ClusterState.DECIDED else None
    cluster.save(update_fields=["groups", "undecided", "state", "is_review", "decided_by", "decided_at"])
    for made in _store(run, cluster, keys):
        tally(change, run, made)
    linking.relink(cluster, links)
    after = Counter(RunRow.objects.filter(pk__in=keys).values_list("state", flat=True))
    if sum(before.values()) != sum(after.values()):
        raise AccountOpen(
            f"{cluster}: {sum(before.values())} rows went in, {sum(after.values())} came out.", cluster=cluster.number
        )
    _carry(
        run, before, after, change,
        asked=[now - then for now, then in zip(_asked(cluster), asked, strict=True)],
        merges_stand=not was_automatic and cluster.state != ClusterState.BY_RULE,
    )  # fmt: skip
    if loaded:
        last = Decision.objects.filter(pk=last_decision(cluster, members)).first()
        reverts.queue_reverts(cluster, loaded, last)
    return cluster


def _open(cluster: Cluster, by: User, seen: int | None, right: str = "data.review") -> tuple[Cluster, list[str]]:
    """The cluster, locked, and its members' keys; refused when somebody was quicker or has it open."""
    cluster = Cluster.objects.lock(cluster.pk)
    cluster.run = Run.objects.select_related("program", "job", "mapping").get(pk=cluster.run_id)
    policy.require(by, right, cluster)
    if not cluster.run.is_cleaned:
        raise DecisionRefused(f"{cluster.run.code} is still working; its clusters are not final yet.")
    members = sorted(RunRow.objects.filter(cluster=cluster).values_list("key", flat=True))
    if seen is not None and seen != last_decision(cluster, members):
        raise Conflict("Somebody decided about these records after you opened them. Look again.")
    claims.require_free(cluster, by)
    return cluster, members


def last_decision(cluster: Cluster, members: Sequence[str] | None = None) -> int:
    """The id of the newest decision that names records of the cluster; 0 without one."""
    if members is None:
        members = list(RunRow.objects.filter(cluster=cluster).values_list("key", flat=True))
    return next((one["decision_id"] for one in naming(cluster, members)), 0)


def naming(cluster: Cluster, members: Any) -> QuerySet:
    """The newest decision that names one of `members`, keys of the cluster or a query for them."""
    found = DecisionKey.objects.filter(program=cluster.run.program_id, key__in=members).order_by("-decision_id")
    return found.values("decision_id")[:1]


def _write(
    program: Program,
    cluster: Cluster | None,
    kind: str,
    keys: Sequence[str],
    batch: uuid.UUID,
    by: User,
    choices: dict[str, Any] | None = None,
    supersedes: Decision | None = None,
    rule: str = "",
) -> Decision:
    decision = Decision.objects.create(
        program=program, kind=kind, keys=list(keys), choices=choices or {}, batch=batch, rule=rule,
        run=cluster.run if cluster else None, cluster=cluster, by=by, at=clock.now(), supersedes=supersedes,
    )  # fmt: skip
    DecisionKey.objects.bulk_create(
        [DecisionKey(decision=decision, program=program, key=key) for key in sorted(set(keys))]
    )
    return decision


def _forbid(decision: Decision, links: Sequence[tuple[str, str]]) -> None:
    """Remember the links; one that is forbidden already stays with its own decision."""
    CannotLink.objects.bulk_create(
        [CannotLink(program=decision.program, a=min(link), b=max(link), decision=decision) for link in links],
        ignore_conflicts=True,
    )


def _forbid_again(program: Program, keys: Sequence[str]) -> None:
    """What an earlier decision forbids too stays forbidden when a later one is taken back."""
    parting = (DecisionKind.DIFFERENT, DecisionKind.EXCLUDE)
    found = Decision.objects.filter(program=program, key_rows__key__in=keys, kind__in=parting)
    for one in found.in_force().distinct():
        if one.kind == DecisionKind.DIFFERENT:
            _forbid(one, list(combinations(one.keys, 2)))
        else:
            _forbid(one, [(one.keys[0], other) for other in one.keys[1:]])


def _differ(run: Run, rows: Mapping[int, str]) -> Callable[[str, str], bool] | None:
    """Says of two records of the component that they clearly differ; None for objects without people.

    The records are read when it is asked first: most components never ask.
    """
    if run.object not in vocabulary.PERSON_OBJECTS:
        return None

    @cache
    def matcher() -> Matcher:
        return Matcher([Cleaned(row.key, row.values) for row in load_rows(run, dict(rows))], cut_of(run))

    return lambda a, b: matcher().differ(a, b)


def _asked(cluster: Cluster) -> tuple[bool, bool]:
    """Is it among the clusters that people were asked about, and among those still open?"""
    return cluster.is_review, cluster.state == ClusterState.OPEN


def _store(run: Run, cluster: Cluster, keys: dict[int, str]) -> list[Record]:
    """Write the component's records and those merged into them; returns those that stand."""
    today = clock.today(run.program)
    made = [(group, make_record(run, group, today=today)) for group in groups_of(run, [cluster], keys)]
    Record.objects.filter(pk__in=[one.pk for _, one in made]).update(absorbed_by=None, state=RecordState.HELD)
    store_records(run, made)
    for group, record in made:
        if gone := [row.id for row in group.rows if row.id != record.pk]:
            merged = Record.objects.filter(pk__in=gone)
            merged.update(state=RecordState.ABSORBED, absorbed_by=record, stage="")
    return [record for _, record in made]


def _carry(
    run: Run,
    before: Counter[str],
    after: Counter[str],
    change: Counter[str],
    *,
    asked: Sequence[int],
    merges_stand: bool,
) -> None:
    """Carry the difference into the run's account and totals; with an automatic merge its digest goes."""
    locked = Run.objects.lock(run.pk)
    counts, totals = dict(locked.counts), Counter(locked.summary.get("after", {}))
    for state in RowState.values:
        counts[state] = counts.get(state, 0) + after[state] - before[state]
    totals.update(change)
    summary = {**locked.summary, "after": dict(totals)}
    if kept := summary.get(KEPT_REVIEW):
        summary[KEPT_REVIEW] = [then + more for then, more in zip(kept, asked, strict=True)]
    if not merges_stand:
        summary.pop(KEPT_DIGEST, None)
    run.counts, run.summary = locked.counts, locked.summary = counts, summary
    locked.save(update_fields=["counts", "summary"])
