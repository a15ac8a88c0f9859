"""The REST shapes of Pick. Totals and means are decimals as text, cut to two places as on the page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from crmprogram.program.models import Membership
from crmprogram.web.serializers import PersonSerializer
from phases.models import Capability
from scorecard.defaults import TEMPLATES
from scorecard.models import (
    Contract,
    Coverage,
    CoverageState,
    Criterion,
    Demo,
    DemoPart,
    DemoSide,
    ListState,
    Rater,
    Rating,
    Reference,
    Selection,
    Vendor,
    VendorMove,
)


class OfProgram(serializers.PrimaryKeyRelatedField):
    """A row of the same program, by id; anything else is "not there"."""

    def get_queryset(self):
        program = self.context.get("program")
        return super().get_queryset().of(program) if program else super().get_queryset().none()


class VendorMoveSerializer(serializers.ModelSerializer):
    by = PersonSerializer(read_only=True)

    class Meta:
        model = VendorMove
        fields = ["was", "now", "reason", "by", "at"]


class VendorSerializer(serializers.ModelSerializer):
    moves = VendorMoveSerializer(many=True, read_only=True)

    class Meta:
        model = Vendor
        fields = ["id", "name", "edition", "vertical", "note", "state", "added_at", "moves"]
        read_only_fields = ["state", "added_at"]


class VendorListSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=[one for one in ListState.choices if one[0] != ListState.SELECTED])
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class RationaleSerializer(serializers.Serializer):
    rationale = serializers.CharField()


class PickReasonSerializer(serializers.Serializer):
    reason = serializers.CharField()


class SelectionSerializer(serializers.ModelSerializer):
    selected_by = PersonSerializer(read_only=True)

    class Meta:
        model = Selection
        fields = ["id", "vendor", "rationale", "selected_by", "selected_at", "withdrawn_at", "withdrawn_reason"]


class CoverageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Coverage
        fields = ["id", "capability", "state", "note", "at"]


class CoverageChangeSerializer(serializers.Serializer):
    capability = OfProgram(queryset=Capability.objects.all())
    state = serializers.ChoiceField(choices=CoverageState.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class ScorecardCriterionSerializer(serializers.ModelSerializer):
    seen_version = serializers.IntegerField(write_only=True)

    class Meta:
        model = Criterion
        fields = [
            "id",
            "key",
            "name",
            "weight",
            "verified_by",
            "anchor_1",
            "anchor_3",
            "anchor_5",
            "floor",
            "seen_version",
        ]
        read_only_fields = ["key", "weight"]


class OtherWeightsSerializer(serializers.Serializer):
    """Every criterion's weight by its id; they sum to exactly 100 (V2)."""

    weights = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=100))

    def validate_weights(self, value: dict[str, int]) -> dict[int, int]:
        if not all(key.isdecimal() for key in value):
            raise serializers.ValidationError("Name criteria by their id.")
        return {int(key): weight for key, weight in value.items()}


class OtherRatingSerializer(serializers.Serializer):
    """A cell that everybody is supposed to have rated with `score`."""

    vendor = serializers.IntegerField()
    criterion = serializers.IntegerField()
    score = serializers.IntegerField(min_value=1, max_value=5)


class WhatIfSerializer(OtherWeightsSerializer):
    """Other weights, and other ratings where there shall be some."""

    ratings = OtherRatingSerializer(many=True, required=False)


class WeightsSerializer(OtherWeightsSerializer):
    """Weights to keep: `seen_version` is the card's, `reason` is asked for once they are locked (V3)."""

    seen_version = serializers.IntegerField()
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class TemplateSerializer(serializers.Serializer):
    template = serializers.ChoiceField(choices=[(one.key, one.name) for one in TEMPLATES])
    seen_version = serializers.IntegerField()


class IntervalSerializer(serializers.Serializer):
    """From worst to best; equal once nothing is missing (V3)."""

    low = serializers.CharField()
    high = serializers.CharField()


class MatrixCellSerializer(serializers.Serializer):
    criterion = serializers.IntegerField()
    mean = serializers.CharField(allow_null=True)
    score = IntervalSerializer()
    ratings = serializers.IntegerField(help_text="How many counted ratings.")
    veto = serializers.CharField(help_text="in, possible or eliminated; empty without a floor.")


class MatrixColumnSerializer(serializers.Serializer):
    vendor = serializers.IntegerField()
    name = serializers.CharField()
    standing = serializers.CharField(help_text="in, possible or eliminated")
    said = serializers.CharField()
    total = IntervalSerializer()
    rank = serializers.IntegerField(allow_null=True)
    rank_by_total = serializers.IntegerField()
    must_haves_missing = serializers.ListField(child=serializers.CharField())
    cells = MatrixCellSerializer(many=True)


class ScorecardMatrixSerializer(serializers.Serializer):
    """The scorecard as it stands. `version` goes into `seen_version` of a change."""

    version = serializers.IntegerField()
    weights_locked_at = serializers.DateTimeField(allow_null=True)
    margin = serializers.DecimalField(max_digits=3, decimal_places=2)
    finding = serializers.CharField()
    raters = serializers.IntegerField()
    raters_submitted = serializers.IntegerField()
    criteria = ScorecardCriterionSerializer(many=True)
    columns = MatrixColumnSerializer(many=True)


class RaterSerializer(serializers.ModelSerializer):
    """`knew_before`: how this rater could have seen others' ratings before giving their own; else empty (V3)."""

    user = PersonSerializer(source="membership.user", read_only=True)
    knew_before = serializers.SerializerMethodField()

    class Meta:
        model = Rater
        fields = [
            "id",
            "membership",
            "user",
            "invited_at",
            "submitted_at",
            "reopened_at",
            "excused_at",
            "excused_reason",
            "knew_before",
        ]
        read_only_fields = ["invited_at", "submitted_at", "reopened_at", "excused_at", "excused_reason"]

    def get_knew_before(self, rater: Rater) -> str:
        return self.context.get("knew", {}).get(rater.pk, "")


class NewRaterSerializer(serializers.Serializer):
    membership = OfProgram(queryset=Membership.objects.all())


class RatingSerializer(serializers.ModelSerializer):
    rater = serializers.CharField(source="rater.membership.user.display", read_only=True)

    class Meta:
        model = Rating
        fields = ["id", "rater", "vendor", "criterion", "score", "note", "link", "file_name", "file_sha256"]
        fields += ["abstained", "version", "rated_at"]
        read_only_fields = ["file_name", "file_sha256", "version", "rated_at"]


class EvidenceSerializer(serializers.Serializer):
    vendor = OfProgram(queryset=Vendor.objects.all())
    criterion = OfProgram(queryset=Criterion.objects.all())
    file = serializers.FileField()


class RateSerializer(serializers.Serializer):
    """A score with its evidence, or an abstention with its reason."""

    vendor = OfProgram(queryset=Vendor.objects.all())
    criterion = OfProgram(queryset=Criterion.objects.all())
    score = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    link = serializers.URLField(required=False, allow_blank=True, default="")
    abstained = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    seen_version = serializers.IntegerField(
        required=False, min_value=0, help_text="The cell's `version`, 0 for none yet: nothing newer is written over."
    )


class ConsensusSerializer(serializers.Serializer):
    """`value` null takes the consensus away."""

    vendor = OfProgram(queryset=Vendor.objects.all())
    criterion = OfProgram(queryset=Criterion.objects.all())
    value = serializers.DecimalField(max_digits=3, decimal_places=2, min_value=1, max_value=5, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class DemoPartSerializer(serializers.ModelSerializer):
    membership = OfProgram(queryset=Membership.objects.all())
    side = serializers.ChoiceField(choices=DemoSide.choices)

    class Meta:
        model = DemoPart
        fields = ["membership", "side", "notes"]


class DemoSerializer(serializers.ModelSerializer):
    vendor = OfProgram(queryset=Vendor.objects.all())
    parts = DemoPartSerializer(many=True)
    why_not_counted = serializers.CharField(read_only=True, help_text="Empty when the demo counts (V6).")

    class Meta:
        model = Demo
        fields = [
            "id",
            "vendor",
            "held_on",
            "hours",
            "own_data",
            "hands_on",
            "clicks_to_log",
            "seconds_to_find",
            "summary",
            "parts",
            "why_not_counted",
        ]


class ReferenceSerializer(serializers.ModelSerializer):
    vendor = OfProgram(queryset=Vendor.objects.all())
    why_not_counted = serializers.CharField(read_only=True, help_text="Empty when the call counts (V7).")

    class Meta:
        model = Reference
        fields = [
            "id",
            "vendor",
            "customer",
            "called_on",
            "similar_size",
            "similar_industry",
            "past_first_year",
            "would_do_differently",
            "notes",
            "why_not_counted",
        ]


class ContractSerializer(serializers.ModelSerializer):
    file = serializers.FileField(write_only=True)

    class Meta:
        model = Contract
        fields = [
            "id",
            "vendor",
            "signed_on",
            "implementation_scope",
            "success_criteria",
            "termination",
            "file",
            "file_name",
            "file_sha256",
            "file_bytes",
            "attested_at",
        ]
        read_only_fields = ["vendor", "file_name", "file_sha256", "file_bytes", "attested_at"]

    def create(self, validated_data: dict[str, Any]) -> Contract:
        raise TypeError("Contracts are attested by their service.")
