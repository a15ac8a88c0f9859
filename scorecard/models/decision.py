"""The decision record: drafted from the data, edited, signed, frozen (V11)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class DecisionRecordQuerySet(ProgramScopedQuerySet):
    def drafts(self) -> Self:
        return self.filter(signed_at__isnull=True)

    def signed(self) -> Self:
        return self.filter(signed_at__isnull=False)


class DecisionRecord(models.Model):
    """Why this vendor. `text` is the exact canonical JSON that was signed, empty in a draft.

    A signed record is never edited: a later choice is a record of the next round.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="decision_records")
    round = models.PositiveSmallIntegerField()
    rationale = models.TextField("what decided, and what spoke against it")
    dissent = models.TextField("who disagreed, and why", blank=True)
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=clock.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DecisionRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-round"]
        constraints = [
            models.UniqueConstraint(fields=["program", "round"], name="decision_round_once"),
            models.UniqueConstraint(fields=["program"], condition=Q(signed_at__isnull=True), name="one_decision_draft"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, text="", sha256="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(text="") & ~Q(sha256="")),
                name="decision_signed_is_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"Decision record {self.round}"
