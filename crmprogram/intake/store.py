"""Files on the disk: how much room there is for them, and how they are written and called."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db.models import Sum

from crmprogram.intake.errors import FileRefused
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.models import Upload
from crmprogram.program.models import Program

PART = 65_536
SPARE_BYTES = 256 * 1024 * 1024  # what must stay free on the disk


def limits() -> Limits:
    """The ceilings of this installation."""
    return replace(LIMITS, file_bytes=settings.UPLOAD_MAX_BYTES)


def too_large() -> FileRefused:
    """The refusal of a file above the ceiling."""
    most = settings.UPLOAD_MAX_BYTES // 1_048_576
    return FileRefused("too_large", f"This file has more than {most:,} MB. Split it and upload the parts one by one.")


def check_room(program: Program, folder: Path, size: int) -> None:
    """Raise FileRefused if a file of `size` bytes is too large, or finds no room in the quota or on the disk."""
    if size > settings.UPLOAD_MAX_BYTES:
        raise too_large()
    used = used_bytes(program)
    if used + size > settings.UPLOAD_QUOTA_BYTES:
        raise FileRefused(
            "quota",
            f"The files of this program would need more than {settings.UPLOAD_QUOTA_BYTES // 1024**3} GB. "
            "Ask your administrator for more room.",
        )
    if shutil.disk_usage(folder).free < size + SPARE_BYTES:
        raise FileRefused("disk_full", "The disk of this installation is nearly full. Ask your administrator for room.")


def used_bytes(program: Program) -> int:
    """What the kept files of a program take."""
    there = Upload.objects.of(program).filter(file_gone_at=None, erased_at=None)
    return there.aggregate(total=Sum("size_bytes"))["total"] or 0


def check_room_for(program: Program, folder: Path):
    """Return a check for the bytes written so far; the sender's word about the size is not enough."""
    used = used_bytes(program)
    most = min(settings.UPLOAD_MAX_BYTES, max(0, settings.UPLOAD_QUOTA_BYTES - used))

    def check(length: int) -> None:
        if length > most:
            check_room(program, folder, length)

    return check


def write_parts(path: Path, stream: BinaryIO | Iterable[bytes], check) -> tuple[int, str]:
    """Write the stream to `path` in parts; return its length and SHA-256."""
    digest, length = hashlib.sha256(), 0
    with path.open("xb") as kept:
        path.chmod(0o600)
        for part in parts_of(stream):
            length += len(part)
            check(length)
            digest.update(part)
            kept.write(part)
    return length, digest.hexdigest()


def parts_of(stream: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(stream, "read"):
        return iter(lambda: stream.read(PART), b"")
    return stream


def clean_name(name: str) -> str:
    """Return the last part of a path as a person's machine wrote it, without control characters.

    Browsers write three characters of a name as their percent codes: the quote and the two
    of a line break (WHATWG HTML, multipart/form-data).
    """
    for code, char in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        name = name.replace(code, char)
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[-255:].strip() or "file.csv"
