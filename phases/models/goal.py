"""The goal statement in its versions (P6), and with whom each was shared (A5)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class GoalVersionQuerySet(ProgramScopedQuerySet):
    def with_sharing(self):
        """Annotate `shared_at`, when the version first went to the sponsor (None: not yet)."""
        first = GoalShare.objects.filter(goal=OuterRef("pk")).order_by("shared_at")
        return self.annotate(shared_at=Subquery(first.values("shared_at")[:1]))

    def newest_first(self):
        return self.order_by("-number")


class GoalVersion(models.Model):
    """One version of the goal; never edited after it is written, a change is the next version."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="goal_versions")
    number = models.PositiveIntegerField()
    outcome = models.TextField()
    metric = models.CharField(max_length=120)
    unit = models.CharField(max_length=20, blank=True)
    baseline_value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    baseline_due_on = models.DateField("baseline to be measured by", null=True, blank=True)
    target_value = models.DecimalField(max_digits=16, decimal_places=4)
    target_on = models.DateField("target date")
    success_6_months = models.TextField("success at 6 months")
    success_12_months = models.TextField("success at 12 months")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)

    shared_at: datetime | None  # set by the queryset's with_sharing()

    objects = GoalVersionQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="goal_version_once"),
            # a value or "to be measured by", never neither and never both
            models.CheckConstraint(
                condition=Q(baseline_value__isnull=False, baseline_due_on__isnull=True)
                | Q(baseline_value__isnull=True, baseline_due_on__isnull=False),
                name="goal_has_one_baseline",
            ),
            models.CheckConstraint(condition=~Q(outcome="") & ~Q(metric=""), name="goal_names_outcome_and_metric"),
        ]

    def __str__(self) -> str:
        return f"goal version {self.number}"

    @property
    def baseline_text(self) -> str:
        """The baseline as said on pages: "18%", or "to be measured by 1 Mar 2026"."""
        if self.baseline_value is not None:
            return amount(self.baseline_value, self.unit)
        assert self.baseline_due_on is not None
        return f"to be measured by {written_day(self.baseline_due_on)}"

    @property
    def target_text(self) -> str:
        return amount(self.target_value, self.unit)

    @property
    def headline(self) -> str:
        """The goal in one line: "Win rate: from 18% to 25% by 31 Jan 2027"."""
        start = f"from {self.baseline_text} " if self.baseline_value is not None else ""
        return f"{self.metric}: {start}to {self.target_text} by {written_day(self.target_on)}"


class GoalShare(models.Model):
    """A version was put before the sponsor: to whom, by whom, when, and how (A5)."""

    goal = models.ForeignKey(GoalVersion, models.CASCADE, related_name="shares")
    recipient = models.ForeignKey("program.Membership", models.PROTECT, related_name="+")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(default=clock.now)
    how = models.CharField("how it was shared", max_length=200, blank=True)

    program_path = "goal__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-shared_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["goal", "recipient"], name="goal_shared_once_with_each")]

    def __str__(self) -> str:
        return f"{self.goal} to {self.recipient}"


def amount(value: Decimal, unit: str) -> str:
    """A number without trailing zeros and its unit: "18%", "1,250.5 h"."""
    said = f"{value:,.4f}".rstrip("0").rstrip(".")
    return said + unit if unit == "%" else f"{said} {unit}".strip()


def written_day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
