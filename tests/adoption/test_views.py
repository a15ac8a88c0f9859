"""The pages of adoption: import, reps, dashboard, escalation and its answer."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.templatetags.static import static
from django.urls import reverse

from adoption.models import ActivityWeek, Counting, Escalation, EscalationState, Rep, RepState
from crmprogram.program import clock
from crmprogram.program.models import Role
from crmprogram.web.finders import packaged_path
from phases.models import Fact, FieldRule
from tests.factories import MembershipFactory

LIVE = date(2026, 5, 4)  # a Monday, as in conftest
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
PAGES = ["dashboard", "table", "targets", "escalations", "reps", "imports", "results", "definitions"]


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def rows(owner, days, first):
    made = []
    for n, day in enumerate(days):
        at = f"{LIVE + timedelta(days=day)} 09:{n % 60:02d}"
        made.append([first + n, "Call", owner, at, at, ""])
    return made


@pytest.fixture
def vp(program):
    return MembershipFactory(program=program, role=Role.VP_SALES)


@pytest.fixture
def slipping(east, settle, count, vp):
    """Two reps: one logs every working day of four weeks, one on half of them; daily active is 70 %."""
    settle(east, "ann", "ben")
    working = [n for n in range(26) if n % 7 < 5]
    return count([*rows("ann", working, 1), *rows("ben", [n for n in working if n % 7 in {0, 4}], 100)])


def url(program, name, *args):
    return reverse(f"adoption:{name}", args=[program.slug, *args])


@pytest.mark.parametrize("name", PAGES)
def test_page_stands_before_there_is_any_data(client, member, name):
    client.force_login(member.user)

    assert client.get(url(member.program, name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_page_stands_with_data(client, member, slipping, name):
    client.force_login(member.user)

    assert client.get(url(member.program, name)).status_code == 200


def test_dashboard_says_the_latest_week_and_its_figures(client, member, slipping):
    client.force_login(member.user)

    page = client.get(url(member.program, "dashboard"))

    assert b"Adoption, week 22" in page.content
    assert b"70%" in page.content
    assert b"14 of 20 rep-days" not in page.content  # one week alone: 7 of 10
    assert b"7 of 10 rep-days" in page.content
    assert b"Rep 01" not in page.content


def test_dashboard_of_one_team_shows_that_team(client, member, slipping, east, west):
    client.force_login(member.user)

    page = client.get(url(member.program, "dashboard") + f"?team={east.pk}&weeks=6")

    assert page.context["scope"] == f"team:{east.pk}"
    assert page.context["count"] == 6


@pytest.mark.parametrize("query", ["?team=x&weeks=7", "?team=99999999999999999999", "?weeks=-1"])
def test_dashboard_ignores_a_query_that_is_nothing(client, member, query):
    client.force_login(member.user)

    page = client.get(url(member.program, "dashboard") + query)

    assert (page.status_code, page.context["team"], page.context["count"]) == (200, None, 12)


def test_table_names_reps_by_code(client, member, slipping):
    client.force_login(member.user)

    page = client.get(url(member.program, "table"))

    assert b"Rep 01" in page.content
    assert b">ann<" not in page.content


def test_weeks_are_a_file(client, member, slipping):
    client.force_login(member.user)

    text = b"".join(client.get(url(member.program, "table-file")).streaming_content).decode()

    assert '"2026-W22","Daily active","all","7","10","yes",""' in text
    assert "Rep 02" in text


def test_upload_is_counted_from_its_page(client, member, east, settle, upload, django_capture_on_commit_callbacks):
    settle(east, "ann")
    file = upload(rows("ann", range(5), 1))
    client.force_login(member.user)
    assert file.code.encode() in client.get(url(member.program, "imports")).content

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url(member.program, "import", file.number), {})

    assert answer.status_code == 303
    page = client.get(url(member.program, "import", file.number))
    assert b"5 of 5 rows are activity" in page.content


def test_import_asks_for_the_order_of_its_dates(client, member, upload):
    file = upload([[1, "Call", "ann", "04/05/2026 10:00", "04/05/2026 10:00", ""]])
    client.force_login(member.user)

    answer = client.post(url(member.program, "import", file.number), {})

    assert answer.status_code == 409
    assert b"can be read in two ways" in answer.content
    assert not Counting.objects.exists()


def test_owners_are_settled_by_ticking_them(client, member, east, count, django_capture_on_commit_callbacks):
    count([*rows("ann", range(5), 1), *rows("sync bot", range(5), 100)])
    ann, bot = Rep.objects.order_by("key")
    client.force_login(member.user)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(member.program, "reps"), {"rep": [ann.pk], "team": east.pk, "do": "team"})
        client.post(url(member.program, "reps"), {"rep": [bot.pk], "reason": "Integration user", "do": "exclude"})

    ann.refresh_from_db()
    bot.refresh_from_db()
    assert (ann.state, ann.team, bot.state, bot.team) == (RepState.COUNTED, east, RepState.EXCLUDED, None)
    week = Fact.objects.get(key="adoption.weekly", scope="all", period="2026-W19")
    assert (week.numerator, week.denominator) == (1, 1)


def test_nobody_is_excluded_without_a_reason(client, member, count):
    count(rows("ann", range(5), 1))
    client.force_login(member.user)

    answer = client.post(url(member.program, "reps"), {"rep": [Rep.objects.get().pk], "do": "exclude"})

    assert answer.status_code == 422
    assert Rep.objects.get().state == RepState.UNKNOWN


def test_leave_of_a_rep_is_not_due(client, member, slipping, django_capture_on_commit_callbacks):
    ben = Rep.objects.get(key="ben")
    client.force_login(member.user)
    days = {"first_on": "2026-05-05", "last_on": "2026-05-07", "do": "absence"}

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url(member.program, "rep", ben.number), days)

    assert answer.status_code == 303
    week = Fact.objects.get(key="adoption.daily", scope="all", period="2026-W19")
    assert (week.numerator, week.denominator) == (7, 7)
    assert client.get(url(member.program, "rep", ben.number)).status_code == 200


def test_escalation_is_acknowledged_from_the_dashboard(client, member, slipping, vp):
    one = Escalation.objects.get(key="adoption.daily")
    assert one.state == EscalationState.ESCALATED
    client.force_login(vp.user)
    page = client.get(url(member.program, "dashboard"), {"audience": "program"})
    assert f'action="{one.get_absolute_url()}"'.encode() in page.content

    plan = {"plan": "Walk the floor with the team every morning.", "owner": member.pk, "due_on": "2026-06-12"}
    answer = client.post(one.get_absolute_url(), plan)

    one.refresh_from_db()
    assert (answer.status_code, one.state, one.owner) == (303, EscalationState.ACKNOWLEDGED, member)
    assert b"owns the plan" in client.get(url(member.program, "dashboard"), {"audience": "program"}).content


def test_acknowledgement_needs_a_plan(client, slipping, vp, member):
    one = Escalation.objects.get(key="adoption.daily")
    client.force_login(vp.user)

    answer = client.post(one.get_absolute_url(), {"plan": "ok", "owner": member.pk, "due_on": "2026-06-12"})

    assert answer.status_code == 422
    assert answer.context["form"]["plan"].value() == "ok"  # nothing is lost
    one.refresh_from_db()
    assert one.state == EscalationState.ESCALATED


def test_sales_ops_sees_the_escalation_and_may_not_acknowledge(client, member, slipping):
    one = Escalation.objects.get(key="adoption.daily")
    client.force_login(member.user)

    assert client.get(one.get_absolute_url()).status_code == 200
    assert client.post(one.get_absolute_url(), {"plan": "Something else.", "owner": member.pk}).status_code == 403


def test_fields_and_days_off_are_set_on_one_page(client, member, slipping, django_capture_on_commit_callbacks):
    client.force_login(member.user)
    page = url(member.program, "targets")

    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, {"do": "fields", "fields": ["close_on", "amount"]})
        client.post(page, {"do": "holiday", "day": "2026-05-14", "name": "Ascension"})

    assert set(FieldRule.objects.values_list("field", flat=True)) == {"close_on", "amount"}
    assert Fact.objects.get(key="adoption.daily", scope="all", period="2026-W20").denominator == 8


def test_fields_are_required_of_each_object(client, member):
    client.force_login(member.user)
    page = url(member.program, "targets")
    assert b'value="email"' in client.get(page + "?object=contact").content

    client.post(page, {"do": "fields", "object": "contact", "fields": ["email"]})

    assert list(FieldRule.objects.values_list("object", "field")) == [("contact", "email")]
    assert client.get(page + "?object=nothing").context["kind"] == "deal"


def test_doubtful_week_is_confirmed_with_a_note(client, member, slipping):
    week = ActivityWeek.objects.get(period="2026-W22")
    ActivityWeek.objects.filter(pk=week.pk).update(doubt="3 of 6 reps are missing.")
    client.force_login(member.user)
    page = url(member.program, "week", "2026-W22")
    assert b"3 of 6 reps are missing." in client.get(page).content

    assert client.post(page, {"note": ""}).status_code == 422
    ActivityWeek.objects.filter(pk=week.pk).update(doubt="3 of 6 reps are missing.")
    assert client.post(page, {"note": "Checked with the team."}).status_code == 303


@pytest.mark.parametrize("name", PAGES)
def test_stranger_finds_no_page(client, member, stranger, name):
    client.force_login(stranger.user)

    assert client.get(url(member.program, name)).status_code == 404


@pytest.fixture
def stranger(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.mark.parametrize("reps", [1, 3, 30])
def test_pages_cost_the_same_for_any_number_of_reps(
    client, member, east, settle, count, reps, django_assert_max_num_queries
):
    settle(east, *[f"owner {n}" for n in range(reps)])
    count([row for n in range(reps) for row in rows(f"owner {n}", range(5), 100 * n)])
    client.force_login(member.user)

    for name, most in (("dashboard", 25), ("table", 22), ("reps", 22)):
        with django_assert_max_num_queries(most):
            client.get(url(member.program, name))


def test_trend_is_loaded_where_it_is_drawn_and_nowhere_else(client, member, slipping):
    client.force_login(member.user)
    script = static("plotly/plotly.min.js").encode()

    assert script in client.get(url(member.program, "dashboard")).content
    assert script not in client.get(url(member.program, "table")).content


def test_page_tells_plotly_that_its_styles_are_there(client, member, slipping):
    """Plotly looks for these ids before it writes style elements, which the policy refuses."""
    client.force_login(member.user)
    page = client.get(url(member.program, "dashboard")).content.decode()
    plotly = packaged_path("plotly/plotly.min.js").read_text()
    maps = re.search(r'name="map-styles" content="none" id="([0-9a-f]+)"', page)[1]

    assert f'document.getElementById("{maps}")' in plotly
    assert 'id="plotly.js-style-global" class="no-inline-styles"' in page
    assert '"plotly.js-style-"' in plotly
    assert ".no-inline-styles" in plotly


def test_trend_has_its_numbers_beside_it(client, member, slipping):
    client.force_login(member.user)

    page = client.get(url(member.program, "dashboard"))

    chart = page.context["chart"]
    assert [(str(row["week"]), [one.share.part for one in row["points"]]) for row in chart["rows"]][:2] == [
        ("2026-W23", [0, 0]),
        ("2026-W22", [7, 2]),
    ]
    assert b'id="trend-figure" type="application/json"' in page.content


def test_viewer_is_offered_nothing_that_is_not_theirs(client, program):
    client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)

    for name in ("dashboard", "reps"):
        assert b"Count an export" not in client.get(url(program, name)).content
    assert b"Look at the reps" in client.get(url(program, "dashboard")).content


def test_viewer_looks_at_a_file_that_others_count(client, program, upload):
    file = upload(rows("ann", range(5), 1))
    client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)

    page = client.get(url(program, "imports")).content.decode()

    assert f"Look at {file.code}" in page
    assert f"Count {file.code}" not in page


def test_log_leaves_out_a_watch_that_came_to_nothing(client, member, slipping):
    told = Escalation.objects.get(key="adoption.daily")
    Escalation.objects.create(
        program=member.program, number=90, key="adoption.stale", scope="all", state="recovered", target=10,
        ended_at=NOW,
    )  # fmt: skip
    client.force_login(member.user)

    rows = client.get(url(member.program, "escalations")).context["rows"]

    assert told in rows
    assert 90 not in [one.number for one in rows]
