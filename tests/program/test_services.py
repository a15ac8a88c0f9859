"""Programs, members, invitations, teams, tokens (P1 to P4)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from crmprogram.program import audit, clock, policy, services
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import ApiToken, Membership, Program, ProgramKind, Role
from tests.factories import MembershipFactory, ProgramFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
SETTINGS = {"name": "CRM rollout", "company": "Orrery Instruments", "seats": 60, "starts_on": "2026-01-05"}


def make(by, **changes):
    return services.create_program(by=by, **{**SETTINGS, **changes})


@pytest.fixture
def member(db):
    return MembershipFactory()


def test_new_program_is_run_by_its_maker_and_on_hold_without_sponsor():  # P1, R3
    person = UserFactory()

    program = make(person)

    assert program.memberships.get().role == Role.SALES_OPS
    assert (program.on_hold, program.hold_reason) == (True, "No executive sponsor has accepted yet.")
    assert program.positions.filter(membership__user=person).count() == 1


def test_two_programs_of_one_name_get_two_addresses():
    person = UserFactory()

    assert [make(person).slug, make(person).slug] == [
        "orrery-instruments-crm-rollout",
        "orrery-instruments-crm-rollout-2",
    ]


@pytest.mark.parametrize(("seats", "band", "months"), [
    (1, "small", (2, 4)),
    (24, "small", (2, 4)),
    (25, "mid_market", (4, 9)),
    (200, "mid_market", (4, 9)),
    (201, "enterprise", (9, 18)),
])  # fmt: skip
def test_size_band_follows_the_seats(seats, band, months):  # P2
    program = ProgramFactory.build(seats=seats)

    assert (program.size_band, program.expected_months) == (band, months)


@pytest.mark.parametrize("changes", [{"seats": 0}, {"go_live_on": "2026-01-05"}, {"currency": "EURO"}])
def test_program_that_makes_no_sense_is_refused(changes):
    with pytest.raises((ValidationError, Invalid)):
        make(UserFactory(), **changes)

    assert not Program.objects.exists()


@pytest.mark.parametrize("shares", [{"web": 40}, {"web": 101}, {"web": 50.0, "partner": 50}, {"web": -1, "x": 101}])
def test_lead_sources_are_whole_percents_that_sum_to_100(shares):  # P1
    with pytest.raises(Invalid):
        make(UserFactory(), lead_sources=shares)


def test_change_of_settings_is_in_the_history(member):
    services.update_program(program=member.program, by=member.user, seats=80)

    entry = audit.history(member.program).first()
    assert (entry.verb, entry.before, entry.after) == ("program.changed", {"seats": 60}, {"seats": 80})


def test_hold_cannot_be_set_through_the_settings(member):  # R3
    with pytest.raises(Invalid):
        services.update_program(program=member.program, by=member.user, on_hold=False)


def invite(member, email="sponsor@orrery.example", **changes):
    values = {"role": Role.SPONSOR, "function": "leadership", **changes}
    return services.invite_member(program=member.program, by=member.user, email=email, **values)


def test_invitation_makes_a_member_once(member):
    _, token = invite(member, position_title="Chief Revenue Officer")
    guest = UserFactory()

    membership = services.accept_invitation(token=token, user=guest)

    assert membership.role == Role.SPONSOR
    assert membership.positions.get().title == "Chief Revenue Officer"
    with pytest.raises(services.InvitationUnusable):
        services.accept_invitation(token=token, user=UserFactory())


def test_token_of_an_invitation_is_not_stored(member):
    invitation, token = invite(member)

    assert token not in str(vars(invitation))


def test_expired_invitation_is_refused(member):
    _, token = invite(member)

    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(services.InvitationUnusable):
        services.find_invitation(token)


def test_newer_invitation_replaces_the_older(member):
    _, old = invite(member)
    invite(member)

    with pytest.raises(services.InvitationUnusable):
        services.find_invitation(old)


def test_member_cannot_be_invited_again(member):
    with pytest.raises(Invalid):
        invite(member, email=member.user.email.upper())


def test_only_who_runs_the_program_invites(member):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)

    with pytest.raises(NotYours):
        invite(viewer)


def test_last_sales_ops_manager_cannot_go(member):
    with pytest.raises(services.LastRunner):
        services.deactivate_member(membership=member, by=member.user)
    with pytest.raises(services.LastRunner):
        services.change_member(membership=member, by=member.user, role=Role.VIEWER)


def test_last_sales_ops_manager_cannot_go_by_an_invitation(member):
    _, token = invite(member)

    with pytest.raises(services.LastRunner):
        services.accept_invitation(token=token, user=member.user)

    member.refresh_from_db()
    assert member.role == Role.SALES_OPS
    services.find_invitation(token)  # still good for the person it was meant for


def test_change_of_a_member_does_not_bring_back_who_left_meanwhile(member):
    other = MembershipFactory(program=member.program, role=Role.VIEWER)
    Membership.objects.filter(pk=other.pk).update(is_active=False, left_at=clock.now())

    services.change_member(membership=other, by=member.user, role=Role.IT)

    assert not Membership.objects.get(pk=other.pk).is_active


def test_member_who_left_sees_nothing_and_tokens_end(member):
    other = MembershipFactory(program=member.program, role=Role.IT)
    services.make_token(program=member.program, by=other.user, name="Sync", expires_at=clock.now() + timedelta(days=30))

    services.deactivate_member(membership=other, by=member.user)

    assert not Program.objects.for_user(other.user).exists()
    assert not ApiToken.objects.usable().exists()
    assert Membership.objects.get(pk=other.pk).left_at is not None


@pytest.mark.parametrize("days", [0, 367])
def test_token_lasts_at_most_a_year(member, days):
    with pytest.raises(Invalid):
        services.make_token(
            program=member.program, by=member.user, name="Sync", expires_at=clock.now() + timedelta(days=days)
        )


def test_team_changes_are_told(member):
    team = TeamFactory(program=member.program)

    services.save_team(program=member.program, by=member.user, team=team, wave=2)
    services.remove_team(team=team, by=member.user)

    assert list(member.program.audit_entries.values_list("verb", flat=True)) == ["team.removed", "team.changed"]


def test_team_goes_live_after_the_program_began():  # P4; a rescue finds a CRM in use
    person = UserFactory()
    before = {"by": person, "name": "East", "seats": 5, "go_live_on": date(2026, 1, 4)}

    with pytest.raises(Invalid, match="The go-live lies before the start of the program, 2026-01-05"):
        services.save_team(program=make(person), **before)

    assert services.save_team(program=make(person, kind=ProgramKind.RESCUE), **before).pk


def test_numbers_are_given_once_per_kind(member):
    assert [member.program.next_number(kind) for kind in ("run", "run", "waiver")] == [1, 2, 1]


def test_superuser_is_no_member():  # G8
    admin = UserFactory(is_staff=True, is_superuser=True)
    program = ProgramFactory()

    assert not policy.can(admin, "program.view", program)
    assert not Program.objects.for_user(admin).exists()


def test_refusal_says_who_may():
    viewer = MembershipFactory(role=Role.VIEWER)

    assert policy.refusal(viewer.user, "members.manage", viewer.program) == (
        "Inviting and changing members is for: Sales Ops Manager. Your role here is Viewer."
    )
