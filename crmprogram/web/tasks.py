"""Celery's way in."""

from celery import shared_task


@shared_task(name="web.forget_answers")
def forget_answers() -> None:
    from crmprogram.web import idempotency

    idempotency.forget_answers()
