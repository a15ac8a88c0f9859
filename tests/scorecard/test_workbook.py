"""The matrix for Excel, read back by our own reader of workbooks (X4, V3)."""

import pytest

from crmprogram.intake.read import Header, Row
from crmprogram.intake.sheet import read_sheet
from crmprogram.program.models import Role
from scorecard.models import Vendor
from scorecard.services import card
from scorecard.services.costs import save_offer
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db
FORMULA = "=HYPERLINK(A1)"


@pytest.fixture
def fetch(client, program, tmp_path):
    """Download the workbook as somebody; gives its sheets as rows of text, the header first."""

    def download(user, url=f"/p/{program.slug}/scorecard/matrix.xlsx"):
        client.force_login(user)
        answer = client.get(url)
        assert answer.status_code == 200
        path = tmp_path / "matrix.xlsx"
        path.write_bytes(answer.content)
        return {name: list(rows(path, name)) for name in ("Matrix", "Ratings", "Costs")}

    return download


def rows(path, name):
    for one in read_sheet(path, sheet=name):
        if isinstance(one, Header):
            yield one.headers.labels
        else:
            assert isinstance(one, Row), one
            yield one.cells


def test_matrix_ratings_and_costs_come_back_as_they_are_shown(fetch, program, runner):
    listed, _ = panel(program, runner, 2, 3, lambda v, c, r: 3 + (v == 0) + (r == 0 and c > 0))
    tier = {"name": "Professional", "price_month": 9_050, "seats": 60}
    save_offer(vendor=listed[0], by=runner, seen_version=0, tiers=[tier], source="Quote", implementation=1_234_550)

    sheets = fetch(runner)

    matrix = {line[0]: line[1:] for line in sheets["Matrix"]}
    assert matrix["Criterion"] == ["Weight %", "Vendor 01", "Vendor 02"]
    assert matrix["Workflow fit"] == ["25", "4", "3"]
    assert matrix["Data model fit"] == ["15", "4.33", "3.33"]
    assert matrix["Weighted total, lowest"] == matrix["Weighted total, highest"] == ["100", "4.25", "3.25"]
    assert matrix["Standing"] == ["", "Leads", "Eliminated: veto"]
    assert len(sheets["Ratings"]) == 1 + 2 * 9 * 3
    assert sheets["Ratings"][1][:4] == ["Vendor 01", "Workflow fit", sheets["Ratings"][1][2], "4"]
    costs = sheets["Costs"]
    assert costs[0][3] == "Licence, USD"
    assert costs[1][:4] == ["Vendor 01", "1", "60", "65160"]
    assert costs[1][7] == "12345.5"


def test_name_that_looks_like_a_formula_stays_text(fetch, program, runner):
    (vendor,), _ = panel(program, runner, 1, 2)
    Vendor.objects.filter(pk=vendor.pk).update(name=FORMULA)

    sheets = fetch(runner)

    assert sheets["Matrix"][0] == ["Criterion", "Weight %", FORMULA]
    assert sheets["Ratings"][1][0] == FORMULA


@pytest.mark.parametrize("base", ["/p/{}/scorecard/", "/api/v1/programs/{}/scorecard/"])
def test_rater_who_owes_a_sheet_gets_no_workbook(client, fetch, program, runner, base):  # V3
    _, (one, other) = panel(program, runner, 2, 2)
    url = base.format(program.slug) + "matrix.xlsx"
    url += "/" if base.startswith("/api") else ""
    card.reopen_sheet(rater=one, by=one.membership.user, reason="Wrong column")

    client.force_login(one.membership.user)
    assert client.get(url).status_code == 409

    shown = {line[2] for line in fetch(other.membership.user, url)["Ratings"][1:]}
    assert shown == {str(other)}


def test_stranger_finds_no_workbook(client, program, runner):
    panel(program, runner, 1, 2)
    client.force_login(MembershipFactory(role=Role.SALES_OPS).user)

    assert client.get(f"/p/{program.slug}/scorecard/matrix.xlsx").status_code == 404
