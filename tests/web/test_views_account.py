import re
from datetime import timedelta

import pytest
from django.urls import reverse

from adoption.models import Escalation, EscalationState, Metric
from crmprogram.program import clock, services
from crmprogram.program.models import AuditEntry, Membership, Role, User
from phases.models import Gate, GateReview, Phase
from tests.factories import MembershipFactory, ProgramFactory, UserFactory

pytestmark = pytest.mark.django_db

GOOD = "a sentence nobody guesses"


@pytest.fixture
def invited():
    """(member who invites, token) for an executive sponsor."""
    member = MembershipFactory()
    _, token = services.invite_member(
        program=member.program,
        by=member.user,
        email="sponsor@orrery.example",
        role=Role.SPONSOR,
        function="leadership",
        position_title="Chief Revenue Officer",
    )
    return member, token


# --- signing in -------------------------------------------------------------------


@pytest.mark.parametrize("somebody", [False, True])
def test_sign_in_page_names_the_way_to_the_first_account_only_to_nobody(client, somebody):
    if somebody:
        UserFactory()

    page = client.get(reverse("web:login")).content.decode()

    assert ("./run manage createsuperuser" in page) is not somebody
    assert ("Open the invitation link" in page) is somebody


def test_login_goes_to_the_programs(client):
    user = UserFactory()

    answer = client.post(reverse("web:login"), {"username": user.username, "password": "correct horse battery"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("web:programs"))


def test_login_with_a_wrong_password_is_422_and_says_so(client):
    answer = client.post(reverse("web:login"), {"username": "nobody", "password": "wrong"})

    assert answer.status_code == 422
    assert b"autofocus" not in answer.content
    assert b"1 thing to correct" in answer.content


def test_login_never_leads_to_another_host(client):
    user = UserFactory()
    data = {"username": user.username, "password": "correct horse battery", "next": "https://evil.example/"}

    assert client.post(reverse("web:login"), data)["Location"] == reverse("web:programs")


def test_guessing_passwords_is_slowed_down(client, settings):
    settings.AXES_FAILURE_LIMIT = 3
    user = UserFactory()
    for _ in range(3):
        answer = client.post(reverse("web:login"), {"username": user.username, "password": "wrong"})

    assert answer.status_code == 429
    assert b"Too many wrong passwords" in answer.content


def test_logout_needs_a_post(client):
    client.force_login(UserFactory())

    assert client.get(reverse("web:logout")).status_code == 405
    assert client.post(reverse("web:logout"))["Location"] == reverse("web:login")


@pytest.mark.parametrize("name", ["programs", "program-new", "profile", "password", "components"])
def test_personal_page_sends_strangers_to_sign_in(client, name):
    assert client.get(reverse(f"web:{name}"))["Location"].startswith(reverse("web:login"))


# --- programs ---------------------------------------------------------------------


def test_programs_shows_mine_alone(client):
    member = MembershipFactory(program__company="Mine Ltd")
    MembershipFactory(program__company="Theirs Ltd")
    MembershipFactory(user=member.user, program__company="Left Ltd", is_active=False, left_at=clock.now())
    client.force_login(member.user)

    text = client.get(reverse("web:programs")).content.decode()

    assert [name for name in ("Mine Ltd", "Theirs Ltd", "Left Ltd") if name in text] == ["Mine Ltd"]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_program_list_costs_the_same(client, django_assert_num_queries, count):
    user = UserFactory()
    for program in ProgramFactory.create_batch(count):
        Membership.objects.create(program=program, user=user, role=Role.VIEWER, function="sales")
    client.force_login(user)

    # session, user, count, memberships, phases, reviews, escalations, on hold
    with django_assert_num_queries(8):
        answer = client.get(reverse("web:programs"))

    assert answer.context["page"].paginator.count == count


def test_programs_say_where_each_stands(client):
    """P1, G10: phase, gate, what is held and what stands open, without opening the program."""
    user = UserFactory()
    going, held = ProgramFactory(company="Anvil"), ProgramFactory(company="Bolt", on_hold=True, hold_reason="No one")
    for program in (going, held):
        Membership.objects.create(program=program, user=user, role=Role.SALES_OPS, function="operations")
    Phase.objects.create(program=going, number=1, started_on=clock.today(going) - timedelta(days=12))
    gate = Gate.objects.create(program=going, number=1)
    GateReview.objects.create(gate=gate, round=1, requested_by=user)
    state = EscalationState.BREACHED
    Escalation.objects.create(program=going, number=1, key=Metric.DAILY, scope="all", state=state, target=90)
    client.force_login(user)

    answer = client.get(reverse("web:programs"))

    first, second = answer.context["page"]
    assert (first.here.name, first.here.days_text, first.here.gate_text) == ("Audit", "day 12", "requested")
    assert [one.text for one in first.alarms] == ["1 escalation open"]
    assert (second.here.days_text, second.alarms) == ("", [])
    text = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
    assert "Audit, day 12 · Gate 1 requested" in text
    assert "On hold No one" in text
    assert f'hx-get="{reverse("web:next", args=[going.slug])}"' in answer.content.decode()


def test_next_is_told_to_members_alone(client):
    member = MembershipFactory(role=Role.SALES_OPS)
    address = reverse("web:next", args=[member.program.slug])

    client.force_login(member.user)
    mine = client.get(address)
    client.force_login(UserFactory())

    assert "Name the sponsor" in mine.content.decode()
    assert "<html" not in mine.content.decode()
    assert client.get(address).status_code == 404


# --- joining ----------------------------------------------------------------------


def test_invitation_makes_an_account_and_a_member(client, invited):
    member, token = invited
    data = {"full_name": "Chief Revenue Officer", "username": "cro", "password": GOOD, "again": GOOD}

    answer = client.post(reverse("web:join", args=[token]), data)

    user = User.objects.get(username="cro")
    assert answer["Location"] == member.program.get_absolute_url()
    assert (user.email, user.display) == ("sponsor@orrery.example", "Chief Revenue Officer")
    assert user.memberships.get().role == Role.SPONSOR
    assert user.memberships.get().positions.get().title == "Chief Revenue Officer"
    assert client.get(reverse("web:programs")).status_code == 200  # signed in


def test_invitation_works_once(client, invited):
    _, token = invited
    data = {"username": "cro", "password": GOOD, "again": GOOD}
    client.post(reverse("web:join", args=[token]), data)
    client.logout()

    answer = client.post(reverse("web:join", args=[token]), data | {"username": "second"})

    assert (answer.status_code, User.objects.filter(username="second").exists()) == (410, False)
    assert b"used already" in answer.content


def test_invitation_that_is_not_known_is_gone(client):
    assert client.get(reverse("web:join", args=["made-up"])).status_code == 410


def test_invitation_expires(client, invited):
    _, token = invited
    with clock.at(clock.now() + timedelta(days=15)):
        answer = client.get(reverse("web:join", args=[token]))

    assert b"has expired" in answer.content


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"again": "another sentence"}, "again", "differ"),
        ({"password": "password", "again": "password"}, "password", "too common"),
        ({"username": "two words"}, "username", "valid username"),
    ],
)
def test_invitation_keeps_its_use_when_the_account_is_refused(client, invited, changed, field, said):
    _, token = invited
    data = {"username": "cro", "password": GOOD, "again": GOOD} | changed

    answer = client.post(reverse("web:join", args=[token]), data)

    assert answer.status_code == 422
    assert [message for message in answer.context["form"].errors[field] if said in message]
    assert services.find_invitation(token)


def test_user_name_that_is_taken_is_said(client, invited):
    UserFactory(username="CRO")

    answer = client.post(reverse("web:join", args=[invited[1]]), {"username": "cro", "password": GOOD, "again": GOOD})

    assert answer.context["form"].errors["username"] == ["This user name is taken."]


def test_person_with_an_account_joins_with_it(client, invited):
    member, token = invited
    user = UserFactory()
    client.force_login(user)

    assert f"Join as {user.display}".encode() in client.get(reverse("web:join", args=[token])).content
    client.post(reverse("web:join", args=[token]))

    assert member.program.memberships.get(user=user).role == Role.SPONSOR


def test_page_with_an_invitation_is_not_kept(client, invited):
    assert "no-store" in client.get(reverse("web:join", args=[invited[1]]))["Cache-Control"]


# --- profile ----------------------------------------------------------------------


def test_profile_saves_what_a_person_chooses(client):
    user = UserFactory()
    client.force_login(user)
    data = {"first_name": "Sales Ops", "last_name": "Manager", "theme": "dark", "time_zone": "Asia/Tokyo"}

    assert client.post(reverse("web:profile"), data).status_code == 302
    text = client.get(reverse("web:profile")).content.decode()

    user.refresh_from_db()
    assert (user.theme, user.single_keys, user.time_zone) == ("dark", False, "Asia/Tokyo")
    assert re.search(r'<html lang="en" data-theme="dark" data-keys="off">', text)
    assert AuditEntry.objects.get(verb="user.changed").after["theme"] == "dark"


def test_profile_that_changes_nothing_writes_nothing(client):
    user = UserFactory(first_name="A", last_name="B")
    client.force_login(user)

    switches = dict.fromkeys(("single_keys", "mail_notices", "mail_digests"), "on")
    client.post(
        reverse("web:profile"), {"first_name": "A", "last_name": "B", "theme": "auto", "time_zone": "", **switches}
    )

    assert AuditEntry.objects.count() == 0


def test_password_is_changed_after_the_present_one(client):
    user = UserFactory()
    client.force_login(user)
    data = {"old_password": "correct horse battery", "new_password1": GOOD, "new_password2": GOOD}

    assert client.post(reverse("web:password"), data | {"old_password": "wrong"}).status_code == 422
    assert client.post(reverse("web:password"), data)["Location"] == reverse("web:profile")

    user.refresh_from_db()
    assert user.check_password(GOOD)


@pytest.mark.parametrize(("is_staff", "status"), [(True, 200), (False, 404)])
def test_component_sheet_is_for_staff(client, is_staff, status):
    client.force_login(UserFactory(is_staff=is_staff))

    assert client.get(reverse("web:components")).status_code == status


# --- errors -----------------------------------------------------------------------


def test_page_that_is_not_there_says_so(client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert b"Nothing here" in answer.content


def test_form_without_its_token_is_refused_with_a_page(client):
    client.handler.enforce_csrf_checks = True

    answer = client.post(reverse("web:login"), {})

    assert answer.status_code == 403
    assert b"Not permitted" in answer.content
