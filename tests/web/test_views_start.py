"""A new program, page by page: back and forth, nothing lost, refused where it does not hold (P1, P2, P4)."""

import pytest
from django.urls import reverse

from crmprogram.program.models import AuditEntry, Program, ProgramDraft, Role
from phases.models import Threshold
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ANSWERS = {
    "company": {
        "company": "Orrery Instruments",
        "industry": "",
        "name": "CRM rollout",
        "kind": "new",
        "seats": "60",
        "function": "operations",
    },
    "money": {
        "currency": "eur",
        "yearly_revenue": "12,500,000",
        "lead_sources": "web 40, partner 35, Referral 25%",
    },
    "dates": {
        "time_zone": "Europe/Berlin",
        "starts_on": "2026-01-05",
        "go_live_on": "2026-09-01",
        "platform_name": "",
    },
    "teams": {
        "team-TOTAL_FORMS": "2",
        "team-INITIAL_FORMS": "0",
        "team-0-name": "Field sales",
        "team-0-function": "sales",
        "team-0-region": "",
        "team-0-seats": "20",
        "team-0-wave": "1",
        "team-0-go_live_on": "2026-09-01",
        "team-1-name": "",
        "team-1-function": "sales",
        "team-1-seats": "",
        "team-1-wave": "1",
    },
    "thresholds": {"thresholds": "targets"},
}


def address(page):
    return reverse("web:program-new-page", args=[page])


@pytest.fixture
def me(client):
    user = UserFactory()
    client.force_login(user)
    return user


def answer_all(client, **changes):
    """Type every page and go on; `changes` are {page: {field: value}}. Returns the last answer that went nowhere."""
    for page, answers in ANSWERS.items():
        answer = client.post(address(page), answers | changes.get(page, {}) | {"go": "next"})
        if answer.status_code != 303:
            return answer
    return answer


def test_program_is_started_with_teams_and_thresholds_and_me_as_its_manager(client, me):
    assert answer_all(client)["Location"] == address("check")

    answer = client.post(address("check"), {"go": "start"})

    program = Program.objects.get()
    assert answer["Location"] == reverse("governance:start", args=[program.slug])
    assert (program.seats, program.currency, program.yearly_revenue) == (60, "EUR", 1_250_000_000)
    assert program.lead_sources == {"web": 40, "partner": 35, "referral": 25}
    assert program.memberships.get().role == Role.SALES_OPS
    assert program.on_hold  # R3: nobody has accepted the sponsorship
    assert [(one.name, one.seats) for one in program.teams.all()] == [("Field sales", 20)]
    assert {one.check_key: one.params for one in Threshold.objects.of(program)} == {
        "adoption.daily_active": {"percent": "90"},
        "adoption.required_fields": {"percent": "95"},
    }
    assert AuditEntry.objects.filter(program=program, verb="threshold.set", by=me).count() == 2
    assert not ProgramDraft.objects.exists()


def test_starting_twice_starts_one_program(client, me):
    answer_all(client)
    client.post(address("check"), {"go": "start"})

    assert client.post(address("check"), {"go": "start"})["Location"] == reverse("web:programs")
    assert Program.objects.count() == 1


def test_what_was_typed_is_kept_wrong_or_right(client, me):
    client.post(address("company"), {"company": "Orrery", "seats": "many", "go": "back"})
    client.post(address("money"), {"currency": "EUR", "lead_sources": "web 40", "go": "thresholds"})
    client.logout()
    client.force_login(me)

    assert client.get(reverse("web:program-new"))["Location"] == address("thresholds")
    assert b'value="many"' in client.get(address("company")).content
    assert b'value="web 40"' in client.get(address("money")).content


def test_draft_is_mine_alone(client, me):
    client.post(address("company"), {"company": "Orrery Instruments", "go": "back"})
    client.force_login(UserFactory())

    assert b"Orrery Instruments" not in client.get(address("company")).content


def test_another_row_keeps_the_rows_there_are(client, me):
    answer = client.post(address("teams"), ANSWERS["teams"] | {"go": "row"})

    assert answer["Location"] == address("teams") + "#add"
    page = client.get(address("teams"))
    assert [form["name"].value() for form in page.context["form"]][:1] == ["Field sales"]
    assert len(page.context["form"].forms) == 3


def test_teams_say_what_follows_from_their_dates(client, me):  # P4
    answer_all(client)

    assert "More than 15 need a pilot of 4 to 8 weeks first." in client.get(address("teams")).content.decode()


def test_read_page_names_what_is_missing_and_starts_nothing(client, me):
    client.post(address("company"), ANSWERS["company"] | {"seats": "0", "go": "check"})

    answer = client.post(address("check"), {"go": "start"})

    assert answer.status_code == 422
    assert [page.key for page, _ in answer.context["problems"]] == ["company", "money", "dates"]
    assert Program.objects.count() == 0


@pytest.mark.parametrize(
    ("page", "field", "value", "said"),
    [
        ("company", "seats", "0", "greater than or equal to 1"),
        ("company", "company", "", "required"),
        ("money", "currency", "ABC", "no currency"),
        ("money", "lead_sources", "web 40, partner 35", "sum to 75 %"),
        ("money", "lead_sources", "web", "has no share"),
        ("money", "lead_sources", "web 40, Web 60", "named twice"),
        ("money", "yearly_revenue", "-1", "greater than or equal to 0"),
        ("dates", "go_live_on", "2026-01-05", "before the start"),
        ("dates", "time_zone", "Mars/Base", "valid choice"),
        ("thresholds", "thresholds", "loose", "valid choice"),
    ],
)
def test_page_says_what_is_wrong_beside_the_field(client, me, page, field, value, said):
    answer = answer_all(client, **{page: {field: value}})

    assert answer.status_code == 422
    assert [message for message in answer.context["form"].errors[field] if said in message]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("team-0-seats", "", "required"), ("team-0-go_live_on", "2025-12-31", "lies before the start")],
)
def test_team_that_does_not_hold_is_refused(client, me, field, value, said):
    answer = answer_all(client, teams={field: value})

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_platform_that_is_chosen_has_a_name(client, me):
    answer = answer_all(client, dates={"platform_chosen": "on"})

    assert answer.context["form"].errors["platform_name"] == ["Name the platform that is chosen."]


def test_draft_can_be_thrown_away(client, me):
    client.post(address("company"), ANSWERS["company"] | {"go": "next"})

    assert client.post(reverse("web:program-new-drop"))["Location"] == reverse("web:programs")
    assert not ProgramDraft.objects.exists()


def test_rest_makes_program_teams_and_thresholds_together(client, me):
    given = {
        "company": "Orrery Instruments",
        "name": "CRM rollout",
        "seats": 60,
        "starts_on": "2026-01-05",
        "teams": [{"name": "Field sales", "seats": 20, "wave": 1}],
        "thresholds": "data",
    }
    wrong = client.post("/api/v1/programs/", given | {"thresholds": "loose"}, content_type="application/json")
    made = client.post("/api/v1/programs/", given, content_type="application/json")

    assert (wrong.status_code, made.status_code) == (400, 201)
    assert Program.objects.get().teams.get().name == "Field sales"
    assert Threshold.objects.count() == 2


def test_first_steps_say_what_to_do_first(client, me):
    answer_all(client)
    page = client.get(client.post(address("check"), {"go": "start"})["Location"])

    assert page.context["first"].title == "Name the executive sponsor"
    assert [one.title for one in page.context["steps"] if one.done] == ["Plan teams and waves"]
