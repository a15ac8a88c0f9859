"""The page and the answer that say how firm the winner is (V10)."""

from fractions import Fraction
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scorecard import firmness, queries
from scorecard.services import card
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


def close(v, c, r):
    """Vendor 01 is better in fit, 02 in all else; 03 would win, and is out by the veto."""
    return {0: 5 if c == 0 else 4, 1: 4 if c == 0 else 4 + (c == 1), 2: 3 if c == 0 else 5}[v]


def test_flip_by_weight_is_found_and_confirmed_on_the_card_itself(client, program, runner):
    panel(program, runner, 3, 2, close)
    client.force_login(runner)
    api = f"/api/v1/programs/{program.slug}/scorecard/"

    firm = client.get(f"{api}firmness/").json()

    assert (firm["leader"], firm["lead"], firm["is_clear"]) == ("Vendor 01", "0.10", True)
    first = firm["weights"][0]
    assert [first["high"], first["flips"]] == ["250/11", [{"at": 23, "leader": "Vendor 02"}]]  # data model fit
    # the same on the card itself, with whole percents: 23 for the data model, the others less in proportion
    fit, model, *rest = program.scorecard.criteria.all()
    weights = {one.pk: one.weight for one in rest} | {fit.pk: 22, model.pk: 23, rest[0].pk: 5}
    card.set_weights(scorecard=program.scorecard, by=runner, weights=weights, seen_version=1)
    assert firmness.build(queries.load_matrix(program.scorecard)).leader.name == "Vendor 02"


def test_page_shows_ranges_flips_raters_and_agreement(client, program, runner):
    panel(program, runner, 3, 2, close)
    client.force_login(runner)

    page = client.get(f"/p/{program.slug}/scorecard/firm/").content.decode()

    assert "<h1>Vendor 01 leads by 0.10; Data model fit at 23 % instead of 15 % turns it</h1>" in page
    assert page.count('<path class="hold"') == 9
    assert "down at 16 % to Vendor 02" in page


def test_page_says_nothing_before_every_rating_is_in(client, program, runner):
    panel(program, runner, 3, 2, close)
    card.invite_rater(scorecard=program.scorecard, membership=MembershipFactory(program=program), by=runner)
    client.force_login(runner)

    page = client.get(f"/p/{program.slug}/scorecard/firm/").content.decode()

    assert "Nothing can be said before every rating is in" in page
    assert '<path class="hold"' not in page


@pytest.mark.parametrize("path", ["/p/{slug}/scorecard/firm/", "/api/v1/programs/{slug}/scorecard/firmness/"])
def test_firmness_is_hidden_from_who_owes_ratings(client, program, runner, path):  # V3
    panel(program, runner, 3, 2, close)
    late = MembershipFactory(program=program)
    card.invite_rater(scorecard=program.scorecard, membership=late, by=runner)
    client.force_login(late.user)

    assert client.get(path.format(slug=program.slug)).status_code == 409


def test_every_vendor_out_is_said(client, program, runner):
    panel(program, runner, 2, 2, lambda v, c, r: 3)

    firm = firmness.build(queries.load_matrix(program.scorecard))

    assert (firm.finding, firm.leader, firm.weights) == ("Every vendor is eliminated", None, [])


@pytest.mark.parametrize("value", [(4, 3), (3, 4), (5, 5)])
def test_draw_is_said(program, runner, value):
    panel(program, runner, 2, 2, lambda v, c, r: max(4, value[r]))

    assert firmness.build(queries.load_matrix(program.scorecard)).finding == "The best two are level"


def test_largest_card_is_examined_within_a_tenth_of_a_second(program, runner):
    """10 vendors, 30 criteria, 25 raters; the page's queries are constant, so this is the computing alone."""
    board = program.scorecard
    board.criteria.model.objects.bulk_create(
        board.criteria.model(scorecard=board, key=f"own-{n}", name=f"Own {n}", weight=0, order=20 + n)
        for n in range(21)
    )
    panel(program, runner, 10, 25, lambda v, c, r: 4 + (v * 7 + c * 3 + r) % 2)
    matrix = queries.load_matrix(board)
    firmness.build(matrix)

    times = []
    for _ in range(3):
        start = perf_counter()
        firmness.build(matrix)
        times.append(perf_counter() - start)  # about 0.035 s on two shared cores

    assert len(matrix.cells) == 300
    assert min(times) < 0.1


@pytest.mark.parametrize("count", [1, 3, 27])
def test_page_costs_the_same_at_any_size(client, program, runner, count):
    panel(program, runner, count, count, lambda v, c, r: 4 + (v + c + r) % 2)
    client.force_login(runner)

    with CaptureQueriesContext(connection) as asked:
        client.get(f"/p/{program.slug}/scorecard/firm/")

    assert sum('"scorecard_' in one["sql"] for one in asked) == 4


def test_range_is_never_shown_wider_than_it_is():
    assert (firmness.one_decimal(Fraction(100, 3), up=True), firmness.one_decimal(Fraction(200, 3))) == ("33.4", "66.6")
