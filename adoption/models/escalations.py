"""Targets, and what happens when a metric stays worse than its target (M5)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class Metric(models.TextChoices):
    """The leading metrics, by the key of their facts (M1 to M4)."""

    DAILY = "adoption.daily", "Daily active"
    WEEKLY = "adoption.weekly", "Weekly active"
    FIELDS = "adoption.fields", "Required fields"
    RATE = "adoption.rate", "Calls and emails per rep"
    STALE = "adoption.stale", "Deals stale 14+ days"


class Target(models.Model):
    """The program's own target of a metric; one team's own where `team` is set.

    `value` is percent (0 to 100), or calls and emails per rep and week. `escalates` says whether
    two weeks worse than it are escalated.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="adoption_targets")
    key = models.CharField(max_length=20, choices=Metric)
    team = models.ForeignKey("program.Team", models.CASCADE, null=True, blank=True, related_name="+")
    value = models.DecimalField(max_digits=6, decimal_places=1)
    escalates = models.BooleanField(default=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "key", "team"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key", "team"], name="target_of_team_once"),
            models.UniqueConstraint(
                fields=["program", "key"], condition=Q(team__isnull=True), name="target_of_all_once"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="target_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} {self.value}"


class EscalationState(models.TextChoices):
    WATCH = "watch", "One week worse than target"
    BREACHED = "breached", "Nobody to escalate to"
    ESCALATED = "escalated", "Escalated"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RECOVERED = "recovered", "Back at target"


class EscalationQuerySet(ProgramScopedQuerySet):
    def standing(self):
        """Episodes that are not over."""
        return self.exclude(state=EscalationState.RECOVERED)

    def open(self):
        """Two weeks or more worse than target, and not back at it: what a review asks for (E1)."""
        return self.filter(
            state__in=[EscalationState.BREACHED, EscalationState.ESCALATED, EscalationState.ACKNOWLEDGED]
        )

    def told(self):
        """All but single weeks that were made good by the next: a watch that came to nothing is no news."""
        return self.exclude(state=EscalationState.RECOVERED, escalated_at__isnull=True, acknowledged_at__isnull=True)

    def unanswered(self):
        return self.filter(state__in=[EscalationState.BREACHED, EscalationState.ESCALATED])


class Escalation(models.Model):
    """One episode of one metric in one scope (E-03): watch, breached, escalated, acknowledged, recovered.

    `weeks` are [period, numerator, denominator] of the weeks worse than target. `reopens` is the
    episode before, when the metric had come back and slipped again. `addressee` is the VP sales;
    without an answer of theirs in five working days it goes up to the sponsor, `went_up_at`.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="escalations")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=20, choices=Metric)
    scope = models.CharField(max_length=40)
    team = models.ForeignKey("program.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=EscalationState)
    target = models.DecimalField(max_digits=6, decimal_places=1)
    weeks = models.JSONField(default=list)
    reopens = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    addressee = models.ForeignKey("program.Membership", models.PROTECT, null=True, blank=True, related_name="+")
    began_at = models.DateTimeField(default=clock.now)
    escalated_at = models.DateTimeField(null=True, blank=True)
    went_up_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    plan = models.TextField(blank=True)
    owner = models.ForeignKey("program.Membership", models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField("action due", null=True, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)
    recovered_in = models.CharField(max_length=10, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="escalation_number_once"),
            models.UniqueConstraint(
                fields=["program", "key", "scope"], condition=~Q(state="recovered"), name="one_standing_escalation"
            ),
            models.CheckConstraint(
                condition=~Q(state="escalated") | Q(addressee__isnull=False, escalated_at__isnull=False),
                name="escalated_has_addressee",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged")
                | (Q(acknowledged_by__isnull=False, owner__isnull=False) & ~Q(plan="")),
                name="acknowledged_has_plan_and_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state="recovered") | Q(recovered_at__isnull=False), name="recovered_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.get_key_display()}"

    def get_absolute_url(self) -> str:
        return reverse("adoption:escalation", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        return f"E-{self.number:02d}"

    @property
    def where(self) -> str:
        return self.team.name if self.team else "all reps"

    @property
    def rows(self) -> list[tuple[str, int, int, str]]:
        """The weeks worse than target: period, numerator, denominator, and the figure in words."""
        found = []
        for period, part, whole in self.weeks:
            said = f"{part / whole:.1f}" if self.key == Metric.RATE else f"{100 * part / whole:.1f}%"
            found.append((period, part, whole, said))
        return found

    @property
    def said(self) -> str:
        """The last two weeks against the target, in words."""
        sign = "" if self.key == Metric.RATE else "%"
        figures = " and ".join(said for *_, said in self.rows[-2:])
        return f"{figures} against {self.target.normalize():f}{sign}"

    @property
    def is_unanswered(self) -> bool:
        return self.state in {EscalationState.BREACHED, EscalationState.ESCALATED}
