"""What went wrong while the system was used, from pilot to hypercare (C4, M11, M13)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class Severity(models.TextChoices):
    """How much an issue stops; minor ones do not hold a pilot back (C4)."""

    BLOCKER = "blocker", "Blocker: nobody can work"
    CRITICAL = "critical", "Critical: data is lost or wrong"
    MAJOR = "major", "Major: a daily step fails"
    MINOR = "minor", "Minor: there is a way round"


HOLDING = (Severity.BLOCKER, Severity.CRITICAL, Severity.MAJOR)


class IssueState(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class IssueQuerySet(ProgramScopedQuerySet):
    def open(self):
        return self.filter(state=IssueState.OPEN)

    def holding(self):
        """Open and worse than minor: what holds a pilot back (C4)."""
        return self.open().filter(severity__in=HOLDING)

    def worst_first(self):
        """Open before closed, then by severity, oldest first."""
        order = [When(severity=one, then=Value(n)) for n, one in enumerate(Severity)]
        return self.annotate(weight=Case(*order, output_field=IntegerField())).order_by("-state", "weight", "number")


class Issue(models.Model):
    """One problem in use (I-04): reported by a person, closed by another with what was done about it."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="issues")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    detail = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=Severity)
    team = models.ForeignKey("program.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=IssueState, default=IssueState.OPEN)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=clock.now)
    resolution = models.TextField(blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="issue_number_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (Q(state="closed", closed_at__isnull=False, closed_by__isnull=False) & ~Q(resolution="")),
                name="issue_closed_has_resolution",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("adoption:issue", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        return f"I-{self.number:02d}"

    @property
    def word(self) -> str:
        """The severity in one word."""
        return self.get_severity_display().partition(":")[0]

    @property
    def is_open(self) -> bool:
        return self.state == IssueState.OPEN

    @property
    def is_holding(self) -> bool:
        return self.is_open and self.severity in HOLDING


class IssueReview(models.Model):
    """Somebody went through the register with the users: what was open then, and the word on it.

    Without one an empty register says nothing: no data is not a pilot without problems.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="issue_reviews")
    note = models.CharField(max_length=300)
    open_count = models.PositiveIntegerField()
    holding_count = models.PositiveIntegerField()
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-reviewed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="issue_review_has_note"),
            models.CheckConstraint(
                condition=Q(holding_count__lte=models.F("open_count")), name="issue_review_holding_at_most_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.reviewed_at:%Y-%m-%d}"
