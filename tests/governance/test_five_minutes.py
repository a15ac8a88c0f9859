"""What waits for the sponsor, why, since when, and who owes what (R2, R3, G7)."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.program import clock
from crmprogram.program.models import Program, User
from governance import earliest as soonest
from governance import services
from governance.five_minutes import FiveMinutes
from phases.models import Drift, Gate, GateReview
from phases.registry import Look
from phases.services import gates
from tests.factories import GatedProgramFactory, MembershipFactory

TODAY = date(2026, 11, 18)  # a Wednesday


@pytest.fixture
def program(db):
    program = GatedProgramFactory()
    services.furnish_program(program, program.runner)
    return program


def five(program, user):
    program = Program.objects.select_related("accountable").get(pk=program.pk)
    return FiveMinutes(Look(program), User.objects.get(pk=user.pk))


def test_request_waits_with_its_reason_and_since_when(program):
    gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)

    found = five(program, program.sponsor)

    first = found.items[0]
    assert first.title == "Decide Gate 1"
    assert first.why.startswith("Sales Ops Manager asks for it.")
    assert first.since is not None
    assert [one.row.key for one in found.debts] == [row.key for row in found.sheet.blocking]
    assert all(one.who for one in found.debts)
    assert not [one for one in five(program, program.runner).items if one.title.startswith("Decide")]


def test_nobody_waits_for_who_has_nothing_to_do(program):
    stranger = MembershipFactory(program=program, role="viewer").user

    assert five(program, stranger).heading == "Nothing needs your decision today"


def test_page_signs_with_the_gates_own_form(client, program):
    gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)
    client.force_login(program.sponsor)

    page = client.get(f"/p/{program.slug}/five-minutes/").content.decode()

    assert f'action="/p/{program.slug}/gates/1/decide/"' in page
    client.force_login(program.runner)
    page = client.get(f"/p/{program.slug}/five-minutes/").content.decode()
    assert "Waiting for the decision" in page
    assert f'action="/p/{program.slug}/gates/1/decide/"' not in page


def test_hold_is_said_first(client, program):
    program.on_hold, program.hold_reason = True, "The executive sponsor missed 4 meetings in a row."
    program.save()
    client.force_login(program.sponsor)

    page = client.get(f"/p/{program.slug}/five-minutes/").content.decode()

    assert "The executive sponsor missed 4 meetings in a row." in page


@pytest.mark.parametrize("rounds", [1, 30])
def test_page_costs_the_same_for_any_history(client, program, rounds):
    gate = Gate.objects.get(program=program, number=1)
    for number in range(1, rounds + 1):
        GateReview.objects.create(gate=gate, round=number, requested_by=program.runner, decision="withdrawn")
    gates.request_gate(gate=gate, by=program.runner)
    client.force_login(program.sponsor)

    with CaptureQueriesContext(connection) as captured:
        client.get(f"/p/{program.slug}/five-minutes/")

    asked = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(asked) <= 25


def test_drift_waits_for_the_sponsor_since_it_was_found(program):
    gate = Gate.objects.get(program=program, number=1)
    Drift.objects.create(gate=gate, criterion="A4", text="1.4 was met and is not met.")
    look = Look(Program.objects.select_related("accountable").get(pk=program.pk))
    look.gates.__dict__["reviews"] = {
        number: [SimpleNamespace(decision="approved", is_drifting=True, decided_at=clock.now(), period="")]
        if number == 1
        else []
        for number in range(1, 6)
    }
    items = FiveMinutes(look, User.objects.get(pk=program.sponsor.pk))._drift()

    assert [(one.title, one.why) for one in items] == [("Re-affirm or reopen Gate 1", "1.4 was met and is not met.")]


def weeks_of(*active):
    """Complete weeks before TODAY, oldest first, each 10 due rep-days with so many active."""
    monday = TODAY - timedelta(days=TODAY.weekday())
    found = []
    for back, count in enumerate(reversed(active), start=1):
        share = SimpleNamespace(whole=10, ratio=count / 10)
        found.insert(0, SimpleNamespace(week=SimpleNamespace(monday=monday - timedelta(weeks=back)), share=share))
    return SimpleNamespace(adoption=SimpleNamespace(weeks=SimpleNamespace(complete=lambda metric: found)))


@pytest.mark.parametrize(
    ("active", "on"),
    [
        ((), date(2026, 12, 14)),  # this week and three more
        ((9, 9, 9), date(2026, 11, 23)),  # only this week is missing
        ((9, 9, 7, 9), date(2026, 12, 7)),  # a week below starts the count anew
    ],
)
def test_four_weeks_in_a_row_cannot_be_had_sooner(active, on):  # D2
    row = SimpleNamespace(params={"weeks": 4, "percent": "80"})

    assert soonest._daily_active(weeks_of(*active), row, TODAY)[0] == on
