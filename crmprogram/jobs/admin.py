"""The admin of background work: what runs where, and why something stands still."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from crmprogram.jobs import services
from crmprogram.jobs.models import Job, Outbox, Shard
from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline


class ShardInline(ReadOnlyInline):
    model = Shard
    fields = ["step", "no", "state", "attempt", "done", "total", "lease_until", "finished_at"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "program", "kind", "step", "state", "stop_requested", "attempts", "created_at", "finished_at"]
    list_filter = ["state", "kind", "stop_requested"]
    search_fields = ["id", "program__slug", "error"]
    list_select_related = ["program"]
    date_hierarchy = "created_at"
    inlines = [ShardInline]
    actions = ["resume"]

    @admin.action(description="Resume stopped or failed work", permissions=["view"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Support may set work going again; it decides nothing."""
        for job in queryset:
            try:
                services.resume_job(job=job, by=request.user)
            except services.JobRefused as refused:
                self.message_user(request, f"{job}: {refused}", messages.WARNING)
            else:
                self.message_user(request, f"{job} goes on.")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ["id", "topic", "program", "subject_type", "subject_id", "created_at", "sent_at"]
    list_filter = ["topic"]
    list_select_related = ["program"]
    date_hierarchy = "created_at"
