"""Name, accept and release the executive sponsor; hold the program without one (R2, R3, G7).

The only writer of `Program.accountable`, `on_hold` and `hold_reason` after a program is made.
The A of the fixed row, the open sponsorship and its position always tell the same.
"""

from __future__ import annotations

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Position, PositionLevel, Program, User
from governance import raci
from governance.deliverables import FIXED_ROW
from governance.errors import NoSponsorship, NotExecutive, NotHeld
from governance.models import Activity, Assignment, Sponsorship
from governance.queries import is_held, is_present, open_sponsorship
from phases.services.saving import save_checked

EXECUTIVE_LEVELS = (PositionLevel.C_LEVEL, PositionLevel.FOUNDER, PositionLevel.OWNER, PositionLevel.VP)


@transaction.atomic
def name_accountable(*, program: Program, position: Position, by: User) -> Sponsorship:
    """Make `position` the one A of the fixed row, and ask its holder to accept (A4, R2).

    Whoever was named before steps down, and the program stays on hold, or goes on hold,
    until the person has accepted. A gate is decided by the named person, whatever their
    role (G7). Raises NotExecutive below VP, NotHeld without an active member.
    """
    policy.require(by, "sponsor.name", program)
    Program.objects.lock(program.pk)
    position = Position.objects.select_related("membership__user").get(pk=position.pk, program=program)
    if not position.is_executive:
        raise NotExecutive(
            f"{position.title} is at the level {position.get_level_display()}. Only a VP, C-level, founder or owner "
            "can be Accountable for the program."
        )
    if not is_held(position):
        raise NotHeld(f"Nobody holds the position {position.title}. Invite the person first, or say who holds it.")
    member = position.membership
    assert member is not None
    current = open_sponsorship(program)
    if current and current.position_id == position.pk and current.membership_id == member.pk:
        return current
    if current:
        _end(current, by=by, reason=f"Replaced by {position.title}.", heir=position)
    else:
        _write_fixed_row(program, position)
    sponsorship = Sponsorship.objects.create(
        program=program,
        membership=member,
        position=position,
        title=position.title,
        level=position.level,
        named_by=by,
        named_at=clock.now(),
    )
    _hold(program, f"{position.title} is named as executive sponsor and has not accepted yet.", by)
    audit.record(by=by, verb="sponsor.named", subject=sponsorship, after={"position": position.title})
    outbox.put("sponsor.named", sponsorship)
    return sponsorship


@transaction.atomic
def appoint_sponsor(*, program: Program, membership: Membership, title: str, level: str, by: User) -> Sponsorship:
    """Record in one go what position `membership` holds, at which level, and name it Accountable."""
    policy.require(by, "sponsor.name", program)
    if membership.program_id != program.pk or not is_present(membership):
        raise NotHeld("Choose an active member of this program.")
    if level not in EXECUTIVE_LEVELS:
        raise NotExecutive("Only a VP, C-level, founder or owner can be Accountable for the program.")
    title = " ".join(title.split())
    if not title:
        raise Invalid("Say the person's title.", field="title")
    position = Position.objects.of(program).filter(title__iexact=title).first()
    if position is None:
        first = Position.objects.of(program).order_by("order").values_list("order", flat=True).first() or 0
        position = Position(program=program, title=title, order=max(first - 1, 0))
    before, after = audit.changes(position, {"level": level, "membership": membership})
    save_checked(position)
    if after:
        audit.record(by=by, verb="position.changed", subject=position, before=before, after=after)
    return name_accountable(program=program, position=position, by=by)


@transaction.atomic
def accept_sponsorship(*, program: Program, by: User) -> Sponsorship:
    """The named person accepts, in person (A4); from now on they sign the gates (G7) and the hold ends (R3)."""
    policy.require(by, "sponsor.accept", program)
    Program.objects.lock(program.pk)
    sponsorship = open_sponsorship(program)
    if sponsorship is None or sponsorship.position is None:
        raise NoSponsorship("Nobody is named as executive sponsor.")
    if sponsorship.accepted_at:
        return sponsorship
    sponsorship.accepted_at = clock.now()
    sponsorship.save(update_fields=["accepted_at"])
    _write_program(program, accountable=sponsorship.position, hold_reason="", by=by)
    audit.record(by=by, verb="sponsor.accepted", subject=sponsorship, after={"position": sponsorship.title})
    outbox.put("sponsor.accepted", sponsorship)
    return sponsorship


@transaction.atomic
def release_sponsor(*, program: Program, by: User, reason: str) -> Sponsorship:
    """End the sponsorship, named or accepted: the row has no A, and the program is on hold (R3)."""
    policy.require(by, "sponsor.release", program)
    if not reason.strip():
        raise Invalid("Say why the sponsor is released; it stands in the history.", field="reason")
    Program.objects.lock(program.pk)
    sponsorship = open_sponsorship(program)
    if sponsorship is None:
        raise NoSponsorship("There is no sponsor to release.")
    _end(sponsorship, by=by, reason=reason.strip())
    _hold(program, f"The executive sponsor ({sponsorship.title}) was released. Name another.", by)
    return sponsorship


@transaction.atomic
def end_sponsorship_of(*, membership: Membership, by: User | None, why: str) -> None:
    """The person of `membership` left, or no longer holds the position: without a sponsor the program is on hold."""
    program = membership.program
    Program.objects.lock(program.pk)
    sponsorship = open_sponsorship(program)
    if sponsorship is None or sponsorship.membership_id != membership.pk:
        return
    _end(sponsorship, by=by, reason=why)
    _hold(program, f"The executive sponsor ({sponsorship.title}) is gone: {why} Name another.", by)


def hold_for_absence(*, sponsorship: Sponsorship, misses: int, by: User | None) -> None:
    """Put the program on hold for the absence of an accepted sponsor, who stays Accountable (R3).

    Call it inside the transaction that locked the program.
    """
    reason = (
        f"The executive sponsor ({sponsorship.title}) missed {misses} meetings in a row. No gate can be requested "
        "until they attend again, or another sponsor has accepted."
    )
    _write_program(sponsorship.program, accountable=sponsorship.position, hold_reason=reason, by=by)


def lift_hold(*, sponsorship: Sponsorship, by: User | None) -> None:
    """Lift the hold once the row of misses has ended; for an accepted sponsorship alone (R3)."""
    if sponsorship.accepted_at is not None and sponsorship.program.on_hold:
        _write_program(sponsorship.program, accountable=sponsorship.position, hold_reason="", by=by)


def _end(sponsorship: Sponsorship, *, by: User | None, reason: str, heir: Position | None = None) -> None:
    sponsorship.ended_at, sponsorship.ended_reason = clock.now(), reason[:200]
    sponsorship.save(update_fields=["ended_at", "ended_reason"])
    _write_fixed_row(sponsorship.program, heir)
    audit.record(by=by, verb="sponsor.ended", subject=sponsorship, note=reason)
    outbox.put("sponsor.ended", sponsorship)


def _hold(program: Program, reason: str, by: User | None) -> None:
    _write_program(program, accountable=None, hold_reason=reason, by=by)


def _write_program(program: Program, *, accountable: Position | None, hold_reason: str, by: User | None) -> None:
    """These three fields alone, so that a settings page saved meanwhile is not undone.

    A hold that begins or ends gets its line in the history (R3); a new reason alone is told by the act behind it.
    """
    was_held = Program.objects.filter(pk=program.pk).values_list("on_hold", flat=True).get()
    program.accountable = accountable
    program.on_hold, program.hold_reason = bool(hold_reason), hold_reason[:300]
    program.save(update_fields=["accountable", "on_hold", "hold_reason"])
    if was_held != program.on_hold:
        verb = "program.held" if program.on_hold else "program.resumed"
        before, after = {"on_hold": was_held}, {"on_hold": program.on_hold}
        audit.record(by=by, verb=verb, subject=program, before=before, after=after, note=program.hold_reason)
        outbox.put(verb, program)


def _write_fixed_row(program: Program, position: Position | None) -> None:
    """Give the A of the fixed row to `position` alone; None takes it from everybody."""
    row, _ = Activity.objects.get_or_create(program=program, is_fixed=True, defaults={"title": FIXED_ROW})
    for one in row.assignments.filter(letters__contains="A"):
        if position is not None and one.position_id == position.pk:
            continue
        if left := raci.step_down(one.letters, becomes="C" if position else ""):
            one.letters = left
            one.save(update_fields=["letters"])
        else:
            one.delete()
    if position is not None:
        mine = Assignment.objects.filter(activity=row, position=position).first()
        letters = raci.take_on(mine.letters if mine else "")
        Assignment.objects.update_or_create(activity=row, position=position, defaults={"letters": letters})
