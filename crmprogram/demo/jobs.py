"""The demo as a job: tell the Audit, generate an export, upload it, set the cleaning going."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from crmprogram.demo import chapters, story, synthetic
from crmprogram.intake.models import Upload
from crmprogram.intake.services import store_upload
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import ShardPlan, Step, job
from crmprogram.jobs.runner import Work
from crmprogram.jobs.services import work_together
from crmprogram.program import clock
from migration.models import Run
from migration.services import mapping, runs
from phases.services.readings import take_readings


@job("demo", label="Preparing the demo program", moves_evidence=False)
def steps(one: Job) -> list[Step]:
    """story → export → cleaning; the last hands over to a run of its own."""
    return [
        Step("story", "Tell the Audit", tell, lambda: [ShardPlan(total=len(chapters.CHAPTERS))], unit="chapters"),
        Step("export", "Generate and read the export", export, lambda: [ShardPlan(total=2)], unit="parts"),
        Step("cleaning", "Start the cleaning", clean, lambda: [ShardPlan(total=1)], unit="parts"),
    ]


def tell(work: Work) -> None:
    """Chapter by chapter, each in one transaction on its own day."""
    today = date.fromisoformat(work.job.params["today"])
    for number, (days_ago, hour, chapter) in enumerate(chapters.CHAPTERS):
        if number < work.done:
            continue
        with work.commit(done=number + 1), clock.at(story.moment(today, days_ago, hour)):
            chapter(chapters.Cast(work.program))
            take_readings(program=work.program)  # what beat does every five minutes


def export(work: Work) -> None:
    """Write a dirty export and put it in as the CRM specialist would."""
    cast = chapters.Cast(work.program)
    today = date.fromisoformat(work.job.params["today"])
    upload = Upload.objects.of(cast.program).filter(name=story.EXPORT_NAME).first()
    if upload is None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / story.EXPORT_NAME
            synthetic.write_export(path, rows=work.job.params["rows"], seed=story.EXPORT_SEED, today=today)
            work.beat()
            with path.open("rb") as stream:
                upload = store_upload(
                    program=cast.program,
                    by=cast["crm-specialist"],
                    name=story.EXPORT_NAME,
                    stream=stream,
                    size=path.stat().st_size,
                ).upload
    with work.commit(done=1):
        pass
    if upload.job is not None:  # read already, and its job was swept
        work_together(upload.job, work)
    with work.commit(done=2, result={"upload": upload.pk}):
        pass


def clean(work: Work) -> None:
    """Make the run, sign the proposed mapping, and start it: from here on it is a job of its own."""
    cast = chapters.Cast(work.program)
    if Run.objects.of(cast.program).exists():
        return
    upload = Upload.objects.of(cast.program).get(name=story.EXPORT_NAME)
    with work.commit(done=1):
        run = runs.create_run(
            program=cast.program, by=cast["crm-specialist"], uploads=[upload], name="Legacy contacts", region="DE"
        )
        mapping.sign_mapping(run=run, by=cast["sales-ops"])
        runs.start_run(run=run, by=cast["crm-specialist"])
