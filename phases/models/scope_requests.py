"""What is asked for after the scope was locked (P7)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class ScopeRequestState(models.TextChoices):
    DEFERRED = "deferred", "Deferred to Iterate"
    EXCEPTION = "exception", "In scope by exception"
    DECLINED = "declined", "Declined"


class ScopeRequestQuerySet(ProgramScopedQuerySet):
    def grown(self) -> Self:
        """What the scope has grown by."""
        return self.filter(state=ScopeRequestState.EXCEPTION)


class ScopeRequest(models.Model):
    """An addition to a locked scope: deferred to Iterate from the start, until the sponsor decides otherwise."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="scope_requests")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=ScopeRequestState, default=ScopeRequestState.DEFERRED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    objects = ScopeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="scope_request_number_once"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="scope_request_says_why"),
            models.CheckConstraint(
                condition=Q(state="deferred", decided_by__isnull=True)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision_reason="")),
                name="decided_scope_request_says_why",
            ),
        ]

    @property
    def label(self) -> str:
        return f"S-{self.number:02d}"

    def get_absolute_url(self) -> str:
        return f"{reverse('phases:scope', args=[self.program.slug])}#after-the-lock"

    def __str__(self) -> str:
        return f"{self.label} {self.text}"
