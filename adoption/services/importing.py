"""Files from the command line: kept, read and counted as the pages do it, here and now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from adoption.errors import ImportRefused
from adoption.models import Counting
from adoption.services.counting import EXAMPLES, start_counting
from crmprogram.intake import mapping
from crmprogram.intake.models import Upload, UploadState
from crmprogram.intake.services import declare_sheet, store_upload
from crmprogram.jobs.models import JobState
from crmprogram.jobs.services import work_together
from crmprogram.program.models import Membership, Program, Role, User
from crmprogram.program.policy import can


@dataclass(frozen=True)
class Answers:
    """What a person says of a file that it does not say itself; "" and {} leave it to the file."""

    format: str = ""
    object: str = ""
    encoding: str = ""
    sheet: str = ""
    zone: str = ""
    order: str = ""
    as_of: date | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def importer_of(program: Program, username: str = "") -> User:
    """Who imports: the member with this name, else the first who may. Raises ImportRefused."""
    members = Membership.objects.filter(program=program, is_active=True).select_related("user").order_by("pk")
    if username:
        found = members.filter(user__username=username).first()
        if found is None:
            raise ImportRefused(f"{program.name} has no member “{username}”.")
        return found.user
    first = sorted(members, key=lambda one: one.role != Role.SALES_OPS)
    for one in first:
        if can(one.user, "adoption.import", program):
            return one.user
    raise ImportRefused(f"Nobody in {program.name} may count exports.")


def import_file(*, program: Program, by: User, path: Path, answers: Answers) -> Counting:
    """Keep, read and count one file. The same file again counts what is there, and changes nothing.

    Raises NotYours, or a DomainError that says what the file is or what it asks.
    """
    with path.open("rb") as stream:
        upload = store_upload(
            program=program, by=by, name=path.name, stream=stream, size=path.stat().st_size,
            encoding=answers.encoding, sheet=answers.sheet, object=answers.object,
        ).upload  # fmt: skip
    if answers.sheet and upload.sheets:
        upload = declare_sheet(upload=upload, by=by, sheet=answers.sheet)
    if upload.state == UploadState.ASKS:
        raise ImportRefused(f"{upload.name}: {_question(upload)}", ask="sheet" if upload.sheets else "encoding")
    if upload.job is not None:
        work_together(upload.job)
    upload = Upload.objects.select_related("program", "job").get(pk=upload.pk)
    if upload.state != UploadState.READ:
        raise ImportRefused(f"{upload.name}: {upload.error or 'it could not be read'}")
    if answers.format:
        upload = mapping.declare_format(upload=upload, by=by, slug=answers.format)
    if answers.columns:
        said = dict(zip(upload.headers, upload.mapped, strict=True)) | dict(answers.columns)
        upload = mapping.declare_columns(upload=upload, by=by, object=answers.object or upload.object, fields=said)
    counting = start_counting(upload=upload, by=by, order=answers.order, zone=answers.zone, as_of=answers.as_of)
    assert counting.job is not None
    job = work_together(counting.job)
    if job.state != JobState.DONE:
        raise ImportRefused(f"{upload.name}: {job.error or job.get_state_display()}")
    return Counting.objects.select_related("upload", "program", "job").get(pk=counting.pk)


def _question(upload: Upload) -> str:
    if upload.sheets:
        return f"say which sheet is read: {', '.join(one['name'] for one in upload.sheets if one['rows'])}."
    return f"say the encoding: {', '.join(one['encoding'] for one in upload.proposals)}."


def account_of(counting: Counting) -> dict[str, Any]:
    """The account of a counted file, for a person or a program to read."""
    upload, counts = counting.upload, counting.counts
    return {
        "file": upload.name,
        "upload": upload.code,
        "format": upload.format_slug,
        "format_label": upload.format_label,
        "object": counting.object,
        "recognised": upload.why,
        "encoding": upload.encoding,
        "clock": counting.clock,
        "zone": counting.zone,
        "date_orders": counting.orders,
        "as_of": str(counting.as_of),
        "columns": {header: name for header, name in zip(upload.headers, upload.mapped, strict=True) if name},
        "columns_not_read": [header for header, name in zip(upload.headers, upload.mapped, strict=True) if not name],
        "account": {
            "read": upload.read_count,
            "kept": upload.kept_count,
            "quarantined": upload.quarantined_count,
            "blank": upload.blank_count,
        },
        "put_aside": [one.as_dict() for one in upload.issues.order_by("line", "pk")[:EXAMPLES]],
        **counts,
    }
