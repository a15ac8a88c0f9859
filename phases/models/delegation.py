"""Who signs while the sponsor is away (G7)."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class DelegationQuerySet(ProgramScopedQuerySet):
    def open(self) -> Self:
        """Not ended by anybody; its last day is judged by the program's day."""
        return self.filter(ended_at__isnull=True)


class Delegation(models.Model):
    """The sponsor's word that another executive may decide gates for a while, never grant a waiver.

    It names both people as they were: it stops to count when the sponsor is another one, when the
    delegate leaves, and after its last day.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="delegations")
    sponsor = models.ForeignKey("program.Membership", models.PROTECT, related_name="+")
    delegate = models.ForeignKey("program.Membership", models.PROTECT, related_name="delegations")
    title = models.CharField(max_length=80, help_text="The delegate's position when named.")
    reason = models.CharField(max_length=300)
    from_on = models.DateField()
    until_on = models.DateField()
    named_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program"], condition=Q(ended_at__isnull=True), name="one_delegation"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="delegation_ends_after_start"),
            models.CheckConstraint(condition=~Q(sponsor=F("delegate")), name="delegate_is_another"),
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_has_reason"),
        ]

    def is_live(self, today: date) -> bool:
        """Does it count on `today`, a date in the program's zone? Its last day counts."""
        return self.ended_at is None and self.from_on <= today <= self.until_on

    def get_absolute_url(self) -> str:
        return reverse("phases:delegation", args=[self.program.slug])

    def __str__(self) -> str:
        return f"Delegation to {self.title}"
