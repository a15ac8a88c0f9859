"""Several querysets in one statement give what each gives by itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from crmprogram.program import clock, together
from crmprogram.program.models import AuditEntry, Membership, Program, Team
from crmprogram.program.together import fill, rows_of
from phases.models import Gap, Threshold
from tests.factories import MembershipFactory, ProgramFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    one = ProgramFactory(starts_on=date(2026, 1, 5))
    MembershipFactory.create_batch(3, program=one)
    Gap.objects.create(program=one, number=1, title="é \" '", volume=Decimal("12.50"), rate_percent=Decimal("0.125"),
                       value=7, yearly_cost=10**15)  # fmt: skip
    Gap.objects.create(program=one, number=2, title="Not estimated")
    Threshold.objects.create(program=one, phase=1, check_key="audit.gaps", params={"least": 3, "said": "x"}, reason="r",
                             set_by=one.memberships.first().user)  # fmt: skip
    return one


def plain(rows):
    """Every attribute of each row, with the types of the values."""
    return [
        {key: (type(value), value) for key, value in (row if isinstance(row, dict) else row.__dict__).items()
         if key != "_state"}
        for row in rows
    ]  # fmt: skip


def asked(program):
    return (
        Program.objects.filter(pk=program.pk).select_related("accountable"),
        Membership.objects.filter(program=program).select_related("user", "team").order_by("-pk"),
        Gap.objects.filter(program=program).order_by("-number"),
        Threshold.objects.filter(program=program),
        Program.objects.annotate(people=Count("memberships")).order_by("pk"),
        Gap.objects.filter(program=program).order_by("number").values("number", "volume", "changed_at"),
        Team.objects.filter(program=program),
        AuditEntry.objects.none(),
    )


def test_rows_are_those_of_each_queryset_by_itself(program, django_assert_num_queries):
    together, alone = asked(program), asked(program)

    with django_assert_num_queries(1):
        fill(*together)
        found = [list(one) for one in together]

    for rows, queryset in zip(found, alone, strict=True):
        assert plain(rows) == plain(queryset)


def test_related_rows_are_there_without_asking(program, django_assert_num_queries):
    members = Membership.objects.filter(program=program).select_related("user", "team").order_by("pk")
    fill(members, Gap.objects.filter(program=program))

    with django_assert_num_queries(0):
        assert [(one.user.username != "", one.team) for one in members] == [(True, None)] * 3
        assert members[0]._state.db == "default"


def test_prefetch_costs_its_own_query(program, django_assert_num_queries):
    programs = Program.objects.prefetch_related("gaps")
    with django_assert_num_queries(2):
        fill(programs, Membership.objects.filter(program=program))
        assert [len(one.gaps.all()) for one in programs] == [2]


def test_what_was_read_is_not_read_again(program, django_assert_num_queries):
    gaps, members = Gap.objects.all(), Membership.objects.all()
    fill(gaps, members)

    with django_assert_num_queries(0):
        fill(gaps, members)


def test_lists_of_bare_values_are_refused(program):
    with pytest.raises(TypeError):
        fill(Gap.objects.values_list("number"), Membership.objects.all())


# --- a statement kept for all programs ----------------------------------------------------


def of_the_day(program):
    return (
        Gap.objects.filter(program=program, changed_at__date__lte=clock.today(program)).order_by("-number"),
        Program.objects.filter(pk=program.pk).select_related("accountable").annotate(people=Count("memberships")),
        AuditEntry.objects.none(),
    )


def of_people(program):
    return (Membership.objects.filter(program=program).select_related("user").order_by("-pk"),)


@pytest.fixture
def kept(monkeypatch):
    """The statements that are kept, at first none."""
    monkeypatch.setattr(together, "_kept", known := {})
    return known


def test_kept_statement_gives_each_program_and_day_its_own_rows(program, kept, django_assert_num_queries):
    other = ProgramFactory(time_zone="Pacific/Auckland")
    Gap.objects.create(program=other, number=9, title="Of the other")
    evening, noon = datetime(2026, 3, 2, 20, tzinfo=UTC), datetime(2026, 3, 3, 12, tzinfo=UTC)
    Gap.objects.update(changed_at=evening)
    numbers = {}
    for one in (program, other) * 2:
        for moment, zone in ((evening, "UTC"), (evening, "Asia/Tokyo"), (noon, "UTC")):
            with clock.at(moment), timezone.override(zone):
                with django_assert_num_queries(1):
                    rows, (people,) = rows_of(one, [of_the_day, of_people])
                fresh = (*of_the_day(one), *of_people(one))
                fill(*fresh)
            assert [plain(found) for found in (*rows, people)] == [plain(alone) for alone in fresh]
            numbers[one, moment, zone] = [gap.number for gap in rows[0]]
    assert [found for (one, *_), found in numbers.items() if one == program] == [[2, 1], [], [2, 1]]
    assert [found for (one, *_), found in numbers.items() if one == other] == [[9], [9], [9]]
    assert len(kept) == 6, "each is made once"


def test_kept_statement_is_read_by_another_thread_through_its_own_connection(program, kept, monkeypatch):
    rows_of(program, [of_people])
    ((statement, _),) = kept.values()
    (part,) = statement.parts
    other = connection.copy()
    seen = []
    monkeypatch.setattr(type(part.compiler), "get_converters", lambda self, _: seen.append(self.connection) or {})

    part.rows("[]", other)

    assert seen == [other]


@pytest.mark.parametrize(
    "maker",
    [
        lambda program: (Gap.objects.filter(title=program.name),),
        lambda program: (Gap.objects.filter(pk__in=list(program.gaps.all())),),
        lambda program: (Gap.objects.filter(title=f"Gap {program.pk}"),),
        lambda program: (Gap.objects.filter(program=program).prefetch_related("program"),),
    ],
)
def test_what_one_program_alone_holds_cannot_be_kept(program, kept, maker):
    with pytest.raises(TypeError):
        rows_of(program, [maker])
    assert not kept
