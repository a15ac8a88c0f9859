"""Digests by role; nothing to say, nothing sent (X3)."""

from datetime import UTC, datetime

import pytest

from crmprogram.program import clock
from governance import services
from governance.models import Delivery, DeliveryState
from governance.services.digests import send_digests
from phases.models import Gate
from phases.services import gates
from tests.factories import GatedProgramFactory

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)  # nine o'clock in Berlin


@pytest.fixture
def program(db):
    program = GatedProgramFactory()
    services.furnish_program(program, program.runner)
    return program


def sent():
    return {
        (one.user.first_name, one.topic): one.state for one in Delivery.objects.select_related("user").order_by("pk")
    }


def test_sponsor_reads_decisions_on_mondays_and_sales_ops_what_is_owed(program):
    with clock.at(MONDAY):
        gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)
        assert send_digests() == 2
        assert send_digests() == 0  # once in its period

    assert sent() == {
        ("Executive Sponsor", "digest.weekly"): DeliveryState.QUEUED,
        ("Sales Ops Manager", "digest.daily"): DeliveryState.QUEUED,
    }
    weekly = Delivery.objects.get(topic="digest.weekly")
    assert weekly.key == "digest:weekly:2026-W47"
    assert "* Decide Gate 1." in weekly.body


@pytest.mark.parametrize(
    ("at", "topics"),
    [
        (MONDAY.replace(hour=5), set()),  # six o'clock in Berlin
        (MONDAY.replace(day=17), {"digest.daily"}),
        (MONDAY.replace(day=21), set()),  # a Saturday
    ],
)
def test_digest_keeps_its_day_and_hour(program, at, topics):
    with clock.at(at):
        send_digests()

    assert {topic for _, topic in sent()} == topics


def test_nothing_to_say_is_noted_and_not_sent(program, monkeypatch):
    monkeypatch.setattr("governance.services.digests.shell.next_for", lambda *given: [])
    monkeypatch.setattr("governance.five_minutes.shell.next_for", lambda *given: [])

    with clock.at(MONDAY):
        assert send_digests() == 0

    assert set(sent().values()) == {DeliveryState.NOTHING}


def test_person_who_wants_no_digest_gets_none(program):
    for user in (program.sponsor, program.runner):
        user.mail_digests = False
        user.save()

    with clock.at(MONDAY):
        assert send_digests() == 0
    assert sent() == {}
