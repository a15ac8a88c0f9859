from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.program import audit, waves
from crmprogram.program.models import AuditEntry, Function, Role, Team
from crmprogram.web import jump
from crmprogram.web.views_program import ENTRIES_A_PAGE
from tests.factories import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    """The Sales Ops Manager, signed in."""
    member = MembershipFactory()
    client.force_login(member.user)
    return member


def to(name, member, *args):
    return reverse(f"web:{name}", args=[member.program.slug, *args])


def settings_of(program, **changes):
    return {
        "company": program.company,
        "name": program.name,
        "kind": program.kind,
        "seats": program.seats,
        "currency": program.currency,
        "time_zone": program.time_zone,
        "starts_on": program.starts_on.isoformat(),
        "go_live_on": program.go_live_on.isoformat(),
        **changes,
    }


# --- settings ---------------------------------------------------------------------


def test_settings_are_changed_and_told(client, member):
    answer = client.post(to("settings", member), settings_of(member.program, seats=220))

    member.program.refresh_from_db()
    entry = AuditEntry.objects.get(verb="program.changed")
    assert (answer.status_code, member.program.seats) == (303, 220)
    assert (entry.before, entry.after) == ({"seats": 60}, {"seats": 220})


def test_settings_refuse_what_is_wrong_and_keep_what_is(client, member):
    answer = client.post(to("settings", member), settings_of(member.program, lead_sources="web 10", seats=9))

    member.program.refresh_from_db()
    assert answer.status_code == 422
    assert answer.context["form"].errors["lead_sources"] == ["The lead-source shares sum to 10 %, not 100 %."]
    assert member.program.seats == 60


def test_viewer_reads_the_settings_only(client, member):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)
    client.force_login(viewer.user)

    page = client.get(to("settings", member))

    assert page.status_code == 200
    assert all(field.disabled for field in page.context["form"].fields.values())
    assert client.post(to("settings", member), settings_of(member.program)).status_code == 403


# --- teams and waves (P4) ---------------------------------------------------------


def test_team_is_added_changed_and_removed(client, member):
    data = {"name": "Inside sales", "function": "sales", "seats": "18", "wave": "2", "go_live_on": "2026-09-01"}

    client.post(to("teams", member), data)
    team = Team.objects.get()
    client.post(to("team", member, team.pk), data | {"seats": "12"})
    team.refresh_from_db()
    assert (team.seats, team.wave) == (12, 2)

    client.post(to("team-remove", member, team.pk))
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "team.added",
        "team.changed",
        "team.removed",
    ]


def test_team_name_is_there_once(client, member):
    TeamFactory(program=member.program, name="Inside sales")

    answer = client.post(to("teams", member), {"name": "Inside sales", "function": "sales", "seats": "1", "wave": "1"})

    assert (answer.status_code, Team.objects.count()) == (422, 1)
    assert answer.context["form"].errors["name"] == ["There is a team called Inside sales already."]


@pytest.mark.parametrize(("seats", "status"), [("1000000", 303), ("1000001", 422), ("9223372036854775807", 422)])
def test_team_has_no_more_seats_than_can_be_summed(client, member, seats, status):
    team = {"name": "Inside sales", "function": "sales", "seats": seats, "wave": "1"}

    assert client.post(to("teams", member), team).status_code == status
    assert Team.objects.count() == (status == 303)


def test_team_of_another_program_is_not_there(client, member):
    team = TeamFactory()

    assert client.get(to("team", member, team.pk)).status_code == 404
    assert client.post(to("team-remove", member, team.pk)).status_code == 404


def team(seats, on, function=Function.SALES, wave=1, name="Team"):
    return Team(name=name, seats=seats, go_live_on=on and date.fromisoformat(on), function=function, wave=wave)


@pytest.mark.parametrize(
    ("teams", "need", "busiest"),
    [
        ([], "free", 0),
        ([team(40, None)], "free", 0),
        ([team(4, "2026-06-01")], "free", 4),
        ([team(5, "2026-06-01")], "signed", 5),
        ([team(15, "2026-06-01")], "signed", 15),
        ([team(16, "2026-06-01")], "pilot", 16),
        ([team(10, "2026-06-01"), team(6, "2026-06-28")], "pilot", 16),  # 27 days apart
        ([team(10, "2026-06-01"), team(6, "2026-06-29")], "signed", 10),  # 28 days apart
        ([team(10, "2026-06-20"), team(6, "2026-06-01"), team(6, "2026-07-10")], "pilot", 16),
    ],
)
def test_pilot_is_required_above_15_seats_within_28_days(teams, need, busiest):  # P4
    advice = waves.advise(teams)

    assert (advice.need, advice.busiest) == (need, busiest)


def test_sales_goes_first_and_marketing_integrates():  # P4
    teams = [
        team(5, None, name="Field", wave=2),
        team(5, None, Function.SUCCESS, 2, "Care"),
        team(5, None, Function.SUCCESS, 3, "Renewals"),
        team(5, None, Function.MARKETING, 4, "Brand"),
    ]

    assert waves.order_warnings(teams) == [
        "Care: customer success goes after sales, not in its first wave.",
        "Brand: marketing integrates with the CRM rather than rolling out.",
    ]


# --- history ----------------------------------------------------------------------


def test_history_pages_by_key_and_filters_by_verb(client, member):
    for number in range(ENTRIES_A_PAGE + 5):
        audit.record(by=member.user, verb="team.changed", subject=member.program, after={"seats": number})
    audit.record(by=None, verb="run.finished", subject=member.program)

    first = client.get(to("history", member))
    second = client.get(to("history", member), {"before": first.context["older"]})
    runs = client.get(to("history", member), {"verb": "run.finished"})

    assert (len(first.context["rows"]), len(second.context["rows"])) == (ENTRIES_A_PAGE, 6)
    assert second.context["older"] is None
    assert [entry.verb for entry in runs.context["rows"]] == ["run.finished"]
    assert b"the system" in runs.content


def test_history_of_one_thing(client, member):
    here = TeamFactory(program=member.program)
    audit.record(by=member.user, verb="team.added", subject=here)
    audit.record(by=member.user, verb="program.changed", subject=member.program)

    page = client.get(to("history", member), {"subject": f"program.team:{here.pk}"})

    assert [entry.verb for entry in page.context["rows"]] == ["team.added"]


def test_history_shows_nothing_of_another_program(client, member):
    stranger = MembershipFactory()
    audit.record(by=stranger.user, verb="program.changed", subject=stranger.program)

    assert client.get(to("history", member)).context["rows"] == []


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40])
def test_history_ignores_a_key_that_is_none(client, member, before):
    assert client.get(to("history", member), {"before": before}).status_code == 200


def test_history_costs_the_same(client, member):
    costs = []
    for more in (1, 2, 297):
        for _ in range(more):
            audit.record(by=MembershipFactory(program=member.program).user, verb="x.done", subject=member.program)
        with CaptureQueriesContext(connection) as queries:
            client.get(to("history", member))
        costs.append(len(queries))

    assert costs == [costs[0]] * 3


# --- jump box ---------------------------------------------------------------------


def labels(member, text):
    return [hit.label for hit in jump.look_up(member.program, member.user, text)]


def test_jump_finds_pages_by_their_words(member):
    assert labels(member, "waves") == ["Pilot and waves", "Teams and waves"]
    assert labels(member, "WAVES teams") == ["Teams and waves"]
    assert labels(member, "no such page") == []


def test_jump_offers_only_what_the_person_may_open(member):
    viewer = MembershipFactory(program=member.program, role=Role.PARTICIPANT)

    assert "History" in labels(member, "history")
    assert labels(viewer, "history") == []


def test_jump_finds_members_and_teams_of_this_program(member):
    TeamFactory(program=member.program, name="Inside sales")
    TeamFactory(name="Inside sales of others")

    assert labels(member, "inside") == ["Inside sales"]
    assert labels(member, member.user.username) == [member.user.display]


def test_jump_box_asks_for_the_list_alone(client, member):
    whole = client.get(to("jump", member), {"q": "waves"})
    part = client.get(to("jump", member), {"q": "waves"}, headers={"HX-Request": "true"})

    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert b"Teams and waves" in part.content
    assert "HX-Request" in part["Vary"]


def test_jump_escapes_what_was_typed(client, member):
    assert b"<script>x" not in client.get(to("jump", member), {"q": "<script>x"}).content


# --- background work --------------------------------------------------------------


def test_jobs_page_is_there_before_any_job(client, member):
    assert b"Nothing has run yet" in client.get(to("jobs", member)).content
