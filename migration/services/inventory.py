"""Which systems hold customer data, whose they are, and what was exported from them (H1)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, Sum

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import Upload
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from migration.models import SourceSystem


def systems_of(program: Program):
    """The inventory by name with what was exported: `exported_at`, `exported_rows`."""
    found = SourceSystem.objects.of(program).prefetch_related("uploads").select_related("changed_by")
    told = found.annotate(exported_at=Max("uploads__uploaded_at"), exported_rows=Sum("uploads__read_count"))
    return told.order_by("name", "object")


@transaction.atomic
def save_system(
    *,
    program: Program,
    by: User,
    name: str,
    object: str,  # noqa: A002, the field's name
    owner: str,
    record_count: int = 0,
    is_migrated: bool = True,
    reason: str = "",
    uploads: Any = (),
    system: SourceSystem | None = None,
) -> SourceSystem:
    """Add a system, or correct `system`. Raises Invalid without an owner, or without a reason for leaving it."""
    policy.require(by, "data.standard", program)
    name, owner, reason = name.strip(), owner.strip(), reason.strip()
    if not name or not owner:
        raise Invalid("Name the system, and the role that answers for it.", field="owner")
    if object not in OBJECTS:
        raise Invalid("Say which kind of record it holds.", field="object")
    if not is_migrated and not reason:
        raise Invalid("Say why it does not come along; nothing is lost without a reason.", field="reason")
    twin = SourceSystem.objects.of(program).filter(name=name, object=object)
    if (twin.exclude(pk=system.pk) if system else twin).exists():
        raise Invalid(f"{name} is in the inventory with these records already.", field="name")
    system = system or SourceSystem(program=program)
    values = {
        "name": name, "object": object, "owner": owner, "record_count": record_count, "is_migrated": is_migrated,
        "reason": reason,
    }  # fmt: skip
    before, after = audit.changes(system, values)
    system.changed_by, system.changed_at = by, clock.now()
    system.save()
    system.uploads.set(Upload.objects.of(program).filter(pk__in=[one.pk for one in uploads]))
    audit.record(by=by, verb="source_system.saved", subject=system, before=before, after=after)
    return system


@transaction.atomic
def remove_system(*, system: SourceSystem, by: User) -> None:
    """Take a system out of the inventory; its exports stay."""
    policy.require(by, "data.standard", system)
    audit.record(by=by, verb="source_system.removed", subject=system, before={"name": system.name})
    system.delete()


def missing_sentences(program: Program) -> list[str]:
    """What the inventory still lacks, one sentence each (H1)."""
    said = []
    systems = list(systems_of(program))
    for one in systems:
        if one.is_migrated and one.exported_at is None:
            said.append(f"{one.name} has no export yet.")
        elif one.is_migrated and one.record_count and one.exported_rows != one.record_count:
            said.append(f"{one.name} holds {one.record_count:,} records, its exports {one.exported_rows:,}.")
    named = {upload.pk for one in systems for upload in one.uploads.all()}
    if stray := Upload.objects.of(program).read().exclude(pk__in=named).count():
        said.append(f"{stray} {'export belongs' if stray == 1 else 'exports belong'} to no system of the inventory.")
    return said
