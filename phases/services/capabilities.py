"""Sort capabilities into buckets, by phase and rank, traced to what asks for them (A3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import Program, User
from phases.models import Bucket, Capability, Gap, Step
from phases.queries.needs import must_have_exception
from phases.registry import CHECKS, Look
from phases.services.saving import expect_version, save_checked

FIELDS = ("name", "detail", "bucket", "phase")


class TooManyMustHaves(DomainError):
    """One more must-have at go-live than the Audit allows, without the sponsor's exception (A3)."""

    code = "too_many_must_haves"


@transaction.atomic
def add_capability(
    *, program: Program, by: User, gaps: Sequence[Gap] = (), steps: Sequence[Step] = (), **values: Any
) -> Capability:
    """Add a capability; with a phase it goes to the end of that phase.

    Raises TooManyMustHaves for the 13th at go-live unless a waiver of A3 stands.
    """
    policy.require(by, "audit.edit", program)
    Program.objects.lock(program.pk)
    capability = Capability(program=program, number=program.next_number("capability"), changed_at=clock.now())
    _put(capability, values)
    _refuse_double(capability)
    save_checked(capability)
    _trace(capability, gaps, steps)
    audit.record(
        by=by,
        verb="capability.added",
        subject=capability,
        after={"name": capability.name, "bucket": capability.bucket, "phase": capability.phase},
    )
    return capability


@transaction.atomic
def change_capability(
    *,
    capability: Capability,
    by: User,
    seen_version: int,
    gaps: Sequence[Gap] | None = None,
    steps: Sequence[Step] | None = None,
    **values: Any,
) -> Capability:
    """Change a capability, its bucket, phase or traces; None leaves the traces as they are."""
    policy.require(by, "audit.edit", capability)
    Program.objects.lock(capability.program_id)
    capability = Capability.objects.select_related("program").select_for_update(of=("self",)).get(pk=capability.pk)
    expect_version(capability.version, seen_version, f"capability {capability.number}")
    before, after = _put(capability, values)
    _refuse_double(capability)
    for name, wanted in (("gaps", gaps), ("steps", steps)):
        if wanted is None:
            continue
        was = sorted(getattr(capability, name).values_list("pk", flat=True))
        now = sorted(one.pk for one in wanted)
        if was != now:
            before[name], after[name] = was, now
    if not after:
        return capability
    capability.version += 1
    capability.changed_at = clock.now()
    save_checked(capability)
    _trace(capability, gaps, steps)
    audit.record(by=by, verb="capability.changed", subject=capability, before=before, after=after)
    return capability


def move_capability(*, capability: Capability, by: User, seen_version: int, bucket: str) -> Capability:
    """Put a capability into another bucket."""
    return change_capability(capability=capability, by=by, seen_version=seen_version, bucket=bucket)


@transaction.atomic
def rank_capability(*, capability: Capability, by: User, up: bool) -> None:
    """Exchange a capability with the one before or after it in the same bucket and phase."""
    policy.require(by, "audit.edit", capability)
    Program.objects.lock(capability.program_id)
    capability = Capability.objects.lock(capability.pk)
    if capability.phase is None:
        raise Invalid("Choose the phase first; the rank is within a phase.", field="phase")
    near = Capability.objects.filter(
        program=capability.program_id, bucket=capability.bucket, phase=capability.phase
    ).order_by("-rank" if up else "rank")
    other = near.filter(**{"rank__lt" if up else "rank__gt": capability.rank}).first()
    if other is None:
        return
    was = capability.rank
    capability.rank, other.rank = other.rank, was
    for one in (capability, other):
        one.changed_at = clock.now()
        one.save(update_fields=["rank", "changed_at"])
    audit.record(
        by=by,
        verb="capability.ranked",
        subject=capability,
        before={"rank": was},
        after={"rank": capability.rank},
        note=f"exchanged with capability {other.number}",
    )


@transaction.atomic
def remove_capability(*, capability: Capability, by: User, seen_version: int) -> None:
    """Remove a capability. Its number is not given again."""
    policy.require(by, "audit.edit", capability)
    Program.objects.lock(capability.program_id)
    capability = Capability.objects.select_related("program").select_for_update(of=("self",)).get(pk=capability.pk)
    expect_version(capability.version, seen_version, f"capability {capability.number}")
    audit.record(
        by=by,
        verb="capability.removed",
        subject=capability,
        before={"name": capability.name, "bucket": capability.bucket},
    )
    capability.delete()
    _close_ranks(capability.program_id, capability.phase, capability.rank)


def most_must_haves(program: Program) -> int:
    """How many must-haves at go-live the program's threshold for A3 allows."""
    return Look(program).params_of(CHECKS["audit.must_haves"], 1, {}).most


def _put(capability: Capability, values: dict[str, Any]) -> tuple[dict, dict]:
    """Set the values (unsaved), refuse one must-have too many, give the rank in a new phase."""
    if unknown := set(values) - set(FIELDS):
        raise Invalid(f"Not a part of a capability: {', '.join(sorted(unknown))}.")
    if "name" in values:
        values["name"] = " ".join(values["name"].split())
    old_bucket, old_phase, old_rank = capability.bucket, capability.phase, capability.rank
    before, after = audit.changes(capability, values)
    joins = capability.pk is None or old_bucket != capability.bucket
    if capability.bucket == Bucket.MUST_GO_LIVE and joins:
        _refuse_too_many(capability.program)
    if "phase" in after:
        _close_ranks(capability.program_id, old_phase, old_rank)
        capability.rank = None
        if capability.phase is not None:
            same = Capability.objects.filter(program=capability.program_id, phase=capability.phase)
            capability.rank = (same.exclude(pk=capability.pk).aggregate(last=Max("rank"))["last"] or 0) + 1
    return before, after


def _refuse_too_many(program: Program) -> None:
    most = most_must_haves(program)
    count = Capability.objects.of(program).must_haves().count()
    if count >= most and must_have_exception(program, clock.today(program)) is None:
        raise TooManyMustHaves(
            f"There are {count} must-haves at go-live and {most} are allowed. Number {count + 1} needs the sponsor's "
            "exception, a waiver of criterion A3; else put it into the first 12 months.",
            count=count,
            most=most,
        )


def _close_ranks(program_id: int, phase: int | None, rank: int | None) -> None:
    if phase is not None and rank is not None:
        Capability.objects.filter(program=program_id, phase=phase, rank__gt=rank).update(rank=F("rank") - 1)


def _trace(capability: Capability, gaps: Sequence[Gap] | None, steps: Sequence[Step] | None) -> None:
    if any(gap.program_id != capability.program_id for gap in gaps or ()):
        raise Invalid("That gap belongs to another program.", field="gaps")
    if any(step.lane.map.program_id != capability.program_id for step in steps or ()):
        raise Invalid("That step belongs to another program.", field="steps")
    if gaps is not None:
        capability.gaps.set(gaps)
    if steps is not None:
        capability.steps.set(steps)


def _refuse_double(capability: Capability) -> None:
    same = Capability.objects.filter(program=capability.program_id, name__iexact=capability.name)
    if found := same.exclude(pk=capability.pk).first():
        raise Invalid(f"Capability {found.number} has this name already.", field="name")
