"""What a vendor and its partners quote, for three years (V8)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet

MONEY_AT_MOST = 10**13  # minor units: sums over three years and all seats stay within 63 bits


def money(label: str, **options: Any) -> models.BigIntegerField:
    """Minor units of the program's currency."""
    limits = [MinValueValidator(0), MaxValueValidator(MONEY_AT_MOST)]
    return models.BigIntegerField(label, validators=limits, help_text="Minor units of the currency.", **options)


class Offer(models.Model):
    """One vendor's costs beside its licence tiers. `source` says where the numbers come from."""

    program_path = "vendor__program"

    vendor = models.OneToOneField("scorecard.Vendor", models.CASCADE, related_name="offer")
    source = models.CharField("where the numbers come from", max_length=200)
    growth_percent = models.DecimalField(
        "growth of seats a year, %",
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    integration_percent = models.DecimalField(
        "integration and customisation, % of licence",
        max_digits=5,
        decimal_places=2,
        default=20,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    implementation = money("implementation, once", default=0)
    data_cleaning = money("data cleaning, once", default=0)
    administration = money("administration a year", default=0)
    training = money("training and change a year", default=0)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(implementation__gte=0, data_cleaning__gte=0, administration__gte=0, training__gte=0),
                name="offer_costs_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(growth_percent__gte=0, growth_percent__lte=100)
                & Q(integration_percent__gte=0, integration_percent__lte=100),
                name="offer_percents_in_range",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="offer_has_source"),
        ]

    def __str__(self) -> str:
        return f"Costs of {self.vendor}"


class LicenceTier(models.Model):
    """A tier of the licence: price of a seat and month, seats in the first year."""

    program_path = "offer__vendor__program"

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="tiers")
    name = models.CharField("tier", max_length=80)
    price_month = money("price of a seat and month")
    seats = models.PositiveIntegerField(
        "seats in the first year", validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "name"], name="licence_tier_once"),
            models.CheckConstraint(condition=Q(price_month__gte=0, seats__gte=1), name="licence_tier_is_bought"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.seats} seats"
