"""Stages of the import, what was loaded, who signed the merges, and the sample audits."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.models.records import Record
from migration.models.runs import Run


class Space(models.TextChoices):
    """Rehearsal is always allowed as preparation; live waits for gate B (G6)."""

    REHEARSAL = "rehearsal", "Rehearsal"
    LIVE = "live", "Live"


class StageState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    LOADING = "loading", "Loading"
    LOADED = "loaded", "Loaded, not audited"
    VALIDATED = "validated", "Validated"


class Stage(models.Model):
    """One stage of one run's import: customers, prospects, dormant, in this order (H7)."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=12)
    space = models.CharField(max_length=10, choices=Space, default=Space.REHEARSAL)
    state = models.CharField(max_length=10, choices=StageState, default=StageState.WAITING)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    validated_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["run", "space", "order"]
        constraints = [
            models.UniqueConstraint(fields=["run", "space", "name"], name="stage_once"),
            models.CheckConstraint(
                condition=~Q(state="validated") | Q(validated_at__isnull=False), name="stage_validated_has_time"
            ),
        ]

    LABELS = {"customers": "Active customers", "prospects": "Active prospects", "dormant": "Dormant"}

    def __str__(self) -> str:
        return f"Stage {self.order} {self.label} of {self.run.code}"

    @property
    def label(self) -> str:
        return self.LABELS.get(self.name, self.name)


class SandboxRecordQuerySet(ProgramScopedQuerySet):
    pass


class SandboxRecord(models.Model):
    """A record in the built-in target, by its natural key."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="sandbox_records")
    space = models.CharField(max_length=10, choices=Space)
    object = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    fields = models.JSONField(default=dict)
    search = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    objects = SandboxRecordQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "space", "object", "key"], name="sandbox_record_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="sandbox_record_version"),
        ]
        indexes = [models.Index(fields=["program", "space", "search", "id"], name="sandbox_record_by_words")]

    def __str__(self) -> str:
        return f"{self.object} {self.key}"

    def get_absolute_url(self) -> str:
        return reverse("migration:sandbox-record", args=[self.program.slug, self.pk])


class Outcome(models.TextChoices):
    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    UNCHANGED = "unchanged", "Unchanged"
    REJECT = "reject", "Reject"


class LoadItem(models.Model):
    """One record in one stage: what was predicted, what happened, what stood there before (H6, H7)."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="items")
    record = models.ForeignKey(Record, models.CASCADE, related_name="load_items")
    predicted = models.CharField(max_length=10, choices=Outcome)
    outcome = models.CharField(max_length=10, choices=Outcome)
    before = models.JSONField(null=True, blank=True)
    before_at = models.DateTimeField(null=True, blank=True, help_text="When what stood there before was written.")
    version = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)

    program_path = "stage__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["stage", "record"], name="load_item_once")]

    def __str__(self) -> str:
        return f"{self.record} {self.get_outcome_display().lower()}"


class MergeSignature(models.Model):
    """A person looked at a seeded sample of automatic merges and signed the summary (H2).

    `digest` is over every automatic merge: it stands only while these are the merges.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="merge_signatures")
    seed = models.PositiveIntegerField()
    sample = models.JSONField(help_text="Numbers of the clusters that were looked at.")
    counts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Merges of {self.run.code}, signed"


class SampleAudit(models.Model):
    """Loaded records drawn at random and compared with their source, field by field (H8).

    The seed draws the same records again. Signed once every record has an answer.
    """

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="audits")
    seed = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    population = models.PositiveIntegerField()
    errors = models.PositiveIntegerField(default=0)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=clock.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    program_path = "stage__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"], condition=Q(signed_at__isnull=True), name="one_open_sample_audit"
            ),
            models.CheckConstraint(condition=Q(errors__lte=F("size")), name="sample_errors_at_most_size"),
        ]

    def __str__(self) -> str:
        return f"Sample of {self.size} in {self.stage}"

    @property
    def is_clean(self) -> bool:
        return self.signed_at is not None and self.errors == 0


class SampleItem(models.Model):
    """One drawn record: the comparison that was computed, and what the person said."""

    audit = models.ForeignKey(SampleAudit, models.CASCADE, related_name="items")
    no = models.PositiveIntegerField()
    record = models.ForeignKey(Record, models.CASCADE, related_name="+")
    comparison = models.JSONField(default=list)
    differences = models.PositiveIntegerField(default=0)
    matches = models.BooleanField(null=True)
    note = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    program_path = "audit__stage__run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["audit", "no"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "no"], name="sample_item_once"),
            models.CheckConstraint(
                condition=Q(matches__isnull=True) | Q(answered_by__isnull=False), name="sample_answer_has_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.no} of {self.audit}"
