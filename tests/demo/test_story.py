"""The demo is told through the services: two programs, dated and in order, and a second start tells nothing twice."""

import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from adoption.events import owner_key
from adoption.models import Escalation, EscalationState, Metric, Rep
from adoption.queries import Weeks
from crmprogram.demo import crm, pick, quillhaven, services, story
from crmprogram.demo.jobs import KIND, PROGRAMS, STORIES
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.services import work_off
from crmprogram.program import audit, clock
from crmprogram.program.models import AuditEntry, AuditSeal, Program, User
from crmprogram.program.waves import advise
from migration.models import Cluster, HygieneAudit, MigrationSet, Run, Stage, StageState
from migration.services.set_summary import summary_of
from phases.models import ConfigItem, Interview, InterviewRole, Pilot, Requirement
from phases.queries.gates import assess
from phases.registry import MET, Look, examine
from scorecard.models import Rater, Scorecard
from scorecard.queries import load_matrix
from scorecard.scoring import Standing

pytestmark = pytest.mark.django_db
ROWS, REPS = 600, 20


@pytest.fixture(scope="module")
def once(django_db_setup, django_db_blocker):
    """Both stories, told once for all tests here; each test's own changes are taken back after it."""
    with django_db_blocker.unblock():
        with transaction.atomic():  # bells ring after commit, when nothing is left to do
            accounts = services.prepare(rows=ROWS, reps=REPS)
            work_off()
        yield accounts
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def told(once, db):
    return once


@pytest.fixture
def new(told):
    return Program.objects.get(slug=PROGRAMS[story.NEW].slug)


@pytest.fixture
def rescue(told):
    return Program.objects.get(slug=PROGRAMS[story.RESCUE].slug)


def decisions(program):
    return list(program.gates.get(number=1).reviews.order_by("round").values_list("decision", flat=True))


def test_both_stories_are_told_to_their_end(told):
    assert list(Job.objects.exclude(state=JobState.DONE).values_list("kind", "step", "error")) == []
    assert Job.objects.filter(kind=KIND).count() == 2


def test_new_rollout_stands_in_pick_with_gate_1_signed(new):
    sheet = assess(Look(new), 2)
    open_ones = {row.key: row.verdict for row in sheet.blocking}

    assert decisions(new) == ["sent_back", "approved"]
    assert examine(Look(new), "scorecard.complete").verdict is MET  # B1
    assert open_ones == {"B2": "not_met", "B3": "not_met", "B4": "not_met", "B5": "unknown"}
    assert [row.key for row in sheet.blocking if not row.summary] == []
    assert (new.on_hold, new.accountable.title) == (False, "Chief Revenue Officer")


def test_audit_listened_and_says_what_it_needs(new):
    needed = Requirement.objects.of(new)

    assert [one.title for one in needed.untraceable()] == ["Campaign history stands on the contact"]
    assert [one.number for one in needed.with_trace() if not one.is_asked_for] == []
    assert [one.name for one in ConfigItem.objects.of(new) if one.missing] == []
    assert InterviewRole.FINANCE not in set(Interview.objects.of(new).values_list("role", flat=True))  # owed, and shown


def test_pilot_and_waves_are_planned(new):
    advice = advise(new.teams.all())

    assert (advice.need, advice.busiest) == ("pilot", 38)  # P4
    assert Pilot.objects.of(new).get().ends_on < new.go_live_on


def test_highest_total_is_out_by_the_veto_of_the_reps(new):
    matrix = load_matrix(Scorecard.objects.get(program=new))
    first, second, *_ = matrix.scores

    assert sum(one.weight for one in matrix.criteria) == 100
    assert [matrix.vendor_of(one).name for one in matrix.scores] == list(pick.SHORT_LIST)
    assert (first.standing, first.rank, first.is_out_by_must_haves) == (Standing.ELIMINATED, None, False)
    assert [one.key for one in matrix.criteria if str(one.pk) in first.vetoed_by] == ["workflow-fit"]
    assert (second.standing, second.rank) == (Standing.IN, 1)
    assert Rater.objects.filter(scorecard=matrix.card).submitted().count() == 5


def test_export_is_cleaned_and_its_first_stage_rehearsed(new):
    run = Run.objects.of(new).get(migration_set=None)
    stage = run.stages.exclude(state=StageState.WAITING).get()
    decided = Cluster.objects.filter(run=run, state="decided")

    assert run.counts["read"] == ROWS == sum(run.counts[end] for end in ("kept", "merged", "archived", "quarantined"))
    assert decided.exists()
    assert Cluster.objects.filter(run=run).open().exists()
    assert (stage.space, stage.counts["differences"]) == ("rehearsal", 0)
    assert stage.counts["create"] > 20
    assert stage.audits.get().signed_at is not None
    assert run.thresholds["standard"] == 1, "judged by what was signed"
    assert run.mapping.columns.get(header="Salutation").reason


def test_accounts_contacts_and_deals_are_one_set_and_loaded_in_their_order(new):
    told = summary_of(MigrationSet.objects.of(new).get())

    assert [line.run.object for line in told.runs] == ["account", "contact", "deal"]
    assert told.has_links
    assert told.balanced
    assert sum(line.open_clusters for line in told.runs) == 0
    assert min(line.validated for line in told.runs) >= 1
    assert {line.label for line in told.links if line.moved} >= {"Contact to account", "Deal to account"}
    stages = Stage.objects.filter(run__migration_set__program=new).exclude(state=StageState.WAITING)
    assert {one.counts["differences"] for one in stages} == {0}
    assert told.todo.post, "the next stage is one press away"


def test_rescue_has_twelve_weeks_of_its_reps(rescue):
    weeks = Weeks(rescue, count=13)
    whole = [one for one in weeks.complete(Metric.DAILY) if one.share.whole]

    assert len(whole) == quillhaven.WEEKS
    assert [one.doubt for one in whole] == [""] * quillhaven.WEEKS
    assert Rep.objects.of(rescue).counted().count() == REPS
    assert list(Rep.objects.of(rescue).unknown().values_list("key", flat=True)) == [
        owner_key(crm.owner_id(crm.NEWCOMER))
    ]
    assert (rescue.kind, rescue.platform_chosen) == ("rescue", True)
    assert decisions(rescue) == ["sent_back"]


def test_one_team_is_in_an_open_escalation_that_nobody_answered(rescue):
    first, second = Escalation.objects.of(rescue).exclude(state=EscalationState.WATCH).order_by("pk")
    monday = clock.today(rescue) - timedelta(days=clock.today(rescue).weekday())

    assert (first.where, first.state) == (quillhaven.RECOVERED, EscalationState.RECOVERED)
    assert first.acknowledged_by.username == "vp-sales"
    assert (second.where, second.state) == (quillhaven.STRUGGLING, EscalationState.ESCALATED)
    assert (second.key, second.addressee.user.username) == (Metric.DAILY, "vp-sales")
    assert len(second.weeks) == 2
    assert second.escalated_at.date() == monday


def test_sponsor_of_the_rescue_missed_twice_in_a_row(new, rescue):
    assert Look(rescue).governance.meetings.misses == 2
    assert examine(Look(rescue), "failure.no_sponsor").watch is True
    assert rescue.on_hold is False  # four misses do that (R3)
    assert Look(new).governance.meetings.misses == 0


def test_weekly_exports_of_the_rescue_ask_only_what_is_new(rescue):
    first, second, third = HygieneAudit.objects.filter(run__program=rescue).order_by("run__number")

    assert (first.new_rows, first.replayed) == (None, 0)
    assert (second.new_rows, third.new_rows) == (26, 24)
    assert second.replayed > 0 < third.replayed


def test_required_fields_of_the_rescue_slip(rescue):
    points = [one.share for one in Weeks(rescue, count=13).complete(Metric.FIELDS) if one.share.whole]
    percents = [100 * one.part // one.whole for one in points]

    assert len(points) == quillhaven.WEEKS
    assert percents == sorted(percents, reverse=True)
    assert percents[0] >= 95 > 90 > percents[-1]


def test_stories_are_dated_and_in_order(new, rescue):
    for program in (new, rescue):
        acts = program.audit_entries.exclude(verb="job.started", by=None).order_by("pk")  # the telling itself
        acts = list(acts.values_list("at", flat=True))

        assert acts == sorted(acts)
        assert acts[0].date() == program.starts_on
        assert acts[-1] <= clock.now()


@pytest.mark.parametrize("today", [date(2026, 5, day) for day in range(4, 11)])
def test_days_keep_their_order_whatever_the_weekday(today):
    for parts in STORIES.values():
        moments = [chapter.when(today) for part in parts for chapter in part.chapters]

        assert moments == sorted(moments)
        assert all(one.weekday() < 5 for one in moments)
        assert moments[-1].date() <= today


def test_every_role_can_sign_in_with_what_was_told(told, client):
    titles = {"Sales Ops Manager", "Executive Sponsor", "VP Sales", "CRM Specialist", "Enablement Lead"}

    assert titles | {"Sales Rep Enterprise", "Viewer", "Admin"} <= {one["role"] for one in told}
    for one in told:
        answer = client.post("/login/", {"username": one["username"], "password": one["password"]})
        assert answer.status_code == 302, one["role"]
        page = client.get(answer["Location"]).content.decode()
        assert [name for name in one["programs"] if name not in page] == [], one["role"]
        client.post("/logout/")


def test_second_start_keeps_passwords_and_tells_nothing_twice(told):
    entries, jobs = AuditEntry.objects.count(), Job.objects.count()
    file = settings.DATA_DIR / "demo-accounts.json"
    file.write_text(json.dumps(told))
    try:
        again = services.prepare(rows=ROWS, reps=REPS)
        work_off()
    finally:
        file.unlink()

    assert again == told
    assert (AuditEntry.objects.count(), Job.objects.count()) == (entries, jobs)


def test_story_that_broke_off_goes_on_where_it_was(told, rescue):
    """Told again from the chapter that broke off: uploads, countings and escalations are there once."""
    before = (AuditEntry.objects.of(rescue).count(), Escalation.objects.of(rescue).count())
    job = Job.objects.get(kind=KIND, program=rescue)
    shard = job.shards.get(step="reset")
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, finished_at=None, step="reset")
    job.shards.filter(pk=shard.pk).update(state="queued", done=shard.total - 1)

    work_off()

    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert (AuditEntry.objects.of(rescue).count(), Escalation.objects.of(rescue).count()) == before


def test_people_appear_as_roles_only(told):
    assert {user.display for user in User.objects.all()} == {one.title for one in story.ACCOUNTS}


def test_trail_of_the_story_can_be_sealed(told):
    with clock.at(clock.now() + timedelta(hours=1)):
        audit.seal()

    assert audit.verify() == []
    assert AuditSeal.objects.get().entries == AuditEntry.objects.count()
