"""Pilots, go-lives, reviews (P4, G6), Pick left out (G6) and the forecast's arithmetic (G10)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import AuditEntry, Function, Role
from governance.models import SystemOwner
from phases.errors import ExemptionRefused, GateNotPassed, NotFresh, WaveRefused
from phases.models import Decision, Dossier, Gate, GateReview, Phase, WaveStart
from phases.queries import gates, pace
from phases.queries import waves as queries
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services import exemption
from phases.services import gates as gate_services
from phases.services import waves as services
from tests.factories import GatedProgramFactory, MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def approve(program, number):
    gate = Gate.objects.get(program=program, number=number)
    GateReview.objects.create(
        gate=gate,
        round=1,
        requested_by=program.runner,
        decision=Decision.APPROVED,
        decided_by=program.sponsor,
        decided_at=clock.now(),
        dossier=Dossier.objects.create(program=program, text="{}", sha256="0" * 64),
    )


@pytest.fixture
def program():
    program = GatedProgramFactory()
    program.today = clock.today(program)
    return program


@pytest.fixture
def ready(program):
    """Gate 3 is signed, a system owner is named, and two teams of 10 are dated two weeks ahead."""
    for number in (1, 2, 3):
        approve(program, number)
    member = MembershipFactory(program=program, role=Role.CRM_SPECIALIST)
    SystemOwner.objects.create(program=program, membership=member, named_by=program.runner)
    on = program.today + timedelta(days=14)
    program.team = TeamFactory(program=program, name="Field sales", seats=10, wave=1, go_live_on=on)
    TeamFactory(program=program, name="Inside sales", seats=10, wave=1, go_live_on=on)
    return program


def plan(program, **values):
    first = program.today - timedelta(days=35)
    given = {
        "region": "North",
        "use_case": "Log every first call",
        "metric": "First calls logged",
        "unit": "%",
        "baseline": Decimal(40),
        "target": Decimal(80),
        "starts_on": first,
        "ends_on": first + timedelta(days=34),
        **values,
    }
    return services.plan_pilot(program=program, by=program.runner, **given)


def measure(pilot, value):
    program = pilot.program
    on = clock.today(program)
    return services.note_measure(pilot=pilot, by=program.runner, on=on, value=Decimal(value), source="CRM report")


def start(program, wave=1, **more):
    given = {
        "by": program.sponsor,
        "starts_on": clock.today(program) + timedelta(days=7),
        "reason": "The quarter begins.",
        "fresh_at": clock.wall(),
        **more,
    }
    return services.start_wave(program=program, wave=wave, **given)


def state(program, key, wave=1):
    return {one.key: one.state for one in queries.conditions(Look(program), wave)}[key]


# --- pilot ------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "fits"), [(27, False), (28, True), (56, True), (57, False)])
def test_pilot_lasts_four_to_eight_weeks(program, days, fits):
    starts_on = program.today
    values = {"starts_on": starts_on, "ends_on": starts_on + timedelta(days=days - 1)}
    if fits:
        assert plan(program, **values).planned_weeks == days // 7
    else:
        with pytest.raises(Invalid, match="4 to 8 weeks"):
            plan(program, **values)


def test_pilot_needs_a_place_and_a_distance_to_go(program):
    with pytest.raises(Invalid, match="one team or one region"):
        plan(program, region="")
    with pytest.raises(Invalid, match="differ"):
        plan(program, target=Decimal(40))


def test_program_has_one_open_pilot(program):
    plan(program)

    with pytest.raises(Conflict, match="open already"):
        plan(program)


def test_pilots_numbers_stay_once_something_was_measured(program):
    pilot = plan(program)
    services.change_pilot(pilot=pilot, by=program.runner, seen_edit=0, target=Decimal(70))
    measure(pilot, 60)

    with pytest.raises(WaveRefused, match="stay as they are"):
        services.change_pilot(pilot=pilot, by=program.runner, seen_edit=1, target=Decimal(50))
    with pytest.raises(Conflict):
        services.change_pilot(pilot=pilot, by=program.runner, seen_edit=0, use_case="Another")


@pytest.mark.parametrize(
    ("target", "weeks", "value", "state"),
    [(80, 5, 80, "met"), (80, 5, 79, "unmet"), (80, 3, 90, "unmet"), (20, 5, 20, "met"), (20, 5, 21, "unmet")],
)
def test_pilot_is_through_after_four_weeks_with_its_target_met(program, target, weeks, value, state):
    first = program.today - timedelta(days=7 * weeks - 1)
    pilot = plan(program, target=Decimal(target), starts_on=first, ends_on=first + timedelta(days=34))
    measure(pilot, value)

    assert queries.pilot_verdict(Look(program).waves.pilot, program.today)[0] == state


def test_more_than_fifteen_reps_within_28_days_need_a_pilot(ready):  # P4
    assert state(ready, "pilot") == "unmet"
    assert examine(Look(ready), "waves.pilot").verdict is NOT_MET

    measure(plan(ready), 85)

    assert state(ready, "pilot") == "met"
    assert examine(Look(ready), "waves.pilot").verdict is MET


def test_without_dates_a_pilot_cannot_be_judged(program):
    TeamFactory(program=program)

    assert examine(Look(program), "waves.pilot").verdict is UNKNOWN


# --- go-live ----------------------------------------------------------------------


def test_no_wave_goes_live_before_gate_3(program):  # G6
    TeamFactory(program=program, wave=1)

    with pytest.raises(GateNotPassed, match="needs Gate 3"):
        start(program)
    assert not WaveStart.objects.exists()


def test_no_wave_goes_live_without_a_system_owner(ready):  # R5
    SystemOwner.objects.all().delete()

    with pytest.raises(WaveRefused, match="Nobody is named as system owner"):
        start(ready)


def test_what_is_not_met_needs_the_sponsors_reason_and_stands_in_the_decision(ready):
    with pytest.raises(Invalid, match="Say why"):
        start(ready, reason=" ")

    made = start(ready)

    assert [line.split(":")[0] for line in made.despite] == [
        "4 pilot weeks with the target met",
        "UAT is signed",
        "The cutover checklist is complete",
    ]
    assert {team.go_live_on for team in ready.teams.all()} == {made.starts_on}
    assert AuditEntry.objects.get(verb="wave.start_decided").note == "The quarter begins."


def test_go_live_is_decided_once_by_the_sponsor_with_a_fresh_password(ready):
    with pytest.raises(NotYours):
        start(ready, by=ready.runner)
    with pytest.raises(NotFresh):
        start(ready, fresh_at=None)
    with pytest.raises(Invalid, match="before its day"):
        start(ready, starts_on=ready.today - timedelta(days=1))
    start(ready)
    with pytest.raises(WaveRefused, match="already"):
        start(ready)


def test_customer_success_waits_for_sales_and_for_the_wave_before(ready):  # P4
    TeamFactory(program=ready, name="Success", function=Function.SUCCESS, wave=2)

    assert (state(ready, "order", 2), state(ready, "maturity", 2)) == ("unmet", "none")


def test_review_of_a_live_wave_is_due_every_30_days(ready):
    start(ready, starts_on=ready.today)
    with clock.at(clock.now() + timedelta(days=61)):
        wave = queries.wave_of(Look(ready), 1)
        assert wave.due == [ready.today + timedelta(days=30), ready.today + timedelta(days=60)]
        assert examine(Look(ready), "waves.reviewed").verdict is NOT_MET

        for due_on in wave.due:
            services.review_wave(
                program=ready, wave=1, by=ready.runner, due_on=due_on, held_on=due_on, finding="In use."
            )

        assert queries.wave_of(Look(ready), 1).due == []
        assert examine(Look(ready), "waves.reviewed").verdict is MET
        with pytest.raises(Conflict):
            services.review_wave(
                program=ready, wave=1, by=ready.runner, due_on=wave.due[0], held_on=due_on, finding="Again."
            )


def test_wave_page_and_decision_in_the_browser(client, ready):
    client.force_login(ready.sponsor)
    page = client.get(reverse("phases:waves", args=[ready.slug]))
    assert b"waits for the sponsor" in page.content
    url = reverse("phases:wave-start", args=[ready.slug, 1])
    data = {"starts_on": ready.today + timedelta(days=3), "reason": "", "password": "correct horse battery"}

    assert client.post(url, data).status_code == 422
    assert client.post(url, data | {"reason": "The quarter begins."}).status_code == 303
    assert WaveStart.objects.get().decided_by == ready.sponsor


def test_pilot_and_waves_over_rest(client, ready):
    client.force_login(ready.runner)
    base = f"/api/v1/programs/{ready.slug}"
    given = {
        "team": ready.team.pk, "use_case": "Log calls", "metric": "Calls", "baseline": "1", "target": "2",
        "starts_on": str(ready.today), "ends_on": str(ready.today + timedelta(days=27)),
    }  # fmt: skip
    made = client.post(f"{base}/pilots/", given, content_type="application/json").json()
    noted = client.post(
        f"{base}/pilots/{made['number']}/measures/",
        {"on": str(ready.today), "value": "2", "source": "Report"},
        content_type="application/json",
    )
    waves = client.get(f"{base}/waves/").json()
    refused = client.post(f"{base}/waves/1/start/", {"starts_on": str(ready.today)}, content_type="application/json")

    assert (made["region"], noted.json()["measures"][0]["value"]) == ("Field sales", "2.00")
    assert [(one["number"], one["seats"]) for one in waves] == [(1, 20)]
    assert refused.status_code == 403


@pytest.mark.parametrize("count", [1, 3, 30])
def test_waves_page_costs_the_same(client, ready, count, django_assert_max_num_queries):
    for number in range(count):
        TeamFactory(program=ready, wave=number % 20 + 1)
    client.force_login(ready.runner)

    with django_assert_max_num_queries(24):
        client.get(reverse("phases:waves", args=[ready.slug]))


# --- Pick left out ----------------------------------------------------------------


@pytest.fixture
def bought(program):
    program.platform_chosen, program.platform_name = True, "HubSpot"
    program.save()
    return program


def exempt(program, **more):
    given = {"by": program.sponsor, "statement": "Bought in March.", "fresh_at": clock.wall(), **more}
    return exemption.sign_exemption(program=program, **given)


def test_statement_lets_implement_follow_gate_1(bought):  # G6
    approve(bought, 1)
    assert Look(bought).gates.current == 2

    exempt(bought)

    look = Look(bought)
    assert look.gates.current == 3
    assert Phase.objects.get(program=bought, number=3).started_on == bought.today
    assert pace.paces(look)[1].state == "na"
    assert gate_services.why_not_requestable(look, 3) == ""
    assert gates.is_passed(bought, 2)  # a load into the live CRM asks for it
    assert "not applicable" in gate_services.why_not_requestable(look, 2)


def test_statement_does_not_open_what_gate_1_holds(bought):
    exempt(bought)

    assert (Look(bought).gates.current, gates.is_passed(bought, 2)) == (1, False)


def test_statement_is_the_sponsors_and_says_why(bought):
    with pytest.raises(NotYours):
        exempt(bought, by=bought.runner)
    with pytest.raises(NotFresh):
        exempt(bought, fresh_at=None)
    with pytest.raises(Invalid):
        exempt(bought, statement=" ")
    bought.platform_chosen = False
    bought.save()
    with pytest.raises(ExemptionRefused, match="Pick has to choose"):
        exempt(bought)


def test_statement_counts_for_its_platform_alone(bought):
    exempt(bought)
    bought.platform_name = "Pipedrive"
    bought.save()

    assert Look(bought).gates.exemption is None


def test_approved_change_of_platform_brings_pick_back(client, bought):
    approve(bought, 1)
    exempt(bought)
    client.force_login(bought.sponsor)
    data = {"act": "change", "reason": "The vendor closes.", "password": "correct horse battery"}

    assert client.post(reverse("phases:pick-exempt", args=[bought.slug]), data).status_code == 303

    assert Look(bought).gates.current == 2
    assert Phase.objects.get(program=bought, number=2).started_on == bought.today


# --- forecast ---------------------------------------------------------------------


def test_forecast_shows_its_arithmetic(client, program):
    today = date(2026, 3, 2)
    with clock.at(clock.now().replace(year=2026, month=3, day=2)):
        Phase.objects.filter(program=program, number=1).update(started_on=today - timedelta(days=42))
        found = pace.forecast(Look(program))

        # twice the typical 21 days and still open: nothing left of the Audit, 42 + 84 days at double pace
        assert [one.said for one in found.parts] == ["max(0, 21 − 42) = 0", "42", "84"]
        assert (found.slowness_said, found.sum_said) == ("max(1, 42 ÷ 21) = 2", "126 × 2 = 252")
        assert found.on == today + timedelta(days=252)
        client.force_login(program.runner)
        page = client.get(reverse("phases:forecast", args=[program.slug])).content.decode()
    assert "126 × 2 = 252" in page


def test_each_integration_adds_two_to_four_weeks(program, monkeypatch):  # G10
    monkeypatch.setattr(pace, "INTEGRATIONS", [lambda look: 2])

    implement = pace.paces(Look(program))[2]

    assert (implement.low, implement.high) == (56 + 28, 112 + 56)


def test_forecast_ends_with_gate_3(ready):
    assert pace.forecast(Look(ready)) is None
