"""The program itself, its teams and waves (P1, P2, P4)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models.base import ProgramScopedQuerySet
from crmprogram.program.models.people import Function

MOST_SEATS = 1_000_000  # more is a slip of the finger, and sums of it would not fit into the database


class ProgramKind(models.TextChoices):
    NEW = "new", "New rollout"
    RESCUE = "rescue", "Rescue of a CRM already in use"


class SizeBand(models.TextChoices):
    """P2: small below 25 seats, mid-market 25 to 200, enterprise above."""

    SMALL = "small", "Small"
    MID_MARKET = "mid_market", "Mid-market"
    ENTERPRISE = "enterprise", "Enterprise"


EXPECTED_MONTHS = {SizeBand.SMALL: (2, 4), SizeBand.MID_MARKET: (4, 9), SizeBand.ENTERPRISE: (9, 18)}


class ProgramQuerySet(ProgramScopedQuerySet):
    pass


class Program(models.Model):
    """One company's effort to put one CRM in place (P1)."""

    program_path = ""  # it is the program

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    company = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ProgramKind, default=ProgramKind.NEW)
    seats = models.PositiveIntegerField(
        "seats (people who will use the CRM)", validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    industry = models.CharField(max_length=80, blank=True)
    yearly_revenue = models.BigIntegerField(
        "yearly revenue, in minor units of the currency", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=64, default="UTC")
    starts_on = models.DateField()
    go_live_on = models.DateField("target go-live", null=True, blank=True)
    lead_sources = models.JSONField(
        "lead-source shares in whole percent", default=dict, blank=True, help_text="For example web 40, partner 35."
    )
    platform_chosen = models.BooleanField("platform already chosen", default=False)
    platform_name = models.CharField(max_length=80, blank=True)
    on_hold = models.BooleanField(default=False, editable=False)
    hold_reason = models.CharField(max_length=300, blank=True, editable=False)
    # Written by governance.services alone, which enforces the RACI (G7, A4)
    accountable = models.ForeignKey(
        "program.Position", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_by = models.ForeignKey("program.User", models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["company", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(seats__gte=1), name="program_has_seats"),
            models.CheckConstraint(
                condition=Q(go_live_on__isnull=True) | Q(go_live_on__gt=F("starts_on")),
                name="program_goes_live_after_start",
            ),
            models.CheckConstraint(condition=Q(on_hold=False) | ~Q(hold_reason=""), name="program_on_hold_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("governance:overview", args=[self.slug])

    @property
    def size_band(self) -> SizeBand:
        """The size band of P2."""
        if self.seats < 25:
            return SizeBand.SMALL
        return SizeBand.MID_MARKET if self.seats <= 200 else SizeBand.ENTERPRISE

    @property
    def expected_months(self) -> tuple[int, int]:
        """Expected length in months, least and most (P2)."""
        return EXPECTED_MONTHS[self.size_band]

    def next_number(self, kind: str) -> int:
        """The next number people use for a thing of this program: run 7 is R-07.

        Taken inside the caller's transaction, so that a number is never given twice.
        """
        with transaction.atomic():
            counter, _ = Counter.objects.select_for_update().get_or_create(program=self, kind=kind)
            counter.last += 1
            counter.save(update_fields=["last"])
        return counter.last


class Counter(models.Model):
    """The last number given per program and kind of thing."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="counters")
    kind = models.CharField(max_length=30)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "kind"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Team(models.Model):
    """A team goes live in a wave, on one shared data model (P4)."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)
    function = models.CharField(max_length=20, choices=Function, default=Function.SALES)
    region = models.CharField(max_length=80, blank=True)
    seats = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)])
    wave = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(20)])
    go_live_on = models.DateField("go-live", null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["wave", "name"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="team_name_once"),
            models.CheckConstraint(condition=Q(wave__gte=1), name="team_wave_from_one"),
        ]

    def __str__(self) -> str:
        return self.name
