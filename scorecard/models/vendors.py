"""Vendors and how they moved from the long list to the choice (V1)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class ListState(models.TextChoices):
    """Where a vendor stands in the search (V1). Dropped vendors stay on record, with the reason."""

    LONG = "long", "Long list"
    SHORT = "short", "Short list"
    FINALIST = "finalist", "Finalist"
    SELECTED = "selected", "Selected"
    DROPPED = "dropped", "Dropped"


class VendorQuerySet(ProgramScopedQuerySet):
    def standing(self) -> Self:
        """Not dropped."""
        return self.exclude(state=ListState.DROPPED)

    def short_listed(self) -> Self:
        """On the short list or beyond it: these are rated."""
        return self.filter(state__in=[ListState.SHORT, ListState.FINALIST, ListState.SELECTED])

    def finalists(self) -> Self:
        return self.filter(state__in=[ListState.FINALIST, ListState.SELECTED])


class Vendor(models.Model):
    """A platform under consideration in one program."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="vendors")
    name = models.CharField(max_length=80)
    edition = models.CharField("edition or plan", max_length=80, blank=True)
    vertical = models.CharField("made for", max_length=80, blank=True, help_text="Empty: a general CRM.")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ListState, default=ListState.LONG)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)

    objects = VendorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="vendor_once"),
            models.UniqueConstraint(fields=["program"], condition=Q(state="selected"), name="one_vendor_selected"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scorecard:vendor", args=[self.program.slug, self.pk])


class VendorMove(models.Model):
    """Who moved a vendor from one list to another, when and why (V1). Never edited."""

    program_path = "vendor__program"

    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="moves")
    was = models.CharField(max_length=10, choices=ListState, blank=True)
    now = models.CharField(max_length=10, choices=ListState)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.vendor}: {self.get_now_display()}"


class Selection(models.Model):
    """The finalist that was chosen, with the rationale in writing (B4). A later choice supersedes it."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="selections")
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="selections")
    rationale = models.TextField()
    selected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    selected_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program"], condition=Q(withdrawn_at__isnull=True), name="one_standing_selection"
            ),
            models.CheckConstraint(condition=~Q(rationale=""), name="selection_has_rationale"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} selected"
