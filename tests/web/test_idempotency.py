"""A POST that is sent twice is done once: `Idempotency-Key` (reliability of the REST API)."""

from datetime import timedelta

import pytest

from crmprogram.program import clock
from crmprogram.program.models import KeptAnswer, Team
from crmprogram.web.idempotency import KEPT_FOR, forget_answers
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "3f0c9d1e"}


@pytest.fixture
def member():
    return MembershipFactory(role="sales_ops")


@pytest.fixture
def post(client, member):
    client.force_login(member.user)

    def send(name, headers=None, **more):
        url = f"/api/v1/programs/{member.program.slug}/teams/"
        body = {"name": name, "function": "sales", "seats": 8, "wave": 1, **more}
        return client.post(url, body, content_type="application/json", headers=headers or {})

    return send


def test_request_sent_again_is_done_once_and_answered_alike(post):
    first, again = post("Inside sales", KEY), post("Inside sales", KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert Team.objects.count() == 1


def test_key_of_another_request_is_refused(post):
    post("Inside sales", KEY)

    answer = post("Field sales", KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert Team.objects.count() == 1


def test_refusal_is_not_kept(post):
    refused = post("Inside sales", KEY, seats=-1)
    mended = post("Inside sales", KEY)

    assert (refused.status_code, mended.status_code) == (400, 201)


def test_key_is_ones_own(client, member, post):
    post("Inside sales", KEY)
    client.force_login(MembershipFactory(program=member.program, role="sales_ops").user)
    url = f"/api/v1/programs/{member.program.slug}/teams/"
    body = {"name": "Field sales", "function": "sales", "seats": 8, "wave": 1}

    assert client.post(url, body, content_type="application/json", headers=KEY).status_code == 201


def test_answer_is_not_given_to_who_lost_the_right(client, member, post):
    post("Inside sales", KEY)
    member.is_active, member.left_at = False, clock.now()
    member.save()

    assert post("Inside sales", KEY).status_code == 404


def test_key_that_is_too_long_is_said(post):
    answer = post("Inside sales", {"Idempotency-Key": "k" * 201})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_answers_are_forgotten_after_a_day(post):
    post("Inside sales", KEY)
    KeptAnswer.objects.update(kept_at=clock.wall() - KEPT_FOR - timedelta(minutes=1))
    post("Field sales", {"Idempotency-Key": "another"})

    assert forget_answers() == 1
    assert KeptAnswer.objects.count() == 1
