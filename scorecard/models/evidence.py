"""What backs the ratings: must-have coverage, demos, references, the contract (V5 to V7, V9)."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class CoverageState(models.TextChoices):
    """Roadmap counts as missing (V5)."""

    TODAY = "today", "Available today"
    ROADMAP = "roadmap", "On the roadmap"
    MISSING = "missing", "Missing"


class Coverage(models.Model):
    """Does a vendor cover a must-have of the Audit? (V5)"""

    program_path = "vendor__program"

    vendor = models.ForeignKey("scorecard.Vendor", models.CASCADE, related_name="coverages")
    capability = models.ForeignKey("phases.Capability", models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=CoverageState)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["vendor", "capability"], name="coverage_once")]

    def __str__(self) -> str:
        return f"{self.vendor}, {self.capability}: {self.get_state_display()}"


class Demo(models.Model):
    """A hands-on session with a vendor's product. What makes it count is in V6."""

    program_path = "vendor__program"

    vendor = models.ForeignKey("scorecard.Vendor", models.CASCADE, related_name="demos")
    held_on = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=2, validators=[MinValueValidator(0)])
    own_data = models.BooleanField("with the company's own data", default=False)
    hands_on = models.BooleanField("the reps worked in it themselves", default=False)
    clicks_to_log = models.PositiveSmallIntegerField("clicks to log a call", null=True, blank=True)
    seconds_to_find = models.PositiveSmallIntegerField("seconds to find what a rep needs", null=True, blank=True)
    summary = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(hours__gte=0), name="demo_hours_not_negative")]

    def __str__(self) -> str:
        return f"{self.vendor} on {self.held_on}"


class DemoSide(models.TextChoices):
    REP = "rep", "Rep"
    MANAGER = "manager", "Sales manager"
    OTHER = "other", "Other"


class DemoPart(models.Model):
    """Who took part in a demo, as what, and what they noted."""

    program_path = "demo__vendor__program"

    demo = models.ForeignKey(Demo, models.CASCADE, related_name="parts")
    membership = models.ForeignKey("program.Membership", models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=DemoSide)
    notes = models.TextField(blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["demo", "membership"], name="demo_part_once")]

    def __str__(self) -> str:
        return f"{self.membership} in {self.demo}"


class Reference(models.Model):
    """A call with a customer of the vendor. What makes it count is in V7."""

    program_path = "vendor__program"

    vendor = models.ForeignKey("scorecard.Vendor", models.CASCADE, related_name="references")
    customer = models.CharField("the customer, by industry and size", max_length=120)
    called_on = models.DateField()
    similar_size = models.BooleanField(default=False)
    similar_industry = models.BooleanField(default=False)
    past_first_year = models.BooleanField(default=False)
    would_do_differently = models.TextField("what would you do differently?", blank=True)
    notes = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-called_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.customer} on {self.vendor}"


class Contract(models.Model):
    """The signed contract: three clauses in words, and one file (B5)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="contracts")
    vendor = models.ForeignKey("scorecard.Vendor", models.PROTECT, related_name="contracts")
    signed_on = models.DateField()
    implementation_scope = models.TextField()
    success_criteria = models.TextField()
    termination = models.TextField()
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    file_bytes = models.PositiveBigIntegerField()
    attested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attested_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(implementation_scope="") & ~Q(success_criteria="") & ~Q(termination=""),
                name="contract_has_three_clauses",
            )
        ]

    def __str__(self) -> str:
        return f"Contract with {self.vendor}"
