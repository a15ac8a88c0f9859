"""Shapes of dry runs in the API."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.web.serializers import PersonSerializer
from migration.models import DryRun, Prediction, SpotItem


class DryRunSerializer(serializers.ModelSerializer):
    """What a load would do; `counts` is empty until it is finished. `limit` null is the whole file."""

    started_by = PersonSerializer(read_only=True)
    signed_by = PersonSerializer(read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = DryRun
        fields = [
            "number", "limit", "seed", "counts", "job", "started_by", "started_at", "finished_at", "errors",
            "signed_by", "signed_at",
        ]  # fmt: skip
        read_only_fields = fields


class StartDryRunSerializer(serializers.Serializer):
    """`limit` records are looked at; null for the whole file, which a load needs."""

    limit = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    seed = serializers.IntegerField(min_value=0, max_value=999_999, default=0)


class PredictionSerializer(serializers.ModelSerializer):
    record = serializers.IntegerField(source="record_id", read_only=True)
    label = serializers.CharField(source="record.label", read_only=True)

    class Meta:
        model = Prediction
        fields = ["record", "label", "stage", "outcome", "reason"]
        read_only_fields = fields


class SpotItemSerializer(serializers.ModelSerializer):
    """One drawn record, field by field; `wrong` is null until a person answered."""

    record = serializers.IntegerField(source="record_id", read_only=True)
    answered_by = PersonSerializer(read_only=True)

    class Meta:
        model = SpotItem
        fields = ["no", "record", "comparison", "wrong", "note", "answered_by", "answered_at"]
        read_only_fields = fields


class SpotAnswerSerializer(serializers.Serializer):
    """`right` names the fields that came through; a note is needed where one did not."""

    no = serializers.IntegerField(min_value=1)
    right = serializers.ListField(child=serializers.CharField(max_length=90))
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class SpotAnswersSerializer(serializers.Serializer):
    answers = SpotAnswerSerializer(many=True)
