"""The RACI, its sign-offs, and who is the executive sponsor."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import PositionLevel, ProgramScopedQuerySet
from governance.raci import LETTERS


class Activity(models.Model):
    """A row of the RACI. The fixed row names who is Accountable for the program itself (A4, G7)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="activities")
    phase = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(5)], help_text="0: all phases.")
    title = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField(default=0)
    is_fixed = models.BooleanField(default=False, editable=False)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["phase", "order", "pk"]
        verbose_name_plural = "activities"
        constraints = [
            models.UniqueConstraint(fields=["program", "title"], name="activity_title_once"),
            models.UniqueConstraint(fields=["program"], condition=Q(is_fixed=True), name="activity_fixed_once"),
            models.CheckConstraint(condition=Q(phase__lte=5), name="activity_in_a_phase"),
        ]

    def __str__(self) -> str:
        return self.title


class Assignment(models.Model):
    """The letters of one position in one row. Breaking R1 is stored and shown, and refused on sign-off."""

    program_path = "activity__program"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="assignments")
    position = models.ForeignKey("program.Position", models.CASCADE, related_name="assignments")
    letters = models.CharField(max_length=2, choices=list(LETTERS.items()))

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["activity", "position__order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "position"], name="assignment_once"),
            models.CheckConstraint(condition=Q(letters__in=list(LETTERS)), name="assignment_has_letters"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.position} {self.letters}"


class RaciSignoff(models.Model):
    """A version of the whole RACI that a leader signed. Its rows stay as they were then."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="raci_signoffs")
    version = models.PositiveSmallIntegerField()
    rows = models.JSONField(help_text="Title, phase and letters by position, as signed.")
    digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-version"]
        verbose_name = "RACI sign-off"
        constraints = [models.UniqueConstraint(fields=["program", "version"], name="raci_version_once")]

    def __str__(self) -> str:
        return f"RACI version {self.version}"


class SponsorshipQuerySet(ProgramScopedQuerySet):
    def open(self):
        """Named and not ended; at most one a program."""
        return self.filter(ended_at__isnull=True)

    def accepted(self):
        return self.open().filter(accepted_at__isnull=False)


class Sponsorship(models.Model):
    """One person's time as executive sponsor (R2): named, accepted by themselves, ended.

    Title and level are kept as they were when the person was named.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="sponsorships")
    membership = models.ForeignKey("program.Membership", models.PROTECT, related_name="sponsorships")
    position = models.ForeignKey("program.Position", models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=PositionLevel)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=clock.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    objects = SponsorshipQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["program"], condition=Q(ended_at__isnull=True), name="one_open_sponsorship"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_reason=""), name="sponsorship_ended_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, executive sponsor"
