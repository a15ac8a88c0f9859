"""The portfolio over all programs one may see, and the strategy test (P8)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Function, Membership, Role
from governance.models import StrategyAnswer, StrategyTest
from governance.portfolio import portfolio
from governance.services import strategy
from phases.criteria import of_gate
from phases.models import Gate, GateReview, Phase, Reading, WaveStart
from tests.factories import GatedProgramFactory, MembershipFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return GatedProgramFactory(company="Mine Ltd")


def test_portfolio_shows_mine_alone(client, program):
    GatedProgramFactory(company="Theirs Ltd")
    left = GatedProgramFactory(company="Left Ltd")
    MembershipFactory(program=left, user=program.runner, is_active=False, left_at=clock.now())
    client.force_login(program.runner)

    page = client.get(reverse("portfolio")).content.decode()
    rows = client.get("/api/v1/portfolio/").json()

    assert [name for name in ("Mine Ltd", "Theirs Ltd", "Left Ltd") if name in page] == ["Mine Ltd"]
    assert [one["company"] for one in rows] == ["Mine Ltd"]


def test_row_says_phase_gate_position_and_pace(program):
    today = clock.today(program)
    Phase.objects.filter(program=program, number=1).update(started_on=today - timedelta(days=30))
    for place, one in enumerate(of_gate(1)):
        verdict = "met" if place < 2 else "not_met"
        Reading.objects.create(program=program, phase=1, check_key=one.check, verdict="not_met")
        Reading.objects.create(program=program, phase=1, check_key=one.check, verdict=verdict)

    (row,) = portfolio(program.runner)

    assert (row.number, row.met, row.total, row.pace.days, row.late_days) == (1, 2, 5, 30, 2)
    assert row.needs_attention


def test_due_are_a_request_that_waits_and_a_review_of_a_wave(program):
    today = clock.today(program)
    gate = Gate.objects.get(program=program, number=1)
    GateReview.objects.create(gate=gate, round=1, requested_by=program.runner, requested_at=clock.now())
    TeamFactory(program=program, wave=1)
    WaveStart.objects.create(program=program, wave=1, starts_on=today - timedelta(days=40), decided_by=program.sponsor)

    (row,) = portfolio(program.runner)

    assert (row.state, row.word) == ("running", "Gate 1 requested")
    assert [one.text for one in row.due] == ["Review wave 1", "Decide Gate 1"]


def test_most_pressing_comes_first_and_filters_leave_it(client):
    user = UserFactory()
    for company, held in (("A going", False), ("B held", True)):
        held_values = {"on_hold": held, "hold_reason": "No sponsor." if held else ""}
        MembershipFactory(user=user, program=GatedProgramFactory(company=company, go_live_on=None, **held_values))
    client.force_login(user)

    assert [one.program.company for one in portfolio(user)] == ["B held", "A going"]
    page = client.get(reverse("portfolio"), {"show": "hold"}).content.decode()
    assert ("B held" in page, "A going" in page) == (True, False)
    file = b"".join(client.get(reverse("portfolio-csv")).streaming_content).decode("utf-8-sig")
    assert [line.split(",")[0].strip('"') for line in file.splitlines()] == ["company", "B held", "A going"]


def test_nobody_without_a_program_sees_any(client):
    client.force_login(UserFactory())

    assert b"No program yet" in client.get(reverse("portfolio")).content


@pytest.mark.parametrize("count", [1, 3, 300])
def test_portfolio_costs_the_same(client, count, django_assert_num_queries):
    user = UserFactory()
    programs = GatedProgramFactory.create_batch(min(count, 3))
    if count > 3:
        programs += type(programs[0]).objects.bulk_create(
            type(programs[0])(slug=f"bulk-{no}", name="CRM", company=f"C {no}", seats=20, starts_on="2026-01-05")
            for no in range(count - 3)
        )
        Phase.objects.bulk_create(Phase(program=one, number=no) for one in programs[3:] for no in range(1, 6))
    Membership.objects.bulk_create(
        Membership(program=one, user=user, role=Role.VIEWER, function=Function.SALES) for one in programs
    )
    client.force_login(user)

    with django_assert_num_queries(10):  # session, user, memberships, phases, reviews, alarms, readings, waivers, waves
        assert client.get(reverse("portfolio")).status_code == 200


# --- strategy test ----------------------------------------------------------------


@pytest.fixture
def sellers(program):
    given = {"program": program, "role": Role.PARTICIPANT, "function": Function.SALES}
    return MembershipFactory.create_batch(6, **given)


def note(answer, by, **more):
    given = {
        "purpose": "To see every deal", "measured_by": "Calls logged", "knows_purpose": True, "knows_measure": False,
        "asked_on": clock.today(answer.test.program), **more,
    }  # fmt: skip
    return strategy.note_answer(answer=answer, by=by, **given)


def test_three_are_drawn_once_a_quarter_and_again_from_the_seed(program, sellers):  # P8
    test = strategy.draw_reps(program=program, by=program.runner, seed="orrery")
    drawn = [one.key for one in test.answers.all()]
    with pytest.raises(Conflict, match="drawn already"):
        strategy.draw_reps(program=program, by=program.runner)
    StrategyTest.objects.all().delete()

    assert len(set(drawn)) == 3
    assert [
        one.key for one in strategy.draw_reps(program=program, by=program.runner, seed="orrery").answers.all()
    ] == drawn


def test_too_few_to_draw_from_is_said(program):
    with pytest.raises(Invalid, match="0 to draw from"):
        strategy.draw_reps(program=program, by=program.runner)
    with pytest.raises(NotYours):
        strategy.draw_reps(program=program, by=MembershipFactory(program=program, role=Role.VIEWER).user)


def test_answer_is_noted_once_in_the_reps_words(program, sellers):
    answer = strategy.draw_reps(program=program, by=program.runner).answers.first()
    with pytest.raises(Invalid, match="own words"):
        note(answer, program.runner, purpose=" ")

    assert note(answer, program.runner).knows is False
    with pytest.raises(Conflict, match="noted already"):
        note(answer, program.runner)


def test_strategy_test_in_the_browser_and_over_rest(client, program, sellers):
    client.force_login(program.runner)
    page = reverse("governance:strategy-test", args=[program.slug])
    assert client.post(page).status_code == 303
    answer = StrategyAnswer.objects.first()
    data = {
        "asked_on": clock.today(program), "purpose": "Deals", "measured_by": "Calls", "knows_purpose": "yes",
        "knows_measure": "yes",
    }  # fmt: skip
    url = reverse("governance:strategy-answer", args=[program.slug, answer.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, data | {"knows_measure": ""}).status_code == 422
    assert client.post(url, data).status_code == 303
    assert b"1 of 3 reps were asked" in client.get(page).content
    rows = client.get(f"/api/v1/programs/{program.slug}/strategy-tests/").json()["results"]
    assert rows[0]["answers"][0]["knows_purpose"] is True
