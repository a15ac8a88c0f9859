"""Read every program's checks again; each program on its own, so that one cannot stop the others."""

import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="phases.take_readings")
def take_readings(program_id: int | None = None) -> None:
    """Of one program, or of all."""
    from crmprogram.program.models import Program
    from phases.services import readings

    programs = Program.objects.order_by("pk")
    for program in programs.filter(pk=program_id) if program_id else programs:
        new = readings.take_readings(program=program)
        if new:
            logger.info("readings taken program=%s changed=%d", program.pk, len(new))
