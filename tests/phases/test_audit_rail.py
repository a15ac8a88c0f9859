"""What the Audit says in the rail, and what each person owes."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Function, Role
from phases.models import Decision, Dossier, Gate, GateReview, Lane, Scope
from phases.rail_audit import audit_next, goal_word, map_word, scope_word
from phases.registry import Look
from phases.services.goal import share_goal, write_goal
from phases.services.map_steps import add_step
from phases.services.process_map import add_lane, sign_lane
from phases.services.scope import add_scope_item, sign_scope
from tests.factories import MembershipFactory, UserFactory

WHOLE = {
    "outcome": "One list. One forecast.",
    "metric": "Win rate",
    "baseline_value": Decimal(18),
    "target_value": Decimal(25),
    "target_on": date(2027, 1, 31),
    "success_6_months": "Calls logged",
    "success_12_months": "22",
}


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


def owed(member):
    return [item.title for item in audit_next(member.user, member.program, Look(member.program))]


def words(program):
    look = Look(program)
    return goal_word(look), scope_word(look), map_word(look)


def test_rail_follows_the_work(runner):
    program, by = runner.program, runner.user
    sponsor = MembershipFactory(program=program, role=Role.SPONSOR, function=Function.LEADERSHIP)
    rep = MembershipFactory(program=program, role=Role.PARTICIPANT, function=Function.SALES)
    assert words(program) == ("to write", "to write", "")

    goal = write_goal(program=program, by=by, seen_number=0, **WHOLE)
    add_scope_item(program=program, by=by, kind="in", text="Pipeline")
    lane = add_lane(program=program, by=by, name="SDR", function=Function.SALES)
    add_step(lane=lane, by=by, name="Call")
    assert words(program) == ("to share", "to sign", "0/1")
    assert owed(runner) == ["Share the goal with the sponsor"]
    assert owed(sponsor) == ["Sign version 1 of the scope"]
    assert owed(rep) == ["Sign off the lane SDR"]

    share_goal(goal=goal, by=by, recipient=sponsor)
    sign_scope(program=program, by=sponsor.user, seen_edit=Scope.objects.get().edit)
    sign_lane(lane=lane, by=rep.user, seen_version=Lane.objects.get().version)
    assert words(program) == ("v1", "v1", "1/1")
    assert [owed(member) for member in (runner, sponsor, rep)] == [[], [], []]

    add_step(lane=lane, by=by, name="Book")
    (item,) = audit_next(rep.user, program, Look(program))
    assert (item.status, item.text) == ("stale", "It changed after the last sign-off.")


def test_nothing_is_owed_once_the_scope_is_locked(runner):
    assert owed(runner) == ["Write the goal"]
    gate, _ = Gate.objects.get_or_create(program=runner.program, number=1)
    GateReview.objects.create(
        gate=gate,
        round=1,
        requested_by=UserFactory(),
        decision=Decision.APPROVED,
        decided_by=UserFactory(),
        decided_at=clock.now(),
        dossier=Dossier.objects.create(program=runner.program, text="{}", sha256="0" * 64),
    )

    assert owed(runner) == []
    assert words(runner.program)[1] == "locked"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PARTICIPANT])
def test_rail_shows_what_one_may_open(client, runner, role):
    member = MembershipFactory(program=runner.program, role=role)
    client.force_login(member.user)

    page = client.get(reverse("phases:map", args=[runner.program.slug])).content.decode()

    assert (reverse("phases:gaps", args=[runner.program.slug]) in page) is (role == Role.VIEWER)
