"""Shared review over REST: bands, blind second looks, decisions taken back."""

import pytest

from crmprogram.jobs import services as jobs
from crmprogram.program.models import Role
from migration.models import Decision, SecondLook
from migration.services import review, second_looks
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(member, clean):
    return clean(member)


@pytest.fixture
def base(member):
    return f"/api/v1/programs/{member.program.slug}"


def test_band_is_drawn_judged_accepted_and_undone(client, member, run, base):
    client.force_login(member.user)
    url = f"{base}/runs/{run.number}/bands/"

    drawn = client.post(url, {"low": 0, "high": 1.01}, "application/json").json()
    assert drawn["why_not"] == "1 of the 1 sampled clusters are not judged yet."
    told = [{"number": number, "right": True} for number in drawn["sample"]]
    client.post(f"{url}{drawn['number']}/judge/", {"judged": told}, "application/json")
    assert client.post(f"{url}{drawn['number']}/accept/").status_code == 200
    jobs.work_off()
    assert client.get(f"{url}{drawn['number']}/").json()["decided"] == 1
    client.post(f"{url}{drawn['number']}/undo/")
    jobs.work_off()

    assert run.clusters.open().count() == 1


def test_second_look_shows_nothing_of_the_first_verdict(client, monkeypatch, member, run, base):
    monkeypatch.setattr(second_looks, "is_drawn", lambda cluster: True)
    review.merge_cluster(cluster=run.clusters.open().get(), by=member.user)
    client.force_login(MembershipFactory(program=member.program, role=Role.CRM_SPECIALIST).user)
    url = f"{base}/runs/{run.number}/second-looks/"

    (case,) = client.get(url).json()["results"]
    assert set(case) == {"id", "cluster", "label", "asked_at"}
    assert client.post(f"{url}{case['id']}/answer/", {"verdict": "same"}, "application/json").status_code == 204

    told = client.get(f"{url}agreement/").json()
    assert (told["cases"], told["percent"], SecondLook.objects.get().second) == (1, 100.0, "same")


def test_decision_is_listed_and_taken_back_once(client, member, run, base):
    review.split_cluster(cluster=run.clusters.open().get(), by=member.user)
    client.force_login(member.user)
    (told,) = client.get(f"{base}/record-decisions/?kind=different").json()["results"]

    assert client.post(f"{base}/record-decisions/{told['id']}/take-back/").json()["taken_back"] is True
    again = client.post(f"{base}/record-decisions/{told['id']}/take-back/")

    assert (again.status_code, again.json()["code"]) == (409, "decision_refused")
    assert Decision.objects.in_force().count() == 0
    assert client.get(f"{base}/runs/{run.number}/reverts/").json()["results"] == []
