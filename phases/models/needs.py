"""Gaps with their yearly cost, and the capabilities that close them (A2, A3)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from phases.models.goal import amount


class GapKind(models.TextChoices):
    REVENUE = "revenue", "Revenue lost"
    COST = "cost", "Cost incurred"


class Confidence(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class GapQuerySet(ProgramScopedQuerySet):
    def costliest_first(self):
        """Those without an estimate come last."""
        return self.order_by(models.F("yearly_cost").desc(nulls_last=True), "number")

    def estimated(self):
        return self.filter(yearly_cost__isnull=False)


class Gap(models.Model):
    """What is broken, where, and what it costs a year: volume × rate × value.

    `rate_percent` runs from 0 to 100, `value` and `yearly_cost` are minor units of the
    program's currency. The cost is computed by the service alone; all four are there, or
    none: a gap may be noted before it is estimated.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="gaps")
    number = models.PositiveIntegerField()
    title = models.CharField("what is broken", max_length=160)
    detail = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=GapKind, default=GapKind.REVENUE)
    step = models.ForeignKey("phases.Step", models.SET_NULL, null=True, blank=True, related_name="gaps")
    volume = models.DecimalField(
        "volume a year", max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    volume_of = models.CharField("what is counted", max_length=60, blank=True)
    rate_percent = models.DecimalField(
        "rate in percent",
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    value = models.BigIntegerField("value of each", null=True, blank=True, validators=[MinValueValidator(0)])
    yearly_cost = models.BigIntegerField(null=True, blank=True, editable=False)
    source = models.CharField("where the numbers come from", max_length=200, blank=True)
    confidence = models.CharField(max_length=10, choices=Confidence, default=Confidence.MEDIUM)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    objects = GapQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="gap_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="gap_has_title"),
            models.CheckConstraint(
                condition=Q(
                    volume__isnull=True, rate_percent__isnull=True, value__isnull=True, yearly_cost__isnull=True
                )
                | Q(
                    volume__isnull=False,
                    rate_percent__isnull=False,
                    value__isnull=False,
                    yearly_cost__isnull=False,
                    volume__gte=0,
                    rate_percent__gte=0,
                    rate_percent__lte=100,
                    value__gte=0,
                ),
                name="gap_estimate_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"gap {self.number}: {self.title}"

    @property
    def volume_text(self) -> str:
        return amount(self.volume, self.volume_of) if self.volume is not None else ""

    @property
    def rate_text(self) -> str:
        return amount(self.rate_percent, "%") if self.rate_percent is not None else ""


class Bucket(models.TextChoices):
    MUST_GO_LIVE = "must_go_live", "Must-have at go-live"
    MUST_YEAR = "must_year", "Must-have in the first 12 months"
    NICE = "nice", "Nice to have"
    NOT_NEEDED = "not_needed", "Not needed"


class DeliveryPhase(models.IntegerChoices):
    """In which phase a capability is delivered; with `rank` it makes the priority by phase (A3)."""

    IMPLEMENT = 3, "Implement"
    TRAIN = 4, "Train"
    ITERATE = 5, "Iterate"


class CapabilityQuerySet(ProgramScopedQuerySet):
    def must_haves(self):
        return self.filter(bucket=Bucket.MUST_GO_LIVE)

    def with_trace(self):
        """Annotate `is_traced`: is there a gap or a process step that asks for it?"""
        gaps = Capability.gaps.through.objects.filter(capability=OuterRef("pk"))
        steps = Capability.steps.through.objects.filter(capability=OuterRef("pk"))
        return self.annotate(is_traced=Exists(gaps) | Exists(steps))

    def by_priority(self):
        """Phase by phase, first things first; those without a phase last."""
        return self.order_by(models.F("phase").asc(nulls_last=True), models.F("rank").asc(nulls_last=True), "number")


class Capability(models.Model):
    """What the system must be able to do, how soon, and which gap or step asks for it.

    `rank` is its place among the capabilities of the same phase, 1 is first; both or none.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="capabilities")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=160)
    detail = models.TextField(blank=True)
    bucket = models.CharField(max_length=20, choices=Bucket, default=Bucket.NICE)
    phase = models.PositiveSmallIntegerField(choices=DeliveryPhase, null=True, blank=True)
    rank = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    gaps = models.ManyToManyField(Gap, blank=True, related_name="capabilities")
    steps = models.ManyToManyField("phases.Step", blank=True, related_name="capabilities")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        verbose_name_plural = "capabilities"
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="capability_number_once"),
            models.UniqueConstraint(fields=["program", "name"], name="capability_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="capability_has_name"),
            models.CheckConstraint(
                condition=Q(phase__isnull=True, rank__isnull=True) | Q(phase__isnull=False, rank__isnull=False),
                name="capability_rank_within_phase",
            ),
        ]

    def __str__(self) -> str:
        return f"capability {self.number}: {self.name}"
