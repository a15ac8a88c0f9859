"""What beat asks of adoption."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="adoption.follow_up")
def follow_up() -> int:
    """Find who an escalation goes to, send silence up, program by program; returns how many changed."""
    from adoption.services import escalations

    return sum(len(escalations.follow_up(one)) for one in escalations.programs_waiting())
