"""Data work for support: everything to look at, nothing to change (state is the services').

From a run to its account, its work, its clusters, decisions, rows and trail, and from a row or a
decision back to its run. What stands still is set going again at its job.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from crmprogram.intake.models import row_id
from crmprogram.jobs.admin import standing_of, with_worker
from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from migration import models
from migration.hygiene.account import Account
from migration.words import sentence_of


class ReadOnly(ReadOnlyAdmin):
    """Rows are written by services alone; there may be a million of them."""

    show_full_result_count = False


def pretty(value: Any) -> SafeString:
    """Stored data as a person can read it."""
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))


def link(name: str, text: str, *args: Any, **query: Any) -> SafeString:
    """A link to a page of the admin."""
    url = reverse(f"admin:{name}", args=args)
    return format_html('<a href="{}{}">{}</a>', url, f"?{urlencode(query)}" if query else "", text)


class DecisionInline(ReadOnlyInline):
    """What people decided about a cluster, undone ones among them."""

    model = models.Decision
    fk_name = "cluster"
    fields = ["kind", "by", "rule", "at", "supersedes"]


class StageInline(ReadOnlyInline):
    model = models.Stage
    fields = ["order", "name", "space", "state", "job", "started_by", "loaded_at", "validated_at"]


class MappingColumnInline(ReadOnlyInline):
    model = models.MappingColumn
    fields = ["header", "treatment", "field", "reason", "filled", "rows"]


@admin.register(models.Run)
class RunAdmin(ReadOnly):
    """A run with its account, whether its work stands still and why, and the way to all that hangs on it."""

    list_display = ("code", "name", "program", "state_label", "standing", "account", "created_at")
    list_display_links = ("code", "name")
    list_select_related = ("program", "job")
    list_filter = ("job__state", "object", "program")
    search_fields = ("=number", "name", "program__name", "program__company", "program__slug")
    search_help_text = "The code of a run (R-03), its name, or its program"
    date_hierarchy = "created_at"
    inlines = [StageInline]
    readonly_fields = (
        "state_label", "standing", "account", "work", "error", "see", "files", "log", "settings", "all_numbers",
    )  # fmt: skip
    fieldsets = [
        (
            None,
            {"fields": ["program", "name", "object", "state_label", "account", "files", "mapping", "migration_set"]},
        ),
        ("Work", {"fields": ["standing", "work", "error", "log"]}),
        ("What hangs on it", {"fields": ["see"]}),
        (
            "People",
            {"fields": ["created_by", "created_at", "started_by", "started_at", "finished_at", "cancelled_by",
                        "cancelled_at"]},
        ),
        ("Stored data", {"classes": ["collapse"], "fields": ["settings", "all_numbers"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_worker(super().get_queryset(request), "job")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        words = (word[2:].lstrip("0") if word.upper().startswith("R-") else word for word in search_term.split())
        return super().get_search_results(request, queryset, " ".join(words))

    @admin.display(description="state", ordering="job__state")
    def state_label(self, run: models.Run) -> str:
        return run.state.label

    @admin.display(description="stands still?")
    def standing(self, run: models.Run) -> str:
        return standing_of(run.job, run.has_worker) if run.job else "has not begun: its mapping is to be signed"

    @admin.display(description="account")
    def account(self, run: models.Run) -> str:
        return Account(**run.counts).says() if run.counts else "–"

    @admin.display(description="job")
    def work(self, run: models.Run) -> SafeString | str:
        return link("jobs_job_change", f"{run.job}, step {run.job.step}", run.job_id) if run.job else "–"

    @admin.display(description="error")
    def error(self, run: models.Run) -> str:
        return run.job.error if run.job else ""

    @admin.display(description="files")
    def files(self, run: models.Run) -> SafeString:
        shown = ((link("intake_upload_change", str(one), one.pk),) for one in run.uploads.order_by("pk"))
        return format_html_join(", ", "{}", shown)

    @admin.display(description="log, newest first")
    def log(self, run: models.Run) -> SafeString:
        said = ((one["at"], one["text"]) for one in reversed(run.summary.get("log", [])))
        return format_html_join("", "<div>{} {}</div>", said)

    @admin.display(description="lists")
    def see(self, run: models.Run) -> SafeString:
        """Lists of what belongs to the run, and what was done with it."""
        own = {"run__id__exact": run.pk}
        lists = [
            link("migration_cluster_changelist", "clusters that wait", **own, state__exact="open"),
            link("migration_cluster_changelist", "all clusters", **own),
            link("migration_decision_changelist", "decisions", **own),
            link("migration_record_changelist", "records", **own),
            link("migration_record_changelist", "rejected records", **own, state__exact="rejected"),
            link("migration_dryrun_changelist", "dry runs", **own),
            link("migration_band_changelist", "bands", **own),
            link("migration_mergesignature_changelist", "signatures", **own),
            link("program_auditentry_changelist", "trail", q=f"{run.code} {run.program.slug}"),
        ]
        return format_html_join(" · ", "{}", ((one,) for one in lists))

    @admin.display(description="settings it began with")
    def settings(self, run: models.Run) -> SafeString:
        return pretty({"thresholds": run.thresholds, "context": run.context})

    @admin.display(description="all its numbers")
    def all_numbers(self, run: models.Run) -> SafeString:
        return pretty({name: told for name, told in run.summary.items() if name != "log"})


@admin.register(models.Mapping)
class MappingAdmin(ReadOnly):
    list_display = ("__str__", "created_by", "signed_by", "signed_at")
    list_select_related = ("run", "created_by", "signed_by")
    search_fields = ("run__name", "run__program__company")
    date_hierarchy = "created_at"
    inlines = [MappingColumnInline]


@admin.register(models.RunRow)
class RunRowAdmin(ReadOnly):
    """What became of one source row: by its key, or as "upload:row number"; there is no list of a million rows."""

    list_display = ("row_id", "run", "key", "state", "cluster", "record")
    list_select_related = ("run", "cluster__run")
    search_fields = ("=key",)
    search_help_text = "The key of a row, or the id of its upload and its row number: 12:34"
    fields = ("source", "run", "key", "state", "cluster", "became", "changes")
    readonly_fields = ("source", "became", "changes")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        upload, _, row_no = search_term.strip().partition(":")
        if upload.isdecimal() and row_no.isdecimal():
            return queryset.filter(pk=row_id(int(upload), int(row_no))), False
        return super().get_search_results(request, queryset, search_term)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        match = request.resolver_match
        return queryset if request.GET.get("q") or (match and match.kwargs) else queryset.none()

    @admin.display(description="as it came")
    def source(self, row: models.RunRow) -> SafeString:
        return link("intake_sourcerow_change", f"row {row.pk}", row.pk)

    @admin.display(description="record")
    def became(self, row: models.RunRow) -> SafeString:
        return link("migration_record_change", str(row.record), row.record)

    @admin.display(description="what cleaning changed")
    def changes(self, row: models.RunRow) -> SafeString | str:
        told = ((name, one["value"], sentence_of(one["rule"])) for name, one in (row.clean or {}).items())
        return format_html_join("", "<div>{}: “{}” {}</div>", told) or "nothing"


@admin.register(models.Cluster)
class ClusterAdmin(ReadOnly):
    """A cluster with why its rows may be one, and who decided what about it."""

    list_display = ("number", "run", "label", "size", "state", "probability", "decided_by", "decided_at")
    list_select_related = ("run", "decided_by")
    list_filter = ("state", "is_review", ("run", admin.RelatedOnlyFieldListFilter))
    search_fields = ("=number", "label", "=key", "run__name")
    search_help_text = "The number of a cluster, its name or key, or the name of its run"
    fields = (
        "run", "number", "label", "key", "size", "state", "is_review", "position", "probability", "found_by", "why",
        "now", "decided_by", "decided_at",
    )  # fmt: skip
    readonly_fields = ("found_by", "why", "now")
    inlines = [DecisionInline]

    @admin.display(description="found by")
    def found_by(self, cluster: models.Cluster) -> str:
        return "; ".join(map(sentence_of, cluster.rules)) or "an earlier decision"

    @admin.display(description="why")
    def why(self, cluster: models.Cluster) -> SafeString:
        """Each pair, and what its fields said, in bits."""
        told = (
            (a, b, f"{chance:.4f}", "; ".join(f"{text} ({points:+})" for _, points, text in parts))
            for a, b, _, _, chance, parts in cluster.pairs[:50]
        )
        return format_html_join("", "<div>{} – {}: {}. {}</div>", told)

    @admin.display(description="records it stands for now")
    def now(self, cluster: models.Cluster) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((", ".join(keys),) for keys in cluster.groups))


@admin.register(models.Decision)
class DecisionAdmin(ReadOnly):
    """Who decided what about which records, and whether it still stands."""

    list_display = ("pk", "kind", "by", "rule", "at", "about", "stands", "run", "program")
    list_select_related = ("program", "by", "run", "superseded_by")
    list_filter = ("kind", ("run", admin.RelatedOnlyFieldListFilter))
    search_fields = ("key_rows__key", "by__username", "rule")
    search_help_text = "The key of a record, the name of a person, or the rule (band 3)"
    date_hierarchy = "at"

    @admin.display(description="about")
    def about(self, decision: models.Decision) -> str:
        return ", ".join(decision.keys[:2]) + (" …" if len(decision.keys) > 2 else "")

    @admin.display(description="stands", boolean=True)
    def stands(self, decision: models.Decision) -> bool:
        return not hasattr(decision, "superseded_by") and decision.kind != models.DecisionKind.UNDO


@admin.register(models.CannotLink)
class CannotLinkAdmin(ReadOnly):
    list_display = ("program", "a", "b", "decision")
    list_select_related = ("program", "decision")
    search_fields = ("a", "b")


@admin.register(models.Record)
class RecordAdmin(ReadOnly):
    """A record as it would be loaded, why each value, and the rows behind it."""

    list_display = ("key", "label", "run", "state", "stage", "rows")
    list_select_related = ("run",)
    list_filter = ("state", "stage", "object", ("run", admin.RelatedOnlyFieldListFilter))
    search_fields = ("=key", "search")
    search_help_text = "A whole key, or any part of a name, an address or a number in small letters"
    fields = (
        "run", "key", "label", "state", "stage", "first_row", "rows", "cluster", "absorbed_by", "values", "refused",
        "problems",
    )  # fmt: skip
    readonly_fields = ("first_row", "values", "refused")

    @admin.display(description="its first row")
    def first_row(self, record: models.Record) -> SafeString:
        return link("migration_runrow_change", f"row {record.pk}", record.pk)

    @admin.display(description="values, and why these")
    def values(self, record: models.Record) -> SafeString:
        told = ((name, value, record.lineage.get(name, [[], ""])[1]) for name, value in record.fields.items())
        return format_html_join("", "<div>{}: “{}” {}</div>", told)

    @admin.display(description="why it is kept out")
    def refused(self, record: models.Record) -> str:
        return " ".join(one["message"] for one in record.refusals) or "–"


@admin.register(models.Stage)
class StageAdmin(ReadOnly):
    list_display = ("run", "order", "name", "space", "state", "standing", "started_at", "loaded_at", "validated_at")
    list_display_links = ("run", "order")
    list_select_related = ("run", "job")
    list_filter = ("state", "space", "job__state")
    search_fields = ("run__name", "run__program__slug", "run__program__company")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_worker(super().get_queryset(request), "job")

    @admin.display(description="stands still?")
    def standing(self, stage: models.Stage) -> str:
        return standing_of(stage.job, stage.has_worker) if stage.job else "not loaded yet"


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
