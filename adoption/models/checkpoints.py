"""Baselines taken before a wave goes live, and the checkpoints that are held after it (M12)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from adoption.models.reps import Rep
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from phases.models.waves import LAST_WAVE

ONE_TO_LAST = [MinValueValidator(1), MaxValueValidator(LAST_WAVE)]


class Day(models.IntegerChoices):
    """Days after a wave's go-live on which is asked what the CRM did (M12)."""

    ADOPTION = 30, "Day 30: adoption"
    DATA = 60, "Day 60: data and automation"
    BUSINESS = 90, "Day 90: early business signs"
    ROI = 180, "Day 180: return"


class Baseline(models.Model):
    """What a measure was before a wave went live, with its source. Rows are added, never changed.

    The newest holds. From go-live on none is added beside one that is there; the first one taken
    then `is_late` and says why. `measured_on` is the last day it covers, always before go-live.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="baselines")
    wave = models.PositiveSmallIntegerField(validators=ONE_TO_LAST)
    key = models.CharField("measure", max_length=40)
    value = models.DecimalField(max_digits=18, decimal_places=4)
    detail = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)
    measured_on = models.DateField()
    is_entered = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stored_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "wave", "key", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="baseline_has_source"),
            models.CheckConstraint(condition=Q(value__gte=0), name="baseline_not_negative"),
            models.CheckConstraint(condition=Q(is_late=False) | ~Q(note=""), name="late_baseline_says_why"),
        ]

    def __str__(self) -> str:
        return f"Baseline of wave {self.wave}, {self.key}"


class Checkpoint(models.Model):
    """A checkpoint that was held: what every measure read then, with a comment. One a wave and day, never changed.

    `readings` are rows of adoption.queries.checkpoints.Reading as JSON; `verdict` is met, not_met or unknown.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="checkpoints")
    wave = models.PositiveSmallIntegerField(validators=ONE_TO_LAST)
    day = models.PositiveSmallIntegerField(choices=Day)
    live_on = models.DateField("go-live")
    due_on = models.DateField()
    readings: Any = models.JSONField(default=list)
    verdict = models.CharField(max_length=10)
    comment = models.TextField()
    next_step = models.CharField(max_length=300, blank=True)
    held_on = models.DateField()
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    held_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "wave", "day"]
        constraints = [
            models.UniqueConstraint(fields=["program", "wave", "day"], name="checkpoint_held_once"),
            models.CheckConstraint(condition=Q(day__in=Day.values), name="checkpoint_on_its_day"),
            models.CheckConstraint(condition=~Q(comment=""), name="checkpoint_has_comment"),
            models.CheckConstraint(condition=Q(held_on__gte=F("due_on")), name="checkpoint_held_when_due"),
        ]

    def __str__(self) -> str:
        return f"Wave {self.wave}, day {self.day}"

    def get_absolute_url(self) -> str:
        return f"{reverse('adoption:checkpoints', args=[self.program.slug])}#wave-{self.wave}-day-{self.day}"

    @property
    def days_late(self) -> int:
        return (self.held_on - self.due_on).days


class LeadAnswer(models.Model):
    """A lead by its id in the CRM: when it was created, and when somebody first called or wrote to it (M12).

    Either half comes from its own export, in any order. `rep` is the lead's owner. A first call or mail that
    a later export takes back stays.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="lead_answers")
    source = models.CharField(max_length=40)
    record_id = models.CharField(max_length=100)
    rep = models.ForeignKey(Rep, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "created_at"]
        constraints = [models.UniqueConstraint(fields=["program", "source", "record_id"], name="lead_answer_once")]
        indexes = [models.Index(fields=["program", "created_at"], name="lead_answer_by_creation")]

    def __str__(self) -> str:
        return f"Lead {self.record_id}"
