"""Simulate the choice, in a job (V10)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from crmprogram.jobs.models import Shard
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.jobs.services import start_job
from crmprogram.program import audit, clock, policy
from crmprogram.program.models import User
from scorecard import queries
from scorecard.errors import RatingRefused
from scorecard.models import Scorecard, Simulation
from scorecard.services.card import refuse_blind
from scorecard.simulation import packed, simulate, unpacked

DRAWS_PER_SHARD = 1000  # under 3 seconds for 10 vendors, 30 criteria and 25 raters


@transaction.atomic
def start_simulation(
    *,
    scorecard: Scorecard,
    by: User,
    draws: int = 10_000,
    weight_noise: int = 25,
    rating_noise: int = 20,
    seed: str = "",
) -> Simulation:
    """Begin to simulate on the ratings as they are; the result is there when the job is done.

    Raises RatingRefused for who owes ratings, and while any are missing.
    """
    policy.require(by, "scorecard.simulate", scorecard)
    refuse_blind(scorecard, by)
    panel = queries.panel_of(queries.load_matrix(scorecard))
    if not panel.is_complete:
        raise RatingRefused("A simulation needs every rating; some are missing.")
    one = Simulation(
        scorecard=scorecard,
        seed=seed.strip() or secrets.token_hex(4),
        draws=draws,
        weight_noise=weight_noise,
        rating_noise=rating_noise,
        inputs=packed(panel),
        by=by,
        at=clock.now(),
    )
    one.full_clean(exclude=["by"])
    one.save()
    one.job = start_job(program=scorecard.program, kind="simulation", params={"simulation": one.pk}, by=by)
    one.save(update_fields=["job"])
    audit.record(by=by, verb="scorecard.simulated", subject=one, after={"draws": draws, "seed": one.seed})
    return one


def plan_draws(one: Simulation) -> Sequence[ShardPlan]:
    """The draws in shards, each with a seed of its own, so that their order does not matter."""
    starts = range(0, one.draws, DRAWS_PER_SHARD)
    return [
        ShardPlan({"seed": f"{one.seed}/{start}"}, total=min(DRAWS_PER_SHARD, one.draws - start)) for start in starts
    ]


def draw(one: Simulation, work: Work) -> None:
    """One shard's draws."""
    wins = simulate(
        unpacked(one.inputs),
        draws=work.shard.total,
        seed=work.params["seed"],
        weight_noise=one.weight_noise,
        rating_noise=one.rating_noise,
    )
    with work.commit(done=work.shard.total, result={"wins": wins}):
        pass


def finish(one: Simulation, work: Work) -> None:
    """Add the shards up."""
    wins: Counter[str] = Counter()
    for shard in Shard.objects.filter(job=work.job, step="draw"):
        wins.update(shard.result.get("wins", {}))
    with work.commit(done=1):
        Simulation.objects.filter(pk=one.pk).update(wins=dict(wins), finished_at=clock.now())
