"""Phases, gates, their reviews and what a review stands on (G)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from crmprogram.program.models.trail import AppendOnlyQuerySet
from phases.criteria import CRITERIA
from phases.method import LAST_GATE, PHASES, gate_title

CONTINUING = sorted(one.key for one in CRITERIA if one.continuing)
NOT_WAIVABLE = sorted(one.key for one in CRITERIA if not one.waivable)
ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(LAST_GATE)]


class Phase(models.Model):
    """One of a program's five phases. It is open once it has a start date."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    started_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey("program.Position", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="phase_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=LAST_GATE), name="phase_one_to_five"),
        ]

    @property
    def name(self) -> str:
        return PHASES[self.number].name

    def __str__(self) -> str:
        return f"Phase {self.number}, {self.name}"


class Decision(models.TextChoices):
    """What became of a review. Withdrawn is the requester's; the others are the sponsor's.

    Re-affirmed and reopened are rounds of a gate that was approved before (G9).
    """

    PENDING = "pending", "Waiting for the sponsor"
    APPROVED = "approved", "Approved"
    SENT_BACK = "sent_back", "Sent back"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REAFFIRMED = "reaffirmed", "Re-affirmed"
    REOPENED = "reopened", "Reopened"


class GateQuerySet(ProgramScopedQuerySet):
    def with_last_review(self) -> Self:
        """Annotate `last_decision`, `last_round` and `approved_at` (each None before there is one)."""
        reviews = GateReview.objects.filter(gate=OuterRef("pk")).order_by("-round")
        return self.annotate(
            last_decision=Subquery(reviews.values("decision")[:1]),
            last_round=Subquery(reviews.values("round")[:1]),
            approved_at=Subquery(reviews.in_force().values("decided_at")[:1]),
        )


class Gate(models.Model):
    """The gate at the end of a phase. Its state is said by its reviews."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="gates")
    number = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)

    objects = GateQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="gate_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=LAST_GATE), name="gate_one_to_five"),
        ]

    @property
    def title(self) -> str:
        return gate_title(self.number)

    def get_absolute_url(self) -> str:
        return reverse("phases:gate", args=[self.program.slug, self.number])

    def __str__(self) -> str:
        return f"Gate {self.number}"


class Dossier(models.Model):
    """What a decision stood on: the exact canonical JSON, and its SHA-256. Never edited.

    Pages render decided reviews from `text` alone, so they show the same numbers a year later (G7).
    """

    program = models.ForeignKey("program.Program", models.PROTECT, related_name="dossiers")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text="") & ~Q(sha256=""), name="dossier_not_empty")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A dossier is never edited.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("A dossier is never removed.")

    def __str__(self) -> str:
        return f"Dossier {self.sha256[:12]}"


class GateReviewQuerySet(ProgramScopedQuerySet):
    def pending(self) -> Self:
        return self.filter(decision=Decision.PENDING)

    def approved(self) -> Self:
        return self.filter(decision=Decision.APPROVED)

    def in_force(self) -> Self:
        """Approvals that no later round of their gate took back (G9)."""
        later = GateReview.objects.filter(gate=OuterRef("gate"), round__gt=OuterRef("round"))
        return self.approved().exclude(Exists(later.filter(decision=Decision.REOPENED)))


class GateReview(models.Model):
    """One round of a gate: asked for, then approved, sent back or withdrawn. Not edited after.

    A re-affirmation and a reopening are rounds that nobody asked for: `requested_by` is who decided.
    `period` is the quarter of a round of Gate 5 ("2026-Q4"), else "". `in_doubt` lists the later
    signatures that a reopening put in doubt. `on_behalf_of` is the sponsor when a delegate decided.
    """

    gate = models.ForeignKey(Gate, models.PROTECT, related_name="reviews")
    round = models.PositiveSmallIntegerField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    note = models.TextField(blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    returned_for = models.JSONField(default=list, blank=True)
    in_doubt = models.JSONField(default=list, blank=True)
    period = models.CharField(max_length=7, blank=True)
    seen_digest = models.CharField(max_length=64, blank=True)
    dossier = models.OneToOneField(Dossier, models.PROTECT, null=True, blank=True, related_name="review")

    is_drifting: bool  # set by the query that loads a program's rounds

    program_path = "gate__program"
    objects = GateReviewQuerySet.as_manager()

    class Meta:
        ordering = ["gate", "-round"]
        constraints = [
            models.UniqueConstraint(fields=["gate", "round"], name="review_round_once"),
            models.UniqueConstraint(fields=["gate"], condition=Q(decision="pending"), name="one_pending_review"),
            models.CheckConstraint(
                condition=Q(decision__in=["pending", "withdrawn"])
                | Q(dossier__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="decided_has_dossier",
            ),
            models.CheckConstraint(
                condition=~Q(decision="pending") | Q(dossier__isnull=True, decided_by__isnull=True),
                name="pending_is_undecided",
            ),
            models.CheckConstraint(condition=~Q(decision="sent_back") | ~Q(reason=""), name="sent_back_has_reason"),
            models.CheckConstraint(
                condition=~Q(decision__in=["reaffirmed", "reopened"]) | ~Q(reason=""), name="round_again_has_reason"
            ),
            models.UniqueConstraint(
                fields=["gate", "period"],
                condition=Q(decision="approved") & ~Q(period=""),
                name="quarter_reviewed_once",
            ),
            # who requested may not approve (G7)
            models.CheckConstraint(
                condition=~Q(decision="approved") | ~Q(decided_by=F("requested_by")), name="requester_never_signs"
            ),
        ]

    def __str__(self) -> str:
        return f"Gate {self.gate.number}, round {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("phases:gate-round", args=[self.gate.program.slug, self.gate.number, self.round])


class WaiverQuerySet(ProgramScopedQuerySet):
    def standing(self) -> Self:
        """Neither revoked nor known to have lapsed; the end date is judged by the program's day."""
        return self.filter(revoked_at__isnull=True, lapsed_at__isnull=True)


class Waiver(models.Model):
    """The sponsor's exception for one criterion of one gate, with a stand-in measure (G8).

    Of a continuing criterion it has an end date and lapses after it.
    """

    program = models.ForeignKey("program.Program", models.PROTECT, related_name="waivers")
    number = models.PositiveIntegerField()
    gate = models.ForeignKey(Gate, models.PROTECT, related_name="waivers")
    criterion = models.CharField(max_length=4)
    reason = models.TextField()
    stand_in = models.TextField("stand-in measure")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=clock.now)
    ends_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lapsed_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, help_text="When its end was announced.")

    objects = WaiverQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="waiver_number_once"),
            models.UniqueConstraint(
                fields=["gate", "criterion"],
                condition=Q(revoked_at__isnull=True, lapsed_at__isnull=True),
                name="one_standing_waiver",
            ),
            models.CheckConstraint(condition=~Q(criterion__in=NOT_WAIVABLE), name="sponsor_never_waived"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(stand_in=""), name="waiver_has_reason"),
            models.CheckConstraint(
                condition=~Q(criterion__in=CONTINUING) | Q(ends_on__isnull=False), name="continuing_waiver_ends"
            ),
        ]

    @property
    def label(self) -> str:
        return f"W-{self.number:02d}"

    def is_live(self, today) -> bool:
        """Does it still count on `today`, a date in the program's zone? Its last day counts."""
        return self.revoked_at is None and self.lapsed_at is None and (self.ends_on is None or today <= self.ends_on)

    def get_absolute_url(self) -> str:
        return f"{self.gate.get_absolute_url()}#{self.criterion}"

    def __str__(self) -> str:
        return f"Waiver {self.label}"


class Threshold(models.Model):
    """A check's threshold as this program set it; the newest row of (phase, check) is in force (G11).

    Phase 0 means in every phase. Rows are the history: they are added, never changed.
    """

    program = models.ForeignKey("program.Program", models.PROTECT, related_name="thresholds")
    phase = models.PositiveSmallIntegerField(default=0)
    check_key = models.CharField(max_length=60)
    params = models.JSONField(encoder=DjangoJSONEncoder)
    set_at = models.DateTimeField(default=clock.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["program", "phase", "check_key", "-pk"]
        indexes = [models.Index(fields=["program", "phase", "check_key", "-id"], name="threshold_in_force")]
        constraints = [
            models.CheckConstraint(condition=Q(phase__lte=LAST_GATE), name="threshold_phase_to_five"),
            models.CheckConstraint(condition=~Q(reason=""), name="threshold_has_reason"),
        ]

    def __str__(self) -> str:
        return f"Threshold of {self.check_key}"


class Reading(models.Model):
    """What a check answered in a phase; a row is written only when the answer changed."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="readings")
    phase = models.PositiveSmallIntegerField(default=0)
    check_key = models.CharField(max_length=60)
    verdict = models.CharField(max_length=10)
    value = models.CharField(max_length=80, blank=True)
    summary = models.TextField(blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["program", "phase", "check_key", "-id"], name="reading_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=["met", "not_met", "unknown"]), name="reading_verdict")
        ]

    def __str__(self) -> str:
        return f"{self.check_key} {self.verdict}"
