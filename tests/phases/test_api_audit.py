"""The Audit over REST: the same rules as the pages, with codes for machines."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.program.models import Function, Role
from phases.models import Capability, Gap
from tests.factories import MembershipFactory

JSON = {"content_type": "application/json"}


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def api(client, runner):
    """Call an endpoint of the runner's program as the runner."""
    client.force_login(runner.user)

    def call(method, path, data=None, member=None):
        if member is not None:
            client.force_login(member.user)
        url = f"/api/v1/programs/{runner.program.slug}/{path}"
        return getattr(client, method)(url, data, **JSON) if method != "get" else client.get(url)

    return call


def test_goal_goes_from_refusal_to_shared(api, runner):
    sponsor = MembershipFactory(program=runner.program, role=Role.SPONSOR)
    refused = api("post", "goal/", {"seen_number": 0, "outcome": "We want control"})
    assert (refused.status_code, refused.json()["code"]) == (409, "goal_incomplete")
    assert "metric" in refused.json()["details"]["missing"]

    whole = {
        "seen_number": 0,
        "outcome": "One list. One forecast.",
        "metric": "Win rate",
        "unit": "%",
        "baseline_value": "18",
        "target_value": "25",
        "target_on": "2027-01-31",
        "success_6_months": "Calls logged",
        "success_12_months": "22 %",
    }
    made = api("post", "goal/", whole)
    assert (made.status_code, made.json()["headline"]) == (201, "Win rate: from 18% to 25% by 31 Jan 2027")
    assert api("post", "goal/", whole).json()["code"] == "conflict"
    shared = api("post", "goal/1/share/", {"recipient": sponsor.pk})
    assert [one["recipient"]["id"] for one in shared.json()["shares"]] == [sponsor.user_id]
    assert api("get", "goal/").json()["results"][0]["number"] == 1


def test_goal_is_not_shared_with_a_member_elsewhere(api, runner):
    elsewhere = MembershipFactory(role=Role.SPONSOR)

    answer = api("post", "goal/1/share/", {"recipient": elsewhere.pk})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["recipient"])


def test_scope_is_written_and_signed(api, runner):
    vp = MembershipFactory(program=runner.program, role=Role.VP_SALES)
    assert api("get", "scope/").json()["version"] == 0
    item = api("post", "scope-items/", {"kind": "in", "text": "Pipeline"}).json()
    changed = api("patch", f"scope-items/{item['id']}/", {"kind": "out", "seen_edit": 0})
    assert changed.json()["kind"] == "out"
    assert api("patch", f"scope-items/{item['id']}/", {"kind": "in", "seen_edit": 0}).status_code == 409
    assert api("patch", f"scope-items/{item['id']}/", {"kind": "in", "seen_edit": 1}).status_code == 200
    edit = api("get", "scope/").json()["edit"]
    assert api("post", "scope/sign/", {"seen_edit": edit}).status_code == 403

    signed = api("post", "scope/sign/", {"seen_edit": edit}, member=vp).json()

    assert (signed["is_signed"], signed["signatures"][0]["role"]) == (True, "vp_sales")
    assert api("delete", f"scope-items/{item['id']}/?seen_edit=2", member=runner).status_code == 204
    assert api("get", "scope/").json()["is_signed"] is False


def test_map_is_drawn_and_signed(api, runner):
    rep = MembershipFactory(program=runner.program, role=Role.PARTICIPANT, function=Function.SALES)
    lane = api("post", "lanes/", {"name": "SDR", "function": "sales"}).json()
    first = api("post", "steps/", {"lane": lane["id"], "name": "Call"}).json()
    second = api("post", "steps/", {"lane": lane["id"], "name": "Book", "after": []}).json()
    changed = api("patch", f"steps/{first['id']}/", {"seen_version": 1, "leads_to": [second["id"]]}).json()
    assert (changed["leads_to"], changed["name"], changed["version"]) == ([second["id"]], "Call", 2)
    assert api("patch", f"steps/{first['id']}/", {"seen_version": 1, "tool": "x"}).json()["code"] == "conflict"
    assert api("post", f"steps/{second['id']}/move/", {"up": True}).json()["order"] == 1
    version = api("get", f"lanes/{lane['id']}/").json()["version"]
    assert api("post", f"lanes/{lane['id']}/sign/", {"seen_version": version}).status_code == 403

    signed = api("post", f"lanes/{lane['id']}/sign/", {"seen_version": version}, member=rep).json()

    assert signed["is_signed"] is True
    assert api("get", "gaps/").status_code == 403  # a participant reads the map alone
    assert api("delete", f"steps/{first['id']}/?seen_version=2", member=runner).status_code == 204
    assert api("get", f"lanes/{lane['id']}/").json()["is_signed"] is False
    assert api("patch", f"lanes/{lane['id']}/", {"seen_version": 0, "name": "X"}).status_code == 409
    assert api("delete", f"lanes/{lane['id']}/").json()["code"] == "invalid"


def test_map_starts_once(api):
    started = api("post", "lanes/start/", {})
    assert (started.status_code, started.json()[0]["name"]) == (201, "Marketing")
    assert api("post", "lanes/start/", {}).json()["code"] == "map_not_empty"
    assert api("post", "lanes/start/", {"copy_current": True}).json()[0]["state"] == "future"
    lanes = api("get", "lanes/").json()["results"]
    assert api("post", f"lanes/{lanes[1]['id']}/move/", {"up": True}).json()["order"] == 1


def test_gap_and_capability_are_tied(api):
    gap = api("post", "gaps/", {"title": "Leads wait", "volume": "1200", "rate_percent": "12.5", "value": 40000})
    assert gap.json()["yearly_cost"] == 6_000_000
    assert api("post", "gaps/", {"title": "Half", "volume": "1"}).status_code == 400
    made = api("post", "capabilities/", {"name": "Routing", "bucket": "must_go_live", "phase": 3, "gaps": [1]}).json()
    assert (made["rank"], made["is_traced"], made["gaps"]) == (1, True, [1])
    assert api("get", "gaps/1/").json()["closed_by"] == [1]
    changed = api("patch", "gaps/1/", {"seen_version": 1, "closed_by": []}).json()
    assert (changed["closed_by"], changed["version"]) == ([], 2)
    assert api("patch", "capabilities/1/", {"seen_version": 9, "bucket": "nice"}).json()["code"] == "conflict"
    assert api("post", "capabilities/1/rank/", {"up": True}).json()["rank"] == 1
    assert api("delete", "capabilities/1/?seen_version=1").status_code == 204
    assert api("delete", "gaps/1/?seen_version=2").status_code == 204


def test_13th_must_have_has_its_code(api, runner):
    Capability.objects.bulk_create(
        [Capability(program=runner.program, number=n, name=f"C{n}", bucket="must_go_live") for n in range(101, 113)]
    )

    answer = api("post", "capabilities/", {"name": "13", "bucket": "must_go_live"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_must_haves")
    assert answer.json()["details"] == {"count": 12, "most": 12}


def test_gap_of_another_program_cannot_be_traced(api):
    Gap.objects.create(program=MembershipFactory().program, number=7, title="Foreign")

    answer = api("post", "capabilities/", {"name": "Routing", "bucket": "nice", "gaps": [7]})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["gaps"])


@pytest.mark.parametrize("path", ["goal/", "scope/", "scope-items/", "lanes/", "steps/", "gaps/", "capabilities/"])
def test_stranger_finds_nothing(api, path):
    assert api("get", path, member=MembershipFactory(role=Role.SALES_OPS)).status_code == 404


@pytest.mark.parametrize("path", ["lanes/start/", "gaps/", "capabilities/", "scope-items/", "goal/"])
def test_viewer_changes_nothing(api, runner, path):
    viewer = MembershipFactory(program=runner.program, role=Role.VIEWER)

    assert api("post", path, {}, member=viewer).status_code == 403


def test_lists_cost_the_same(api, runner):
    cost = {}
    for count in (1, 3, 300):
        for model, name in ((Gap, "title"), (Capability, "name")):
            model.objects.all().delete()
            model.objects.bulk_create(
                [model(program=runner.program, number=n, **{name: f"N{n}"}) for n in range(1, count + 1)]
            )
        with CaptureQueriesContext(connection) as found:
            for path in ("gaps/", "capabilities/"):
                assert len(api("get", path + "?page_size=500").json()["results"]) == count
        cost[count] = len(found)

    assert cost[3] == cost[300]
    assert cost[1] == cost[3]
