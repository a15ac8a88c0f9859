"""What runs through all phases, for support: to look at, nothing to change."""

from __future__ import annotations

from django.contrib import admin

from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from phases import models


class MeasureInline(ReadOnlyInline):
    model = models.PilotMeasure


@admin.register(models.Pilot)
class PilotAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "region", "metric", "starts_on", "ends_on", "closed_at")
    list_select_related = ("program",)
    list_filter = ("program",)
    search_fields = ("region", "metric", "program__name", "program__company")
    date_hierarchy = "planned_at"
    inlines = [MeasureInline]


@admin.register(models.WaveStart)
class WaveStartAdmin(ReadOnlyAdmin):
    list_display = ("program", "wave", "starts_on", "decided_by", "decided_at")
    list_select_related = ("program", "decided_by")
    list_filter = ("program",)
    search_fields = ("reason", "program__name", "program__company")
    date_hierarchy = "decided_at"


@admin.register(models.WaveReview)
class WaveReviewAdmin(ReadOnlyAdmin):
    list_display = ("program", "wave", "due_on", "held_on", "reviewed_by")
    list_select_related = ("program", "reviewed_by")
    list_filter = ("program",)
    search_fields = ("finding", "program__name", "program__company")
    date_hierarchy = "reviewed_at"


@admin.register(models.Exemption)
class ExemptionAdmin(ReadOnlyAdmin):
    list_display = ("program", "platform", "signed_by", "signed_at", "ended_at")
    list_select_related = ("program", "signed_by")
    search_fields = ("platform", "program__name", "program__company")
    date_hierarchy = "signed_at"


@admin.register(models.StepMark)
class StepMarkAdmin(ReadOnlyAdmin):
    list_display = ("program", "step", "wave", "kind", "by", "at")
    list_select_related = ("program", "by")
    list_filter = ("kind", "step")
    search_fields = ("reason", "program__name", "program__company")
    date_hierarchy = "at"


class ArtifactSignatureInline(ReadOnlyInline):
    model = models.ArtifactSignature


@admin.register(models.ArtifactVersion)
class ArtifactVersionAdmin(ReadOnlyAdmin):
    list_display = ("program", "kind", "number", "owner", "written_by", "written_at", "shared_at")
    list_select_related = ("program", "owner", "written_by")
    list_filter = ("kind", "program")
    search_fields = ("program__name", "program__company", "file_name")
    date_hierarchy = "written_at"
    inlines = [ArtifactSignatureInline]


@admin.register(models.ScopeRequest)
class ScopeRequestAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "text", "state", "asked_by", "decided_by")
    list_select_related = ("program", "asked_by", "decided_by")
    list_filter = ("state", "program")
    search_fields = ("text", "program__name", "program__company")
    date_hierarchy = "asked_at"
