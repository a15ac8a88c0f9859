"""Add, change, move and remove the positions that are the RACI's columns."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from crmprogram.program import audit, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Position, Program, User
from governance.errors import PositionInUse
from governance.queries import open_sponsorship
from governance.services.sponsor import EXECUTIVE_LEVELS, end_sponsorship_of
from phases.services.saving import save_checked


@transaction.atomic
def save_position(
    *,
    program: Program,
    by: User,
    title: str,
    level: str,
    membership: Membership | None = None,
    position: Position | None = None,
) -> Position:
    """Add a position, or change `position`: its title, its level, who holds it.

    Where the sponsor's position loses its holder or falls below VP, the sponsorship ends
    and the program goes on hold (R2, R3).
    """
    policy.require(by, "positions.edit", program)
    if membership is not None and (membership.program_id != program.pk or not membership.is_active):
        raise Invalid("Only an active member of this program can hold a position.", field="membership")
    if position is None:
        last = Position.objects.of(program).aggregate(last=Max("order"))["last"] or 0
        position = Position(program=program, order=last + 1)
    else:
        position = Position.objects.lock(position.pk)
    is_new = position.pk is None
    values = {"title": " ".join(title.split()), "level": level, "membership": membership}
    before, after = audit.changes(position, values)
    if not after:
        return position
    save_checked(position)
    audit.record(
        by=by, verb="position.added" if is_new else "position.changed", subject=position, before=before, after=after
    )
    sponsorship = None if is_new else open_sponsorship(program)
    if sponsorship and sponsorship.position_id == position.pk:
        if membership is None or membership.pk != sponsorship.membership_id:
            why = "the position changed hands."
            end_sponsorship_of(membership=sponsorship.membership, by=by, why=why)
        elif level not in EXECUTIVE_LEVELS:
            end_sponsorship_of(membership=sponsorship.membership, by=by, why="the position is below VP now.")
    return position


@transaction.atomic
def move_position(*, position: Position, by: User, earlier: bool) -> None:
    """Move the column one place to the left (`earlier`) or to the right; at the edge nothing happens."""
    policy.require(by, "positions.edit", position)
    Program.objects.lock(position.program_id)
    line = list(Position.objects.of(position.program))
    here = next(i for i, one in enumerate(line) if one.pk == position.pk)
    there = here - 1 if earlier else here + 1
    if not 0 <= there < len(line):
        return
    line[here], line[there] = line[there], line[here]
    for order, one in enumerate(line, start=1):
        one.order = order
    Position.objects.bulk_update(line, ["order"])
    audit.record(by=by, verb="position.moved", subject=position, after={"order": there + 1})


@transaction.atomic
def remove_position(*, position: Position, by: User) -> None:
    """Remove a column with its letters; the sponsor's position cannot be removed."""
    policy.require(by, "positions.edit", position)
    sponsorship = open_sponsorship(position.program)
    if sponsorship and sponsorship.position_id == position.pk:
        raise PositionInUse(f"{position.title} is the executive sponsor's position. Release the sponsor first.")
    letters = dict(position.assignments.values_list("activity__title", "letters"))
    audit.record(by=by, verb="position.removed", subject=position, before=letters)
    position.delete()
