"""Four raters with a token each rate blind over REST; the highest total falls to the veto (V3, V4, B1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.models import Role
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
VENDORS = {"Alder CRM": ((4, 4, 4, 3), 5), "Birch CRM": ((5, 5, 4, 4), 4), "Cedar CRM": ((4, 4, 4, 5), 3)}


class Person:
    """Somebody with an access token of one program."""

    def __init__(self, program, member) -> None:
        expires = clock.now() + timedelta(days=1)
        _, token = programs.make_token(program=program, by=member.user, name="journey", expires_at=expires)
        self.member = member
        self.client = APIClient(headers={"Authorization": f"Bearer {token}"})
        self.base = f"/api/v1/programs/{program.slug}/"

    def get(self, path, status=200):
        answer = self.client.get(self.base + path)
        assert answer.status_code == status, answer.content
        return answer.json()

    def rows(self, path):
        return self.get(path)["results"]

    def post(self, path, body=None, status=(200, 201)):
        answer = self.client.post(self.base + path, body or {}, format="json")
        assert answer.status_code in status, answer.content
        return answer.json()

    def refused(self, path, body=None):
        """The code of the refusal, which is 403 or 409."""
        return self.post(path, body, status=(403, 409))["code"]


@pytest.fixture
def ops(program, runner):
    return Person(program, program.memberships.get(user=runner))


@pytest.fixture
def panel(program):
    roles = (Role.PARTICIPANT, Role.PARTICIPANT, Role.TEAM_LEAD, Role.IT)
    return [Person(program, MembershipFactory(program=program, role=one, function="sales")) for one in roles]


def rate_all(person, number, vendors, criteria, leave_out=()):
    """One rater's whole sheet, workflow fit first."""
    for name, (fit, rest) in VENDORS.items():
        for at, criterion in enumerate(criteria):
            cell = {"vendor": vendors[name], "criterion": criterion}
            if (name, at) in leave_out:
                person.post("ratings/", {**cell, "score": None, "abstained": "I took no part in the field test"})
            else:
                person.post("ratings/", {**cell, "score": rest if at else fit[number], "note": "Seen in the demo"})


def test_panel_rates_blind_and_the_veto_decides(program, ops, panel):
    vendors = {name: ops.post("vendors/", {"name": name})["id"] for name in VENDORS}
    for pk in vendors.values():
        ops.post(f"vendors/{pk}/move/", {"to": "short"})
    criteria = [one["id"] for one in ops.rows("scorecard-criteria/")]
    panel[0].post("ratings/submit/", status=(404,))  # not asked yet
    for one in panel:
        ops.post("raters/", {"membership": one.member.pk})

    for number, one in enumerate(panel[:3]):
        rate_all(one, number, vendors, criteria)
    for one in (*panel, ops):  # three whole sheets, none submitted
        assert {row["rater"] for row in one.rows("ratings/")} <= {one.member.user.display}
    assert [one.get("scorecard/", status=409)["code"] for one in panel] == ["rating_refused"] * 4
    for one in panel[:3]:
        one.post("ratings/submit/")

    open_still = ops.get("scorecard/")
    assert open_still["finding"] == "1 of 4 raters has still to submit"
    assert all(one["total"]["low"] < one["total"]["high"] for one in open_still["columns"])
    assert {one["standing"] for one in open_still["columns"]} == {"possible"}
    assert panel[3].get("scorecard/", status=409)["code"] == "rating_refused"
    assert panel[3].rows("ratings/") == []
    fit = {"criterion": criteria[0], "value": "5", "reason": "Agreed"}
    assert ops.refused("scorecard/consensus/", {"vendor": vendors["Alder CRM"], **fit}) == "rating_refused"

    rate_all(panel[3], 3, vendors, criteria, leave_out={("Cedar CRM", 8)})
    panel[3].post("ratings/submit/")
    alder, birch, cedar = ops.get("scorecard/")["columns"]
    assert [alder["standing"], alder["rank_by_total"], alder["rank"]] == ["eliminated", 1, None]
    assert alder["total"] == {"low": "4.68", "high": "4.68"}
    assert alder["said"] == "Workflow fit 3.75 is below the floor of 4.00, whatever the total"
    assert [birch["rank"], cedar["rank"], cedar["cells"][8]["ratings"]] == [1, 2, 3]
    newest = {one["rater"] for one in panel[3].rows("ratings/")}  # now that nothing is owed, others' as well
    assert newest == {one.member.user.display for one in panel[2:]}

    ops.post("scorecard/consensus/", {"vendor": vendors["Alder CRM"], **fit})
    assert ops.refused(f"vendors/{vendors['Alder CRM']}/move/", {"to": "finalist"}) == "vendor_refused"  # V4
    assert ops.post(f"vendors/{vendors['Birch CRM']}/move/", {"to": "finalist"})["state"] == "finalist"


def test_late_rater_is_blind_and_marked(program, ops, panel):
    vendor = ops.post("vendors/", {"name": "Alder CRM"})["id"]
    ops.post(f"vendors/{vendor}/move/", {"to": "short"})
    early, late = panel[:2]
    ops.post("raters/", {"membership": early.member.pk})
    for one in ops.rows("scorecard-criteria/"):
        early.post("ratings/", {"vendor": vendor, "criterion": one["id"], "score": 4, "note": "Seen"})
    early.post("ratings/submit/")
    assert late.get("scorecard/")["raters_submitted"] == 1  # not asked, so free to look

    ops.post("raters/", {"membership": late.member.pk})

    assert late.get("scorecard/", status=409)["code"] == "rating_refused"
    assert [one["knew_before"] for one in ops.rows("raters/")] == ["asked after others had submitted", ""]


def test_viewer_and_stranger_cannot_rate(program, ops):
    viewer = MembershipFactory(program=program, role=Role.VIEWER)
    stranger = Person(program, MembershipFactory(program=program))
    stranger.base = stranger.base.replace(program.slug, MembershipFactory().program.slug)

    assert ops.post("raters/", {"membership": viewer.pk}, status=(400, 409))
    assert stranger.get("ratings/", status=404)
