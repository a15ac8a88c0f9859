"""Name the internal owner of the system, attest what no record can show (R5, C5)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Program, User
from governance.errors import NoSystemOwner, NotHeld
from governance.models import Attestation, Statement, SystemOwner
from governance.queries import is_present


@transaction.atomic
def name_system_owner(*, program: Program, membership: Membership, by: User, agreement: str = "") -> SystemOwner:
    """Make `membership` the one internal owner of the system, with the support agreement that stands (R5).

    The same person again changes the agreement alone. Raises NotHeld without an active member.
    """
    policy.require(by, "owner.name", program)
    program = Program.objects.lock(program.pk)
    if membership.program_id != program.pk or not is_present(membership):
        raise NotHeld("Choose an active member of this program.")
    agreement = agreement.strip()
    current = SystemOwner.objects.of(program).open().select_related("membership__user").first()
    now = clock.now()
    if current and current.membership_id == membership.pk:
        before, after = audit.changes(current, {"agreement": agreement})
        if after:
            current.agreed_at = now if agreement else None
            current.save(update_fields=["agreement", "agreed_at"])
            audit.record(by=by, verb="owner.agreement_changed", subject=current, before=before, after=after)
        return current
    if current:
        _end(current, by=by, reason=f"Replaced by {membership.user.display}.")
    owner = SystemOwner.objects.create(
        program=program,
        membership=membership,
        agreement=agreement,
        agreed_at=now if agreement else None,
        named_by=by,
        named_at=now,
    )
    after = {"member": membership.user.display, "agreement": agreement}
    audit.record(by=by, verb="owner.named", subject=owner, after=after)
    outbox.put("owner.named", owner)
    return owner


@transaction.atomic
def release_system_owner(*, program: Program, by: User, reason: str) -> SystemOwner:
    """End the ownership; from go-live on a system that nobody owns is a failure mode (R5, F)."""
    policy.require(by, "owner.name", program)
    if not reason.strip():
        raise Invalid("Say why; it stands in the history.", field="reason")
    program = Program.objects.lock(program.pk)
    owner = SystemOwner.objects.of(program).open().select_related("membership__user").first()
    if owner is None:
        raise NoSystemOwner("Nobody is named as internal system owner.")
    return _end(owner, by=by, reason=reason.strip())


def end_ownership_of(*, membership: Membership, by: User | None) -> None:
    """The person left the program: the system has no owner until another is named."""
    owner = SystemOwner.objects.filter(membership=membership).open().select_related("membership__user").first()
    if owner is not None:
        _end(owner, by=by, reason="The person left the program.")


@transaction.atomic
def attest(*, program: Program, statement: str, holds: bool, note: str, by: User) -> Attestation:
    """Say with one's name that a statement holds, or that it does not (G8: it counts for 90 days)."""
    policy.require(by, "attest", program)
    if statement not in Statement.values:
        raise Invalid("There is no such statement.", field="statement")
    if not note.strip():
        raise Invalid("Say what you know it from: where to look, or whom you asked.", field="note")
    said = Attestation.objects.create(
        program=program,
        statement=Statement(statement),
        holds=holds,
        note=note.strip(),
        attested_by=by,
        attested_at=clock.now(),
    )
    audit.record(by=by, verb="statement.attested", subject=said, after={"holds": holds}, note=said.note)
    outbox.put("statement.attested", said, statement=str(statement), holds=holds)
    return said


def _end(owner: SystemOwner, *, by: User | None, reason: str) -> SystemOwner:
    owner.ended_at, owner.ended_reason = clock.now(), reason[:200]
    owner.save(update_fields=["ended_at", "ended_reason"])
    audit.record(by=by, verb="owner.ended", subject=owner, note=reason)
    outbox.put("owner.ended", owner)
    return owner
