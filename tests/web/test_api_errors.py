"""Every refusal over REST has a code and a sentence, and none is a 500."""

import pytest

from tests.factories import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_name_that_is_there_already_is_400(client):
    member = MembershipFactory()
    TeamFactory(program=member.program, name="Inside sales")
    client.force_login(member.user)

    answer = client.post(
        f"/api/v1/programs/{member.program.slug}/teams/",
        {"name": "Inside sales", "seats": 3},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["fields"]["non_field_errors"] == ["Team with this Program and Name already exists."]
