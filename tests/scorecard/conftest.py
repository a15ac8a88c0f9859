"""A program with its scorecard, and panels of raters of any size."""

from __future__ import annotations

import pytest

from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.models import Role
from scorecard.models import Criterion, ListState, Rater, Rating, Vendor
from tests.factories import MembershipFactory, UserFactory


@pytest.fixture
def runner():
    return UserFactory(first_name="Sales Ops Manager")


@pytest.fixture
def program(runner):
    return programs.create_program(
        by=runner, name="CRM rollout", company="Orrery Instruments", seats=60, starts_on="2026-01-05"
    )


@pytest.fixture
def board(program):
    return program.scorecard


def panel(program, by, vendors, raters, score=lambda vendor, criterion, rater: 4, submitted=True):
    """`vendors` short-listed and rated by `raters` people, by rows: larger than the lists allow.

    `score(vendor, criterion, rater)` gives a cell's value from the positions, None to leave it out.
    """
    now = clock.now()
    there = Vendor.objects.filter(program=program).count()
    listed = Vendor.objects.bulk_create(
        Vendor(program=program, name=f"Vendor {there + n + 1:02}", state=ListState.SHORT, added_by=by)
        for n in range(vendors)
    )
    members = [MembershipFactory(program=program, role=Role.PARTICIPANT, function="sales") for _ in range(raters)]
    people = Rater.objects.bulk_create(
        Rater(scorecard=program.scorecard, membership=one, invited_by=by, submitted_at=now if submitted else None)
        for one in members
    )
    criteria = list(Criterion.objects.filter(scorecard=program.scorecard))
    Rating.objects.bulk_create(
        Rating(rater=rater, vendor=vendor, criterion=criterion, score=value, note="Seen in the demo")
        for v, vendor in enumerate(listed)
        for c, criterion in enumerate(criteria)
        for r, rater in enumerate(people)
        if (value := score(v, c, r))
    )
    return listed, people
