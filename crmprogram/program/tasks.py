"""Celery's way in."""

from celery import shared_task


@shared_task(name="program.seal_audit")
def seal_audit() -> None:
    from crmprogram.program import audit

    audit.seal()
