"""Drift, delegation and reopening as people and programs use them (G7, G9)."""

from datetime import timedelta

import pytest

from crmprogram.program import clock
from crmprogram.program.models import Function, Role
from phases import registry
from phases.criteria import of_gate
from phases.models import Delegation, Gate, GateReview
from phases.queries import gates as queries
from phases.registry import Check, Look, NoParams
from phases.services import gates as services
from phases.services import readings
from tests.factories import MembershipFactory, PositionFactory

SANDBOX = "governance.sandbox"
PASSWORD = "correct horse battery"


@pytest.fixture
def drifted(gated, answers, monkeypatch):
    """Gates 1 to 3 are signed, and C5 of Gate 3 no longer holds."""
    for number in (2, 3):
        for criterion in of_gate(number):
            answers.say(criterion.check, True, value=7, threshold=5)
            one = Check(criterion.check, lambda look, _, key=criterion.check: answers[key], NoParams, None)
            monkeypatch.setitem(registry.CHECKS, criterion.check, one)
    for number in (1, 2, 3):
        gate = Gate.objects.get(program=gated, number=number)
        review = services.request_gate(gate=gate, by=gated.runner)
        services.decide_gate(
            review=review,
            by=gated.sponsor,
            decision="approved",
            seen_digest=queries.assess(Look(gated), number).digest,
            fresh_at=clock.wall(),
        )
    answers.say(SANDBOX, False, value=2, threshold=5)
    readings.take_readings(program=gated)
    return gated


@pytest.fixture
def executive(gated):
    member = MembershipFactory(program=gated, role=Role.VIEWER, function=Function.FINANCE)
    return PositionFactory(program=gated, title="Chief Financial Officer", level="c_level", membership=member)


def decision(program, **more):
    sheet = queries.assess(Look(program), 3)
    return {"seen_digest": sheet.digest, "seen": sheet.basis, "note": "We accept it.", "password": PASSWORD, **more}


def test_sponsor_sees_the_difference_and_reaffirms(client, drifted):
    client.force_login(drifted.sponsor)
    address = f"/p/{drifted.slug}/gates/3/"

    page = client.get(address).content.decode()
    assert "Gate 3 has drifted since it was signed" in page
    assert "3.5 measured 7 and measures 2." in page

    refused = client.post(f"{address}again/", decision(drifted, decision="reaffirmed", password="wrong"))
    assert refused.status_code == 403
    assert "This password is not right" in refused.content.decode()

    done = client.post(f"{address}again/", decision(drifted, decision="reaffirmed"))
    assert done.status_code == 303
    page = client.get(address).content.decode()
    assert "has drifted since" not in page
    assert "re-affirmed in" in page
    assert client.get(f"{address}rounds/2/").status_code == 200


def test_reopening_shows_on_the_gate_and_on_the_later_ones(client, drifted):
    client.force_login(drifted.sponsor)
    assert "Gate 2, signed" in client.get(f"/p/{drifted.slug}/gates/1/").content.decode()

    sheet = queries.assess(Look(drifted), 1)
    sent = decision(drifted, decision="reopened", seen_digest=sheet.digest, seen=sheet.basis, note="Wrong gaps.")
    assert client.post(f"/p/{drifted.slug}/gates/1/again/", sent).status_code == 303

    assert "reopened it" in client.get(f"/p/{drifted.slug}/gates/1/").content.decode()
    assert "In doubt" in client.get(f"/p/{drifted.slug}/gates/2/").content.decode()
    assert "Rounds" in client.get(f"/p/{drifted.slug}/gates/1/rounds/2/").content.decode()


def test_drift_is_read_by_everybody_and_answered_by_none_of_them(client, drifted):
    client.force_login(drifted.runner)

    page = client.get(f"/p/{drifted.slug}/gates/3/").content.decode()

    assert "No longer as signed" in page
    assert "Re-affirm or reopen" not in page
    assert client.post(f"/p/{drifted.slug}/gates/3/again/", decision(drifted)).status_code == 403


def test_sponsor_names_a_delegate_who_then_finds_the_panel(client, gated, executive, request_it):
    address = f"/p/{gated.slug}/delegation/"
    client.force_login(gated.sponsor)
    until = clock.today(gated) + timedelta(days=7)
    values = {"position": executive.pk, "until_on": until, "reason": "On leave", "password": PASSWORD}
    assert client.post(address, {**values, "until_on": until + timedelta(days=90)}).status_code == 422
    assert client.post(address, values).status_code == 303
    request_it()

    client.force_login(executive.membership.user)
    page = client.get(f"/p/{gated.slug}/gates/1/").content.decode()
    assert "Signing as <b>Chief Financial Officer</b> for the Chief Revenue Officer" in page
    assert 'value="waive:' not in page
    sheet = queries.assess(Look(gated), 1)
    sent = {"decision": "approved", "seen_digest": sheet.digest, "seen": sheet.basis, "password": PASSWORD}
    assert client.post(f"/p/{gated.slug}/gates/1/decide/", sent).status_code == 303
    page = client.get(f"/p/{gated.slug}/gates/1/").content.decode()
    assert "for <b>Executive Sponsor</b>, Chief Revenue Officer" in page

    client.force_login(gated.sponsor)
    client.post(f"{address}{Delegation.objects.get().pk}/end/")
    assert "Only the sponsor signs" in client.get(address).content.decode()


def test_stranger_sees_no_delegation(client, gated, stranger):
    client.force_login(stranger)

    assert client.get(f"/p/{gated.slug}/delegation/").status_code == 404


def test_api_reaffirms_reopens_and_delegates(client, drifted, executive):
    client.force_login(drifted.sponsor)
    base = f"/api/v1/programs/{drifted.slug}"
    gate = client.get(f"{base}/gates/3/").json()
    assert (gate["is_signed"], gate["is_drifting"], gate["is_in_doubt"]) == (True, True, False)
    assert [one["criterion"] for one in gate["drift"]] == ["C5"]
    body = {"seen_digest": gate["sheet"]["digest"], "seen": gate["sheet"]["seen"], "reason": "Fine."}

    def post(path, body):
        return client.post(f"{base}/{path}/", body, content_type="application/json")

    assert post("gates/3/reaffirm", {**body, "password": "wrong"}).json()["code"] == "wrong_password"
    answer = post("gates/3/reaffirm", {**body, "password": PASSWORD})
    assert (answer.status_code, answer.json()["decision"]) == (201, "reaffirmed")
    again = post("gates/3/reaffirm", {**body, "password": PASSWORD})  # a second click
    assert (again.status_code, again.json()["code"]) == (409, "gate_refused")
    reopened = post("gates/3/reopen", {**body, "password": PASSWORD}).json()
    assert (reopened["decision"], reopened["in_doubt"]) == ("reopened", [])

    until = clock.today(drifted) + timedelta(days=3)
    named = post("delegations", {"position": executive.pk, "until_on": f"{until}", "reason": "Away"})
    assert (named.status_code, named.json()["is_live"]) == (201, True)
    assert post(f"delegations/{named.json()['id']}/end", {}).json()["is_live"] is False
    assert len(client.get(f"{base}/delegations/").json()["results"]) == 1


def test_second_reopening_finds_the_gate_open(client, drifted):
    client.force_login(drifted.sponsor)
    for expected in (303, 409):
        answer = client.post(f"/p/{drifted.slug}/gates/3/again/", decision(drifted, decision="reopened"))
        assert answer.status_code == expected

    assert GateReview.objects.filter(decision="reopened").count() == 1
