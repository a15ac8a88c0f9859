"""Who kept the sponsor's commitments, and what follows (R2, R3, D3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import Holiday
from crmprogram.program import audit, clock
from crmprogram.program import services as program_services
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Membership, Program, Role
from governance import failure_modes, services
from governance.errors import NotDue
from governance.failure_modes import State
from governance.models import Kind, Meeting
from phases.errors import GateRefused
from phases.models import Gate
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services.gates import request_gate
from tests.factories import MembershipFactory
from tests.governance.conftest import ACCEPTED

pytestmark = pytest.mark.django_db

THURSDAYS = [f"2026-W{week:02d}" for week in range(2, 20)]


def program_of(member):
    return Program.objects.get(pk=member.program_id)


def meetings_of(member):
    return Look(program_of(member)).governance.meetings


def state_of(member, key, at):
    with clock.at(at):
        return next(one for one in failure_modes.detect(Look(program_of(member))) if one.mode.key == key)


# --- what is due ---------------------------------------------------------------------


def test_stand_up_is_due_weekly_from_the_day_after_the_sponsor_accepted(held):  # R2
    with clock.at(datetime(2026, 1, 22, 12, tzinfo=UTC)):
        slots = meetings_of(held).of_kind[Kind.STAND_UP]

    assert [(one.period, str(one.due_on), one.word) for one in slots] == [
        ("2026-W02", "2026-01-08", "Not recorded"),
        ("2026-W03", "2026-01-15", "Not recorded"),
        ("2026-W04", "2026-01-22", "Not recorded"),
    ]


def test_stand_up_ends_four_months_after_the_start(held):  # R2
    with clock.at(datetime(2026, 8, 1, 12, tzinfo=UTC)):
        meetings = meetings_of(held)

    assert meetings.of_kind[Kind.STAND_UP][-1].due_on == date(2026, 4, 30)
    assert meetings.next_on(Kind.STAND_UP) is None


def test_nothing_is_due_from_a_sponsor_who_has_not_accepted(ops, cro):
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)

    assert meetings_of(ops).kept == []
    assert meetings_of(ops).unrecorded == []


def test_today_is_the_day_in_the_programs_zone(held):
    Program.objects.filter(pk=held.program_id).update(time_zone="Pacific/Auckland")
    with clock.at(datetime(2026, 1, 7, 12, tzinfo=UTC)):  # Thursday there already
        assert [one.period for one in meetings_of(held).recordable] == ["2026-W02"]


def test_holiday_of_everybody_cancels_the_stand_up_of_that_week(held):
    Holiday.objects.create(program=held.program, day=date(2026, 1, 15), name="Founders' day")
    with clock.at(datetime(2026, 1, 22, 12, tzinfo=UTC)):
        assert [one.period for one in meetings_of(held).of_kind[Kind.STAND_UP]] == ["2026-W02", "2026-W04"]


def test_another_weekday_moves_what_is_to_come_and_keeps_what_was_recorded(held, record):
    record(held, "attended")
    with clock.at(datetime(2026, 1, 13, 12, tzinfo=UTC)):
        services.set_meeting_day(program=held.program, by=held.user, kind=Kind.STAND_UP, weekday=1)
        slots = meetings_of(held).of_kind[Kind.STAND_UP]

    assert [(one.period, str(one.due_on)) for one in slots] == [("2026-W02", "2026-01-08"), ("2026-W03", "2026-01-13")]


def test_weekend_is_no_day_for_a_meeting(held):
    with pytest.raises(Invalid):
        services.set_meeting_day(program=held.program, by=held.user, kind=Kind.STAND_UP, weekday=5)


# --- recording (R3) --------------------------------------------------------------------


def test_record_tells_who_and_when_and_is_in_the_history(held, record):
    record(held, "attended")
    meeting = Meeting.objects.get()

    assert (meeting.outcome, meeting.recorded_by, meeting.due_on) == ("attended", held.user, date(2026, 1, 8))
    assert meeting.recorded_at == ACCEPTED + timedelta(days=3)
    assert [one.verb for one in audit.history(meeting)] == ["meeting.recorded"]


def test_same_record_again_changes_nothing(held, record):
    record(held, "attended")
    record(held, "attended")

    assert [one.verb for one in audit.history(Meeting.objects.get())] == ["meeting.recorded"]


def test_correction_keeps_what_stood_before(held, record):
    record(held, "missed")
    record(held, "attended")
    corrected = audit.history(Meeting.objects.get())[0]

    assert (corrected.verb, corrected.before, corrected.after) == (
        "meeting.corrected",
        {"outcome": "missed"},
        {"outcome": "attended"},
    )


def test_excused_needs_a_reason(held, record):
    with pytest.raises(Invalid, match="reason"):
        record(held, "excused")

    record(held, "excused", note="Board meeting abroad")
    assert Meeting.objects.get().note == "Board meeting abroad"


@pytest.mark.parametrize("period", ["2026-W01", "2026-W03", "2026-W99", "nonsense"])
def test_only_what_was_due_can_be_recorded(held, period):
    with clock.at(ACCEPTED + timedelta(days=3)), pytest.raises(NotDue):
        services.record_meeting(
            program=held.program, by=held.user, kind=Kind.STAND_UP, period=period, outcome="attended"
        )
    assert not Meeting.objects.exists()


def test_sponsor_does_not_record_their_own_attendance(held, cro, record):
    Membership.objects.filter(pk=cro.pk).update(role=Role.VP_SALES)  # may record, but not this
    with pytest.raises(NotYours, match="somebody else"):
        record(Membership.objects.get(pk=cro.pk), "attended")


def test_viewer_and_stranger_may_not_record(held, stranger):
    viewer = MembershipFactory(program=held.program, role=Role.VIEWER)
    for member in (viewer, stranger):
        with pytest.raises(NotYours):
            services.record_meeting(
                program=held.program, by=member.user, kind=Kind.STAND_UP, period="2026-W02", outcome="attended"
            )


# --- absent, on hold (R3) ---------------------------------------------------------------


def test_two_misses_in_a_row_put_the_sponsor_at_risk(held, record):
    record(held, "missed")
    assert state_of(held, "no_sponsor", ACCEPTED + timedelta(days=4)).state is State.CLEAR

    record(held, "missed", first=1)
    found = state_of(held, "no_sponsor", ACCEPTED + timedelta(days=11))

    assert found.state is State.AT_RISK
    assert (found.evidence.value, found.evidence.threshold) == (2, 1)
    assert found.evidence.summary == "The sponsor missed 2 meetings in a row."
    assert found.evidence.as_of == ACCEPTED + timedelta(days=10)
    assert not program_of(held).on_hold


def test_one_attended_between_breaks_the_row(held, record):
    record(held, "missed", "attended", "missed")

    assert state_of(held, "no_sponsor", ACCEPTED + timedelta(days=18)).state is State.CLEAR


def test_sponsor_cannot_be_told_while_the_newest_meetings_are_not_recorded(held):
    found = state_of(held, "no_sponsor", ACCEPTED + timedelta(days=11))

    assert found.state is State.CANNOT_TELL  # no data is never clear (F)


def test_four_misses_in_a_row_put_the_program_on_hold(held, record):
    record(held, "missed", "missed", "missed")
    assert not program_of(held).on_hold

    record(held, "missed", first=3)
    program = program_of(held)

    assert program.on_hold
    assert program.hold_reason.startswith("The executive sponsor (Chief Revenue Officer) missed 4 meetings in a row.")
    assert program.accountable is not None  # they still answer for it
    assert audit.history(program)[0].verb == "program.held"
    with pytest.raises(GateRefused, match="on hold"):
        request_gate(gate=Gate.objects.get(program=program, number=1), by=held.user)


def test_excused_meetings_put_nobody_on_hold(held, record):
    for number in range(5):
        record(held, "excused", first=number, note="Parental leave")

    assert not program_of(held).on_hold


def test_hold_lifts_when_the_sponsor_attends_again(held, record):
    record(held, *["missed"] * 4)
    record(held, "attended", first=4)
    program = program_of(held)

    assert (program.on_hold, program.hold_reason) == (False, "")
    assert [one.verb for one in audit.history(program)[:2]] == ["program.resumed", "program.held"]


def test_hold_lifts_when_a_wrong_record_is_corrected(held, record):
    record(held, *["missed"] * 4)
    record(held, "excused", first=1, note="Was in hospital")

    assert not program_of(held).on_hold


def test_new_sponsor_starts_without_the_misses_of_the_one_before(held, record):
    record(held, *["missed"] * 4)
    other = MembershipFactory(program=held.program, role=Role.VP_SALES)
    with clock.at(ACCEPTED + timedelta(days=25)):
        services.appoint_sponsor(program=held.program, membership=other, title="VP Revenue", level="vp", by=held.user)
        assert program_of(held).on_hold  # until they accept
        services.accept_sponsorship(program=held.program, by=other.user)
        meetings = meetings_of(held)

    assert not program_of(held).on_hold
    assert (meetings.misses, meetings.kept) == (0, [])


def test_record_does_not_lift_the_hold_for_a_missing_sponsor(held, record):
    record(held, "missed")
    services.release_sponsor(program=held.program, by=held.user, reason="Left the company.")
    record(held, "attended")  # a correction of what the former sponsor kept

    assert program_of(held).hold_reason == "The executive sponsor (Chief Revenue Officer) was released. Name another."


def test_misses_of_one_commitment_count_although_others_are_kept(held):
    Program.objects.filter(pk=held.program_id).update(go_live_on=date(2026, 1, 9))
    for number in range(1, 5):
        at = ACCEPTED + timedelta(days=7 * number)
        with clock.at(at + timedelta(days=3)):
            services.record_meeting(
                program=held.program, by=held.user, kind="pipeline_review", period=THURSDAYS[number], outcome="missed"
            )
            services.record_meeting(
                program=held.program, by=held.user, kind="stand_up", period=THURSDAYS[number], outcome="attended"
            )

    assert meetings_of(held).misses == 4
    assert program_of(held).on_hold


def test_member_who_left_keeps_what_was_recorded(held, cro, record):
    record(held, "attended")
    program_services.deactivate_member(membership=cro, by=held.user)

    assert Meeting.objects.get().sponsorship.membership == cro
    assert meetings_of(held).kept == []


# --- pipeline reviews (D3) ------------------------------------------------------------


@pytest.fixture
def live(held):
    """Live since Fri 9 Jan, with a VP Sales; reviews are on Mondays from 12 Jan."""
    Program.objects.filter(pk=held.program_id).update(go_live_on=date(2026, 1, 9))
    MembershipFactory(program=held.program, role=Role.VP_SALES)
    return held


def review(member, number, vp="attended", outcome="attended", **more):
    with clock.at(ACCEPTED + timedelta(days=7 * number, hours=3)):
        services.record_meeting(
            program=member.program,
            by=member.user,
            kind=Kind.PIPELINE,
            period=THURSDAYS[number],
            outcome=outcome,
            vp_sales=vp,
            **more,
        )


def judged_reviews(member, weeks=5):
    with clock.at(ACCEPTED + timedelta(days=7 * weeks - 1)):
        return examine(Look(program_of(member)), "governance.pipeline_review", phase=4)


@pytest.mark.parametrize(
    ("presences", "verdict"),
    [
        (["attended"] * 4, MET),
        (["attended", "delegate", "attended", "attended"], MET),
        (["delegate", "delegate", "attended", "attended"], NOT_MET),  # at 3 of 4, a delegate at the other
        (["attended", "attended", "attended", "missed"], NOT_MET),
    ],
)
def test_pipeline_reviews_want_the_vp_at_three_of_four(live, presences, verdict):  # D3
    for number, presence in enumerate(presences, start=1):
        review(live, number, presence)
    found = judged_reviews(live)

    assert (found.verdict, found.value, found.threshold) == (verdict, presences.count("attended"), 3)
    assert found.as_of == ACCEPTED + timedelta(days=28, hours=3)
    assert len(found.details) == 4


def test_pipeline_reviews_cannot_be_told_before_four_were_due(live):  # D3
    for number in (1, 2, 3):
        review(live, number)
    found = judged_reviews(live, weeks=4)

    assert (found.verdict, found.summary) == (UNKNOWN, "3 of 4 weekly pipeline reviews were due so far.")


def test_pipeline_reviews_cannot_be_told_while_one_is_not_recorded(live):  # G8
    for number in (1, 2, 4):
        review(live, number)
    found = judged_reviews(live)

    assert (found.verdict, found.summary) == (UNKNOWN, "1 of the last 4 pipeline reviews is not recorded.")


def test_pipeline_review_that_was_not_held_is_not_met(live):  # D3
    for number in (1, 2, 3):
        review(live, number)
    review(live, 4, vp="", outcome="excused", is_held=False, note="Nobody called it")

    assert judged_reviews(live).verdict is NOT_MET


def test_pipeline_review_of_a_holiday_is_not_scheduled(live):  # D3
    Holiday.objects.create(program=live.program, day=date(2026, 1, 26), name="Holiday")
    for number in (1, 2, 4, 5):
        review(live, number)

    assert judged_reviews(live, weeks=6).verdict is MET


def test_sponsor_stands_in_where_there_is_no_vp_sales(held):  # P3
    Program.objects.filter(pk=held.program_id).update(go_live_on=date(2026, 1, 9))
    for number in range(1, 5):
        review(held, number, vp="")

    assert judged_reviews(held).verdict is MET


def test_pipeline_reviews_begin_with_go_live(held):
    found = judged_reviews(held)

    assert (found.verdict, found.summary[:34]) == (UNKNOWN, "There is no go-live date; the week")
