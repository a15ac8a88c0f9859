"""Readings: written only when an answer changed (G11)."""

from datetime import timedelta

import pytest

from crmprogram.program import clock
from phases import tasks
from phases.models import Reading
from phases.queries import gates as queries
from phases.services import readings
from tests.factories import GatedProgramFactory


def test_first_readings_say_what_every_check_answers(gated):
    readings.take_readings(program=gated)

    rows = Reading.objects.of(gated).order_by("pk").values_list("phase", "check_key", "verdict", "value")
    assert list(rows) == [
        (1, "audit.process_map", "met", "7"),
        (1, "audit.gaps", "met", "7"),
        (1, "audit.must_haves", "met", "7"),
        (1, "governance.sponsor", "met", "7"),
        (1, "audit.goal", "met", "7"),
    ]


def test_reading_is_written_only_on_change(gated, answers):
    readings.take_readings(program=gated)
    assert readings.take_readings(program=gated) == []

    answers.say("audit.gaps", False, value=3, threshold=5)
    changed = readings.take_readings(program=gated)

    assert [(one.check_key, one.verdict, one.value) for one in changed] == [("audit.gaps", "not_met", "3")]
    assert queries.history_of_gate(gated, 1)[0].text == "1.2 became not met: audit.gaps was read."

    answers.say("audit.gaps", False, value=4, threshold=5)
    readings.take_readings(program=gated)

    assert queries.history_of_gate(gated, 1)[0].text == "1.2 is still not met: audit.gaps was read."


def test_stale_records_read_as_cannot_tell(gated, answers):
    readings.take_readings(program=gated)

    with clock.at(clock.now() + timedelta(days=15)):
        changed = readings.take_readings(program=gated)

    assert {one.verdict for one in changed} == {"unknown"}


@pytest.mark.parametrize("count", [1, 3])
def test_task_reads_every_program(answers, db, count):
    programs = GatedProgramFactory.create_batch(count)

    tasks.take_readings()

    assert {one.readings.count() for one in programs} == {5}


def test_task_can_read_one_program(answers, db):
    one, other = GatedProgramFactory.create_batch(2)

    tasks.take_readings(one.pk)

    assert (one.readings.count(), other.readings.count()) == (5, 0)
