"""The admin shows data work to support and changes nothing; it sets work going and stops it."""

import pytest
from django.contrib import admin
from django.urls import reverse

from crmprogram.jobs.models import Job, JobState
from migration.models import Cluster, RunRow
from migration.services import mapping, runs
from tests.factories import UserFactory
from tests.migration.conftest import PEOPLE

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model._meta.app_label == "migration"]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_admin_lists_and_changes_nothing(client, member, clean, model):
    clean(member)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    name = model._meta.model_name

    assert client.get(reverse(f"admin:migration_{name}_changelist"), {"q": "a"}).status_code in {200, 302}
    assert client.get(reverse(f"admin:migration_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:migration_{name}_add")).status_code == 403
    first = model.objects.first()
    if first is not None:
        assert client.post(reverse(f"admin:migration_{name}_change", args=[first.pk]), {}).status_code == 403
        assert client.get(reverse(f"admin:migration_{name}_change", args=[first.pk])).status_code == 200


def test_support_finds_what_became_of_a_run_and_a_row(client, member, clean):
    run = clean(member)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    def page(model, pk):
        return client.get(reverse(f"admin:migration_{model}_change", args=[pk])).content.decode()

    told = page("run", run.pk)
    assert "7 read = " in told
    assert "no, it is done" in told
    assert f"run__id__exact={run.pk}" in told
    row = RunRow.objects.get(run=run, key__endswith=":1")
    assert "international number (E.164)" in page("runrow", row.pk)
    assert "Telephone number" in page("cluster", Cluster.objects.reviews().get(run=run).pk)
    found = client.get(reverse("admin:migration_run_changelist"), {"q": run.code}).content.decode()
    assert run.name in found


def test_support_stops_and_resumes_work_and_sees_that_it_waits(client, member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    mapping.sign_mapping(run=run, by=member.user)
    job = runs.start_run(run=run, by=member.user).job
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    url = reverse("admin:jobs_job_changelist")

    assert "waits for a worker" in client.get(url).content.decode()
    client.post(url, {"action": "stop", "_selected_action": [job.pk]})
    assert Job.objects.get(pk=job.pk).state == JobState.STOPPED
    client.post(url, {"action": "resume", "_selected_action": [job.pk]})
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING
