"""What follows the cleaning of a run: who was erased goes again, it is an audit, people are told, its set goes on."""

from __future__ import annotations

from crmprogram.jobs.models import Job, JobState
from migration.models import Run
from migration.services import audits, erasing, runs, sets


def run_ended(job: Job) -> None:
    """End a run in whatever state its job did; a cleaned one is compared with the export before it (H12)."""
    run = Run.objects.filter(pk=job.params["run"]).select_related("program").first()
    if run is not None and job.state == JobState.DONE:
        erasing.erase_again(program=run.program, ended=run)
        audits.take_audit(run)
    runs.run_ended(job)
    if run is not None and job.state == JobState.DONE:
        sets.run_ended(run)
