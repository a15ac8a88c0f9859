"""A live program with reps of two teams, and a way to take an export in."""

import csv
import io
from datetime import date

import pytest

from adoption.services import counting as counting_services
from adoption.services import reps as rep_services
from crmprogram.intake.services import store_upload
from crmprogram.program.models import Role
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
