"""What of a signed gate no longer holds (G9)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from phases.models.gates import CONTINUING


class DriftQuerySet(ProgramScopedQuerySet):
    def standing(self) -> Self:
        """Still so: the criterion has not come back to what it was."""
        return self.filter(ended_at__isnull=True)


class Drift(models.Model):
    """One time that a continuing criterion of a signed gate stopped holding.

    `text` says the difference to what was signed. `settled_in` is the round in which the sponsor
    re-affirmed the gate knowing it; `ended_at` is when the criterion held again, or the gate was reopened.
    """

    gate = models.ForeignKey("phases.Gate", models.CASCADE, related_name="drifts")
    criterion = models.CharField(max_length=4)
    text = models.TextField()
    found_at = models.DateTimeField(default=clock.now)
    settled_in = models.ForeignKey("phases.GateReview", models.PROTECT, null=True, blank=True, related_name="settled")
    ended_at = models.DateTimeField(null=True, blank=True)

    program_path = "gate__program"
    objects = DriftQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gate", "criterion"], condition=Q(ended_at__isnull=True), name="one_standing_drift"
            ),
            models.CheckConstraint(condition=Q(criterion__in=CONTINUING), name="drift_of_a_continuing_criterion"),
        ]

    def __str__(self) -> str:
        return f"Drift of {self.criterion}"

    def get_absolute_url(self) -> str:
        return f"{self.gate.get_absolute_url()}#{self.criterion}"
