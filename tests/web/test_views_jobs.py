"""Watching background work: the page, the polled part, stop and resume."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.jobs import registry, services
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.registry import ShardPlan, Step
from crmprogram.program.models import Role
from crmprogram.web.views_program import ENTRIES_A_PAGE
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    def count(work):
        with work.commit(done=30):
            pass

    @registry.job("test.count", label="Counting")
    def steps(job):
        return [Step("count", "Count", count, lambda: [ShardPlan({}, 30)], "numbers")]

    yield "test.count"
    del registry.KINDS["test.count"]


@pytest.fixture
def member(client):
    member = MembershipFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def job(kind, member):
    return services.start_job(program=member.program, kind=kind, params={}, by=member.user)


def to(name, job):
    return reverse(f"web:{name}", args=[job.program.slug, job.pk])


def poll(client, job):
    return client.get(to("job", job), headers={"HX-Request": "true"})


def test_running_job_asks_again_until_it_is_done(client, job):
    running = poll(client, job)
    services.work_off()
    done = poll(client, job)

    assert (running.status_code, done.status_code) == (200, 286)  # 286: htmx stops asking
    assert b'hx-trigger="every 2s"' in running.content
    assert b"hx-trigger" not in done.content
    assert b"0 of 30 numbers" in running.content
    assert b"30 of 30 numbers" in done.content


def test_polled_part_is_a_part(client, job):
    answer = poll(client, job)

    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


def test_job_is_stopped_and_resumed(client, job):
    stopped = client.post(to("job-stop", job))
    job.refresh_from_db()
    assert (stopped.status_code, stopped["Location"], job.state) == (303, to("job", job), JobState.STOPPED)
    assert b"Resume from here" in client.get(to("job", job)).content

    client.post(to("job-resume", job))
    services.work_off()
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_job_that_is_done_cannot_be_stopped(client, job):
    services.work_off()

    answer = client.post(to("job-stop", job))

    assert answer.status_code == 409
    assert b"Only running work can be stopped" in answer.content


def test_failed_job_says_why(client, job):
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="The disk is full: free some space, then resume.")

    assert b"free some space, then resume" in client.get(to("job", job)).content


def test_viewer_watches_and_cannot_stop(client, job):
    viewer = MembershipFactory(program=job.program, role=Role.VIEWER)
    client.force_login(viewer.user)

    page = client.get(to("job", job))

    assert page.status_code == 200
    assert to("job-stop", job).encode() not in page.content
    assert client.post(to("job-stop", job)).status_code == 403


def test_job_of_another_program_is_not_there(client, job):
    stranger = MembershipFactory()
    client.force_login(stranger.user)

    assert client.get(to("job", job)).status_code == 404
    assert client.get(reverse("web:job", args=[stranger.program.slug, job.pk])).status_code == 404


def test_job_list_costs_the_same_and_pages_by_key(client, member, kind):
    address = reverse("web:jobs", args=[member.program.slug])
    costs = []
    for more in (1, 2, 297):
        for _ in range(more):
            Job.objects.create(program=member.program, kind=kind, started_by=member.user)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        costs.append(len(queries))
    second = client.get(address, {"before": page.context["older"]})

    assert costs == [costs[0]] * 3
    assert (len(page.context["rows"]), len(second.context["rows"])) == (ENTRIES_A_PAGE, ENTRIES_A_PAGE)
    assert page.context["rows"][-1][0].pk > second.context["rows"][0][0].pk
