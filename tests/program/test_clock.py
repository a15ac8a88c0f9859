from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from crmprogram.program import clock
from tests.factories import ProgramFactory

NEW_YEAR = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


def test_story_sets_the_clock_and_gives_it_back():
    with clock.at(NEW_YEAR):
        assert clock.now() == NEW_YEAR
    assert clock.now() - clock.wall() < timedelta(seconds=1)


def test_clock_cannot_be_set_in_a_real_installation():
    with override_settings(TESTING=False, DEMO=False), pytest.raises(RuntimeError), clock.at(NEW_YEAR):
        pass


def test_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_today_is_the_date_in_the_programs_zone():
    with clock.at(NEW_YEAR):
        days = [str(clock.today(ProgramFactory.build(time_zone=zone))) for zone in ("Europe/Berlin", "America/Lima")]

    assert days == ["2026-01-01", "2025-12-31"]
