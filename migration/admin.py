"""Data work for support: everything to look at, nothing to change (state is the services')."""

from django.contrib import admin

from migration import models


class ReadOnly(admin.ModelAdmin):
    """Rows are written by services alone."""

    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(models.Run)
class RunAdmin(ReadOnly):
    list_display = ("code", "name", "program", "object", "state", "created_at", "finished_at")
    list_select_related = ("program", "job")
    list_filter = ("object",)
    search_fields = ("name", "program__name", "program__company")
    date_hierarchy = "created_at"


@admin.register(models.Mapping)
class MappingAdmin(ReadOnly):
    list_display = ("__str__", "created_by", "signed_by", "signed_at")
    list_select_related = ("run", "created_by", "signed_by")
    date_hierarchy = "created_at"


@admin.register(models.Cluster)
class ClusterAdmin(ReadOnly):
    list_display = ("number", "run", "label", "size", "state", "probability", "decided_by", "decided_at")
    list_select_related = ("run", "decided_by")
    list_filter = ("state", "is_review")
    search_fields = ("label", "key")


@admin.register(models.Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("pk", "program", "kind", "by", "rule", "at", "run")
    list_select_related = ("program", "by", "run")
    list_filter = ("kind",)
    search_fields = ("key_rows__key",)
    date_hierarchy = "at"


@admin.register(models.CannotLink)
class CannotLinkAdmin(ReadOnly):
    list_display = ("program", "a", "b", "decision")
    list_select_related = ("program", "decision")
    search_fields = ("a", "b")


@admin.register(models.Record)
class RecordAdmin(ReadOnly):
    list_display = ("key", "label", "run", "state", "stage", "rows")
    list_select_related = ("run",)
    list_filter = ("state", "stage", "object")
    search_fields = ("key", "search")


@admin.register(models.Stage)
class StageAdmin(ReadOnly):
    list_display = ("run", "order", "name", "space", "state", "started_at", "loaded_at", "validated_at")
    list_select_related = ("run",)
    list_filter = ("state", "space")
    search_fields = ("run__name",)


@admin.register(models.LoadItem)
class LoadItemAdmin(ReadOnly):
    list_display = ("record", "stage", "predicted", "outcome", "version", "at")
    list_select_related = ("record", "stage__run")
    list_filter = ("outcome", "predicted")
    search_fields = ("record__key",)
    date_hierarchy = "at"


@admin.register(models.SandboxRecord)
class SandboxRecordAdmin(ReadOnly):
    list_display = ("key", "program", "space", "object", "version", "changed_at")
    list_select_related = ("program",)
    list_filter = ("space", "object")
    search_fields = ("key", "search")


@admin.register(models.SampleAudit)
class SampleAuditAdmin(ReadOnly):
    list_display = ("stage", "size", "population", "seed", "errors", "drawn_by", "signed_by", "signed_at")
    list_select_related = ("stage__run", "drawn_by", "signed_by")
    date_hierarchy = "drawn_at"


@admin.register(models.MergeSignature)
class MergeSignatureAdmin(ReadOnly):
    list_display = ("run", "signed_by", "signed_at", "seed")
    list_select_related = ("run", "signed_by")
    date_hierarchy = "signed_at"


@admin.register(models.Band)
class BandAdmin(ReadOnly):
    list_display = ("number", "run", "low", "high", "verdict", "population", "accepted_by", "undone_at")
    list_select_related = ("run", "accepted_by")


@admin.register(models.SecondLook)
class SecondLookAdmin(ReadOnly):
    list_display = ("label", "run", "asked_at", "second_at")
    list_select_related = ("run",)


@admin.register(models.RevertItem)
class RevertItemAdmin(ReadOnly):
    list_display = ("record", "stage", "state", "queued_at", "settled_by")
    list_select_related = ("record", "stage__run", "settled_by")
    list_filter = ("state",)


@admin.register(models.DryRun)
class DryRunAdmin(ReadOnly):
    list_display = ("number", "run", "limit", "started_by", "finished_at", "errors", "signed_by")
    list_select_related = ("run", "started_by", "signed_by")


@admin.register(models.SourceSystem)
class SourceSystemAdmin(ReadOnly):
    list_display = ("name", "program", "object", "owner", "record_count", "is_migrated")
    list_select_related = ("program",)
    search_fields = ("name", "program__company")


@admin.register(models.QualityStandard)
class QualityStandardAdmin(ReadOnly):
    list_display = ("version", "program", "created_by", "signed_by", "signed_at")
    list_select_related = ("program", "created_by", "signed_by")


@admin.register(models.HygieneAudit)
class HygieneAuditAdmin(ReadOnly):
    list_display = ("run", "records", "clean", "new_rows", "new_duplicates", "at")
    list_select_related = ("run",)


@admin.register(models.Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ("number", "program", "reason", "by", "at")
    list_select_related = ("program", "by")


@admin.register(models.MigrationSet)
class MigrationSetAdmin(ReadOnly):
    list_display = ("code", "name", "program", "created_by", "created_at", "started_at")
    list_select_related = ("program", "created_by")
    search_fields = ("name", "program__name", "program__company")
    date_hierarchy = "created_at"


@admin.register(models.RecordLink)
class RecordLinkAdmin(ReadOnly):
    list_display = ("record", "run", "field", "key", "is_missing")
    list_select_related = ("record", "run")
    list_filter = ("field", "is_missing")
    search_fields = ("key",)
