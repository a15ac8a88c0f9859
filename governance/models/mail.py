"""Mail that is owed to people, one row for each message and recipient."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    NOTHING = "nothing", "Nothing to say"


class DeliveryQuerySet(ProgramScopedQuerySet):
    def due(self) -> Self:
        """Waiting and allowed to leave now, by the machine's time."""
        return self.filter(state=DeliveryState.QUEUED, next_try_at__lte=clock.wall())


class Delivery(models.Model):
    """One message to one person. `key` names what it tells, so that it is told to them once.

    A key is "outbox:17" or "digest:weekly:2026-W47". The words are those of the moment it happened.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries")
    topic = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    next_try_at = models.DateTimeField(default=clock.wall, help_text="Machine time.")
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_due")]
        constraints = [
            models.UniqueConstraint(fields=["key", "user", "program"], name="told_once"),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="delivery_failed_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.user}"
