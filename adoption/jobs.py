"""The kinds of background work of adoption."""

from __future__ import annotations

from functools import partial

from adoption.models import Counting
from adoption.services import counting, signals, weeks
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import Step, job
from crmprogram.jobs.runner import Work
from crmprogram.program import audit
from crmprogram.program.models import Program


def _counting(job_: Job) -> Counting:
    return Counting.objects.select_related("program", "upload").get(pk=job_.params["counting"])


@job("adoption", label="Counting an export")
def count(job_: Job) -> list[Step]:
    """rows → weeks; cut into shards of 10,000 rows."""
    return [
        Step(
            "rows",
            "Count the rows",
            lambda work: counting.count_rows(_counting(job_), work),
            partial(_plan, job_),
            unit="rows",
        ),
        Step("weeks", "Compute the weeks they touch", lambda work: counting.finish_counting(_counting(job_), work)),
    ]


def _plan(job_: Job):
    return counting.plan_rows(_counting(job_))


@job("adoption-weeks", label="Computing adoption weeks again")
def again(job_: Job) -> list[Step]:
    """One step: every week from what is stored."""

    def compute(work: Work) -> None:
        with work.commit(done=1):
            program = Program.objects.lock(job_.program_id)
            done = weeks.recompute(program)
            weeks.recompute_records(program)
            signals.recompute_logins(program)
            signals.recompute_tasks(program, done.computed)
            signals.recompute_results(program)
        if done.changed:
            said = {"weeks": len(done.computed), "changed": done.changed}
            audit.record(by=None, verb="weeks.computed", subject=program, after=said)

    return [Step("weeks", "Compute every week", compute)]
