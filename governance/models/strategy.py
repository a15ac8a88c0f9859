"""Do the reps know what the CRM is for? Three are drawn and asked each quarter (P8)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class StrategyTest(models.Model):
    """The draw of one quarter. `pool` are the keys it was drawn from, in order: with `seed` it can be drawn again."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="strategy_tests")
    period = models.CharField(max_length=7, help_text="A quarter, 2026-Q4.")
    seed = models.CharField(max_length=32)
    pool = models.JSONField(default=list)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-period"]
        constraints = [models.UniqueConstraint(fields=["program", "period"], name="strategy_test_once_a_quarter")]

    def get_absolute_url(self) -> str:
        return reverse("governance:strategy-test", args=[self.program.slug])

    def __str__(self) -> str:
        return f"Strategy test of {self.period}"


class StrategyAnswer(models.Model):
    """A rep who was drawn, and what they said; blank until asked.

    `person` is how pages call them: a rep's code, or a member's name. The verdicts are the asker's:
    does the answer say what the goal says, and how the person is measured?
    """

    test = models.ForeignKey(StrategyTest, models.CASCADE, related_name="answers")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    person = models.CharField(max_length=160)
    purpose = models.TextField("what the CRM is for", blank=True)
    measured_by = models.TextField("how they are measured", blank=True)
    knows_purpose = models.BooleanField(null=True)
    knows_measure = models.BooleanField(null=True)
    asked_on = models.DateField(null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    noted_at = models.DateTimeField(null=True, blank=True)

    program_path = "test__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["test", "place"]
        constraints = [
            models.UniqueConstraint(fields=["test", "place"], name="strategy_answer_place_once"),
            models.CheckConstraint(
                condition=Q(noted_at__isnull=True)
                | Q(knows_purpose__isnull=False, knows_measure__isnull=False, noted_by__isnull=False),
                name="strategy_answer_is_judged",
            ),
        ]

    @property
    def is_noted(self) -> bool:
        return self.noted_at is not None

    @property
    def knows(self) -> bool:
        return bool(self.knows_purpose and self.knows_measure)

    def __str__(self) -> str:
        return f"{self.person} in {self.test.period}"
