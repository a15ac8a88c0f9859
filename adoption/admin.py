"""The admin of adoption: for support, read-only. Weeks and escalations are written by services alone."""

from __future__ import annotations

from django.contrib import admin

from adoption.models import (
    Absence,
    Activity,
    ActivityWeek,
    Baseline,
    Checkpoint,
    Counting,
    CrmRecord,
    DealStage,
    Escalation,
    EscalationNote,
    Figure,
    Holiday,
    Issue,
    IssueReview,
    LeadAnswer,
    LoginDay,
    OwnerName,
    RecordSummary,
    Rep,
    RepWeek,
    Target,
    TeamCalendar,
)
from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline


class AbsenceInline(ReadOnlyInline):
    model = Absence


class SummaryInline(ReadOnlyInline):
    model = RecordSummary


@admin.register(Rep)
class RepAdmin(ReadOnlyAdmin):
    list_display = ["code", "program", "state", "team", "starts_on", "leaves_on"]
    list_filter = ["state"]
    search_fields = ["program__slug", "number"]
    list_select_related = ["program", "team"]
    inlines = [AbsenceInline]


@admin.register(Counting)
class CountingAdmin(ReadOnlyAdmin):
    list_display = ["upload", "program", "object", "as_of", "started_by", "started_at", "finished_at"]
    list_filter = ["object"]
    search_fields = ["program__slug", "upload__name"]
    date_hierarchy = "started_at"
    list_select_related = ["program", "upload", "started_by"]
    inlines = [SummaryInline]


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "program", "rep", "kind", "logged_on", "why_not", "is_bulk"]
    list_filter = ["kind", "why_not", "is_bulk"]
    search_fields = ["program__slug", "event_id"]
    date_hierarchy = "logged_on"
    list_select_related = ["program", "rep"]
    show_full_result_count = False


@admin.register(ActivityWeek)
class ActivityWeekAdmin(ReadOnlyAdmin):
    list_display = ["period", "program", "rows", "is_complete", "doubt", "confirmed_by"]
    list_filter = ["is_complete"]
    search_fields = ["program__slug", "period"]
    list_select_related = ["program", "confirmed_by"]


@admin.register(RepWeek)
class RepWeekAdmin(ReadOnlyAdmin):
    list_display = ["period", "program", "rep", "rows", "contacts", "tasks_done", "tasks_open"]
    search_fields = ["program__slug", "period"]
    list_select_related = ["program", "rep"]


class NoteInline(ReadOnlyInline):
    model = EscalationNote


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ["code", "program", "key", "scope", "state", "escalated_at", "acknowledged_at", "closed_at"]
    list_filter = ["state", "key"]
    search_fields = ["program__slug"]
    date_hierarchy = "began_at"
    list_select_related = ["program"]
    inlines = [NoteInline]


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    list_display = ["key", "program", "team", "phase", "value", "escalates", "since", "changed_by", "changed_at"]
    list_filter = ["key"]
    search_fields = ["program__slug"]
    list_select_related = ["program", "team", "changed_by"]


@admin.register(Holiday)
class HolidayAdmin(ReadOnlyAdmin):
    list_display = ["day", "name", "program", "team"]
    search_fields = ["program__slug", "name"]
    date_hierarchy = "day"
    list_select_related = ["program", "team"]


@admin.register(CrmRecord)
class CrmRecordAdmin(ReadOnlyAdmin):
    list_display = ["record_id", "program", "object", "rep", "outcome", "created_on", "closed_on", "as_of"]
    list_filter = ["object", "outcome"]
    search_fields = ["program__slug", "record_id"]
    list_select_related = ["program", "rep"]
    show_full_result_count = False


@admin.register(DealStage)
class DealStageAdmin(ReadOnlyAdmin):
    list_display = ["record", "stage", "seen_on", "is_first"]
    search_fields = ["record__program__slug", "record__record_id", "stage"]
    date_hierarchy = "seen_on"
    list_select_related = ["record"]
    show_full_result_count = False


@admin.register(LoginDay)
class LoginDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "program", "rep"]
    search_fields = ["program__slug"]
    date_hierarchy = "day"
    list_select_related = ["program", "rep"]
    show_full_result_count = False


@admin.register(OwnerName)
class OwnerNameAdmin(ReadOnlyAdmin):
    list_display = ["id", "program", "is_active", "counting"]
    list_filter = ["is_active"]
    search_fields = ["program__slug"]
    list_select_related = ["program", "counting__upload"]


@admin.register(Figure)
class FigureAdmin(ReadOnlyAdmin):
    list_display = ["key", "period", "program", "team", "value", "source", "entered_by", "entered_at"]
    list_filter = ["key"]
    search_fields = ["program__slug", "source"]
    date_hierarchy = "entered_at"
    list_select_related = ["program", "team", "entered_by"]


@admin.register(TeamCalendar)
class TeamCalendarAdmin(ReadOnlyAdmin):
    list_display = ["team", "country", "part"]
    search_fields = ["team__name", "team__program__slug"]
    list_select_related = ["team"]


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    list_display = ["code", "title", "program", "severity", "state", "reported_at", "closed_at"]
    list_filter = ["state", "severity"]
    search_fields = ["program__slug", "title"]
    date_hierarchy = "reported_at"
    list_select_related = ["program"]


@admin.register(IssueReview)
class IssueReviewAdmin(ReadOnlyAdmin):
    list_display = ["reviewed_at", "program", "reviewed_by", "open_count", "holding_count"]
    search_fields = ["program__slug", "note"]
    date_hierarchy = "reviewed_at"
    list_select_related = ["program", "reviewed_by"]


@admin.register(Baseline)
class BaselineAdmin(ReadOnlyAdmin):
    list_display = ["key", "program", "wave", "value", "measured_on", "is_late", "stored_by", "stored_at"]
    list_filter = ["key", "is_late", "is_entered"]
    search_fields = ["program__slug", "source"]
    date_hierarchy = "stored_at"
    list_select_related = ["program", "stored_by"]


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ["program", "wave", "day", "verdict", "due_on", "held_on", "held_by"]
    list_filter = ["day", "verdict"]
    search_fields = ["program__slug", "comment"]
    date_hierarchy = "held_at"
    list_select_related = ["program", "held_by"]


@admin.register(LeadAnswer)
class LeadAnswerAdmin(ReadOnlyAdmin):
    list_display = ["record_id", "program", "source", "rep", "created_at", "answered_at"]
    search_fields = ["program__slug", "record_id"]
    date_hierarchy = "created_at"
    list_select_related = ["program", "rep"]
    show_full_result_count = False
