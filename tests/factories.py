"""Real objects for tests; one section for each app."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from crmprogram.intake.models import RowIssue, RowState, SourceRow, Upload, UploadState, row_id
from crmprogram.program import clock
from crmprogram.program.models import Function, Membership, Position, Program, Role, Team, User
from phases.models import Scope, ScopeSignature
from phases.services.gates import furnish

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


# --- intake -----------------------------------------------------------------------


class UploadFactory(DjangoModelFactory):
    """A file that has been read, without rows of its own; SourceRowFactory adds them."""

    class Meta:
        model = Upload

    program = factory.SubFactory(ProgramFactory)
    number = factory.Sequence(lambda n: n + 1_000)  # beyond what services give in a test
    name = "contacts.csv"
    key = factory.LazyFunction(uuid4)
    size_bytes = 120
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    state = UploadState.READ
    encoding = "utf-8"
    encoding_from = "content"
    delimiter = ","
    format_slug = "generic-contact"
    object = "contact"
    object_from = "content"
    headers = ["Last name", "E-mail"]
    originals = ["Last name", "E-mail"]
    mapped = ["family_name", "email"]
    uploaded_by = factory.SubFactory(UserFactory)
    read_at = factory.LazyFunction(clock.now)


class SourceRowFactory(DjangoModelFactory):
    class Meta:
        model = SourceRow

    class Params:
        row_no = factory.Sequence(lambda n: n + 1)

    upload = factory.SubFactory(UploadFactory)
    id = factory.LazyAttribute(lambda row: row_id(row.upload.pk, row.row_no))
    line = factory.LazyAttribute(lambda row: row.row_no + 1)
    state = RowState.KEPT
    cells = '["Lee","ann@example.com"]'


class RowIssueFactory(DjangoModelFactory):
    class Meta:
        model = RowIssue

    row = factory.SubFactory(SourceRowFactory, state=RowState.QUARANTINED)
    upload = factory.SelfAttribute("row.upload")
    line = factory.SelfAttribute("row.line")
    rule = "row.too_few_cells"
    message = "The row has 1 cells, the header 2."


# --- phases: gates -----------------------------------------------------------------


class GatedProgramFactory(ProgramFactory):
    """A program with its phases and gates, a sponsor who is Accountable, and a signed scope."""

    class Meta:
        model = Program
        skip_postgeneration_save = True

    @factory.post_generation
    def people(program, create, extracted, **kwargs):
        runner = MembershipFactory(program=program, role=Role.SALES_OPS, user__first_name="Sales Ops Manager")
        sponsor = MembershipFactory(
            program=program, role=Role.SPONSOR, function=Function.LEADERSHIP, user__first_name="Executive Sponsor"
        )
        PositionFactory(program=program, title="Sales Ops Manager", membership=runner)
        program.accountable = PositionFactory(
            program=program, title="Chief Revenue Officer", level="c_level", membership=sponsor
        )
        program.save(update_fields=["accountable"])
        furnish(program, runner.user)
        program.runner, program.sponsor = runner.user, sponsor.user
        scope = Scope.objects.create(program=program)
        ScopeSignature.objects.create(scope=scope, version=1, signed_by=sponsor.user, role=Role.SPONSOR)
