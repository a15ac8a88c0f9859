"""The demo's programs begin on a day of their own zone."""

from datetime import UTC, date, datetime

import pytest

from crmprogram.demo import services
from crmprogram.demo.jobs import KIND, STORIES
from crmprogram.jobs.models import Job
from crmprogram.program import clock
from crmprogram.program.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hour", [0, 5, 13, 23])
def test_program_begins_before_its_first_chapter_at_any_hour(hour):
    """Monday 00:30 in UTC is a Sunday in Chicago: both have to mean the same week."""
    with clock.at(datetime(2026, 11, 23, hour, 30, tzinfo=UTC)):
        services.prepare(rows=600, reps=20)
        told = {one.program: one.params for one in Job.objects.filter(kind=KIND).select_related("program")}

    assert len(told) == len(STORIES)
    for program, params in told.items():
        first = STORIES[params["story"]][0].chapters[0].when(date.fromisoformat(params["today"]))
        written = AuditEntry.objects.filter(program=program).exclude(verb="job.started")
        assert written.latest("at").at <= first
