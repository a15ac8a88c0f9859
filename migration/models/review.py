"""How people share the review: claims, second looks, bands, and what a late decision owes to the target."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.models.loads import Stage
from migration.models.records import Cluster, Decision, Record
from migration.models.runs import Run


class ReviewClaim(models.Model):
    """Who has a cluster open, and until when others leave it alone."""

    cluster = models.OneToOneField(Cluster, models.CASCADE, related_name="claim")
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    until = models.DateTimeField()

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.cluster}, claimed"


class Verdict(models.TextChoices):
    """What a person says of a cluster as a whole; the categories agreement is counted over."""

    SAME = "same", "The same"
    PART = "part", "Some of them"
    DIFFERENT = "different", "Not the same"


class SecondLookQuerySet(ProgramScopedQuerySet):
    def waiting(self):
        """Those nobody has looked at a second time."""
        return self.filter(second="", cluster__isnull=False)

    def answered(self):
        return self.exclude(second="")


class SecondLook(models.Model):
    """A decided cluster that a second person judges again without seeing the first verdict.

    It changes nothing by itself: agreement is measured by it.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="second_looks")
    cluster = models.OneToOneField(Cluster, models.SET_NULL, null=True, blank=True, related_name="second_look")
    label = models.CharField(max_length=200)
    first = models.CharField(max_length=10, choices=Verdict)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    second = models.CharField(max_length=10, choices=Verdict, blank=True)
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    second_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = SecondLookQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(second="", second_by__isnull=True) | (~Q(second="") & Q(second_by__isnull=False)),
                name="second_look_has_person",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("first_by")), name="second_look_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"Second look at {self.label}"

    @property
    def agrees(self) -> bool:
        return self.first == self.second


class Band(models.Model):
    """Open clusters of a range of likelihood, judged by a sample and accepted as one decision.

    `low` including, `high` excluding; `sample` are cluster numbers, `judged` says of each
    whether `verdict` is right. Its decisions share `batch`, and are undone together.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="bands")
    number = models.PositiveIntegerField()
    low = models.FloatField()
    high = models.FloatField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    seed = models.PositiveIntegerField()
    population = models.PositiveIntegerField()
    sample = models.JSONField()
    judged = models.JSONField(default=dict)
    batch = models.UUIDField()
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    decided = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=clock.now)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="band_number_once"),
            models.CheckConstraint(condition=Q(low__gte=0, high__gt=F("low")), name="band_is_a_range"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(accepted_at__isnull=False), name="band_undone_was_accepted"
            ),
        ]

    def __str__(self) -> str:
        return f"Band {self.number} of {self.run.code}"

    def get_absolute_url(self) -> str:
        return reverse("migration:band", args=[self.run.program.slug, self.run.number, self.number])

    @property
    def wrong(self) -> int:
        return sum(not right for right in self.judged.values())

    @property
    def unjudged(self) -> int:
        return len(self.sample) - len(self.judged)


class RevertState(models.TextChoices):
    QUEUED = "queued", "Queued"
    DONE = "done", "Taken back"
    LEFT = "left", "Left: changed since"
    LAPSED = "lapsed", "No longer needed"


class RevertItem(models.Model):
    """A loaded record that a later decision changed: its load is to be taken back (H2).

    `loaded` are the values as they were loaded. Once it is taken back, the record as it
    is now is loaded with the stage again, if it is ready.
    """

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="reverts")
    record = models.ForeignKey(Record, models.CASCADE, related_name="reverts")
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, blank=True, related_name="+")
    loaded = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=RevertState, default=RevertState.QUEUED)
    queued_at = models.DateTimeField(default=clock.now)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    program_path = "stage__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "record"], condition=Q(state="queued"), name="revert_queued_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record}, to be taken back"
