"""Support looks things up here; rows and letters change through services alone."""

from __future__ import annotations

from django.contrib import admin

from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from governance.models import (
    Activity,
    Assignment,
    Attestation,
    Dashboard,
    Meeting,
    MeetingDay,
    RaciSignoff,
    Sponsorship,
    SystemOwner,
)


class AssignmentInline(ReadOnlyInline):
    model = Assignment
    fields = ["position", "letters"]


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ["title", "program", "phase", "order", "is_fixed"]
    list_filter = ["phase", "is_fixed"]
    search_fields = ["title", "program__slug", "program__company"]
    list_select_related = ["program"]
    inlines = [AssignmentInline]


@admin.register(Sponsorship)
class SponsorshipAdmin(ReadOnlyAdmin):
    list_display = ["title", "program", "membership", "level", "named_at", "accepted_at", "ended_at"]
    list_filter = ["level"]
    search_fields = ["title", "program__slug", "membership__user__username", "membership__user__email"]
    list_select_related = ["program", "membership__user"]
    date_hierarchy = "named_at"


@admin.register(RaciSignoff)
class RaciSignoffAdmin(ReadOnlyAdmin):
    list_display = ["program", "version", "signed_by", "signed_at", "digest"]
    search_fields = ["program__slug", "digest", "signed_by__username"]
    list_select_related = ["program", "signed_by"]
    date_hierarchy = "signed_at"


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    list_display = ["due_on", "kind", "program", "outcome", "vp_sales", "is_held", "recorded_by", "recorded_at"]
    list_filter = ["kind", "outcome", "is_held"]
    search_fields = ["period", "note", "program__slug", "program__company"]
    list_select_related = ["program", "recorded_by"]
    date_hierarchy = "due_on"


@admin.register(MeetingDay)
class MeetingDayAdmin(ReadOnlyAdmin):
    list_display = ["kind", "program", "weekday_name"]
    list_filter = ["kind"]
    search_fields = ["program__slug", "program__company"]
    list_select_related = ["program"]


@admin.register(SystemOwner)
class SystemOwnerAdmin(ReadOnlyAdmin):
    list_display = ["membership", "program", "named_at", "agreed_at", "ended_at"]
    search_fields = ["program__slug", "membership__user__username", "agreement"]
    list_select_related = ["program", "membership__user"]
    date_hierarchy = "named_at"


@admin.register(Attestation)
class AttestationAdmin(ReadOnlyAdmin):
    list_display = ["statement", "program", "holds", "attested_by", "attested_at"]
    list_filter = ["statement", "holds"]
    search_fields = ["program__slug", "note", "attested_by__username"]
    list_select_related = ["program", "attested_by"]
    date_hierarchy = "attested_at"


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    list_display = ["name", "program", "audience", "added_by", "added_at", "retired_at"]
    search_fields = ["name", "audience", "decision", "program__slug"]
    list_select_related = ["program", "added_by"]
    date_hierarchy = "added_at"
