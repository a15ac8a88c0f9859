"""Checkpoints and baselines over REST: the same services as the page (M12)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from adoption.milestones import COMPARED
from adoption.models import Baseline, Checkpoint, Day
from adoption.queries.checkpoints import Standing, all_waves
from adoption.services.checkpoints import enter_baseline, hold_checkpoint, store_baselines
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from phases.registry import Look


class CheckpointReadingSerializer(serializers.Serializer):
    """What a measure reads. Money is in minor units; `verdict` is met, not_met or unknown."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    verdict = serializers.CharField()
    said = serializers.CharField()
    value = serializers.DecimalField(max_digits=22, decimal_places=4, allow_null=True)
    threshold = serializers.DecimalField(max_digits=22, decimal_places=4, allow_null=True)
    baseline = serializers.DecimalField(max_digits=22, decimal_places=4, allow_null=True)
    baseline_on = serializers.CharField()
    baseline_source = serializers.CharField()
    is_late = serializers.BooleanField()
    source = serializers.CharField()  # type: ignore[assignment]
    as_of = serializers.CharField()
    closing = serializers.CharField()


class CheckpointStandingSerializer(serializers.Serializer):
    """A checkpoint of a wave: before the program, ahead, due, late or held. Readings of a held one are frozen."""

    wave = serializers.IntegerField()
    day = serializers.IntegerField(source="milestone.day")
    title = serializers.CharField(source="milestone.title")
    live_on = serializers.DateField()
    due_on = serializers.DateField()
    state = serializers.CharField()
    verdict = serializers.CharField()
    comment = serializers.CharField(source="held.comment", default="")
    next_step = serializers.CharField(source="held.next_step", default="")
    held_on = serializers.DateField(source="held.held_on", default=None, allow_null=True)
    readings = CheckpointReadingSerializer(many=True)


class HoldCheckpointSerializer(serializers.Serializer):
    """What is said when a checkpoint is held."""

    wave = serializers.IntegerField(min_value=1, max_value=20)
    day = serializers.IntegerField(min_value=1, max_value=366, help_text=f"One of {', '.join(map(str, Day.values))}.")
    comment = serializers.CharField(max_length=2000)
    next_step = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class CheckpointSerializer(serializers.ModelSerializer):
    """A checkpoint as it was held."""

    readings = CheckpointReadingSerializer(many=True, read_only=True)

    class Meta:
        model = Checkpoint
        fields = [
            "wave",
            "day",
            "live_on",
            "due_on",
            "verdict",
            "comment",
            "next_step",
            "held_on",
            "held_at",
            "readings",
        ]


class BaselineSerializer(serializers.ModelSerializer):
    """`value` is entered in percent, hours or whole units of the currency; money is answered in minor units."""

    key = serializers.ChoiceField(choices=[(one.key, one.label) for one in COMPARED])
    value = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0)

    class Meta:
        model = Baseline
        fields = [
            "id",
            "wave",
            "key",
            "value",
            "detail",
            "source",
            "measured_on",
            "is_entered",
            "is_late",
            "note",
            "stored_at",
        ]
        read_only_fields = ["detail", "is_entered", "is_late", "stored_at"]


class MeasureBaselinesSerializer(serializers.Serializer):
    wave = serializers.IntegerField(min_value=1, max_value=20)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


@extend_schema_view(
    list=extend_schema(responses={200: CheckpointStandingSerializer(many=True), **REFUSED}, filters=False)
)
class CheckpointViewSet(ProgramViewSet):
    """Day 30, 60, 90 and 180 of every wave, with what each measure reads."""

    serializer_class = CheckpointStandingSerializer
    pagination_class = None
    rights = {"list": "adoption.view", "create": "checkpoints.hold"}

    def list(self, request: Request, slug: str) -> Response:
        found: list[Standing] = [one for wave in all_waves(Look(self.program)) for one in wave.standings]
        return Response(CheckpointStandingSerializer(found, many=True).data)

    @extend_schema(request=HoldCheckpointSerializer, responses={201: CheckpointSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Hold a checkpoint; what its measures read is frozen with the comment."""
        one = hold_checkpoint(program=self.program, by=request.user, **self.validated(HoldCheckpointSerializer))
        return Response(CheckpointSerializer(one).data, status=201)


@extend_schema_view(list=extend_schema(responses={200: BaselineSerializer(many=True), **REFUSED}))
class BaselineViewSet(mixins.ListModelMixin, ProgramViewSet):
    """What was before a wave's go-live; of a measure the newest holds."""

    queryset = Baseline.objects.all()
    serializer_class = BaselineSerializer
    rights = {"list": "adoption.view", "create": "checkpoints.hold", "measure": "checkpoints.hold"}

    @extend_schema(responses={201: BaselineSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Enter a baseline that no export holds."""
        one = enter_baseline(program=self.program, by=request.user, **self.validated(BaselineSerializer))
        return Response(self.get_serializer(one).data, status=201)

    @extend_schema(
        request=MeasureBaselinesSerializer, responses={201: BaselineSerializer(many=True), **REFUSED}, filters=False
    )
    @action(["post"], detail=False, pagination_class=None)
    def measure(self, request: Request, slug: str) -> Response:
        """Measure and store every baseline that the exports hold."""
        given: dict[str, Any] = self.validated(MeasureBaselinesSerializer)
        stored, _ = store_baselines(program=self.program, by=request.user, **given)
        return Response(self.get_serializer(stored, many=True).data, status=201)
