"""A set from the form and over REST: begun, signed, started, cancelled."""

import pytest

from crmprogram.jobs import services as jobs
from migration.models import MigrationSet
from tests.migration.test_sets import ACCOUNTS, CONTACTS

pytestmark = pytest.mark.django_db


def test_files_of_several_objects_become_a_set_at_the_form_and_over_rest(member, upload, client):
    client.force_login(member.user)
    slug = member.program.slug
    files = [upload(member, CONTACTS, "c.csv", "contact"), upload(member, ACCOUNTS, "a.csv", "account")]
    terms = {"uploads": [one.pk for one in files], "region": "DE", "months": 12}
    answer = client.post(f"/p/{slug}/data/runs/new/", terms)
    made = MigrationSet.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, made.get_absolute_url())
    assert "Migration sets" in client.get(f"/p/{slug}/data/runs/").content.decode()
    for run in made.current_runs():
        signed = client.post(f"/p/{slug}/data/runs/{run.number}/mapping/", {"do": "run"})
        assert signed.headers["Location"] == made.get_absolute_url()
    assert "Start the set" in client.get(made.get_absolute_url()).content.decode()
    at = f"/api/v1/programs/{slug}/migration-sets/"
    started = client.post(f"{at}{made.number}/start/")
    assert (started.status_code, started.json()["works"]) == (200, True)
    jobs.work_off()
    cancelled = client.post(f"/p/{slug}/data/sets/{made.number}/cancel/")
    assert cancelled.status_code == 303
    again = client.post(at, {"uploads": [one.number for one in files]}, content_type="application/json")
    assert (again.status_code, len(again.json()["runs"])) == (201, 2)
    refused = client.post(at, {"uploads": [files[0].number]}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
