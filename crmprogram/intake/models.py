"""Uploaded files, their rows as they came, and what is wrong with some of them.

A file is kept once per program, by its SHA-256, and never changed (H1). Every record of it
is a SourceRow and ends in exactly one state of the account (H0).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.intake import formats, words
from crmprogram.intake.fields import OBJECTS
from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet

ROW_BITS = 24  # rows of one file; 16.7 million, more than the limit
ROW_MASK = (1 << ROW_BITS) - 1


def row_id(upload_id: int, row_no: int) -> int:
    """The key of a file's record: the same record has the same key however often it is read."""
    return upload_id << ROW_BITS | row_no


class UploadState(models.TextChoices):
    ASKS = "asks", "Asks how to read it"
    READING = "reading", "Being read"
    READ = "read", "Read"
    FAILED = "failed", "Could not be read"


class UploadQuerySet(ProgramScopedQuerySet):
    def read(self):
        """Files whose rows are all there, with a balanced account."""
        return self.filter(state=UploadState.READ)

    def at_hand(self):
        """Read files whose rows still stand here."""
        return self.read().filter(rows_gone_at=None)

    def with_good_rows(self):
        """Files at hand that have something to clean or count."""
        return self.at_hand().filter(kept_count__gt=0)

    def asking(self):
        return self.filter(state=UploadState.ASKS)


class Upload(models.Model):
    """One file (U-03): how it is read, whose export it is, and its account.

    `key` names the kept file. `headers` are the labels of the columns, `mapped` the fields
    that the recognised format gives them ("" for none), `warnings` sentences about the
    header row and the workbook, `proposals` the encodings to choose from while the upload asks.
    A workbook has `sheets` ({name, hidden, rows}) and one of them as `sheet`; another sheet of
    the same file is another upload.
    `read_count` = `kept_count` + `quarantined_count` + `blank_count` once it is read.
    `erased_at`: a person in it was erased then; the file is gone and is not kept again.
    `file_gone_at`, `rows_gone_at`: they had been kept long enough (see `retention`); the account stays.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="uploads")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    key = models.UUIDField(unique=True, editable=False)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    state = models.CharField(max_length=10, choices=UploadState)
    encoding = models.CharField(max_length=20, blank=True)
    encoding_from = models.CharField(max_length=10, blank=True, help_text="mark, content or person")
    delimiter = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    sheets = models.JSONField(default=list, blank=True)
    proposals = models.JSONField(default=list, blank=True)
    format_slug = models.CharField("format", max_length=60, blank=True)
    object = models.CharField(max_length=20, blank=True, choices=list(OBJECTS.items()))
    object_from = models.CharField(max_length=10, blank=True, help_text="content or person")
    confidence = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=300, blank=True)
    headers = models.JSONField(default=list, blank=True)
    originals = models.JSONField(default=list, blank=True)
    mapped = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    read_count = models.PositiveIntegerField(default=0)
    kept_count = models.PositiveIntegerField(default=0)
    quarantined_count = models.PositiveIntegerField(default=0)
    blank_count = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    error = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    file_gone_at = models.DateTimeField(null=True, blank=True)
    rows_gone_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="upload_number_once"),
            models.UniqueConstraint(fields=["program", "sha256", "sheet"], name="upload_sheet_once"),
            models.CheckConstraint(
                condition=~Q(state="read")
                | Q(read_count=F("kept_count") + F("quarantined_count") + F("blank_count"), read_at__isnull=False),
                name="upload_account_balances",  # H0
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="upload_failed_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("web:upload", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        """How people call the file: U-03."""
        return f"U-{self.number:02d}"

    @property
    def path(self) -> Path:
        """Where the file is kept, unchanged."""
        return Path(settings.UPLOAD_DIR) / str(self.key)

    @property
    def has_file(self) -> bool:
        """The original is still kept."""
        return self.erased_at is None and self.file_gone_at is None

    @property
    def format_label(self) -> str:
        """Whose export it is, in words."""
        try:
            return formats.by_slug(self.format_slug).label
        except KeyError:
            return "Not looked at yet"

    @property
    def encoding_label(self) -> str:
        """The encoding in words."""
        return "Excel workbook" if self.sheet else words.encoding_label(self.encoding)

    @property
    def first_sheet(self) -> str:
        """The sheet that is proposed: the first visible one with rows, else the first with rows."""
        filled = sorted((each for each in self.sheets if each["rows"]), key=lambda each: each["hidden"])
        return filled[0]["name"] if filled else ""

    @property
    def other_sheets(self) -> list[dict[str, Any]]:
        """The sheets of the workbook with rows that are not this upload's."""
        return [each for each in self.sheets if each["rows"] and each["name"] != self.sheet]

    @property
    def is_stuck(self) -> bool:
        """Reading broke off or was stopped; its job can be resumed."""
        return self.job is not None and self.job.state in {JobState.FAILED, JobState.STOPPED}


class ColumnMap(models.Model):
    """What a person said the columns of a file are: files with the same headers are mapped so from then on.

    `headers_key` is the digest of the headers in any order; `fields` is {label of a column, normalised: our field}.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="column_maps")
    headers_key = models.CharField(max_length=64)
    object = models.CharField(max_length=20, choices=list(OBJECTS.items()))
    format_slug = models.CharField("format", max_length=60, blank=True)
    fields = models.JSONField(default=dict)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-decided_at"]
        constraints = [models.UniqueConstraint(fields=["program", "headers_key"], name="column_map_once")]

    def __str__(self) -> str:
        return f"{OBJECTS[self.object]}, {len(self.fields)} columns"


class RowState(models.TextChoices):
    """The words of the account (H0)."""

    KEPT = "kept", "Kept"
    MERGED = "merged", "Merged"
    ARCHIVED = "archived", "Archived"
    QUARANTINED = "quarantined", "Quarantined"
    BLANK = "blank", "Blank"


class SourceRowQuerySet(models.QuerySet):
    def of_upload(self, upload_id: int, first: int = 0, last: int = ROW_MASK):
        """The rows of one file from row number `first` to `last`, both included, in the file's order."""
        keys = row_id(upload_id, first), row_id(upload_id, last)
        return self.filter(pk__gte=keys[0], pk__lte=keys[1]).order_by("pk")

    def good(self):
        """Rows with a cell for every header that are in no quarantine."""
        return self.exclude(state__in=[RowState.QUARANTINED, RowState.BLANK])


class SourceRow(models.Model):
    """One record of a file. `cells` is a JSON array of text, one for each header.

    A record that could not be cut into cells has its raw text as the only one. `state` is
    what reading made of it: kept, quarantined or blank. What a run makes of it stands in
    the run: a row is never changed again.
    """

    id = models.BigIntegerField(primary_key=True)
    # rows are made by the million, in the upload's own job: it outlives them, and its key is not checked each time
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    line = models.PositiveIntegerField()
    state = models.CharField(max_length=11, choices=RowState, default=RowState.KEPT)
    cells = models.TextField(default="[]")

    program_path = "upload__program"
    objects = SourceRowQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["upload", "state"], name="row_by_state")]

    def __str__(self) -> str:
        return f"Row {self.row_no} of upload {self.upload_id}"

    @property
    def row_no(self) -> int:
        return self.pk & ROW_MASK

    @property
    def values(self) -> list[str]:
        """The cells as text."""
        return json.loads(self.cells)


class RowIssueQuerySet(ProgramScopedQuerySet):
    def of_rule(self, rule: str):
        return self.filter(rule=rule)


class RowIssue(models.Model):
    """What is wrong with a row: the rule it breaks, where, the value as it came, and what to do."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="issues", db_index=False)
    row = models.ForeignKey(SourceRow, models.CASCADE, related_name="issues", db_index=False)
    line = models.PositiveIntegerField()
    rule = models.CharField(max_length=40)
    column = models.CharField(max_length=300, blank=True)
    value = models.TextField(blank=True)
    message = models.TextField()

    program_path = "upload__program"
    objects = RowIssueQuerySet.as_manager()

    class Meta:
        ordering = ["upload", "line", "pk"]
        constraints = [models.UniqueConstraint(fields=["row", "rule", "column"], name="row_issue_once")]
        indexes = [models.Index(fields=["upload", "line"], name="issue_by_line")]

    def __str__(self) -> str:
        return f"{self.rule} in line {self.line}"

    def as_dict(self) -> dict[str, Any]:
        """The issue for a file or an answer."""
        return {name: getattr(self, name) for name in ("line", "rule", "column", "value", "message")}
