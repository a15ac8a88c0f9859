"""The background work of Pick."""

from __future__ import annotations

from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import Step, job
from scorecard.models import Simulation
from scorecard.services import simulations


def _simulation(job_: Job) -> Simulation:
    return Simulation.objects.get(pk=job_.params["simulation"])


@job("simulation", label="Simulating the choice of a vendor", moves_evidence=False)
def simulate(job_: Job) -> list[Step]:
    """draw → sum; cut into shards of 1,000 draws."""
    return [
        Step(
            "draw",
            "Draw weights and ratings",
            lambda work: simulations.draw(_simulation(job_), work),
            lambda: simulations.plan_draws(_simulation(job_)),
            unit="draws",
        ),
        Step("sum", "Add up who led", lambda work: simulations.finish(_simulation(job_), work)),
    ]
