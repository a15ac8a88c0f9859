"""What beat asks of intake."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="intake.let_go")
def let_go() -> int:
    """Let files and rows go that were kept long enough; returns in how many programs work has begun."""
    from crmprogram.intake import retention

    return len(retention.sweep())
