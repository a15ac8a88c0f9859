"""A seeded simulation over weights and ratings (V10)."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class Simulation(models.Model):
    """One run of draws. `inputs` is the panel as it was, so that seed and inputs give the same `wins` again.

    `wins` counts the draws each vendor (by id as text) led; "" those in which nobody did. Empty until the end.
    """

    program_path = "scorecard__program"

    scorecard = models.ForeignKey("scorecard.Scorecard", models.CASCADE, related_name="simulations")
    seed = models.CharField(max_length=40)
    draws = models.PositiveIntegerField(default=10_000, validators=[MinValueValidator(100), MaxValueValidator(100_000)])
    weight_noise = models.PositiveSmallIntegerField(
        "weights up or down by, %", default=25, validators=[MaxValueValidator(100)]
    )
    rating_noise = models.PositiveSmallIntegerField(
        "ratings that move a step, %", default=20, validators=[MaxValueValidator(100)]
    )
    inputs = models.JSONField()
    wins = models.JSONField(default=dict, blank=True)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(draws__gte=1), name="simulation_draws"),
            models.CheckConstraint(
                condition=Q(weight_noise__lte=100, rating_noise__lte=100), name="simulation_noise_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draws} draws of {self.at:%Y-%m-%d}"
