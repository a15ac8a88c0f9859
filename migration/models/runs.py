"""A run cleans one or more uploaded files of one object; its mapping says what each column means."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class RunState(models.TextChoices):
    """Where a run stands; running, stopped and failed are those of its job."""

    MAPPING = "mapping", "Waits for its mapping"
    RUNNING = "running", "Running"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"
    CLEANED = "cleaned", "Cleaned"
    CANCELLED = "cancelled", "Cancelled"


class RunQuerySet(ProgramScopedQuerySet):
    def cleaned(self):
        """Runs whose job has finished: their counts are whole."""
        return self.filter(job__state=JobState.DONE, cancelled_at__isnull=True)

    def current(self):
        """Runs that hold their files: not cancelled."""
        return self.filter(cancelled_at__isnull=True)


class Run(models.Model):
    """One hygiene run (R-07): files of one object through map, profile, standardise, match, account.

    `thresholds` and `context` are stored with the run, so that it can be understood and
    repeated later. `counts` is the account of H0 over the whole run; `summary` holds the
    totals that pages and checks read (problems, quality, dirt, matches).
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    object = models.CharField(max_length=20)
    uploads = models.ManyToManyField("intake.Upload", related_name="runs")
    migration_set = models.ForeignKey(
        "migration.MigrationSet", models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    thresholds = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    mapping = models.ForeignKey("migration.Mapping", models.PROTECT, null=True, blank=True, related_name="+")
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="runs")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["program", "number"], name="run_number_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("migration:run", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        """How people call the run: R-07."""
        return f"R-{self.number:02d}"

    @property
    def state(self) -> RunState:
        if self.cancelled_at:
            return RunState.CANCELLED
        if self.job is None:
            return RunState.MAPPING
        return {JobState.DONE: RunState.CLEANED}.get(JobState(self.job.state)) or RunState(self.job.state)

    def results(self, step: str) -> list[tuple[dict, dict]]:
        """(params, result) of each part of a step of its job, in their order; none before it was started."""
        if self.job is None:
            return []
        return list(self.job.shards.filter(step=step).order_by("no").values_list("params", "result"))

    @property
    def is_cleaned(self) -> bool:
        return self.state is RunState.CLEANED


class Treatment(models.TextChoices):
    """What becomes of a source column (H5: nothing is silently lost)."""

    MAP = "map", "Map"
    MERGE = "merge", "Merge into"
    CUSTOM = "custom", "Custom field"
    DROP = "drop", "Drop"


class Mapping(models.Model):
    """One version of a run's mapping. A signed version is never edited: a change makes the next."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="mappings")
    version = models.PositiveSmallIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["run", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["run", "version"], name="mapping_version_once"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="mapping_signed_has_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"Mapping {self.version} of {self.run.code}"


class MappingColumn(models.Model):
    """One column of one file: its target field, or why it is merged, made custom or dropped.

    `filled` of `rows` had a value in the sample of rows that was looked at; `samples` are
    up to five different values. `transforms` change its values before they are cleaned, one
    after the other; see `hygiene.transforms`.
    """

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="columns")
    upload = models.ForeignKey("intake.Upload", models.PROTECT, related_name="+")
    index = models.PositiveIntegerField()
    header = models.CharField(max_length=300)
    treatment = models.CharField(max_length=10, choices=Treatment)
    field = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    transforms = models.JSONField(default=list, blank=True)
    is_proposed = models.BooleanField(default=True)
    filled = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    samples = models.JSONField(default=list)

    program_path = "mapping__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["mapping", "upload", "index"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "upload", "index"], name="mapping_column_once"),
            models.CheckConstraint(
                condition=Q(treatment="drop") | ~Q(field=""), name="mapping_column_has_field_unless_dropped"
            ),
            models.CheckConstraint(
                condition=Q(treatment="map") | ~Q(reason=""), name="mapping_column_unmapped_has_reason"
            ),
            models.CheckConstraint(condition=Q(filled__lte=F("rows")), name="mapping_column_filled_at_most_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.header} → {self.field or 'dropped'}"

    @property
    def filled_percent(self) -> int | None:
        return 100 * self.filled // self.rows if self.rows else None
