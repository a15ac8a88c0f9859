"""Support looks things up here; rows and letters change through services alone."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from governance.models import (
    Activity,
    Assignment,
    Attestation,
    Dashboard,
    DashboardReview,
    Delivery,
    Edition,
    Meeting,
    MeetingDay,
    RaciSignoff,
    Sponsorship,
    StrategyAnswer,
    StrategyTest,
    SystemOwner,
)
from governance.services import mail


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


@admin.register(DashboardReview)
class DashboardReviewAdmin(ReadOnlyAdmin):
    list_display = ["dashboard", "reviewed_on", "decision", "reviewed_by"]
    search_fields = ["dashboard__name", "dashboard__program__slug"]
    date_hierarchy = "reviewed_on"
    list_select_related = ["dashboard", "reviewed_by"]


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    list_display = ["name", "program", "audience", "cadence", "reviewed_on", "added_by", "added_at", "retired_at"]
    list_filter = ["cadence"]
    search_fields = ["name", "audience", "decision", "program__slug"]
    list_select_related = ["program", "added_by"]
    date_hierarchy = "added_at"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["id", "topic", "program", "user", "state", "attempts", "error", "created_at", "sent_at"]
    list_filter = ["state", "topic"]
    search_fields = ["program__slug", "user__username", "key", "subject"]
    list_select_related = ["program", "user"]
    date_hierarchy = "created_at"
    actions = ["again"]

    @admin.action(description="Try failed ones again", permissions=["view"])
    def again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for one in queryset:
            try:
                mail.try_again(delivery=one, by=request.user)
            except mail.NotFailed as refused:
                self.message_user(request, f"{one}: {refused}", messages.WARNING)
            else:
                self.message_user(request, f"{one} is tried again.")


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["program", "number", "published_by", "published_at", "sha256"]
    search_fields = ["program__slug", "sha256", "note"]
    list_select_related = ["program", "published_by"]
    date_hierarchy = "published_at"


class StrategyAnswerInline(ReadOnlyInline):
    model = StrategyAnswer


@admin.register(StrategyTest)
class StrategyTestAdmin(ReadOnlyAdmin):
    list_display = ["program", "period", "drawn_by", "drawn_at"]
    search_fields = ["program__slug", "program__company"]
    list_select_related = ["program", "drawn_by"]
    date_hierarchy = "drawn_at"
    inlines = [StrategyAnswerInline]
