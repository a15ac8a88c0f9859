"""What no team can read one by one: a band of likelihood, judged by a sample, accepted as one decision (H2)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress

from django.db import transaction
from django.db.models import Max

from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import User
from migration.errors import DecisionRefused
from migration.hygiene.agreement import upper_bound
from migration.models import Band, Cluster, Decision, DecisionKind, Run, Verdict
from migration.services import review

SAMPLE = 100  # ours (H2)
WRONG_AT_MOST = 1
SHARD = 500
CHUNK = 5  # clusters a transaction: each is computed again
SUREST = 1.01  # the end of a band that takes in a likelihood of 1


def in_band(run: Run, low: float, high: float):
    """Open clusters whose likelihood lies in the band."""
    return Cluster.objects.filter(run=run, probability__gte=low, probability__lt=high).open().order_by("number")


@transaction.atomic
def draw_band(*, run: Run, by: User, low: float, high: float, verdict: str = Verdict.SAME, seed: int = 0) -> Band:
    """Draw a seeded sample of 100 out of the open clusters from `low` up to below `high`.

    `verdict` is what the whole band would be told: the same, or not. Raises Invalid for a
    band that is none, DecisionRefused when nothing in it is open or a band of it is open.
    """
    policy.require(by, "data.review", run)
    run = Run.objects.lock(run.pk)
    if not run.is_cleaned:
        raise DecisionRefused(f"{run.code} is still working; its clusters are not final yet.")
    high = SUREST if high >= 1 else high
    if not 0 <= low < high:
        raise Invalid("A band goes from a lower likelihood up to a higher one, between 0 and 1.", field="low")
    if verdict not in {Verdict.SAME, Verdict.DIFFERENT}:
        raise Invalid("A band is accepted as the same, or as not the same.", field="verdict")
    waiting = Band.objects.filter(run=run, accepted_at__isnull=True, low__lt=high, high__gt=low)
    waiting.delete()  # a sample that was not accepted stands for nothing; a new one replaces it
    numbers = list(in_band(run, low, high).values_list("number", flat=True))
    if not numbers:
        raise DecisionRefused("No cluster of this band is open.")
    seed = seed or random.SystemRandom().randint(1, 999_999)
    drawn = random.Random(f"{run.pk}:{seed}").sample(numbers, min(SAMPLE, len(numbers)))  # noqa: S311
    last = Band.objects.filter(run=run).aggregate(last=Max("number"))["last"] or 0
    band = Band.objects.create(
        run=run, number=last + 1, low=low, high=high, verdict=verdict, seed=seed, population=len(numbers),
        sample=sorted(drawn), batch=uuid.uuid4(), drawn_by=by, drawn_at=clock.now(),
    )  # fmt: skip
    audit.record(by=by, verb="band.drawn", subject=band, program=run.program, after={"clusters": len(numbers)})
    return band


@transaction.atomic
def judge_band(*, band: Band, by: User, judged: Mapping[int, bool]) -> Band:
    """Say of sampled clusters (by number) whether the band's verdict is right for them."""
    band = _locked(band, by, "data.review")
    if band.accepted_at:
        raise DecisionRefused("This band is accepted; its sample is closed.")
    if unknown := set(judged) - set(band.sample):
        raise Invalid(f"Cluster {min(unknown)} is not in the sample.", field="judged")
    band.judged = {**band.judged, **{str(number): bool(right) for number, right in judged.items()}}
    band.save(update_fields=["judged"])
    return band


def refusal(band: Band) -> str:
    """Why the band may not be accepted; "" when it may."""
    if band.accepted_at:
        return "The band is accepted already."
    if band.wrong > WRONG_AT_MOST:
        return f"{band.wrong} of the sample are wrong; at most {WRONG_AT_MOST} may be. Take a narrower band."
    if band.unjudged:
        return f"{band.unjudged} of the {len(band.sample)} sampled clusters are not judged yet."
    return ""


def bound_sentence(band: Band) -> str:
    """What the judged sample says about the band, as far as it was drawn by chance."""
    judged = len(band.judged)
    if not judged:
        return ""
    said = f"{band.wrong} of {judged} wrong"
    if judged >= band.population:
        return f"{said}, in all of them."
    return f"{said}: below {100 * upper_bound(band.wrong, judged):.1f} % of the band at 95 % confidence."


@transaction.atomic
def accept_band(*, band: Band, by: User) -> Band:
    """Decide every open cluster of the band, in the background; those judged wrong stay open.

    Raises DecisionRefused with what is missing, Conflict when others have decided a good part since.
    """
    band = _locked(band, by, "data.sign")
    if why := refusal(band):
        raise DecisionRefused(why)
    open_now = in_band(band.run, band.low, band.high).count()
    if open_now > band.population:
        raise Conflict(f"{open_now - band.population} clusters joined the band since the sample was drawn. Draw again.")
    band.accepted_by, band.accepted_at = by, clock.now()
    band.job = jobs.start_job(program=band.run.program, kind="band", params={"band": band.pk}, by=by)
    band.save(update_fields=["accepted_by", "accepted_at", "job"])
    audit.record(
        by=by, verb="band.accepted", subject=band, program=band.run.program,
        after={"verdict": band.verdict, "clusters": open_now, "wrong": band.wrong, "seed": band.seed},
    )  # fmt: skip
    return band


@transaction.atomic
def undo_band(*, band: Band, by: User) -> Band:
    """Take the whole band back, in the background; single clusters decided otherwise since stay so."""
    band = _locked(band, by, "data.sign")
    if not band.accepted_at or band.undone_at:
        raise DecisionRefused("This band is not accepted; there is nothing to take back.")
    if band.job is not None and band.job.state == JobState.RUNNING:
        raise DecisionRefused("The band is being decided just now; stop that first, or wait for its end.")
    band.undone_by, band.undone_at = by, clock.now()
    band.job = jobs.start_job(program=band.run.program, kind="band", params={"band": band.pk, "undo": True}, by=by)
    band.save(update_fields=["undone_by", "undone_at", "job"])
    audit.record(by=by, verb="band.undone", subject=band, program=band.run.program)
    return band


def _locked(band: Band, by: User, right: str) -> Band:
    Band.objects.lock(band.pk)
    band = Band.objects.select_related("run__program", "run__job", "job").get(pk=band.pk)
    policy.require(by, right, band)
    return band


# --- in the background ------------------------------------------------------------------


def plan_band(band: Band, *, undo: bool) -> Sequence[ShardPlan]:
    """Shards of about 500 clusters, or of decisions to take back."""
    if undo:
        ids = list(Decision.objects.filter(batch=band.batch).in_force().order_by("pk").values_list("pk", flat=True))
    else:
        ids = list(in_band(band.run, band.low, band.high).values_list("number", flat=True))
    parts = [ids[at : at + SHARD] for at in range(0, len(ids), SHARD)]
    return [ShardPlan({"first": part[0], "last": part[-1]}, len(part)) for part in parts]


def decide_part(band: Band, work: Work) -> None:
    """Decide the shard's open clusters, a few a transaction; doing it again finds the rest."""
    left = set(map(int, (number for number, right in band.judged.items() if not right)))
    done = work.done
    start, last = work.cursor.get("next", work.params["first"]), work.params["last"]
    while True:
        part = list(in_band(band.run, band.low, band.high).filter(number__gte=start, number__lte=last)[:CHUNK])
        if not part:
            return
        start, done = part[-1].number + 1, done + len(part)
        with work.commit(done=done, cursor={"next": start}):
            for cluster in part:
                if cluster.number not in left:
                    _decide(band, cluster)


def _decide(band: Band, cluster: Cluster) -> None:
    """Decide one cluster with its band; one that earlier decisions forbid, or somebody has open, is left to people."""
    person = band.accepted_by
    assert person is not None  # only an accepted band is worked off
    with suppress(DecisionRefused, Conflict), transaction.atomic():
        review.decide_in_band(
            cluster=cluster,
            by=person,
            same=band.verdict == Verdict.SAME,
            batch=band.batch,
            rule=f"band {band.number}",
        )


def undo_part(band: Band, work: Work) -> None:
    """Take the shard's decisions back, a few a transaction."""
    done, person = work.done, band.undone_by
    assert person is not None  # only a band that is taken back is worked off
    while True:
        found = Decision.objects.filter(
            batch=band.batch,
            pk__gte=work.params["first"],
            pk__lte=work.params["last"],
            kind__in=[DecisionKind.SAME, DecisionKind.DIFFERENT],
        ).in_force()
        part = list(found.select_related("program", "cluster").order_by("pk")[:CHUNK])
        if not part:
            return
        done += len(part)
        with work.commit(done=done):
            for decision in part:
                review.undo_in_band(decision=decision, by=person)


def band_ended(job: Job) -> None:
    """Keep how many were decided, and how many were left to people."""
    band = Band.objects.select_related("run").get(pk=job.params["band"])
    told = Decision.objects.filter(batch=band.batch, kind__in=[DecisionKind.SAME, DecisionKind.DIFFERENT])
    band.decided, band.left = told.in_force().count(), in_band(band.run, band.low, band.high).count()
    band.save(update_fields=["decided", "left"])
