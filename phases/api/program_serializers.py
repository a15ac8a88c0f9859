"""The REST shapes of what runs through all phases: pilots, waves, artifacts, steps, the forecast."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.program.models import Position, Program, Team
from crmprogram.web.serializers import PersonSerializer
from phases.api.serializers import PasswordSerializer
from phases.models import (
    ArtifactSignature,
    ArtifactVersion,
    Exemption,
    Pilot,
    PilotMeasure,
    ScopeRequest,
    ScopeRequestState,
    WaveReview,
    WaveStart,
)


class ExemptionSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer(read_only=True)
    ended_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Exemption
        fields = ["id", "platform", "statement", "signed_by", "signed_at", "ended_by", "ended_at", "ended_because"]


class SignedReasonSerializer(PasswordSerializer):
    reason = serializers.CharField(max_length=2000)


class StatementSerializer(PasswordSerializer):
    statement = serializers.CharField(max_length=2000)


class MeasureSerializer(serializers.ModelSerializer):
    noted_by = PersonSerializer(read_only=True)

    class Meta:
        model = PilotMeasure
        fields = ["id", "on", "value", "source", "noted_by", "noted_at"]
        read_only_fields = ["noted_at"]


class PilotSerializer(serializers.ModelSerializer):
    """A pilot with its measures, newest first. `edit` is what a change has to have seen."""

    label = serializers.CharField(read_only=True)
    measures = MeasureSerializer(many=True, read_only=True)

    class Meta:
        model = Pilot
        fields = [
            "number", "label", "team", "region", "use_case", "metric", "unit", "baseline", "target", "starts_on",
            "ends_on", "edit", "planned_at", "closed_at", "finding", "measures",
        ]  # fmt: skip


class PilotWriteSerializer(serializers.Serializer):
    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.none(), required=False, allow_null=True)
    region = serializers.CharField(max_length=80, required=False, allow_blank=True)
    use_case = serializers.CharField(max_length=300)
    metric = serializers.CharField(max_length=120)
    unit = serializers.CharField(max_length=20, required=False, allow_blank=True)
    baseline = serializers.DecimalField(max_digits=14, decimal_places=2)
    target = serializers.DecimalField(max_digits=14, decimal_places=2)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if isinstance(program := self.context.get("program"), Program):
            fields["team"].queryset = Team.objects.of(program)  # type: ignore[attr-defined]
        return fields


class PilotChangeSerializer(PilotWriteSerializer):
    seen_edit = serializers.IntegerField(min_value=0)


class FindingSerializer(serializers.Serializer):
    finding = serializers.CharField(max_length=4000)


class WaveStartSerializer(serializers.ModelSerializer):
    decided_by = PersonSerializer(read_only=True)

    class Meta:
        model = WaveStart
        fields = ["wave", "starts_on", "despite", "reason", "decided_by", "decided_at"]


class WaveReviewSerializer(serializers.ModelSerializer):
    reviewed_by = PersonSerializer(read_only=True)

    class Meta:
        model = WaveReview
        fields = ["id", "wave", "due_on", "held_on", "finding", "next_step", "reviewed_by", "reviewed_at"]
        read_only_fields = ["wave", "reviewed_at"]


class ConditionSerializer(serializers.Serializer):
    """`is_hard` cannot be signed away. `state` is met, unmet or none (cannot tell)."""

    key = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    said = serializers.CharField()
    is_hard = serializers.BooleanField()


class WaveSerializer(serializers.Serializer):
    """A wave: its go-live, what stands before it, its reviews and those that are due."""

    number = serializers.IntegerField()
    seats = serializers.IntegerField()
    live_on = serializers.DateField(allow_null=True)
    is_live = serializers.BooleanField()
    start = WaveStartSerializer(allow_null=True)
    conditions = ConditionSerializer(many=True)
    reviews = WaveReviewSerializer(many=True)
    due = serializers.ListField(child=serializers.DateField())


class StartWriteSerializer(PasswordSerializer):
    starts_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class ArtifactSignatureSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer(read_only=True)

    class Meta:
        model = ArtifactSignature
        fields = ["signed_by", "role", "signed_at"]


class ArtifactVersionSerializer(serializers.ModelSerializer):
    """A version of a document. The file is fetched at `file`, where there is one."""

    owner = serializers.CharField(source="owner.title", default=None, read_only=True)
    written_by = PersonSerializer(read_only=True)
    signatures = ArtifactSignatureSerializer(many=True, read_only=True)

    class Meta:
        model = ArtifactVersion
        fields = [
            "id", "kind", "number", "owner", "body", "file_name", "file_sha256", "file_bytes", "written_by",
            "written_at", "shared_at", "signatures",
        ]  # fmt: skip


class ArtifactWriteSerializer(serializers.Serializer):
    """`seen_number` is the version you read, 0 for none."""

    kind = serializers.ChoiceField(choices=ArtifactVersion._meta.get_field("kind").choices)
    seen_number = serializers.IntegerField(min_value=0)
    body = serializers.CharField(max_length=40_000, required=False, allow_blank=True)
    owner = serializers.PrimaryKeyRelatedField(queryset=Position.objects.none(), required=False, allow_null=True)
    file = serializers.FileField(required=False)
    keep_file = serializers.BooleanField(required=False, default=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if isinstance(program := self.context.get("program"), Program):
            fields["owner"].queryset = Position.objects.of(program)  # type: ignore[attr-defined]
        return fields


class ScopeRequestSerializer(serializers.ModelSerializer):
    label = serializers.CharField(read_only=True)
    asked_by = PersonSerializer(read_only=True)
    decided_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ScopeRequest
        fields = [
            "number", "label", "text", "reason", "state", "asked_by", "asked_at", "decided_by", "decided_at",
            "decision_reason",
        ]  # fmt: skip
        read_only_fields = ["number", "state", "asked_at", "decided_at", "decision_reason"]


class ScopeDecisionSerializer(SignedReasonSerializer):
    state = serializers.ChoiceField(choices=[ScopeRequestState.EXCEPTION, ScopeRequestState.DECLINED])


class AnswerSerializer(serializers.Serializer):
    title = serializers.CharField(source="item.title")
    check = serializers.CharField(source="item.check")
    state = serializers.CharField(help_text="met, watch, unmet, stale, or none (cannot tell)")
    said = serializers.CharField()
    url = serializers.CharField()


class StepStandingSerializer(serializers.Serializer):
    """A step for one wave (0: taken once). `waits_for` says what has to be done first."""

    step = serializers.IntegerField(source="step.number")
    title = serializers.CharField(source="step.title")
    wave = serializers.IntegerField()
    state = serializers.CharField(help_text="done, started, ready or blocked")
    waits_for = serializers.ListField(child=serializers.CharField())
    answers = AnswerSerializer(many=True)


class StepActSerializer(serializers.Serializer):
    wave = serializers.IntegerField(min_value=0, required=False, default=0)


class StepWaiverSerializer(SignedReasonSerializer):
    wave = serializers.IntegerField(min_value=0, required=False, default=0)


class AreaSerializer(serializers.Serializer):
    name = serializers.CharField()
    items = AnswerSerializer(many=True)


class RemainingSerializer(serializers.Serializer):
    phase = serializers.IntegerField(source="pace.number")
    worked_out = serializers.CharField(source="said")
    days = serializers.FloatField()


class ForecastSerializer(serializers.Serializer):
    """today + remaining midpoints × max(1, actual ÷ typical so far) (G10)."""

    on = serializers.DateField()
    days = serializers.IntegerField()
    parts = RemainingSerializer(many=True)
    left = serializers.FloatField()
    actual = serializers.IntegerField()
    typical = serializers.FloatField()
    slowness = serializers.FloatField()
    integrations = serializers.IntegerField(allow_null=True)
