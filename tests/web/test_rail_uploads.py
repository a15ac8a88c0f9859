"""Uploaded files in the jump box and among what a person owes."""

import pytest

from crmprogram.intake.models import UploadState
from crmprogram.program.models import Role
from crmprogram.web.jump import Hit
from crmprogram.web.rail import unanswered, uploads
from tests.factories import MembershipFactory, UploadFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["contacts", "U-1000", "u-1000", "1000"])
def test_file_is_found_by_name_or_number(text):
    member = MembershipFactory(role=Role.IT)
    upload = UploadFactory(program=member.program, number=1000, name="contacts.csv")
    UploadFactory(program=member.program, number=7, name="accounts.csv")

    assert uploads(member.program, member.user, text) == [Hit("U-1000 contacts.csv", upload.get_absolute_url(), "File")]


def test_file_is_not_found_by_those_who_may_not_see_it():
    member = MembershipFactory(role=Role.VIEWER)
    UploadFactory(program=member.program)

    assert uploads(member.program, member.user, "contacts") == []


@pytest.mark.parametrize(("role", "owed"), [(Role.CRM_SPECIALIST, 1), (Role.VP_SALES, 0)])
def test_file_that_asks_is_owed_by_those_who_can_answer(role, owed):
    member = MembershipFactory(role=role)
    UploadFactory(program=member.program, state=UploadState.ASKS, read_at=None)
    UploadFactory(program=member.program)

    assert len(unanswered(member.user, member.program, None)) == owed
