"""The demo is told through the services, and a second start tells nothing twice."""

import json
from datetime import timedelta

import pytest
from django.conf import settings

from crmprogram.demo import services, story
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.services import work_off
from crmprogram.program import audit, clock
from crmprogram.program.models import AuditEntry, AuditSeal, Program, User
from migration.models import Run
from phases.queries.gates import assess
from phases.registry import Look

pytestmark = pytest.mark.django_db
ROWS = 300


@pytest.fixture
def told():
    accounts = services.prepare(rows=ROWS)
    work_off()
    return accounts


def test_demo_ends_with_a_gate_to_decide_and_a_queue_to_review(told):
    program = Program.objects.get(slug=services.SLUG)
    gate = program.gates.get(number=1)
    run = Run.objects.of(program).get()

    assert [one.state for one in Job.objects.of(program)] == [JobState.DONE] * 3
    assert list(gate.reviews.order_by("round").values_list("decision", flat=True)) == ["sent_back", "pending"]
    assert assess(Look(program), 1).is_ready
    assert run.clusters.exists()
    assert (program.on_hold, program.accountable.title) == (False, "Chief Revenue Officer")


def test_story_is_dated_and_in_order(told):
    program = Program.objects.get(slug=services.SLUG)
    acts = program.audit_entries.exclude(verb__startswith="job").order_by("pk")
    days = list(acts.filter(verb__startswith="gate").values_list("at", flat=True))

    assert acts.first().at.date() == program.starts_on
    assert days == sorted(days)
    assert (days[-1] - days[0]).days >= 3


def test_every_role_can_sign_in_with_what_was_told(told, client):
    assert {one["role"] for one in told} >= {
        "Sales Ops Manager",
        "Executive Sponsor",
        "CRM Specialist",
        "Enablement Lead",
        "Rater",
        "Viewer",
        "Admin",
    }
    for one in told:
        answer = client.post("/login/", {"username": one["username"], "password": one["password"]})
        assert answer.status_code == 302, one["role"]
        client.post("/logout/")


def test_second_start_keeps_passwords_and_starts_nothing(told):
    file = settings.DATA_DIR / "demo-accounts.json"
    file.write_text(json.dumps(told))
    try:
        again = services.prepare(rows=ROWS)
    finally:
        file.unlink()

    assert again == told
    assert Job.objects.filter(kind=services.KIND).count() == 1


def test_people_appear_as_roles_only(told):
    assert {user.display for user in User.objects.all()} == {title for _, title, *_ in story.ACCOUNTS}


def test_trail_of_the_story_can_be_sealed(told):
    with clock.at(clock.now() + timedelta(hours=1)):
        audit.seal()

    assert audit.verify() == []
    assert AuditSeal.objects.get().entries == AuditEntry.objects.count()
