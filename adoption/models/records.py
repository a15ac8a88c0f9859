"""What record, login and user exports say, kept to compare the next export with (M6, M7)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from adoption.models.imports import Counting
from adoption.models.reps import Rep
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class CrmRecord(models.Model):
    """A record as the newest export shows it: whose it is, since when, and how a deal stands.

    `identity` is a digest of what makes it the same person, company or deal as another, "" when nothing
    tells. `amount` is in minor units of the program's currency, None in another. `moved_in` is the export
    that showed another owner than the one before, `rep_before`. Of deals alone are kept `name`, `stage`, the
    day on which an open one is `expected_on`, its `forecast` category, and `touched_on`, its last sign of
    life (M4). `missing` are the required fields that are empty (M2).
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="crm_records")
    object = models.CharField(max_length=20)
    source = models.CharField(max_length=40)
    record_id = models.CharField(max_length=100)
    rep = models.ForeignKey(Rep, models.CASCADE, null=True, blank=True, related_name="records")
    identity = models.CharField(max_length=32, blank=True)
    name = models.CharField(max_length=120, blank=True)
    stage = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=4, blank=True)
    forecast = models.CharField("forecast category", max_length=20, blank=True)
    missing = models.JSONField(default=list, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    created_on = models.DateField(null=True, blank=True)
    updated_on = models.DateField(null=True, blank=True)
    touched_on = models.DateField("last sign of life", null=True, blank=True)
    expected_on = models.DateField("expected to close", null=True, blank=True)
    lead_on = models.DateField("lead created", null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    as_of = models.DateField()
    counting = models.ForeignKey(Counting, models.SET_NULL, null=True, blank=True, related_name="records")
    rep_before = models.ForeignKey(Rep, models.SET_NULL, null=True, blank=True, related_name="+")
    moved_in = models.ForeignKey(Counting, models.SET_NULL, null=True, blank=True, related_name="moved")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "object", "pk"]
        verbose_name = "CRM record"
        constraints = [
            models.UniqueConstraint(fields=["program", "object", "source", "record_id"], name="crm_record_once")
        ]
        indexes = [
            models.Index(fields=["program", "object", "identity"], name="record_by_identity"),
            models.Index(fields=["program", "closed_on"], name="record_by_closing"),
            models.Index(fields=["program", "rep"], condition=Q(outcome="open"), name="record_open_deals"),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.record_id}"


class DealStage(models.Model):
    """A stage in which an export showed a deal, and the day of the first export that did (M8).

    `is_first`: the deal was there already when it was first seen, so it did not advance into this stage.
    """

    record = models.ForeignKey(CrmRecord, models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=80)
    seen_on = models.DateField()
    is_first = models.BooleanField(default=False)

    program_path = "record__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["record", "seen_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["record", "stage"], name="deal_stage_once")]

    def __str__(self) -> str:
        return f"{self.stage} on {self.seen_on}"


class LoginDay(models.Model):
    """A day in the program's zone on which a person signed in to the CRM, however often (M7)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="login_days")
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="login_days")
    day = models.DateField()
    counting = models.ForeignKey(Counting, models.SET_NULL, null=True, blank=True, related_name="login_days")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "day"]
        constraints = [models.UniqueConstraint(fields=["program", "rep", "day"], name="login_day_once")]

    def __str__(self) -> str:
        return f"{self.rep} on {self.day}"


class OwnerName(models.Model):
    """One of the names the CRM has for a person: id, user name, e-mail or full name, by its users export.

    `person` is the same for all names of one person, so that activities by name and logins by e-mail meet.
    A name that two people share belongs to neither.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="owner_names")
    key = models.CharField("owner in the CRM", max_length=200)
    person = models.CharField(max_length=200)
    is_active = models.BooleanField(null=True, blank=True)
    counting = models.ForeignKey(Counting, models.SET_NULL, null=True, blank=True, related_name="owner_names")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "person", "key"]
        constraints = [models.UniqueConstraint(fields=["program", "key"], name="owner_name_once")]

    def __str__(self) -> str:
        return self.key


class Figure(models.Model):
    """A number that no export of the CRM holds, entered with its source: a quota, a forecast, ARR (M6, M8).

    `period` is a quarter (2026-Q3) or a month (2026-07); money is in minor units, shares are in hundredths
    of a percent. The newest of one key, period and team holds; older ones stay to be read.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="figures")
    key = models.CharField(max_length=20)
    period = models.CharField(max_length=10)
    team = models.ForeignKey("program.Team", models.CASCADE, null=True, blank=True, related_name="+")
    value = models.BigIntegerField()
    source = models.CharField(max_length=200)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-period", "key", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(source=""), name="figure_has_source")]

    def __str__(self) -> str:
        return f"{self.key} {self.period}"


class TeamCalendar(models.Model):
    """Where a team works: the weekends and public holidays of its country are no working days (M9)."""

    team = models.OneToOneField("program.Team", models.CASCADE, related_name="calendar")
    country = models.CharField(max_length=2)
    part = models.CharField("part of the country", max_length=10, blank=True)

    program_path = "team__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["team"]
        constraints = [models.CheckConstraint(condition=~Q(country=""), name="calendar_has_country")]

    def __str__(self) -> str:
        return f"{self.country}{'-' if self.part else ''}{self.part}"
