"""The admin of Pick: for support. Ratings that are not submitted stay hidden here as well (V3)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from crmprogram.program.admin import ReadOnlyAdmin, ReadOnlyInline
from scorecard.models import (
    Consensus,
    Contract,
    Criterion,
    DecisionRecord,
    Demo,
    DemoPart,
    LicenceTier,
    Offer,
    Rater,
    Rating,
    Reference,
    Scorecard,
    Selection,
    Simulation,
    Vendor,
    VendorMove,
    WeightChange,
)


class MoveInline(ReadOnlyInline):
    model = VendorMove


class CriterionInline(ReadOnlyInline):
    model = Criterion
    fields = ["order", "name", "weight", "floor", "verified_by"]


class WeightChangeInline(ReadOnlyInline):
    model = WeightChange
    fields = ["at", "by", "reason", "before", "after"]


class PartInline(ReadOnlyInline):
    model = DemoPart


@admin.register(Vendor)
class VendorAdmin(ReadOnlyAdmin):
    list_display = ["name", "program", "state", "vertical", "added_at"]
    list_filter = ["state"]
    search_fields = ["name", "program__slug"]
    list_select_related = ["program"]
    inlines = [MoveInline]


@admin.register(Scorecard)
class ScorecardAdmin(ReadOnlyAdmin):
    list_display = ["program", "version", "margin", "weights_locked_at"]
    search_fields = ["program__slug"]
    list_select_related = ["program"]
    inlines = [CriterionInline, WeightChangeInline]


@admin.register(Rater)
class RaterAdmin(ReadOnlyAdmin):
    list_display = ["membership", "scorecard", "invited_at", "submitted_at", "excused_at"]
    list_filter = ["submitted_at", "excused_at"]
    search_fields = ["membership__user__username", "scorecard__program__slug"]
    list_select_related = ["membership__user", "scorecard__program"]


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "criterion", "rater", "score", "rated_at"]
    list_filter = ["score"]
    search_fields = ["vendor__name", "criterion__name", "vendor__program__slug"]
    list_select_related = ["vendor", "criterion", "rater__membership__user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        return super().get_queryset(request).visible_to(request.user.pk)


@admin.register(Consensus)
class ConsensusAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "criterion", "value", "by", "at"]
    list_select_related = ["vendor", "criterion", "by"]


@admin.register(Demo)
class DemoAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "held_on", "hours", "hands_on", "own_data", "recorded_by"]
    list_select_related = ["vendor", "recorded_by"]
    date_hierarchy = "held_on"
    inlines = [PartInline]


@admin.register(Reference)
class ReferenceAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "customer", "called_on", "similar_size", "similar_industry", "past_first_year"]
    list_select_related = ["vendor"]
    date_hierarchy = "called_on"


@admin.register(Selection)
class SelectionAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "program", "selected_by", "selected_at", "withdrawn_at"]
    list_select_related = ["vendor", "program", "selected_by"]


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "program", "signed_on", "attested_by", "file_name"]
    search_fields = ["program__slug", "file_sha256"]
    list_select_related = ["vendor", "program", "attested_by"]


class TierInline(ReadOnlyInline):
    model = LicenceTier


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ["vendor", "source", "growth_percent", "integration_percent", "saved_by", "saved_at"]
    search_fields = ["vendor__name", "vendor__program__slug"]
    list_select_related = ["vendor", "saved_by"]
    inlines = [TierInline]


@admin.register(DecisionRecord)
class DecisionRecordAdmin(ReadOnlyAdmin):
    list_display = ["program", "round", "drafted_by", "drafted_at", "signed_by", "signed_at"]
    search_fields = ["program__slug", "sha256"]
    list_select_related = ["program", "drafted_by", "signed_by"]


@admin.register(Simulation)
class SimulationAdmin(ReadOnlyAdmin):
    list_display = ["scorecard", "draws", "weight_noise", "rating_noise", "by", "at", "finished_at"]
    exclude = ["inputs", "wins"]  # ratings and who leads are for readers who owe none (V3)
    search_fields = ["scorecard__program__slug"]
    list_select_related = ["scorecard__program", "by"]
