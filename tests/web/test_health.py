from datetime import timedelta

import pytest

from crmprogram.jobs.models import Job, Shard
from crmprogram.program import clock
from tests.factories import UserFactory


@pytest.mark.parametrize("host", ["localhost", "anything.example"])
def test_healthz_answers_without_database_or_known_host(client, host):
    answer = client.get("/healthz", headers={"Host": host})

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_well_when_nothing_waits(client):
    assert client.get("/readyz").json() == {"ready": True}


@pytest.mark.django_db
def test_readyz_tells_staff_that_work_waits(client):
    late = clock.wall() - timedelta(minutes=6)
    job = Job.objects.create(kind="test", step="one", created_at=late, pace_from_at=late)
    Shard.objects.create(job=job, step="one", no=0)

    assert client.get("/readyz").json() == {"ready": False}
    client.force_login(UserFactory(is_staff=True))
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["wrong"] == {"work": "Work has waited for more than five minutes: is a worker running?"}
