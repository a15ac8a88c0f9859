"""The RACI, the executive sponsor, the meetings they keep, the system owner, and what people attest."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import PositionLevel, ProgramScopedQuerySet
from governance import cadence
from governance.raci import LETTERS


class Activity(models.Model):
    """A row of the RACI. The fixed row names who is Accountable for the program itself (A4, G7)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="activities")
    phase = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(5)], help_text="0: all phases.")
    title = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField(default=0)
    is_fixed = models.BooleanField(default=False, editable=False)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["phase", "order", "pk"]
        verbose_name_plural = "activities"
        constraints = [
            models.UniqueConstraint(fields=["program", "title"], name="activity_title_once"),
            models.UniqueConstraint(fields=["program"], condition=Q(is_fixed=True), name="activity_fixed_once"),
            models.CheckConstraint(condition=Q(phase__lte=5), name="activity_in_a_phase"),
        ]

    def __str__(self) -> str:
        return self.title


class Assignment(models.Model):
    """The letters of one position in one row. Breaking R1 is stored and shown, and refused on sign-off."""

    program_path = "activity__program"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="assignments")
    position = models.ForeignKey("program.Position", models.CASCADE, related_name="assignments")
    letters = models.CharField(max_length=2, choices=list(LETTERS.items()))

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["activity", "position__order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "position"], name="assignment_once"),
            models.CheckConstraint(condition=Q(letters__in=list(LETTERS)), name="assignment_has_letters"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.position} {self.letters}"


class RaciSignoff(models.Model):
    """A version of the whole RACI that a leader signed. Its rows stay as they were then."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="raci_signoffs")
    version = models.PositiveSmallIntegerField()
    rows = models.JSONField(help_text="Title, phase and letters by position, as signed.")
    digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-version"]
        verbose_name = "RACI sign-off"
        constraints = [models.UniqueConstraint(fields=["program", "version"], name="raci_version_once")]

    def __str__(self) -> str:
        return f"RACI version {self.version}"


class SponsorshipQuerySet(ProgramScopedQuerySet):
    def open(self):
        """Named and not ended; at most one a program."""
        return self.filter(ended_at__isnull=True)

    def accepted(self):
        return self.open().filter(accepted_at__isnull=False)


class Sponsorship(models.Model):
    """One person's time as executive sponsor (R2): named, accepted by themselves, ended.

    Title and level are kept as they were when the person was named.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="sponsorships")
    membership = models.ForeignKey("program.Membership", models.PROTECT, related_name="sponsorships")
    position = models.ForeignKey("program.Position", models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=PositionLevel)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=clock.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    objects = SponsorshipQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["program"], condition=Q(ended_at__isnull=True), name="one_open_sponsorship"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_reason=""), name="sponsorship_ended_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, executive sponsor"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Kind(models.TextChoices):
    """The meetings of a program whose attendance counts (R2, R6, D3, D5)."""

    STAND_UP = "stand_up", "Weekly stand-up"
    PIPELINE = "pipeline_review", "Weekly pipeline review"
    QUARTER = "quarterly_review", "Quarterly review"
    DASHBOARDS = "dashboard_review", "Monthly dashboard review"


class MeetingDay(models.Model):
    """The weekday on which a program holds a meeting, where it is not the usual one."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="meeting_days")
    kind = models.CharField(max_length=20, choices=Kind)
    weekday = models.PositiveSmallIntegerField(help_text="0 Monday to 4 Friday.")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["program", "kind"], name="meeting_day_once"),
            models.CheckConstraint(condition=Q(weekday__lte=4), name="meeting_day_is_a_working_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.weekday_name}"

    @property
    def weekday_name(self) -> str:
        return WEEKDAYS[self.weekday]


class Outcome(models.TextChoices):
    """How the sponsor kept a commitment (R3)."""

    ATTENDED = cadence.ATTENDED, "Attended"
    MISSED = cadence.MISSED, "Missed"
    EXCUSED = cadence.EXCUSED, "Excused"


class Presence(models.TextChoices):
    """How the VP sales was there: a delegate may stand in at one of four pipeline reviews (D3)."""

    ATTENDED = "attended", "Attended"
    DELEGATE = "delegate", "Sent a delegate"
    MISSED = "missed", "Missed"


class Meeting(models.Model):
    """What somebody recorded about one due meeting (R3). Recording it again corrects it; the history keeps both.

    `period` is the ISO week, month or quarter it is the meeting of, `due_on` the day it was due on.
    `outcome` is the sponsor's, "" where the meeting is none of theirs; `vp_sales` is told of
    pipeline reviews alone, "" where the sponsor stands in for the VP (P3).
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="meetings")
    kind = models.CharField(max_length=20, choices=Kind)
    period = models.CharField(max_length=10)
    due_on = models.DateField()
    is_held = models.BooleanField("was held", default=True)
    outcome = models.CharField("sponsor", max_length=10, choices=Outcome, blank=True)
    vp_sales = models.CharField("VP sales", max_length=10, choices=Presence, blank=True)
    note = models.CharField(max_length=300, blank=True)
    sponsorship = models.ForeignKey(Sponsorship, models.PROTECT, null=True, blank=True, related_name="meetings")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-due_on", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["program", "kind", "period"], name="meeting_once_a_period"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.EXCUSED) | ~Q(note=""), name="meeting_excused_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(is_held=True) | ~Q(outcome=Outcome.ATTENDED), name="meeting_attended_was_held"
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(sponsorship__isnull=False), name="meeting_outcome_is_of_a_sponsor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.due_on}"

    @property
    def vp_presence(self) -> str:
        """How the VP sales was there; the sponsor's own presence where there is no VP but them (P3)."""
        if self.vp_sales or not self.outcome:
            return self.vp_sales
        return Presence.ATTENDED if self.outcome == Outcome.ATTENDED else Presence.MISSED


class SystemOwnerQuerySet(ProgramScopedQuerySet):
    def open(self):
        return self.filter(ended_at__isnull=True)


class SystemOwner(models.Model):
    """One person's time as internal owner of the system, with the support agreement that stands (R5).

    `agreement` says who answers users, how fast, and what the vendor or IT does; "" while there is none.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="system_owners")
    membership = models.ForeignKey("program.Membership", models.PROTECT, related_name="owned_systems")
    agreement = models.TextField("support agreement", blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    objects = SystemOwnerQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-named_at"]
        constraints = [
            models.UniqueConstraint(fields=["program"], condition=Q(ended_at__isnull=True), name="one_system_owner"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_reason=""), name="system_owner_ended_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(agreement="") | Q(agreed_at__isnull=False), name="support_agreement_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership.user}, system owner"


class Statement(models.TextChoices):
    """What no record can show, so that a person has to say it (C5, F)."""

    SANDBOX = "sandbox", "A sandbox is kept for testing later configuration"
    COMPENSATION = "compensation", "Commission is paid from what stands in the CRM"


class Attestation(models.Model):
    """One person's dated word that a statement holds, or does not. The newest counts; none is edited."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="attestations")
    statement = models.CharField(max_length=20, choices=Statement)
    holds = models.BooleanField()
    note = models.TextField(help_text="What it is said from: where to look, who was asked.")
    attested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attested_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="attestation_has_note")]

    def __str__(self) -> str:
        return self.get_statement_display()
