"""Real objects for tests; one section for each app."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from crmprogram.program.models import Function, Membership, Position, Program, Role, Team, User

# --- program ----------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@orrery.example")
    password = factory.django.Password("correct horse battery")


class ProgramFactory(DjangoModelFactory):
    class Meta:
        model = Program

    slug = factory.Sequence(lambda n: f"program-{n}")
    name = "CRM rollout"
    company = "Orrery Instruments"
    seats = 60
    currency = "EUR"
    time_zone = "Europe/Berlin"
    starts_on = date(2026, 1, 5)
    go_live_on = date(2026, 9, 1)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    program = factory.SubFactory(ProgramFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.SALES_OPS
    function = Function.OPERATIONS


class PositionFactory(DjangoModelFactory):
    class Meta:
        model = Position

    program = factory.SubFactory(ProgramFactory)
    title = factory.Sequence(lambda n: f"Position {n}")


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    program = factory.SubFactory(ProgramFactory)
    name = factory.Sequence(lambda n: f"Team {n}")
    seats = 10
