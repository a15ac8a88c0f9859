"""Shapes of shared review in the API: bands, second looks, decisions, what is to be taken back."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.web.serializers import PersonSerializer
from migration.models import Band, Decision, RevertItem, SecondLook, Verdict
from migration.services import bands


class BandSerializer(serializers.ModelSerializer):
    """A band, its sample and what it says; `why_not` is the sentence that keeps it from being accepted."""

    drawn_by = PersonSerializer(read_only=True)
    accepted_by = PersonSerializer(read_only=True)
    undone_by = PersonSerializer(read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)
    wrong = serializers.IntegerField(read_only=True)
    unjudged = serializers.IntegerField(read_only=True)
    says = serializers.SerializerMethodField()
    why_not = serializers.SerializerMethodField()

    class Meta:
        model = Band
        fields = [
            "number", "low", "high", "verdict", "seed", "population", "sample", "judged", "wrong", "unjudged", "says",
            "why_not", "job", "decided", "left", "drawn_by", "drawn_at", "accepted_by", "accepted_at", "undone_by",
            "undone_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_says(self, band: Band) -> str:
        return bands.bound_sentence(band)

    def get_why_not(self, band: Band) -> str:
        return bands.refusal(band)


class DrawBandSerializer(serializers.Serializer):
    """A band from `low` (including) up to `high` (excluding; 1 takes in the surest), told to be the same, or not."""

    low = serializers.FloatField(min_value=0, max_value=1)
    high = serializers.FloatField(min_value=0, max_value=1.01, default=1.01)
    verdict = serializers.ChoiceField(choices=Verdict.choices, default=Verdict.SAME)
    seed = serializers.IntegerField(min_value=0, max_value=999_999, default=0)


class JudgementSerializer(serializers.Serializer):
    number = serializers.IntegerField(min_value=1)
    right = serializers.BooleanField()


class JudgeBandSerializer(serializers.Serializer):
    """Is the band's verdict right for these sampled clusters?"""

    judged = JudgementSerializer(many=True)


class SecondLookSerializer(serializers.ModelSerializer):
    """A case that waits for the caller's second look: which cluster, and nothing of the first verdict."""

    cluster = serializers.IntegerField(source="cluster.number", read_only=True)

    class Meta:
        model = SecondLook
        fields = ["id", "cluster", "label", "asked_at"]
        read_only_fields = fields


class VerdictSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)


class AgreementSerializer(serializers.Serializer):
    """Agreement of first and second verdicts; `percent` and `kappa` are null when not measured."""

    cases = serializers.IntegerField()
    agreed = serializers.IntegerField()
    percent = serializers.FloatField(allow_null=True)
    kappa = serializers.FloatField(allow_null=True)


class ProgramDecisionSerializer(serializers.ModelSerializer):
    """A decision about records; `taken_back` says that a later one undid it."""

    by = PersonSerializer(read_only=True)
    taken_back = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = ["id", "kind", "keys", "choices", "batch", "by", "rule", "at", "taken_back"]
        read_only_fields = fields

    def get_taken_back(self, decision: Decision) -> bool:
        return hasattr(decision, "superseded_by")


class RevertSerializer(serializers.ModelSerializer):
    """A loaded record that a later decision changed."""

    stage = serializers.IntegerField(source="stage.order", read_only=True)
    record = serializers.IntegerField(source="record_id", read_only=True)
    label = serializers.CharField(source="record.label", read_only=True)

    class Meta:
        model = RevertItem
        fields = ["id", "stage", "record", "label", "state", "queued_at", "settled_at"]
        read_only_fields = fields
