"""Who can no longer sign in answers for nothing (R3, G7)."""

import pytest
from django.urls import reverse

from crmprogram.program.models import AuditEntry, Membership, Program, Role, User
from crmprogram.program.services import close_account
from phases.registry import Look
from phases.services.gates import why_not_requestable
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_closed_account_of_the_sponsor_holds_the_program(client, ops, sponsor):
    """R3, G7: who cannot sign in answers for nothing; no gate can be requested until another accepted."""
    support = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(support)
    address = reverse("admin:program_user_change", args=[sponsor.user_id])
    inlines = {f"memberships-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    form = {"username": sponsor.user.username, "theme": "auto", "single_keys": "on", "email": "", **inlines}

    answer = client.post(address, form)  # is_active is not ticked

    assert answer.status_code == 302
    program = Program.objects.get(pk=ops.program_id)
    assert (program.on_hold, program.accountable) == (True, None)
    assert program.hold_reason.endswith("is gone: the person's account was closed. Name another.")
    assert why_not_requestable(Look(program), 1)
    told = AuditEntry.objects.filter(program=program, verb__in=["account.closed", "sponsor.ended", "program.held"])
    assert {one.by for one in told} == {support}
    assert Membership.objects.get(pk=sponsor.pk).is_active


def test_closed_account_of_another_holds_nothing(ops, sponsor):
    other = MembershipFactory(program=ops.program, role=Role.VIEWER)

    close_account(user=other.user, by=UserFactory(is_staff=True))

    assert not Program.objects.get(pk=ops.program_id).on_hold
    assert not User.objects.get(pk=other.user_id).is_active
