"""The file beside a rating: evidence as a note or a link is (V3)."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from crmprogram.program import clock
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User
from scorecard.models import Criterion, Rater, Rating, Vendor
from scorecard.services.card import own_sheet

MEGABYTES_AT_MOST = 10
BYTES_AT_MOST = MEGABYTES_AT_MOST * 1024 * 1024
NAME_AT_MOST = 200


@transaction.atomic
def attach_file(
    *, rater: Rater, vendor: Vendor, criterion: Criterion, by: User, file: BinaryIO, file_name: str
) -> Rating:
    """Keep one file with a cell of the own sheet, in place of the one before; the cell may be rated later.

    Raises Invalid for an empty file or one of more than 10 MB, RatingRefused once the sheet is submitted.
    """
    rater = own_sheet(rater, by)
    if vendor.program_id != rater.scorecard.program_id or criterion.scorecard_id != rater.scorecard_id:
        raise Invalid("This cell belongs to another scorecard.")
    content = file.read(BYTES_AT_MOST + 1)
    if not content or len(content) > BYTES_AT_MOST:
        raise Invalid(f"Attach one file that is not empty, of at most {MEGABYTES_AT_MOST} MB.", field="file")
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-NAME_AT_MOST:]
    rating = Rating.objects.filter(rater=rater, vendor=vendor, criterion=criterion).first()
    rating = rating or Rating(rater=rater, vendor=vendor, criterion=criterion, version=0)
    before = rating.file_sha256
    rating.file_name, rating.file_bytes = name or "file", len(content)
    rating.file_sha256 = hashlib.sha256(content).hexdigest()
    rating.rated_at = clock.now()
    rating.full_clean()
    path = evidence_path(rating.file_sha256)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))
    rating.save()
    _forget(before)
    return rating


@transaction.atomic
def detach_file(*, rating: Rating, by: User) -> Rating:
    """Take the file of a cell of the own sheet away."""
    own_sheet(rating.rater, by)
    rating = Rating.objects.get(pk=rating.pk)
    before = rating.file_sha256
    rating.file_name, rating.file_sha256, rating.file_bytes = "", "", 0
    rating.rated_at = clock.now()
    rating.save()
    _forget(before)
    return rating


def evidence_path(digest: str) -> str:
    """Where a file is kept, once, by its SHA-256."""
    return f"evidence/{digest[:2]}/{digest}"


def _forget(digest: str) -> None:
    """Delete the content when no rating has it any more, after the transaction."""

    def delete() -> None:
        if not Rating.objects.filter(file_sha256=digest).exists():
            default_storage.delete(evidence_path(digest))

    if digest:
        transaction.on_commit(delete)
