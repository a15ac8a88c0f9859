"""Write and sign the configuration spec, and record what is configured and tested (Audit content, C2, P4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, DomainError, Invalid
from crmprogram.program.models import Program, User
from phases.models import Build, ConfigItem, ConfigRecord, ItemKind, Progress, Requirement, SpecSignature
from phases.queries import configuration as queries
from phases.services.saving import expect_version, save_checked

FIELDS = (
    "kind",
    "parent",
    "name",
    "definition",
    "owner",
    "fields_to_advance",
    "exit_criterion",
    "is_vendor_default",
    "is_common",
    "build",
    "spent",
)


class StillHasStages(DomainError):
    """A pipeline goes after its stages."""

    code = "still_has_stages"


@transaction.atomic
def add_item(*, program: Program, by: User, requirements: Sequence[Requirement] = (), **values: Any) -> ConfigItem:
    """Specify one thing to set up; a stage goes to the end of its pipeline."""
    policy.require(by, "audit.edit", program)
    one = ConfigItem(program=program, number=program.next_number("config item"), changed_at=clock.now())
    _put(one, values)
    one.order = (_siblings(one).aggregate(last=Max("order"))["last"] or 0) + 1
    save_checked(one)
    _serve(one, requirements)
    audit.record(by=by, verb="config.specified", subject=one, after={"kind": one.kind, "name": one.name})
    return one


@transaction.atomic
def change_item(
    *, item: ConfigItem, by: User, seen_version: int, requirements: Sequence[Requirement] | None = None, **values: Any
) -> ConfigItem:
    """Change the spec of an item; what was recorded of it holds no longer. None leaves the requirements.

    To serve other requirements is no other configuration: the record stands.
    """
    policy.require(by, "audit.edit", item)
    one = _locked(item)
    expect_version(one.version, seen_version, f"item {one.number}")
    before, after = _put(one, values)
    if after:
        one.version += 1
        one.changed_at = clock.now()
        save_checked(one)
    if requirements is not None:
        was = sorted(one.requirements.values_list("number", flat=True))
        now = sorted(requirement.number for requirement in requirements)
        if was != now:
            _serve(one, requirements)
            before["requirements"], after["requirements"] = was, now
    if after:
        audit.record(by=by, verb="config.changed", subject=one, before=before, after=after)
    return one


@transaction.atomic
def move_item(*, item: ConfigItem, by: User, up: bool) -> None:
    """Exchange an item with its neighbour of the same kind, a stage within its pipeline."""
    policy.require(by, "audit.edit", item)
    one = _locked(item)
    rows = list(_siblings(one).select_for_update(of=("self",)).order_by("order", "number"))
    at = next(i for i, row in enumerate(rows) if row.pk == one.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for order, row in enumerate(rows, start=1):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])
    audit.record(by=by, verb="config.moved", subject=one, after={"up": up})


@transaction.atomic
def remove_item(*, item: ConfigItem, by: User, seen_version: int) -> None:
    """Take an item out of the spec. Raises StillHasStages for a pipeline that has some."""
    policy.require(by, "audit.edit", item)
    one = _locked(item)
    expect_version(one.version, seen_version, f"item {one.number}")
    if stages := one.stages.count():
        raise StillHasStages(f"{one.name} has {stages} stages. Remove them first.", stages=stages)
    audit.record(by=by, verb="config.removed", subject=one, before={"kind": one.kind, "name": one.name})
    one.delete()


@transaction.atomic
def record_progress(
    *, item: ConfigItem, by: User, seen_version: int, progress: str, evidence: str, link: str = ""
) -> ConfigRecord:
    """Record that an item is configured or tested as it is specified now, and what shows it.

    Raises Conflict when the spec changed since it was shown, Invalid for a test of what was never configured.
    """
    policy.require(by, "config.record", item)
    one = _locked(item)
    expect_version(one.version, seen_version, f"item {one.number}")
    if progress != Progress.CONFIGURED and not one.records.filter(version=one.version).exists():
        raise Invalid("It is tested once it is configured: record that first.", field="progress")
    made = ConfigRecord(
        item=one,
        version=one.version,
        progress=progress,
        evidence=" ".join(evidence.split()),
        link=link,
        recorded_by=by,
        recorded_at=clock.now(),
    )
    save_checked(made)
    audit.record(by=by, verb=f"config.{progress}", subject=one, after={"evidence": made.evidence})
    return made


@transaction.atomic
def sign_spec(*, program: Program, by: User, seen_digest: str) -> SpecSignature:
    """Sign the spec as it stands, as the sponsor or the VP sales (P4, G6). A later change makes it stale.

    `seen_digest` is the digest as the signer saw it: a change since is a Conflict. Raises Invalid without
    an item, while one is not fully specified, or when this person signed the spec as it stands already.
    """
    policy.require(by, "config.sign", program)
    Program.objects.select_for_update(of=("self",)).get(pk=program.pk)
    found = queries.signing_of(program)
    if found.why_not:
        raise Invalid(found.why_not)
    if found.digest != seen_digest:
        raise Conflict("The spec changed since you opened it. Read it once more before you sign.")
    if any(one.signed_by_id == by.pk for one in found.standing):
        raise Invalid("You have signed the spec as it stands already.")
    membership = policy.membership_of(by, program)
    assert membership is not None
    signature = SpecSignature.objects.create(
        program=program,
        digest=found.digest,
        items=found.items,
        signed_by=by,
        role=membership.role,
        signed_at=clock.now(),
    )
    after = {"items": len(found.items), "digest": found.digest}
    audit.record(by=by, verb="config.signed", subject=signature, after=after)
    outbox.put("config.signed", signature, items=len(found.items))
    return signature


def _put(one: ConfigItem, values: dict[str, Any]) -> tuple[dict, dict]:
    """Set the values (unsaved); returns what was and what is."""
    if unknown := set(values) - set(FIELDS):
        raise Invalid(f"Not a part of the spec: {', '.join(sorted(unknown))}.")
    if "name" in values:
        values["name"] = " ".join(values["name"].split())
    before, after = audit.changes(one, values)
    if one.owner is not None and one.owner.program_id != one.program_id:
        raise Invalid("That position belongs to another program.", field="owner")
    if one.kind == ItemKind.STAGE and one.parent is None:
        raise Invalid("A stage belongs to a pipeline: specify the pipeline first.", field="parent")
    if one.kind != ItemKind.STAGE and one.parent is not None:
        raise Invalid("Only a stage belongs to a pipeline.", field="parent")
    if one.parent is not None and (one.parent.program_id != one.program_id or one.parent.kind != ItemKind.PIPELINE):
        raise Invalid("That is no pipeline of this program.", field="parent")
    if one.build == Build.STANDARD and one.spent is not None:
        raise Invalid("What is standard costs no building.", field="spent")
    _refuse_double(one)
    return before, after


def _refuse_double(one: ConfigItem) -> None:
    same = _siblings(one).filter(name__iexact=one.name).exclude(pk=one.pk)
    if found := same.first():
        raise Invalid(f"Item {found.number} has this name already.", field="name")


def _siblings(one: ConfigItem):
    return ConfigItem.objects.filter(program=one.program_id, kind=one.kind, parent=one.parent_id)


def _locked(item: ConfigItem) -> ConfigItem:
    rows = ConfigItem.objects.select_related("program", "parent", "owner").select_for_update(of=("self",))
    return rows.get(pk=item.pk)


def _serve(one: ConfigItem, requirements: Sequence[Requirement]) -> None:
    if any(requirement.program_id != one.program_id for requirement in requirements):
        raise Invalid("That requirement belongs to another program.", field="requirements")
    one.requirements.set(requirements)
