"""Write, share and sign the strategy artifacts that are documents (P5)."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Position, Program, User
from phases.models import ArtifactKind, ArtifactSignature, ArtifactVersion
from phases.services.saving import save_checked

MEGABYTES_AT_MOST = 20
BYTES_AT_MOST = MEGABYTES_AT_MOST * 1024 * 1024
NAME_AT_MOST = 200


@transaction.atomic
def write_artifact(
    *,
    program: Program,
    by: User,
    kind: str,
    seen_number: int,
    body: str = "",
    owner: Position | None = None,
    file: BinaryIO | None = None,
    file_name: str = "",
    keep_file: bool = False,
) -> ArtifactVersion:
    """Write the next version, as text, a file, or both; `keep_file` takes the last version's file along.

    `seen_number` is the version the writer saw, 0 for none. Raises Conflict when somebody wrote one
    since, Invalid for a version that says nothing, an owner of another program, or a file above 20 MB.
    """
    policy.require(by, "artifact.edit", program)
    if kind not in ArtifactKind.values:
        raise Invalid("There is no such artifact.", field="kind")
    if owner is not None and owner.program_id != program.pk:
        raise Invalid("This position belongs to another program.", field="owner")
    last = ArtifactVersion.objects.of(program).filter(kind=kind).order_by("-number").first()
    if (last.number if last else 0) != seen_number:
        raise Conflict("Somebody wrote a newer version meanwhile. Load it, and put your change in once more.")
    one = ArtifactVersion(
        program=program,
        kind=kind,
        number=seen_number + 1,
        owner=owner,
        body=body.strip(),
        written_by=by,
        written_at=clock.now(),
    )
    if file is not None:
        _attach(one, file, file_name)
    elif keep_file and last is not None:
        one.file_name, one.file_sha256, one.file_bytes = last.file_name, last.file_sha256, last.file_bytes
    if not one.body and not one.file_sha256:
        raise Invalid("Write it down, or attach the file.", field="body")
    try:
        with transaction.atomic():
            save_checked(one)
    except IntegrityError as exc:
        raise Conflict("Somebody wrote a newer version a moment ago. Load it first.") from exc
    after = {"kind": kind, "version": one.number, "file": one.file_name, "owner": str(owner or "")}
    audit.record(by=by, verb="artifact.written", subject=one, after=after)
    return one


@transaction.atomic
def share_artifact(*, version: ArtifactVersion, by: User) -> ArtifactVersion:
    """Put the newest version before the program; from then on it can be signed."""
    policy.require(by, "artifact.edit", version)
    version = _newest(version)
    if version.shared_at is not None:
        raise Invalid(f"Version {version.number} is shared already.")
    version.shared_at, version.shared_by = clock.now(), by
    version.save(update_fields=["shared_at", "shared_by"])
    audit.record(by=by, verb="artifact.shared", subject=version, after={"version": version.number})
    outbox.put("artifact.shared", version, kind=version.kind, version=version.number)
    return version


@transaction.atomic
def sign_artifact(*, version: ArtifactVersion, by: User) -> ArtifactSignature:
    """Sign the newest shared version, as the sponsor or the VP sales; once by each.

    Raises Conflict when a newer one was written, Invalid when it is not shared or signed by this person.
    """
    policy.require(by, "artifact.sign", version)
    version = _newest(version)
    if version.shared_at is None:
        raise Invalid(f"Version {version.number} is a draft. It is signed once it is shared.")
    if version.signatures.filter(signed_by=by).exists():
        raise Invalid(f"You have signed version {version.number} already.")
    membership = policy.membership_of(by, version.program)
    assert membership is not None
    signature = ArtifactSignature.objects.create(
        version=version, signed_by=by, role=membership.role, signed_at=clock.now()
    )
    audit.record(by=by, verb="artifact.signed", subject=version, after={"version": version.number})
    outbox.put("artifact.signed", version, kind=version.kind, version=version.number)
    return signature


def artifact_path(digest: str) -> str:
    """Where a file is kept, once, by its SHA-256."""
    return f"artifacts/{digest[:2]}/{digest}"


def _attach(one: ArtifactVersion, file: BinaryIO, file_name: str) -> None:
    content = file.read(BYTES_AT_MOST + 1)
    if not content or len(content) > BYTES_AT_MOST:
        raise Invalid(f"Attach one file that is not empty, of at most {MEGABYTES_AT_MOST} MB.", field="file")
    one.file_name = file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-NAME_AT_MOST:] or "file"
    one.file_sha256, one.file_bytes = hashlib.sha256(content).hexdigest(), len(content)
    path = artifact_path(one.file_sha256)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))


def _newest(version: ArtifactVersion) -> ArtifactVersion:
    """The version, locked; a newer one is a Conflict: nobody shares or signs what is out of date."""
    version = ArtifactVersion.objects.lock(version.pk)
    newer = ArtifactVersion.objects.filter(program=version.program_id, kind=version.kind, number__gt=version.number)
    if newer.exists():
        raise Conflict("A newer version was written. Load it before you go on.")
    return version
