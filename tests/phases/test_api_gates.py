"""The way through the gates over REST: the same services, typed refusals."""

import hashlib
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from crmprogram.program import clock
from crmprogram.program import services as program_services
from crmprogram.program.models import Role
from phases.models import GateReview, Waiver
from phases.services import thresholds
from tests.factories import MembershipFactory, PositionFactory

PASSWORD = "correct horse battery"


@pytest.fixture
def api(gated):
    """An API client signed in as a person, by a token of theirs."""

    def as_user(user):
        _, raw = program_services.make_token(
            program=gated, by=user, name="test", expires_at=clock.now() + timedelta(days=1)
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
        return client

    return as_user


@pytest.fixture
def at(gated):
    return lambda path: f"/api/v1/programs/{gated.slug}/{path}"


@pytest.fixture
def sponsor(api, gated):
    return api(gated.sponsor)


@pytest.fixture
def runner(api, gated):
    return api(gated.runner)


def test_gates_are_listed_with_what_keeps_them_from_being_requested(runner, at):
    gates = runner.get(at("gates/")).json()

    assert [(one["number"], one["is_signed"], one["is_requestable"]) for one in gates] == [
        (1, False, True),
        (2, False, False),
        (3, False, False),
        (4, False, False),
        (5, False, False),
    ]
    assert gates[1]["why_not_requestable"] == "Gate 1 (Audit) has to be signed first."


def test_gate_is_read_with_its_criteria(runner, at, answers):
    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")

    sheet = runner.get(at("gates/1/")).json()["sheet"]

    assert (sheet["is_ready"], sheet["tally"]) == (False, {"met": 4, "not met": 1})
    assert hashlib.sha256(sheet["seen"].encode()).hexdigest() == sheet["digest"]
    row = sheet["criteria"][1]
    assert (row["key"], row["number"], row["state"], row["value"], row["threshold"]) == ("A2", "1.2", "unmet", "3", "5")


def test_the_whole_way_over_rest(runner, sponsor, at, gated):
    asked = runner.post(at("gates/1/request/"), {"note": "Ready."})
    assert (asked.status_code, asked.json()["decision"]) == (201, "pending")

    sheet = sponsor.get(at("gates/1/")).json()["sheet"]
    body = {"decision": "approved", "seen_digest": sheet["digest"], "seen": sheet["seen"], "password": PASSWORD}
    signed = sponsor.post(at("gates/1/decide/"), body)
    assert (signed.status_code, signed.json()["decision"]) == (200, "approved")

    dossier = runner.get(at(f"dossiers/{signed.json()['dossier']}/"))
    assert dossier["Digest"] == f"sha-256={hashlib.sha256(dossier.content).hexdigest()}"
    assert dossier.json()["review"]["decided_by"] == "Executive Sponsor"
    assert runner.get(at("gates/1/")).json()["is_signed"]
    assert [one["state"] for one in runner.get(at("phases/")).json()] == ["ok", "now", "next", "next", "next"]


def refusal(response):
    return response.status_code, response.json()["code"]


def test_a_token_alone_never_signs(runner, sponsor, at, look_at):
    runner.post(at("gates/1/request/"))
    body = {"decision": "approved", "seen_digest": look_at().digest}

    assert refusal(sponsor.post(at("gates/1/decide/"), body)) == (403, "authentication_not_fresh")
    assert refusal(sponsor.post(at("gates/1/decide/"), {**body, "password": "wrong"})) == (403, "wrong_password")
    assert GateReview.objects.get().decision == "pending"


def test_a_token_request_leaves_no_fresh_session_behind(runner, sponsor, at, look_at, answers):
    runner.post(at("gates/1/request/"))
    body = {"decision": "approved", "seen_digest": "0", "password": PASSWORD}

    assert refusal(sponsor.post(at("gates/1/decide/"), body)) == (409, "evidence_changed")
    again = sponsor.post(at("gates/1/decide/"), {"decision": "approved", "seen_digest": look_at().digest})
    assert refusal(again) == (403, "authentication_not_fresh")


def test_refusals_have_codes_for_machines(runner, sponsor, at, answers, look_at, gated):
    assert refusal(sponsor.post(at("gates/1/request/"))) == (403, "not_permitted")
    assert refusal(runner.post(at("gates/2/request/"))) == (409, "gate_refused")
    runner.post(at("gates/1/request/"))
    assert refusal(runner.post(at("gates/1/request/"))) == (409, "gate_refused")
    body = {"decision": "approved", "seen_digest": look_at().digest, "seen": look_at().basis, "password": PASSWORD}
    assert refusal(runner.post(at("gates/1/decide/"), body)) == (403, "not_permitted")

    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")
    changed = sponsor.post(at("gates/1/decide/"), body)
    assert refusal(changed) == (409, "evidence_changed")
    assert changed.json()["details"]["changed"][0] == "1.2 was met and is not met."

    body |= {"seen_digest": changed.json()["details"]["digest"]}
    blocked = sponsor.post(at("gates/1/decide/"), body)
    assert (refusal(blocked), blocked.json()["details"]) == ((409, "gate_not_ready"), {"blocking": ["A2"]})

    back = {"decision": "sent_back", "seen_digest": look_at().digest}
    assert refusal(sponsor.post(at("gates/1/decide/"), back)) == (400, "invalid")
    assert sponsor.post(at("gates/1/decide/"), {**back, "reason": "More gaps."}).status_code == 200
    assert refusal(sponsor.post(at("gates/1/decide/"), {**back, "reason": "More."})) == (409, "already_decided")


def test_request_is_withdrawn_over_rest(runner, at):
    assert runner.post(at("gates/1/withdraw/")).status_code == 404
    runner.post(at("gates/1/request/"))

    assert runner.post(at("gates/1/withdraw/")).json()["decision"] == "withdrawn"
    assert [one["decision"] for one in runner.get(at("gate-reviews/")).json()["results"]] == ["withdrawn"]


def test_waiver_is_granted_and_revoked_over_rest(sponsor, runner, at, answers):
    answers.say("audit.gaps", False, value=3, threshold=5)
    body = {"gate": 1, "criterion": "A2", "reason": "r", "stand_in": "s"}

    assert refusal(sponsor.post(at("waivers/"), body)) == (403, "authentication_not_fresh")
    assert refusal(runner.post(at("waivers/"), {**body, "password": PASSWORD})) == (403, "not_permitted")
    granted = sponsor.post(at("waivers/"), {**body, "password": PASSWORD})
    assert (granted.status_code, granted.json()["label"], granted.json()["is_live"]) == (201, "W-01", True)
    assert refusal(sponsor.post(at("waivers/"), {**body, "password": PASSWORD})) == (409, "waiver_refused")

    revoked = sponsor.post(at("waivers/1/revoke/"), {"password": PASSWORD})
    assert (revoked.status_code, revoked.json()["is_live"]) == (200, False)
    never = sponsor.post(at("waivers/"), {**body, "criterion": "A4", "password": PASSWORD})
    assert refusal(never) == (409, "waiver_refused")


def test_threshold_is_set_over_rest(sponsor, at):
    body = {"check_key": "audit.gaps", "phase": 1, "params": {"least": 3}, "reason": "We are small."}

    made = sponsor.post(at("thresholds/"), {**body, "password": PASSWORD})

    assert (made.status_code, made.json()["params"]) == (201, {"least": 3})
    assert sponsor.get(at("gates/1/")).json()["sheet"]["criteria"][1]["default_params"] == {"least": 5}
    assert refusal(sponsor.post(at("thresholds/"), {**body, "check_key": "x", "password": PASSWORD})) == (
        400,
        "invalid",
    )


def test_criteria_are_listed_as_data(runner, at):
    rows = runner.get(at("criteria/")).json()

    assert len(rows) == 22
    assert [(one["key"], one["is_measured"]) for one in rows[3:6]] == [("A4", True), ("A5", True), ("B1", False)]


def test_owner_of_a_phase_is_named_over_rest(runner, at, gated):
    position = PositionFactory(program=gated, title="VP Sales")

    assert runner.patch(at("phases/1/"), {"owner": position.pk}).json()["owner"] == "VP Sales"
    assert runner.patch(at("phases/1/"), {"owner": PositionFactory().pk}).status_code == 400


@pytest.mark.parametrize("path", ["gates/", "gates/1/", "phases/", "waivers/", "dossiers/", "criteria/", "thresholds/"])
def test_nothing_shows_to_a_stranger(stranger, at, path):
    client = APIClient()
    client.force_authenticate(stranger)

    assert client.get(at(path)).status_code == 404


@pytest.mark.parametrize("path", ["gates/", "gates/3/", "phases/", "waivers/", "dossiers/", "criteria/", "readings/"])
def test_every_member_reads(api, gated, at, path):
    assert api(MembershipFactory(program=gated, role=Role.PARTICIPANT).user).get(at(path)).status_code == 200


@pytest.mark.parametrize("count", [1, 3, 300])
def test_lists_cost_the_same(runner, at, gated, gate, count, django_assert_num_queries, request_it, sign):
    Waiver.objects.bulk_create(
        Waiver(
            program=gated,
            number=no,
            gate=gate,
            criterion="A2",
            reason="r",
            stand_in="s",
            granted_by=gated.sponsor,
            revoked_at=clock.now(),
        )
        for no in range(1, count + 1)
    )
    runner.get(at("waivers/"))  # notes when the token was last used

    with django_assert_num_queries(4):  # token, program, membership, waivers
        found = runner.get(at("waivers/")).json()["results"]

    assert len(found) == min(count, 50)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_rounds_cost_the_same(runner, at, count, django_assert_num_queries, request_it, sign):
    for _ in range(count):
        sign(request_it(), "sent_back", reason="Again.")
    runner.get(at("gate-reviews/"))

    with django_assert_num_queries(4):  # token, program, membership, reviews
        assert len(runner.get(at("gate-reviews/")).json()["results"]) == count
    with django_assert_num_queries(4):  # token, program, membership, dossiers
        assert len(runner.get(at("dossiers/")).json()["results"]) == count


@pytest.mark.parametrize("count", [1, 3, 30])
def test_gate_list_costs_the_same(runner, at, gated, count, django_assert_num_queries, request_it, sign):
    for no in range(count):
        sign(request_it(), "sent_back", reason="Again.")
        thresholds.set_threshold(
            program=gated,
            check="audit.gaps",
            params={"least": 6 + no},
            by=gated.sponsor,
            reason="r",
            fresh_at=clock.wall(),
        )
    runner.get(at("gates/"))

    with django_assert_num_queries(7):  # token, program, membership, gates, reviews, scope, jobs
        runner.get(at("gates/"))
