"""What every answer carries, and what is refused before a view sees it."""

import pytest
from django.urls import reverse

from crmprogram.program.models import Role
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    member = MembershipFactory(role=Role.SALES_OPS)
    client.force_login(member.user)
    return member


def test_page_answer_and_refusal_are_kept_by_no_cache(client, member):
    slug = member.program.slug
    addresses = [member.program.get_absolute_url(), f"/api/v1/programs/{slug}/members/", "/p/of-somebody-else/"]

    answers = [client.get(address) for address in addresses]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert all("no-store" in answer["Cache-Control"] for answer in answers)


def test_address_with_a_null_character_is_refused(client, member):  # PostgreSQL has none in a text
    slug = member.program.slug

    page = client.get(reverse("migration:sandbox", args=[slug]) + "?q=a%00b")
    answer = client.get(f"/api/v1/programs/{slug}/history/?verb=%00")

    assert page.status_code == 400
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
