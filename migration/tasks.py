"""Celery's way in: a message only says "look at the sets"."""

from celery import shared_task


@shared_task(name="migration.carry_on")
def carry_on() -> None:
    """Take the next step of sets whose worker died between two objects."""
    from migration.services import sets

    sets.carry_on()
