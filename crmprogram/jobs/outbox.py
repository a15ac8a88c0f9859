"""Tell others, after the fact and only if the fact was committed."""

from __future__ import annotations

from django.db import models

from crmprogram.jobs.models import Outbox
from crmprogram.program import clock
from crmprogram.program.policy import program_of


def put(topic: str, subject: models.Model, **payload: object) -> Outbox:
    """Write one outbox row in the caller's transaction; governance turns it into mail later."""
    return Outbox.objects.create(
        program=program_of(subject),
        topic=topic,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        payload=payload,
        created_at=clock.now(),
    )
