"""The dashboard registry and leadership's monthly review of it (R12, D5)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmprogram.program import clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Program, Role
from crmprogram.web.shell import next_for
from governance import services
from governance.models import Dashboard, Kind, Meeting
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 8, 12, 12, tzinfo=UTC)


@pytest.fixture
def live(ops):
    """Live since 1 June 2026: reviews were due on 6 July and 3 August."""
    Program.objects.filter(pk=ops.program_id).update(go_live_on=date(2026, 6, 1))
    ops.program.refresh_from_db()
    return ops


def add(member, name="Pipeline by stage"):
    return services.add_dashboard(
        program=member.program, by=member.user, name=name, audience="VP Sales", decision="Which deals to coach"
    )


def review(member, period, is_held=True):
    with clock.at(TODAY):
        services.record_meeting(
            program=member.program, by=member.user, kind=Kind.DASHBOARDS, period=period, is_held=is_held
        )


def judged(member, at=TODAY):
    with clock.at(at):
        return examine(Look(Program.objects.get(pk=member.program_id)), "governance.dashboards", phase=4)


def test_dashboards_are_met_after_two_monthly_reviews(live):  # D5
    add(live)
    review(live, "2026-07")
    review(live, "2026-08")
    evidence = judged(live)

    assert (evidence.verdict, evidence.value, evidence.as_of) == (MET, 2, TODAY)
    assert evidence.summary == "1 dashboard registered; the last 2 monthly reviews held."


def test_dashboards_are_not_met_without_any(live):  # D5
    assert (judged(live).verdict, judged(live).summary) == (NOT_MET, "No dashboard is registered.")


def test_review_that_was_not_held_is_not_met(live):  # R12: unreviewed is a graveyard
    add(live)
    review(live, "2026-07")
    review(live, "2026-08", is_held=False)

    assert judged(live).verdict is NOT_MET


def test_review_that_nobody_recorded_cannot_be_told(live):  # G8
    add(live)
    review(live, "2026-08")

    assert judged(live).summary == "1 dashboard registered; 1 of the last 2 monthly reviews not recorded."
    assert judged(live).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 5, 31, 12, tzinfo=UTC), "The monthly review of dashboards begins after go-live."),
        (datetime(2026, 7, 8, 12, tzinfo=UTC), "1 dashboard registered; 1 of 2 monthly reviews were due so far."),
    ],
)
def test_dashboards_cannot_be_told_before_two_reviews_were_due(live, at, said):  # D5
    add(live)

    assert (judged(live, at).verdict, judged(live, at).summary) == (UNKNOWN, said)


def test_more_than_five_dashboards_warn(live):  # R12
    for number in range(6):
        add(live, f"Dashboard {number}")
    review(live, "2026-07")
    review(live, "2026-08")

    assert (judged(live).verdict, judged(live).watch) == (MET, True)


def test_dashboard_without_a_decision_is_refused(ops):  # R12
    with pytest.raises(Invalid):
        services.add_dashboard(program=ops.program, by=ops.user, name="KPIs", audience="All", decision=" ")
    assert not Dashboard.objects.exists()


def test_name_is_there_once_until_it_is_retired(ops):
    first = add(ops)
    with pytest.raises(Invalid):
        add(ops)
    services.retire_dashboard(dashboard=first, by=ops.user)
    services.retire_dashboard(dashboard=first, by=ops.user)

    assert add(ops).pk != first.pk


def test_viewer_registers_nothing(ops):
    viewer = MembershipFactory(program=ops.program, role=Role.VIEWER)
    with pytest.raises(NotYours):
        add(viewer)


def test_page_registers_and_retires(client, ops):
    client.force_login(ops.user)
    address = f"/p/{ops.program.slug}/dashboards/"
    body = {"name": "Pipeline by stage", "audience": "VP Sales", "decision": "Which deals to coach"}
    body["cadence"] = "weekly"
    made, again = client.post(address, body), client.post(address, body)
    dashboard = Dashboard.objects.get()
    shown = client.get(address).content.decode()
    retired = client.post(f"{address}{dashboard.pk}/retire/")

    assert (made.status_code, again.status_code, retired.status_code) == (303, 422, 303)
    assert "Which deals to coach" in shown
    assert Dashboard.objects.live().count() == 0


def test_dashboards_over_rest(client, ops, stranger):
    client.force_login(ops.user)
    address = f"/api/v1/programs/{ops.program.slug}/dashboards/"
    body = {"name": "Forecast", "audience": "Board", "decision": "Commit of the quarter"}
    made = client.post(address, body, content_type="application/json")
    retired = client.post(f"{address}{made.json()['id']}/retire/")

    assert (made.status_code, retired.status_code) == (201, 200)
    assert retired.json()["retired_at"]
    client.force_login(stranger.user)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 300])
def test_dashboard_list_costs_the_same(client, ops, count, django_assert_max_num_queries):
    client.force_login(ops.user)
    Dashboard.objects.bulk_create(
        Dashboard(program=ops.program, name=f"Dashboard {number}", audience="All", decision="None", added_by=ops.user)
        for number in range(count)
    )
    with django_assert_max_num_queries(5):  # session, user, program, membership, rows
        found = client.get(f"/api/v1/programs/{ops.program.slug}/dashboards/").json()["results"]
    assert len(found) == min(count, 50)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_meetings_cost_the_same(client, ops, count, django_assert_max_num_queries):
    client.force_login(ops.user)
    Meeting.objects.bulk_create(
        Meeting(
            program=ops.program,
            kind=Kind.PIPELINE,
            period=f"{2000 + number}-W10",
            due_on=date(2020, 3, 2),
            recorded_by=ops.user,
        )
        for number in range(count)
    )
    with django_assert_max_num_queries(7):  # session, user, program, membership, sponsorship, calendar, meetings
        answer = client.get(f"/api/v1/programs/{ops.program.slug}/meetings/").json()
    assert len(answer["recorded"]) == count


def board(member, at=TODAY):
    with clock.at(at):
        return Look(Program.objects.get(pk=member.program_id)).governance.boards[0]


@pytest.mark.parametrize(
    ("cadence", "on", "state"),
    [
        ("monthly", date(2026, 7, 20), "met"),
        ("monthly", date(2026, 7, 5), "watch"),
        ("monthly", date(2026, 6, 5), "unmet"),
        ("weekly", date(2026, 7, 20), "unmet"),
        ("quarterly", date(2026, 6, 5), "met"),
    ],
)
def test_dashboard_unreviewed_for_two_cadences_is_a_graveyard(live, cadence, on, state):  # R12
    with clock.at(datetime(2026, 6, 2, 12, tzinfo=UTC)):
        one = add(live)
        services.change_dashboard(dashboard=one, by=live.user, cadence=cadence, owner=None)
    with clock.at(TODAY):
        services.review_dashboard(dashboard=one, by=live.user, reviewed_on=on, decision="Coach two deals")

    assert board(live).state == state


def test_monthly_review_of_leadership_goes_through_every_dashboard(live):  # D5
    with clock.at(datetime(2026, 6, 2, 12, tzinfo=UTC)):
        add(live)
    assert board(live).is_grave
    review(live, "2026-08")

    assert (board(live).state, board(live).last_on) == ("met", date(2026, 8, 3))


def test_three_reviews_without_a_decision_bury_it(live):  # R12
    with clock.at(datetime(2026, 6, 2, 12, tzinfo=UTC)):
        one = add(live)
    with clock.at(TODAY):
        for day in (8, 9, 10):
            services.review_dashboard(dashboard=one, by=live.user, reviewed_on=date(2026, 8, day), note="Looked fine")
        buried = examine(Look(live.program), "governance.graveyard")
        services.review_dashboard(dashboard=one, by=live.user, reviewed_on=date(2026, 8, 12), decision="Drop a stage")
        dug_out = examine(Look(live.program), "governance.graveyard")

    assert (buried.verdict, buried.value) == (NOT_MET, 1)
    assert "3 reviews, no decision" in buried.summary
    assert dug_out.verdict is MET


def test_owner_of_a_dashboard_is_asked_and_records_its_review(client, live):
    owner = MembershipFactory(program=live.program, role=Role.VIEWER)
    other = MembershipFactory(program=live.program, role=Role.VIEWER)
    with clock.at(datetime(2026, 6, 2, 12, tzinfo=UTC)):
        one = add(live)
        services.change_dashboard(dashboard=one, by=live.user, cadence="weekly", owner=owner)
    address = f"/p/{live.program.slug}/dashboards/{one.pk}/"
    sent = {"do": "review", "reviewed_on": "2026-08-12", "decision": "Two deals are coached", "note": ""}
    with clock.at(TODAY):
        asked = [item.title for item in next_for(owner.user, live.program, Look(live.program))]
        client.force_login(other.user)
        assert client.post(address, sent).status_code == 403
        client.force_login(owner.user)
        assert client.post(address, {**sent, "decision": ""}).status_code == 422
        assert client.post(address, {**sent, "do": "change", "cadence": "monthly"}).status_code == 403
        assert client.post(address, sent).status_code == 303
        shown = client.get(address).content.decode()
        client.force_login(live.user)
        api = f"/api/v1/programs/{live.program.slug}/dashboards/{one.pk}/"
        again = client.post(
            f"{api}review/", {"reviewed_on": "2026-08-12", "note": "x"}, content_type="application/json"
        )
        listed = client.get(f"{api}reviews/").json()
        changed = client.patch(api, {"cadence": "monthly", "owner": None}, content_type="application/json")

    assert "Review the dashboard “Pipeline by stage”" in asked
    assert "Two deals are coached" in shown
    assert (again.status_code, [row["decision"] for row in listed]) == (400, ["Two deals are coached"])
    assert (changed.status_code, changed.json()["cadence"], changed.json()["reviewed_on"]) == (
        200, "monthly", "2026-08-12",
    )  # fmt: skip
