"""Jobs, their shards, and the outbox.

The rows are the truth: a worker that dies leaves a lease that runs out, and the next
worker goes on from the last committed chunk.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from crmprogram.jobs import registry
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class JobState(models.TextChoices):
    RUNNING = "running", "Running"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"
    DONE = "done", "Done"


class JobQuerySet(ProgramScopedQuerySet):
    def running(self):
        return self.filter(state=JobState.RUNNING)

    def unfinished(self):
        return self.exclude(state=JobState.DONE)

    def moving_evidence(self):
        """Running work while which no gate can be requested (G7)."""
        still = [key for key, kind in registry.KINDS.items() if not kind.moves_evidence]
        return self.running().exclude(kind__in=still)


class Job(models.Model):
    """One piece of background work: a kind, its parameters, and the step it is at."""

    program = models.ForeignKey("program.Program", models.CASCADE, null=True, blank=True, related_name="jobs")
    number = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    step = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.RUNNING)
    stop_requested = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0, help_text="Shards taken up again after a worker died.")
    error = models.TextField(blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    # pace: since when, and from which count, the present step has been worked on without a pause
    pace_from_at = models.DateTimeField(default=clock.wall)
    pace_from_done = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="job_failed_has_reason"),
            models.CheckConstraint(condition=~Q(state="done") | Q(finished_at__isnull=False), name="job_done_has_time"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="job_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} job {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("web:job", args=[self.program.slug, self.pk]) if self.program else ""


class ShardState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class ShardQuerySet(models.QuerySet):
    def unfinished(self):
        return self.exclude(state=ShardState.DONE)

    def claimable(self):
        """Waiting, or running under a lease that has run out; of jobs that go on."""
        free = Q(state=ShardState.QUEUED) | Q(state=ShardState.RUNNING, lease_until__lt=clock.wall())
        return self.filter(free, job__state=JobState.RUNNING, job__stop_requested=False, step=models.F("job__step"))


class Shard(models.Model):
    """A part of a step that any worker can take. `cursor` says where to go on."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="shards")
    step = models.CharField(max_length=40)
    no = models.PositiveIntegerField()
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ShardState, default=ShardState.QUEUED)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    program_path = "job__program"
    objects = ShardQuerySet.as_manager()

    class Meta:
        ordering = ["job", "step", "no"]
        constraints = [
            models.UniqueConstraint(fields=["job", "step", "no"], name="shard_once"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease__isnull=False, lease_until__isnull=False),
                name="shard_running_has_lease",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="shard_by_lease")]

    def __str__(self) -> str:
        return f"{self.step} {self.no} of job {self.job_id}"


class Outbox(models.Model):
    """Something that happened and others should hear of, written in the acting transaction."""

    program = models.ForeignKey("program.Program", models.CASCADE, null=True, related_name="+")
    topic = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.topic} {self.subject_type} {self.subject_id}"
