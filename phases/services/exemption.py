"""Leave Pick out where the platform was chosen before, by the sponsor's signed statement (G6)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.errors import ExemptionRefused
from phases.models import Exemption, Gate, GateReview
from phases.queries import gates as queries
from phases.registry import Look
from phases.services.gates import open_phase
from phases.services.signing import require_fresh

PICK, IMPLEMENT = 2, 3


def why_not_exempt(look: Look) -> str:
    """Why Pick cannot be left out now: one sentence, or "" when the sponsor can sign it."""
    program = look.program
    if look.gates.exemption is not None:
        return "The statement is signed already."
    if not program.platform_chosen or not program.platform_name:
        return "The settings do not say which platform was chosen, so Pick has to choose one."
    if look.gates.approval(PICK) is not None:
        return "Gate 2 is signed: the platform was picked in this program."
    if look.gates.pending(PICK) is not None:
        return "Gate 2 was requested. Decide or withdraw the request first."
    if program.on_hold:
        return f"The program is on hold, so nothing can be signed: {program.hold_reason}"
    return ""


@transaction.atomic
def sign_exemption(*, program: Program, by: User, statement: str, fresh_at: datetime | None) -> Exemption:
    """Sign that Pick is not applicable; Implement opens when Gate 1 is signed already.

    Raises NotYours, NotFresh, ExemptionRefused with the reason, or Invalid for an empty statement.
    """
    policy.require(by, "pick.exempt", program)
    list(Gate.objects.of(program).select_for_update(of=("self",)).order_by("number"))
    Exemption.objects.of(program).standing().exclude(platform=program.platform_name).update(
        ended_at=clock.now(), ended_by=by, ended_because="The settings name another platform."
    )
    look = Look(program)
    if why := why_not_exempt(look):
        raise ExemptionRefused(why)
    if not statement.strip():
        raise Invalid("Say when and why the platform was chosen; it stands on every report.", field="statement")
    require_fresh(fresh_at)
    made = Exemption.objects.create(
        program=program,
        platform=program.platform_name,
        statement=statement.strip(),
        signed_by=by,
        signed_at=clock.now(),
    )
    audit.record(by=by, verb="pick.exempted", subject=made, after={"platform": made.platform}, note=made.statement)
    outbox.put("pick.exempted", made, platform=made.platform)
    if queries.is_passed(program, 1):
        open_phase(program, IMPLEMENT, by)
    return made


@transaction.atomic
def approve_platform_change(*, exemption: Exemption, by: User, reason: str, fresh_at: datetime | None) -> Exemption:
    """Approve that another platform may be picked: Pick applies again and opens after Gate 1 (G6).

    Raises NotYours, NotFresh, Invalid without a reason, ExemptionRefused once Gate 3 is signed or requested.
    """
    policy.require(by, "pick.exempt", exemption)
    program = exemption.program
    list(Gate.objects.of(program).select_for_update(of=("self",)).order_by("number"))
    exemption = Exemption.objects.lock(exemption.pk)
    if exemption.ended_at is not None:
        raise ExemptionRefused("This statement was ended before.")
    if not reason.strip():
        raise Invalid("Say why the platform may change; it stands on every report.", field="reason")
    if GateReview.objects.pending().filter(gate__program=program, gate__number=IMPLEMENT).exists():
        raise ExemptionRefused("Gate 3 was requested. Decide or withdraw the request first.")
    if queries.is_passed(program, IMPLEMENT):
        raise ExemptionRefused("Gate 3 is signed. Reopen it before the platform changes.")
    require_fresh(fresh_at)
    exemption.ended_at, exemption.ended_by, exemption.ended_because = clock.now(), by, reason.strip()
    exemption.save(update_fields=["ended_at", "ended_by", "ended_because"])
    audit.record(by=by, verb="platform.change_approved", subject=exemption, note=exemption.ended_because)
    outbox.put("platform.change_approved", exemption)
    if queries.is_passed(program, 1):
        open_phase(program, PICK, by)
    return exemption
