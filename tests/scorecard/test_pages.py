"""What the pages of Pick show, to whom, and at what cost (V3, V4)."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scorecard.models import Consensus, Rater, Rating
from scorecard.services import card
from scorecard.services.costs import save_offer
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def own_queries(client, url):
    """How many queries of Pick's own tables a page asks; the rail's own two are among them."""
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url)
    assert page.status_code == 200
    return sum('"scorecard_' in one["sql"] for one in asked), len(asked), page.content


@pytest.mark.parametrize(("path", "own"), [("", 5), ("sheet/", 6), ("vendors/", 4)])
def test_pages_cost_the_same_at_any_size(client, program, runner, path, own):
    costs = set()
    for count in (1, 2, 27):  # 1, 3 and 30 in all
        _, people = panel(program, runner, vendors=count, raters=count, submitted=path != "sheet/")
        client.force_login(people[0].membership.user)
        asked, total, _ = own_queries(client, f"/p/{program.slug}/scorecard/{path}")
        costs.add((asked, total))

    assert [cost[0] for cost in costs] == [own]


def test_page_says_that_the_highest_total_is_out(client, program, runner):  # V4
    fit = 0
    panel(program, runner, 3, 2, lambda v, c, r: {0: 3 if c == fit else 5, 1: 5 if c == fit else 4, 2: 4}[v])
    client.force_login(runner)

    page = client.get(f"/p/{program.slug}/scorecard/").content.decode()

    assert "Vendor 02 leads. Vendor 01 scored highest and is out." in page
    assert page.count("Veto: below 4.00") == 1


def test_narrow_lead_is_no_clear_winner(client, program, runner):  # V10
    panel(program, runner, 2, 2, lambda v, c, r: 5 if (c == 8) == (v == 0) and c in {7, 8} else 4)
    client.force_login(runner)

    page = client.get(f"/p/{program.slug}/scorecard/").content.decode()

    assert "<h1>No clear winner</h1>" in page
    assert "By 0.05, less than the declared margin of 0.10: no clear winner" in page


def test_consensus_is_hidden_from_who_owes_ratings(client, program, runner):  # V3
    (vendor, *_), (one, _) = panel(program, runner, 3, 2)
    criterion = program.scorecard.criteria.first()
    card.settle_cell(vendor=vendor, criterion=criterion, by=runner, value=3, reason="Agreed to be careful")
    card.reopen_sheet(rater=one, by=one.membership.user, reason="Wrong column")
    client.force_login(one.membership.user)

    page = client.get(f"/p/{program.slug}/scorecard/cells/{vendor.pk}/{criterion.pk}/").content.decode()

    assert Consensus.objects.count() == 1
    assert "Agreed to be careful" not in page


def test_rater_who_could_have_looked_is_marked(client, program, runner):  # V3
    _, (one, other) = panel(program, runner, 3, 2)
    late = card.invite_rater(scorecard=program.scorecard, membership=MembershipFactory(program=program), by=runner)
    card.reopen_sheet(rater=one, by=one.membership.user, reason="Wrong column")
    client.force_login(runner)

    page = client.get(f"/p/{program.slug}/scorecard/").content.decode()

    assert page.count("asked after others had submitted") == 1
    assert page.count("took the sheet back: Wrong column") == 1
    assert Rater.objects.get(pk=late.pk).invited_at > other.submitted_at


@pytest.fixture
def sheet(client, program, runner):
    """An empty sheet of one rater and three vendors; gives the vendor, the criteria, a way to send a cell."""
    (vendor, *_), (rater, _) = panel(program, runner, 3, 2, lambda *_: None, submitted=False)
    client.force_login(rater.membership.user)
    criteria = list(program.scorecard.criteria.all())

    def send(criterion, score="", note="", abstained="", link=""):
        given = {"score": score, "note": note, "link": link, "abstained": abstained}
        body = {f"{criterion.pk}-{name}": value for name, value in given.items()}
        url = f"/p/{program.slug}/scorecard/sheet/{vendor.pk}/{criterion.pk}/"
        return client.post(url, body, headers=HTMX)

    return vendor, criteria, send


def test_cell_is_saved_as_it_is_typed(sheet):
    vendor, criteria, send = sheet

    first = send(criteria[0], score="4")
    second = send(criteria[0], score="4", note="Three clicks")

    assert ["still missing" in one.content.decode() for one in (first, second)] == [True, False]
    assert "26 cells of 27 to go" in second.content.decode()
    assert list(Rating.objects.values_list("vendor", "score", "note")) == [(vendor.pk, 4, "Three clicks")]


@pytest.mark.parametrize(("sent", "said"), [
    ({"score": "abstain"}, "Say why you abstain."),
    ({"score": "4", "link": "javascript:alert(1)"}, "Enter a valid URL."),
    ({"score": "6"}, "Select a valid choice"),
])  # fmt: skip
def test_refused_cell_says_why_and_is_not_saved(sheet, sent, said):
    _, criteria, send = sheet

    answer = send(criteria[0], **sent)

    assert (answer.status_code, said in answer.content.decode(), Rating.objects.count()) == (422, True, 0)


def test_abstention_counts_and_a_score_takes_its_place(sheet):  # B1
    _, criteria, send = sheet

    abstained = send(criteria[0], score="abstain", abstained="Not my field")
    assert "26 cells of 27 to go" in abstained.content.decode()
    send(criteria[0], score="2", note="Tried it after all", abstained="Not my field")

    assert Rating.objects.values_list("score", "abstained").get() == (2, "")


def test_cell_that_was_long_on_its_way_undoes_nothing(client, program, runner, sheet):
    vendor, criteria, _ = sheet
    url = f"/p/{program.slug}/scorecard/sheet/{vendor.pk}/"
    cell = criteria[0].pk
    client.post(url, {f"{cell}-score": "4", f"{cell}-note": "Typed last", f"{cell}-seen": "0"})

    late = client.post(f"{url}{cell}/", {f"{cell}-score": "4", f"{cell}-note": "", f"{cell}-seen": "0"}, headers=HTMX)

    assert (late.status_code, "saved elsewhere since" in late.content.decode()) == (422, True)
    assert Rating.objects.get().note == "Typed last"
    again = client.post(
        f"{url}{cell}/", {f"{cell}-score": "5", f"{cell}-note": "More", f"{cell}-seen": "1"}, headers=HTMX
    )
    assert f'name="{cell}-seen" value="2" hx-swap-oob="true"' in again.content.decode()


def test_submit_saves_what_is_on_the_page_first(client, program, runner):  # V3: nothing typed is lost
    (vendor,), (rater, _) = panel(program, runner, 1, 2, lambda *_: 4, submitted=False)
    last = program.scorecard.criteria.last()
    client.force_login(rater.membership.user)

    client.post(
        f"/p/{program.slug}/scorecard/sheet/submit/",
        {"vendor": vendor.pk, f"{last.pk}-score": "5", f"{last.pk}-note": "Typed last"},
    )

    rater.refresh_from_db()
    assert rater.submitted_at is not None
    assert rater.ratings.get(criterion=last).note == "Typed last"


def test_next_vendor_saves_this_one(client, program, runner):
    listed, (rater, _) = panel(program, runner, 2, 2, lambda *_: None, submitted=False)
    first = program.scorecard.criteria.first()
    client.force_login(rater.membership.user)
    base = f"/p/{program.slug}/scorecard/sheet"

    answer = client.post(
        f"{base}/{listed[0].pk}/", {"next": listed[1].pk, f"{first.pk}-score": "3", f"{first.pk}-note": "Slow"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{base}/{listed[1].pk}/")
    assert rater.ratings.get().score == 3


def test_csv_says_what_decides_and_guards_formulas(client, program, runner):  # V4, X4
    (first, *_), _ = panel(program, runner, 2, 2, lambda v, c, r: 3 if v == 0 and c == 0 else 5 - v)
    first.name = "=HYPERLINK(1)"
    first.save()
    client.force_login(runner)

    file = client.get(f"/p/{program.slug}/scorecard/matrix.csv")

    rows = list(csv.reader(b"".join(file.streaming_content).decode("utf-8-sig").splitlines()))
    by_name = {row[0]: row[2:] for row in rows}
    assert by_name["Criterion"] == ["'=HYPERLINK(1)", "Vendor 02"]
    assert by_name["Weighted total"] == ["4.50", "4.00"]
    assert [by_name["Rank"], by_name["Rank by total"]] == [["out", "1"], ["1", "2"]]
    assert by_name["Why"][0] == "Workflow fit 3.00 is below the floor of 4.00, whatever the total"


def test_matrix_shows_three_year_costs_where_there_are_any(client, program, runner):  # V8
    (first, _), _ = panel(program, runner, 2, 2)
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/"
    assert "Licence, other running costs" not in client.get(url).content.decode()
    save_offer(
        vendor=first,
        by=runner,
        seen_version=0,
        source="Quote",
        tiers=[{"name": "T", "price_month": 10_000, "seats": 10}],
    )

    page = client.get(url).content.decode()

    assert "<b>40,800</b>" in page  # 3 × 12,000, and a fifth of it in years 2 and 3
    assert page.count("not on record") == 1


@pytest.mark.parametrize(("value", "reason", "status", "said"), [
    ("9", "Agreed", 422, "A value from 1 to 5, for example 3.5."),
    ("NaN", "Agreed", 422, "A value from 1 to 5, for example 3.5."),
    ("3.5", " ", 422, "Say why this value takes the place of the mean."),
    ("3.5", "Agreed", 303, ""),
])  # fmt: skip
def test_refused_consensus_stays_typed(client, program, runner, value, reason, status, said):  # V3
    (vendor,), _ = panel(program, runner, 1, 2)
    criterion = program.scorecard.criteria.first()
    client.force_login(runner)

    url = f"/p/{program.slug}/scorecard/cells/{vendor.pk}/{criterion.pk}/"
    answer = client.post(url, {"value": value, "reason": reason})

    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert Consensus.objects.exists() == (status == 303)
    if status == 422:
        assert f'value="{value}"' in answer.content.decode()


@pytest.mark.parametrize("reason", ["", "x" * 201])
def test_excuse_without_a_fitting_reason_is_what_was_typed(client, program, runner, reason):
    _, (rater, _) = panel(program, runner, 1, 2)
    client.force_login(runner)

    answer = client.post(f"/p/{program.slug}/scorecard/raters/", {"excuse": rater.pk, "reason": reason})

    rater.refresh_from_db()
    assert (answer.status_code, rater.excused_at) == (422, None)


def test_vendor_named_twice_is_refused_on_its_form(client, program, runner):  # V1
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/vendors/"
    client.post(url, {"name": "Keap"})

    answer = client.post(url, {"name": "keap"})

    assert (answer.status_code, "on the list already" in answer.content.decode()) == (422, True)
