"""The sponsor's five minutes: what needs a decision, why, since when, and who owes what (R2, R3, G7, X3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from adoption.models import Escalation
from crmprogram.program import clock, policy
from crmprogram.web import shell
from governance import asking
from governance.earliest import Earliest, earliest
from governance.meetings import Meetings
from governance.queries import Matrix, Row
from phases.dossier import Row as Criterion
from phases.dossier import Sheet
from phases.method import PHASES
from phases.models import Drift, GateReview
from phases.queries import rounds
from phases.queries.gates import assess
from phases.registry import Look
from phases.services.gates import why_not_requestable
from phases.services.waivers import WARN_DAYS

# whose row of the RACI a criterion belongs to; the others belong to who owns the phase
ROW_OF = {
    "A1": "Current-state map",
    "A2": "Gap list with cost",
    "A5": "Goal statement",
    "B1": "Vendor scorecard",
    "B2": "Vendor scorecard",
    "B3": "Vendor scorecard",
    "B5": "Contract",
    "C1": "Data migration plan",
    "C2": "Pipeline stages",
    "C3": "Integrations",
    "D1": "Certification",
    "D2": "Adoption metrics",
    "D3": "Weekly pipeline review",
}


@dataclass(frozen=True)
class Item:
    """Something that waits for this person's decision: why, and since when (None: not known)."""

    title: str
    why: str
    url: str
    status: str
    since: datetime | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Debt:
    """A criterion that blocks, who owes it, and what would close it."""

    row: Criterion
    who: str
    closing: str


class FiveMinutes:
    """Everything is read when it is asked for, from one Look."""

    def __init__(self, look: Look, user: Any) -> None:
        self.look, self.user, self.program = look, user, look.program

    @property
    def matrix(self) -> Matrix:
        return self.look.governance

    @property
    def meetings(self) -> Meetings:
        return self.matrix.meetings

    @cached_property
    def number(self) -> int:
        """The gate that waits for a decision, else the one that is worked towards."""
        waiting = [number for number in PHASES if self.look.gates.pending(number)]
        return waiting[0] if waiting else self.look.gates.current

    @cached_property
    def pending(self) -> GateReview | None:
        return self.look.gates.pending(self.number)

    @cached_property
    def sheet(self) -> Sheet:
        return assess(self.look, self.number)

    @property
    def may_decide(self) -> bool:
        return policy.can(self.user, "gate.decide", self.program)

    @property
    def heading(self) -> str:
        count = len(self.items)
        if count == 0:
            return "Nothing needs your decision today"
        return "One thing needs your decision" if count == 1 else f"{count} things need your decision"

    @property
    def lead(self) -> str:
        if self.program.on_hold:
            return f"The program is on hold: {self.program.hold_reason}"
        if self.pending:
            return f"{self.pending.requested_by.display} requested Gate {self.number}. {self.sheet.heading}."
        return f"Gate {self.number} is worked towards. {self.sheet.heading}."

    # --- decisions ------------------------------------------------------------------

    @cached_property
    def items(self) -> list[Item]:
        """What waits for this person, most pressing first; each thing once."""
        found = [*self._gates(), *self._drift(), *self._escalations(), *self._waivers()]
        urls = {one.url for one in found}
        for one in shell.next_for(self.user, self.program, self.look):
            if one.url not in urls:
                found.append(Item(one.title, one.text, one.url, one.status, due_on=one.due_on))
        return found

    def _gates(self) -> list[Item]:
        if not self.may_decide or self.pending is None:
            return []
        why = f"{self.pending.requested_by.display} asks for it. {self.sheet.heading}."
        status = "met" if self.sheet.is_ready else "unmet"
        item = Item(f"Decide Gate {self.number}", why, self._gate(self.number), status, self.pending.requested_at)
        return [item]

    def _drift(self) -> list[Item]:
        touched = [number for number in PHASES if self.look.gates.is_drifting(number)]
        if not self.may_decide or not touched:
            return []
        rows = Drift.objects.of(self.program).standing().filter(settled_in=None).select_related("gate")
        found = []
        for number in touched:
            of_gate = [one for one in rows if one.gate.number == number]
            why = " ".join(one.text for one in of_gate)
            since = min((one.found_at for one in of_gate), default=None)
            found.append(Item(f"Re-affirm or reopen Gate {number}", why, self._gate(number), "watch", since))
        return found

    def _escalations(self) -> list[Item]:
        if not policy.can(self.user, "waiver.grant", self.program):
            return []
        up: list[Escalation] = [one for one in self.look.adoption.standing if one.went_up_at and one.is_unanswered]
        for one in up:
            one.program = self.program
        return [
            Item(f"Answer {one}", "Nobody acknowledged it in five working days.", one.get_absolute_url(), "unmet",
                 one.went_up_at)
            for one in up
        ]  # fmt: skip

    def _waivers(self) -> list[Item]:
        if not policy.can(self.user, "waiver.grant", self.program):
            return []
        today, found = clock.today(self.program), []
        for (number, key), one in self.look.gates.waivers.items():
            if one.ends_on is not None and (one.ends_on - today).days <= WARN_DAYS:
                why = f"Granted {one.granted_at:%-d %b}: “{one.reason}” After that {key} counts as it stands."
                url = f"{self._gate(number)}#{key}"
                found.append(Item(f"Waiver {one.label} ends", why, url, "watch", due_on=one.ends_on))
        return found

    def _gate(self, number: int) -> str:
        return reverse("phases:gate", args=[self.program.slug, number])

    # --- who owes what ----------------------------------------------------------------

    @cached_property
    def debts(self) -> list[Debt]:
        """What blocks the gate, with who does it by the RACI."""
        return [Debt(row, self._owes(row.key), row.closing or row.summary) for row in self.sheet.blocking]

    def _owes(self, key: str) -> str:
        """The Responsible of the criterion's row; of A4 whoever names the sponsor; else the owner of the phase."""
        title = ROW_OF.get(key)
        row = next((one for one in self.matrix.rows if one.activity.title == title), None)
        if row is not None and (names := _responsible(row)):
            return names
        phase = self.look.gates.phases.get(self.number)
        return phase.owner.title if phase and phase.owner else "Nobody is named"

    @cached_property
    def earliest(self) -> Earliest | None:
        return earliest(self.look, self.sheet)

    @cached_property
    def refusal(self) -> str:
        """Why the gate cannot be requested now; "" when it can, or was."""
        return "" if self.pending else why_not_requestable(self.look, self.number)

    @cached_property
    def answer_by(self) -> date | None:
        """After this day the next hears of the silence."""
        return asking.answer_by(self.pending) if self.pending else None

    @property
    def next_title(self) -> str:
        """Whose position hears of the silence; "" where there is none."""
        row = self.matrix.fixed
        return asking.of_row(self.matrix, row).next_title if row else ""

    @cached_property
    def doubts(self) -> list[int]:
        """Signed gates that an earlier reopening put in doubt."""
        return [number for number in PHASES if rounds.doubt_of(self.look, number)]


def _responsible(row: Row) -> str:
    """Who does it; who answers for it where nobody is Responsible."""
    does = [cell.title for cell in row.cells if cell.is_responsible]
    return ", ".join(does or [cell.title for cell in row.accountable])
