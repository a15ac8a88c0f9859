"""Pointers of a run that is part of no set (H2, H8)."""

import pytest

from crmprogram.jobs import services as jobs
from migration.models import Record
from migration.services import following, mapping, runs
from tests.migration.conftest import fresh
from tests.migration.test_sets import ACCOUNTS

pytestmark = pytest.mark.django_db


def test_accounts_alone_follow_their_parents(member, upload):
    run = runs.create_run(
        program=member.program, by=member.user, uploads=[upload(member, ACCOUNTS, "a.csv", "account")], region="DE"
    )
    mapping.sign_mapping(run=run, by=member.user)
    runs.start_run(run=run, by=member.user)
    jobs.work_off()
    run = fresh(run)
    found = following.Follower(run).items(list(Record.objects.filter(run=run).living().order_by("pk")))
    parents = {one.fields["source_id"]: one.fields.get("parent_id", "") for one in found}
    assert parents == {"1001": "", "1003": "1001", "1004": "1001", "1005": "1006", "1006": ""}
