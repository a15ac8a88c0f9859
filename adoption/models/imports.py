"""Files counted for adoption, and what they gave."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from adoption import events
from adoption.models.reps import Rep
from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class Counting(models.Model):
    """One uploaded file counted for adoption: activities, or records for fields and pipeline.

    `zone` and `orders` are how times without a zone, and days that can be read in two ways, are
    read. `counts` is the account of the rows: by kind, by reason of not counting, refused by rule.
    `weeks` are the weeks that were computed again. `as_of` is the day of the export.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="countings")
    upload = models.OneToOneField("intake.Upload", models.PROTECT, related_name="counting")
    object = models.CharField(max_length=20)
    zone = models.CharField(max_length=64)
    orders = models.JSONField(default=dict, blank=True)
    as_of = models.DateField()
    counts = models.JSONField(default=dict, blank=True)
    weeks = models.JSONField(default=list, blank=True)
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Counting of {self.upload}"

    def get_absolute_url(self) -> str:
        return reverse("adoption:import", args=[self.program.slug, self.upload.number])

    @property
    def is_activity(self) -> bool:
        return self.object == "activity"

    @property
    def clock(self) -> str:
        """By which clock the file is counted: logged, or occurred where it does not say that; "" for records."""
        if not self.is_activity:
            return ""
        return "logged" if "created_at" in self.upload.mapped else "occurred"

    @property
    def state(self) -> str:
        return JobState(self.job.state) if self.job else JobState.RUNNING


class ActivityQuerySet(ProgramScopedQuerySet):
    def counting(self):
        """Activities of reps: done, no load, no copy."""
        return self.filter(why_not="", is_bulk=False)


class Activity(models.Model):
    """One activity as the newest export shows it, whichever file came first (M9).

    `logged_on` is the day of logging in the program's zone, `period` its ISO week; `logged_at`
    is None where the export gives a day only. `why_not` is a key of events.WHY.
    """

    program = models.ForeignKey(
        "program.Program", models.CASCADE, related_name="logged_activities", db_index=False
    )  # the constraint's index begins with it
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=100)
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=10)
    logged_on = models.DateField()
    logged_at = models.DateTimeField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    period = models.CharField(max_length=10)
    why_not = models.CharField(max_length=10, blank=True, choices=list(events.WHY.items()))
    is_bulk = models.BooleanField(default=False)
    rank = models.CharField(max_length=40)
    counting = models.ForeignKey(Counting, models.SET_NULL, null=True, blank=True, related_name="activities")

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["program", "logged_on", "pk"]
        verbose_name_plural = "activities"
        constraints = [models.UniqueConstraint(fields=["program", "source", "event_id"], name="activity_once")]
        indexes = [
            models.Index(fields=["program", "period", "rep"], name="activity_by_week"),
            models.Index(fields=["program", "logged_at"], name="activity_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class RecordSummary(models.Model):
    """What an export of records said of one owner's: complete of all, stale of the open deals (M2, M4).

    `rep` None: records without an owner. `missing` counts the records without each required field. `seen` is
    every record. Of the seven days up to the export: `updated`, `created`, of those `duplicates` of a
    record that was there, and `moved` to another owner since the export before, for the owner before (M7).
    """

    counting = models.ForeignKey(Counting, models.CASCADE, related_name="summaries")
    rep = models.ForeignKey(Rep, models.CASCADE, null=True, blank=True, related_name="summaries")
    records = models.PositiveIntegerField(default=0)
    complete = models.PositiveIntegerField(default=0)
    open_deals = models.PositiveIntegerField(default=0)
    stale_deals = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    missing = models.JSONField(default=dict, blank=True)

    program_path = "counting__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["counting", "rep"]
        verbose_name_plural = "record summaries"
        constraints = [
            models.UniqueConstraint(fields=["counting", "rep"], name="record_summary_once"),
            models.CheckConstraint(
                condition=Q(complete__lte=models.F("records")) & Q(stale_deals__lte=models.F("open_deals")),
                name="record_summary_parts_at_most_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complete} of {self.records} complete"


class ActivityWeek(models.Model):
    """One ISO week of activity: is it whole, and can it be believed (M5, M9)?

    `rows` are the counting activities of due reps. `doubt` says why the data is doubtful; the week
    is then not measured until a person confirms it with a note. `late_rows` came, or went, when a later
    file touched the week after it had been whole, last at `late_at`. `hours` counts them by the hour of the
    program's day; None: the week is not summed up into RepWeek.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="activity_weeks")
    period = models.CharField(max_length=10)
    rows = models.PositiveIntegerField(default=0)
    is_complete = models.BooleanField(default=False)
    doubt = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    computed_at = models.DateTimeField(default=clock.now)
    late_rows = models.IntegerField(default=0)
    late_at = models.DateTimeField(null=True, blank=True)
    hours = models.JSONField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-period"]
        constraints = [
            models.UniqueConstraint(fields=["program", "period"], name="activity_week_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | ~Q(note=""), name="activity_week_confirmed_has_note"
            ),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def is_doubtful(self) -> bool:
        return bool(self.doubt) and self.confirmed_at is None


class RepWeek(models.Model):
    """What one rep logged in one week: weeks are computed from these sums, not from the events again (M1, M3, M7).

    `days` has a bit for each day with an activity, Monday is 1. `rows` are the counting activities, `contacts`
    the calls and emails among them, `tasks_done` the tasks; `tasks_open` were logged and are not done.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="+", db_index=False)
    period = models.CharField(max_length=10)
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="weeks")
    days = models.PositiveSmallIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    contacts = models.PositiveIntegerField(default=0)
    tasks_done = models.PositiveIntegerField(default=0)
    tasks_open = models.PositiveIntegerField(default=0)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "period", "rep"]
        constraints = [
            models.UniqueConstraint(fields=["program", "period", "rep"], name="rep_week_once"),
            models.CheckConstraint(condition=Q(contacts__lte=models.F("rows")), name="rep_week_contacts_are_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.rows}"
