"""The admin of uploaded files: what came in, how it was read, what is wrong with it. Read-only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from crmprogram.intake.models import ColumnMap, RowIssue, SourceRow, Upload, row_id
from crmprogram.program.admin import ReadOnlyAdmin


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Files with their account; the issues of each are one click away, filtered."""

    list_display = [
        "code",
        "name",
        "program",
        "state",
        "format_slug",
        "object",
        "read_count",
        "kept_count",
        "quarantined",
        "blank_count",
        "uploaded_at",
    ]
    list_display_links = ["code", "name"]
    list_filter = ["state", "object", "encoding", "format_slug", "program"]
    list_select_related = ["program"]
    search_fields = ["name", "sha256", "=number", "program__slug", "error"]
    date_hierarchy = "uploaded_at"
    readonly_fields = ["file_on_disk"]

    @admin.display(description="quarantined", ordering="quarantined_count")
    def quarantined(self, upload: Upload) -> str:
        if not upload.quarantined_count:
            return "0"
        url = reverse("admin:intake_rowissue_changelist")
        return format_html('<a href="{}?upload__id__exact={}">{}</a>', url, upload.pk, upload.quarantined_count)

    @admin.display(description="file on disk", boolean=True)
    def file_on_disk(self, upload: Upload) -> bool:
        return upload.path.exists()


@admin.register(ColumnMap)
class ColumnMapAdmin(ReadOnlyAdmin):
    """What people said the columns of files are."""

    list_display = ["id", "program", "object", "decided_by", "decided_at"]
    list_filter = ["object", "program"]
    list_select_related = ["program", "decided_by"]
    search_fields = ["headers_key", "program__slug"]


@admin.register(RowIssue)
class RowIssueAdmin(ReadOnlyAdmin):
    """What is wrong with rows. Values are customers' data: they show in the detail only."""

    list_display = ["id", "upload", "line", "rule", "column", "message"]
    list_filter = ["rule", "upload__program"]
    list_select_related = ["upload"]
    search_fields = ["=line", "column", "rule", "upload__name"]
    raw_id_fields = ["upload", "row"]
    show_full_result_count = False


@admin.register(SourceRow)
class SourceRowAdmin(ReadOnlyAdmin):
    """One row at a time, by its key or as "upload:row number"; there is no list of a million rows."""

    list_display = ["id", "upload", "row_no", "line", "state"]
    list_filter = ["state"]
    list_select_related = ["upload"]
    search_fields = ["=id"]
    search_help_text = "The key of a row, or the id of its upload and its row number: 12:34"
    show_full_result_count = False

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        upload, _, row_no = search_term.strip().partition(":")
        if upload.isdecimal() and row_no.isdecimal():
            return queryset.filter(pk=row_id(int(upload), int(row_no))), False
        return super().get_search_results(request, queryset, search_term)

    def get_queryset(self, request: HttpRequest):
        queryset = super().get_queryset(request)
        return queryset if request.GET.get("q") or request.resolver_match.kwargs else queryset.none()
