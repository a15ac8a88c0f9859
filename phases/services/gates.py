"""Request, decide and open: the way through the gates (G6 to G8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from crmprogram.jobs import outbox
from crmprogram.jobs.models import Job
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Position, Program, User
from phases import dossier
from phases.criteria import of_gate
from phases.dossier import Sheet
from phases.errors import AlreadyDecided, EvidenceChanged, GateNotPassed, GateNotReady, GateRefused
from phases.method import LAST_GATE, PHASES
from phases.models import Decision, Dossier, Gate, GateReview, Phase
from phases.queries import gates as queries
from phases.queries import rounds
from phases.registry import Look
from phases.services.scope import scope_is_signed
from phases.services.signing import Signer, require_fresh, signer_of


def furnish(program: Program, by: User) -> None:
    """Give a new program its five phases and gates; the first phase is open (G1 to G5)."""
    owner = Position.objects.filter(program=program, membership__user=by).first()
    runs = {number for number, info in PHASES.items() if "sales_ops" in info.owner_roles}
    Phase.objects.bulk_create(
        Phase(
            program=program,
            number=number,
            started_on=program.starts_on if number == 1 else None,
            owner=owner if number in runs else None,
        )
        for number in PHASES
    )
    Gate.objects.bulk_create(Gate(program=program, number=number) for number in PHASES)


def why_not_requestable(look: Look, number: int) -> str:
    """Why the gate cannot be requested now: one sentence, or "" when it can.

    On hold (R3); an earlier gate unsigned (G6); signed already; a request that waits; no
    signed scope (P7); background work that still changes the evidence (G7).
    """
    program, gates = look.program, look.gates
    if program.on_hold:
        return f"The program is on hold, so no gate can be requested: {program.hold_reason}"
    if gates.is_exempt(number):
        return f"{PHASES[number].name} is not applicable: the sponsor signed that the platform was chosen before."
    before = number - 1 if not gates.is_exempt(number - 1) else number - 2
    if number > 1 and gates.approval(before) is None:
        return f"Gate {before} ({PHASES[before].name}) has to be signed first."
    approval = gates.approval(number)
    if number != LAST_GATE and approval is not None:
        return f"Gate {number} is signed already."
    if approval is not None and approval.period == rounds.quarter_of(clock.today(program)):
        return f"Gate {number} was reviewed for {approval.period} already. The next round is next quarter."
    if gates.pending(number) is not None:
        return f"Gate {number} was requested already and waits for the sponsor."
    if number == 1 and not scope_is_signed(program):
        return "The scope is not signed. The Audit gate cannot be requested without a signed scope."
    if Job.objects.of(program).moving_evidence().exists():
        return "Background work is still changing the evidence. Request the gate when it has finished."
    return ""


@transaction.atomic
def request_gate(*, gate: Gate, by: User, note: str = "") -> GateReview:
    """Ask the sponsor to decide `gate`; it may be asked while criteria are unmet (G7).

    Raises NotYours, or GateRefused with the reason.
    """
    policy.require(by, "gate.request", gate)
    gate = Gate.objects.select_related("program__accountable").lock(gate.pk)
    look = Look(gate.program)
    if why := why_not_requestable(look, gate.number):
        raise GateRefused(why)
    sheet = queries.assess(look, gate.number)
    last = look.gates.latest(gate.number)
    try:
        with transaction.atomic():
            review = GateReview.objects.create(
                gate=gate,
                round=last.round + 1 if last else 1,
                requested_by=by,
                requested_at=clock.now(),
                note=note.strip(),
                period=rounds.quarter_of(clock.today(gate.program)) if gate.number == LAST_GATE else "",
            )
    except IntegrityError as exc:  # somebody else's request came first
        raise GateRefused(f"Gate {gate.number} was requested already and waits for the sponsor.") from exc
    audit.record(by=by, verb="gate.requested", subject=review, after=_after(review, sheet), note=review.note)
    outbox.put("gate.requested", review, gate=gate.number, round=review.round)
    return review


@transaction.atomic
def withdraw_request(*, review: GateReview, by: User) -> GateReview:
    """Take a waiting request back; only who made it may."""
    review = _locked(review)
    policy.require(by, "gate.request", review)
    if review.requested_by_id != by.pk:
        raise NotYours(f"Only {review.requested_by.display}, who requested it, can withdraw this request.")
    _require_pending(review)
    _decide(review, decision=Decision.WITHDRAWN)
    audit.record(by=by, verb="gate.withdrawn", subject=review, after={"gate": review.gate.number})
    outbox.put("gate.withdrawn", review, gate=review.gate.number, round=review.round)
    return review


@transaction.atomic
def decide_gate(
    *,
    review: GateReview,
    by: User,
    decision: str,
    seen_digest: str,
    seen: str = "",
    reason: str = "",
    returned_for: Sequence[str] = (),
    fresh_at: datetime | None = None,
) -> GateReview:
    """Approve `review` or send it back, on the evidence the signer saw (G7, G8).

    `seen_digest` is the digest of the sheet that was shown, `seen` its basis, from which a
    refusal tells what changed. Approving needs `fresh_at`, the machine time of a password given
    in the last five minutes. Sending back needs a reason and may name criteria.
    Locks the review first, so two clicks, or two people, decide it once.
    Raises NotYours, AlreadyDecided, EvidenceChanged, GateNotReady, NotFresh or Invalid; then
    nothing is written.
    """
    review = _locked(review)
    gate = review.gate
    policy.require(by, "gate.decide", review)
    signer = signer_of(gate.program, by)
    _require_pending(review)
    if decision not in {Decision.APPROVED, Decision.SENT_BACK}:
        raise Invalid("A gate is approved or sent back.", field="decision")
    known = {one.key for one in of_gate(gate.number)}
    if unknown := set(returned_for) - known:
        raise Invalid(f"Not a criterion of this gate: {', '.join(sorted(unknown))}.", field="returned_for")
    if decision == Decision.SENT_BACK and not reason.strip():
        raise Invalid("Say why the gate goes back, so that the team knows what to change.", field="reason")
    look = Look(gate.program)
    if decision == Decision.APPROVED:
        _require_approvable(review, signer, look)
    sheet = queries.assess(look, gate.number)
    if sheet.digest != seen_digest:
        raise changed(sheet, seen, seen_digest)
    if decision == Decision.APPROVED:
        if sheet.blocking:
            raise GateNotReady(
                f"Gate {gate.number} cannot be signed. Neither met nor waived: {queries.named(sheet.blocking)}.",
                blocking=[row.key for row in sheet.blocking],
            )
        require_fresh(fresh_at)
    at = clock.now()
    frozen = freeze(sheet, review, signer, decision, at=at, reason=reason.strip(), returned_for=sorted(returned_for))
    _decide(
        review,
        decision=decision,
        decided_by=by,
        on_behalf_of=signer.on_behalf_of,
        decided_at=at,
        reason=reason.strip(),
        returned_for=[one.key for one in of_gate(gate.number) if one.key in returned_for],
        seen_digest=seen_digest,
        dossier=frozen,
    )
    audit.record(
        by=by,
        verb=f"gate.{decision}",
        subject=review,
        after={**_after(review, sheet), "dossier": frozen.sha256, **_behalf(signer)},
        note=review.reason,
    )
    outbox.put("gate.decided", review, gate=gate.number, round=review.round, decision=str(decision))
    if decision == Decision.APPROVED:
        _open_next(gate, by, look)
    return review


def freeze(
    sheet: Sheet, review: GateReview, signer: Signer, decision: str, *, at: datetime, reason: str, **more: Any
) -> Dossier:
    """Write the evidence and the decision down, with a SHA-256 over the exact text (G7).

    `more` are further facts of the decision: what it was sent back for, what drifted.
    """
    number, was_asked = review.gate.number, decision in {Decision.APPROVED, Decision.SENT_BACK}
    asked = f", {review.requested_by.display} requested it" if was_asked else ""
    text = dossier.canonical(
        {
            **sheet.document,
            "heading": dossier.decided_heading(number, str(decision), sheet.document["criteria"]),
            "lead": f"{signer.said} decided{asked}.",
            "review": {
                "round": review.round,
                "period": review.period,
                "requested_by": review.requested_by.display if was_asked else None,
                "requested_at": review.requested_at if was_asked else None,
                "note": review.note,
                "decision": str(decision),
                "decided_by": signer.user.display,
                "decided_as": signer.title,
                "on_behalf_of": signer.on_behalf_of.display if signer.on_behalf_of else None,
                "on_behalf_as": signer.on_behalf_as,
                "decided_at": at,
                "reason": reason,
                **more,
            },
        }
    )
    return Dossier.objects.create(program=review.gate.program, text=text, sha256=dossier.sha256(text), created_at=at)


def require_gate_passed(program: Program, number: int, *, doing: str) -> None:
    """Raise GateNotPassed unless gate `number` is signed (G6).

    `doing` begins the sentence: "Loading into the live CRM". The refusal names the gate and its
    missing criteria.
    """
    if queries.is_passed(program, number):
        return
    sheet = queries.assess(Look(program), number)
    missing = (
        f"Missing: {queries.named(sheet.blocking)}." if sheet.blocking else "Its criteria are met; it is not signed."
    )
    raise GateNotPassed(
        f"{doing} needs Gate {number} ({PHASES[number].name}) to be signed. {missing}",
        gate=number,
        missing=[row.key for row in sheet.blocking],
    )


@transaction.atomic
def name_owner(*, phase: Phase, by: User, position: Position | None) -> Phase:
    """Name who owns a phase (G6)."""
    policy.require(by, "phase.own", phase)
    if position is not None and position.program_id != phase.program_id:
        raise Invalid("This position belongs to another program.", field="owner")
    before, after = audit.changes(phase, {"owner": position})
    phase.save(update_fields=["owner"])
    if after:
        audit.record(by=by, verb="phase.owner_named", subject=phase, before=before, after=after)
    return phase


def _locked(review: GateReview) -> GateReview:
    """The gate's row is locked first and always, so requests, waivers and decisions wait for each other."""
    Gate.objects.lock(review.gate_id)
    found = GateReview.objects.lock(review.pk)
    found.gate = Gate.objects.select_related("program__accountable__membership__user").get(pk=found.gate_id)
    return found


def _require_approvable(review: GateReview, signer: Signer, look: Look) -> None:
    """Who requested never signs, nor does a delegate in their name (G7); no signature on hold or over an open gate."""
    number, program = review.gate.number, review.gate.program
    if review.requested_by_id == signer.user.pk:
        raise NotYours("Who requested a gate may not sign it. Another member has to request it.")
    if signer.on_behalf_of is not None and review.requested_by_id == signer.on_behalf_of.pk:
        raise NotYours(f"{signer.on_behalf_of.display} requested this gate, so nobody can sign it in their name.")
    if program.on_hold:
        raise GateRefused(f"The program is on hold, so no gate can be signed: {program.hold_reason}")
    if number > 1 and look.gates.approval(number - 1) is None:
        raise GateRefused(f"Gate {number - 1} ({PHASES[number - 1].name}) was reopened and has to be signed first.")


def _require_pending(review: GateReview) -> None:
    if review.decision != Decision.PENDING:
        who = review.decided_by.display if review.decided_by else review.requested_by.display
        verb = review.get_decision_display().lower().replace("approved", "signed")
        raise AlreadyDecided(f"This request was already {verb} by {who}.", decision=review.decision)


def _decide(review: GateReview, **values: Any) -> None:
    """Compare and set: only a review that still waits is written."""
    if not GateReview.objects.pending().filter(pk=review.pk).update(**values):
        raise AlreadyDecided("This request was decided a moment ago.")
    review.refresh_from_db(fields=list(values))


def changed(sheet: Sheet, seen: str, seen_digest: str) -> EvidenceChanged:
    said = dossier.differences(seen, sheet.basis) if dossier.sha256(seen) == seen_digest else []
    told = " ".join(said) or "Read it again before you decide."
    return EvidenceChanged(
        f"The evidence changed since you looked, so nothing was decided. {told}", changed=said, digest=sheet.digest
    )


def open_phase(program: Program, number: int, by: User) -> None:
    """Open a phase, once."""
    phase = Phase.objects.select_for_update(of=("self",)).get(program=program, number=number)
    if phase.started_on is not None:
        return
    phase.started_on = clock.today(program)
    phase.save(update_fields=["started_on"])
    audit.record(by=by, verb="phase.opened", subject=phase, after={"phase": phase.number, "gate": number - 1})
    outbox.put("phase.opened", phase, phase=phase.number)


def _open_next(gate: Gate, by: User, look: Look) -> None:
    """Open the phase behind an approved gate; one that does not apply is left out (G6)."""
    number = gate.number + 1
    if look.gates.is_exempt(number):
        number += 1
    if number <= LAST_GATE:
        open_phase(gate.program, number, by)


def _behalf(signer: Signer) -> dict[str, str]:
    return {"on_behalf_of": signer.on_behalf_of.display} if signer.on_behalf_of else {}


def _after(review: GateReview, sheet: Sheet) -> dict[str, Any]:
    return {
        "gate": review.gate.number,
        "round": review.round,
        "met": sheet.met,
        "total": sheet.total,
        "digest": sheet.digest,
    }
