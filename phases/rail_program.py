"""What runs through all phases, in the rail and among the things a person owes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse

from crmprogram.program import clock, policy
from crmprogram.program.models import Program
from crmprogram.web import shell
from crmprogram.web.shell import NextItem
from phases.queries import waves as queries
from phases.queries.gates import EXEMPTABLE
from phases.registry import Look

DECIDE_DAYS = 28  # before the planned go-live of a wave

shell.rail_item(phase=0, order=20, label="Method", url="phases:lenses", action="gates.view", icon="waves")
shell.rail_item(phase=1, order=25, label="Strategy artifacts", url="phases:artifacts", action="audit.view")
shell.rail_item(phase=3, order=90, label="Pilot and waves", url="phases:waves", action="gates.view")


@shell.next_item
def exemption_next(user: Any, program: Program, look: Look) -> Sequence[NextItem]:
    """The statement that Pick is not applicable, where the platform was chosen before (G6)."""
    if not program.platform_chosen or program.on_hold or not policy.can(user, "pick.exempt", program):
        return []
    if look.gates.exemption is not None or look.gates.approval(EXEMPTABLE) is not None:
        return []
    url = reverse("phases:pick-exempt", args=[program.slug])
    text = f"{program.platform_name} was chosen before; until you sign it, Gate 2 stands in the way."
    return [NextItem("Sign that Pick is not applicable", text, url, "none", order=22)]


@shell.next_item
def waves_next(user: Any, program: Program, look: Look) -> Sequence[NextItem]:
    """A go-live to decide, a review that is due, a pilot to close; nothing before Implement."""
    may_plan, may_start = (policy.can(user, key, program) for key in ("wave.plan", "wave.start"))
    implement = look.gates.phases.get(queries.GO_LIVE_GATE)
    if not (may_plan or may_start) or implement is None or implement.started_on is None:
        return []
    today, items = clock.today(program), []
    rows = queries.calendar(program)
    for row in rows:
        wave, live_on, decided = row["wave"], row["decided_on"] or row["planned_on"], row["decided_on"]
        if may_start and decided is None and live_on and today < live_on <= today + timedelta(days=DECIDE_DAYS):
            to = reverse("phases:wave-start", args=[program.slug, wave])
            items.append(NextItem(f"Decide the go-live of wave {wave}", "Its teams are dated.", to, due_on=live_on))
        due_on = decided + timedelta(days=queries.REVIEW_DAYS * (row["reviews"] + 1)) if decided else None
        if may_plan and due_on and due_on <= today:
            to = reverse("phases:wave-review", args=[program.slug, wave])
            items.append(NextItem(f"Review wave {wave}", "Every 30 days after go-live.", to, "watch", due_on, 40))
    if may_plan and rows and rows[0]["pilot_ends_on"] and rows[0]["pilot_ends_on"] < today:
        to = reverse("phases:waves", args=[program.slug])
        items.append(NextItem("Close the pilot", "Its last day is past.", to, "watch", rows[0]["pilot_ends_on"], 40))
    return items
