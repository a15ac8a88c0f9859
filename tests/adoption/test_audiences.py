"""The dashboards by audience: their numbers against the database's own, and who reads which row (M8)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from adoption.dictionary import DEFINITIONS
from adoption.models import Rep
from adoption.queries.audiences import Audience, Number, View, audience_of, money
from adoption.queries.building import build, scope_of
from adoption.queries.pipeline import Scope
from adoption.services.figures import enter_figure
from adoption.services.targets import require_fields
from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, Function, Role, Team
from tests.factories import MembershipFactory

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # a Monday
DEALS = [
    "Id", "Name", "StageName", "Amount", "CloseDate", "ForecastCategory", "OwnerId", "CreatedDate", "LastModifiedDate",
]  # fmt: skip
ID = "006000000000{:03d}"


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def deal(no, stage, amount, close, forecast, owner, created, updated):
    return [ID.format(no), f"Deal {no}", stage, amount, close, forecast, owner, created, updated]


@pytest.fixture
def sold(member, program, east, west, settle, count):
    """Two exports: a deal that advances, one won, one lost, one that lies and lacks its close date."""
    settle(east, "ann")
    settle(west, "ben")
    require_fields(program=program, by=member.user, object="deal", fields=["close_on", "amount"])
    count(
        [
            deal(1, "Proposal", "2500.00", "2026-06-30", "Pipeline", "ann", "2026-01-05", "2026-05-20"),
            deal(2, "Negotiation", "900.00", "2026-06-30", "Commit", "ann", "2026-04-12", "2026-05-20"),
            deal(3, "Proposal", "400.00", "2026-06-30", "Pipeline", "ben", "2026-04-12", "2026-05-20"),
        ],
        DEALS,
        as_of=date(2026, 5, 22),
    )
    count(
        [
            deal(1, "Negotiation", "2500.00", "2026-06-30", "Commit", "ann", "2026-01-05", "2026-05-28"),
            deal(2, "Closed Won", "900.00", "2026-05-26", "Closed", "ann", "2026-04-12", "2026-05-26"),
            deal(3, "Closed Lost", "400.00", "2026-05-27", "Omitted", "ben", "2026-04-12", "2026-05-27"),
            deal(4, "Qualification", "700.00", "", "Pipeline", "ben", "2026-04-20", "2026-05-01"),
        ],
        DEALS,
        as_of=date(2026, 5, 29),
    )
    for key, period, value in (
        ("quota", "2026-Q2", 1000), ("forecast", "2026-Q2", 2000), ("arr", "2026-03", 100), ("arr", "2026-05", 110),
        ("new_arr", "2026-05", 12),
    ):  # fmt: skip
        enter_figure(program=program, by=member.user, key=key, period=period, value=Decimal(value), source="Finance")
    return program


def numbers(program, audience, scope=None, **more):
    teams = list(Team.objects.of(program))
    view = build(program, audience, scope or Scope(), teams=teams, **more).view
    assert {one.key for one in view.numbers} <= {one.key for one in DEFINITIONS}
    return {one.key: one for one in view.numbers}, {one.key: one for one in view.tables}


def asked(sql, *params):
    """What the database itself says, past the code under test."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def test_views_say_what_the_database_says(sold, east, west):
    of_manager, tables = numbers(sold, Audience.MANAGER)
    amount, stalled, still = asked(
        "SELECT sum(amount), sum(CASE WHEN touched_on <= '2026-05-15' THEN 1 ELSE 0 END), count(*)"
        " FROM adoption_crmrecord WHERE program_id = %s AND outcome = 'open' AND as_of = '2026-05-29'",
        sold.pk,
    )
    assert (of_manager["adoption.pipeline"].value, amount) == (320_000, 320_000)
    assert of_manager["adoption.stale"].value == Decimal(100 * stalled) / still == 50
    advanced = {row[0].value: row[5].value for row in tables["pipeline"].rows}
    assert advanced == {"Rep 01": 2, "Rep 02": 0}  # one to the next stage, one won; what is lost is no advance
    assert [row[0].text for row in tables["stalled"].rows] == ["Deal 4"]

    of_sales, tables = numbers(sold, Audience.SALES)
    won, closed = asked(
        "SELECT sum(CASE WHEN outcome = 'won' THEN 1 ELSE 0 END), count(*) FROM adoption_crmrecord"
        " WHERE program_id = %s AND closed_on BETWEEN '2026-04-01' AND '2026-06-30'",
        sold.pk,
    )
    assert of_sales["adoption.win_rate"].value == Decimal(100 * won) / closed == 50
    assert of_sales["adoption.commit"].text == "170%"  # 900 won and 2,500 committed of 2,000
    by_stage = [(row[0].value, row[3].value, row[2].value) for row in tables["stages"].rows]
    assert by_stage == [("Proposal", 0, 1), ("Negotiation", 1, 1)]

    of_executive, _ = numbers(sold, Audience.EXECUTIVE)
    assert (of_executive["adoption.win_rate"].value, of_executive["adoption.win_rate"].period) == (50, "2026-05")
    assert of_executive["adoption.deal_size"].value == 90_000
    assert of_executive["adoption.cycle"].value == (date(2026, 5, 26) - date(2026, 4, 12)).days
    assert (of_executive["adoption.new_arr"].value, of_executive["adoption.nrr"].value) == (1200, None)
    assert "not entered" in of_executive["adoption.nrr"].why

    of_board, _ = numbers(sold, Audience.BOARD)
    assert of_board["adoption.coverage"].value == Decimal("3.2")
    assert of_board["adoption.arr_growth"].value == 10


def test_a_team_and_a_wave_are_a_part_of_all(sold, east, west):
    teams = [east, west]
    of_west, _ = numbers(sold, Audience.MANAGER, scope_of(teams, team=west.pk))
    of_wave, _ = numbers(sold, Audience.MANAGER, scope_of(teams, wave=1))

    assert of_west["adoption.pipeline"].value == 70_000
    assert of_wave["adoption.pipeline"].value == 320_000
    of_board, _ = numbers(sold, Audience.BOARD, scope_of(teams, team=west.pk))
    assert of_board["adoption.coverage"].value is None  # the quota is entered of all, not of West
    assert "West" in of_board["adoption.coverage"].why


def test_own_row_names_what_to_do_first(sold, member, count, program):
    ben = Rep.objects.get(key="ben")
    task = ["Record ID", "Activity type", "Activity assigned to", "Due date", "Create Date", "Task Status"]
    count(
        [
            [1, "Task", "ben", "2026-05-28 10:00", "2026-05-20 10:00", "Not started"],
            [2, "Task", "ben", "2026-06-09 10:00", "2026-05-20 10:00", "Not started"],
            [3, "Call", "ben", "2026-06-01 07:00", "2026-06-01 07:00", "Completed"],
        ],
        task,
    )

    view = build(program, Audience.REP, Scope(), teams=[], rep=ben).view

    assert [(one.kind, one.title, one.is_late) for one in view.todo] == [
        ("task", "Task 1", True),
        ("stalled", "Deal 4, EUR 700", False),
        ("field", "Deal 4, EUR 700", False),
    ]
    assert {one.key: one.value for one in view.numbers} == {
        "adoption.tasks_due": 1, "adoption.contacts": 1, "adoption.advanced": 0, "adoption.stale": 1,
        "adoption.incomplete": 1,
    }  # fmt: skip


def page(client, program, query=""):
    return client.get(reverse("adoption:dashboard", args=[program.slug]) + query)


def test_each_opens_the_own_view_and_may_switch(client, sold, east):
    program, seen = sold, {}
    for role in (Role.SPONSOR, Role.VP_SALES, Role.TEAM_LEAD, Role.VIEWER, Role.PARTICIPANT, Role.SALES_OPS):
        user = MembershipFactory(program=program, role=role, function=Function.SALES, team=east).user
        client.force_login(user)
        seen[role] = page(client, program).context["view"].audience
        for one in Audience:
            allowed = one != Audience.MANAGER or role not in {Role.VIEWER, Role.PARTICIPANT}
            assert page(client, program, f"?audience={one}").status_code == (200 if allowed else 403), (role, one)

    assert seen == {
        Role.SPONSOR: "executive", Role.VP_SALES: "sales", Role.TEAM_LEAD: "manager", Role.VIEWER: "program",
        Role.PARTICIPANT: "rep", Role.SALES_OPS: "program",
    }  # fmt: skip


def test_manager_reads_the_own_team_first(client, sold, east):
    client.force_login(MembershipFactory(program=sold, role=Role.TEAM_LEAD, team=east).user)

    assert page(client, sold).context["view"].team == east
    assert page(client, sold, "?audience=manager&team=").context["view"].team is None
    assert f"team={east.pk}".encode() in page(client, sold).content


def test_rep_reads_the_own_row_alone(client, sold, member):
    ann, ben = Rep.objects.order_by("key")
    participant = MembershipFactory(program=sold, role=Role.PARTICIPANT, function=Function.SALES)
    client.force_login(participant.user)
    records, api = reverse("adoption:records", args=[sold.slug]), f"/api/v1/programs/{sold.slug}/"
    assert b"Nobody has said which owner" in page(client, sold).content
    assert client.get(records).status_code == 403

    person = f"{api}reps/{ben.number}/person/"
    assert client.post(person, {"member": participant.pk}, content_type="application/json").status_code == 403
    client.force_login(member.user)
    said = client.post(person, {"member": participant.pk}, content_type="application/json")
    assert (said.status_code, said.json()["member"]) == (200, participant.pk)
    client.force_login(participant.user)

    assert AuditEntry.objects.filter(verb="rep.member_said").count() == 1
    own = page(client, sold)
    assert b"Deal 4" in own.content
    assert b"Deal 1" not in own.content
    assert [one.name for one, _ in client.get(records + "?kind=open").context["rows"]] == ["Deal 4"]
    assert client.get(records + f"?rep={ann.number}").status_code == 403
    assert client.get(reverse("adoption:reps", args=[sold.slug])).status_code == 403
    assert b"Rep 01" not in client.get(reverse("adoption:table", args=[sold.slug])).content
    assert client.get(f"{api}adoption-views/rep/").json()["numbers"][3]["value"] == "1"
    assert client.get(f"{api}adoption-views/rep/?rep={ann.number}").status_code == 403
    assert [one["name"] for one in client.get(f"{api}adoption-records/?kind=open").json()["results"]] == ["Deal 4"]


def test_numbers_are_the_same_on_the_page_in_the_file_and_over_rest(client, sold, member):
    client.force_login(member.user)
    csv = b"".join(
        client.get(reverse("adoption:audience-file", args=[sold.slug]) + "?audience=sales").streaming_content
    ).decode()
    said = client.get(f"/api/v1/programs/{sold.slug}/adoption-views/sales/").json()
    shown = page(client, sold, "?audience=sales")

    coverage = next(one for one in said["numbers"] if one["key"] == "adoption.coverage")
    assert (coverage["value"], coverage["text"], coverage["at_target"]) == ("3.20", "3.2×", True)
    assert '"Pipeline coverage","3.20"' in csv
    assert "3.2×" in shown.content.decode()
    assert client.get(f"/api/v1/programs/{sold.slug}/adoption-views/nobody/").status_code == 404


def test_records_are_listed_by_kind_field_and_rep_and_download(client, sold, member):
    client.force_login(member.user)
    url = reverse("adoption:records", args=[sold.slug])

    def listed(query):
        return [one.record_id[-1] for one, _ in client.get(url + query).context["rows"]]

    assert (listed("?kind=open"), listed("?kind=stalled"), listed("?kind=advanced")) == (["1", "4"], ["4"], ["1", "2"])
    assert (listed("?kind=missing&field=close_on"), listed("?kind=missing&field=amount")) == (["4"], [])
    assert (listed("?kind=committed"), listed("?kind=won"), listed("?kind=closed")) == (["1"], ["2"], ["2", "3"])
    text = b"".join(client.get(reverse("adoption:records-file", args=[sold.slug])).streaming_content).decode()
    assert '"Deal 4","Rep 02","West","Qualification","700.00","2026-05-01"' in text


def test_views_cost_few_queries(client, sold, member, django_assert_max_num_queries):
    client.force_login(member.user)

    for audience in Audience:
        with django_assert_max_num_queries(20):
            assert page(client, sold, f"?audience={audience}").status_code == 200


def test_view_without_any_data_says_what_to_import(client, member, program):
    client.force_login(member.user)

    for one in (Audience.MANAGER, Audience.SALES, Audience.EXECUTIVE, Audience.BOARD):
        content = page(client, program, f"?audience={one}").content.decode()
        assert "Nothing is measured yet" in content
        assert "import" in content or "entered" in content


@pytest.mark.parametrize(
    ("role", "function", "audience"),
    [
        (Role.PARTICIPANT, Function.FINANCE, "board"),
        (Role.VIEWER, Function.LEADERSHIP, "executive"),
        (Role.IT, Function.IT, "program"),
    ],
)
def test_audience_follows_role_then_function(role, function, audience):
    assert audience_of(MembershipFactory.build(role=role, function=function)) == audience


def test_money_has_room_in_a_tile():
    assert [money(one, "EUR") for one in (123_456_700, 1_200_000, 95_000)] == ["EUR 1.23 M", "EUR 12 k", "EUR 950"]


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ((None, None), "Coverage 1, win rate 2"),
        ((True, None), "Coverage: on target"),
        ((True, True), "All 2 numbers that have a target are on it"),
        ((True, False), "Win rate: off target"),
        ((False, False), "Coverage and win rate: off target"),
    ],
)
def test_finding_says_first_what_is_off_target(verdicts, sentence):
    labels = ("Coverage", "Win rate")
    numbers = [
        Number(label, label, Decimal(at), str(at), ok=ok)
        for at, (label, ok) in enumerate(zip(labels, verdicts, strict=True), start=1)
    ]

    assert View(Audience.BOARD, Scope(), numbers=numbers).finding == sentence
