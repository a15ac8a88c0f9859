"""Say which member of the program a rep is, so that they see their own row (M8)."""

from __future__ import annotations

from django.db import transaction

from adoption.errors import RepRefused
from adoption.models import Rep, RepState
from crmprogram.program import audit, policy
from crmprogram.program.models import Membership, User


@transaction.atomic
def say_who(*, rep: Rep, by: User, member: Membership | None) -> Rep:
    """Say which member a rep is; None takes it back. A member is one rep at most: the row said before is let go.

    Nobody is guessed: an owner's address in the CRM proposes a member, a person says it. Raises NotYours, RepRefused.
    """
    policy.require(by, "adoption.reps", rep)
    if rep.state != RepState.COUNTED:
        raise RepRefused("Only an owner who is counted as a rep has a row of their own.")
    if member is not None and (member.program_id != rep.program_id or not member.is_active):
        raise RepRefused("This person is not a member of this program.")
    before = rep.member.user.display if rep.member else ""
    if member is not None:
        Rep.objects.of(rep.program).filter(member=member).exclude(pk=rep.pk).update(member=None)
    rep.member = member
    rep.save(update_fields=["member"])
    after = member.user.display if member else ""
    if after != before:
        audit.record(by=by, verb="rep.member_said", subject=rep, before={"person": before}, after={"person": after})
    return rep
