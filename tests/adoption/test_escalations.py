"""The two-week rule over stored weeks (M5), and what checks and people learn of it (D2, D4b)."""

from datetime import date
from decimal import Decimal

import pytest

from adoption import queries
from adoption.errors import EscalationRefused
from adoption.metrics import Week, weeks_between
from adoption.models import ActivityWeek, Escalation, EscalationState, Holiday, Metric
from adoption.services import escalations, targets
from adoption.tasks import follow_up
from crmprogram.program import audit, clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from crmprogram.web.shell import next_for
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from tests.adoption.conftest import FIRST, noon
from tests.factories import MembershipFactory, TeamFactory


def plan_of(owner, plan="Daily stand-up in the CRM.", due_on=date(2026, 5, 29)):
    return {"plan": plan, "owner": owner, "due_on": due_on}


def only(program):
    return Escalation.objects.of(program).get()


def test_one_week_is_a_watch(program, vp, tell):
    tell(95, 89)

    assert (only(program).state, only(program).weeks) == (EscalationState.WATCH, [["2026-W20", 89, 100]])


def test_two_weeks_go_to_the_vp_sales_once(program, vp, tell):
    tell(89, 88)
    tell(89, 88)
    tell(89, 88, 87)

    one = only(program)
    assert (one.state, one.addressee, len(one.weeks)) == (EscalationState.ESCALATED, vp, 3)
    assert one.escalated_at == noon(Week(2026, 21))
    assert [entry.verb for entry in audit.history(one)] == ["escalation.escalated"]


def test_at_target_is_no_breach(program, vp, tell):
    tell(90, 90)

    assert not Escalation.objects.exists()


def test_without_a_vp_sales_the_breach_waits_for_one(program, tell, request):
    tell(80, 80)
    assert only(program).state == EscalationState.BREACHED

    vp = request.getfixturevalue("vp")
    tell(80, 80)

    assert (only(program).state, only(program).addressee) == (EscalationState.ESCALATED, vp)


def test_doubtful_weeks_are_never_escalated(program, vp, tell):
    tell(None, None, doubt="3 of 6 reps are missing.")

    assert not Escalation.objects.exists()


def test_episode_that_was_over_before_anybody_looked_is_not_told(program, vp, tell):
    tell(80, 80, 95)

    assert not Escalation.objects.exists()


def test_recovers_and_opens_again_when_it_slips_again(program, vp, tell):
    tell(80, 80)
    tell(95, first=Week(2026, 21))
    first = only(program)
    assert (first.state, first.recovered_in) == (EscalationState.RECOVERED, "2026-W21")

    tell(80, 80, first=Week(2026, 22))

    second = Escalation.objects.of(program).standing().get()
    assert (second.code, second.reopens, second.state) == ("E-02", first, EscalationState.ESCALATED)


def test_corrected_data_withdraws_an_episode_and_says_so(program, vp, tell):
    tell(80, 80)
    tell(95, 95)

    one = only(program)
    assert (one.state, one.recovered_in, one.ended_at) == (EscalationState.WITHDRAWN, "", noon(Week(2026, 21)))
    assert [note.text for note in one.notes.all()] == [
        "2026-W19 was 80 of 100 and is 95 of 100. 2026-W20 was 80 of 100 and is 95 of 100."
    ]


def test_each_team_has_its_own_episode(program, vp, tell):
    east = TeamFactory(program=program, name="East")
    tell(95, 95)
    tell(80, 80, scope=f"team:{east.pk}")

    assert (only(program).team, only(program).where) == (east, "East")


def test_one_team_alone_is_not_escalated_twice(program, vp, tell, east):
    """M5: where all measured reps are one team, the team's episode tells it; a second team brings "all" back."""
    tell(80, 80, 80)
    Escalation.objects.all().delete()

    tell(80, 80, 80, scope=f"team:{east.pk}")

    assert [one.scope for one in Escalation.objects.of(program)] == [f"team:{east.pk}"]

    west = TeamFactory(program=program, name="West")
    tell(99, 99, 99, scope=f"team:{west.pk}")

    assert sorted(one.scope for one in Escalation.objects.of(program)) == ["all", f"team:{east.pk}"]


def test_all_reps_escalate_where_the_one_team_does_not(program, member, vp, tell, east):
    with clock.at(noon(FIRST)):
        targets.set_target(
            program=program, by=member.user, key=Metric.DAILY, value=Decimal(90), team=east, escalates=False
        )
    tell(80, 80)
    tell(80, 80, scope=f"team:{east.pk}")

    assert [one.scope for one in Escalation.objects.of(program)] == ["all"]


def test_limit_of_stale_deals_is_worse_from_above(program, vp, tell):
    tell(9, 9, key=Metric.STALE)
    assert not Escalation.objects.exists()

    tell(10, 11, key=Metric.STALE)

    assert only(program).key == Metric.STALE


def test_rate_without_a_benchmark_is_not_judged(member, program, vp, tell):
    tell(100, 100, key=Metric.RATE, of=10)
    assert not Escalation.objects.exists()

    with clock.at(noon(Week(2026, 21))):
        targets.set_target(program=program, by=member.user, key=Metric.RATE, value=Decimal(12), since="2026-W19")

    assert only(program).state == EscalationState.ESCALATED


def test_rule_says_how_often_it_would_have_fired(program, east, tell):
    tell(80, 80, 95, 80, 95, 80, 80)
    tell(95, 95, 95, 80, 80, scope=f"team:{east.pk}")

    with clock.at(noon(Week(2026, 26))):
        weeks = queries.fired(queries.Weeks(program, count=26), queries.Targets(program), Metric.DAILY)

    assert [str(week) for week in weeks] == ["2026-W20", "2026-W25", "2026-W23"]  # the team's last


@pytest.fixture
def escalated(program, vp, tell):
    tell(80, 80)
    return only(program)


def test_acknowledgement_is_given_once_with_plan_and_owner(member, vp, escalated):
    with clock.at(noon(Week(2026, 21), 1)):
        one = escalations.acknowledge(escalation=escalated, by=vp.user, **plan_of(member))

        assert (one.state, one.owner, one.acknowledged_by) == (EscalationState.ACKNOWLEDGED, member, vp.user)
        with pytest.raises(EscalationRefused, match="nothing to acknowledge"):
            escalations.acknowledge(escalation=escalated, by=vp.user, **plan_of(member))


def test_acknowledged_episode_stays_so_while_it_lasts(member, vp, program, escalated, tell):
    with clock.at(noon(Week(2026, 21), 1)):
        escalations.acknowledge(escalation=escalated, by=vp.user, **plan_of(member))
    tell(80, 80, 80)

    assert (only(program).state, len(only(program).weeks)) == (EscalationState.ACKNOWLEDGED, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"plan": "  ok"}, "in a sentence"),
        ({"owner": MembershipFactory}, "active member"),
        ({"due_on": date(2026, 5, 17)}, "in the past"),
    ],
)
def test_acknowledgement_is_refused_without_right_plan_owner_or_day(member, vp, escalated, given, said):
    given = {name: value() if value is MembershipFactory else value for name, value in given.items()}
    with clock.at(noon(Week(2026, 21))), pytest.raises(Invalid, match=said):
        escalations.acknowledge(escalation=escalated, by=vp.user, **(plan_of(member) | given))


def test_acknowledgement_is_not_sales_ops(member, escalated):
    with clock.at(noon(Week(2026, 21))), pytest.raises(NotYours):
        escalations.acknowledge(escalation=escalated, by=member.user, **plan_of(member))


@pytest.mark.parametrize(("days", "overdue"), [(7, False), (8, True)])
def test_silence_goes_up_after_five_working_days(program, escalated, days, overdue):
    with clock.at(noon(Week(2026, 21), days)):
        assert queries.is_overdue(escalated) is overdue


def test_day_off_is_not_waited_on(program, escalated):
    Holiday.objects.create(program=program, day=Week(2026, 22).monday, name="Whit Monday")
    with clock.at(noon(Week(2026, 21), 8)):
        assert not queries.is_overdue(escalated, queries.days_off(program))


def test_unanswered_escalation_is_sent_up_once(program, escalated):
    for days, count in ((7, 0), (8, 1), (9, 0)):
        with clock.at(noon(Week(2026, 21), days)):
            assert follow_up() == count

    escalated.refresh_from_db()
    assert escalated.went_up_at == noon(Week(2026, 21), 8)
    assert audit.history(escalated).first().verb == "escalation.went_up"


def owed(membership):
    return [one.title for one in next_for(membership.user, membership.program, Look(membership.program))]


def test_vp_sales_is_asked_and_the_sponsor_after_five_days(program, vp, escalated):
    sponsor = MembershipFactory(program=program, role=Role.SPONSOR)
    title = "Acknowledge E-01: daily active, all reps"
    with clock.at(noon(Week(2026, 21), 1)):
        assert title in owed(vp)
        assert title not in owed(sponsor)
    with clock.at(noon(Week(2026, 22), 1)):
        assert title in owed(sponsor)


# --- checks ----------------------------------------------------------------------------


LATER = Week(2026, 23)


def judge(program, key, week=LATER, **given):
    with clock.at(noon(week)):
        return examine(Look(program), key, **given)


@pytest.mark.parametrize(
    ("percents", "verdict"),
    [
        ((80, 80, 80, 80), MET),
        ((80, 79, 80, 80), NOT_MET),
        ((10, 80, 80, 80, 80), MET),  # the 4 latest
        ((80, 80, 80), UNKNOWN),
        ((80, 80, None, 80), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_daily_active_is_met_at_80_percent_in_each_of_4_weeks(program, tell, percents, verdict):
    tell(*percents, doubt="3 of 6 reps are missing.")

    assert judge(program, "adoption.daily_active", Week(2026, 24)).verdict is verdict


def test_daily_active_is_cut_and_not_rounded_up(program, tell):
    tell(7999, 7999, 7999, 7999, of=10_000)

    found = judge(program, "adoption.daily_active")

    assert (found.verdict, found.value, found.threshold) == (NOT_MET, Decimal("79.9"), Decimal(80))


def test_daily_active_leaves_the_week_to_date_out(program, tell):
    tell(90, 90, 90, 90, 10)
    ActivityWeek.objects.filter(period="2026-W23").update(is_complete=False)

    assert judge(program, "adoption.daily_active").verdict is MET


@pytest.mark.parametrize(("complete", "verdict"), [(90, MET), (89, NOT_MET)])
def test_required_fields_are_met_from_90_percent(program, tell, complete, verdict):
    tell(complete, key=Metric.FIELDS)

    assert judge(program, "adoption.required_fields").verdict is verdict


@pytest.mark.parametrize(("contacts", "verdict"), [(90, MET), (89, NOT_MET)])
def test_required_fields_are_asked_of_every_object(program, tell, contacts, verdict):
    tell(99, key=Metric.FIELDS)
    tell(99, key=Metric.FIELDS, scope="object:deal", of=100)
    tell(10 * contacts, key=Metric.FIELDS, scope="object:contact", of=1000)  # many good deals hide no bad contacts

    found = judge(program, "adoption.required_fields")

    assert (found.verdict, found.value) == (verdict, Decimal(contacts))
    assert [one["object"] for one in found.details] == ["contact", "deal"]


def test_required_fields_cannot_tell_without_an_export(program):
    assert judge(program, "adoption.required_fields").verdict is UNKNOWN


def test_small_number_of_records_is_said(program, tell):
    tell(19, key=Metric.FIELDS, of=19)

    assert "small" in judge(program, "adoption.required_fields").summary


@pytest.mark.parametrize("key", ["adoption.pilot", "adoption.certified"])
def test_what_nothing_measures_cannot_be_told(program, key):
    assert judge(program, key).verdict is UNKNOWN


def test_weeks_are_read_at_a_constant_cost(program, tell, django_assert_num_queries):
    tell(*[80] * 12)
    with clock.at(noon(Week(2026, 31))), django_assert_num_queries(1):
        weeks = queries.Weeks(program, count=12)

    assert weeks.weeks == weeks_between(Week(2026, 20), Week(2026, 31))
