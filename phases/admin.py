"""The admin of the gates: to see what was decided on what. Nothing is decided here (G8)."""

from __future__ import annotations

from django.contrib import admin

import phases.admin_audit
import phases.admin_program  # noqa: F401 - pilots, waves, artifacts, steps
from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from phases.models import (
    Delegation,
    Dossier,
    Drift,
    Fact,
    FieldRule,
    Gate,
    GateReview,
    Phase,
    Reading,
    Threshold,
    Waiver,
)
from phases.queries.dossiers import faults


@admin.register(Phase)
class PhaseAdmin(ReadOnlyAdmin):
    list_display = ["program", "number", "started_on", "owner"]
    list_filter = ["number"]
    search_fields = ["program__slug", "program__company"]
    list_select_related = ["program", "owner"]


class ReviewInline(ReadOnlyInline):
    model = GateReview
    fields = ["round", "requested_by", "requested_at", "decision", "decided_by", "decided_at"]


@admin.register(Gate)
class GateAdmin(ReadOnlyAdmin):
    list_display = ["program", "number", "last_decision", "approved_at"]
    list_filter = ["number"]
    search_fields = ["program__slug", "program__company"]
    list_select_related = ["program"]
    inlines = [ReviewInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_last_review()

    @admin.display(description="last decision", ordering="last_decision")
    def last_decision(self, gate: Gate) -> str:
        return gate.last_decision or "not requested"

    @admin.display(description="signed", ordering="approved_at")
    def approved_at(self, gate: Gate):
        return gate.approved_at


@admin.register(GateReview)
class GateReviewAdmin(ReadOnlyAdmin):
    list_display = ["id", "program", "gate", "round", "decision", "requested_by", "decided_by", "decided_at"]
    list_filter = ["decision", "gate__number"]
    search_fields = ["gate__program__slug", "requested_by__username", "decided_by__username", "seen_digest"]
    list_select_related = ["gate__program", "requested_by", "decided_by"]
    date_hierarchy = "requested_at"

    @admin.display(ordering="gate__program")
    def program(self, review: GateReview):
        return review.gate.program


@admin.register(Dossier)
class DossierAdmin(ReadOnlyAdmin):
    list_display = ["sha256", "program", "review", "created_at"]
    search_fields = ["sha256", "program__slug"]
    list_select_related = ["program", "review__gate"]
    date_hierarchy = "created_at"
    actions = ["verify"]

    @admin.action(description="Check against what was signed", permissions=["view"])
    def verify(self, request, queryset) -> None:
        for one in queryset:
            self.message_user(request, f"{one}: {' '.join(faults(one)) or 'holds.'}")


@admin.register(Waiver)
class WaiverAdmin(ReadOnlyAdmin):
    list_display = ["label", "program", "gate", "criterion", "granted_by", "granted_at", "ends_on", "revoked_at"]
    list_filter = ["criterion"]
    search_fields = ["program__slug", "reason", "stand_in"]
    list_select_related = ["program", "gate", "granted_by"]
    date_hierarchy = "granted_at"


@admin.register(Threshold)
class ThresholdAdmin(ReadOnlyAdmin):
    list_display = ["program", "phase", "check_key", "params", "set_by", "set_at"]
    list_filter = ["phase", "check_key"]
    search_fields = ["program__slug", "check_key", "reason"]
    list_select_related = ["program", "set_by"]
    date_hierarchy = "set_at"


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    list_display = ["program", "phase", "check_key", "verdict", "value", "as_of", "read_at"]
    list_filter = ["verdict", "phase", "check_key"]
    search_fields = ["program__slug", "check_key", "summary"]
    list_select_related = ["program"]
    date_hierarchy = "read_at"


@admin.register(Drift)
class DriftAdmin(ReadOnlyAdmin):
    list_display = ["program", "gate", "criterion", "text", "found_at", "settled_in", "ended_at"]
    list_filter = ["criterion"]
    search_fields = ["gate__program__slug", "text"]
    list_select_related = ["gate__program", "settled_in__gate"]
    date_hierarchy = "found_at"

    @admin.display(ordering="gate__program")
    def program(self, drift: Drift):
        return drift.gate.program


@admin.register(Delegation)
class DelegationAdmin(ReadOnlyAdmin):
    list_display = ["program", "title", "delegate", "from_on", "until_on", "named_at", "ended_at"]
    search_fields = ["program__slug", "title", "reason"]
    list_select_related = ["program", "delegate__user"]
    date_hierarchy = "named_at"


@admin.register(Fact)
class FactAdmin(ReadOnlyAdmin):
    list_display = ["program", "key", "period", "scope", "numerator", "denominator", "as_of", "source"]
    list_filter = ["key"]
    search_fields = ["program__slug", "key", "scope", "source"]
    list_select_related = ["program"]
    date_hierarchy = "as_of"


@admin.register(FieldRule)
class FieldRuleAdmin(ReadOnlyAdmin):
    list_display = ["program", "object", "field", "stage", "is_required", "owner"]
    list_filter = ["object", "is_required"]
    search_fields = ["program__slug", "object", "field"]
    list_select_related = ["program", "owner"]
