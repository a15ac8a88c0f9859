"""Checkpoints on day 30, 60, 90 and 180 of a wave against what was before it (M12)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from adoption.errors import CheckpointRefused
from adoption.milestones import OF_DAY, verdict_of
from adoption.models import Baseline, Checkpoint, CrmRecord, LoginDay
from adoption.queries.checkpoints import open_standings
from adoption.services.checkpoints import enter_baseline, hold_checkpoint, store_baselines
from adoption.services.figures import enter_figure
from adoption.services.signals import recompute_logins
from crmprogram.program import clock
from crmprogram.program.errors import Invalid
from crmprogram.program.models import AuditEntry, Role
from crmprogram.web.shell import next_for
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from tests.factories import MembershipFactory

LIVE = date(2026, 5, 4)  # of the teams in conftest


def on(day):
    return clock.at(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=10))


@pytest.fixture
def wave(program, east, settle):
    """Wave 1 with two reps."""
    with on(date(2026, 4, 20)):
        return settle(east, "ann", "bob")


def deal(program, rep, n, **values):
    given = {"outcome": "won", "amount": 100_00, "created_on": date(2026, 2, 1), "as_of": date(2026, 8, 30)} | values
    return CrmRecord.objects.create(
        program=program, object="deal", source="salesforce", record_id=str(n), rep=rep, **given
    )


def page(program):
    return reverse("adoption:checkpoints", args=[program.slug])


@pytest.mark.parametrize(("ticked", "verdict", "value"), [(8, MET, "80"), (7, NOT_MET, "70")])
def test_day_30_reads_logins_of_the_whole_weeks_since_go_live(program, wave, ticked, verdict, value):
    ann, bob = wave
    days = [date(2026, 5, 25) + timedelta(days=n) for n in range(5)]  # W22
    LoginDay.objects.bulk_create(
        LoginDay(program=program, rep=rep, day=day) for rep, day in [(r, d) for r in (ann, bob) for d in days][:ticked]
    )
    LoginDay.objects.create(program=program, rep=ann, day=date(2026, 4, 29))  # before go-live
    with on(date(2026, 6, 5)):
        recompute_logins(program)
        found = examine(Look(program), "checkpoint.logins", wave=1, day=30)

    assert (found.verdict, str(found.value)) == (verdict, value)


def test_day_60_needs_more_than_its_threshold(program, member, wave):
    with on(date(2026, 7, 6)):
        before = examine(Look(program), "checkpoint.sync", wave=1, day=60)
        enter_figure(
            program=program, by=member.user, key="sync_success", period="2026-04", value=Decimal("99.9"), source="Log"
        )
        old = examine(Look(program), "checkpoint.sync", wave=1, day=60)
        enter_figure(
            program=program, by=member.user, key="sync_success", period="2026-06", value=Decimal("99.5"), source="Log"
        )
        now = examine(Look(program), "checkpoint.sync", wave=1, day=60)

    assert [one.verdict for one in (before, old, now)] == [UNKNOWN, UNKNOWN, NOT_MET]
    assert "Enter the share of a month" in before.closing


def test_lift_is_told_against_the_stored_baseline(program, member, wave):
    ann, _ = wave
    deal(program, ann, 1, closed_on=date(2026, 4, 1))
    deal(program, ann, 2, closed_on=date(2026, 4, 2), outcome="lost")
    with on(date(2026, 4, 30)):
        stored, short = store_baselines(program=program, by=member.user, wave=1)
    assert {one.key: one.value for one in stored}["checkpoint.conversion"] == 50
    assert {one.key for one, _ in short} == {"checkpoint.lead_response", "checkpoint.retention"}
    deal(program, ann, 3, closed_on=date(2026, 10, 1), as_of=date(2026, 10, 30))
    with on(LIVE + timedelta(days=181)):
        look = Look(program)
        verdicts = [str(examine(look, key, wave=1, day=180).verdict) for key in OF_DAY[180].keys]
        found = examine(look, "checkpoint.conversion", wave=1, day=180)

    assert verdicts == ["met", "unknown", "not_met"]
    assert verdict_of(OF_DAY[180], verdicts) == "met"
    assert (found.value, found.threshold) == (100, Decimal("52.5"))
    assert AuditEntry.objects.filter(verb="baseline.stored").count() == 3


def test_velocity_is_open_deals_times_win_rate_times_value_over_cycle(program, wave):
    ann, _ = wave
    deal(program, ann, 1, closed_on=date(2026, 7, 1), lead_on=date(2026, 6, 1))
    deal(program, ann, 2, closed_on=date(2026, 7, 2), outcome="lost")
    for n in (3, 4, 5):
        deal(program, ann, n, outcome="open", amount=None)
    deal(program, ann, 6, closed_on=date(2026, 9, 1), created_on=date(2026, 3, 1))  # open on the day that is asked
    with on(LIVE + timedelta(days=90)):
        found = examine(Look(program), "checkpoint.velocity", wave=1, day=90)

    assert found.verdict is UNKNOWN, "without a baseline nothing is compared"
    assert found.value == round(Decimal(4 * 10_000) / 2 / 30, 4)


def test_baseline_is_frozen_from_go_live_on(program, member, wave):
    given = {"program": program, "by": member.user, "wave": 1, "key": "checkpoint.retention", "source": "Finance"}
    with on(date(2026, 4, 30)):
        with pytest.raises(Invalid):
            enter_baseline(**given, value=Decimal(90), measured_on=LIVE)
        enter_baseline(**given, value=Decimal(90), measured_on=date(2026, 4, 1))
        enter_baseline(**given, value=Decimal(91), measured_on=date(2026, 4, 30))
    with on(LIVE):
        with pytest.raises(CheckpointRefused):
            enter_baseline(**given, value=Decimal(80), measured_on=date(2026, 4, 30), note="better")
        with pytest.raises(Invalid):
            enter_baseline(**{**given, "key": "checkpoint.velocity"}, value=Decimal(5), measured_on=date(2026, 4, 30))
        late = enter_baseline(
            **{**given, "key": "checkpoint.velocity"}, value=Decimal(5), measured_on=date(2026, 4, 30), note="Forgotten"
        )

    assert [late.is_late, late.value] == [True, 500]
    assert Look(program).checkpoints.baselines[1, "checkpoint.retention"].value == 91
    assert Baseline.objects.of(program).count() == 3


def test_checkpoint_is_held_once_from_its_day_and_its_readings_stay(client, program, member, wave):
    given = {"program": program, "by": member.user, "wave": 1, "day": 60, "comment": "Two runs failed."}
    with on(LIVE + timedelta(days=59)), pytest.raises(CheckpointRefused):
        hold_checkpoint(**given)
    with on(LIVE + timedelta(days=61)):
        assert [one.milestone.day for one in open_standings(Look(program))] == [30, 60]
        assert any("day-60" in one.title for one in next_for(member.user, program, Look(program)))
        assert examine(Look(program), "adoption.checkpoints").verdict is NOT_MET  # day 30 is late
        enter_figure(
            program=program, by=member.user, key="sync_success", period="2026-06", value=Decimal("99"), source="Log"
        )
        client.force_login(member.user)
        sent = {"wave": 1, "day": 60, "do": "hold", "comment": "Two runs failed.", "next_step": "Retry rule"}
        assert client.post(page(program), {**sent, "comment": " "}).status_code == 422
        assert client.post(page(program), sent).status_code == 303
        enter_figure(
            program=program, by=member.user, key="sync_success", period="2026-06", value=Decimal("100"), source="Log"
        )
        with pytest.raises(CheckpointRefused):
            hold_checkpoint(**given)
        text = client.get(page(program)).content.decode()
    kept = Checkpoint.objects.get()

    assert (kept.verdict, kept.readings[0]["value"]) == ("not_met", "99")
    assert "99.0%" in text
    assert "100.0%" not in text
    assert AuditEntry.objects.get(verb="checkpoint.held").note == "Two runs failed."


def test_all_that_was_due_is_held(program, member, wave):
    with on(LIVE + timedelta(days=30)):
        assert examine(Look(program), "adoption.checkpoints", wave=1).verdict is UNKNOWN
        hold_checkpoint(program=program, by=member.user, wave=1, day=30, comment="No login export.")
        found = examine(Look(program), "adoption.checkpoints", wave=1)
        text = Checkpoint.objects.get().readings[0]["closing"]

    assert (found.verdict, found.watch, found.value) == (MET, True, 1)
    assert text == "Count the CRM's login export."


def test_checkpoint_from_before_the_program_is_nobodys_delay(client, program, member, wave):
    program.starts_on = LIVE + timedelta(days=45)  # a rescue: the CRM had been live for six weeks
    program.save()
    client.force_login(member.user)

    with on(LIVE + timedelta(days=75)):
        asked = [one.milestone.day for one in open_standings(Look(program))]
        text = client.get(page(program)).content.decode()
        hold_checkpoint(program=program, by=member.user, wave=1, day=30, comment="From the exports of the time.")

    assert asked == [60]
    assert text.count("Before this program") == 1
    assert Checkpoint.objects.get().day == 30


def test_checkpoints_cannot_tell_when_all_lay_before_the_program(program, wave):
    program.starts_on, program.go_live_on = LIVE + timedelta(days=400), LIVE + timedelta(days=500)
    program.save()

    with on(LIVE + timedelta(days=401)):
        found = examine(Look(program), "adoption.checkpoints", wave=1)

    assert (found.verdict, found.summary) == (UNKNOWN, "Every checkpoint lay before this program began.")


def test_rights_of_checkpoints_on_the_page_and_over_rest(client, program, member, wave):
    api = f"/api/v1/programs/{program.slug}/checkpoints/"
    sent = {"wave": 1, "day": 30, "comment": "Read."}
    with on(LIVE + timedelta(days=31)):
        client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)
        assert client.post(page(program), {**sent, "do": "hold"}).status_code == 403
        assert client.post(api, sent, content_type="application/json").status_code == 403
        assert client.get(page(program)).status_code == 200
        client.force_login(MembershipFactory(role=Role.SALES_OPS).user)
        assert client.get(page(program)).status_code == 404
        client.force_login(member.user)
        assert client.post(api, {**sent, "day": 31}, content_type="application/json").status_code == 409
        made = client.post(api, sent, content_type="application/json")
        listed = client.get(api).json()
        stored = client.post(
            f"/api/v1/programs/{program.slug}/baselines/",
            {"wave": 1, "key": "checkpoint.retention", "value": "90", "source": "Finance",
             "measured_on": "2026-04-30", "note": "Forgotten"},
            content_type="application/json",
        )  # fmt: skip

    assert (made.status_code, made.json()["verdict"]) == (201, "unknown")
    assert [(one["day"], one["state"]) for one in listed] == [
        (30, "held"),
        (60, "ahead"),
        (90, "ahead"),
        (180, "ahead"),
    ]
    assert (stored.status_code, stored.json()["is_late"]) == (201, True)


def test_page_of_checkpoints_asks_as_often_for_many_deals(client, program, member, wave):
    ann, _ = wave
    client.force_login(member.user)
    asked = []
    for many in (1, 60):
        for n in range(many):
            deal(program, ann, f"{many}-{n}", closed_on=date(2026, 6, 1) + timedelta(days=n % 28))
        with on(LIVE + timedelta(days=181)), CaptureQueriesContext(connection) as found:
            assert client.get(page(program)).status_code == 200
        asked.append(sum("SAVEPOINT" not in one["sql"] for one in found.captured_queries))

    assert asked[0] == asked[1] <= 20


LEADS = ["Id", "FirstName", "LastName", "Company", "Email", "OwnerId", "LeadSource", "Status", "CreatedDate"]
TASKS = ["Id", "WhoId", "Subject", "OwnerId", "ActivityDate", "Status", "TaskSubtype", "CreatedDate", "Type"]
LEAD = "00Q00000000000{}AAA"


def lead(n, at):
    return [LEAD.format(n), "Ann", f"Lee {n}", "Orrery", f"a{n}@orrery.example", "ann", "Web", "Open", at]


def call(n, who, at):
    return [f"00T00000000000{n}AAA", who, "Call", "ann", at[:10], "Completed", "Call", at, "Call"]


@pytest.mark.parametrize("leads_first", [True, False])
def test_lead_response_is_the_median_to_the_first_call_whatever_comes_first(program, member, wave, count, leads_first):
    created = [lead(n, "2026-07-06T08:00:00.000Z") for n in (1, 2, 3)]
    calls = [
        call(1, LEAD.format(1), "2026-07-06T10:00:00.000Z"),
        call(2, LEAD.format(1), "2026-07-06T09:00:00.000Z"),
        call(3, LEAD.format(2), "2026-07-06T12:30:00.000Z"),
        call(4, "00300000000000XAAA", "2026-07-06T08:30:00.000Z"),
    ]
    with on(LIVE + timedelta(days=90)):
        files = [(created, LEADS), (calls, TASKS)]
        for rows, headers in files if leads_first else reversed(files):
            count(rows, headers)
        found = examine(Look(program), "checkpoint.lead_response", wave=1, day=90)

    assert found.value == Decimal("4.5"), found.summary
    assert "2 of 3 leads answered" in found.summary
    assert found.verdict is UNKNOWN  # nothing was stored before go-live
