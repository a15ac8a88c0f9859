"""The page of results: figures with their source, coverage and forecast; calendars; definitions (M6, M8, M9)."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from adoption.dictionary import DEFINITIONS, OF_METRICS
from adoption.models import Figure, Metric, TeamCalendar
from adoption.queries.signals import SIGNALS, Result
from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, Role
from phases.models import Fact
from tests.factories import MembershipFactory

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
DEALS = ["Id", "Name", "StageName", "Amount", "CloseDate", "OwnerId", "CreatedDate", "LastModifiedDate"]


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def figure(client, program, **values):
    data = {"key": "quota", "period": "2026-Q2", "value": "1000", "source": "Sales plan", **values}
    return client.post(reverse("adoption:results", args=[program.slug]), data)


def test_coverage_and_forecast_follow_the_figures(client, member, program, east, settle, count):
    client.force_login(member.user)
    settle(east, "ann")
    rows = [
        ["006000000000001", "One", "Proposal", "2500.00", "2026-06-30", "ann", "2026-01-05", "2026-05-20"],
        ["006000000000002", "Two", "Closed Won", "900.00", "2026-05-12", "ann", "2026-04-12", "2026-05-20"],
    ]
    count(rows, DEALS, as_of=date(2026, 5, 29))

    assert figure(client, program).status_code == 303
    assert figure(client, program, key="forecast", value="1000").status_code == 303
    facts = {one.key: (one.numerator, one.denominator) for one in Fact.objects.of(program).filter(scope="all")}
    assert facts[Result.COVERAGE] == (250_000, 100_000)
    assert facts[Result.FORECAST] == (80_000, 90_000)
    assert facts[Result.CYCLE] == (30, 1)
    page = client.get(reverse("adoption:results", args=[program.slug])).content.decode()
    assert "2.5×" in page
    assert "from deal creation" in page
    assert AuditEntry.objects.filter(verb="figure.entered").count() == 2


@pytest.mark.parametrize("values", [{"period": "2026-07"}, {"source": " "}, {"value": "-1"}, {"key": "gross"}])
def test_figure_that_cannot_be_is_refused(client, member, program, values):
    client.force_login(member.user)

    assert figure(client, program, **values).status_code == 422
    assert not Figure.objects.exists()


def test_viewer_enters_no_figure_and_sets_no_calendar(client, program, east):
    client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)
    targets = reverse("adoption:targets", args=[program.slug])

    assert figure(client, program).status_code == 403
    assert client.post(targets, {"do": "calendar", "team": east.pk, "country": "DE"}).status_code == 403


def test_calendar_of_a_team_is_set_on_the_page_and_over_rest(client, member, program, east):
    client.force_login(member.user)
    page, api = reverse("adoption:targets", args=[program.slug]), f"/api/v1/programs/{program.slug}/team-calendars/"

    assert client.post(page, {"do": "calendar", "team": east.pk, "country": "DE", "part": "by"}).status_code == 303
    assert TeamCalendar.objects.get().part == "BY"
    assert client.post(page, {"do": "calendar", "team": east.pk, "country": "DE", "part": "TX"}).status_code == 422
    said = client.post(api, {"team": east.pk, "country": "IL", "part": ""}, content_type="application/json")
    assert (said.status_code, said.json()["country"]) == (200, "IL")
    assert client.post(api, {"team": east.pk, "country": ""}, content_type="application/json").status_code == 204


def test_every_number_has_a_definition():
    assert {one.key for one in OF_METRICS} == {*Metric.values, *SIGNALS, *Result.values}
    assert len({one.key for one in DEFINITIONS}) == len(DEFINITIONS)


@pytest.mark.parametrize("name", ["report-file", "definitions-file"])
def test_numbers_and_definitions_download(client, member, program, name):
    client.force_login(member.user)

    assert client.get(reverse(f"adoption:{name}", args=[program.slug])).status_code == 200


@pytest.mark.parametrize("path", ["adoption-metrics/?from=2026-W18&to=2026-W19", "adoption-definitions/", "figures/"])
def test_numbers_are_read_over_rest_by_members_alone(client, member, program, path):
    client.force_login(member.user)
    found = client.get(f"/api/v1/programs/{program.slug}/{path}")
    client.force_login(MembershipFactory().user)

    assert found.status_code == 200
    assert client.get(f"/api/v1/programs/{program.slug}/{path}").status_code == 404


def test_week_that_is_none_is_refused(client, member, program):
    client.force_login(member.user)

    assert client.get(f"/api/v1/programs/{program.slug}/adoption-metrics/?from=2026-W60").status_code == 400


def test_import_page_says_what_the_file_changed(client, member, program, east, settle, count):
    client.force_login(member.user)
    settle(east, "ann")
    found = count([[1, "Call", "ann", "2026-05-05 09:00", "2026-05-05 09:00", ""]])

    page = client.get(found.get_absolute_url()).content.decode()

    assert "1 new, 0 corrected, 0 there already" in page
    assert "1 of 2" in page
