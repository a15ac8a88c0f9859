"""The same journey over REST."""

from __future__ import annotations

import pytest

from crmprogram.program.models import Position, Program, Role
from governance.models import Activity
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(client, ops):
    """Calls of one member: `api(ops, "get", "raci/")`."""

    def call(member, method, path, data=None):
        client.force_login(member.user)
        send = getattr(client, method)
        address = f"/api/v1/programs/{ops.program.slug}/{path}"
        return send(address) if data is None else send(address, data, content_type="application/json")

    return call


def test_sponsor_journey(api, ops):
    member = MembershipFactory(program=ops.program, role=Role.SPONSOR)
    named = api(ops, "post", "sponsor/name/", {"membership": member.pk, "title": "CRO", "level": "c_level"})
    refused = api(ops, "post", "sponsor/accept/")
    accepted = api(member, "post", "sponsor/accept/")

    assert named.json()["on_hold"] is True
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert (accepted.json()["on_hold"], accepted.json()["current"]["title"]) == (False, "CRO")
    assert Program.objects.get(pk=ops.program_id).accountable.title == "CRO"
    assert api(ops, "post", "sponsor/release/", {"reason": "Left."}).json()["hold_reason"] == (
        "The executive sponsor (CRO) was released. Name another."
    )


def test_sponsor_of_another_program_is_invalid(api, ops, stranger):
    answer = api(ops, "post", "sponsor/name/", {"membership": stranger.pk, "title": "CRO", "level": "c_level"})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["membership"])


def test_cells_repairs_and_rows(api, ops):
    activity = Activity.objects.get(program=ops.program, title="Contract")
    vp, runner = (Position.objects.get(program=ops.program, title=title) for title in ("VP Sales", "Sales Ops Manager"))
    for position in (vp, runner):
        answer = api(ops, "put", f"raci/{activity.pk}/cell/", {"position": position.pk, "letters": "A"})

    assert answer.json()["violations"][0]["kind"] == "many_accountable"
    assert [one["label"] for one in answer.json()["repairs"]] == ["Keep VP Sales", "Keep Sales Ops Manager"]
    mended = api(ops, "post", f"raci/{activity.pk}/repair/", {"position": vp.pk}).json()
    assert {cell["title"]: cell["letters"] for cell in mended["cells"] if cell["letters"]} == {
        "VP Sales": "A",
        "Sales Ops Manager": "C",
    }
    added = api(ops, "post", "raci/", {"title": "Consent rules", "phase": 3})
    changed = api(ops, "patch", f"raci/{added.json()['id']}/", {"phase": 1})
    assert (added.status_code, changed.json()["phase"]) == (201, 1)
    assert api(ops, "delete", f"raci/{added.json()['id']}/").status_code == 204


def test_refusals_have_codes(api, ops, sponsor):
    fixed = Activity.objects.get(program=ops.program, is_fixed=True)
    digest = api(sponsor, "get", "raci/").json()["digest"]

    answers = [
        api(ops, "delete", f"raci/{fixed.pk}/"),
        api(ops, "delete", f"positions/{sponsor.positions.get().pk}/"),
        api(sponsor, "post", "raci/sign/", {"digest": digest}),
        api(sponsor, "post", "raci/sign/", {"digest": "0" * 64}),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "fixed_row"),
        (409, "position_in_use"),
        (409, "raci_not_ready"),
        (409, "conflict"),
    ]


def test_raci_is_filled_and_signed(api, ops, sponsor):
    for position in Position.objects.filter(program=ops.program, membership=None):
        position.membership = sponsor
        position.save()
    assert api(ops, "post", "raci/suggest/").json() == {"rows": 15}
    shown = api(sponsor, "get", "raci/").json()
    assert (shown["finding"], shown["is_signed"]) == ("Every row has one Accountable: ready to sign", False)

    signed = api(sponsor, "post", "raci/sign/", {"digest": shown["digest"]})

    assert (signed.status_code, signed.json()["version"]) == (201, 1)
    assert api(sponsor, "get", "raci/").json()["is_signed"] is True


def test_positions_can_be_written(api, ops):
    made = api(ops, "post", "positions/", {"title": "CFO", "level": "c_level", "membership": ops.pk})
    moved = api(ops, "post", f"positions/{made.json()['id']}/move/", {"earlier": True})
    changed = api(ops, "patch", f"positions/{made.json()['id']}/", {"membership": None})

    assert (made.status_code, made.json()["is_executive"]) == (201, True)
    assert moved.json()["order"] == made.json()["order"] - 1
    assert (changed.json()["title"], changed.json()["membership"]) == ("CFO", None)
    assert api(ops, "get", "positions/").json()["results"][0]["title"] == "VP Sales"


def test_position_title_that_exists_is_refused(api, ops):
    answer = api(ops, "post", "positions/", {"title": "VP Sales", "level": "vp"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_overview_gives_the_numbers_of_the_page(api, ops, sponsor):
    shown = api(ops, "get", "overview/").json()

    assert (shown["heading"], shown["gate"], shown["is_locked"]) == ("Gate 1 is four criteria short", 1, False)
    assert [one["name"] for one in shown["phases"]] == ["Audit", "Pick", "Implement", "Train", "Iterate"]
    assert {one["key"]: one["state"] for one in shown["evidence"]}["A4"] == "met"
    assert len(shown["failure_modes"]) == 14


@pytest.mark.parametrize("path", ["overview/", "raci/", "positions/", "sponsor/"])
def test_stranger_finds_nothing(api, ops, stranger, path):
    assert api(stranger, "get", path).status_code == 404
