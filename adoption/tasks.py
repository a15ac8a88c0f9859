"""What beat asks of adoption."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="adoption.send_up")
def send_up() -> int:
    """Send unanswered escalations up, program by program; returns how many went."""
    from adoption.models import Escalation
    from adoption.services import escalations
    from crmprogram.program.models import Program

    waiting = Escalation.objects.unanswered().filter(went_up_at__isnull=True).order_by()
    programs = Program.objects.filter(pk__in=waiting.values("program"))
    return sum(len(escalations.send_up(one)) for one in programs)
