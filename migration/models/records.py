"""Records, the clusters they came from, and what people and rules decided about them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.intake.models import RowState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.models.runs import Run
from migration.models.short import ChangesField, LineageField, WholeField


class ClusterState(models.TextChoices):
    """By rule: certain matches merged without a person. Open: waits for one."""

    BY_RULE = "by_rule", "Merged by rule"
    OPEN = "open", "Open"
    DECIDED = "decided", "Decided"


class ClusterQuerySet(ProgramScopedQuerySet):
    def open(self):
        return self.reviews().filter(state=ClusterState.OPEN)  # as all of them are: the queue's index has them

    def reviews(self):
        """Those a person was, or is, asked about."""
        return self.filter(is_review__in=[True])  # a truth by itself is no equality to SQLite, and finds no index

    def queue(self):
        """Highest score first, as people work them off."""
        return self.reviews().order_by("position")


class Cluster(models.Model):
    """Rows of a run that are, or may be, one: the unit in which decisions are recomputed.

    `pairs` are the matches that hold it together ([a, b, rule, kind, probability, parts]);
    `groups` is the clustering in force: lists of keys, each one record; `undecided` are
    indexes of groups that still wait for a person. `probability` 0 to 1 is the weakest
    link's.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="clusters", db_index=False)
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=120)
    label = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    is_review = models.BooleanField()
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ClusterState)
    probability = models.FloatField()
    rules = models.JSONField(default=list)
    pairs = WholeField(default=list)
    groups = WholeField(default=list)
    undecided = models.JSONField(default=list)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    program_path = "run__program"
    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="cluster_number_once"),
            models.UniqueConstraint(fields=["run", "key"], name="cluster_key_once"),
            models.CheckConstraint(condition=Q(probability__gte=0, probability__lte=1), name="cluster_probability"),
            models.CheckConstraint(condition=Q(is_review=True) | ~Q(state="open"), name="cluster_open_is_review"),
        ]
        indexes = [
            models.Index(fields=["run", "is_review", "state", "position"], name="cluster_queue"),
            models.Index(fields=["run", "is_review", "position"], name="cluster_by_position"),
        ]

    def __str__(self) -> str:
        return f"Cluster {self.number} of {self.run.code}"

    def get_absolute_url(self) -> str:
        return reverse("migration:cluster", args=[self.run.program.slug, self.run.number, self.number])


class RunRow(models.Model):
    """A source row inside its run: its key, its cluster if it has one, what cleaning changed, what became of it.

    The source row itself stays as it was read. `state` is its word of the account, `record`
    the id of the record it became or went into; `clean` holds changed fields only:
    {field: {"value": …, "rule": …}}.
    """

    # rows are made by the million, in the run's own job: neither parent can go before they do,
    # and a key checked row by row is a tenth of the run
    row = models.OneToOneField(
        "intake.SourceRow", models.DO_NOTHING, primary_key=True, db_column="id", related_name="in_run",
        db_constraint=False,
    )  # fmt: skip
    run = models.ForeignKey(Run, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    key = models.CharField(max_length=120)
    cluster = models.ForeignKey(
        Cluster, models.SET_NULL, null=True, blank=True, related_name="rows", db_index=False, db_constraint=False
    )
    state = models.CharField(max_length=11, choices=RowState)
    record = models.BigIntegerField()
    # the word of the account for a row's changes; rows are never validated by Model.clean()
    clean = ChangesField(null=True, blank=True)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="run_row_key_once")]
        indexes = [
            models.Index(fields=["cluster"], condition=Q(cluster__isnull=False), name="run_row_by_cluster"),
            models.Index(fields=["run"], condition=Q(state="quarantined"), name="run_row_refused"),
        ]

    def __str__(self) -> str:
        return self.key


class DecisionKind(models.TextChoices):
    SAME = "same", "Same"
    DIFFERENT = "different", "Not the same"
    SURVIVOR = "survivor", "Fields chosen"
    EXCLUDE = "exclude", "Left out"
    UNDO = "undo", "Undone"


class DecisionQuerySet(ProgramScopedQuerySet):
    def in_force(self):
        """Neither undone nor an undoing."""
        return self.filter(superseded_by__isnull=True).exclude(kind=DecisionKind.UNDO)


class Decision(models.Model):
    """What a person said about records, by their keys. Append-only; an undo supersedes.

    Decisions belong to the program: every later run obeys them (H0). Those of one press
    of a button share `batch` and are undone together.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="record_decisions")
    kind = models.CharField(max_length=10, choices=DecisionKind)
    keys = models.JSONField()
    choices = models.JSONField(default=dict, help_text="Survivor: the key that lives on, and the key per field.")
    batch = models.UUIDField()
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="decisions")
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, blank=True, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=clock.now)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(by__isnull=False) | ~Q(rule=""), name="decision_by_somebody_or_rule"),
            models.CheckConstraint(
                condition=~Q(kind="undo") | Q(supersedes__isnull=False), name="decision_undo_supersedes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({len(self.keys)} records)"


class DecisionKey(models.Model):
    """An index from a record's key to the decisions that name it."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="key_rows")
    program = models.ForeignKey("program.Program", models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "key"], name="decision_key_once")]
        indexes = [models.Index(fields=["program", "key"], name="decision_by_key")]

    def __str__(self) -> str:
        return self.key


class CannotLink(models.Model):
    """Two keys that are not one, for ever or until undone; refuses a union at any depth (H0)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="cannot_links")
    a = models.CharField(max_length=120)
    b = models.CharField(max_length=120)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="links")

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "a", "b"], name="cannot_link_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="cannot_link_ordered"),
        ]
        indexes = [models.Index(fields=["program", "b"], name="cannot_link_by_b")]

    def __str__(self) -> str:
        return f"{self.a} is not {self.b}"


class RecordState(models.TextChoices):
    """Ready passes the hygiene gate (H10); held waits for a duplicate decision."""

    READY = "ready", "Ready"
    HELD = "held", "Held for review"
    REJECTED = "rejected", "Rejected"
    ARCHIVED = "archived", "Archived"
    ABSORBED = "absorbed", "Merged into another"


class RecordQuerySet(ProgramScopedQuerySet):
    def living(self):
        """Those that stand for themselves: not merged into another."""
        return self.exclude(state=RecordState.ABSORBED)


class Record(models.Model):
    """One record after cleaning and merging; its source rows point here (H0).

    Its id is that of the source row whose identity lives on, so that making it twice
    makes the same row; its key is that row's, which the run has once.
    `fields` are the values that would be loaded; `lineage` says per field whose value it
    is and why; `problems` what was left alone ({rule, field, raw, message}); `refusals`
    why the hygiene gate keeps it out (H10).
    """

    # as with RunRow, the parents outlive what their run's job makes by the million
    id = models.BigIntegerField(primary_key=True)
    program = models.ForeignKey(
        "program.Program", models.CASCADE, related_name="records", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(Run, models.CASCADE, related_name="records", db_index=False, db_constraint=False)
    cluster = models.ForeignKey(
        Cluster, models.SET_NULL, null=True, blank=True, related_name="records", db_index=False, db_constraint=False
    )
    object = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    label = models.CharField(max_length=200)
    search = models.CharField(max_length=400, blank=True)
    rows = models.PositiveIntegerField(default=1)
    fields = models.JSONField(default=dict)
    lineage = LineageField(default=dict)
    problems = models.JSONField(default=list)
    refusals = models.JSONField(default=list)
    dirt = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RecordState)
    stage = models.CharField(max_length=12, blank=True)
    absorbed_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="absorbed", db_index=False
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(refusals=[]), name="record_rejected_has_reason"),
            models.CheckConstraint(
                condition=Q(state="absorbed", absorbed_by__isnull=False)
                | (~Q(state="absorbed") & Q(absorbed_by__isnull=True)),
                name="record_absorbed_by_another",
            ),
        ]
        indexes = [
            # words are looked for anywhere in a text, so the order can be that in which records are written;
            # of two indexes that may serve SQLite takes the first
            models.Index(fields=["run", "id", "search"], name="record_by_words"),
            models.Index(fields=["run", "state", "stage"], name="record_by_stage"),
            models.Index(fields=["cluster"], condition=Q(cluster__isnull=False), name="record_by_cluster"),
            models.Index(fields=["absorbed_by"], condition=Q(absorbed_by__isnull=False), name="record_absorbed"),
        ]

    def __str__(self) -> str:
        return self.label or self.key

    def get_absolute_url(self) -> str:
        return reverse("migration:record", args=[self.program.slug, self.pk])
