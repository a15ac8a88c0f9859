"""The program floor over REST: rights, tokens, errors, pages."""

from datetime import timedelta

import pytest

from crmprogram.program import clock, services
from crmprogram.program.models import Membership, Program, Role
from tests.factories import MembershipFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    member = MembershipFactory()
    client.force_login(member.user)
    return member


def url(member, rest=""):
    return f"/api/v1/programs/{member.program.slug}/{rest}"


def bearer(member, **changes):
    values = {"name": "Sync", "expires_at": clock.now() + timedelta(days=30), **changes}
    return {"Authorization": f"Bearer {services.make_token(program=member.program, by=member.user, **values)[1]}"}


def test_program_is_made_and_changed(client):
    client.force_login(UserFactory())
    body = {"name": "CRM rollout", "company": "Orrery Instruments", "seats": 60, "starts_on": "2026-01-05"}

    made = client.post("/api/v1/programs/", body, content_type="application/json")
    changed = client.patch(f"/api/v1/programs/{made.json()['slug']}/", {"seats": 30}, content_type="application/json")

    assert (made.status_code, made.json()["role"], made.json()["on_hold"]) == (201, "sales_ops", True)
    assert (changed.status_code, changed.json()["seats"]) == (200, 30)


def test_wrong_field_is_named(client):
    client.force_login(UserFactory())
    body = {"name": "CRM rollout", "company": "Orrery", "seats": 60, "starts_on": "2026-01-05", "time_zone": "Mars"}

    answer = client.post("/api/v1/programs/", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"time_zone": ["“Mars” is not a time zone, for example Europe/Berlin."]}


def test_program_of_others_is_not_there(client, member):
    stranger = MembershipFactory()

    assert client.get(url(stranger)).status_code == 404
    assert client.get(url(stranger, "members/")).status_code == 404
    assert [row["slug"] for row in client.get("/api/v1/programs/").json()["results"]] == [member.program.slug]


def test_missing_right_is_403_with_the_reason(client, member):
    Membership.objects.filter(pk=member.pk).update(role=Role.VIEWER)

    answer = client.patch(url(member), {"seats": 1}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_broken_rule_is_409_with_its_code(client, member):
    answer = client.post(url(member, f"members/{member.pk}/deactivate/"))

    assert (answer.status_code, answer.json()["code"]) == (409, "last_runner")


def test_nobody_gets_in_without_credentials(client):
    assert client.get("/api/v1/programs/").status_code == 401


def test_token_opens_its_program_only(client):
    mine = MembershipFactory()
    other = MembershipFactory(user=mine.user)
    headers = bearer(mine)

    assert client.get(url(mine, "members/"), headers=headers).status_code == 200
    assert client.get(url(other, "members/"), headers=headers).status_code == 404
    assert len(client.get("/api/v1/programs/", headers=headers).json()["results"]) == 1


def test_token_that_only_reads_writes_nothing(client):
    member = MembershipFactory()
    headers = bearer(member, is_read_only=True)

    assert client.get(url(member), headers=headers).status_code == 200
    assert client.patch(url(member), {"seats": 2}, "application/json", headers=headers).status_code == 403
    assert Program.objects.get().seats == 60


def test_token_ends_with_its_makers_membership(client):
    member = MembershipFactory(role=Role.IT)
    headers = bearer(member)
    Membership.objects.filter(pk=member.pk).update(is_active=False, left_at=clock.now())

    assert client.get(url(member), headers=headers).status_code == 404


@pytest.mark.parametrize("spoil", ["Bearer ro_unknown", "Bearer", "Bearer a b"])
def test_unusable_token_is_401(client, spoil):
    assert client.get("/api/v1/programs/", headers={"Authorization": spoil}).status_code == 401


def test_expired_token_is_401(client):
    member = MembershipFactory()
    headers = bearer(member, expires_at=clock.now() + timedelta(days=1))

    with clock.at(clock.now() + timedelta(days=2)):
        assert client.get(url(member), headers=headers).status_code == 401


def test_token_cannot_make_a_token(client):
    member = MembershipFactory()

    answer = client.post(
        url(member, "tokens/"),
        {"name": "Another", "expires_at": (clock.now() + timedelta(days=9)).isoformat()},
        "application/json",
        headers=bearer(member),
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "token_refused"


def test_invitation_link_is_in_the_answer_once(client, member):
    body = {"email": "sponsor@orrery.example", "role": "sponsor", "function": "leadership"}

    made = client.post(url(member, "invitations/"), body, "application/json")
    listed = client.get(url(member, "invitations/")).json()["results"]

    assert made.status_code == 201
    assert "/join/" in made.json()["link"]
    assert ["link" in row for row in listed] == [False]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_member_list_costs_the_same(client, member, count, django_assert_num_queries):
    for _ in range(count):
        MembershipFactory(program=member.program, role=Role.PARTICIPANT)

    with django_assert_num_queries(5):  # session, user, program, membership, members
        page = client.get(url(member, "members/?page_size=500")).json()

    assert len(page["results"]) == count + 1


@pytest.mark.parametrize("count", [1, 3, 300])
def test_team_list_costs_the_same(client, member, count, django_assert_num_queries):
    TeamFactory.create_batch(count, program=member.program)

    with django_assert_num_queries(5):
        page = client.get(url(member, "teams/?page_size=500")).json()

    assert len(page["results"]) == count


def test_history_is_for_those_who_may_and_newest_first(client, member):
    services.update_program(program=member.program, by=member.user, seats=61)
    services.update_program(program=member.program, by=member.user, seats=62)

    rows = client.get(url(member, "history/?verb=program")).json()["results"]

    assert [row["after"] for row in rows] == [{"seats": 62}, {"seats": 61}]
