"""What governance shows in the rail and in "next for me"."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from crmprogram.program import policy
from crmprogram.program.models import Program, Role
from crmprogram.web.shell import NextItem, next_item, rail_item
from governance.queries import Matrix


def conflict_count(look: Any) -> str:
    """How many rows of the RACI break R1, as the rail says it."""
    if look.governance.is_empty:
        return "to fill"
    count = len(look.governance.conflicts)
    if count > 9:
        return f"{count} to fix"
    return "" if not count else "1 conflict" if count == 1 else f"{count} conflicts"


rail_item(phase=0, order=0, label="Overview", url="governance:overview", action="overview.view", icon="overview")
rail_item(
    phase=0, order=5, label="My five minutes", url="governance:five-minutes", action="five_minutes.view", icon="stale"
)
rail_item(phase=0, order=8, label="One-pager", url="governance:one-pager", action="one_pager.view", icon="file")
rail_item(phase=1, order=90, label="RACI and sponsor", url="governance:raci", action="raci.view", count=conflict_count)

rail_item(phase=5, order=50, label="Meetings", url="governance:meetings", action="raci.view")
rail_item(phase=5, order=60, label="Dashboards", url="governance:dashboards", action="raci.view")
rail_item(phase=5, order=70, label="Digests", url="governance:digests", action="digest.view")


@next_item
def owed(user: Any, program: Program, look: Any) -> list[NextItem]:
    """Name, accept, repair, sign: each to who can do it."""
    matrix: Matrix = look.governance
    url = reverse("governance:raci", args=[program.slug])
    items: list[NextItem] = []
    if matrix.sponsorship is None and policy.can(user, "sponsor.name", program):
        name_url = reverse("governance:sponsor", args=[program.slug])
        text = "Without an accepted sponsor no gate can be requested"
        items.append(NextItem("Name the sponsor", text, name_url, "unmet", order=0))
    named = matrix.sponsorship
    if named and named.accepted_at is None and named.membership.user_id == user.pk:
        text = f"You are named as {named.title}. The program waits on hold until you accept"
        items.append(NextItem("Accept the sponsorship", text, f"{url}#sponsor", "unmet", order=0))
    wrong = [row for row in matrix.conflicts if not row.activity.is_fixed]
    if wrong and policy.can(user, "raci.edit", program):
        title = "Repair 1 row of the RACI" if len(wrong) == 1 else f"Repair {len(wrong)} rows of the RACI"
        told = ", ".join(f"“{row.activity.title}”: {row.violations[0].short.lower()}" for row in wrong[:2])
        if matrix.is_empty:
            title, told = "Fill the RACI", "Nobody is Accountable for anything yet"
        items.append(NextItem(title, told, f"{url}#row-{wrong[0].activity.pk}", "unmet", order=30))
    if matrix.rows and not matrix.conflicts and not matrix.is_signed and policy.can(user, "raci.sign", program):
        text = "Every row has one Accountable"
        if matrix.signoff:
            text = f"Changed since version {matrix.signoff.version}"
        items.append(NextItem("Sign the RACI", text, f"{url}#sign", "none", order=40))
    items += _meetings_owed(user, program, matrix)
    items += _dashboards_owed(user, program, matrix)
    return items


def _dashboards_owed(user: Any, program: Program, matrix: Matrix) -> list[NextItem]:
    """Dashboards to look at: to their owner; to who runs the program what nobody owns (R12)."""
    member = policy.membership_of(user, program)
    if member is None:
        return []
    mine = [
        one
        for one in matrix.boards
        if one.is_due
        and (one.dashboard.owner_id == member.pk or (not one.dashboard.owner_id and member.role == Role.SALES_OPS))
    ]
    return [
        NextItem(
            f"Review the dashboard “{one.dashboard.name}”",
            f"{one.word}. Decide what follows, or retire it",
            one.dashboard.get_absolute_url(),
            "unmet" if one.is_grave else "watch",
            one.due_on,
            order=45,
        )
        for one in mine
    ]


def _meetings_owed(user: Any, program: Program, matrix: Matrix) -> list[NextItem]:
    """Meetings that nobody has recorded, to who runs the program; other recorders find them on the page (R3)."""
    member = policy.membership_of(user, program)
    if member is None or member.role != Role.SALES_OPS:
        return []
    sponsorship = matrix.sponsorship
    if sponsorship is not None and sponsorship.membership_id == member.pk:
        return []  # nobody records their own attendance
    waiting = matrix.meetings.unrecorded
    if not waiting:
        return []
    first = waiting[0]
    title = f"Record the {first.kind.label.lower()}" if len(waiting) == 1 else f"Record {len(waiting)} meetings"
    text = "Who kept it? Two misses in a row mark the sponsor absent"
    url = reverse("governance:meetings", args=[program.slug]) + "#h-rec"
    return [NextItem(title, text, url, "watch", due_on=first.due_on, order=35)]
