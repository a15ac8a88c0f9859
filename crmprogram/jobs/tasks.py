"""Celery's way in: a message only says "look at the jobs"."""

import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="jobs.look")
def look() -> None:
    """Work off what there is; a second look starts beside this one when there is more."""
    from crmprogram.jobs import services

    services.work_off()


@shared_task(name="jobs.reap")
def reap() -> None:
    from crmprogram.jobs import services

    services.reap()


def ring(times: int = 2) -> None:
    """Publish `times` looks. A broker that does not answer is no error: the reaper rings again."""
    from kombu.exceptions import OperationalError

    try:
        for _ in range(times):
            look.delay()
    except (OperationalError, OSError) as exc:
        logger.warning("broker does not answer error=%s", type(exc).__name__)
