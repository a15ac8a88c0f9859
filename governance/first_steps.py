"""What a new program does first, in order; each line is answered by a check or a record (G6, P4, R1, R3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from crmprogram.program import waves
from crmprogram.program.models import Membership, Role, Team
from phases.registry import MET, Evidence, Look, examine

PEOPLE = (Role.SPONSOR, Role.VP_SALES, Role.CRM_SPECIALIST)  # whom the Audit cannot do without (P3, G1)


@dataclass(frozen=True)
class FirstStep:
    """One line: is it done, what was found, where it is done."""

    title: str
    said: str
    url: str
    done: bool

    @property
    def state(self) -> str:
        return "met" if self.done else "none"


def first_steps(look: Look) -> list[FirstStep]:
    """The steps up to the first gate, in the order in which they are done."""
    return list(_steps(look))


def _steps(look: Look) -> Iterator[FirstStep]:
    slug, program = look.program.slug, look.program

    def url(name: str) -> str:
        return reverse(name, args=[slug])

    yield _by_check(look, "Name the executive sponsor", "governance.sponsor", url("governance:sponsor"))
    there = set(Membership.objects.of(program).active().values_list("role", flat=True))
    missing = [role.label for role in PEOPLE if role not in there]
    said = (
        f"Not in the program yet: {', '.join(missing)}." if missing else "Sponsor, VP Sales and CRM Specialist are in."
    )
    yield FirstStep("Invite the people of the Audit", said, url("web:members"), not missing)
    teams = list(Team.objects.of(program))
    dated = [team for team in teams if team.go_live_on]
    said = (
        waves.advise(teams).said if dated else "No team has a go-live date yet." if teams else "No team is named yet."
    )
    yield FirstStep("Plan teams and waves", said, url("web:teams"), bool(teams) and len(dated) == len(teams))
    matrix = look.governance
    conflicts = len(matrix.conflicts)
    said = (
        "Nobody is Accountable for anything yet."
        if matrix.is_empty
        else f"{conflicts} rows have no single Accountable or nobody Responsible."
        if conflicts > 1
        else "One row has no single Accountable or nobody Responsible."
        if conflicts
        else "Every row has one Accountable and somebody Responsible."
    )
    yield FirstStep("Fill the RACI", said, url("governance:raci"), not matrix.is_empty and not conflicts)
    yield _by_check(look, "Write the goal and share it with the sponsor", "audit.goal", url("phases:goal"))
    audit = look.audit
    said = (
        f"Version {audit.scope_version} is signed."
        if audit.scope_signed_at
        else f"Version {audit.scope_version} waits for a signature."
        if audit.scope_in
        else "Nothing is in scope yet."
    )
    yield FirstStep("Say what is in scope, and have it signed", said, url("phases:scope"), bool(audit.scope_signed_at))
    yield _by_check(look, "Draw how the work is done today", "audit.process_map", url("phases:map"))
    yield _by_check(look, "Note the gaps and what they cost", "audit.gaps", url("phases:gaps"))
    yield _by_check(look, "Choose the must-haves", "audit.must_haves", url("phases:capabilities"))
    approval = look.gates.approval(1)
    said = "It is signed." if approval else "Once every criterion is met, it goes to the sponsor."
    yield FirstStep("Request Gate 1", said, reverse("phases:gate", args=[slug, 1]), approval is not None)


def _by_check(look: Look, title: str, key: str, url: str) -> FirstStep:
    found: Evidence = examine(look, key, phase=1)
    return FirstStep(title, found.summary, url, found.verdict is MET)
