"""Turn the outbox into mail, and send it: once for each message and recipient.

The row is written before the mail leaves and marked after it left. A worker that dies between
the two leaves a row that is sent again after ten minutes, under the same Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.jobs.models import Outbox
from crmprogram.program import audit, clock
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Membership, Program, User
from governance import notices
from governance.asking import answer_by
from governance.models import Delivery, DeliveryState
from phases.models import GateReview

logger = logging.getLogger(__name__)

TOLD_FOR = timedelta(days=2)  # what is older when the outbox is read is history, and told to nobody
BATCH = 100
WAITS = (1, 5, 15, 60, 240)  # minutes between attempts
STUCK = timedelta(minutes=10)


class NotFailed(DomainError):
    """Only a failed delivery is tried again by hand."""

    code = "delivery_not_failed"


def turn_outbox(limit: int = BATCH) -> int:
    """Write the deliveries of the rows nobody read yet; returns how many rows were read.

    Each row in a transaction of its own: it is marked with its deliveries, or not at all.
    """
    keys = list(Outbox.objects.filter(sent_at=None).order_by("pk").values_list("pk", flat=True)[:limit])
    for key in keys:
        with transaction.atomic():
            row = Outbox.objects.select_for_update(of=("self",)).filter(pk=key, sent_at=None).first()
            if row is None:
                continue  # another worker was quicker
            if clock.wall() - row.created_at <= TOLD_FOR:
                for one in notices.notices_of(row):
                    queue(row, one)
            row.sent_at = clock.wall()
            row.save(update_fields=["sent_at"])
    return len(keys)


def queue(row: Outbox, notice: notices.Notice) -> None:
    """One row for each recipient who wants mail and can be reached; who was asked is not told as well."""
    assert row.program is not None
    Delivery.objects.bulk_create(
        [
            Delivery(
                program=row.program,
                key=f"outbox:{row.pk}",
                user=user,
                topic=row.topic,
                subject=subject_of(row.program, notice.subject),
                body=body_of(row.program, notice.lines, notice.path),
            )
            for user in reachable(notice.to)
        ],
        ignore_conflicts=True,
    )


def reachable(people: Iterable[Membership]) -> list[User]:
    """The people with an address who have not switched mail off, each once."""
    found = {one.user_id: one.user for one in people if one.is_active}
    return [one for one in found.values() if one.is_active and one.email and one.mail_notices]


def subject_of(program: Program, text: str) -> str:
    return f"[{program.company}] {text}"[:200].replace("\n", " ").replace("\r", " ")


def body_of(program: Program, lines: Iterable[str], path: str) -> str:
    """The lines, the page to open, and why this mail came."""
    return "\n\n".join(
        [
            *lines,
            f"{settings.PUBLIC_URL}{path}",
            f"-- \n{program}\nYou are told by your place in this program. "
            f"To get no mail: {settings.PUBLIC_URL}/profile/",
        ]
    )


def send_due(limit: int = BATCH) -> int:
    """Send what is due; returns how many left. A refusal is kept with the row and tried again later."""
    now = clock.wall()
    Delivery.objects.filter(state=DeliveryState.SENDING, next_try_at__lte=now - STUCK).update(
        state=DeliveryState.QUEUED
    )
    due = list(Delivery.objects.due().select_related("user").order_by("pk")[:limit])
    if not due:
        return 0
    connection = get_connection()
    sent = 0
    for one in due:
        mine = Delivery.objects.due().filter(pk=one.pk)
        if not mine.update(state=DeliveryState.SENDING, next_try_at=clock.wall()):
            continue  # another worker sends it
        try:
            _message(one, connection).send()
        except (SMTPException, OSError, ValueError) as error:
            _put_off(one, error)
        else:
            Delivery.objects.filter(pk=one.pk).update(
                state=DeliveryState.SENT, sent_at=clock.wall(), attempts=one.attempts + 1, error=""
            )
            sent += 1
    return sent


def remind_of_silence() -> int:
    """Note, once each, the gate requests that nobody answered in five working days."""
    told = Outbox.objects.filter(topic="gate.silent").values_list("subject_id", flat=True)
    waiting = GateReview.objects.pending().filter(requested_at__lte=clock.now() - timedelta(days=5))
    found = 0
    for review in waiting.select_related("gate__program"):
        program = review.gate.program
        if program.on_hold or clock.today(program) <= answer_by(review):
            continue
        with transaction.atomic():
            Program.objects.lock(program.pk)
            if not told.filter(subject_id=str(review.pk)).exists():
                outbox.put("gate.silent", review, gate=review.gate.number)
                found += 1
    return found


@transaction.atomic
def try_again(*, delivery: Delivery, by: User) -> Delivery:
    """Support sets a failed delivery going again."""
    again = {"state": DeliveryState.QUEUED, "attempts": 0, "error": "", "next_try_at": clock.wall()}
    if not Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED).update(**again):
        raise NotFailed("Only a failed delivery is tried again.")
    delivery.refresh_from_db()
    audit.record(by=by, verb="mail.again", subject=delivery)
    return delivery


def _message(one: Delivery, connection: BaseEmailBackend) -> EmailMessage:
    """The same row gives the same Message-ID, so that a second copy can be told apart from a second message."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    headers = {"Message-ID": f"<delivery-{one.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(one.subject, one.body, to=[one.user.email], headers=headers, connection=connection)


def _put_off(one: Delivery, error: Exception) -> None:
    """Wait longer each time; after the last attempt it stands as failed, with what the server said."""
    said = f"{type(error).__name__}: {error}"[:300]
    is_last = one.attempts >= len(WAITS)
    wait = timedelta(minutes=WAITS[min(one.attempts, len(WAITS) - 1)])
    Delivery.objects.filter(pk=one.pk).update(
        state=DeliveryState.FAILED if is_last else DeliveryState.QUEUED,
        attempts=one.attempts + 1,
        error=said,
        next_try_at=clock.wall() + wait,
    )
    logger.warning("mail not sent delivery=%s attempt=%d error=%s", one.pk, one.attempts + 1, type(error).__name__)
