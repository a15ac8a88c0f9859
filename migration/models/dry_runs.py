"""The dry run: what a load would do with every record, and the spot-check of it (H6)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.models.loads import Outcome, Space
from migration.models.records import Record
from migration.models.runs import Run


class DryRun(models.Model):
    """One dry run over the first records or the whole file; writes nothing into the target.

    `basis` names what it was made from (job, mapping version, last decision): it stands
    while that is the present state. `counts` are the predictions, per stage and in all.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="dry_runs")
    number = models.PositiveIntegerField()
    space = models.CharField(max_length=10, choices=Space, default=Space.REHEARSAL)
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the whole file.")
    basis = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    seed = models.PositiveIntegerField()
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    errors = models.PositiveIntegerField(default=0)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["run", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="dry_run_number_once"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | Q(signed_by__isnull=False, finished_at__isnull=False),
                name="dry_run_signed_has_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"Dry run {self.number} of {self.run.code}"

    def get_absolute_url(self) -> str:
        return reverse("migration:dry-run", args=[self.run.program.slug, self.run.number, self.number])

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def is_working(self) -> bool:
        return self.job is not None and self.job.state == JobState.RUNNING

    @property
    def is_clean(self) -> bool:
        """Its spot-check is signed, and no field was wrong."""
        return self.signed_at is not None and self.errors == 0


class Prediction(models.Model):
    """What the load of one record would come to; `reason` says why it would be refused."""

    dry_run = models.ForeignKey(DryRun, models.CASCADE, related_name="predictions", db_index=False)
    record = models.ForeignKey(Record, models.CASCADE, related_name="predictions")
    stage = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)

    program_path = "dry_run__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dry_run", "record"], name="prediction_once")]

    def __str__(self) -> str:
        return f"{self.record}: {self.get_outcome_display().lower()}"


class SpotItem(models.Model):
    """One record of the spot-check: source against prediction, each field ticked by a person.

    `wrong` names the fields that did not come through; None until somebody answered.
    """

    dry_run = models.ForeignKey(DryRun, models.CASCADE, related_name="items")
    no = models.PositiveIntegerField()
    record = models.ForeignKey(Record, models.CASCADE, related_name="+")
    comparison = models.JSONField(default=list)
    wrong = models.JSONField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    program_path = "dry_run__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["dry_run", "no"]
        constraints = [models.UniqueConstraint(fields=["dry_run", "no"], name="spot_item_once")]

    def __str__(self) -> str:
        return f"{self.no} of {self.dry_run}"
