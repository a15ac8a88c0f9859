"""The REST shapes of what the Audit produces."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crmprogram.program.models import Function, Membership, Role
from crmprogram.web.serializers import PersonSerializer
from phases.models import (
    Arrow,
    Bucket,
    Capability,
    Confidence,
    DeliveryPhase,
    Gap,
    GapKind,
    GoalShare,
    GoalVersion,
    Lane,
    LaneSignOff,
    MapState,
    ScopeItem,
    ScopeKind,
    ScopeSignature,
    Step,
)

SEEN = "The version you read; a change since then answers 409 with code “conflict”."


class OfProgram:
    """A relation that finds rows of the address's program alone."""

    def get_queryset(self):
        program = self.context.get("program")
        rows = super().get_queryset()
        return rows.of(program) if program is not None else rows.none()


class KeyOfProgram(OfProgram, serializers.PrimaryKeyRelatedField):
    pass


@extend_schema_field(OpenApiTypes.INT)
class NumberOfProgram(OfProgram, serializers.SlugRelatedField):
    """A gap or capability by the number people use."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="number", **kwargs)


class SeenSerializer(serializers.Serializer):
    seen_version = serializers.IntegerField(help_text=SEEN)


# --- goal ---------------------------------------------------------------------------


class GoalShareSerializer(serializers.ModelSerializer):
    recipient = PersonSerializer(source="recipient.user")
    shared_by = PersonSerializer()

    class Meta:
        model = GoalShare
        fields = ["recipient", "shared_by", "shared_at", "how"]


class GoalSerializer(serializers.ModelSerializer):
    """A version of the goal (P6); never edited after it is written."""

    written_by = PersonSerializer()
    headline = serializers.CharField()
    shares = GoalShareSerializer(many=True)

    class Meta:
        model = GoalVersion
        fields = [
            "number",
            "headline",
            "outcome",
            "metric",
            "unit",
            "baseline_value",
            "baseline_due_on",
            "target_value",
            "target_on",
            "success_6_months",
            "success_12_months",
            "written_by",
            "written_at",
            "shares",
        ]


class GoalWriteSerializer(serializers.Serializer):
    """The next version. Parts may be absent here: what is missing is said in one sentence (P6)."""

    seen_number = serializers.IntegerField(help_text="The version you start from, 0 for the first.")
    outcome = serializers.CharField(required=False, allow_blank=True)
    metric = serializers.CharField(required=False, allow_blank=True, max_length=120)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=20)
    baseline_value = serializers.DecimalField(16, 4, required=False, allow_null=True)
    baseline_due_on = serializers.DateField(required=False, allow_null=True)
    target_value = serializers.DecimalField(16, 4, required=False, allow_null=True)
    target_on = serializers.DateField(required=False, allow_null=True)
    success_6_months = serializers.CharField(required=False, allow_blank=True)
    success_12_months = serializers.CharField(required=False, allow_blank=True)


class GoalShareWriteSerializer(serializers.Serializer):
    recipient = KeyOfProgram(queryset=Membership.objects.active(), help_text="The sponsor's membership.")
    how = serializers.CharField(required=False, allow_blank=True, max_length=200)


# --- scope --------------------------------------------------------------------------


class ScopeItemSerializer(serializers.ModelSerializer):
    """A line of the scope. `since` and `until` are versions: from, up to and without."""

    class Meta:
        model = ScopeItem
        fields = ["id", "kind", "text", "reason", "since", "until", "edit"]


class ScopeItemWriteSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(ScopeKind.choices)
    text = serializers.CharField(max_length=300)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ScopeItemChangeSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(ScopeKind.choices, required=False)
    text = serializers.CharField(max_length=300, required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    seen_edit = serializers.IntegerField(help_text="The line's `edit` as you read it.")


class ScopeSignatureSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer()
    role = serializers.ChoiceField(Role.choices)

    class Meta:
        model = ScopeSignature
        fields = ["version", "signed_by", "role", "signed_at"]


class ScopeSerializer(serializers.Serializer):
    """The scope as it stands (P5, P7). Version 0: nothing is written yet."""

    version = serializers.IntegerField()
    edit = serializers.IntegerField(help_text="Send it as `seen_edit` to sign.")
    is_signed = serializers.BooleanField()
    locked_at = serializers.DateTimeField(allow_null=True)
    items = ScopeItemSerializer(many=True)
    signatures = ScopeSignatureSerializer(many=True)


class ScopeSignSerializer(serializers.Serializer):
    seen_edit = serializers.IntegerField(help_text="The scope's `edit` as you read it.")


# --- process map --------------------------------------------------------------------


class ArrowSerializer(serializers.ModelSerializer):
    class Meta:
        model = Arrow
        fields = ["target", "label"]


class StepSerializer(serializers.ModelSerializer):
    """A step of a lane; `leads_to` are the steps after it, `arrows` the same with their conditions.

    `origin` is the step of the current map that a step of the future one was copied from.
    """

    leads_to = serializers.SerializerMethodField()
    arrows = ArrowSerializer(source="arrows_out", many=True)

    class Meta:
        model = Step
        fields = [
            "id",
            "lane",
            "order",
            "name",
            "tool",
            "data_captured",
            "failure_mode",
            "leads_to",
            "arrows",
            "origin",
            "version",
        ]

    def get_leads_to(self, step: Step) -> list[int]:
        return [arrow.target_id for arrow in step.arrows_out.all()]


class SignOffSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer()

    class Meta:
        model = LaneSignOff
        fields = ["version", "signed_by", "function", "signed_at"]


class LaneSerializer(serializers.ModelSerializer):
    """A lane with its steps. `is_signed`: signed off on the present version (A1)."""

    state = serializers.ChoiceField(MapState.choices, source="map.state")
    is_signed = serializers.SerializerMethodField()
    sign_offs = SignOffSerializer(many=True)
    steps = StepSerializer(many=True)

    class Meta:
        model = Lane
        fields = ["id", "state", "name", "function", "order", "version", "is_signed", "sign_offs", "steps"]

    def get_is_signed(self, lane: Lane) -> bool:
        return any(off.version == lane.version for off in lane.sign_offs.all())


class LaneWriteSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=60)
    function = serializers.ChoiceField(Function.choices, help_text="Who signs the lane off.")
    state = serializers.ChoiceField(MapState.choices, default=MapState.CURRENT)


class LaneChangeSerializer(SeenSerializer):
    name = serializers.CharField(max_length=60, required=False)
    function = serializers.ChoiceField(Function.choices, required=False)


class PlaceSerializer(serializers.Serializer):
    up = serializers.BooleanField(help_text="True: one place earlier; false: one later.")


class StepPlaceSerializer(serializers.Serializer):
    lane = KeyOfProgram(queryset=Lane.objects.select_related("map"))
    before = KeyOfProgram(
        queryset=Step.objects.select_related("lane"),
        required=False,
        allow_null=True,
        help_text="A step of that lane; absent: at its end.",
    )


class ArrowCutSerializer(serializers.Serializer):
    target = KeyOfProgram(queryset=Step.objects.select_related("lane"))


class ArrowWriteSerializer(ArrowCutSerializer):
    label = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="When this way is taken, where it branches."
    )


class MapStartSerializer(serializers.Serializer):
    state = serializers.ChoiceField(MapState.choices, default=MapState.CURRENT)
    copy_current = serializers.BooleanField(default=False, help_text="Begin the future map as a copy of the current.")


class StepContentSerializer(serializers.Serializer):
    tool = serializers.CharField(required=False, allow_blank=True, max_length=80)
    data_captured = serializers.CharField(required=False, allow_blank=True, max_length=160)
    failure_mode = serializers.CharField(required=False, allow_blank=True, max_length=200)


class StepWriteSerializer(StepContentSerializer):
    lane = KeyOfProgram(queryset=Lane.objects.select_related("map"))
    name = serializers.CharField(max_length=80)
    after = KeyOfProgram(
        queryset=Step.objects.select_related("lane"),
        many=True,
        required=False,
        help_text="The steps before it; absent: the last step of the lane.",
    )


class StepChangeSerializer(StepContentSerializer, SeenSerializer):
    lane = KeyOfProgram(queryset=Lane.objects.select_related("map"), required=False)
    name = serializers.CharField(max_length=80, required=False)
    leads_to = KeyOfProgram(queryset=Step.objects.select_related("lane"), many=True, required=False)


# --- gaps and capabilities ----------------------------------------------------------


class GapSerializer(serializers.ModelSerializer):
    """A gap; `value` and `yearly_cost` are minor units of the program's currency."""

    closed_by = serializers.SlugRelatedField("number", source="capabilities", many=True, read_only=True)

    class Meta:
        model = Gap
        fields = [
            "number",
            "title",
            "detail",
            "kind",
            "step",
            "volume",
            "volume_of",
            "rate_percent",
            "value",
            "yearly_cost",
            "source",
            "confidence",
            "closed_by",
            "version",
            "changed_at",
        ]


class GapWriteSerializer(serializers.Serializer):
    """Volume, rate and value come together, or none of them; the cost is computed."""

    title = serializers.CharField(max_length=160)
    detail = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.ChoiceField(GapKind.choices, required=False)
    step = KeyOfProgram(queryset=Step.objects.select_related("lane__map"), required=False, allow_null=True)
    volume = serializers.DecimalField(14, 2, min_value=0, required=False, allow_null=True)
    volume_of = serializers.CharField(required=False, allow_blank=True, max_length=60)
    rate_percent = serializers.DecimalField(6, 3, min_value=0, max_value=100, required=False, allow_null=True)
    value = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    source = serializers.CharField(required=False, allow_blank=True, max_length=200)
    confidence = serializers.ChoiceField(Confidence.choices, required=False)
    closed_by = NumberOfProgram(queryset=Capability.objects.all(), many=True, required=False)


class GapChangeSerializer(GapWriteSerializer, SeenSerializer):
    title = serializers.CharField(max_length=160, required=False)


class CapabilitySerializer(serializers.ModelSerializer):
    """A capability; `rank` is its place within `phase`, 1 is first."""

    gaps = serializers.SlugRelatedField("number", many=True, read_only=True)
    is_traced = serializers.BooleanField(help_text="Does a gap or a process step ask for it (A3)?")

    class Meta:
        model = Capability
        fields = [
            "number",
            "name",
            "detail",
            "bucket",
            "phase",
            "rank",
            "gaps",
            "steps",
            "is_traced",
            "version",
            "changed_at",
        ]


class CapabilityWriteSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=160)
    detail = serializers.CharField(required=False, allow_blank=True)
    bucket = serializers.ChoiceField(Bucket.choices)
    phase = serializers.ChoiceField(DeliveryPhase.choices, required=False, allow_null=True)
    gaps = NumberOfProgram(queryset=Gap.objects.all(), many=True, required=False)
    steps = KeyOfProgram(queryset=Step.objects.select_related("lane__map"), many=True, required=False)


class CapabilityChangeSerializer(CapabilityWriteSerializer, SeenSerializer):
    name = serializers.CharField(max_length=160, required=False)
    bucket = serializers.ChoiceField(Bucket.choices, required=False)
