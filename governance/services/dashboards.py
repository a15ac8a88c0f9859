"""Register dashboards, review them, retire them (R12, D5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Membership, Program, User
from governance.errors import DashboardRetired, NotHeld
from governance.models import Dashboard, DashboardReview, ReviewCadence
from governance.queries import is_present
from phases.services.saving import save_checked


@transaction.atomic
def add_dashboard(
    *,
    program: Program,
    by: User,
    name: str,
    audience: str,
    decision: str,
    address: str = "",
    cadence: str = ReviewCadence.MONTHLY,
    owner: Membership | None = None,
) -> Dashboard:
    """Register a dashboard with its audience and the decision it changes (R12); Invalid without either."""
    policy.require(by, "dashboard.edit", program)
    program = Program.objects.lock(program.pk)
    _refuse_absent(program, owner)
    values = {"name": name, "audience": audience, "decision": decision}
    one = Dashboard(
        program=program, address=address.strip(), cadence=cadence, owner=owner, added_by=by, added_at=clock.now()
    )
    for field, value in values.items():
        setattr(one, field, " ".join(value.split()))
    save_checked(one)
    audit.record(by=by, verb="dashboard.added", subject=one, after={"name": one.name, "decision": one.decision})
    return one


@transaction.atomic
def change_dashboard(*, dashboard: Dashboard, by: User, cadence: str, owner: Membership | None) -> Dashboard:
    """Say how often it is reviewed, and who owns it. Raises NotYours, Invalid, NotHeld, DashboardRetired."""
    policy.require(by, "dashboard.edit", dashboard)
    dashboard = _live(dashboard)
    _refuse_absent(dashboard.program, owner)
    values: dict[str, Any] = {"cadence": cadence, "owner": owner}
    before, after = audit.changes(dashboard, values)
    if after:
        save_checked(dashboard)
        audit.record(by=by, verb="dashboard.changed", subject=dashboard, before=before, after=after)
    return dashboard


@transaction.atomic
def review_dashboard(
    *, dashboard: Dashboard, by: User, reviewed_on: date, decision: str = "", note: str = ""
) -> DashboardReview:
    """Record that somebody looked at it, and what was decided; without a decision the note says why none.

    Its owner may, too. Raises NotYours, DashboardRetired, Invalid with the field: a day to come, one before
    it was registered, or one that is recorded.
    """
    dashboard = _live(dashboard)
    is_owner = dashboard.owner is not None and is_present(dashboard.owner) and dashboard.owner.user_id == by.pk
    if not is_owner and not policy.can(by, "dashboard.edit", dashboard):
        raise NotYours("A dashboard is reviewed by its owner, or by who keeps the registry.")
    zone, today = ZoneInfo(dashboard.program.time_zone), clock.today(dashboard.program)
    added = dashboard.added_at.astimezone(zone).date()
    if not added <= reviewed_on <= today:
        raise Invalid("The day lies before it was registered, or ahead.", field="reviewed_on")
    decision, note = " ".join(decision.split())[:300], " ".join(note.split())[:300]
    if not decision and not note:
        raise Invalid("Say what was decided, or why nothing was.", field="decision")
    if dashboard.reviews.filter(reviewed_on=reviewed_on).exists():
        raise Invalid("A review of this day is recorded.", field="reviewed_on")
    one = DashboardReview.objects.create(
        dashboard=dashboard, reviewed_on=reviewed_on, decision=decision, note=note, reviewed_by=by,
        recorded_at=clock.now(),
    )  # fmt: skip
    newest = list(dashboard.reviews.order_by("-reviewed_on").values_list("reviewed_on", "decision"))
    dashboard.reviewed_on = newest[0][0]
    dashboard.undecided = next((n for n, (_, said) in enumerate(newest) if said), len(newest))
    dashboard.save(update_fields=["reviewed_on", "undecided"])
    audit.record(
        by=by,
        verb="dashboard.reviewed",
        subject=dashboard,
        after={"on": str(reviewed_on), "decision": decision},
        note=note,
    )
    outbox.put("dashboard.reviewed", dashboard, on=str(reviewed_on), decided=bool(decision))
    return one


@transaction.atomic
def retire_dashboard(*, dashboard: Dashboard, by: User) -> Dashboard:
    """Take a dashboard out of the registry; retired already, nothing happens."""
    policy.require(by, "dashboard.edit", dashboard)
    dashboard = Dashboard.objects.select_related("program").lock(dashboard.pk)
    if dashboard.retired_at is None:
        dashboard.retired_at = clock.now()
        dashboard.save(update_fields=["retired_at"])
        audit.record(by=by, verb="dashboard.retired", subject=dashboard)
    return dashboard


def _live(dashboard: Dashboard) -> Dashboard:
    found = Dashboard.objects.select_related("program", "owner__user").lock(dashboard.pk)
    if found.retired_at is not None:
        raise DashboardRetired(f"{found.name} is retired.")
    return found


def _refuse_absent(program: Program, owner: Membership | None) -> None:
    if owner is not None and (owner.program_id != program.pk or not is_present(owner)):
        raise NotHeld("Choose an active member of this program.")
