"""Record who kept a meeting; absent sponsors put the program on hold (R2, R3, D3)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Program, User
from governance.errors import NotDue
from governance.meetings import HOLD_AFTER, OF_KIND, Meetings, Slot, has_vp
from governance.models import WEEKDAYS, Kind, Meeting, MeetingDay, Outcome, Presence, Sponsorship
from governance.queries import open_sponsorship
from governance.services.sponsor import hold_for_absence, lift_hold


@transaction.atomic
def record_meeting(
    *,
    program: Program,
    by: User,
    kind: str,
    period: str,
    outcome: str = "",
    is_held: bool = True,
    vp_sales: str = "",
    note: str = "",
) -> Meeting:
    """Record how a due meeting was kept, or correct what was recorded (R3).

    `period` names it: an ISO week, a month or a quarter. `outcome` is needed where the sponsor was
    due, `vp_sales` of a pipeline review that was held, unless the sponsor stands in for the VP
    (P3). Four misses of the sponsor in a row put the program on hold; a record that ends the row
    lifts that hold. The same values again change nothing.
    Raises NotDue when nothing was due then or its day has not come, Invalid with the field, and
    NotYours for the sponsor's own attendance.
    """
    policy.require(by, "meeting.record", program)
    program = Program.objects.lock(program.pk)
    sponsorship = open_sponsorship(program)
    meetings = Meetings(program, sponsorship)
    slot = meetings.slot(kind, period) if kind in Kind.values else None
    if slot is None:
        raise NotDue("No such meeting was due then. Choose one from the list.")
    if slot.due_on > meetings.today:
        raise NotDue(f"This meeting is on {slot.due_on.day} {slot.due_on:%b %Y}; it can be recorded from that day on.")
    owed_by = _owed_by(slot, meetings)
    if owed_by is not None:
        _refuse_self(by, owed_by)
    asks_vp = slot.kind is Kind.PIPELINE and has_vp(program, owed_by)
    values = _checked(
        slot,
        outcome=outcome if owed_by else "",
        is_held=is_held,
        vp_sales=vp_sales if asks_vp else "",
        note=" ".join(note.split()),
        asks_sponsor=owed_by is not None,
        asks_vp=asks_vp,
    )
    meeting = slot.meeting or Meeting(
        program=program, kind=slot.kind, period=slot.period, due_on=slot.due_on, sponsorship=owed_by
    )
    before, after = audit.changes(meeting, values)
    if slot.meeting and not after:
        return meeting
    meeting.recorded_by, meeting.recorded_at = by, clock.now()
    meeting.save()
    verb = "meeting.corrected" if slot.meeting else "meeting.recorded"
    audit.record(
        by=by,
        verb=verb,
        subject=meeting,
        before=before if slot.meeting else {},
        after=after if slot.meeting else values,
        note=meeting.note,
    )
    outbox.put("meeting.recorded", meeting, kind=str(meeting.kind), outcome=str(meeting.outcome))
    review_absence(program=program, by=by)
    return meeting


def review_absence(*, program: Program, by: User | None) -> None:
    """Put the program on hold for an absent sponsor, or lift that hold, as the records now tell (R3)."""
    sponsorship = open_sponsorship(program)
    if sponsorship is None or sponsorship.accepted_at is None:
        return  # on hold anyway, until a sponsor has accepted
    misses = Meetings(program, sponsorship).misses
    if misses >= HOLD_AFTER:
        hold_for_absence(sponsorship=sponsorship, misses=misses, by=by)
    else:
        lift_hold(sponsorship=sponsorship, by=by)


@transaction.atomic
def set_meeting_day(*, program: Program, by: User, kind: str, weekday: int) -> MeetingDay:
    """Move a meeting to another weekday, 0 Monday to 4 Friday; what was recorded stays as it is."""
    policy.require(by, "meeting.plan", program)
    if kind not in Kind.values:
        raise Invalid("There is no such meeting.", field="kind")
    if not 0 <= weekday < len(WEEKDAYS):
        raise Invalid("A meeting is held from Monday to Friday.", field="weekday")
    program = Program.objects.lock(program.pk)
    one = MeetingDay.objects.of(program).filter(kind=kind).first() or MeetingDay(
        program=program, kind=Kind(kind), weekday=OF_KIND[Kind(kind)].weekday
    )
    before, after = audit.changes(one, {"weekday": weekday})
    if after:
        one.save()
        audit.record(by=by, verb="meeting.moved", subject=one, before=before, after=after)
    return one


def _owed_by(slot: Slot, meetings: Meetings) -> Sponsorship | None:
    """Whose attendance the meeting records: the sponsor it was due from, None where none was."""
    if slot.meeting is not None:
        return slot.meeting.sponsorship
    if not slot.is_sponsors or meetings.since is None or slot.due_on < meetings.since:
        return None
    return meetings.sponsorship


def _refuse_self(by: User, sponsorship: Sponsorship) -> None:
    if sponsorship.membership.user_id == by.pk:
        raise NotYours("Your own attendance is recorded by somebody else: ask who runs the program.")


def _checked(
    slot: Slot, *, outcome: str, is_held: bool, vp_sales: str, note: str, asks_sponsor: bool, asks_vp: bool
) -> dict[str, object]:
    """The values to store; raises Invalid with the field that does not fit."""
    if slot.kind in {Kind.STAND_UP, Kind.QUARTER}:
        is_held = True  # it counts for the sponsor's attendance alone
    if asks_sponsor and outcome not in Outcome.values:
        raise Invalid("Say whether the sponsor attended, missed it or was excused.", field="outcome")
    if outcome == Outcome.EXCUSED and not note:
        raise Invalid("An excused absence needs its reason.", field="note")
    if not is_held and outcome == Outcome.ATTENDED:
        raise Invalid("Nobody attends a meeting that was not held: missed, or excused.", field="outcome")
    if asks_vp and is_held and vp_sales not in Presence.values:
        raise Invalid("Say whether the VP Sales attended, sent a delegate or missed it.", field="vp_sales")
    return {
        "outcome": outcome,
        "is_held": is_held,
        "vp_sales": vp_sales if is_held else "",
        "note": note[:300],
    }
