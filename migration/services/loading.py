"""Load stage after stage: signed merges first, prediction beside outcome, nothing twice (H2, H6, H7, H10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Max, Min, QuerySet

from crmprogram.jobs import outbox
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import audit, clock, policy, together
from crmprogram.program.models import Program, User
from migration.errors import LoadRefused
from migration.models import (
    DryRun,
    LoadItem,
    Outcome,
    Record,
    RecordState,
    Run,
    Space,
    Stage,
    StageState,
)
from migration.sandbox import Sandbox
from migration.services import dry_runs, merges, sequence
from migration.services.following import Follower
from migration.targets import Result
from phases.queries import gates as gate_queries
from phases.registry import MET, Look, examine
from phases.services import gates

CONTRACT_GATE = 2
SHARD_RECORDS = 1_000
CHUNK_RECORDS = 250
KNOWN_SECONDS = 12 * 3600
NO_TARGET = "No live CRM is connected to this program; only the rehearsal can be loaded."


# --- stages (H7) -----------------------------------------------------------------------


def ready_records(stage: Stage):
    """Records of a stage that pass the hygiene gate now (H10)."""
    return Record.objects.filter(run=stage.run_id, stage=stage.name, state=RecordState.READY)


@dataclass(slots=True)
class Standing:
    """How a stage stands: records `ready` to load, of these `fresh` ones not loaded yet, and `held` ones for review.

    `why_not` says why it may not be loaded now; "" when it may.
    """

    stage: Stage
    ready: int = 0
    fresh: int = 0
    held: int = 0
    why_not: str = ""


def standings(run: Run, space: str, beside: Sequence[QuerySet] = ()) -> list[Standing]:
    """The stages of one space of `run` in their order, in few queries however many (H7); fills `beside` as well."""
    stages = run.stages.filter(space=space).select_related("job").order_by("order")
    records = Record.objects.filter(run=run, state__in=[RecordState.READY, RecordState.HELD]).order_by()
    counted = records.values("stage", "state").annotate(n=Count("*"))  # of rows: no id is looked up
    together.fill(stages, counted, *merges.asked(run), *dry_runs.asked(run), *beside)
    counts = {(one["stage"], one["state"]): one["n"] for one in counted}
    fresh = _fresh(run, space, stages, counts)
    waiting = sequence.waits_for(run, space)
    found: list[Standing] = []
    for stage in stages:
        stage.run = run
        one = Standing(
            stage,
            ready=counts.get((stage.name, RecordState.READY), 0),
            fresh=fresh.get(stage.name, 0),
            held=counts.get((stage.name, RecordState.HELD), 0),
        )
        one.why_not = _why_not(one, found) or (sequence.keeps_back(stage, waiting) if one.fresh else "")
        found.append(one)
    return found


def _fresh(run: Run, space: str, stages: Iterable[Stage], counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """How many ready records of each stage are not loaded yet, by its name.

    Before the first load those are all of them. Afterwards every record is compared with
    every load, again only when a load, a decision or the counts tell of a change.
    """
    if all(one.state == StageState.WAITING for one in stages):
        return {name: n for (name, state), n in counts.items() if state == RecordState.READY}
    stand = [[one.pk, one.state, one.job_id, one.counts] for one in stages]
    told = [run.pk, str(run.finished_at), space, stand, sorted([*key, n] for key, n in counts.items())]
    whole = json.dumps([*told, dry_runs.last_decision(run)], sort_keys=True)
    known = f"fresh-{hashlib.sha256(whole.encode()).hexdigest()}"
    is_moving = any(one.state == StageState.LOADING for one in stages)
    found: dict[str, int] | None = None if is_moving else cache.get(known)
    if found is None:
        loaded = LoadItem.objects.filter(stage__run=run, stage__space=space).values("record")
        ready = Record.objects.filter(run=run, state=RecordState.READY).exclude(pk__in=loaded).order_by()
        found = dict(ready.values_list("stage").annotate(n=Count("*")))
        if not is_moving:
            cache.set(known, found, timeout=KNOWN_SECONDS)
    return found


def refusal(stage: Stage) -> str:
    """Why the stage may not be loaded now; "" when it may."""
    return next(one.why_not for one in standings(stage.run, stage.space) if one.stage.pk == stage.pk)


def _why_not(one: Standing, earlier: Sequence[Standing]) -> str:
    run = one.stage.run
    if not run.is_cleaned:
        return f"{run.code} is not cleaned yet."
    if one.stage.job is not None and one.stage.job.state == JobState.RUNNING:
        return "The stage is being loaded."
    if merges.standing_signature(run) is None:
        return "The merge summary is not signed: a person has to look at the sampled merges first."
    if one.fresh and (missing := dry_runs.refusal(run)):
        return missing
    for before in earlier:
        order, label = before.stage.order, before.stage.label.lower()
        if before.stage.counts.get("differences"):
            return f"Stage {order} came out otherwise than predicted; roll it back, or settle that first."
        if before.stage.counts.get("lost"):
            return f"Stage {order} does not reconcile with its source; roll it back, or settle that first."
        if before.stage.state == StageState.WAITING and not before.ready:
            continue  # an empty stage has nothing to validate
        if before.stage.state != StageState.VALIDATED:
            return f"Stage {order}, {label}, is not validated yet: audit its sample first."
    if not one.fresh:
        if one.stage.state == StageState.VALIDATED:
            return "The stage is loaded and validated; nothing new is ready."
        if one.stage.state == StageState.WAITING:
            return "No record of this stage passes the hygiene gate yet."
    return ""


@transaction.atomic
def start_stage(*, stage: Stage, by: User) -> Stage:
    """Load what is ready of a stage, in the background. Loading again adds what became ready since.

    Raises GateNotPassed for a live load before gate B, LoadRefused before the configuration is signed (G6)
    or with what else is missing.
    """
    policy.require(by, "data.load", stage)
    Run.objects.lock(stage.run_id)  # cleaning anew and clearing lock the run as well
    Stage.objects.lock(stage.pk)
    stage = Stage.objects.select_related("run__program", "run__job", "run__mapping", "job").get(pk=stage.pk)
    if stage.space == Space.LIVE:
        _require_live(stage.run.program)
    if why := refusal(stage):
        raise LoadRefused(why)
    stage.state, stage.validated_at = StageState.LOADING, None
    stage.started_by, stage.started_at = by, clock.now()
    stage.save()
    dry_run = dry_runs.standing(stage.run)
    params = {"stage": stage.pk, "dry_run": dry_run.pk if dry_run else None}
    stage.job = jobs.start_job(program=stage.run.program, kind="load", params=params, by=by)
    stage.save(update_fields=["job"])
    audit.record(by=by, verb="stage.started", subject=stage, after={"space": stage.space})
    return stage


def why_not_live(program: Program) -> str:
    """Why nothing may be loaded into the live CRM now (G6)."""
    if not gate_queries.is_passed(program, CONTRACT_GATE):
        return f"A load into the live CRM needs Gate {CONTRACT_GATE} to be signed."
    return _unsigned_configuration(program) or NO_TARGET


def start_live_stage(*, stage: Stage, by: User) -> Stage:
    """Load a stage into the live CRM: refused before gate B and a signed configuration (G6), and without a live target.

    Nothing is written: `stage` is the rehearsal whose records would be loaded.
    """
    policy.require(by, "data.load", stage)
    _require_live(stage.run.program)
    raise LoadRefused(NO_TARGET)


def _require_live(program: Program) -> None:
    gates.require_gate_passed(program, CONTRACT_GATE, doing="Loading into the live CRM")
    if why := _unsigned_configuration(program):
        raise LoadRefused(why)


def _unsigned_configuration(program: Program) -> str:
    """Why the configuration does not count as signed; "" when it does."""
    found = examine(Look(program), "phases.configuration_signed")
    return "" if found.verdict is MET else f"A load into the live CRM needs a signed configuration. {found.summary}"


def plan_load(stage: Stage) -> list[ShardPlan]:
    """Shards of about 1,000 ready records, by id."""
    ready = ready_records(stage)
    ends = ready.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    plans, start = [], ends["first"]
    while start is not None:
        ids = list(ready.filter(pk__gte=start).order_by("pk").values_list("pk", flat=True)[:SHARD_RECORDS])
        if not ids:
            break
        plans.append(ShardPlan({"first": ids[0], "last": ids[-1]}, len(ids)))
        start = ids[-1] + 1
    return plans


def load_chunk(stage: Stage, work: Work) -> None:
    """Write the shard's records and remember each outcome beside what the dry run predicted (H6)."""
    dry_run = DryRun.objects.filter(pk=work.job.params.get("dry_run")).first()
    target, follower = Sandbox(stage.run.program, stage.space, stage.run.object), Follower(stage.run)
    start, last = work.cursor.get("next", work.params["first"]), work.params["last"]
    done = work.done
    while True:
        ids = list(
            ready_records(stage)
            .filter(pk__gte=start, pk__lte=last)
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK_RECORDS]
        )
        if not ids:
            return
        predicted = dry_runs.outcomes(dry_run, ids)
        start, done = ids[-1] + 1, done + len(ids)
        with work.commit(done=done, cursor={"next": start}):
            # read again inside: a decision since then may have put a record on hold
            records = list(ready_records(stage).filter(pk__in=ids).order_by("pk"))
            results = target.apply(follower.items(records))
            _remember(stage, records, predicted, results)


def _remember(stage: Stage, records: Sequence[Record], predicted: Mapping[int, str], results: Sequence[Result]) -> None:
    """One line a record; one that is written again keeps what stood there before the first time."""
    there = {one.record_id: one for one in LoadItem.objects.filter(stage=stage, record__in=records)}
    new: list[LoadItem] = []
    changed: list[LoadItem] = []
    now = clock.now()
    for record, result in zip(records, results, strict=True):
        item = there.get(record.pk)
        if item is not None and result.outcome == Outcome.UNCHANGED:
            continue  # loaded before: nothing happened to it
        if item is None or item.outcome not in {Outcome.CREATE, Outcome.UPDATE}:
            item = item or LoadItem(stage=stage, record=record)
            # a record nobody predicted was not to be loaded
            item.predicted, item.outcome = predicted.get(record.pk, Outcome.REJECT), result.outcome
            item.before = dict(result.before) if result.before is not None else None
            item.before_at = result.before_at
        item.version, item.at = result.version, now
        (changed if item.pk else new).append(item)
    LoadItem.objects.bulk_create(new, batch_size=500)
    written = ["predicted", "outcome", "before", "before_at", "version", "at"]
    LoadItem.objects.bulk_update(changed, written, batch_size=200)


def compare_stage(stage: Stage, work: Work) -> None:
    """Count outcomes and compare them with the prediction; a difference stops the next stage (H6)."""
    items = LoadItem.objects.filter(stage=stage)
    with work.kept():
        counts = dict(items.order_by().values_list("outcome").annotate(n=Count("*")))
        differences = items.exclude(predicted=F("outcome")).count()
    with work.commit(done=1):
        Stage.objects.filter(pk=stage.pk).update(
            state=StageState.LOADED,
            loaded_at=clock.now(),
            counts={
                **{one: counts.get(one, 0) for one in Outcome.values},
                "differences": differences,
                "loaded": sum(n for outcome, n in counts.items() if outcome != Outcome.REJECT),
            },
        )


def stage_ended(job: Job) -> None:
    """A load that was stopped or failed leaves its stage loading: it is resumed, not begun again."""
    if job.state == JobState.DONE:
        stage = Stage.objects.select_related("run__program").get(pk=job.params["stage"])
        with transaction.atomic():
            audit.record(by=None, verb="stage.loaded", subject=stage, after=stage.counts)
            outbox.put("stage.loaded", stage)
