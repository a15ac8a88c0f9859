"""Name who may decide gates while the sponsor is away (G7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Position, Program, User
from phases.errors import DelegationRefused
from phases.models import Delegation
from phases.services.signing import require_fresh

MOST_DAYS = 30


@transaction.atomic
def name_delegate(
    *,
    program: Program,
    position: Position,
    by: User,
    reason: str,
    until_on: date,
    from_on: date | None = None,
    fresh_at: datetime | None = None,
) -> Delegation:
    """Let the holder of `position`, a VP or higher, decide gates for at most 30 days (G7).

    Both names stand on what they sign. They grant no waiver, change no threshold, and sign nothing
    they requested. A delegation that stands ends with the new one.
    Raises NotYours, NotFresh, DelegationRefused or Invalid.
    """
    policy.require(by, "delegate.name", program)
    Program.objects.lock(program.pk)
    position = Position.objects.select_related("membership__user").get(pk=position.pk)
    if position.program_id != program.pk:
        raise Invalid("This position belongs to another program.", field="position")
    today = clock.today(program)
    starts = from_on or today
    holder = position.membership
    if not position.is_executive:
        raise DelegationRefused(
            f"{position.title} is at the level {position.get_level_display()}. Only a VP or higher can sign for you."
        )
    if holder is None or not holder.is_active or not holder.user.is_active:
        raise DelegationRefused(f"Nobody holds the position {position.title}, so nobody could sign.")
    if holder.user_id == by.pk:
        raise DelegationRefused("This is your own position. Name somebody else.")
    if starts < today:
        raise Invalid("The first day has passed already.", field="from_on")
    if until_on < starts:
        raise Invalid("The last day lies before the first.", field="until_on")
    if until_on > starts + timedelta(days=MOST_DAYS - 1):
        raise Invalid(f"A delegation lasts {MOST_DAYS} days at most.", field="until_on")
    if not reason.strip():
        raise Invalid("Say why; it stands in the history.", field="reason")
    require_fresh(fresh_at)
    for one in Delegation.objects.of(program).open():
        _end(one, by)
    mine = policy.membership_of(by, program)
    assert mine is not None
    delegation = Delegation.objects.create(
        program=program,
        sponsor=mine,
        delegate=holder,
        title=position.title,
        reason=reason.strip(),
        from_on=starts,
        until_on=until_on,
        named_at=clock.now(),
    )
    after = {"delegate": position.title, "from_on": starts, "until_on": until_on}
    audit.record(by=by, verb="delegate.named", subject=delegation, after=after, note=delegation.reason)
    outbox.put("delegate.named", delegation)
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User) -> Delegation:
    """Take the delegation back before its last day."""
    policy.require(by, "delegate.name", delegation)
    delegation = Delegation.objects.lock(delegation.pk)
    if delegation.ended_at is not None:
        raise DelegationRefused("This delegation has ended already.")
    _end(delegation, by)
    return delegation


def _end(delegation: Delegation, by: User) -> None:
    delegation.ended_at, delegation.ended_by = clock.now(), by
    delegation.save(update_fields=["ended_at", "ended_by"])
    audit.record(by=by, verb="delegate.ended", subject=delegation, after={"delegate": delegation.title})
