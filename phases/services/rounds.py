"""What happens to a signed gate afterwards: it drifts, and the sponsor re-affirms or reopens it (G9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases import dossier, registry
from phases.criteria import Criterion
from phases.dossier import Row, Sheet, Standing
from phases.errors import GateRefused
from phases.models import Decision, Drift, Gate, GateReview
from phases.queries import gates as queries
from phases.queries import rounds
from phases.queries.rounds import Drifted
from phases.registry import Look
from phases.services.gates import changed, freeze
from phases.services.signing import require_fresh, signer_of


@transaction.atomic
def reaffirm_gate(
    *, gate: Gate, by: User, reason: str, seen_digest: str, seen: str = "", fresh_at: datetime | None = None
) -> GateReview:
    """Let a signed gate stand although it drifted or is in doubt, on the evidence the signer saw (G9).

    A round of its own with a dossier. The sponsor criterion cannot be affirmed away, as it
    cannot be waived (G8). Raises NotYours, GateRefused, EvidenceChanged, NotFresh or Invalid.
    """
    gate, look, sheet, drift = _begin(gate, by, reason, seen_digest, seen)
    if all(one.settled_in for one in drift) and rounds.doubt_of(look, gate.number) is None:
        raise GateRefused(f"Gate {gate.number} stands as you signed it last, so there is nothing to re-affirm.")
    if gate.program.on_hold:
        raise GateRefused(f"The program is on hold, so no gate can be re-affirmed: {gate.program.hold_reason}")
    if sponsor := next((one for one in drift if not one.row.waivable), None):
        raise GateRefused(f"{sponsor.row.number} can never be waived or affirmed away: name a sponsor who accepts.")
    require_fresh(fresh_at)
    said = [{"criterion": one.row.key, "text": one.text} for one in drift]
    review = _write(gate, look, sheet, by, Decision.REAFFIRMED, reason, seen_digest, drift=said)
    for one in drift:
        found, _ = Drift.objects.get_or_create(
            gate=gate, criterion=one.row.key, ended_at=None, defaults={"text": one.text, "found_at": clock.now()}
        )
        Drift.objects.filter(pk=found.pk).update(settled_in=review)
    return review


@transaction.atomic
def reopen_gate(
    *, gate: Gate, by: User, reason: str, seen_digest: str, seen: str = "", fresh_at: datetime | None = None
) -> GateReview:
    """Take the approval of a signed gate back; later signatures stand, and are listed as in doubt (G9).

    Its phase is worked on again until the gate is signed anew.
    Raises NotYours, GateRefused, EvidenceChanged, NotFresh or Invalid.
    """
    gate, look, sheet, drift = _begin(gate, by, reason, seen_digest, seen)
    require_fresh(fresh_at)
    doubted = [
        {
            "gate": one.gate.number,
            "round": one.round,
            "decision": one.decision,
            "decided_by": one.decided_by.display if one.decided_by else "",
            "decided_at": one.decided_at.isoformat() if one.decided_at else "",
        }
        for one in rounds.later_signatures(look, gate.number)
    ]
    said = [{"criterion": one.row.key, "text": one.text} for one in drift]
    review = _write(gate, look, sheet, by, Decision.REOPENED, reason, seen_digest, drift=said, in_doubt=doubted)
    Drift.objects.standing().filter(gate=gate).update(ended_at=clock.now())
    return review


def note_drift(program: Program, look: Look, found: Iterable[tuple[Criterion, Standing]]) -> list[Drift]:
    """Write down which continuing criteria of signed gates stopped to hold, and which hold again (G9).

    `found` are the standings just read. Call it inside the transaction that locked the program.
    """
    new = []
    for number, failing, recovered in _moved(program, look, found):
        for known in recovered:
            _recover(known)
        if failing:
            new += [_drifted(look.gates.gates[number], one) for one in rounds.drift_of(look, number, failing)]
    return new


def is_drift_new(program: Program, look: Look, found: Iterable[tuple[Criterion, Standing]]) -> bool:
    """Has `note_drift` anything to write?"""
    return any(failing or recovered for _, failing, recovered in _moved(program, look, found))


def _moved(
    program: Program, look: Look, found: Iterable[tuple[Criterion, Standing]]
) -> Iterator[tuple[int, list[Row], list[Drift]]]:
    """For each signed gate: the criteria that fail and are not noted, and the noted ones that hold again.

    A check that broke says nothing about what was signed, so it is neither.
    """
    standing = {
        (one.gate.number, one.criterion): one
        for one in Drift.objects.of(program).standing().select_related("gate__program")
    }
    rows: dict[int, list[Row]] = {}
    for criterion, one in found:
        is_told = criterion.continuing and one.summary != registry.FAILED
        if is_told and look.gates.approval(criterion.gate) is not None:
            rows.setdefault(criterion.gate, []).append(Row(dossier.as_row(one)))
    for number, criteria in rows.items():
        failing = [row for row in criteria if row.blocks and (number, row.key) not in standing]
        known = [standing.get((number, row.key)) for row in criteria if not row.blocks]
        yield number, failing, [one for one in known if one is not None]


def _drifted(gate: Gate, one: Drifted) -> Drift:
    drift = Drift.objects.create(gate=gate, criterion=one.row.key, text=one.text, found_at=clock.now())
    after = {"gate": gate.number, "criterion": one.row.key, "said": one.text}
    audit.record(by=None, verb="gate.drifted", subject=drift, after=after)
    outbox.put("gate.drifted", drift, **after)
    return drift


def _recover(drift: Drift) -> None:
    if Drift.objects.standing().filter(pk=drift.pk).update(ended_at=clock.now()):
        after = {"gate": drift.gate.number, "criterion": drift.criterion}
        audit.record(by=None, verb="gate.recovered", subject=drift, after=after)


def _begin(gate: Gate, by: User, reason: str, seen_digest: str, seen: str) -> tuple[Gate, Look, Sheet, list[Drifted]]:
    """The gate, locked, with what stands now; refuses who may not, and what was not seen."""
    Gate.objects.lock(gate.pk)
    gate = Gate.objects.select_related("program__accountable__membership__user").get(pk=gate.pk)
    policy.require(by, "gate.decide", gate)
    signer_of(gate.program, by)
    look = Look(gate.program)
    if look.gates.approval(gate.number) is None:
        raise GateRefused(f"Gate {gate.number} is not signed, so it can be neither re-affirmed nor reopened.")
    if look.gates.pending(gate.number) is not None:
        raise GateRefused(f"A request for Gate {gate.number} is waiting. Decide it first.")
    if not reason.strip():
        raise Invalid("Say why; it stands in the dossier.", field="reason")
    sheet = queries.assess(look, gate.number)
    if sheet.digest != seen_digest:
        raise changed(sheet, seen, seen_digest)
    return gate, look, sheet, rounds.drift_of(look, gate.number, sheet.criteria)


def _write(
    gate: Gate,
    look: Look,
    sheet: Sheet,
    by: User,
    decision: Decision,
    reason: str,
    seen_digest: str,
    **more: Any,
) -> GateReview:
    """The round with its dossier, its line in the trail and its message."""
    at, signer, last = clock.now(), signer_of(gate.program, by), look.gates.latest(gate.number)
    review = GateReview(
        gate=gate,
        round=(last.round if last else 0) + 1,
        requested_by=by,
        requested_at=at,
        decision=decision,
        decided_by=by,
        on_behalf_of=signer.on_behalf_of,
        decided_at=at,
        reason=reason.strip(),
        in_doubt=more.get("in_doubt", []),
        seen_digest=seen_digest,
    )
    review.dossier = freeze(sheet, review, signer, decision, at=at, reason=review.reason, **more)
    review.save()
    after: dict[str, Any] = {"gate": gate.number, "round": review.round, "met": sheet.met, "total": sheet.total}
    after |= {"digest": sheet.digest, "dossier": review.dossier.sha256}
    if review.in_doubt:
        after["in_doubt"] = ", ".join(f"Gate {one['gate']}" for one in review.in_doubt)
    if signer.on_behalf_of:
        after["on_behalf_of"] = signer.on_behalf_of.display
    audit.record(by=by, verb=f"gate.{decision}", subject=review, after=after, note=review.reason)
    outbox.put(f"gate.{decision}", review, gate=gate.number, round=review.round)
    return review
