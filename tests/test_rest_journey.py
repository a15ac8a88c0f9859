"""From nothing to a signed gate over REST, by two people with a token each.

The same way as tests/browser/test_journey.py goes in a browser; each room's endpoints are
tested by themselves beside their room.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crmprogram.jobs import services as jobs
from crmprogram.program import clock
from crmprogram.program import services as programs
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SAMPLE = Path(__file__).parent / "data" / "samples" / "dynamics365" / "Contact.csv"


class Person:
    """Somebody with an access token of one program."""

    def __init__(self, program, user) -> None:
        expires = clock.now() + timedelta(days=1)
        _, token = programs.make_token(program=program, by=user, name="journey", expires_at=expires)
        self.client = APIClient(headers={"Authorization": f"Bearer {token}"})
        self.base = f"/api/v1/programs/{program.slug}/"

    def get(self, path):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path, body=None, status=(200, 201), **how):
        answer = self.client.post(self.base + path, body or {}, **{"format": "json", **how})
        assert answer.status_code in status, answer.content
        return answer.json()

    def refused(self, path, body=None):
        """The code of the refusal, which is 403 or 409."""
        return self.post(path, body, status=(403, 409))["code"]


@pytest.fixture
def cast(client):
    """A program made over REST, its runner and its invited sponsor."""
    runner = UserFactory()
    client.force_login(runner)
    body = {"name": "CRM rollout", "company": "Orrery Instruments", "seats": 60, "starts_on": "2026-01-05"}
    slug = client.post("/api/v1/programs/", body, "application/json").json()["slug"]
    invited = {"email": "sponsor@orrery.example", "role": "sponsor", "function": "leadership"}
    link = client.post(f"/api/v1/programs/{slug}/invitations/", invited, "application/json").json()["link"]
    guest = UserFactory()
    member = programs.accept_invitation(token=link.rstrip("/").rsplit("/", 1)[-1], user=guest)
    return Person(member.program, runner), Person(member.program, guest), member


def test_company_goes_from_nothing_to_a_signed_gate(cast):
    ops, sponsor, member = cast
    assert ops.refused("gates/1/request/") == "gate_refused"  # R3: on hold
    ops.post("sponsor/name/", {"membership": member.pk, "title": "Chief Revenue Officer", "level": "c_level"})
    sponsor.post("sponsor/accept/")
    assert ops.refused("gates/1/request/") == "gate_refused"  # P7: no signed scope
    assert ops.refused("goal/", {"seen_number": 0, "outcome": "We want control"}) == "goal_incomplete"  # P6

    fill_the_audit(ops, sponsor, member)
    clean_and_rehearse(ops)
    sign_gate_1(ops, sponsor)


def fill_the_audit(ops, sponsor, member) -> None:
    ops.post(
        "goal/",
        {
            "seen_number": 0,
            "outcome": "Raise the win rate. Every lead is followed up within a day.",
            "metric": "Win rate",
            "unit": "%",
            "baseline_value": "18",
            "target_value": "25",
            "target_on": "2027-01-31",
            "success_6_months": "Nine of ten reps log every day.",
            "success_12_months": "Win rate at 25 %.",
        },
    )
    ops.post("goal/1/share/", {"recipient": member.pk})
    ops.post("scope-items/", {"kind": "in", "text": "Contacts and accounts of the sales teams"})
    sponsor.post("scope/sign/", {"seen_edit": sponsor.get("scope/")["edit"]})
    before: list[int] = []
    for name, function in (("Sales operations", "operations"), ("Leadership", "leadership")):
        lane = ops.post("lanes/", {"name": name, "function": function})
        step = ops.post("steps/", {"lane": lane["id"], "name": f"{name} works", "after": before})
        before = [step["id"]]
    lanes = ops.get("lanes/")["results"]
    for person, lane in zip((ops, sponsor), sorted(lanes, key=lambda one: one["order"]), strict=True):
        person.post(f"lanes/{lane['id']}/sign/", {"seen_version": lane["version"]})
    for number in range(1, 6):
        ops.post("gaps/", {"title": f"Gap {number}", "volume": "100", "rate_percent": "10", "value": 100_000})
    for number in range(1, 9):
        ops.post("capabilities/", {"name": f"Must {number}", "bucket": "must_go_live", "phase": 3, "gaps": [1]})
    assert [one["yearly_cost"] for one in ops.get("gaps/")["results"]] == [1_000_000] * 5


def clean_and_rehearse(ops) -> None:
    """H0: 199 rows in, 199 accounted for, the six shifted ones put aside with their lines."""
    file = SimpleUploadedFile("Contact.csv", SAMPLE.read_bytes(), "text/csv")
    upload = ops.post("uploads/", {"file": file}, format="multipart")
    jobs.work_off()
    issues = ops.get(f"uploads/{upload['number']}/issues/")["results"]
    assert sorted(one["line"] for one in issues) == list(range(195, 201))

    run = ops.post("runs/", {"uploads": [upload["number"]], "region": "US"})["run"]["number"]
    assert ops.refused(f"runs/{run}/start/") == "run_refused"  # H5: the mapping is signed first
    ops.post(f"runs/{run}/mapping/sign/")
    ops.post(f"runs/{run}/start/")
    jobs.work_off()
    account = ops.get(f"runs/{run}/account/")
    assert (account["read"], account["quarantined"], account["balanced"]) == (199, 6, True)

    for cluster in ops.get(f"runs/{run}/clusters/?state=open")["results"]:
        seen = ops.get(f"runs/{run}/clusters/{cluster['number']}/")["seen"]
        ops.post(f"runs/{run}/clusters/{cluster['number']}/split/", {"seen": seen})
    merges = ops.get(f"runs/{run}/merges/?seed=7")
    signature = {"seed": 7, "seen_digest": merges["digest"], "looked_at": merges["sample"]}
    ops.post(f"runs/{run}/merges/sign/", signature)
    assert ops.refused(f"runs/{run}/stages/3/start/", {"space": "live"}) == "gate_not_passed"  # G6
    assert ops.refused(f"runs/{run}/stages/3/start/") == "load_refused"  # H6: the dry run comes first
    dry_run = f"runs/{run}/dry-runs/{ops.post(f'runs/{run}/dry-runs/', {})['number']}/"
    jobs.work_off()
    told = [
        {"no": one["no"], "right": [line["field"] for line in one["comparison"]]}
        for one in ops.get(f"{dry_run}items/")["results"]
    ]
    ops.post(f"{dry_run}answer/", {"answers": told})
    ops.post(f"{dry_run}sign/")
    ops.post(f"runs/{run}/stages/3/start/")
    jobs.work_off()
    loaded = ops.get(f"runs/{run}/stages/")["results"]
    assert sum(one["counts"].get("create", 0) for one in loaded) == account["kept"]


def sign_gate_1(ops, sponsor) -> None:
    ops.post("gates/1/request/", {"note": "The Audit is done."})
    sheet = sponsor.get("gates/1/")["sheet"]
    back = {"decision": "sent_back", "seen_digest": sheet["digest"], "reason": "Read the goal aloud first."}
    sponsor.post("gates/1/decide/", back)
    ops.post("gates/1/request/")

    sheet = sponsor.get("gates/1/")["sheet"]
    assert sheet["is_ready"] is True
    body = {"decision": "approved", "seen_digest": sheet["digest"], "seen": sheet["seen"]}
    assert ops.refused("gates/1/decide/", {**body, "password": PASSWORD}) == "not_permitted"  # G7: the A alone
    assert sponsor.refused("gates/1/decide/", body) == "authentication_not_fresh"  # G7: a token is no signature
    assert sponsor.refused("gates/1/decide/", {**body, "password": "wrong"}) == "wrong_password"
    signed = sponsor.post("gates/1/decide/", {**body, "password": PASSWORD})
    assert sponsor.refused("gates/1/decide/", {**body, "password": PASSWORD}) in {"already_decided", "gate_refused"}

    dossier = ops.client.get(f"{ops.base}dossiers/{signed['dossier']}/")
    assert dossier["Digest"] == f"sha-256={hashlib.sha256(dossier.content).hexdigest()}"
    assert [one["number"] for one in ops.get("gates/") if one["is_signed"]] == [1]
