"""The dashboards leadership looks at, and each look at one of them (R12, D5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class ReviewCadence(models.TextChoices):
    """How often somebody looks at a dashboard and decides."""

    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"
    QUARTERLY = "quarterly", "Every quarter"

    @property
    def length(self) -> timedelta:
        """The longest time from one review to the next."""
        return timedelta(days={"weekly": 7, "monthly": 31, "quarterly": 92}[self.value])


class DashboardQuerySet(ProgramScopedQuerySet):
    def live(self) -> Self:
        return self.filter(retired_at__isnull=True)


class Dashboard(models.Model):
    """A dashboard that leadership looks at: for whom, how often, and which decision it changes (R12, D5).

    `reviewed_on` is the day of its newest review, `undecided` the number of newest reviews in a row
    that took no decision; both are written with each review.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="dashboards")
    name = models.CharField(max_length=80)
    audience = models.CharField(max_length=120)
    decision = models.CharField("decision it changes", max_length=200)
    address = models.URLField("where it is", max_length=300, blank=True)
    cadence = models.CharField(max_length=10, choices=ReviewCadence, default=ReviewCadence.MONTHLY)
    owner = models.ForeignKey(
        "program.Membership", models.SET_NULL, null=True, blank=True, related_name="owned_dashboards"
    )
    reviewed_on = models.DateField("last reviewed", null=True, blank=True, editable=False)
    undecided = models.PositiveSmallIntegerField(default=0, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = DashboardQuerySet.as_manager()

    class Meta:
        ordering = ["program", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "name"], condition=Q(retired_at__isnull=True), name="dashboard_name_once"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(audience="") & ~Q(decision=""), name="dashboard_says_for_whom_and_what"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("governance:dashboard", args=[self.program.slug, self.pk])


class DashboardReview(models.Model):
    """One look at a dashboard: who looked, and what was decided, "" for nothing. Rows are added, never changed."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="reviews")
    reviewed_on = models.DateField()
    decision = models.CharField("decision taken", max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    program_path = "dashboard__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["dashboard", "-reviewed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dashboard", "reviewed_on"], name="dashboard_reviewed_once_a_day"),
            models.CheckConstraint(condition=~Q(decision="") | ~Q(note=""), name="dashboard_review_says_something"),
        ]

    def __str__(self) -> str:
        return f"Review of {self.dashboard_id}, {self.reviewed_on}"
