"""Published editions of the sponsor's one-pager (X1, X2)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models.trail import AppendOnlyQuerySet


class Edition(models.Model):
    """A one-pager as it was published: the exact canonical JSON it is drawn from, and its SHA-256. Never edited."""

    program = models.ForeignKey("program.Program", models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=clock.now)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(sha256=""), name="edition_not_empty"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An edition is never edited.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("An edition is never removed.")

    def get_absolute_url(self) -> str:
        return reverse("governance:edition", args=[self.program.slug, self.number])

    def __str__(self) -> str:
        return f"One-pager {self.number}"
