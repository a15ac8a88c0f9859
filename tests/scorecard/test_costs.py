"""Costs on pages and over REST, and the two cost criteria scored by formula (V8)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Role
from scorecard import costs, queries
from scorecard.errors import RatingRefused
from scorecard.models import Consensus, Offer
from scorecard.services import card
from scorecard.services import costs as services
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db
TIER = {"name": "Professional", "price_month": 9_000, "seats": 60}


def offer(vendor, by, seen_version=0, tiers=(TIER,), **values):
    return services.save_offer(
        vendor=vendor, by=by, seen_version=seen_version, tiers=tiers, **{"source": "Quote of 3 March", **values}
    )


def test_offer_is_saved_whole_and_replaced_whole(program, runner):
    (vendor,), _ = panel(program, runner, 1, 0)
    first = offer(vendor, runner, implementation=5_000_000)
    offer(vendor, runner, first.version, tiers=[{**TIER, "seats": 10}, {**TIER, "name": "Light", "seats": 50}])

    one = Offer.objects.get()
    assert (one.version, one.implementation) == (2, 5_000_000)
    assert [tier.seats for tier in one.tiers.all()] == [10, 50]


def test_stale_page_cannot_save_costs(program, runner):
    (vendor,), _ = panel(program, runner, 1, 0)
    offer(vendor, runner)

    with pytest.raises(Conflict):
        offer(vendor, runner)


@pytest.mark.parametrize("tiers", [[], [TIER, TIER]])
def test_offer_needs_tiers_of_different_names(program, runner, tiers):
    (vendor,), _ = panel(program, runner, 1, 0)

    with pytest.raises(Invalid):
        offer(vendor, runner, tiers=tiers)

    assert Offer.objects.count() == 0


def test_formula_takes_the_place_of_the_means_with_its_computation(program, runner):  # V8
    listed, _ = panel(program, runner, 3, 2)
    for vendor, once in zip(listed, (4_000_000, 5_000_000, 40_000_000), strict=True):
        offer(vendor, runner, implementation=once)
    criterion = program.scorecard.criteria.get(key="implementation-cost")

    services.score_by_formula(criterion=criterion, by=runner)

    assert [str(one.value) for one in Consensus.objects.order_by("vendor__name")] == ["5.00", "4.00", "1.00"]
    assert "USD 50,000 paid once, the cheapest USD 40,000" in Consensus.objects.get(vendor=listed[1]).reason
    assert queries.load_matrix(program.scorecard).score_of(listed[1]).cells[str(criterion.pk)].score.low == 4


def test_formula_is_refused_while_a_cost_is_missing_or_for_another_criterion(program, runner):
    (first, second), _ = panel(program, runner, 2, 2)
    offer(first, runner)
    cost, fit = (program.scorecard.criteria.get(key=key) for key in ("run-cost", "workflow-fit"))
    with pytest.raises(RatingRefused, match=f"Costs are missing for {second}"):
        services.score_by_formula(criterion=cost, by=runner)
    offer(second, runner)
    with pytest.raises(RatingRefused, match="not scored from costs"):
        services.score_by_formula(criterion=fit, by=runner)

    assert Consensus.objects.count() == 0


def test_formula_waits_for_all_sheets(program, runner):  # V3
    (vendor,), _ = panel(program, runner, 1, 2)
    offer(vendor, runner)
    card.invite_rater(scorecard=program.scorecard, membership=MembershipFactory(program=program), by=runner)

    with pytest.raises(RatingRefused, match="after all sheets"):
        services.score_by_formula(criterion=program.scorecard.criteria.get(key="run-cost"), by=runner)


def form(**changes):
    rows = {"tier-TOTAL_FORMS": "2", "tier-INITIAL_FORMS": "0", "tier-0-name": "Professional", "tier-0-seats": "60"}
    rows |= {"tier-0-price_month": "90.00", "tier-1-name": ""}
    whole = {"source": "Quote of 3 March", "growth_percent": "10", "integration_percent": "20", "seen_version": "0"}
    return {**rows, **whole, "implementation": "50,000", **changes}


def test_costs_are_typed_in_whole_units_and_kept_in_minor_ones(client, program, runner):
    (vendor,), _ = panel(program, runner, 1, 0)
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/costs/{vendor.pk}/"

    assert client.post(url, form()).status_code == 303

    assert Offer.objects.values_list("implementation", "tiers__price_month").get() == (5_000_000, 9_000)
    page = client.get(url).content.decode()
    assert f"{vendor}: USD 294,944 over three years" in page  # 64,800 + 71,280 + 78,840 + 30,024 + 50,000
    assert client.post(url, form()).status_code == 409  # the page that was opened before


@pytest.mark.parametrize("changes", [{"source": ""}, {"tier-0-seats": ""}, {"tier-0-price_month": "-1"}])
def test_incomplete_offer_is_refused_and_what_was_typed_stays(client, program, runner, changes):
    (vendor,), _ = panel(program, runner, 1, 0)
    client.force_login(runner)

    answer = client.post(f"/p/{program.slug}/scorecard/costs/{vendor.pk}/", form(**changes))

    assert (answer.status_code, Offer.objects.count()) == (422, 0)
    assert b'value="50,000"' in answer.content


def test_costs_over_rest(client, program, runner):
    (vendor, other), _ = panel(program, runner, 2, 0)
    client.force_login(runner)
    url = f"/api/v1/programs/{program.slug}/vendor-costs/"
    body = {"vendor": vendor.pk, "source": "Quote", "tiers": [TIER], "seen_version": 0, "growth_percent": "0"}

    saved = client.post(url, body, "application/json")
    assert (saved.status_code, saved.json()["total"]) == (200, 3 * 6_480_000 + 2 * 1_296_000)
    assert client.post(url, body, "application/json").status_code == 409  # version 1 by now

    known, unknown = client.get(url).json()
    assert (known["scores"]["run-cost"], len(known["years"])) == ("5.00", 3)
    assert (unknown["vendor"], unknown["offer"], unknown["years"], unknown["total"]) == (other.pk, None, [], None)
    lead = MembershipFactory(program=program, role=Role.TEAM_LEAD)
    client.force_login(lead.user)
    assert client.post(url, body, "application/json").status_code == 403


def test_csv_has_a_row_for_each_vendor_and_year(client, program, runner):
    (vendor, _), _ = panel(program, runner, 2, 0)
    offer(vendor, runner, source="=1+1")
    client.force_login(runner)

    file = b"".join(client.get(f"/p/{program.slug}/scorecard/costs/costs.csv").streaming_content).decode()

    assert [line.split(",")[1].strip(chr(34)) for line in file.splitlines()] == ["Year", "1", "2", "3"]


@pytest.mark.parametrize("count", [1, 3, 30])
def test_costs_page_costs_the_same(client, program, runner, count):
    listed, _ = panel(program, runner, count, 0)
    for one in listed:
        offer(one, runner)
    client.force_login(runner)

    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/p/{program.slug}/scorecard/costs/")

    assert page.status_code == 200
    assert sum('"scorecard_' in one["sql"] for one in asked) == 7


def test_vendor_of_another_program_has_no_costs_here(client, program, runner):
    (vendor,), _ = panel(program, runner, 1, 0)
    stranger = MembershipFactory()
    client.force_login(stranger.user)

    assert client.get(f"/p/{stranger.program.slug}/scorecard/costs/{vendor.pk}/").status_code == 404
    assert costs.load_costs(stranger.program) == []


def test_skipping_a_request_for_proposals_needs_a_reason(client, program, runner):  # V9
    (vendor,), _ = panel(program, runner, 1, 0)
    offer(vendor, runner)
    client.force_login(runner)
    base = f"/p/{program.slug}/scorecard/costs/"
    assert "Advised, and not decided" in client.get(base).content.decode()

    sent = {"rfp": "skipped", "advised_from": "50000", "reason": ""}
    assert client.post(f"{base}rfp/", sent).status_code == 422
    assert client.post(f"{base}rfp/", {**sent, "reason": "One vendor fits the law"}).status_code == 303
    assert "One vendor fits the law" in client.get(base).content.decode()
    board = program.scorecard
    board.refresh_from_db()
    assert (board.rfp, board.rfp_from, board.version) == ("skipped", 5_000_000, 1)


def test_request_for_proposals_over_rest(client, program, runner):  # V9
    client.force_login(runner)
    url = f"/api/v1/programs/{program.slug}/vendor-costs/rfp/"

    assert client.post(url, {"rfp": "skipped", "advised_from": 1}, "application/json").status_code == 400
    assert client.post(url, {"rfp": "held", "advised_from": 1}, "application/json").json()["rfp"] == "held"
    lead = MembershipFactory(program=program, role=Role.TEAM_LEAD)
    client.force_login(lead.user)
    assert client.post(url, {"rfp": "open", "advised_from": 1}, "application/json").status_code == 403


def test_costs_are_typed_in_whole_yen(client, program, runner):
    program.currency = "JPY"
    program.save()
    (vendor,), _ = panel(program, runner, 1, 0)
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/costs/{vendor.pk}/"
    typed = {"seen_version": 0, "source": "Quote of 3 March", "growth_percent": 0, "integration_percent": 20}
    typed |= {"implementation": "5,000,000", "tier-TOTAL_FORMS": 1, "tier-INITIAL_FORMS": 0}
    typed |= {"tier-0-name": "Professional", "tier-0-price_month": "9000", "tier-0-seats": 60}

    assert client.post(url, {**typed, "implementation": "0.5"}).status_code == 422
    assert client.post(url, typed).status_code == 303

    one = Offer.objects.get()
    assert (one.implementation, one.tiers.get().price_month) == (5_000_000, 9_000)
    page = client.get(url).content.decode()
    assert 'value="5000000"' in page
    assert 'value="9000"' in page
