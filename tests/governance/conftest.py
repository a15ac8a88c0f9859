"""A program as its service makes it, with people in their positions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crmprogram.program import clock
from crmprogram.program import services as program_services
from crmprogram.program.models import Membership, PositionLevel, Role
from governance import services
from governance.models import Kind
from tests.factories import MembershipFactory, PositionFactory, UserFactory

# the program starts on Mon 5 Jan 2026; its stand-up is on Thursdays
ACCEPTED = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def ops(db):
    """The membership of who made the program and runs it."""
    user = UserFactory(first_name="Sales Ops Manager")
    program = program_services.create_program(
        by=user, name="CRM rollout", company="Orrery Instruments", seats=60, starts_on=date(2026, 1, 5)
    )
    return Membership.objects.get(program=program, user=user)


@pytest.fixture
def cro(ops):
    """A member who holds the position Chief Revenue Officer, C-level."""
    member = MembershipFactory(program=ops.program, role=Role.SPONSOR, function="leadership")
    PositionFactory(program=ops.program, title="Chief Revenue Officer", level=PositionLevel.C_LEVEL, membership=member)
    return member


@pytest.fixture
def sponsor(ops, cro):
    """The same member, named and accepted as executive sponsor."""
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)
    services.accept_sponsorship(program=ops.program, by=cro.user)
    return cro


@pytest.fixture
def stranger(db):
    """Runs another program, and must not see this one."""
    return MembershipFactory()


@pytest.fixture
def held(ops, cro):
    """The program with a sponsor who accepted on the first day, and a look at any later day."""
    with clock.at(ACCEPTED):
        services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)
        services.accept_sponsorship(program=ops.program, by=cro.user)
    return ops


@pytest.fixture
def record():
    """Record the stand-ups from the `first` week of the program on, each on its day."""

    def write(member, *outcomes, first=0, kind=Kind.STAND_UP, **more):
        for number, outcome in enumerate(outcomes, start=first):
            with clock.at(ACCEPTED + timedelta(days=3 + 7 * number)):
                services.record_meeting(
                    program=member.program, by=member.user, kind=kind, period=f"2026-W{number + 2:02d}",
                    outcome=outcome, **more,
                )  # fmt: skip

    return write
