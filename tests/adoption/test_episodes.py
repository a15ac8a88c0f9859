"""An episode that data and people change: corrected, opened again, passed on, replanned, closed (M5)."""

from datetime import UTC, date, datetime

import pytest

from adoption import queries
from adoption.errors import EscalationRefused
from adoption.metrics import Week
from adoption.models import Escalation, EscalationState, Metric
from adoption.queries.episodes import drawn, due_of, story_of
from adoption.services import escalations, targets
from crmprogram.jobs.models import Outbox
from crmprogram.program import clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from crmprogram.web.shell import next_for
from phases.registry import Look
from tests.adoption.conftest import FIRST, noon
from tests.factories import MembershipFactory

PLAN = "Daily stand-up in the CRM."


@pytest.fixture
def answered(program, member, vp, tell):
    """E-01: weeks 19 and 20 at 80 %, answered on the Tuesday after."""
    tell(80, 80)
    with clock.at(noon(Week(2026, 21), 1)):
        one = Escalation.objects.of(program).get()
        escalations.acknowledge(escalation=one, by=vp.user, plan=PLAN, owner=member, due_on=date(2026, 5, 29))
    return one


def told(program):
    """State and weeks of every episode, in the order of their numbers."""
    rows = Escalation.objects.of(program).order_by("number")
    return [(one.state, [period[-2:] for period, *_ in one.weeks]) for one in rows]


def topics(program):
    return [one.topic for one in Outbox.objects.filter(program=program, topic__startswith="escalation").order_by("pk")]


def notes(one):
    return [(note.kind, note.text) for note in one.notes.all()]


def test_corrected_week_that_stays_worse_is_said_and_nothing_else(program, answered, tell):
    tell(80, 85)

    answered.refresh_from_db()
    assert (answered.state, answered.weeks[1]) == (EscalationState.ACKNOWLEDGED, ["2026-W20", 85, 100])
    assert notes(answered) == [("data", "2026-W20 was 80 of 100 and is 85 of 100.")]
    tell(80, 85)
    assert len(notes(answered)) == 1


def test_one_week_corrected_withdraws_the_breach_and_the_other_is_a_watch(program, answered, tell):
    tell(95, 80)

    assert told(program) == [(EscalationState.WITHDRAWN, ["19", "20"]), (EscalationState.WATCH, ["20"])]
    answered.refresh_from_db()
    assert answered.ending == "Corrected data: the weeks are not worse than target."
    assert topics(program)[-2:] == ["escalation.acknowledged", "escalation.withdrawn"]


def test_week_that_turns_doubtful_withdraws_and_does_not_recover(program, answered, tell):
    tell(80, None, doubt="3 of 6 reps are missing.")

    answered.refresh_from_db()
    assert (answered.state, answered.recovered_in) == (EscalationState.WITHDRAWN, "")
    assert notes(answered)[0][1].endswith("2026-W20 was 80 of 100 and is not measured.")


def test_withdrawn_episode_goes_on_with_its_plan_when_the_data_comes_back(program, answered, tell):
    tell(95, 95)
    tell(80, 80)

    answered.refresh_from_db()
    assert told(program) == [(EscalationState.ACKNOWLEDGED, ["19", "20"])]
    assert (answered.plan, answered.ended_at) == (PLAN, None)
    assert topics(program)[-1] == "escalation.reopened"


def test_recovery_that_a_correction_takes_back_opens_the_same_episode(program, answered, tell):
    tell(80, 80, 95)
    tell(80, 80, 89)

    assert told(program) == [(EscalationState.ACKNOWLEDGED, ["19", "20", "21"])]


def test_recovered_episode_is_withdrawn_when_its_weeks_were_wrong(program, answered, tell):
    tell(80, 80, 95)
    tell(95, 80, 95)

    answered.refresh_from_db()
    assert (answered.state, answered.recovered_in) == (EscalationState.WITHDRAWN, "")


def test_later_week_at_target_is_the_week_of_recovery(program, answered, tell):
    tell(80, 80, 95)
    tell(80, 80, 85, 95)

    answered.refresh_from_db()
    assert (answered.state, answered.recovered_in) == (EscalationState.RECOVERED, "2026-W22")


def test_week_not_measured_ends_no_breach_and_no_watch_well(program, vp, tell):
    tell(80, 80, None, 80)
    assert told(program) == [(EscalationState.ESCALATED, ["19", "20", "22"])]

    tell(80, None, 80, key=Metric.WEEKLY, first=Week(2026, 20))
    weekly = Escalation.objects.of(program).get(key=Metric.WEEKLY)
    assert (weekly.state, weekly.weeks) == (EscalationState.WATCH, [["2026-W22", 80, 100]])


def test_episode_older_than_what_is_read_keeps_its_first_weeks(program, answered, tell):
    """30 weeks later the first bad weeks are out of the 26 that are read; the episode still has them."""
    tell(*[80] * 15)
    tell(*[80] * 31)

    answered.refresh_from_db()
    assert (answered.state, len(answered.weeks), answered.weeks[0][0]) == (
        EscalationState.ACKNOWLEDGED, 31, "2026-W19",
    )  # fmt: skip


def test_rule_that_is_switched_off_ends_its_episodes(program, member, answered):
    with clock.at(noon(Week(2026, 21), 2)):
        targets.set_target(program=program, by=member.user, key=Metric.DAILY, value=90, escalates=False)

    answered.refresh_from_db()
    assert (answered.state, answered.ending) == (EscalationState.LAPSED, "The rule was switched off.")


@pytest.mark.parametrize("first", [Week(2020, 52), Week(2026, 52), Week(2026, 12), Week(2026, 42)])
def test_two_weeks_are_in_a_row_over_the_year_and_the_clock_change(program, vp, tell, first):
    """W52, W53 and W01 follow each other; clocks change on the Sundays of 2026-W13 and W43."""
    tell(80, 80, 80, first=first)

    (one,) = Escalation.objects.of(program)
    assert [Week.read(period) for period, *_ in one.weeks] == [first, first.next, first.next.next]
    assert one.state == EscalationState.ESCALATED


def test_silence_counts_days_of_the_program_and_not_of_utc(program, vp, tell):
    """Escalated at 00:30 on Monday in Berlin, still Sunday in UTC: five working days end on the next Monday."""
    program.time_zone = "Europe/Berlin"
    program.save()
    tell(80, 80)
    one = Escalation.objects.of(program).select_related("program").get()
    one.escalated_at = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)  # the clocks went back that Sunday

    assert queries.goes_up_on(one) == date(2026, 11, 2)


def test_escalation_follows_who_is_vp_sales_now(program, vp, tell):
    tell(80, 80)
    vp.role = Role.TEAM_LEAD
    vp.save()
    after = MembershipFactory(program=program, role=Role.VP_SALES)
    with clock.at(noon(Week(2026, 22))):
        assert [one.addressee for one in escalations.follow_up(program)] == [after]
        assert escalations.follow_up(program) == []

    one = Escalation.objects.of(program).get()
    assert (one.escalated_at, one.went_up_at) == (noon(Week(2026, 22)), None)  # five days of their own
    assert [kind for kind, _ in notes(one)] == ["person"]


def test_plan_is_changed_for_a_reason_and_the_old_one_is_kept(program, member, vp, answered):
    change = {"plan": "Sit with each rep.", "owner": vp, "due_on": date(2026, 6, 5)}
    with clock.at(noon(Week(2026, 22))):
        with pytest.raises(Invalid, match="why"):
            escalations.change_plan(escalation=answered, by=vp.user, reason=" ", **change)
        one = escalations.change_plan(escalation=answered, by=vp.user, reason="It was not enough.", **change)

    assert (one.plan, one.owner, one.due_on) == ("Sit with each rep.", vp, date(2026, 6, 5))
    ((kind, text),) = notes(one)
    assert (kind, text.startswith(f"It was not enough. Before: {PLAN}")) == ("plan", True)


def test_only_what_is_over_is_closed_once_and_the_next_one_names_it(program, member, vp, answered, tell):
    with clock.at(noon(Week(2026, 22))), pytest.raises(EscalationRefused, match="acknowledged"):
        escalations.close(escalation=answered, by=vp.user, outcome="It helped a lot.")
    tell(80, 80, 95)
    with clock.at(noon(Week(2026, 22))):
        other = MembershipFactory(program=program, role=Role.VIEWER)
        with pytest.raises(NotYours):
            escalations.close(escalation=answered, by=other.user, outcome="It helped a lot.")
        assert "Close E-01: daily active, all reps" in owed(member)
        one = escalations.close(escalation=answered, by=member.user, outcome="The stand-up helped.")
        assert "Close E-01: daily active, all reps" not in owed(member)
        with pytest.raises(EscalationRefused, match="closed already"):
            escalations.close(escalation=answered, by=member.user, outcome="The stand-up helped.")
    tell(80, 80, first=Week(2026, 22))

    assert (one.outcome, one.closed_by) == ("The stand-up helped.", member.user)
    assert [it.reopens for it in Escalation.objects.of(program).open()] == [one]


def owed(membership):
    return [one.title for one in next_for(membership.user, membership.program, Look(membership.program))]


def test_what_is_due_by_whom(program, member, vp, tell):
    tell(80)
    one = Escalation.objects.of(program).with_people().get()
    assert due_of(one) is None
    tell(80, 80)
    one = Escalation.objects.of(program).with_people().get()
    with clock.at(noon(Week(2026, 21))):
        assert (due_of(one).who, due_of(one).on) == (vp.user.display, Week(2026, 22).monday)
    with clock.at(noon(Week(2026, 22), 1)):
        assert (due_of(one).who, due_of(one).is_late) == ("Sponsor", True)
        one = escalations.acknowledge(escalation=one, by=vp.user, plan=PLAN, owner=member, due_on=date(2026, 5, 29))
        assert (due_of(one).who, due_of(one).is_late) == (member.user.display, False)
    with clock.at(noon(Week(2026, 23))):
        assert due_of(one).is_late
        assert "Your plan for E-01: daily active, all reps" in owed(member)


def test_story_is_told_in_order_and_the_chart_marks_the_weeks(program, tell, request, django_assert_max_num_queries):
    tell(95, 92, first=Week(2026, 17))
    request.getfixturevalue("answered")
    tell(80, 85, 95)
    one = Escalation.objects.of(program).with_people().get()

    with clock.at(noon(Week(2026, 22))), django_assert_max_num_queries(4):
        story, weeks = story_of(one), drawn(one)

    assert [step.title for step in story] == [
        "First week worse than target", f"Escalated to {one.addressee.user.display}", "Acknowledged with a plan",
        "Corrected data", "Back at target",
    ]  # fmt: skip
    assert [(str(row["point"].week), row["mark"]) for row in weeks.rows] == [
        ("2026-W21", "back at target"), ("2026-W20", "escalated for"), ("2026-W19", "week 1 worse"),
        ("2026-W18", ""), ("2026-W17", ""),
    ]  # fmt: skip
    assert [dot.is_bad for dot in weeks.chart.lines["value"].dots] == [False, False, True, True, False]
    assert [mark.text for mark in weeks.chart.marks] == ["escalated", "back"]
    assert Week.read(one.weeks[0][0]) == FIRST
