"""The Audit's content for support: everything to look at, nothing to change (the services do)."""

from django.contrib import admin

from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from phases import models


class ShareInline(ReadOnlyInline):
    model = models.GoalShare


@admin.register(models.GoalVersion)
class GoalVersionAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "headline", "written_by", "written_at")
    list_select_related = ("program", "written_by")
    list_filter = ("program",)
    search_fields = ("program__name", "program__company", "metric", "outcome")
    date_hierarchy = "written_at"
    inlines = [ShareInline]


class ScopeItemInline(ReadOnlyInline):
    model = models.ScopeItem


class ScopeSignatureInline(ReadOnlyInline):
    model = models.ScopeSignature


@admin.register(models.Scope)
class ScopeAdmin(ReadOnlyAdmin):
    list_display = ("program", "version", "edit", "changed_at")
    list_select_related = ("program",)
    search_fields = ("program__name", "program__company")
    date_hierarchy = "changed_at"
    inlines = [ScopeItemInline, ScopeSignatureInline]


class StepInline(ReadOnlyInline):
    model = models.Step


class SignOffInline(ReadOnlyInline):
    model = models.LaneSignOff


@admin.register(models.Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("name", "program", "state", "function", "order", "version", "changed_at")
    list_select_related = ("map__program",)
    list_filter = ("map__state", "function", "map__program")
    search_fields = ("name", "map__program__name", "map__program__company")
    date_hierarchy = "changed_at"
    inlines = [StepInline, SignOffInline]

    @admin.display(ordering="map__program")
    def program(self, lane):
        return lane.map.program

    @admin.display(ordering="map__state")
    def state(self, lane):
        return lane.map.get_state_display()


@admin.register(models.Gap)
class GapAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "title", "kind", "yearly_cost", "confidence", "changed_at")
    list_select_related = ("program",)
    list_filter = ("kind", "confidence", "program")
    search_fields = ("title", "program__name", "program__company")
    date_hierarchy = "changed_at"


@admin.register(models.Capability)
class CapabilityAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "name", "bucket", "phase", "rank", "changed_at")
    list_select_related = ("program",)
    list_filter = ("bucket", "phase", "program")
    search_fields = ("name", "program__name", "program__company")
    date_hierarchy = "changed_at"


@admin.register(models.Requirement)
class RequirementAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "title", "kind", "bucket", "changed_at")
    list_select_related = ("program",)
    list_filter = ("kind", "bucket", "program")
    search_fields = ("title", "program__name", "program__company")
    date_hierarchy = "changed_at"


class FindingInline(ReadOnlyInline):
    model = models.Finding


@admin.register(models.Interview)
class InterviewAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "role", "who", "held_on", "held_by")
    list_select_related = ("program", "held_by")
    list_filter = ("role", "program")
    search_fields = ("who", "program__name", "program__company")
    date_hierarchy = "held_on"
    inlines = [FindingInline]


class ConfigRecordInline(ReadOnlyInline):
    model = models.ConfigRecord


@admin.register(models.ConfigItem)
class ConfigItemAdmin(ReadOnlyAdmin):
    list_display = ("program", "number", "kind", "name", "build", "version", "changed_at")
    list_select_related = ("program",)
    list_filter = ("kind", "build", "program")
    search_fields = ("name", "program__name", "program__company")
    date_hierarchy = "changed_at"
    inlines = [ConfigRecordInline]


@admin.register(models.SpecSignature)
class SpecSignatureAdmin(ReadOnlyAdmin):
    list_display = ("program", "signed_by", "role", "signed_at", "digest")
    list_select_related = ("program", "signed_by")
    list_filter = ("role", "program")
    search_fields = ("digest", "signed_by__username", "program__name", "program__company")
    date_hierarchy = "signed_at"
