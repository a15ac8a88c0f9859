"""A change of locked weights shows what it does to the ranking before it is saved (V3)."""

import pytest

from crmprogram.program import clock
from scorecard.errors import RatingRefused
from scorecard.models import WeightChange
from scorecard.services import card
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(client, program, runner):
    """Locked weights, two vendors that change places when workflow fit weighs most; gives a way to post them."""
    panel(program, runner, 2, 2, lambda v, c, r: 5 if (c == 0) == (v == 0) else 4)
    board = program.scorecard
    board.weights_locked_at = clock.now()
    board.save()
    client.force_login(runner)
    fit, model, *rest = board.criteria.all()
    weights = {fit.pk: 99, model.pk: 1} | {one.pk: 0 for one in rest}

    def post(weights=weights, **more):
        body = {f"weight-{pk}": weight for pk, weight in weights.items()}
        body |= {"seen_version": board.version, "reason": "Field sales grew", **more}
        return client.post(f"/p/{program.slug}/scorecard/criteria/", body)

    post.weights = weights
    post.key = " ".join(str(weights[pk]) for pk in sorted(weights))
    post.fit = fit
    return post


def test_ranking_is_shown_before_anything_is_saved(sent):
    shown = sent()

    page = shown.content.decode()
    assert shown.status_code == 200
    assert "With these weights: Vendor 01 leads" in page
    assert "today: Vendor 02 leads" in page
    assert f'name="previewed" value="{sent.key}"' in page
    assert "Field sales grew</textarea>" in page
    sent.fit.refresh_from_db()
    assert (sent.fit.weight, WeightChange.objects.count()) == (25, 0)


def test_looked_at_weights_are_saved_with_both_rankings(sent):
    assert sent(previewed=sent.key).status_code == 303

    change = WeightChange.objects.get()
    assert [one["vendor"] for one in change.ranking_before] == ["Vendor 02", "Vendor 01"]
    assert [one["vendor"] for one in change.ranking_after] == ["Vendor 01", "Vendor 02"]


def test_other_weights_than_those_looked_at_are_shown_first(sent):
    first, second, *_ = sent.weights
    other = {**sent.weights, first: 98, second: 2}

    assert sent(weights=other, previewed=sent.key).status_code == 200
    assert WeightChange.objects.count() == 0


@pytest.mark.parametrize(("more", "said"), [
    ({"reason": " "}, "A change needs a reason."),
    ({"seen_version": 99, "previewed": "key"}, "Somebody changed the scorecard"),
])  # fmt: skip
def test_what_cannot_be_saved_is_refused_and_stays_typed(sent, more, said):
    if "previewed" in more:
        more = {**more, "previewed": sent.key}

    answer = sent(**more)

    assert (answer.status_code, said in answer.content.decode()) == (409, True)
    assert f'name="weight-{sent.fit.pk}" inputmode="numeric" value="99"' in answer.content.decode()


def test_who_owes_ratings_neither_sees_nor_moves_the_ranking(client, program, runner, sent):  # V3
    card.invite_rater(scorecard=program.scorecard, membership=program.memberships.get(user=runner), by=runner)

    shown = sent()

    assert shown.status_code == 409
    assert "leads" not in shown.content.decode()
    with pytest.raises(RatingRefused):
        card.set_weights(
            scorecard=program.scorecard, by=runner, weights=sent.weights, seen_version=1, reason="Field sales grew"
        )
    url = f"/api/v1/programs/{program.slug}/scorecard/weights/"
    asked = {"weights": {str(pk): one for pk, one in sent.weights.items()}, "seen_version": 1, "reason": "Grew"}
    assert client.post(url, asked, content_type="application/json").status_code == 409
    sent.fit.refresh_from_db()
    assert sent.fit.weight == 25
