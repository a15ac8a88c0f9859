"""What apps tell each other through this floor: facts, and the one list of required fields."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from crmprogram.program.models import ProgramScopedQuerySet


class FactQuerySet(ProgramScopedQuerySet):
    def of_key(self, key: str, scope: str = "") -> Self:
        """The facts of one key and scope, newest period first."""
        return self.filter(key=key, scope=scope).order_by("-period")


class Fact(models.Model):
    """A measured share: `numerator` of `denominator`, in a period and a scope, with its source.

    `period` is an ISO date, week (2026-W29), month or quarter, or "" for the present;
    `scope` a team, an object, or "" for the whole program. A denominator of 0 is "not measured".
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="facts")
    key = models.CharField(max_length=60)
    period = models.CharField(max_length=10, blank=True)
    scope = models.CharField(max_length=60, blank=True)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    as_of = models.DateTimeField()
    source = models.CharField(max_length=120)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["program", "key", "scope", "-period"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key", "period", "scope"], name="fact_once"),
            models.CheckConstraint(condition=Q(denominator__gte=0), name="fact_denominator_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.numerator}/{self.denominator}"


class FieldRuleQuerySet(ProgramScopedQuerySet):
    def required(self) -> Self:
        return self.filter(is_required=True)


class FieldRule(models.Model):
    """A field of an object: from which stage it is required, its allowed values, its owner (R10, H11).

    `stage` "" means from the start. `vocabulary` [] means free.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="field_rules")
    object = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    stage = models.CharField(max_length=40, blank=True)
    is_required = models.BooleanField(default=True)
    vocabulary = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey("program.Position", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = FieldRuleQuerySet.as_manager()

    class Meta:
        ordering = ["program", "object", "field", "stage"]
        constraints = [
            models.UniqueConstraint(fields=["program", "object", "field", "stage"], name="field_rule_once"),
            models.CheckConstraint(condition=~Q(object="") & ~Q(field=""), name="field_rule_names_field"),
        ]

    def __str__(self) -> str:
        return f"{self.object}.{self.field}"
