"""Grant and revoke waivers: the sponsor's exceptions, with a stand-in measure (G8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.criteria import BY_KEY
from phases.errors import WaiverRefused
from phases.models import Gate, Waiver
from phases.queries import gates as queries
from phases.registry import Look
from phases.services.signing import require_fresh

WARN_DAYS = 7  # before a waiver ends


@transaction.atomic
def grant_waiver(
    *,
    gate: Gate,
    criterion: str,
    by: User,
    reason: str,
    stand_in: str,
    ends_on: date | None = None,
    fresh_at: datetime | None = None,
) -> Waiver:
    """Waive one criterion of `gate` (G8).

    Of a continuing criterion it needs an end date, whose day still counts; of a criterion that
    is judged at signing the date may be left out. The sponsor criterion can never be waived.
    Raises NotYours, NotFresh, WaiverRefused or Invalid.
    """
    gate = Gate.objects.select_related("program__accountable").lock(gate.pk)
    policy.require(by, "waiver.grant", gate)
    program, today = gate.program, clock.today(gate.program)
    rule = BY_KEY.get(criterion)
    if rule is None or rule.gate != gate.number:
        raise Invalid(f"Gate {gate.number} has no criterion {criterion}.", field="criterion")
    if not rule.waivable:
        raise WaiverRefused("The sponsor criterion can never be waived: name a sponsor who accepts.")
    if not reason.strip() or not stand_in.strip():
        raise Invalid(
            "A waiver needs a reason and a stand-in measure.", field="stand_in" if reason.strip() else "reason"
        )
    if rule.continuing and ends_on is None:
        raise Invalid("This criterion goes on being measured, so its waiver needs an end date.", field="ends_on")
    if ends_on is not None and ends_on < today:
        raise Invalid("The end date has passed already.", field="ends_on")
    look = Look(program)
    if not rule.continuing and look.gates.approval(gate.number):
        raise WaiverRefused(f"Gate {gate.number} is signed; this criterion was judged at the signing.")
    if (gate.number, criterion) in look.gates.waivers:
        raise WaiverRefused("This criterion is waived already. Revoke that waiver first.")
    if queries.standing_of(look, rule).state in {"met", "watch"}:
        raise WaiverRefused("This criterion is met, so there is nothing to waive.")
    require_fresh(fresh_at)
    close_lapsed(program=program)
    waiver = Waiver.objects.create(
        program=program,
        number=program.next_number("waiver"),
        gate=gate,
        criterion=criterion,
        reason=reason.strip(),
        stand_in=stand_in.strip(),
        granted_by=by,
        granted_at=clock.now(),
        ends_on=ends_on,
    )
    audit.record(by=by, verb="waiver.granted", subject=waiver, after=_after(waiver), note=waiver.reason)
    outbox.put("waiver.granted", waiver, gate=gate.number, criterion=criterion)
    return waiver


@transaction.atomic
def revoke_waiver(*, waiver: Waiver, by: User, fresh_at: datetime | None = None) -> Waiver:
    """Take a waiver back: its criterion counts as it stands from now on."""
    policy.require(by, "waiver.grant", waiver)
    require_fresh(fresh_at)
    Gate.objects.lock(waiver.gate_id)
    if not Waiver.objects.standing().filter(pk=waiver.pk).update(revoked_at=clock.now(), revoked_by=by):
        raise WaiverRefused(f"Waiver {waiver.label} no longer stands, so it cannot be revoked.")
    waiver.refresh_from_db()
    audit.record(by=by, verb="waiver.revoked", subject=waiver, after=_after(waiver))
    outbox.put("waiver.revoked", waiver, gate=waiver.gate.number, criterion=waiver.criterion)
    return waiver


@transaction.atomic
def close_lapsed(*, program: Program) -> list[Waiver]:
    """Note the waivers whose last day is over; they stopped counting at midnight without this."""
    today = clock.today(program)
    lapsed = list(Waiver.objects.of(program).standing().filter(ends_on__lt=today).select_related("gate", "program"))
    for waiver in lapsed:
        if not Waiver.objects.standing().filter(pk=waiver.pk).update(lapsed_at=clock.now()):
            continue  # another worker noted it
        audit.record(by=None, verb="waiver.lapsed", subject=waiver, after=_after(waiver))
        outbox.put("waiver.lapsed", waiver, gate=waiver.gate.number, criterion=waiver.criterion)
    return lapsed


def warn_of_ends(*, program: Program) -> list[Waiver]:
    """Announce the waivers whose last day is near, each once."""
    soon = clock.today(program) + timedelta(days=WARN_DAYS)
    ending = list(
        Waiver.objects.of(program)
        .standing()
        .filter(ends_on__lte=soon, warned_at=None)
        .select_related("gate", "program")
    )
    for waiver in ending:
        if Waiver.objects.filter(pk=waiver.pk, warned_at=None).update(warned_at=clock.now()):
            outbox.put("waiver.ending", waiver, gate=waiver.gate.number, criterion=waiver.criterion)
    return ending


def _after(waiver: Waiver) -> dict[str, object]:
    return {
        "gate": waiver.gate.number,
        "criterion": waiver.criterion,
        "waiver": waiver.label,
        "stand_in": waiver.stand_in,
        "ends_on": waiver.ends_on,
    }
