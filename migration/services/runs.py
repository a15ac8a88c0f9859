"""Begin, start, stop, resume, cancel and rehearse a hygiene run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from django.db import transaction

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import RowIssue, SourceRow, Upload, UploadState
from crmprogram.jobs import outbox
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from migration import defaults, vocabulary
from migration.errors import RunRefused
from migration.hygiene.gate import Stage as StageName
from migration.models import Cluster, Record, Run, RunRow, RunState, Stage, StageState
from migration.services import blocks, standards
from migration.services.mapping import propose_mapping
from migration.services.rows import RULES
from phases.models import FieldRule

PERSONS = "contact"  # leads and contacts are cleaned together, as people


@transaction.atomic
def create_run(
    *, program: Program, by: User, uploads: Sequence[Upload], name: str = "", region: str = "", months: int = 12
) -> Run:
    """Make a run over files that were read, with a mapping to look at.

    `region` (ISO 3166-1 alpha-2) stands for records that show no country; without it the
    country of the program's time zone does. `months` without engagement archive a
    contact, 12 to 24 (H3). Raises Invalid for files that do not go together, RunRefused
    for a file that another run holds.
    """
    policy.require(by, "data.run", program)
    uploads = list(uploads)
    if not uploads:
        raise Invalid("Choose at least one file.", field="uploads")
    for upload in uploads:
        if upload.program_id != program.pk:
            raise Invalid("The file belongs to another program.", field="uploads")
        if upload.state != UploadState.READ:
            raise Invalid(f"{upload.name} has not been read to its end yet.", field="uploads")
        if not upload.kept_count:
            raise Invalid(
                f"{upload.name} has no row that can be cleaned: all are put aside or blank. "
                "See the reasons on its page, mend the rows and upload them as a new file.",
                field="uploads",
            )
    objects = {PERSONS if one.object in vocabulary.PERSON_OBJECTS else one.object for one in uploads}
    if len(objects) > 1:
        said = ", ".join(sorted(OBJECTS.get(one, "unknown records").lower() for one in objects))
        raise Invalid(
            f"One run cleans one kind of record; these files hold {said}. A migration set takes them together.",
            field="uploads",
        )
    Program.objects.lock(program.pk)  # two runs may not take the same file at once
    if held := Run.objects.current().filter(uploads__in=uploads).order_by("pk").first():
        raise RunRefused(f"A file of these is in {held.code} already; cancel that run to clean it again.")
    if gone := Upload.objects.filter(pk__in=[one.pk for one in uploads]).exclude(rows_gone_at=None).first():
        raise RunRefused(f"The rows of {gone.code} were let go after a while. Upload the same file again.")
    if not 12 <= months <= 24:
        raise Invalid("Contacts are archived after 12 to 24 months without engagement.", field="months")
    obj = objects.pop() or PERSONS
    thresholds, context = standards.terms(program, obj)
    run = Run.objects.create(
        program=program,
        number=program.next_number("run"),
        name=name.strip() or f"{OBJECTS.get(obj, 'Records')} from {min(uploads, key=lambda one: one.pk).name}"[:120],
        object=obj,
        thresholds={
            **defaults.thresholds(obj),
            **thresholds,
            "archive_months": months,
            "required": _required(program, obj),
        },
        context={
            "region": region.upper() or defaults.region_of(program.time_zone),
            "zone": program.time_zone,
            **context,
        },
        created_by=by,
        created_at=clock.now(),
    )
    run.uploads.set(uploads)
    _prepare_stages(run)
    propose_mapping(run=run, by=by)
    audit.record(by=by, verb="run.created", subject=run, after={"files": [one.code for one in uploads]})
    return run


@transaction.atomic
def start_run(*, run: Run, by: User) -> Run:
    """Clean the run's files in the background; a cleaned run is cleaned anew, by the standard signed since.

    Raises RunRefused when the mapping is not signed, the run works already, or records of
    it are loaded.
    """
    policy.require(by, "data.run", run)
    run = _locked(run)
    if run.state is RunState.CANCELLED:
        raise RunRefused(f"{run.code} is cancelled.")
    if run.state is RunState.RUNNING:
        raise RunRefused(f"{run.code} is working already.")
    if run.mapping is None or run.mapping.signed_at is None:
        raise RunRefused("The mapping is not signed. Look at each column and sign it first.")
    _require_turn(run)
    _require_not_loaded(run)
    _wipe(run)
    _prepare_stages(run)
    thresholds, context = standards.terms(run.program, run.object)
    run.thresholds = {**run.thresholds, **thresholds, "required": _required(run.program, run.object)}
    run.context = {**run.context, **context}
    run.job = jobs.start_job(program=run.program, kind="hygiene", params={"run": run.pk}, by=by)
    run.started_by, run.started_at, run.finished_at = by, clock.now(), None
    run.counts, run.summary = {}, {"log": []}
    run.save()
    told = {"mapping": run.mapping.version, "standard": run.thresholds.get("standard")}
    audit.record(by=by, verb="run.started", subject=run, after=told)
    return run


@transaction.atomic
def stop_run(*, run: Run, by: User) -> Run:
    """Stop after the present part; what is done stays. Raises JobRefused when nothing runs."""
    policy.require(by, "data.run", run)
    if run.job is None:
        raise RunRefused(f"{run.code} has not been started.")
    jobs.stop_job(job=run.job, by=by)
    run.refresh_from_db()
    return run


@transaction.atomic
def resume_run(*, run: Run, by: User) -> Run:
    """Go on from the last finished part. Raises JobRefused when nothing was stopped."""
    policy.require(by, "data.run", run)
    if run.job is None:
        raise RunRefused(f"{run.code} has not been started.")
    jobs.resume_job(job=run.job, by=by)
    run.refresh_from_db()
    return run


@transaction.atomic
def cancel_run(*, run: Run, by: User, reason: str = "") -> Run:
    """Give the files back; what the run worked out is lost, decisions about records are kept.

    Raises RunRefused while it works or when records of it are loaded.
    """
    policy.require(by, "data.run", run)
    run = _locked(run)
    if run.state is RunState.CANCELLED:
        return run
    if run.job is not None and run.job.state == JobState.RUNNING:
        raise RunRefused(f"{run.code} is working; stop it first.")
    _require_not_loaded(run)
    _wipe(run)
    run.cancelled_by, run.cancelled_at = by, clock.now()
    run.save(update_fields=["cancelled_by", "cancelled_at"])
    audit.record(by=by, verb="run.cancelled", subject=run, note=reason)
    return run


def _required(program: Program, obj: str) -> list[str]:
    """Fields every record needs: the program's own rules when it has any, else the defaults (H10, R10).

    A rule with a stage of the sales process waits for that stage; an import has none.
    """
    own = FieldRule.objects.of(program).required().filter(object=obj, stage="").values_list("field", flat=True)
    return list(own) or defaults.thresholds(obj)["required"]


def run_ended(job: Job) -> None:
    """Tell that cleaning ended, in whatever state; a run cancelled since has nothing to tell."""
    run = Run.objects.filter(pk=job.params["run"]).select_related("program").first()
    if run is None:
        return
    with transaction.atomic():
        audit.record(by=None, verb=f"run.{job.state}", subject=run, after=run.counts, note=job.error)
        outbox.put("run.ended", run, state=job.state)


def note(run: Run, text: str) -> None:
    """Add a line to the run's log (newest last, at most 200 are kept)."""
    log = [*run.summary.get("log", []), {"at": clock.now().isoformat(timespec="seconds"), "text": text}]
    run.summary = {**run.summary, "log": log[-200:]}
    Run.objects.filter(pk=run.pk).update(summary=run.summary)


def source_rows(run: Run):
    """Every source row of the run's files."""
    return SourceRow.objects.filter(upload__in=run.uploads.all())


def _locked(run: Run) -> Run:
    Run.objects.select_for_update().filter(pk=run.pk).values_list("pk").first()
    return Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)


def _prepare_stages(run: Run) -> None:
    """The stages of the import, where its records can be loaded and they are not there yet (H7)."""
    if run.object in vocabulary.LOADABLE and not run.stages.exists():
        Stage.objects.bulk_create(
            Stage(run=run, order=order, name=stage.value) for order, stage in enumerate(StageName, start=1)
        )


def _require_turn(run: Run) -> None:
    """In a migration set, what is pointed at is cleaned before what points."""
    if (of := run.migration_set) is None:
        return
    if of.started_at is None:
        raise RunRefused(f"{run.code} is part of {of.code}: start that, and its objects are cleaned in their order.")
    before = takewhile(lambda one: one.pk != run.pk, of.current_runs())
    if first := next((one for one in before if not one.is_cleaned), None):
        raise RunRefused(f"{first.code} comes first: records of {run.code} point at its records.")


def _require_not_loaded(run: Run) -> None:
    if run.stages.exclude(state=StageState.WAITING).exists():
        raise RunRefused(f"Records of {run.code} are loaded; clear the rehearsal first.")


def _wipe(run: Run) -> None:
    """Give the files back as intake left them."""
    blocks.forget(run)
    RowIssue.objects.filter(upload__in=run.uploads.all(), rule__in=RULES).delete()
    Record.objects.filter(run=run).update(absorbed_by=None, state="held")
    Record.objects.filter(run=run).delete()
    RunRow.objects.filter(run=run).delete()
    Cluster.objects.filter(run=run).delete()
