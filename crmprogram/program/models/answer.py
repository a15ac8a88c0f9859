"""What a request with an idempotency key was answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from crmprogram.program import clock


class KeptAnswer(models.Model):
    """The answer to a POST that named an `Idempotency-Key`, kept for a day: sent again, it is given again.

    Written in the transaction of what it answers, so that there never is one without the other.
    `request_sha256` is over address and body; `body` is JSON as it was sent, "" for none.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    kept_at = models.DateTimeField(default=clock.wall, db_index=True)

    class Meta:
        ordering = ["-kept_at"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return f"{self.key} of {self.user}"
