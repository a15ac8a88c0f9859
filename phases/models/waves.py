"""Pilots, the go-live of waves, and their reviews (P4, G6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet

LAST_WAVE = 20
ONE_TO_LAST = [MinValueValidator(1), MaxValueValidator(LAST_WAVE)]


class PilotQuerySet(ProgramScopedQuerySet):
    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class Pilot(models.Model):
    """One team or region tries the CRM before the waves, for a use case, against a number said before (P4).

    It runs from `starts_on` to `ends_on`, both included. What was measured are its `measures`; the newest counts.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="pilots")
    number = models.PositiveIntegerField()
    team = models.ForeignKey("program.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    region = models.CharField(max_length=80, blank=True)
    use_case = models.CharField(max_length=300)
    metric = models.CharField("success metric", max_length=120)
    unit = models.CharField(max_length=20, blank=True)
    baseline = models.DecimalField(max_digits=14, decimal_places=2)
    target = models.DecimalField(max_digits=14, decimal_places=2)
    starts_on = models.DateField()
    ends_on = models.DateField()
    edit = models.PositiveIntegerField(default=0, help_text="Counts changes, so that two people do not overwrite.")
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    finding = models.TextField(blank=True)

    objects = PilotQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="pilot_number_once"),
            models.UniqueConstraint(fields=["program"], condition=Q(closed_at__isnull=True), name="one_open_pilot"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="pilot_ends_after_start"),
            models.CheckConstraint(condition=~Q(baseline=F("target")), name="pilot_target_differs"),
            models.CheckConstraint(condition=~Q(use_case="") & ~Q(metric=""), name="pilot_says_what_for"),
            models.CheckConstraint(condition=Q(team__isnull=False) | ~Q(region=""), name="pilot_has_a_place"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(finding=""), name="closed_pilot_has_finding"
            ),
        ]

    @property
    def label(self) -> str:
        return f"P-{self.number:02d}"

    @property
    def place(self) -> str:
        """The team as it was called, else the region."""
        return self.region

    @property
    def is_lower_better(self) -> bool:
        return self.target < self.baseline

    def reaches(self, value: Decimal) -> bool:
        """Does `value` meet the target?"""
        return value <= self.target if self.is_lower_better else value >= self.target

    @property
    def planned_weeks(self) -> int:
        """Whole weeks from the first to the last day, both included."""
        return ((self.ends_on - self.starts_on).days + 1) // 7

    def weeks_until(self, today: date) -> int:
        """Whole weeks that have passed of it by the evening of `today`; 0 before it begins."""
        return max(0, (min(today, self.ends_on) - self.starts_on + timedelta(days=1)).days) // 7

    def get_absolute_url(self) -> str:
        return reverse("phases:waves", args=[self.program.slug])

    def __str__(self) -> str:
        return f"Pilot {self.label}"


class PilotMeasure(models.Model):
    """What the pilot's metric was on a day, with its source. Rows are added, never changed."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="measures")
    on = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)
    source = models.CharField(max_length=200)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(default=clock.now)

    program_path = "pilot__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pilot", "-on", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(source=""), name="pilot_measure_has_source")]

    def __str__(self) -> str:
        return f"{self.pilot.label} on {self.on}"


class WaveStart(models.Model):
    """The sponsor's decision that a wave goes live, with what they knew. One a wave, never changed (P4, G6).

    `despite` are the conditions that were not met, each as a sentence; with any of them there is a reason.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="wave_starts")
    wave = models.PositiveSmallIntegerField(validators=ONE_TO_LAST)
    starts_on = models.DateField("go-live")
    despite = models.JSONField(default=list, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "wave"]
        constraints = [
            models.UniqueConstraint(fields=["program", "wave"], name="wave_starts_once"),
        ]

    def get_absolute_url(self) -> str:
        return f"{reverse('phases:waves', args=[self.program.slug])}#wave-{self.wave}"

    def __str__(self) -> str:
        return f"Go-live of wave {self.wave}"


class WaveReview(models.Model):
    """What the review of a live wave found; one is due every 30 days (P4)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="wave_reviews")
    wave = models.PositiveSmallIntegerField(validators=ONE_TO_LAST)
    due_on = models.DateField()
    held_on = models.DateField()
    finding = models.TextField()
    next_step = models.CharField(max_length=300, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "wave", "-due_on"]
        constraints = [
            models.UniqueConstraint(fields=["program", "wave", "due_on"], name="wave_review_once"),
            models.CheckConstraint(condition=~Q(finding=""), name="wave_review_has_finding"),
        ]

    def __str__(self) -> str:
        return f"Review of wave {self.wave}, {self.due_on}"
