"""Every real sample goes through upload and run with a balanced account (H0)."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from crmprogram.intake.models import UploadState
from crmprogram.jobs import services as jobs
from migration.errors import MappingIncomplete
from migration.models import Treatment
from migration.services import accounting, mapping, runs
from tests.migration.conftest import fresh

SAMPLES = settings.TEST_DATA / "samples"
FILES = sorted(path.relative_to(SAMPLES) for path in SAMPLES.rglob("*.csv"))


def map_what_is_missing(run, member):
    """A person's answer to a file whose columns no format knows: the first two hold the name and the mail."""
    columns = list(run.mapping.columns.all())
    wanted = ["family_name", "email"] if run.object == "contact" else ["company"]
    changes = [
        {"id": column.pk, "treatment": Treatment.MAP, "field": field, "reason": ""}
        for column, field in zip(columns, wanted, strict=False)
    ]
    others = [
        {"id": column.pk, "treatment": Treatment.CUSTOM, "field": column.header, "reason": "Kept as it is."}
        for column in columns[len(changes) :]
    ]
    mapping.change_mapping(run=run, by=member.user, columns=[*changes, *others])


def clean_sample(member, upload, path):
    file = upload(member, SAMPLES / path, path.name)
    if file.state == UploadState.ASKS:
        pytest.skip("The file asks for its encoding first.")
    assert file.state == UploadState.READ, file.error
    run = runs.create_run(program=member.program, by=member.user, uploads=[file])
    try:
        mapping.sign_mapping(run=run, by=member.user)
    except MappingIncomplete:
        map_what_is_missing(run, member)
        mapping.sign_mapping(run=run, by=member.user)
    runs.start_run(run=run, by=member.user)
    jobs.work_off()
    return fresh(run)


@pytest.mark.django_db
@pytest.mark.parametrize("path", FILES, ids=[path.as_posix() for path in FILES])
def test_sample_goes_through_with_a_balanced_account(client, member, upload, path: Path):
    run = clean_sample(member, upload, path)

    account = accounting.account_of(run)
    assert (run.state, run.job.error) == ("cleaned", "")
    assert account.balanced, account.says()
    assert run.counts == accounting.counts_of(account)
    client.force_login(member.user)
    assert client.get(reverse("migration:run", args=[member.program.slug, run.number])).status_code == 200


@pytest.mark.django_db
def test_six_shifted_rows_of_dynamics_contacts_are_quarantined(member, upload):
    run = clean_sample(member, upload, Path("dynamics365/Contact.csv"))

    assert run.counts == {"read": 199, "kept": 193, "merged": 0, "archived": 0, "quarantined": 6, "blank": 0}


@pytest.mark.django_db
def test_contacts_that_share_one_mailbox_stay_apart(member, upload):
    run = clean_sample(member, upload, Path("salesforce/native/Contact.csv"))

    assert run.counts["read"] == 133
    assert run.counts["merged"] == 0
    assert run.records.count() == 133
