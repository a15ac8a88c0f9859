from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.program import clock, services
from crmprogram.program.models import ApiToken, Invitation, Membership, Role
from tests.factories import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db

INVITE = {"email": "Sponsor@Orrery.example", "role": "sponsor", "function": "leadership", "position_title": "CRO"}


@pytest.fixture
def member(client):
    """The Sales Ops Manager, signed in."""
    member = MembershipFactory()
    client.force_login(member.user)
    return member


def to(name, member, *args):
    return reverse(f"web:{name}", args=[member.program.slug, *args])


# --- members ----------------------------------------------------------------------


def test_invitation_shows_its_link_once_and_keeps_its_hash(client, member):
    answer = client.post(to("members", member), INVITE)

    invitation = Invitation.objects.get()
    link = answer.context["link"]
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert (invitation.email, invitation.token_hash) == ("sponsor@orrery.example", services.hash_token(token))
    assert token not in client.get(to("members", member)).content.decode()
    assert client.get(link).status_code == 200


def test_member_is_not_invited_again(client, member):
    answer = client.post(to("members", member), INVITE | {"email": member.user.email})

    assert answer.status_code == 422
    assert "is a member of this program already" in answer.context["form"].errors["email"][0]


def test_new_link_replaces_the_old_one(client, member):
    old = client.post(to("members", member), INVITE).context["link"]

    new = client.post(to("invitation-again", member, Invitation.objects.get().pk)).context["link"]

    assert (client.get(old).status_code, client.get(new).status_code) == (410, 200)


def test_second_invitation_says_that_the_first_link_is_dead(client, member):
    first = client.post(to("members", member), INVITE)
    second = client.post(to("members", member), INVITE)

    assert "no longer works" not in first.content.decode()
    assert "The link sent before no longer works." in second.content.decode()
    assert client.get(first.context["link"]).status_code == 410


def test_invitation_taken_back_opens_nothing(client, member):
    link = client.post(to("members", member), INVITE).context["link"]

    answer = client.post(to("invitation-revoke", member, Invitation.objects.get().pk))

    assert (answer.status_code, answer["Location"]) == (303, to("members", member))
    assert client.get(link).status_code == 410


def test_invitation_taken_back_twice_is_a_refusal(client, member):
    client.post(to("members", member), INVITE)
    again = to("invitation-revoke", member, Invitation.objects.get().pk)
    client.post(again)

    answer = client.post(again)

    assert answer.status_code == 409
    assert b"Only an open invitation can be taken back." in answer.content


def test_role_and_function_of_a_member_are_changed(client, member):
    other = MembershipFactory(program=member.program, role=Role.VIEWER)
    team = TeamFactory(program=member.program)

    answer = client.post(
        to("member", member, other.pk), {"role": "crm_specialist", "function": "it", "team": str(team.pk)}
    )

    other.refresh_from_db()
    assert answer.status_code == 303
    assert (other.role, other.function, other.team) == ("crm_specialist", "it", team)


def test_team_of_another_program_cannot_be_chosen(client, member):
    team = TeamFactory()

    answer = client.post(to("member", member, member.pk), {"role": "sales_ops", "function": "it", "team": str(team.pk)})

    assert answer.context["form"].errors["team"]


def test_last_sales_ops_manager_stays(client, member):
    answer = client.post(to("member", member, member.pk), {"role": "viewer", "function": "sales"})
    left = client.post(to("member-leaves", member, member.pk))

    member.refresh_from_db()
    assert (answer.status_code, left.status_code) == (422, 409)
    assert answer.context["form"].non_field_errors() == [
        "Name another Sales Ops Manager first: somebody has to run the program."
    ]
    assert (member.role, member.is_active) == ("sales_ops", True)


def test_member_who_left_sees_nothing_any_more(client, member):
    other = MembershipFactory(program=member.program, role=Role.VIEWER)

    client.post(to("member-leaves", member, other.pk))

    client.force_login(other.user)
    assert client.get(to("members", member)).status_code == 404


def test_member_of_another_program_is_not_there(client, member):
    other = MembershipFactory()

    assert client.get(to("member", member, other.pk)).status_code == 404
    assert client.post(to("member-leaves", member, other.pk)).status_code == 404


def test_viewer_reads_the_members_and_is_told_who_may_change_them(client, member):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)
    client.force_login(viewer.user)

    page = client.get(to("members", member))
    one = client.get(to("member", member, member.pk))

    assert (page.status_code, page.context["may_manage"], list(page.context["invitations"])) == (200, False, [])
    assert b"Inviting and changing members is for: Sales Ops Manager." in one.content
    assert client.post(to("members", member), INVITE).status_code == 403


def test_member_list_costs_the_same(client, member):
    costs = []
    for more in (1, 2, 297):  # 1, 3 and 300 members beside the Sales Ops Manager
        MembershipFactory.create_batch(more, program=member.program, role=Role.VIEWER)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(to("members", member))
        costs.append(len(queries))

    assert len(page.context["members"]) == 301
    assert costs == [costs[0]] * 3


# --- tokens -----------------------------------------------------------------------


def test_token_is_shown_once_and_works(client, member):
    answer = client.post(to("tokens", member), {"name": "nightly export", "days": "30", "is_read_only": "on"})

    raw = answer.context["raw"]
    token = ApiToken.objects.get()
    assert (answer.status_code, token.is_read_only, token.user) == (201, True, member.user)
    assert raw.encode() in answer.content
    assert raw not in client.get(to("tokens", member)).content.decode()
    assert token.token_hash == services.hash_token(raw)


def test_token_needs_a_known_time(client, member):
    assert client.post(to("tokens", member), {"name": "x", "days": "9999"}).status_code == 422


@pytest.mark.parametrize(("role", "seen"), [(Role.SALES_OPS, 2), (Role.VIEWER, 1)])
def test_tokens_of_others_show_to_who_manages_the_members(client, member, role, seen):
    me = MembershipFactory(program=member.program, role=role)
    for one in (member, me):
        services.make_token(program=member.program, by=one.user, name="x", expires_at=clock.now() + timedelta(days=1))
    client.force_login(me.user)

    assert len(client.get(to("tokens", member)).context["tokens"]) == seen


def test_token_is_revoked_by_its_maker_and_not_by_a_viewer(client, member):
    token, _ = services.make_token(
        program=member.program, by=member.user, name="x", expires_at=clock.now() + timedelta(days=1)
    )
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)

    client.force_login(viewer.user)
    assert client.post(to("token-revoke", member, token.pk)).status_code == 404
    client.force_login(member.user)
    assert client.post(to("token-revoke", member, token.pk)).status_code == 303

    assert not ApiToken.objects.usable().exists()
    assert Membership.objects.filter(is_active=True).count() == 2
