"""The scorecard: criteria with weights and anchors, raters, blind ratings (V2, V3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class Rfp(models.TextChoices):
    """Was a request for proposals made? (V9)"""

    OPEN = "open", "Not decided"
    HELD = "held", "Held"
    SKIPPED = "skipped", "Skipped, with a reason"


class Scorecard(models.Model):
    """One program's scorecard. `margin` is the lead below which there is no clear winner (V10).

    `rfp_from` is the yearly cost, in minor units, from which a request for proposals is advised (V9).
    """

    program = models.OneToOneField("program.Program", models.CASCADE, related_name="scorecard")
    margin = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("0.10"))
    weights_locked_at = models.DateTimeField(null=True, blank=True, help_text="Set by the first counted demo (V3).")
    version = models.PositiveIntegerField(default=1)
    rfp = models.CharField("request for proposals", max_length=10, choices=Rfp, default=Rfp.OPEN)
    rfp_reason = models.TextField("why it is skipped", blank=True)
    rfp_from = models.BigIntegerField(
        "advised from, a year", default=5_000_000, validators=[MinValueValidator(0), MaxValueValidator(10**13)]
    )

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(rfp="skipped") | ~Q(rfp_reason=""), name="scorecard_skipped_rfp_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Scorecard of {self.program}"


class Criterion(models.Model):
    """What vendors are rated on: whole-percent weight, how it is verified, what 1, 3 and 5 mean."""

    program_path = "scorecard__program"

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    weight = models.PositiveSmallIntegerField("weight in percent", validators=[MaxValueValidator(100)])
    verified_by = models.CharField("how it is verified", max_length=160)
    anchor_1 = models.CharField("what 1 means", max_length=200)
    anchor_3 = models.CharField("what 3 means", max_length=200)
    anchor_5 = models.CharField("what 5 means", max_length=200)
    floor = models.DecimalField(
        "veto floor",
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    order = models.PositiveSmallIntegerField(default=0)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "key"], name="criterion_key_once"),
            models.UniqueConstraint(fields=["scorecard", "name"], name="criterion_name_once"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="criterion_weight_is_percent"),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(floor__gte=1, floor__lte=5), name="criterion_floor_on_scale"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WeightChange(models.Model):
    """A change of weights after they were locked, with the ranking before and after it (V3)."""

    program_path = "scorecard__program"

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="weight_changes")
    before = models.JSONField()
    after = models.JSONField()
    ranking_before = models.JSONField()
    ranking_after = models.JSONField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"weights changed {self.at:%Y-%m-%d}"


class RaterQuerySet(ProgramScopedQuerySet):
    def expected(self) -> Self:
        """Invited and not excused."""
        return self.filter(excused_at__isnull=True)

    def submitted(self) -> Self:
        return self.filter(submitted_at__isnull=False)


class Rater(models.Model):
    """A member who was invited to rate. Until `submitted_at`, nobody else sees what they wrote (V3)."""

    program_path = "scorecard__program"

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="raters")
    membership = models.ForeignKey("program.Membership", models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_reason = models.TextField(blank=True)
    excused_at = models.DateTimeField(null=True, blank=True)
    excused_reason = models.CharField(max_length=200, blank=True)

    objects = RaterQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "membership"], name="rater_once"),
            models.CheckConstraint(
                condition=Q(excused_at__isnull=True) | ~Q(excused_reason=""), name="rater_excused_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.membership.user)


class RatingQuerySet(ProgramScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """What `user` may see (V3): own ratings, and submitted ones once the user owes none.

        Somebody who rates and has not submitted sees nobody else's, whoever they are;
        somebody who was never invited sees the submitted ones only. Admins included.
        """
        own = Q(rater__membership__user=user)
        owing = Rater.objects.expected().filter(
            scorecard=models.OuterRef("rater__scorecard"), membership__user=user, submitted_at__isnull=True
        )
        return self.filter(own | (Q(rater__submitted_at__isnull=False) & ~models.Exists(owing)))

    def counted(self) -> Self:
        """Submitted scores: what the totals stand on."""
        return self.filter(rater__submitted_at__isnull=False, rater__excused_at__isnull=True, score__isnull=False)


class Rating(models.Model):
    """One rater's score for one vendor and criterion, with its evidence; or an abstention with its reason."""

    program_path = "rater__scorecard__program"

    rater = models.ForeignKey(Rater, models.CASCADE, related_name="ratings")
    vendor = models.ForeignKey("scorecard.Vendor", models.CASCADE, related_name="ratings")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="ratings")
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    note = models.TextField("evidence", blank=True)
    link = models.URLField(blank=True)
    file_name = models.CharField("file", max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveBigIntegerField(default=0)
    abstained = models.CharField("reason for abstaining", max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    rated_at = models.DateTimeField(default=clock.now)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["rater", "vendor", "criterion"], name="rating_once"),
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5, abstained="") | Q(score__isnull=True),
                name="rating_score_or_abstention",
            ),
            models.CheckConstraint(
                condition=Q(file_name="", file_sha256="") | (~Q(file_name="") & ~Q(file_sha256="")),
                name="rating_file_has_name_and_digest",
            ),
        ]

    @property
    def has_evidence(self) -> bool:
        return bool(self.note.strip() or self.link or self.file_sha256)

    def __str__(self) -> str:
        return f"{self.vendor} {self.criterion}: {self.score or 'abstained'}"


class Consensus(models.Model):
    """A value that takes the place of a cell's mean, with the reason; the originals stay (V3)."""

    program_path = "criterion__scorecard__program"

    vendor = models.ForeignKey("scorecard.Vendor", models.CASCADE, related_name="consensuses")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="consensuses")
    value = models.DecimalField(max_digits=3, decimal_places=2, validators=[MinValueValidator(1), MaxValueValidator(5)])
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "consensuses"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "criterion"], name="consensus_once"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=5), name="consensus_on_scale"),
            models.CheckConstraint(condition=~Q(reason=""), name="consensus_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.criterion}: {self.value} by consensus"
