"""Every object leads to who changed what (the history is the audit trail)."""

import pytest

from crmprogram.program import audit
from crmprogram.program.models import Role
from governance import services
from phases.models import Phase
from tests.factories import GatedProgramFactory, MembershipFactory


@pytest.fixture
def program(db):
    program = GatedProgramFactory()
    services.furnish_program(program, program.runner)
    return program


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("gates/1/", "phases.gatereview"),
        ("gates/1/thresholds/", "phases.threshold"),
        ("audit/goal/", "phases.goalversion"),
        ("audit/scope/", "phases.scope"),
        ("audit/gaps/", "phases.gap"),
        ("audit/must-haves/", "phases.capability"),
        ("sponsor/", "governance.sponsorship"),
        ("delegation/", "phases.delegation"),
    ],
)
def test_page_leads_to_the_history_of_its_things(client, program, page, kinds):
    client.force_login(program.runner)

    html = client.get(f"/p/{program.slug}/{page}").content.decode()

    assert f"/p/{program.slug}/history/?subject={kinds}" in html


def test_history_of_kinds_shows_these_and_no_others(client, program):
    phase = Phase.objects.get(program=program, number=2)
    audit.record(by=program.runner, verb="phase.owner_named", subject=phase, note="Told apart")
    audit.record(by=program.runner, verb="program.changed", subject=program, note="Something else")
    client.force_login(program.runner)

    html = client.get(f"/p/{program.slug}/history/?subject=phases.phase,phases.waiver").content.decode()

    assert "Told apart" in html
    assert "Something else" not in html
    assert "Told apart" in client.get(f"/p/{program.slug}/history/?subject=phases.phase:{phase.pk}").content.decode()
    assert "Told apart" not in client.get(f"/p/{program.slug}/history/?subject=phases.phase:0").content.decode()


def test_who_may_not_read_the_history_is_offered_no_link(client, program):
    client.force_login(MembershipFactory(program=program, role=Role.PARTICIPANT).user)

    assert "history/?subject" not in client.get(f"/p/{program.slug}/gates/1/").content.decode()
