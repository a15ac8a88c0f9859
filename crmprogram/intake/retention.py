"""How long uploads are kept: the file goes after some days, and its rows with it where nothing stands on them.

What a program makes of a file stands in its rows; the account, the checksum and the trail
stay for good. Rows that a holder names stay while it names them: a merge can be undone at
any later time only as long as its rows are there. The days count from the upload.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from crmprogram.intake.models import RowIssue, SourceRow, Upload, UploadState, row_id
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.jobs.services import start_job
from crmprogram.program import audit, clock
from crmprogram.program.models import Program

CHUNK = 10_000
UNREAD = "Nobody said how to read it, and files are kept {days} days. Upload it again to read it."


class Holder(NamedTuple):
    """Who stands on rows: `uploads` are the keys of their files; `forget` empties what else was noted of files."""

    uploads: Callable[[], QuerySet[Any]]
    forget: Callable[[Iterable[int]], None]


class Kept(NamedTuple):
    """Until when a file and its rows are kept; None for ever. `is_held`: something stands on the rows."""

    file_until: datetime | None
    rows_until: datetime | None
    is_held: bool


HOLDERS: list[Holder] = []


def holder(uploads: Callable[[], QuerySet[Any]], *, forget: Callable[[Iterable[int]], None] = lambda _: None) -> None:
    """Register one; upper floors do."""
    HOLDERS.append(Holder(uploads, forget))


def held() -> Q:
    """The condition that something stands on an upload's rows."""
    found = Q(pk__in=[])
    for one in HOLDERS:
        found |= Q(pk__in=one.uploads())
    return found


def kept(upload: Upload) -> Kept:
    """Until when this file and its rows stay. One query."""
    is_held = Upload.objects.filter(held(), pk=upload.pk).exists()
    until = upload.uploaded_at + timedelta(days=settings.UPLOAD_KEEP_DAYS) if settings.UPLOAD_KEEP_DAYS else None
    return Kept(until, None if is_held else until, is_held)


def due() -> QuerySet[Upload]:
    """Uploads of which the file, or rows that nothing stands on, have been kept long enough."""
    if not settings.UPLOAD_KEEP_DAYS:
        return Upload.objects.none()
    before = clock.now() - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    old = Upload.objects.filter(uploaded_at__lte=before).exclude(state=UploadState.READING)
    has_file = Q(file_gone_at=None, erased_at=None)
    return old.filter(has_file | (Q(rows_gone_at=None) & ~held()))


def sweep() -> list[Job]:
    """Begin the work in every program where something is due and none is under way."""
    at_it = Job.objects.filter(kind="retention", state=JobState.RUNNING, program=OuterRef("pk"))
    programs = Program.objects.filter(pk__in=due().values("program")).exclude(Exists(at_it))
    return [start_job(program=one, kind="retention", params={}) for one in programs]


def plan_files(program: Program) -> list[ShardPlan]:
    """One shard for each upload of which something is due."""
    uploads = due().filter(program=program).order_by("pk")
    return [ShardPlan({"upload": pk}, total=max(1, many)) for pk, many in uploads.values_list("pk", "read_count")]


def let_go(work: Work) -> None:
    """Delete the file of one upload, and its rows where nothing stands on them."""
    upload = Upload.objects.select_related("program").get(pk=work.params["upload"])
    with work.commit():
        Program.objects.lock(upload.program_id)  # no run begins with the rows meanwhile
        _settle(upload)
    if upload.rows_gone_at is not None:
        _delete_rows(upload, work)
    with work.commit(done=work.shard.total):
        pass


def _settle(upload: Upload) -> None:
    """Write down what goes, and let the file go when that is written."""
    before = upload.has_file, upload.rows_gone_at
    if upload.has_file:
        upload.file_gone_at = clock.now()
        transaction.on_commit(partial(upload.path.unlink, missing_ok=True))
    if upload.rows_gone_at is None and not Upload.objects.filter(held(), pk=upload.pk).exists():
        upload.rows_gone_at = clock.now()
        for one in HOLDERS:
            one.forget([upload.pk])
    if upload.state == UploadState.ASKS:
        upload.state, upload.error = UploadState.FAILED, UNREAD.format(days=settings.UPLOAD_KEEP_DAYS)
        upload.proposals = []
    upload.save(update_fields=["file_gone_at", "rows_gone_at", "state", "error", "proposals"])
    if before != (upload.has_file, upload.rows_gone_at):
        gone = {"file": before[0], "rows": upload.read_count if upload.rows_gone_at else 0}
        audit.record(by=None, verb="upload.let_go", subject=upload, after=gone)


def _delete_rows(upload: Upload, work: Work) -> None:
    """Delete the rows in their order, a chunk a commit."""
    while (first := SourceRow.objects.of_upload(upload.pk).values_list("pk", flat=True).first()) is not None:
        last = min(first + CHUNK, row_id(upload.pk + 1, 0)) - 1
        with work.commit(done=min(last - row_id(upload.pk, 0), work.shard.total)):
            RowIssue.objects.filter(upload=upload, row_id__gte=first, row_id__lte=last).delete()
            SourceRow.objects.filter(pk__gte=first, pk__lte=last).delete()
