"""The Audit's pages in the rail, and what its people owe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from crmprogram.program import policy
from crmprogram.program.models import Program
from crmprogram.web import shell
from crmprogram.web.shell import NextItem
from phases.models import InterviewRole
from phases.queries.audit import AuditFacts
from phases.registry import Look


def goal_word(look: Look) -> str:
    goal = look.audit.goal
    if goal is None:
        return "to write"
    return f"v{goal.number}" if goal.shared_at else "to share"


def scope_word(look: Look) -> str:
    found: AuditFacts = look.audit
    if found.scope_locked_at:
        return "locked"
    if not found.scope_in:
        return "to write"
    return f"v{found.scope_version}" if found.scope_signed_at else "to sign"


def map_word(look: Look) -> str:
    lanes = look.audit.lanes
    return f"{len(look.audit.signed_lanes)}/{len(lanes)}" if lanes else ""


shell.rail_item(phase=1, order=10, label="Goal", url="phases:goal", action="audit.view", count=goal_word)
shell.rail_item(phase=1, order=20, label="Scope", url="phases:scope", action="audit.view", count=scope_word)
shell.rail_item(phase=1, order=30, label="Current-state map", url="phases:map", action="audit.view_map", count=map_word)
shell.rail_item(
    phase=1,
    order=40,
    label="Gaps and cost",
    url="phases:gaps",
    action="audit.view",
    count=lambda look: look.audit.gaps or "",
)
shell.rail_item(
    phase=1,
    order=35,
    label="Interviews",
    url="phases:interviews",
    action="audit.view",
    count=lambda look: f"{look.audit.roles_heard}/{len(InterviewRole)}" if look.audit.roles_heard else "",
)
shell.rail_item(
    phase=1,
    order=45,
    label="Requirements",
    url="phases:requirements",
    action="audit.view",
    count=lambda look: look.audit.requirements or "",
)
shell.rail_item(phase=1, order=70, label="Buyer's questions", url="phases:buyers", action="audit.view")
shell.rail_item(phase=3, order=1, label="Configuration", url="phases:configuration", action="audit.view")
shell.rail_item(
    phase=1,
    order=50,
    label="Must-haves",
    url="phases:capabilities",
    action="audit.view",
    count=lambda look: len(look.audit.must_haves) or "",
)


@shell.next_item
def audit_next(user: Any, program: Program, look: Look) -> Sequence[NextItem]:
    """Lanes to sign off, the scope to sign, the goal to write or share; nothing once the scope is locked."""
    found: AuditFacts = look.audit
    membership = policy.membership_of(user, program)
    if membership is None or found.scope_locked_at:
        return []
    return [
        *_lanes(user, membership.function, program, found),
        *_scope(user, program, found),
        *_goal(user, program, found),
    ]


def _lanes(user: Any, function: str, program: Program, found: AuditFacts) -> list[NextItem]:
    if not policy.can(user, "audit.sign_lane", program):
        return []
    owed = [lane for lane in found.lanes if lane.function == function and lane.step_count and not lane.signed_at]
    return [
        NextItem(
            title=f"Sign off the lane {lane.name}",
            text="It changed after the last sign-off." if lane.was_signed else f"{lane.step_count} steps to read.",
            url=f"{reverse('phases:map', args=[program.slug])}#sign-offs",
            status="stale" if lane.was_signed else "none",
            order=30,
        )
        for lane in owed
    ]


def _scope(user: Any, program: Program, found: AuditFacts) -> list[NextItem]:
    if not found.scope_in or found.scope_signed_at or not policy.can(user, "audit.sign_scope", program):
        return []
    url = reverse("phases:scope", args=[program.slug])
    text = "The Audit gate cannot be requested without it."
    return [NextItem(f"Sign version {found.scope_version} of the scope", text, url, "none", order=20)]


def _goal(user: Any, program: Program, found: AuditFacts) -> list[NextItem]:
    if not policy.can(user, "audit.edit", program):
        return []
    url = reverse("phases:goal", args=[program.slug])
    if found.goal is None:
        return [NextItem("Write the goal", "Outcome, metric, baseline, target and date.", url, "unmet", order=25)]
    if found.goal.shared_at is None:
        return [NextItem("Share the goal with the sponsor", found.goal.headline, url, "none", order=26)]
    return []
