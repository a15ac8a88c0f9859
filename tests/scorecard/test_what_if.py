"""Other weights on a copy that never touches the card (V3)."""

import pytest

from crmprogram.program.models import AuditEntry
from scorecard import queries
from scorecard.services import card
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(program, runner):
    """Vendor 01 is better in workflow fit, Vendor 02 in everything else."""
    panel(program, runner, 2, 2, lambda v, c, r: 5 if (c == 0) == (v == 0) else 4)
    return program.scorecard


def heavy_fit(board):
    """All on workflow fit but one percent."""
    fit, model, *rest = board.criteria.all()
    return {one.pk: 0 for one in rest} | {fit.pk: 99, model.pk: 1}


def test_other_weights_rank_otherwise_and_change_nothing(client, program, runner, board):
    client.force_login(runner)
    weights, before = heavy_fit(board), queries.ranking(board)
    trail = AuditEntry.objects.count()

    page = client.get(
        f"/p/{program.slug}/scorecard/what-if/", {f"weight-{pk}": weight for pk, weight in weights.items()}
    )

    assert "<h1>What if: Vendor 01 leads</h1>" in page.content.decode()
    assert [one["vendor"] for one in before] == ["Vendor 02", "Vendor 01"]
    board.refresh_from_db()
    assert (queries.ranking(board), board.version, AuditEntry.objects.count()) == (before, 1, trail)


@pytest.mark.parametrize(
    ("value", "said"), [("1", "The weights sum to 101 %."), ("many", "Weights are whole percents")]
)
def test_weights_that_do_not_fit_are_refused_and_stay_on_the_page(client, program, runner, board, value, said):
    client.force_login(runner)
    weights = {f"weight-{pk}": weight for pk, weight in heavy_fit(board).items()}
    last = f"weight-{board.criteria.last().pk}"

    page = client.get(f"/p/{program.slug}/scorecard/what-if/", {**weights, last: value})

    assert (page.status_code, said in page.content.decode()) == (422, True)
    assert f'name="{last}" inputmode="numeric" value="{value}"' in page.content.decode()


def test_what_if_over_rest(client, program, runner, board):
    client.force_login(runner)
    url = f"/api/v1/programs/{program.slug}/scorecard/what-if/"
    weights = heavy_fit(board)

    answer = client.post(url, {"weights": weights}, "application/json").json()
    assert [one["name"] for one in answer["columns"]] == ["Vendor 01", "Vendor 02"]
    assert (
        client.post(url, {"weights": {**weights, board.criteria.first().pk: 98}}, "application/json").status_code == 409
    )
    assert client.get(f"/api/v1/programs/{program.slug}/scorecard/").json()["columns"][0]["name"] == "Vendor 02"


def test_other_ratings_rank_otherwise_and_a_veto_falls(client, program, runner, board):  # V4
    client.force_login(runner)
    before = queries.ranking(board)
    fit = board.criteria.first()
    second = next(one for one in queries.load_matrix(board).vendors if one.name == "Vendor 02")
    weights = {f"weight-{one.pk}": one.weight for one in board.criteria.all()}
    address = f"/p/{program.slug}/scorecard/what-if/"

    page = client.get(address, {**weights, f"cell-{second.pk}-{fit.pk}": "2"}).content.decode()

    assert "<h1>What if: Vendor 01 leads. Vendor 02 scored highest and is out.</h1>" in page
    assert "<option selected>2</option>" in page
    assert queries.ranking(board) == before
    rest = client.post(
        f"/api/v1{address}".replace("/p/", "/programs/"),
        {
            "weights": {one.pk: one.weight for one in board.criteria.all()},
            "ratings": [{"vendor": second.pk, "criterion": fit.pk, "score": 2}],
        },
        "application/json",
    )
    assert {one["name"]: one["standing"] for one in rest.json()["columns"]}["Vendor 02"] == "eliminated"


def test_other_rating_of_a_cell_that_there_is_not_is_refused(client, program, runner, board):
    client.force_login(runner)

    answer = client.post(
        f"/api/v1/programs/{program.slug}/scorecard/what-if/",
        {
            "weights": {one.pk: one.weight for one in board.criteria.all()},
            "ratings": [{"vendor": 999_999, "criterion": board.criteria.first().pk, "score": 2}],
        },
        "application/json",
    )

    assert (answer.status_code, "999999" in answer.json()["detail"]) == (409, True)


def test_what_if_is_hidden_from_who_owes_ratings(client, program, runner, board):  # V3
    late = MembershipFactory(program=program)
    card.invite_rater(scorecard=board, membership=late, by=runner)
    client.force_login(late.user)

    assert client.get(f"/p/{program.slug}/scorecard/what-if/").status_code == 409
