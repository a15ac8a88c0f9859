"""The admin of background work: what runs where, and why something stands still."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator

from crmprogram.jobs import registry, services
from crmprogram.jobs.models import Job, JobState, Outbox, Shard, ShardState
from crmprogram.program import clock
from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline


def with_worker(found: QuerySet, job: str = "pk") -> QuerySet:
    """Annotate `has_worker`: does somebody work on the job of a row now, under a lease that lasts?"""
    held = Shard.objects.filter(job=OuterRef(job), state=ShardState.RUNNING, lease_until__gte=clock.wall())
    return found.annotate(has_worker=Exists(held))


def standing_of(job: Job, has_worker: bool) -> str:
    """Whether work goes on, and if not, why and what helps."""
    if job.state == JobState.RUNNING and job.stop_requested:
        return "stops after its present part"
    if job.state == JobState.RUNNING:
        return "no, a worker is at it" if has_worker else "waits for a worker: is one running?"
    if job.state == JobState.FAILED:
        return f"failed: {Truncator(job.error).chars(80)}"
    return "stopped by a person: resume it" if job.state == JobState.STOPPED else "no, it is done"


class ShardInline(ReadOnlyInline):
    model = Shard
    fields = ["step", "no", "state", "attempt", "done", "total", "lease_until", "finished_at"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "what", "program", "state", "standing", "step", "attempts", "created_at"]
    list_filter = ["state", "kind", "stop_requested", "program"]
    search_fields = ["=id", "=number", "program__slug", "program__company", "error"]
    search_help_text = "The id of a job, its number in the program, the program, or a word of the error"
    list_select_related = ["program"]
    date_hierarchy = "created_at"
    inlines = [ShardInline]
    readonly_fields = ["what", "standing"]
    fieldsets = [
        (None, {"fields": ["what", "program", "number", "state", "standing", "step", "stop_requested", "error"]}),
        ("When and who", {"fields": ["started_by", "created_at", "finished_at", "attempts"]}),
        ("Stored data", {"classes": ["collapse"], "fields": ["kind", "params", "pace_from_at", "pace_from_done"]}),
    ]
    actions = ["resume", "stop"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return with_worker(super().get_queryset(request)).order_by(F("pk").desc())

    @admin.display(description="work", ordering="kind")
    def what(self, job: Job) -> str:
        kind = registry.KINDS.get(job.kind)
        return kind.label if kind else job.kind

    @admin.display(description="stands still?")
    def standing(self, job: Job) -> str:
        return standing_of(job, job.has_worker)

    @admin.action(description="Resume stopped or failed work", permissions=["view"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Support may set work going again; it decides nothing."""
        self._each(request, queryset, services.resume_job, "goes on")

    @admin.action(description="Stop running work after its present part", permissions=["view"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """What is done stays; it is resumed from there."""
        self._each(request, queryset, services.stop_job, "stops")

    def _each(self, request: HttpRequest, jobs: QuerySet[Job], do: Callable[..., Job], said: str) -> None:
        """Do it to every job; one that refuses is told with its reason."""
        for job in jobs:
            try:
                do(job=job, by=request.user)
            except services.JobRefused as refused:
                self.message_user(request, f"{job}: {refused}", messages.WARNING)
            else:
                self.message_user(request, f"{job} {said}.")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ["id", "topic", "program", "subject_type", "subject_id", "created_at", "sent_at"]
    list_filter = ["topic"]
    list_select_related = ["program"]
    date_hierarchy = "created_at"
