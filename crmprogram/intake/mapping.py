"""Whose export a file is and what its columns are, as a person says it; said once, remembered for the next file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from crmprogram.intake import formats
from crmprogram.intake.errors import AlreadyRead
from crmprogram.intake.fields import FIELDS, OBJECTS, Field, fields_of
from crmprogram.intake.headers import normalise, read_headers
from crmprogram.intake.models import ColumnMap, SourceRow, Upload, UploadState
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User

SAMPLES = 3
LOOKED_AT = 200  # rows


class MappedColumn(NamedTuple):
    """A column: its label, what it holds, our field ("" for none), and whether its header stands twice."""

    place: int
    label: str
    samples: list[str]
    field: str
    is_double: bool


def headers_key(originals: list[str]) -> str:
    """The same for files with the same headers, whatever their order and spelling."""
    keys = sorted(normalise(one) for one in originals)
    return hashlib.sha256(json.dumps(keys, ensure_ascii=False).encode()).hexdigest()


def recall(upload: Upload) -> None:
    """Map an upload as a person mapped a file with the same headers before; nothing when nobody did."""
    key = headers_key(upload.originals)
    known = ColumnMap.objects.of(upload.program).filter(headers_key=key).select_related("decided_by").first()
    if known is None or (upload.object_from == "person" and upload.object != known.object):
        return
    upload.object, upload.object_from, upload.confidence = known.object, "person", 100
    upload.format_slug = known.format_slug or upload.format_slug
    upload.mapped = [known.fields.get(normalise(label), "") for label in upload.headers]
    upload.why = f"{known.decided_by.display} mapped these columns on {known.decided_at:%Y-%m-%d}."[:300]


def columns_of(upload: Upload, obj: str = "") -> list[MappedColumn]:
    """The columns with samples; for another object than the upload's, mapped by common names."""
    headers = read_headers(upload.originals)
    double = headers.duplicated()
    mapped = upload.mapped
    if obj and obj != upload.object:
        form = formats.by_slug(f"generic-{obj}") if obj in FIELDS and _has_generic(obj) else None
        places = form.map_headers([one.key for one in headers.columns], double) if form else {}
        mapped = [places.get(at, "") for at in range(len(upload.originals))]
    rows = SourceRow.objects.of_upload(upload.pk).good().values_list("cells", flat=True)[:LOOKED_AT]
    samples: list[dict[str, None]] = [{} for _ in upload.originals]
    for cells in map(json.loads, rows):
        for at, cell in enumerate(cells[: len(samples)]):
            if cell.strip() and len(samples[at]) < SAMPLES:
                samples[at].setdefault(cell.strip()[:60])
    return [
        MappedColumn(one.place, one.label, list(samples[one.place]), mapped[one.place], one.key in double)
        for one in headers.columns
    ]


def _has_generic(obj: str) -> bool:
    return any(one.slug == f"generic-{obj}" for one in formats.all_formats())


def choices_of(obj: str) -> list[Field]:
    """The fields of an object; none for one that is not known."""
    return list(FIELDS.get(obj, ()))


@transaction.atomic
def declare_columns(*, upload: Upload, by: User, object: str, fields: Mapping[str, str]) -> Upload:  # noqa: A002
    """Say what the records are and which column ({label: field}) holds what; files with these headers follow.

    Raises NotYours, Invalid (an unknown object, column or field, or one field twice), or AlreadyRead while
    the file still asks how it is read.
    """
    policy.require(by, "upload.add", upload)
    if object not in OBJECTS:
        raise Invalid("Choose what the records are.", field="object")
    known = fields_of(object)
    wanted = {label: name for label, name in fields.items() if name}
    if odd := sorted(set(wanted) - set(upload.headers)):
        raise Invalid(f"The file has no column “{odd[0]}”.", field="fields")
    if odd := sorted(set(wanted.values()) - set(known)):
        raise Invalid(f"“{odd[0]}” is no field of {OBJECTS[object].lower()}.", field="fields")
    names = list(wanted.values())
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise Invalid(f"“{known[twice[0]].label}” is chosen for two columns.", field="fields")
    upload = _open(upload)
    before = {"object": upload.object, "columns": _said(upload)}
    ColumnMap.objects.update_or_create(
        program=upload.program,
        headers_key=headers_key(upload.originals),
        defaults={
            "object": object,
            "fields": {normalise(label): name for label, name in wanted.items()},
            "format_slug": upload.format_slug if upload.object == object else "",
            "decided_by": by,
            "decided_at": clock.now(),
        },
    )
    upload.object, upload.object_from = object, "person"
    recall(upload)
    upload.save()
    audit.record(
        by=by, verb="upload.columns_declared", subject=upload, before=before,
        after={"object": object, "columns": _said(upload)},
    )  # fmt: skip
    return upload


@transaction.atomic
def declare_format(*, upload: Upload, by: User, slug: str) -> Upload:
    """Say whose export a file is, against the recognition: its columns are mapped by that format.

    Raises NotYours, Invalid, or AlreadyRead while the file still asks how it is read.
    """
    policy.require(by, "upload.add", upload)
    try:
        form = formats.by_slug(slug)
    except KeyError as exc:
        raise Invalid(f"“{slug}” is no format. One is “{formats.all_formats()[0].slug}”.", field="format") from exc
    upload = _open(upload)
    headers = read_headers(upload.originals)
    places = form.map_headers([one.key for one in headers.columns], headers.duplicated())
    if not places:
        raise Invalid(f"No column of this file is one of {form.label}.", field="format")
    before = {"format": upload.format_slug, "object": upload.object}
    upload.format_slug, upload.object, upload.object_from = form.slug, form.object, "person"
    upload.confidence, upload.why = form.confidence, "You said whose export this is."
    upload.mapped = [places.get(at, "") for at in range(len(upload.originals))]
    upload.save()
    audit.record(
        by=by, verb="upload.format_declared", subject=upload, before=before,
        after={"format": form.slug, "object": form.object},
    )  # fmt: skip
    return upload


def _open(upload: Upload) -> Upload:
    found = Upload.objects.select_related("program").lock(upload.pk)
    if found.state == UploadState.ASKS:
        raise AlreadyRead(f"{found.code} has to say first how it is read.")
    return found


def _said(upload: Upload) -> dict[str, str]:
    return {label: name for label, name in zip(upload.headers, upload.mapped, strict=True) if name}
