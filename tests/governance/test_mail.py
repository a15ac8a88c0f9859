"""Mail from the outbox: who is asked, who is told, once, and again after a refusal (R1, G7)."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend

from crmprogram.jobs import outbox
from crmprogram.jobs.models import Outbox
from crmprogram.program import clock
from crmprogram.program.models import Function, Program, Role, User
from governance import notices, services
from governance.models import Assignment, Delivery, DeliveryState
from governance.services import mail
from phases.models import Gate, GateReview
from tests.factories import GatedProgramFactory, MembershipFactory, PositionFactory


class Broken(EmailBackend):
    """A server that hangs up."""

    def send_messages(self, messages):
        raise SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.fixture
def program(db):
    """A sponsor (A), who runs it (R), a specialist (C) and a manager (I) in the fixed row."""
    program = GatedProgramFactory()
    services.furnish_program(program, program.runner)
    row = program.activities.get(is_fixed=True)
    specialist = MembershipFactory(program=program, role=Role.CRM_SPECIALIST, function=Function.IT)
    manager = MembershipFactory(program=program, role=Role.TEAM_LEAD, function=Function.SALES)
    program.consulted, program.informed = specialist.user, manager.user
    runner = program.positions.get(title="Sales Ops Manager")
    people = (
        (program.accountable, "A"),
        (runner, "R"),
        (PositionFactory(program=program, title="Specialist", membership=specialist), "C"),
        (PositionFactory(program=program, title="Managers", membership=manager), "I"),
    )
    Assignment.objects.filter(activity=row).delete()
    for position, letters in people:
        Assignment.objects.create(activity=row, position=position, letters=letters)
    Outbox.objects.all().delete()
    return Program.objects.get(pk=program.pk)


@pytest.fixture
def runner(program):
    return program.memberships.get(role=Role.SALES_OPS).user


@pytest.fixture
def review(program, runner):
    gate = Gate.objects.get(program=program, number=1)
    review = GateReview.objects.create(gate=gate, round=1, requested_by=runner, note="Please look.")
    outbox.put("gate.requested", review, gate=1, round=1)
    return review


def told():
    return {one.user.username: one.subject for one in Delivery.objects.select_related("user")}


def test_request_asks_the_accountable_and_tells_the_consulted(program, review, runner):
    mail.turn_outbox()

    sponsor = program.accountable.membership.user.username
    consulted = program.memberships.get(role=Role.CRM_SPECIALIST).user.username
    assert told() == {
        sponsor: "[Orrery Instruments] Gate 1 waits for your decision",
        consulted: "[Orrery Instruments] Gate 1 was requested",
    }
    body = Delivery.objects.get(user__username=sponsor).body
    assert "“Please look.”" in body
    assert f"/p/{program.slug}/gates/1/" in body


def test_message_leaves_once_however_often_the_task_runs(review):
    for _ in range(3):
        mail.turn_outbox()
        mail.send_due()

    assert len(outgoing.outbox) == 2
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}
    first = outgoing.outbox[0]
    assert first.extra_headers["Message-ID"] == f"<delivery-{Delivery.objects.order_by('pk')[0].pk}@localhost>"


def test_row_that_is_read_again_tells_nobody_twice(review):
    mail.turn_outbox()
    Outbox.objects.update(sent_at=None)

    mail.turn_outbox()

    assert Delivery.objects.count() == 2


def test_refused_mail_waits_longer_each_time_then_stands_as_failed(review, settings):
    settings.EMAIL_BACKEND = "tests.governance.test_mail.Broken"
    mail.turn_outbox()
    Delivery.objects.exclude(pk=Delivery.objects.first().pk).delete()
    waits = []
    for _ in range(6):
        before = clock.wall()
        mail.send_due()
        one = Delivery.objects.get()
        waits.append(round((one.next_try_at - before).total_seconds() / 60))
        Delivery.objects.update(next_try_at=clock.wall())

    assert waits == [1, 5, 15, 60, 240, 240]
    one = Delivery.objects.get()
    assert (one.state, one.attempts) == (DeliveryState.FAILED, 6)
    assert one.error == "SMTPServerDisconnected: Connection unexpectedly closed"

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.send_due() == 0
    mail.try_again(delivery=one, by=one.user)
    assert mail.send_due() == 1
    with pytest.raises(mail.NotFailed):
        mail.try_again(delivery=one, by=one.user)


def test_worker_that_died_while_sending_leaves_a_row_that_is_sent_again(review):
    mail.turn_outbox()
    Delivery.objects.update(state=DeliveryState.SENDING, next_try_at=clock.wall() - timedelta(minutes=5))
    assert mail.send_due() == 0  # it may still be on its way

    Delivery.objects.update(next_try_at=clock.wall() - timedelta(minutes=11))
    assert mail.send_due() == 2


def test_person_who_switched_mail_off_or_has_no_address_gets_none(program, review):
    sponsor = program.accountable.membership.user
    sponsor.mail_notices = False
    sponsor.save()
    User.objects.filter(memberships__role=Role.CRM_SPECIALIST).update(email="")

    mail.turn_outbox()

    assert told() == {}


def test_old_rows_are_history(review):
    Outbox.objects.update(created_at=clock.wall() - timedelta(days=3))

    assert mail.turn_outbox() == 1
    assert told() == {}
    assert Outbox.objects.get().sent_at is not None


def test_decision_is_told_to_who_asked_and_to_the_informed(program, review, runner):
    Outbox.objects.all().delete()
    GateReview.objects.filter(pk=review.pk).update(decision="withdrawn")
    review.decided_by, review.decision, review.reason = program.accountable.membership.user, "sent_back", "Not yet."
    event = outbox.put("gate.decided", review, gate=1)
    people = notices.asking.of_program(notices.load_matrix(program))
    made = list(notices.decided(notices.Event(event, program, review, people)))

    assert [one.role for one in made[0].to] == [Role.SALES_OPS, Role.SALES_OPS, Role.CRM_SPECIALIST, Role.TEAM_LEAD]
    assert made[0].lines[1] == "“Not yet.”"


@pytest.mark.parametrize(("days", "subjects"), [(5, 0), (9, 2)])
def test_silence_goes_to_the_next_once(program, review, days, subjects):
    PositionFactory(
        program=program,
        title="VP Finance",
        level="vp",
        membership=MembershipFactory(program=program, role=Role.VIEWER, function=Function.FINANCE),
    )
    Outbox.objects.all().delete()
    GateReview.objects.update(requested_at=clock.now() - timedelta(days=days))

    for _ in range(2):
        mail.remind_of_silence()
        mail.turn_outbox()

    found = sorted(told().values())
    assert len(found) == subjects
    if subjects:
        assert found == [
            "[Orrery Instruments] Gate 1 still waits for you",
            "[Orrery Instruments] Nobody has answered the request for Gate 1",
        ]


def test_topic_without_mail_is_read_and_done(program):
    outbox.put("goal.written", program)

    assert mail.turn_outbox() == 1
    assert told() == {}


def test_profile_switches_mail_off(client, program):
    user = program.accountable.membership.user
    client.force_login(user)

    client.post("/profile/", {"first_name": "A", "last_name": "B", "theme": "auto", "time_zone": ""})

    user.refresh_from_db()
    assert (user.mail_notices, user.mail_digests) == (False, False)
