"""Who may change the RACI, name the sponsor and the system owner, record meetings and attest."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from crmprogram.program.models import Membership, Role, User
from crmprogram.program.policy import EVERYONE, action
from crmprogram.program.services import member_left, program_created
from governance import services
from governance.models import Sponsorship

LEADERS = {Role.SALES_OPS, Role.SPONSOR, Role.VP_SALES}


def _is_the_named(user: Any, obj: Model, membership: Membership) -> str:
    if Sponsorship.objects.open().filter(membership=membership).exists():
        return ""
    return "Only the person who is named as executive sponsor can accept."


action("overview.view", label="Reading the overview", roles=EVERYONE)
action("five_minutes.view", label="Reading what waits for the sponsor", roles=LEADERS)
action("one_pager.view", label="Reading the one-pager", roles=EVERYONE - {Role.PARTICIPANT})
action("one_pager.publish", label="Publishing the one-pager", roles=LEADERS)
action("digest.view", label="Reading one's own digests", roles=EVERYONE)
action("raci.view", label="Reading the RACI", roles=EVERYONE)
action("raci.edit", label="Editing the RACI", roles={Role.SALES_OPS, Role.VP_SALES})
action("raci.sign", label="Signing the RACI", roles={Role.SPONSOR, Role.VP_SALES})
action("positions.edit", label="Editing positions", roles={Role.SALES_OPS})
action("sponsor.name", label="Naming the executive sponsor", roles={Role.SALES_OPS, Role.VP_SALES})
action("sponsor.accept", label="Accepting the sponsorship", roles=EVERYONE, rule=_is_the_named)
action("sponsor.release", label="Releasing the executive sponsor", roles=LEADERS)
RECORDERS = {Role.SALES_OPS, Role.VP_SALES, Role.CRM_SPECIALIST, Role.TEAM_LEAD}
action("meeting.record", label="Recording who kept a meeting", roles=RECORDERS)
action("meeting.plan", label="Moving a meeting to another weekday", roles=LEADERS)
action("strategy.test", label="Asking reps about the strategy", roles=LEADERS | {Role.ENABLEMENT})
action("owner.name", label="Naming the internal system owner", roles=LEADERS)
action("dashboard.edit", label="Editing the dashboard registry", roles=LEADERS | {Role.CRM_SPECIALIST})
action("attest", label="Attesting what no record shows", roles=LEADERS | {Role.CRM_SPECIALIST, Role.IT})

program_created(services.furnish_program)


@member_left
def hold_without_sponsor(membership: Membership, by: User) -> None:
    """Who left or can no longer sign in: a sponsor leaves the program on hold (R3), a system owner without one (R5)."""
    why = "the person's account was closed." if membership.is_active else "the person left the program."
    services.end_sponsorship_of(membership=membership, by=by, why=why)
    services.end_ownership_of(membership=membership, by=by)
