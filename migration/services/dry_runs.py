"""The dry run: the write path asked what it would do, for every record, without writing (H6)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from crmprogram.jobs import services as jobs
from crmprogram.jobs.bulk import insert_missing
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User
from migration import vocabulary
from migration.errors import LoadRefused, SampleRefused
from migration.models import Decision, DryRun, Outcome, Prediction, Record, RecordState, Run, SpotItem
from migration.sandbox import Sandbox
from migration.services import following, merges
from migration.services.following import Follower
from migration.services.sampling import compare_with

FIRST = 500  # records of a first look (H6)
SPOT = 50
SHARD_RECORDS = 5_000
CHUNK_RECORDS = 500
HELD = "Held: a person has still to decide about a duplicate."
PREDICTED = (RecordState.READY, RecordState.HELD, RecordState.REJECTED)


def asked(run: Run) -> tuple[QuerySet, QuerySet, QuerySet]:
    """The last whole dry run, the last signed spot-check and the last decision; asked once per run object."""
    if "_dry_runs" not in run.__dict__:
        found = DryRun.objects.filter(run=run).select_related("job", "signed_by")
        whole = found.filter(limit=None, finished_at__isnull=False)
        signed = found.filter(signed_at__isnull=False).order_by("-signed_at")
        decided = _decided(run).order_by("-pk").values("pk")
        run.__dict__["_dry_runs"] = (whole[:1], signed[:1], decided[:1])
    return run.__dict__["_dry_runs"]


def _decided(run: Run) -> QuerySet[Decision]:
    """Decisions that may change a run's records or what they point at: about its kind of record, and those before."""
    objects = {one.object for one in (run, *following.earlier(run))}
    if objects & vocabulary.PERSON_OBJECTS:
        objects |= vocabulary.PERSON_OBJECTS
    return Decision.objects.filter(Q(run=None) | Q(run__object__in=objects), program=run.program_id)


def last_decision(run: Run) -> int:
    """The id of the last decision about records like these, or about what they point at; 0 before one."""
    return next((one["pk"] for one in asked(run)[2]), 0)


def basis_of(run: Run) -> dict[str, Any]:
    """What a dry run is made from: the cleaning, the mapping, the last decision that may touch it."""
    version = run.mapping.version if run.mapping else 0
    basis: dict[str, Any] = {"job": run.job_id, "mapping": version, "decision": last_decision(run)}
    if run.migration_set_id is not None:
        basis["before"] = [one.job_id for one in following.earlier(run)]
    return basis


def standing(run: Run) -> DryRun | None:
    """The dry run of the whole file that covers the records as they are now; asked once per run object."""
    last = next(iter(asked(run)[0]), None)
    return last if last is not None and last.basis == basis_of(run) else None


def has_clean_spot_check(run: Run) -> bool:
    """Is a spot-check of this cleaning and this mapping signed without an error? Decisions since do not undo it."""
    now = basis_of(run)
    signed = next(iter(asked(run)[1]), None)
    return (
        signed is not None and signed.errors == 0 and all(signed.basis[one] == now[one] for one in ("job", "mapping"))
    )


def refusal(run: Run) -> str:
    """Why no stage may be loaded for want of a dry run; "" when nothing is missing."""
    if standing(run) is None:
        if asked(run)[0]:
            return "Records changed since the dry run of the whole file: do it again first."
        return "No dry run of the whole file stands: do it first."
    if not has_clean_spot_check(run):
        return "The spot-check of the dry run is not signed without an error yet."
    return ""


@transaction.atomic
def start_dry_run(*, run: Run, by: User, limit: int | None = None, seed: int = 0) -> DryRun:
    """Predict create, update, unchanged or reject for the first `limit` records, or for all, in the background.

    Raises LoadRefused before the merges are signed (H2) or while another one works.
    """
    policy.require(by, "data.load", run)
    Run.objects.lock(run.pk)
    run = Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)
    if not run.is_cleaned:
        raise LoadRefused(f"{run.code} is not cleaned yet.")
    if run.object not in vocabulary.LOADABLE:
        raise LoadRefused("Records of this kind are cleaned and accounted for; nothing loads them yet.")
    if open_one := next((one for one in following.earlier(run) if not one.is_cleaned), None):
        raise LoadRefused(f"{open_one.code} is not cleaned yet: its merges decide where these records point.")
    if merges.standing_signature(run) is None:
        raise LoadRefused("The merge summary is not signed: a person has to look at the sampled merges first.")
    if DryRun.objects.filter(run=run, job__state=JobState.RUNNING).exists():
        raise LoadRefused("A dry run of these records is working already.")
    last = DryRun.objects.filter(run=run).aggregate(last=Max("number"))["last"] or 0
    made = DryRun.objects.create(
        run=run, number=last + 1, limit=limit, basis=basis_of(run), started_by=by, started_at=clock.now(),
        seed=seed or random.SystemRandom().randint(1, 999_999),
    )  # fmt: skip
    made.job = jobs.start_job(program=run.program, kind="dry-run", params={"dry_run": made.pk}, by=by)
    made.save(update_fields=["job"])
    audit.record(by=by, verb="dry_run.started", subject=made, program=run.program, after={"limit": limit})
    return made


def plan_dry_run(dry_run: DryRun) -> list[ShardPlan]:
    """Shards of about 5,000 records, by id."""
    found = Record.objects.filter(run=dry_run.run_id, state__in=PREDICTED).order_by("pk").values_list("pk", flat=True)
    ids = list(found[: dry_run.limit] if dry_run.limit else found)
    parts = [ids[at : at + SHARD_RECORDS] for at in range(0, len(ids), SHARD_RECORDS)]
    return [ShardPlan({"first": part[0], "last": part[-1]}, len(part)) for part in parts]


def predict_part(dry_run: DryRun, work: Work) -> None:
    """Ask the target's write path about the shard's records; the answers are stored once each."""
    run = dry_run.run
    target = Sandbox(run.program, dry_run.space, run.object)
    follower, orders = following.Follower(run), dict(run.stages.values_list("name", "order"))
    start, last = work.cursor.get("next", work.params["first"]), work.params["last"]
    done, totals = work.done, Counter(work.result)
    while True:
        found = Record.objects.filter(run=run, state__in=PREDICTED, pk__gte=start, pk__lte=last).order_by("pk")
        part = list(found.only("pk", "key", "state", "stage", "fields", "refusals")[:CHUNK_RECORDS])
        if not part:
            return
        ready = [one for one in part if one.state == RecordState.READY]
        planned = {one.key: one for one in target.plan(follower.items(ready))}
        unlinked = _unlinked(follower, orders, ready)
        rows = []
        for one in part:
            outcome, reason = Outcome.REJECT, _why(one)
            if one.key in planned:
                outcome = Outcome(planned[one.key].outcome)
                reason = " ".join(filter(None, (planned[one.key].reason, *unlinked[one.pk])))
                totals["unlinked"] += bool(unlinked[one.pk])
            rows.append((dry_run.pk, one.pk, one.stage, str(outcome), reason[:300]))
            totals[f"{one.stage or 'none'}:{outcome}"] += 1
            totals["held"] += one.state == RecordState.HELD
        start, done = part[-1].pk + 1, done + len(part)
        with work.commit(done=done, cursor={"next": start}, result=dict(totals)):
            insert_missing(Prediction, ("dry_run", "record", "stage", "outcome", "reason"), rows)


def _unlinked(follower: Follower, orders: Mapping[str, int], records: Sequence[Record]) -> dict[int, list[str]]:
    """Record id -> what is told of its pointers whose other end will not be there (H7)."""
    found = follower.ends([(one.key, one.fields) for one in records])
    return {one.pk: following.open_ends(ends, one.stage, orders) for one, ends in zip(records, found, strict=True)}


def _why(record: Record) -> str:
    return HELD if record.state == RecordState.HELD else " ".join(one["message"] for one in record.refusals)


def end_dry_run(dry_run: DryRun, work: Work) -> None:
    """Count the predictions and draw the spot-check: up to 50 records that would be written."""
    run = dry_run.run
    totals: Counter[str] = Counter()
    for result in work.job.shards.filter(step="predict").values_list("result", flat=True):
        totals.update(result)
    stages = {
        name: {one.value: totals[f"{name}:{one}"] for one in Outcome}
        for name in sorted({key.split(":")[0] for key in totals if ":" in key})
    }
    counts = {one.value: sum(stage[one.value] for stage in stages.values()) for one in Outcome}
    writes = Prediction.objects.filter(dry_run=dry_run, outcome__in=[Outcome.CREATE, Outcome.UPDATE])
    ids = list(writes.order_by("record_id").values_list("record_id", flat=True))
    drawn = sorted(random.Random(f"{dry_run.pk}:{dry_run.seed}").sample(ids, min(SPOT, len(ids))))  # noqa: S311
    records = list(Record.objects.filter(pk__in=drawn).order_by("pk"))
    planned = Sandbox(run.program, dry_run.space, run.object).plan(Follower(run).items(records))
    compared = compare_with(run, records, {one.key: dict(one.after) for one in planned})
    with work.commit(done=1):
        SpotItem.objects.filter(dry_run=dry_run).delete()
        SpotItem.objects.bulk_create(
            SpotItem(dry_run=dry_run, no=no, record_id=pk, comparison=compared[pk])
            for no, pk in enumerate(drawn, start=1)
        )
        DryRun.objects.filter(pk=dry_run.pk).update(
            counts={
                **counts,
                "held": totals["held"],
                "unlinked": totals["unlinked"],
                "stages": stages,
                "rows": run.counts,
            },
            finished_at=clock.now(),
        )


def dry_run_ended(job: Job) -> None:
    """Tell that it is done; one that stopped is resumed or done again."""
    if job.state == JobState.DONE:
        made = DryRun.objects.select_related("run__program").get(pk=job.params["dry_run"])
        audit.record(by=None, verb="dry_run.finished", subject=made, program=made.run.program, after=made.counts)


def outcomes(dry_run: DryRun | None, records: Iterable[int]) -> dict[int, str]:
    """Record id -> what was predicted for it."""
    if dry_run is None:
        return {}
    found = Prediction.objects.filter(dry_run=dry_run, record__in=list(records))
    return dict(found.values_list("record_id", "outcome"))


# --- the spot-check ---------------------------------------------------------------------


@transaction.atomic
def answer_spot_check(*, dry_run: DryRun, by: User, answers: Iterable[Mapping[str, Any]]) -> DryRun:
    """Say of drawn records ({no, right: fields that came through, note}) which fields came through, one by one.

    A field that is not ticked did not; it needs a note. Raises SampleRefused once signed.
    """
    policy.require(by, "data.load", dry_run)
    dry_run = _open(dry_run)
    items = {one.no: one for one in dry_run.items.all()}
    changed = []
    for told in answers:
        item = items.get(int(told["no"]))
        if item is None:
            raise Invalid(f"Record {told['no']} is not in this spot-check.", field="no")
        names = [line["field"] for line in item.comparison]
        wrong, note = [one for one in names if one not in set(told["right"])], str(told.get("note") or "").strip()
        if wrong and not note:
            raise Invalid(f"Record {item.no}: say what is wrong with {len(wrong)} of its fields.", field="note")
        item.wrong, item.note, item.answered_by, item.answered_at = wrong, note[:300], by, clock.now()
        changed.append(item)
    SpotItem.objects.bulk_update(changed, ["wrong", "note", "answered_by", "answered_at"])
    return dry_run


@transaction.atomic
def sign_spot_check(*, dry_run: DryRun, by: User) -> DryRun:
    """Sign the spot-check; a wrong field keeps every stage from being loaded until the mapping is mended (H6)."""
    policy.require(by, "data.sign", dry_run)
    dry_run = _open(dry_run)
    items = list(dry_run.items.all())
    if waiting := sum(one.wrong is None for one in items):
        raise SampleRefused(f"{waiting} of {len(items)} records are not answered yet.")
    dry_run.errors = sum(len(one.wrong or ()) for one in items)
    dry_run.signed_by, dry_run.signed_at = by, clock.now()
    dry_run.save(update_fields=["errors", "signed_by", "signed_at"])
    audit.record(
        by=by, verb="spot_check.signed", subject=dry_run, program=dry_run.run.program,
        after={"records": len(items), "wrong_fields": dry_run.errors},
    )  # fmt: skip
    return dry_run


def _open(dry_run: DryRun) -> DryRun:
    DryRun.objects.lock(dry_run.pk)
    dry_run = DryRun.objects.select_related("run__program", "run__mapping").get(pk=dry_run.pk)
    if not dry_run.is_finished:
        raise SampleRefused("The dry run has not come to its end yet.")
    if dry_run.signed_at:
        raise SampleRefused("This spot-check is signed; a new dry run draws a new one.")
    return dry_run


def row_account(dry_run: DryRun) -> list[tuple[str, int]]:
    """Every row read and what the load would come to for it (H0, H6): the numbers add up to the rows read."""
    told = [(str(one.label), dry_run.counts.get(one.value, 0)) for one in Outcome if one != Outcome.REJECT]
    told.append(("Held for review", dry_run.counts.get("held", 0)))
    words = {"quarantined": "Reject", "merged": "Merged", "archived": "Archived", "blank": "Blank"}
    return [*told, *((word, dry_run.counts.get("rows", {}).get(state, 0)) for state, word in words.items())]
