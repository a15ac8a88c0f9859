"""A live program with reps of two teams, and a way to take an export in."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.metrics import Week
from adoption.models import ActivityWeek, Metric
from adoption.services import counting as counting_services
from adoption.services import escalations
from adoption.services import reps as rep_services
from crmprogram.intake.services import store_upload
from crmprogram.program import clock
from crmprogram.program.models import Role
from phases.models import Fact
from tests.factories import MembershipFactory, TeamFactory

LIVE = date(2026, 5, 4)  # a Monday


@pytest.fixture
def member(db):
    """Sales Ops of a program whose zone is not UTC."""
    return MembershipFactory(role=Role.SALES_OPS, program__time_zone="Europe/Berlin")


@pytest.fixture
def program(member):
    return member.program


@pytest.fixture
def east(program):
    return TeamFactory(program=program, name="East", go_live_on=LIVE)


@pytest.fixture
def west(program):
    return TeamFactory(program=program, name="West", go_live_on=LIVE)


@pytest.fixture
def ring(django_capture_on_commit_callbacks):
    """Do what was enqueued: the jobs that services start."""

    def run(do, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return do(**kwargs)

    return run


@pytest.fixture
def settle(member, ring):
    """Enter owners as reps of a team."""

    def enter(team, *keys):
        return ring(rep_services.enter_reps, program=member.program, by=member.user, rows=[(key, team) for key in keys])

    return enter


HEADERS = ["Record ID", "Activity type", "Activity assigned to", "Activity date", "Create Date", "Task Status"]


def text_of(rows, headers=HEADERS):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def upload(member, ring):
    """Take a file in and read it."""

    def take(rows, headers=HEADERS, name="activities.csv", **more):
        stored = ring(
            store_upload,
            program=member.program,
            by=member.user,
            name=name,
            stream=io.BytesIO(text_of(rows, headers)),
            **more,
        )
        stored.upload.refresh_from_db()
        return stored.upload

    return take


@pytest.fixture
def count(member, ring, upload):
    """Take an export in and count it; rows, or an upload that is there."""

    def counted(rows, headers=HEADERS, **more):
        file = rows if hasattr(rows, "pk") else upload(rows, headers)
        found = ring(counting_services.start_counting, upload=file, by=member.user, **more)
        found.refresh_from_db()
        assert found.finished_at, found.job.error
        return found

    return counted


# --- stored weeks, without an export -------------------------------------------------------

FIRST = Week(2026, 19)


def noon(week, day=0):
    return datetime.combine(week.monday + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=12)


@pytest.fixture
def vp(program):
    return MembershipFactory(program=program, role=Role.VP_SALES)


@pytest.fixture
def tell(program):
    """Store daily-active shares of weeks in a row and review them on the Monday after; None: not measured."""

    def told(*percents, scope="all", key=Metric.DAILY, of=100, first=FIRST, doubt=""):
        week = first
        for percent in percents:
            ActivityWeek.objects.update_or_create(
                program=program, period=str(week),
                defaults={"is_complete": True, "rows": 100, "doubt": doubt if percent is None else ""},
            )  # fmt: skip
            Fact.objects.update_or_create(
                program=program, key=key, period=str(week), scope=scope,
                defaults={
                    "numerator": percent or 0, "denominator": of if percent is not None else 0,
                    "as_of": noon(week.next), "source": "test",
                },
            )  # fmt: skip
            week = week.next
        with clock.at(noon(week)):
            return escalations.review(program)

    return told
