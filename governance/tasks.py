"""What beat asks of governance: mail, and digests."""

from __future__ import annotations

import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="governance.send_mail")
def send_mail() -> None:
    """Read the outbox, then send what is due."""
    from governance.services import mail

    mail.remind_of_silence()
    read, sent = mail.turn_outbox(), mail.send_due()
    if read or sent:
        logger.info("mail sent rows=%d messages=%d", read, sent)


@shared_task(name="governance.send_digests")
def send_digests() -> None:
    """Queue the digests of the day and the week; `send_mail` sends them."""
    from governance.services import digests

    if said := digests.send_digests():
        logger.info("digests queued count=%d", said)
