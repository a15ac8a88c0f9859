"""Activity events pushed over REST: idempotent by source id, counted as a file is (M5, M9)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import Activity, ActivityWeek, Counting
from crmprogram.intake.models import Upload
from crmprogram.jobs import services as jobs
from crmprogram.program import clock
from crmprogram.program.models import Role
from phases.models import Fact
from tests.factories import MembershipFactory, ProgramFactory

LIVE = date(2026, 5, 4)
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


@pytest.fixture
def push(client, member, django_capture_on_commit_callbacks):
    """Push events as Sales Ops, or as `who`; what was enqueued is done."""

    def send(events, who=None, status=202, system="hubspot", program=None):
        client.force_login((who or member).user)
        url = f"/api/v1/programs/{(program or member.program).slug}/activity-events/"
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(url, {"system": system, "events": events}, content_type="application/json")
        assert answer.status_code == status, answer.content
        jobs.work_off()
        return answer.json()

    return send


def event(number, day=0, owner="ann", **more):
    at = f"{LIVE + timedelta(days=day)}T09:{number % 60:02d}:00+02:00"
    return {
        "source_id": str(number), "kind": "call", "owner": owner, "occurred_at": at, "logged_at": at, "updated_at": at,
        **more,
    }  # fmt: skip


def account(answer):
    counting = Counting.objects.get(pk=answer["counting"]["id"])
    assert counting.finished_at, counting.job.error
    return counting


def figures(program):
    weeks = ActivityWeek.objects.of(program).values_list("period", "rows", "is_complete", "doubt")
    facts = Fact.objects.of(program).filter(key__startswith="adoption.")
    return sorted(weeks), sorted(facts.values_list("key", "scope", "period", "numerator", "denominator"))


def test_batch_is_an_import_with_its_account(push, client, member, east, settle):
    settle(east, "ann")

    answer = push([event(1), event(2, 1), event(3, 2, status="open")])

    counting = account(answer)
    assert (answer["accepted"], answer["refused"]) == (3, [])
    assert (counting.upload.format_slug, counting.clock) == ("api", "logged")
    assert (counting.counts["kinds"], counting.counts["why"]) == ({"call": 2}, {"open": 1})
    assert counting.weeks == ["2026-W19"]
    assert set(Activity.objects.values_list("source", "event_id")) == {("api", f"hubspot:{n}") for n in (1, 2, 3)}
    page = client.get(f"/p/{member.program.slug}/adoption/imports/").content.decode()
    assert counting.upload.name in page


def test_same_batch_twice_equals_once(push, program, east, settle):
    settle(east, "ann")
    batch = [event(n, n) for n in range(5)]
    first = push(batch)
    once, rows = figures(program), list(Activity.objects.values())

    again = push(batch)

    assert again["counting"]["id"] == first["counting"]["id"]
    assert (figures(program), list(Activity.objects.values())) == (once, rows)
    assert Upload.objects.count() == 1
    overlap = account(push([*batch[3:], event(9, 7)]))
    assert overlap.counts["stored"] == {"new": 1, "changed": 0, "same": 2, "older": 0}


def test_split_and_reordered_batches_give_the_weeks_of_one(push, member, east, settle):
    settle(east, "ann", "bea")
    batch = [event(n, n // 2, owner=("ann", "bea")[n % 2]) for n in range(20)]
    corrected = event(4, 9, owner="bea", updated_at="2026-05-20T08:00:00+02:00")
    for part in ([corrected, *batch[15:]], batch[:7][::-1], batch[5:15]):
        account(push(part))
    split, kept = figures(member.program), sorted(Activity.objects.values_list("event_id", "rep", "logged_at"))

    Activity.objects.all().delete()
    Counting.objects.all().delete()
    ActivityWeek.objects.all().delete()
    Fact.objects.all().delete()
    account(push([*batch, corrected]))

    assert sorted(Activity.objects.values_list("event_id", "rep", "logged_at")) == kept
    assert len(kept) == 20
    assert figures(member.program) == split


def test_event_updated_later_is_corrected_and_one_updated_before_is_not(push):
    push([event(1)])

    corrected = account(push([event(1, 8, owner="bea", updated_at="2026-05-13T08:00:00+02:00")]))
    late = account(push([event(1, 3)]))

    assert corrected.counts["stored"] == {"new": 0, "changed": 1, "same": 0, "older": 0}
    assert corrected.weeks == ["2026-W19", "2026-W20"]
    assert late.counts["stored"]["older"] == 1
    assert Activity.objects.get().rep.key == "bea"


def test_deleted_event_stops_counting(push):
    push([event(1)])

    push([event(1, is_deleted=True, updated_at="2026-05-13T08:00:00+02:00")])

    assert Activity.objects.get().why_not == "deleted"


def test_same_id_of_two_systems_is_two_events(push):
    push([event(1)])
    push([event(1)], system="salesforce-emea")

    assert Activity.objects.count() == 2


def test_bad_events_are_answered_and_good_ones_counted(push):
    answer = push(
        [
            event(1, logged_at="04/05/2026"),
            event(2),
            event(3, kind="fax"),
            "call",
            event(4, owner="None"),
            event(5, logged_at="2026-07-01T09:00:00Z"),
            event(6, logged_at="2026-05-04T09:00:00"),
            {key: value for key, value in event(7).items() if key != "updated_at"},
        ]
    )

    assert answer["accepted"] == 1
    assert [(one["index"], one["field"], one["value"], one["code"]) for one in answer["refused"]] == [
        (0, "logged_at", "04/05/2026", "no_moment"),
        (2, "kind", "fax", "invalid_choice"),
        (3, "", "call", "invalid"),
        (4, "owner", "None", "owner.missing"),
        (5, "logged_at", "2026-07-01T09:00:00+00:00", "date.future"),
        (6, "logged_at", "2026-05-04T09:00:00", "no_moment"),
        (7, "updated_at", None, "required"),
    ]
    assert "such as 2026-05-04T09:30:00+02:00" in answer["refused"][0]["detail"]
    assert account(answer).counts["rows"] == 1


@pytest.mark.parametrize("value", ["\ud800", 1.5, [1], {}, None, 7, "x" * 300])
def test_any_value_is_answered(push, value):
    (refused,) = push([event(1, kind=value)], status=422)["refused"]

    assert (refused["index"], refused["field"]) == (0, "kind")


def test_nothing_good_keeps_nothing(push):
    answer = push([event(1, kind="fax")], status=422)

    assert (answer["accepted"], answer["counting"], len(answer["refused"])) == (0, None, 1)
    assert not Upload.objects.exists()


def test_push_without_events_or_with_too_many_is_invalid(push):
    assert push([], status=400)["fields"].keys() == {"events"}
    assert push([event(1)] * 1001, status=400)["fields"].keys() == {"events"}
    assert push([event(1)], status=400, system="Hub Spot")["fields"].keys() == {"system"}


def test_who_may_not_import_may_not_push(push, member):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)

    push([event(1)], who=viewer, status=403)
    push([event(1)], program=ProgramFactory(), status=404)

    assert not Upload.objects.exists()
