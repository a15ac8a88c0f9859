"""Several objects of one CRM as one cleaning: begin, start, go on, cancel (H1, H2, H7)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import Upload
from crmprogram.jobs import outbox
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job, JobState
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import Program, User
from migration import vocabulary
from migration.errors import RunRefused
from migration.models import MigrationSet, Run, RunState
from migration.models.sets import basis_of, place_of
from migration.services import linking, runs
from migration.services.following import PERSONS

logger = logging.getLogger(__name__)

PART = frozenset({"account", "contact", "deal", "activity"})


def object_of(upload: Upload) -> str:
    """The object a file is cleaned as."""
    return PERSONS if upload.object in vocabulary.PERSON_OBJECTS else upload.object


def begin(*, program: Program, by: User, uploads: Sequence[Upload], **told: Any) -> Run | MigrationSet:
    """A run over files of one object, a migration set over files of several; see `runs.create_run`, `create_set`."""
    if len({object_of(one) for one in uploads}) > 1:
        return create_set(program=program, by=by, uploads=uploads, **told)
    return runs.create_run(program=program, by=by, uploads=uploads, **told)


@transaction.atomic
def create_set(
    *, program: Program, by: User, uploads: Sequence[Upload], name: str = "", region: str = "", months: int = 12
) -> MigrationSet:
    """Make a set over files of several objects: a run for each object, its mapping to be looked at.

    `region` and `months` as `runs.create_run` takes them. Raises Invalid for files of one
    object alone or of an object that has no place in a CRM, and what `create_run` raises.
    """
    policy.require(by, "data.run", program)
    by_object: dict[str, list[Upload]] = {}
    for upload in uploads:
        by_object.setdefault(object_of(upload), []).append(upload)
    if len(by_object) < 2:
        raise Invalid("A migration set takes files of two objects or more; a run cleans one.", field="uploads")
    if alone := sorted(by_object.keys() - PART):
        files = ", ".join(one.name for one in by_object[alone[0]])
        raise Invalid(f"{files}: records of this kind do not go into a migration set.", field="uploads")
    made = MigrationSet.objects.create(
        program=program, number=program.next_number("migration set"), created_by=by, created_at=clock.now(),
        name=name.strip() or ", ".join(OBJECTS[one].lower() for one in sorted(by_object, key=place_of)).capitalize(),
    )  # fmt: skip
    for obj in sorted(by_object, key=place_of):
        run = runs.create_run(program=program, by=by, uploads=by_object[obj], region=region, months=months)
        run.migration_set = made
        run.save(update_fields=["migration_set"])
    audit.record(by=by, verb="migration_set.created", subject=made, after={"objects": sorted(by_object)})
    return made


def unsigned(found: Sequence[Run]) -> list[Run]:
    """The runs whose mapping is still to be signed."""
    return [run for run in found if run.mapping is None or run.mapping.signed_at is None]


@transaction.atomic
def start_set(*, migration_set: MigrationSet, by: User) -> MigrationSet:
    """Clean its objects one after the other in the background, then follow the links between them.

    What is cleaned already stays. Raises RunRefused while a mapping is not signed, a part of it
    works, or nothing is left to do.
    """
    policy.require(by, "data.run", migration_set)
    made = _locked(migration_set)
    found = made.current_runs()
    if not found:
        raise RunRefused(f"{made.code} has no run any more.")
    if open_ones := unsigned(found):
        said = ", ".join(run.code for run in open_ones)
        raise RunRefused(f"The mapping of {said} is not signed. Look at each column and sign it first.")
    if works(made, found):
        raise RunRefused(f"{made.code} is working already.")
    if made.has_links(found):
        raise RunRefused(f"{made.code} is cleaned, and its links are followed.")
    made.started_by, made.started_at = by, clock.now()
    made.save(update_fields=["started_by", "started_at"])
    audit.record(by=by, verb="migration_set.started", subject=made, after={"runs": [run.code for run in found]})
    if stopped := next((run for run in found if run.state in {RunState.STOPPED, RunState.FAILED}), None):
        runs.resume_run(run=stopped, by=by)
    elif not _go_on(made) and made.job is not None:
        jobs.resume_job(job=made.job, by=by)
    return made


def carry_on() -> int:
    """Take the next step of every set that was started and stands still; returns how many moved.

    The end of a run does so at once; this is for one whose worker died between the two.
    """
    moved = 0
    for one in MigrationSet.objects.filter(started_at__isnull=False).select_related("job"):
        found = one.current_runs()
        if found and not one.has_links(found):
            moved += go_on(one.pk)
    return moved


@transaction.atomic
def go_on(pk: int) -> bool:
    """Start what comes next in a started set: the next object, then the links. Does nothing while a part works."""
    made = _locked(MigrationSet.objects.get(pk=pk))
    return made.started_at is not None and _go_on(made)


def _go_on(made: MigrationSet) -> bool:
    found = made.current_runs()
    if made.started_by is None or not found or unsigned(found) or works(made, found):
        return False
    for run in found:
        if run.is_cleaned:
            continue
        if run.job is not None:
            return False  # stopped or failed: a person resumes it
        try:
            runs.start_run(run=run, by=made.started_by)
        except DomainError as exc:  # whoever started the set may not any more: somebody else has to
            logger.warning("set does not go on set=%s run=%s why=%s", made.pk, run.pk, exc)
            return False
        return True
    return follow_links(made, found)


def follow_links(made: MigrationSet, found: Sequence[Run]) -> bool:
    """Follow the links anew where a run was cleaned since; False when they stand or were tried in vain."""
    basis = basis_of(found)
    if made.job is not None and made.basis == basis:
        return False
    made.basis = basis
    made.job = jobs.start_job(program=made.program, kind=linking.KIND, params={"set": made.pk}, by=made.started_by)
    made.save(update_fields=["basis", "job"])
    return True


def works(made: MigrationSet, found: Sequence[Run]) -> bool:
    if made.job is not None and made.job.state == JobState.RUNNING:
        return True
    return any(run.state is RunState.RUNNING for run in found)


def run_ended(run: Run) -> None:
    """A run of a set has ended: the next one begins, or the links are followed."""
    if run.migration_set_id is not None:
        go_on(run.migration_set_id)


def links_ended(job: Job) -> None:
    """Tell that a set is cleaned with its links."""
    made = MigrationSet.objects.select_related("program").get(pk=job.params["set"])
    with transaction.atomic():
        audit.record(by=None, verb=f"migration_set.links_{job.state}", subject=made, note=job.error)
        outbox.put("migration_set.linked", made, state=job.state)


@transaction.atomic
def cancel_set(*, migration_set: MigrationSet, by: User, reason: str = "") -> MigrationSet:
    """Cancel its runs, what points first; the files are free again. Raises RunRefused as `cancel_run` does."""
    policy.require(by, "data.run", migration_set)
    made = _locked(migration_set)
    if made.job is not None and made.job.state == JobState.RUNNING:
        raise RunRefused(f"{made.code} is working; stop it first.")
    for run in reversed(made.current_runs()):
        runs.cancel_run(run=run, by=by, reason=reason)
    audit.record(by=by, verb="migration_set.cancelled", subject=made, note=reason)
    return made


def _locked(migration_set: MigrationSet) -> MigrationSet:
    MigrationSet.objects.lock(migration_set.pk)
    return MigrationSet.objects.select_related("program", "job", "started_by").get(pk=migration_set.pk)
