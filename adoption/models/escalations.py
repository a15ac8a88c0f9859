"""Targets, and what happens when a metric stays worse than its target (M5)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
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


class TargetQuerySet(ProgramScopedQuerySet):
    def in_force(self):
        """The newest row of each metric, team and phase; the others are its history."""
        slot = {
            "program": OuterRef("program"),
            "key": OuterRef("key"),
            "its_team": Coalesce(OuterRef("team"), 0),
            "its_phase": Coalesce(OuterRef("phase"), 0),
        }
        rows = Target.objects.annotate(its_team=Coalesce("team", 0), its_phase=Coalesce("phase", 0))
        return self.filter(~Exists(rows.filter(pk__gt=OuterRef("pk"), **slot)))


class Target(models.Model):
    """What a metric has to reach, and the rule that watches it: one team's own, one phase's own, or all (M5).

    Rows are never edited: a change is a new row, in force from the week `since` on ("" from the
    first). `value` is percent (0 to 100), or calls and emails per rep and week. `escalates` says
    whether `needed` weeks worse than it, one after the other, are escalated; `fired` how often they
    would have been in the 26 weeks before it was set.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="adoption_targets")
    key = models.CharField(max_length=20, choices=Metric)
    team = models.ForeignKey("program.Team", models.CASCADE, null=True, blank=True, related_name="+")
    phase = models.PositiveSmallIntegerField(null=True, blank=True)
    value = models.DecimalField(max_digits=6, decimal_places=1)
    escalates = models.BooleanField(default=True)
    needed = models.PositiveSmallIntegerField("weeks in a row", default=2)
    since = models.CharField("in force from", max_length=10, default="", blank=True)
    reason = models.CharField(max_length=200, blank=True)
    fired = models.PositiveSmallIntegerField(null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["program", "key", "team", "phase", "-pk"]
        indexes = [models.Index(fields=["program", "key"], name="target_by_metric")]
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="target_not_negative"),
            models.CheckConstraint(condition=Q(needed__gte=2, needed__lte=8), name="target_two_to_eight_weeks"),
            models.CheckConstraint(
                condition=Q(phase__isnull=True) | Q(phase__gte=1, phase__lte=5), name="target_phase_one_to_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} {self.value}"


class EscalationState(models.TextChoices):
    WATCH = "watch", "One week worse than target"
    BREACHED = "breached", "Nobody to escalate to"
    ESCALATED = "escalated", "Escalated"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RECOVERED = "recovered", "Back at target"
    WITHDRAWN = "withdrawn", "Withdrawn by corrected data"
    LAPSED = "lapsed", "Ended without a verdict"


OPEN = (EscalationState.BREACHED, EscalationState.ESCALATED, EscalationState.ACKNOWLEDGED)
STANDING = (EscalationState.WATCH, *OPEN)


class EscalationQuerySet(ProgramScopedQuerySet):
    def standing(self):
        """Episodes that are not over."""
        return self.filter(state__in=STANDING)

    def open(self):
        """Two weeks or more worse than target, and not back at it: what a review asks for (E1)."""
        return self.filter(state__in=OPEN)

    def told(self):
        """All but single weeks that were made good by the next: a watch that came to nothing is no news."""
        return self.filter(Q(state__in=STANDING) | Q(escalated_at__isnull=False) | Q(acknowledged_at__isnull=False))

    def unanswered(self):
        return self.filter(state__in=[EscalationState.BREACHED, EscalationState.ESCALATED])

    def to_close(self):
        """Over, and nobody has said yet what came of it."""
        return self.exclude(state__in=STANDING).filter(escalated_at__isnull=False, closed_at__isnull=True)

    def with_people(self):
        """With whom a page names: team, addressee, owner, and the episode before."""
        return self.select_related(
            "program", "team", "addressee__user", "owner__user", "acknowledged_by", "closed_by", "reopens__program"
        )


class Escalation(models.Model):
    """One episode of one metric in one scope (E-03): watch, breached, escalated, acknowledged, over, closed.

    `weeks` are [period, numerator, denominator] of the weeks worse than target. `reopens` is the
    episode before, when the metric had come back and slipped again. `addressee` is the VP sales;
    without an answer of theirs in five working days it goes up to the sponsor, `went_up_at`. Over is
    it when the weeks say so: back at target, withdrawn by corrected data, or without a rule; `ending`
    says which. A person closes it then with what came of it, `outcome`.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="escalations")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=20, choices=Metric)
    scope = models.CharField(max_length=40)
    team = models.ForeignKey("program.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=EscalationState)
    target = models.DecimalField(max_digits=6, decimal_places=1)
    weeks = models.JSONField(default=list)
    needed = models.PositiveSmallIntegerField("weeks in a row", default=2)
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
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=200, blank=True)
    recovered_in = models.CharField(max_length=10, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="escalation_number_once"),
            models.UniqueConstraint(
                fields=["program", "key", "scope"], condition=Q(state__in=STANDING), name="one_standing_escalation"
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
                condition=Q(state__in=STANDING, ended_at__isnull=True)
                | (~Q(state__in=STANDING) & Q(ended_at__isnull=False)),
                name="escalation_over_has_time",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | (Q(closed_by__isnull=False, ended_at__isnull=False) & ~Q(outcome="")),
                name="escalation_closed_says_outcome",
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
    def slug(self) -> str:
        """The metric in the address of its rule."""
        return self.key.partition(".")[2]

    @property
    def where(self) -> str:
        return self.team.name if self.team else "all reps"

    @property
    def rows(self) -> list[tuple[str, int, int, str]]:
        """The weeks worse than target: period, numerator, denominator, and the figure in words."""
        found = []
        for period, part, whole in self.weeks:
            said = "not measured"
            if whole:
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

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_over(self) -> bool:
        return self.state not in STANDING

    @property
    def is_to_close(self) -> bool:
        return self.is_over and self.escalated_at is not None and self.closed_at is None


class NoteKind(models.TextChoices):
    COMMENT = "comment", "Comment"
    DATA = "data", "Corrected data"
    PLAN = "plan", "Plan changed"
    PERSON = "person", "Passed on"
    REOPENED = "reopened", "Opened again"
    ENDED = "ended", "Over"


class EscalationNote(models.Model):
    """One line of an episode's story beside its steps: a comment, or what data and people changed in it.

    `by` None is the rule itself. Never edited.
    """

    escalation = models.ForeignKey(Escalation, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=NoteKind, default=NoteKind.COMMENT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    text = models.TextField()

    program_path = "escalation__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="escalation_note_says_something")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.escalation.code}"
