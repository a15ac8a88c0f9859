"""A program as its service makes it, with people in their positions."""

from datetime import date

import pytest

from crmprogram.program import services as program_services
from crmprogram.program.models import Membership, PositionLevel, Role
from governance import services
from tests.factories import MembershipFactory, PositionFactory, UserFactory


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
