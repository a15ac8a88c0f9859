"""Who may do what on this floor."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

import phases.presets  # noqa: F401 - registers the templates of thresholds
from crmprogram.program.models import Membership, Role
from crmprogram.program.policy import EVERYONE, action, program_of
from crmprogram.program.services import program_created
from phases.models.process_map import Lane
from phases.queries.rounds import live_delegation
from phases.services.gates import furnish

# --- gates ------------------------------------------------------------------------

REQUESTERS = {Role.SALES_OPS, Role.CRM_SPECIALIST, Role.TEAM_LEAD}


def is_accountable(user: Any, obj: Model, membership: Membership) -> str:
    """Only the A of the RACI row "CRM program" decides: a named person, not a role (G7)."""
    position = program_of(obj).accountable
    if position is None:
        return "No executive sponsor is Accountable for this program yet, so nobody can decide."
    if position.membership_id != membership.pk:
        return f"Only the {position.title} decides here, as the one Accountable of this program."
    return ""


def decides(user: Any, obj: Model, membership: Membership) -> str:
    """The Accountable, or the delegate they named for these days (G7)."""
    why = is_accountable(user, obj, membership)
    if not why:
        return ""
    if "_delegation" not in membership.__dict__:  # asked several times for one page
        membership.__dict__["_delegation"] = live_delegation(program_of(obj))
    delegation = membership.__dict__["_delegation"]
    return "" if delegation is not None and delegation.delegate_id == membership.pk else why


action("gates.view", label="Reading the gates", roles=EVERYONE)
action("gate.request", label="Requesting a gate", roles=REQUESTERS)
action("gate.decide", label="Deciding a gate", roles=EVERYONE, rule=decides)
action("delegate.name", label="Naming a delegate", roles=EVERYONE, rule=is_accountable)
action("waiver.grant", label="Granting a waiver", roles=EVERYONE, rule=is_accountable)
action("threshold.set", label="Changing a threshold", roles=EVERYONE, rule=is_accountable)
action("pick.exempt", label="Stating that Pick is not applicable", roles=EVERYONE, rule=is_accountable)
action("wave.plan", label="Planning pilots and reviewing waves", roles=REQUESTERS | {Role.VP_SALES})
action("wave.start", label="Deciding the go-live of a wave", roles=EVERYONE, rule=is_accountable)
action("step.start", label="Marking a step as started", roles=REQUESTERS | {Role.ENABLEMENT, Role.IT})
action("step.waive", label="Waiving the order of the steps", roles=EVERYONE, rule=is_accountable)
action("phase.own", label="Naming the owner of a phase", roles={Role.SALES_OPS})

program_created(furnish)

# --- audit content ----------------------------------------------------------------

AUTHORS = {Role.SALES_OPS, Role.CRM_SPECIALIST, Role.VP_SALES}


def represents_lane(user: Any, obj: Model, membership: Membership) -> str:
    """A lane is signed off by somebody of the function that works in it (A1)."""
    if isinstance(obj, Lane) and membership.function != obj.function:
        return (
            f"The lane {obj.name} is signed off by somebody from {obj.get_function_display()}; "
            f"your function here is {membership.get_function_display()}."
        )
    return ""


action("audit.view", label="Reading the Audit", roles=EVERYONE - {Role.PARTICIPANT})
action("audit.view_map", label="Reading the process map", roles=EVERYONE)
action("audit.edit", label="Editing the Audit", roles=AUTHORS)
action("config.record", label="Recording what is configured and tested", roles=AUTHORS | {Role.IT, Role.TEAM_LEAD})
action("config.sign", label="Signing the configuration spec", roles={Role.SPONSOR, Role.VP_SALES})
action("audit.share_goal", label="Sharing the goal with the sponsor", roles=AUTHORS)
action("artifact.edit", label="Writing the strategy artifacts", roles=AUTHORS)
action("artifact.sign", label="Signing a strategy artifact", roles={Role.SPONSOR, Role.VP_SALES})
action("scope.request", label="Asking for an addition to the scope", roles=EVERYONE - {Role.VIEWER, Role.PARTICIPANT})
action("scope.except", label="Letting an addition into the locked scope", roles=EVERYONE, rule=is_accountable)
action("audit.sign_scope", label="Signing the scope", roles={Role.SPONSOR, Role.VP_SALES})
action("audit.sign_lane", label="Signing off a lane", roles=EVERYONE - {Role.VIEWER}, rule=represents_lane)
