"""Platforms and criteria to start from, all of it the program's own afterwards (V1, V2)."""

import pytest

from crmprogram.program.audit import history
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Role
from scorecard.defaults import TEMPLATES, VENDORS, WORKFLOW_FIT, proposals
from scorecard.errors import WeightsRefused
from scorecard.models import Vendor
from scorecard.scoring import weights_problem
from scorecard.services import card
from scorecard.services import vendors as lists
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("industry", "sources", "names"), [
    ("Industrial instruments", {"web": 60, "partners": 40}, []),
    ("Residential real estate", {}, ["kvCORE"]),
    ("Coaching", {"Instagram": 50, "web": 50}, ["Inflowave"]),
    ("Coaching", {"Instagram": 49, "web": 51}, []),
    ("Pharma", {"instagram": 80, "web": 20}, ["Veeva", "Inflowave"]),
])  # fmt: skip
def test_vertical_vendors_are_proposed_from_half_of_the_leads(industry, sources, names):  # V1
    assert [one.vendor.name for one in proposals(industry, sources)] == names


def test_page_offers_the_library_and_says_why_a_vertical_fits(client, program, runner):  # V1
    program.lead_sources = {"instagram": 70, "web": 30}
    program.save()
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/vendors/"

    page = client.get(url).content.decode()
    assert "Inflowave is made for instagram-led sales: 70 % of the leads come through instagram." in page
    assert all(f'name="name" value="{one.name}"' in page for one in VENDORS)

    client.post(url, {"name": "Inflowave"})
    page = client.get(url).content.decode()
    assert 'name="name" value="Inflowave"' not in page
    assert "Inflowave is made for" not in page
    assert Vendor.objects.get().vertical == "Instagram-led sales"


def test_entry_of_the_library_is_the_programs_to_edit(client, program, runner):
    vendor = lists.add_vendor(program=program, by=runner, name="Wealthbox")
    lists.add_vendor(program=program, by=runner, name="Keap")
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/vendors/{vendor.pk}/edit/"

    twice = client.post(url, {"name": "KEAP"})
    assert (twice.status_code, "on the list already" in twice.content.decode()) == (422, True)
    client.post(url, {"name": "Wealthbox", "edition": "Pro", "vertical": "Advisors", "note": "Seen at a fair"})

    vendor.refresh_from_db()
    assert (vendor.edition, vendor.vertical, vendor.note) == ("Pro", "Advisors", "Seen at a fair")
    assert history(vendor).first().verb == "vendor.changed"
    lists.edit_vendor(vendor=vendor, by=runner, name="wealthbox")  # its own name, written otherwise
    with pytest.raises(Invalid):
        lists.edit_vendor(vendor=vendor, by=runner, state="selected")


def test_vendor_is_mended_over_rest(client, program, runner):
    vendor = lists.add_vendor(program=program, by=runner, name="Close")
    url = f"/api/v1/programs/{program.slug}/vendors/{vendor.pk}/"

    client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)
    assert client.patch(url, {"note": "No"}, content_type="application/json").status_code == 403
    client.force_login(runner)
    assert client.patch(url, {"note": "Calls first"}, content_type="application/json").json()["note"] == "Calls first"
    client.force_login(MembershipFactory(role=Role.SALES_OPS).user)
    assert client.patch(url, {"note": "No"}, content_type="application/json").status_code == 404


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.key)
def test_template_weighs_100_and_keeps_the_veto(program, runner, template):  # V2, V4
    board = card.use_template(scorecard=program.scorecard, by=runner, template=template.key, seen_version=1)

    assert weights_problem(list(board.criteria.values_list("weight", flat=True))) == ""
    assert board.criteria.get(key=WORKFLOW_FIT).floor == 4
    assert {one.key: one.weight for one in board.criteria.all()} == template.weights
    with pytest.raises(Conflict):
        card.use_template(scorecard=program.scorecard, by=runner, template=template.key, seen_version=1)


def test_template_is_refused_once_somebody_rated(client, program, runner):  # V3
    url = f"/p/{program.slug}/scorecard/criteria/template/"
    client.force_login(runner)
    assert client.post(url, {"template": "no such", "seen_version": 1}).status_code == 422
    assert client.post(url, {"template": "measured", "seen_version": 1}).status_code == 303
    assert program.scorecard.criteria.filter(key="daily-speed", weight=15).exists()

    panel(program, runner, 1, 1, lambda v, c, r: 4 if c == 0 else None, submitted=False)

    assert client.post(url, {"template": "default", "seen_version": 2}).status_code == 409
    assert "Start from a template" not in client.get(f"/p/{program.slug}/scorecard/criteria/").content.decode()
    with pytest.raises(WeightsRefused):
        card.use_template(scorecard=program.scorecard, by=runner, template="default", seen_version=2)


def test_template_is_used_over_rest(client, program, runner):
    client.force_login(runner)

    answer = client.post(
        f"/api/v1/programs/{program.slug}/scorecard-criteria/template/",
        {"template": "platform-change", "seen_version": 1},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()[1]["weight"]) == (200, 25)
