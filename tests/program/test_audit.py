"""The trail is append-only and its seals show a change (reliability 24)."""

from datetime import timedelta

import pytest
from django.db import connection

from crmprogram.program import audit, clock
from crmprogram.program.models import AuditEntry
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries():
    member = MembershipFactory()
    with clock.at(clock.now() - timedelta(hours=1)):
        return [audit.record(by=member.user, verb=f"test.{n}", subject=member) for n in range(3)]


def test_entry_belongs_to_the_program_of_its_subject(entries):
    assert entries[0].program == MembershipFactory._meta.model.objects.get().program


@pytest.mark.parametrize("act", [
    lambda entry: entry.delete(),
    lambda entry: entry.save(),
    lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
    lambda entry: AuditEntry.objects.update(verb="x"),
])  # fmt: skip
def test_trail_cannot_be_changed_through_the_orm(entries, act):
    with pytest.raises(TypeError):
        act(entries[0])


def test_seal_covers_each_entry_once(entries):
    assert audit.seal().entries == 3
    assert audit.seal() is None
    assert audit.verify() == []


def test_newest_minutes_wait_for_the_next_seal(entries):
    audit.record(by=None, verb="test.now", subject=entries[0].program)

    assert audit.seal().entries == 3


@pytest.mark.parametrize("sql", [
    "UPDATE program_auditentry SET verb = 'forged' WHERE id = %s",
    "DELETE FROM program_auditentry WHERE id = %s",
])  # fmt: skip
def test_change_past_the_orm_shows(entries, sql):
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute(sql, [entries[1].pk])

    assert len(audit.verify()) == 1


def test_changes_tells_changed_fields_only(entries):
    program = entries[0].program

    before, after = audit.changes(program, {"seats": 90, "name": program.name})

    assert (before, after) == ({"seats": 60}, {"seats": 90})
