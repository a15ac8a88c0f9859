"""Take a file in, and ask what it cannot say itself."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from crmprogram.intake import formats, mapping
from crmprogram.intake.errors import AlreadyRead, FileRefused, NeedsEncoding
from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.headers import read_headers
from crmprogram.intake.models import SourceRow, Upload, UploadState
from crmprogram.intake.read import Row
from crmprogram.intake.refusal import NeedsEncoding as Asks
from crmprogram.intake.refusal import NeedsSheet, Refusal
from crmprogram.intake.sniff import sniff
from crmprogram.intake.store import check_room, check_room_for, clean_name, limits, write_parts
from crmprogram.jobs import outbox
from crmprogram.jobs.services import start_job
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User


class Stored(NamedTuple):
    """An upload, and whether this call made it; False: the same file was there already."""

    upload: Upload
    is_new: bool


def store_upload(
    *,
    program: Program,
    by: User,
    name: str,
    stream: BinaryIO | Iterable[bytes],
    size: int | None = None,
    encoding: str = "",
    sheet: str = "",
    object: str = "",  # noqa: A002, the word of the domain
) -> Stored:
    """Keep the file once, say whose export it is, and start reading it (H1).

    `stream` is read in parts of 64 KB; `size` is what the sender says it has. The same
    file again, by its SHA-256, gives the upload that is there, and another `sheet` of a workbook
    that is there gives another upload. A file whose letters nobody can tell, or a workbook
    with rows on several sheets, is kept too and asks (state ASKS, `proposals` or `sheets`).
    Raises NotYours, Invalid, or FileRefused with the name of what the file is; then nothing
    is kept.
    """
    policy.require(by, "upload.add", program)
    check_object(object)
    folder = Path(settings.UPLOAD_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(program, folder, size or 0)
    key = uuid.uuid4()
    part = folder / f"{key}.part"
    try:
        length, digest = write_parts(part, stream, check_room_for(program, folder))
        if there := same_file(program, digest, part, sheet):
            if there.rows_gone_at is None:
                return Stored(there, False)
            take_back(there, part, by, encoding, sheet)
            return Stored(there, True)
        upload = Upload(
            program=program,
            name=clean_name(name),
            key=key,
            size_bytes=length,
            sha256=digest,
            object=object,
            object_from="person" if object else "",
            uploaded_by=by,
            uploaded_at=clock.now(),
        )
        describe(upload, part, encoding, sheet)
        try:
            enter(upload, part, by)
        except IntegrityError:
            if there := same_file(program, digest, part, upload.sheet):  # somebody else was quicker
                return Stored(there, False)
            raise
    finally:
        part.unlink(missing_ok=True)
    return Stored(upload, True)


def same_file(program: Program, digest: str, part: Path, sheet: str = "") -> Upload | None:
    """Return the upload of the same bytes, if there is one; gives it back its file should that be lost.

    With a `sheet` only the upload of that sheet is the same. A file in which somebody was
    erased, or that was let go, is not kept again: what is needed of it stands in the rows.
    """
    uploads = Upload.objects.of(program).select_related("program", "job").filter(sha256=digest)
    there = (uploads.filter(sheet__in=[sheet, ""]) if sheet else uploads).order_by("-sheet", "pk").first()
    if there is not None and there.has_file and not there.path.exists():
        part.rename(there.path)
    return there


def take_back(upload: Upload, part: Path, by: User, encoding: str, sheet: str) -> None:
    """Keep and read a file again that had been let go with its rows; it stays the upload it was."""
    describe(upload, part, encoding, sheet)
    upload.file_gone_at = upload.rows_gone_at = upload.read_at = None
    upload.uploaded_by, upload.uploaded_at, upload.error = by, clock.now(), ""
    with transaction.atomic():
        upload.save()
        part.rename(upload.path)
        audit.record(by=by, verb="upload.added", subject=upload, after=facts_of(upload))
        if upload.state == UploadState.READING:
            start_reading(upload, by)


def enter(upload: Upload, part: Path, by: User) -> None:
    """Write the upload, its trail and its job, and give the file its name, all or nothing."""
    try:
        with transaction.atomic():
            upload.number = upload.program.next_number("upload")
            upload.save()
            part.rename(upload.path)  # before the job is made, which looks at the file
            audit.record(by=by, verb="upload.added", subject=upload, after=facts_of(upload))
            outbox.put("upload.added", upload)
            if upload.state == UploadState.READING:
                start_reading(upload, by)
    except BaseException:
        upload.path.unlink(missing_ok=True)
        raise


def check_object(name: str) -> None:
    if name and name not in OBJECTS:
        raise Invalid(f"“{name}” is no kind of record. Choose one of {', '.join(OBJECTS)}.", field="object")


def describe(upload: Upload, path: Path, encoding: str, sheet: str = "") -> None:
    """Fill in how the file is read and whose export it is, or what has to be asked. Raises FileRefused."""
    try:
        found = sniff(path, name=upload.name, encoding=encoding, sheet=sheet, limits=limits())
    except Asks as asks:
        upload.state = UploadState.ASKS
        upload.proposals = [proposal._asdict() for proposal in asks.proposals]
        return
    except NeedsSheet as asks:
        upload.state = UploadState.ASKS
        upload.sheets = asks.sheets
        return
    except Refusal as refusal:
        raise FileRefused.of(refusal) from refusal
    upload.state = UploadState.READING
    upload.proposals = []
    upload.encoding, upload.encoding_from, upload.delimiter = found.encoding, found.encoding_from, found.delimiter
    upload.sheet, upload.sheets = found.sheet, list(found.sheets)
    upload.headers, upload.originals = found.headers.labels, found.headers.originals
    upload.warnings = [*found.notes, *found.headers.warnings]
    recognise_upload(upload, [record.cells for record in found.first if isinstance(record, Row)])


def recognise_upload(upload: Upload, first_rows: list[list[str]]) -> None:
    """Say whose export the upload is; what a person said its records are stays."""
    found = formats.recognise(upload.originals, first_rows)
    chosen, why = found.format, found.why
    if upload.object_from != "person":
        upload.object, upload.object_from = found.object, "content" if found.object else ""
    elif upload.object != found.object:
        chosen = formats.by_slug(f"generic-{upload.object}")
        why = f"You said that these are {OBJECTS[upload.object].lower()}; the columns are mapped by common names."
    upload.format_slug, upload.confidence, upload.why = chosen.slug, chosen.confidence, why[:300]
    columns = read_headers(upload.originals)
    places = chosen.map_headers([column.key for column in columns.columns], columns.duplicated())
    upload.mapped = [places.get(index, "") for index in range(len(upload.originals))]
    mapping.recall(upload)


def facts_of(upload: Upload) -> dict[str, Any]:
    """What the trail keeps of an upload."""
    return {
        "name": upload.name,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
        "encoding": upload.encoding,
        "sheet": upload.sheet,
        "format": upload.format_slug,
        "object": upload.object,
    }


def start_reading(upload: Upload, by: User) -> None:
    """Make the job that reads the upload, in the caller's transaction."""
    upload.job = start_job(program=upload.program, kind="intake", params={"upload": upload.pk}, by=by)
    upload.save(update_fields=["job"])


def declare_encoding(*, upload: Upload, by: User, encoding: str) -> Upload:
    """Answer the question of an upload that asks, and start reading it.

    Raises NotYours, AlreadyRead, or FileRefused if the answer cannot be right.
    """
    policy.require(by, "upload.add", upload)
    if upload.sheets:
        raise AlreadyRead(f"{upload.code} is an Excel workbook, which has no encoding to choose.")
    if not encoding:
        raise NeedsEncoding("Choose the encoding in which the preview reads right.", proposals=upload.proposals)
    with transaction.atomic():
        upload = Upload.objects.select_related("program").lock(upload.pk)
        if upload.state != UploadState.ASKS:
            raise AlreadyRead(f"{upload.code} does not ask for its encoding; it is read as {upload.encoding}.")
        describe(upload, upload.path, encoding)
        upload.save()
        audit.record(by=by, verb="upload.encoding_declared", subject=upload, after={"encoding": upload.encoding})
        start_reading(upload, by)
    return upload


def declare_sheet(*, upload: Upload, by: User, sheet: str) -> Upload:
    """Say which sheet of a workbook is read, and start reading it; returns the upload of that sheet.

    An upload that asks takes the sheet itself. From one that has its sheet another upload is
    made of the same file, or the one found that reads that sheet already. Raises NotYours,
    Invalid for a sheet without rows, or FileRefused.
    """
    policy.require(by, "upload.add", upload)
    if sheet not in {each["name"] for each in upload.sheets if each["rows"]}:
        raise Invalid("Choose one of the sheets with rows.", field="sheet")
    there = Upload.objects.of(upload.program).filter(sha256=upload.sha256, sheet=sheet).first()
    if there is not None:
        return there
    if not upload.path.exists():
        raise FileRefused("gone", f"The file of {upload.code} is gone. Upload it again and name the sheet “{sheet}”.")
    if upload.state != UploadState.ASKS:
        return read_another_sheet(upload, by, sheet)
    describe(upload, upload.path, "", sheet)  # takes seconds: before the transaction, which locks
    with transaction.atomic():
        if Upload.objects.lock(upload.pk).state != UploadState.ASKS:
            raise AlreadyRead(f"Somebody else has chosen the sheet of {upload.code} already.")
        upload.save()
        audit.record(by=by, verb="upload.sheet_declared", subject=upload, after={"sheet": sheet})
        start_reading(upload, by)
    return upload


def read_another_sheet(upload: Upload, by: User, sheet: str) -> Upload:
    """Make an upload of another sheet of the same file; on the disk the bytes lie once."""
    check_room(upload.program, upload.path.parent, upload.size_bytes)
    other = Upload(
        program=upload.program,
        name=upload.name,
        key=uuid.uuid4(),
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    part = upload.path.with_name(f"{other.key}.part")
    os.link(upload.path, part)
    try:
        describe(other, part, "", sheet)
        enter(other, part, by)
    except IntegrityError:  # somebody else was quicker
        return Upload.objects.of(upload.program).get(sha256=upload.sha256, sheet=sheet)
    finally:
        part.unlink(missing_ok=True)
    return other


def declare_object(*, upload: Upload, by: User, object: str) -> Upload:  # noqa: A002
    """Say what the records of an upload are, against or without the recognition."""
    policy.require(by, "upload.add", upload)
    check_object(object)
    with transaction.atomic():
        upload = Upload.objects.select_related("program").lock(upload.pk)
        if not object or upload.object == object:
            return upload
        before = {"object": upload.object}
        upload.object, upload.object_from = object, "person"
        recognise_upload(upload, first_cells(upload))
        upload.save()
        audit.record(by=by, verb="upload.object_declared", subject=upload, before=before, after={"object": object})
    return upload


def first_cells(upload: Upload, count: int = 20) -> list[list[str]]:
    """The cells of the first good rows that are read already."""
    return [row.values for row in SourceRow.objects.of_upload(upload.pk).good()[:count]]
