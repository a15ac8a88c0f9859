"""Adoption over REST: import, weeks, escalation and its answer, by the same services."""

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import Escalation, EscalationState, Rep
from crmprogram.program import clock
from crmprogram.program.models import Role
from tests.factories import MembershipFactory, TeamFactory

LIVE = date(2026, 5, 4)
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


@pytest.fixture
def call(client, member, django_capture_on_commit_callbacks):
    """Ask the API as Sales Ops, or as `who`; what was enqueued is done."""

    def ask(method, path, data=None, who=None):
        client.force_login((who or member).user)
        url = f"/api/v1/programs/{member.program.slug}/{path}"
        with django_capture_on_commit_callbacks(execute=True):
            return getattr(client, method)(url, data, content_type="application/json")

    return ask


def rows(owner, days, first=1):
    stamps = [f"{LIVE + timedelta(days=day)} 09:{n:02d}" for n, day in enumerate(days)]
    return [[first + n, "Call", owner, at, at, ""] for n, at in enumerate(stamps)]


def test_import_to_acknowledgement_over_rest(call, member, east, upload):
    vp = MembershipFactory(program=member.program, role=Role.VP_SALES)
    entered = call("post", "reps/", {"reps": [{"key": "Ann", "team": east.pk}]})
    assert [one["code"] for one in entered.json()] == ["Rep 01"]

    file = upload(rows("ann", [0, 4, 7, 11]))
    started = call("post", "adoption-imports/", {"upload": file.number})
    assert started.status_code == 202
    counted = call("get", f"adoption-imports/{file.number}/").json()
    assert (counted["state"], counted["counts"]["kinds"]) == ("done", {"call": 4})

    facts = call("get", "activity-weeks/facts/?scope=all").json()["results"]
    daily = [one for one in facts if one["metric"] == "adoption.daily"]
    assert [(one["week"], one["numerator"], one["denominator"], one["at_target"]) for one in daily] == [
        ("2026-W20", 2, 5, False),
        ("2026-W19", 2, 5, False),
    ]

    found = call("get", "escalations/").json()["results"]
    number = next(one["number"] for one in found if one["key"] == "adoption.daily")
    plan = {"plan": "Walk the floor every morning.", "owner": member.pk, "due_on": "2030-01-07"}
    assert call("post", f"escalations/{number}/acknowledge/", plan).status_code == 403
    answered = call("post", f"escalations/{number}/acknowledge/", plan, who=vp)
    assert (answered.status_code, answered.json()["state"]) == (200, "acknowledged")
    again = call("post", f"escalations/{number}/acknowledge/", plan, who=vp)
    assert (again.status_code, again.json()["code"]) == (409, "escalation_refused")
    assert Escalation.objects.get(number=number).state == EscalationState.ACKNOWLEDGED
    changed = plan | {"plan": "Walk the floor twice a day.", "reason": "Mornings were not enough."}
    assert call("post", f"escalations/{number}/plan/", changed, who=vp).json()["plan"] == changed["plan"]
    said = call("post", f"escalations/{number}/comment/", {"text": "East is on leave next week."}).json()["notes"]
    assert [(one["kind"], one["by"]["id"]) for one in said] == [("plan", vp.user.pk), ("comment", member.user.pk)]
    assert call("post", f"escalations/{number}/close/", {"outcome": "It is all good now."}).status_code == 409
    assert [one["number"] for one in call("get", "escalations/?state=acknowledged").json()["results"]] == [number]


def test_dates_in_doubt_answer_409_with_the_question(call, upload):
    file = upload([[1, "Call", "ann", "04/05/2026 10:00", "04/05/2026 10:00", ""]])

    answer = call("post", "adoption-imports/", {"upload": file.number})

    assert (answer.status_code, answer.json()["code"]) == (409, "import_refused")


def test_reps_are_settled_changed_and_given_leave(call, east, count):
    count(rows("ann", range(5)))
    rep = Rep.objects.get()

    assert call("post", "reps/settle/", {"reps": [rep.pk], "excluded": True}).status_code == 400
    assert call("post", "reps/settle/", {"reps": [rep.pk], "team": east.pk}).json()[0]["state"] == "counted"
    changed = call("patch", f"reps/{rep.number}/", {"starts_on": "2026-05-06"})
    assert changed.json()["starts_on"] == "2026-05-06"
    away = call("post", f"reps/{rep.number}/absences/", {"first_on": "2026-05-07", "last_on": "2026-05-07"}).json()
    assert call("delete", f"reps/{rep.number}/absences/{away['absences'][0]['id']}/").status_code == 204


def test_team_of_another_program_is_not_there(call, count):
    count(rows("ann", range(5)))

    answer = call("post", "reps/settle/", {"reps": [Rep.objects.get().pk], "team": TeamFactory().pk})

    assert answer.status_code == 400


def test_targets_fields_and_days_off_over_rest(call):
    assert call("post", "adoption-targets/", {"key": "adoption.daily", "value": "85.0"}).json()["value"] == "85.0"
    assert call("post", "adoption-targets/", {"key": "adoption.daily", "value": "86.0"}).json()["value"] == "86.0"
    assert len(call("get", "adoption-targets/").json()["results"]) == 1
    tried = call("post", "adoption-targets/try/", {"key": "adoption.daily", "value": "99.0"})
    assert tried.json() == {
        "of": 26, "trials": [{"scope": "all", "name": "All reps", "measured": 0, "episodes": []}]
    }  # fmt: skip
    assert [one["value"] for one in call("get", "adoption-targets/history/").json()["results"]] == ["86.0", "85.0"]
    assert call("get", "adoption-targets/").json()["results"][0]["value"] == "86.0"
    fields = call("post", "adoption-targets/fields/", {"object": "deal", "fields_required": ["amount"]})
    assert fields.json() == {"object": "deal", "fields_required": ["amount"]}
    assert call("post", "adoption-targets/fields/", {"object": "deal", "fields_required": ["x"]}).status_code == 400
    assert call("post", "holidays/", {"day": "2026-05-14", "name": "Ascension"}).json()["team"] is None


def test_stranger_finds_nothing(call, member):
    stranger = MembershipFactory(role=Role.SALES_OPS)

    for path in ("reps/", "adoption-imports/", "activity-weeks/", "escalations/", "adoption-targets/", "holidays/"):
        assert call("get", path, who=stranger).status_code == 404


@pytest.mark.parametrize("reps", [1, 3, 300])
def test_list_of_reps_costs_the_same(client, member, east, settle, reps, django_assert_max_num_queries):
    settle(east, *[f"owner {n}" for n in range(reps)])
    client.force_login(member.user)

    with django_assert_max_num_queries(8):
        page = client.get(f"/api/v1/programs/{member.program.slug}/reps/").json()

    assert [one["number"] for one in page["results"]] == list(range(1, min(reps, 50) + 1))
