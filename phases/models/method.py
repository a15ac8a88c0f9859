"""What the sponsor decides about the method itself: Pick left out, the order of steps waived (G6)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet

LAST_STEP = 10


class ExemptionQuerySet(ProgramScopedQuerySet):
    def standing(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Exemption(models.Model):
    """The sponsor's signed statement that Pick is not applicable: the platform was chosen before (G6).

    It counts while the program still says that this platform is chosen, until a change of platform
    is approved, which ends it.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="exemptions")
    platform = models.CharField(max_length=80)
    statement = models.TextField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_because = models.TextField(blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program"], condition=Q(ended_at__isnull=True), name="one_exemption"),
            models.CheckConstraint(condition=~Q(platform="") & ~Q(statement=""), name="exemption_says_why"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_because=""), name="ended_exemption_says_why"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("phases:pick-exempt", args=[self.program.slug])

    def __str__(self) -> str:
        return f"Pick is not applicable: {self.platform}"


class StepMark(models.Model):
    """A step of the order of operations was started, or the sponsor waived its order.

    `wave` is 0 for what is done once, a wave's number for steps 8 to 10.
    """

    class Kind(models.TextChoices):
        STARTED = "started", "Started"
        WAIVED = "waived", "Order waived"

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="step_marks")
    step = models.PositiveSmallIntegerField()
    wave = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "step", "wave", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "step", "wave", "kind"], name="step_marked_once"),
            models.CheckConstraint(condition=Q(step__gte=1, step__lte=LAST_STEP), name="step_one_to_ten"),
            models.CheckConstraint(condition=~Q(kind="waived") | ~Q(reason=""), name="waived_order_has_reason"),
        ]

    def get_absolute_url(self) -> str:
        return f"{reverse('phases:lenses', args=[self.program.slug])}?lens=steps#step-{self.step}"

    def __str__(self) -> str:
        return f"Step {self.step}{f' of wave {self.wave}' if self.wave else ''}: {self.get_kind_display().lower()}"
