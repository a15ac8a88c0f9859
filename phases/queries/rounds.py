"""What became of a signed gate: what drifted, what is in doubt, who may sign for the sponsor (G7, G9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from crmprogram.program import clock
from crmprogram.program.models import Program
from phases import dossier
from phases.criteria import of_gate
from phases.dossier import Row, Sheet
from phases.models import Decision, Delegation, Dossier, Drift, GateReview
from phases.queries import gates as queries
from phases.registry import Look


@dataclass(frozen=True)
class Drifted:
    """A continuing criterion of a signed gate that does not hold now, and how it differs from what was signed.

    `since` is when the readings found it (None: since the last reading). `settled_in` is the round in
    which the sponsor re-affirmed the gate knowing it.
    """

    row: Row
    text: str
    since: datetime | None = None
    settled_in: GateReview | None = None


def drift_of(look: Look, number: int, criteria: Iterable[Row] | None = None) -> list[Drifted]:
    """What of gate `number` no longer holds, settled or not; [] when it is not signed (G9).

    `criteria` are the live rows where they have been read already.
    """
    approval = look.gates.approval(number)
    if approval is None:
        return []
    if criteria is None:
        rules = [one for one in of_gate(number) if one.continuing]
        criteria = [Row(dossier.as_row(queries.standing_of(look, one))) for one in rules]
    failing = [row for row in criteria if row.continuing and row.blocks]
    if not failing:
        return []
    text = Dossier.objects.values_list("text", flat=True).get(pk=approval.dossier_id)
    signed = {row.key: row for row in Sheet.read(text).criteria}
    known = {
        one.criterion: one for one in Drift.objects.standing().filter(gate__program=look.program, gate__number=number)
    }
    return [
        Drifted(
            row,
            _difference(signed.get(row.key), row),
            known[row.key].found_at if row.key in known else None,
            _settled(look, number, known.get(row.key)),
        )
        for row in failing
    ]


def doubt_of(look: Look, number: int) -> GateReview | None:
    """The reopening of an earlier gate that came after the last word on this one; None when there is none (G9)."""
    affirmed = look.gates.affirmation(number)
    if affirmed is None:
        return None
    reopened = [
        one
        for earlier in range(1, number)
        for one in look.gates.reviews[earlier]
        if one.decision == Decision.REOPENED and one.decided_at > affirmed.decided_at
    ]
    return max(reopened, key=lambda one: one.decided_at, default=None)


def later_signatures(look: Look, number: int) -> list[GateReview]:
    """The signatures of later gates that reopening gate `number` puts in doubt."""
    later = [look.gates.affirmation(other) for other in look.gates.reviews if other > number]
    return [one for one in later if one is not None]


def quarter_of(day: date) -> str:
    """The quarter of a date: "2026-Q4"."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def live_delegation(program: Program) -> Delegation | None:
    """The delegation that counts today: of the present sponsor, to a person who is still there (G7)."""
    accountable = program.accountable
    if accountable is None or accountable.membership_id is None:
        return None
    found = (
        Delegation.objects.of(program)
        .open()
        .filter(sponsor=accountable.membership_id, delegate__is_active=True, delegate__user__is_active=True)
        .select_related("delegate__user", "sponsor__user")
        .first()
    )
    return found if found and found.is_live(clock.today(program)) else None


def _settled(look: Look, number: int, known: Drift | None) -> GateReview | None:
    if known is None or known.settled_in_id is None:
        return None
    return next((one for one in look.gates.reviews[number] if one.pk == known.settled_in_id), None)


def _difference(signed: Row | None, now: Row) -> str:
    """What changed since the signature; the present finding where nothing that counts did."""
    before = dossier.basis_of([signed.data]) if signed else "[]"
    said = dossier.differences(before, dossier.basis_of([now.data]))
    return " ".join(said) or f"{now.number}: {now.summary}"
