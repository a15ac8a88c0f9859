"""What this floor puts into the frame of every page: the line of phases, and what a person owes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator

from crmprogram.program import clock, policy
from crmprogram.program.models import Program
from crmprogram.web import shell
from crmprogram.web.shell import NextItem, SpinePhase
from phases import rail_audit, rail_program, rail_rounds  # noqa: F401  put their pages into the rail
from phases.method import LAST_GATE, PHASES
from phases.models import Decision
from phases.queries import gates as queries
from phases.queries.pace import paces
from phases.registry import Look
from phases.services.gates import why_not_requestable
from phases.services.waivers import WARN_DAYS

shell.look_maker(Look)


@shell.looks_maker
def looks(programs: Sequence[Program]) -> dict[int, Look]:
    """A Look for each program, by key, with its phases and reviews loaded: three queries for all."""
    found = {one.pk: Look(one) for one in programs}
    for facts in queries.gate_facts_of(programs):
        found[facts.program.pk].take("gates", facts)
    return found


@shell.spine
def spine(look: Look) -> Sequence[SpinePhase]:
    """The five phases with their days, and their gates with what became of them (G10)."""
    found = []
    for pace in paces(look):
        state, text = _gate(look, pace.number, pace.state)
        to = "phases:pick-exempt" if pace.state == "na" else "phases:gate"
        days = "" if pace.days is None else f"day {pace.days}" if pace.state == "now" else f"{pace.days} d"
        found.append(
            SpinePhase(
                number=pace.number,
                name=pace.name,
                state=pace.state,
                days_text=days,
                gate_state=state,
                gate_label=f"Gate {pace.number}",
                gate_text=text,
                gate_url=reverse(
                    to, args=[look.program.slug] if pace.state == "na" else [look.program.slug, pace.number]
                ),
            )
        )
    return found


def _gate(look: Look, number: int, phase: str) -> tuple[str, str]:
    """(state of the diamond, the small text beside it)."""
    latest = look.gates.latest(number)
    approval = look.gates.approval(number)
    if phase == "na":
        return "na", "not applicable"
    if look.gates.is_drifting(number):
        return "ok", "drifted"
    if approval and (number != LAST_GATE or latest == approval):
        return "ok", _short(queries.local_date(look.program, approval.decided_at))
    if latest and latest.decision == Decision.PENDING:
        return "now", "requested"
    if latest and latest.decision == Decision.SENT_BACK:
        return "no", "sent back"
    return ("now" if phase == "now" else "next"), ""


@shell.next_item
def owed(user: Any, program: Program, look: Look) -> Sequence[NextItem]:
    """What the person owes the gates: a decision, a request, an answer to a refusal, a waiver that ends."""
    number = look.gates.current
    url = reverse("phases:gate", args=[program.slug, number])
    pending, latest = look.gates.pending(number), look.gates.latest(number)
    items: list[NextItem] = []
    if pending and policy.can(user, "gate.decide", pending):
        sheet = queries.assess(look, number)
        items.append(
            NextItem(
                title=f"Decide Gate {number}",
                text=f"{pending.requested_by.display} requested it. {sheet.heading}.",
                url=url,
                status="met" if sheet.is_ready else "unmet",
                order=10,
            )
        )
    if not pending and policy.can(user, "gate.request", program):
        sent_back = latest if latest and latest.decision == Decision.SENT_BACK else None
        sheet = queries.assess(look, number)
        if sheet.is_ready and not why_not_requestable(look, number):
            items.append(NextItem(f"Request Gate {number}", f"{sheet.heading}.", url, status="met", order=15))
        elif sent_back:
            reason = Truncator(sent_back.reason).words(18)
            title = f"Gate {number} was sent back: “{reason}”"
            items.append(NextItem(title, sheet.lead, url, status="unmet", order=12))
    if policy.can(user, "waiver.grant", program):
        soon = clock.today(program) + timedelta(days=WARN_DAYS)
        for waiver in look.gates.waivers.values():
            if waiver.ends_on is not None and waiver.ends_on <= soon:
                text = f"After that {waiver.criterion} counts as it stands."
                link = f"{reverse('phases:gate', args=[program.slug, waiver.gate.number])}#{waiver.criterion}"
                items.append(
                    NextItem(f"Waiver {waiver.label} ends", text, link, status="watch", due_on=waiver.ends_on, order=30)
                )
    if policy.can(user, "phase.own", program):
        open_now = look.gates.phases.get(number)
        if open_now and open_now.started_on and open_now.owner_id is None:
            title = f"Name who owns {PHASES[number].name}"
            items.append(NextItem(title, "A phase has an owner before work on it begins.", url, order=20))
    return items


def _short(on: date | None) -> str:
    return f"{on.day} {on:%b}" if on else ""
