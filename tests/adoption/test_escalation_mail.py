"""Who is told of an escalation: the VP sales, then the sponsor, and whose plan it is (M5, R1)."""

from datetime import date

from adoption.metrics import Week
from adoption.models import Escalation
from adoption.services import escalations
from crmprogram.jobs.models import Outbox
from crmprogram.program import clock
from crmprogram.program.models import Role
from governance.notices import notices_of
from tests.adoption.conftest import noon
from tests.factories import MembershipFactory

TUESDAY = noon(Week(2026, 22), 1)


def told(program, topic):
    row = Outbox.objects.filter(program=program, topic=topic).latest("pk")
    return [([one.user for one in notice.to], notice.subject) for notice in notices_of(row)]


def test_each_step_of_an_escalation_is_told_to_who_has_to_act(program, member, vp, tell):
    sponsor = MembershipFactory(program=program, role=Role.SPONSOR)
    tell(80, 80)
    what = "E-01 Daily active, all reps"
    assert told(program, "escalation.escalated") == [([vp.user], f"{what}, is escalated to you")]

    with clock.at(TUESDAY):
        escalations.follow_up(program)
    assert [subject for _, subject in told(program, "escalation.went_up")] == [f"{what}, has no answer"]

    with clock.at(TUESDAY):
        escalations.acknowledge(
            escalation=Escalation.objects.get(), by=sponsor.user, plan="Sit with each rep daily.", owner=member,
            due_on=date(2026, 6, 5),
        )  # fmt: skip
    assert told(program, "escalation.acknowledged")[0] == ([member.user], f"You own the plan of {what}")

    tell(95, 95)
    assert told(program, "escalation.withdrawn") == [([vp.user, member.user], f"{what}: withdrawn by corrected data")]


def test_breach_without_a_vp_sales_is_told_and_not_lost(program, tell):
    tell(80, 80)

    assert told(program, "escalation.breached")[0][1] == "E-01 Daily active, all reps, can be escalated to nobody"
