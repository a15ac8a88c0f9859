"""The journey of data work over REST, with the codes of what is refused."""

import pytest
from rest_framework.test import APIClient

from crmprogram.jobs import services as jobs
from crmprogram.program.models import Role
from migration.models import Run
from tests.factories import MembershipFactory
from tests.migration.conftest import PEOPLE, try_dry

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(member):
    client = APIClient()
    client.force_login(member.user)
    client.base = f"/api/v1/programs/{member.program.slug}/"
    return client


def test_run_goes_from_file_to_audited_stage(api, member, upload):
    file = upload(member, PEOPLE, kind="contact")
    base = api.base

    made = api.post(f"{base}runs/", {"uploads": [file.number], "region": "DE"})
    assert (made.status_code, made.data["run"]["state"]) == (201, "mapping")
    early = api.post(f"{base}runs/1/start/")
    assert (early.status_code, early.json()["code"]) == (409, "run_refused")

    columns = {one["header"]: one for one in api.get(f"{base}runs/1/mapping/").data["columns"]}
    change = {"id": columns["Country"]["id"], "treatment": "map", "field": "country"}
    assert api.put(f"{base}runs/1/mapping/", {"columns": [change]}).status_code == 200
    assert api.post(f"{base}runs/1/mapping/sign/").data["signed_by"]["id"] == member.user.pk
    assert api.post(f"{base}runs/1/start/").data["run"]["state"] == "running"
    jobs.work_off()
    assert api.get(f"{base}runs/1/progress/").data["percent"] == 100
    assert api.get(f"{base}runs/1/account/").data["balanced"] is True
    profile = {one["name"]: one for one in api.get(f"{base}runs/1/profile/").json()}
    assert (profile["email"]["filled"], profile["email"]["rows"], profile["email"]["type"]) == (6, 7, "email")
    behind = api.get(f"{base}runs/1/rows/?field=email&kind=empty").json()
    assert ([one["line"] for one in behind["rows"]], behind["count"], behind["after"]) == ([7], 1, 0)
    unasked = api.get(f"{base}runs/1/rows/?field=email")
    assert (unasked.status_code, unasked.json()["code"]) == (400, "invalid")
    assert [one["line"] for one in api.get(f"{base}runs/1/rejects/").json()["results"]] == [7]
    assert b"Cy,Young" in b"".join(api.get(f"{base}runs/1/rejects.csv/").streaming_content)

    (cluster,) = api.get(f"{base}runs/1/clusters/?state=open").json()["results"]
    detail = api.get(f"{base}runs/1/clusters/{cluster['number']}/").json()
    assert len(detail["members"]) == 2
    assert detail["pairs"][0]["parts"]
    merged = api.post(
        f"{base}runs/1/clusters/{cluster['number']}/merge/",
        {"include": [one["key"] for one in detail["members"]], "seen": detail["seen"]},
    )
    assert merged.json()["cluster"]["state"] == "decided"
    again = api.post(f"{base}runs/1/clusters/{cluster['number']}/split/", {"seen": 0})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")

    refused = api.post(f"{base}runs/1/stages/1/start/")
    assert (refused.status_code, refused.json()["code"]) == (409, "load_refused")
    sample = api.get(f"{base}runs/1/merges/?seed=7").data
    signed = api.post(
        f"{base}runs/1/merges/sign/", {"seed": 7, "seen_digest": sample["digest"], "looked_at": sample["sample"]}
    )
    assert signed.status_code == 201
    live = api.post(f"{base}runs/1/stages/1/start/", {"space": "live"})
    assert (live.status_code, live.json()["details"]["gate"]) == (409, 2)
    try_dry(Run.objects.get(), member)
    assert api.post(f"{base}runs/1/stages/1/start/").data["state"] == "loading"
    jobs.work_off()
    assert api.get(f"{base}runs/1/stages/").json()["results"][0]["counts"]["create"] == 1

    drawn = api.post(f"{base}runs/1/stages/1/draw/", {"seed": 7}).data
    items = api.get(f"{base}samples/{drawn['id']}/items/").json()["results"]
    assert [one["differences"] for one in items] == [0]
    api.post(f"{base}samples/{drawn['id']}/answer/", {"answers": [{"no": 1, "matches": True}]})
    assert api.post(f"{base}samples/{drawn['id']}/sign/").data["says"] == "0 errors in all 1 records."
    (stored,) = api.get(f"{base}sandbox-records/?q=ann lee").json()["results"]
    assert stored["fields"]["country"] == "DE"

    (record,) = api.get(f"{base}runs/1/records/?q=ann").json()["results"]
    lineage = api.get(f"{base}runs/1/records/{record['id']}/").json()
    assert [one["line"] for one in lineage["sources"]] == [2, 3]
    assert api.post(f"{base}runs/1/rehearsal/clear/").status_code == 200
    jobs.work_off()
    assert api.post(f"{base}runs/1/cancel/", {"reason": "Only a try."}).data["run"]["state"] == "cancelled"


def test_stranger_finds_nothing(api, member, clean):
    clean(member)
    stranger = APIClient()
    stranger.force_login(MembershipFactory().user)

    for path in ("runs/", "runs/1/", "runs/1/clusters/", "sandbox-records/", "samples/"):
        assert stranger.get(f"{api.base}{path}").status_code == 404


def test_viewer_reads_but_does_not_decide(member, clean):
    run = clean(member)
    viewer = APIClient()
    viewer.force_login(MembershipFactory(program=member.program, role=Role.VIEWER).user)
    base = f"/api/v1/programs/{member.program.slug}/"
    number = run.clusters.open().get().number

    assert viewer.get(f"{base}runs/1/").status_code == 200
    refused = viewer.post(f"{base}runs/1/clusters/{number}/merge/", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


def test_unknown_field_of_a_mapping_is_told_by_name(api, member, upload):
    file = upload(member, PEOPLE, kind="contact")
    api.post(f"{api.base}runs/", {"uploads": [file.number]})
    column = api.get(f"{api.base}runs/1/mapping/").data["columns"][0]

    answer = api.put(
        f"{api.base}runs/1/mapping/", {"columns": [{"id": column["id"], "treatment": "map", "field": "nonsense"}]}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
