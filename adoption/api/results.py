"""Adoption numbers, definitions, figures and calendars over REST: the same services as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from adoption.api.serializers import AdoptionOfProgram
from adoption.dictionary import DEFINITIONS, Definition
from adoption.metrics import Week
from adoption.models import Figure, TeamCalendar
from adoption.queries import FIGURES
from adoption.queries.report import report
from adoption.services import reps
from adoption.services.figures import enter_figure
from crmprogram.program.models import Team
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED


class MetricLineSerializer(serializers.Serializer):
    """One metric of one team in one week; `value` is null with `reason` where it is not measured."""

    week = serializers.CharField()
    team = serializers.CharField()
    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    reason = serializers.CharField()
    target = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    state = serializers.CharField()
    is_complete = serializers.BooleanField()
    is_small = serializers.BooleanField()


class DefinitionSerializer(serializers.Serializer):
    """What a number counts, of what, and what it leaves out."""

    def get_fields(self) -> dict[str, Any]:
        return {name: serializers.CharField() for name in Definition._fields if name != "rule"}


class FigureSerializer(serializers.ModelSerializer):
    """`value` is in whole units: money of the program's currency, percent, months, a number."""

    key = serializers.ChoiceField(choices=[(key, label) for key, (label, *_) in FIGURES.items()])
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True)
    value = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0)

    class Meta:
        model = Figure
        fields = ["id", "key", "period", "team", "value", "source", "entered_at"]
        read_only_fields = ["entered_at"]

    def to_representation(self, instance: Figure) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | {"value": f"{instance.value / 100:.2f}"}


class TeamCalendarSerializer(serializers.ModelSerializer):
    """ISO 3166-1 code of the country in which a team works, and of the part of it where holidays differ."""

    team = AdoptionOfProgram(queryset=Team.objects.all())
    country = serializers.CharField(max_length=2, allow_blank=True)

    class Meta:
        model = TeamCalendar
        fields = ["team", "country", "part"]


@extend_schema_view(
    list=extend_schema(
        responses={200: MetricLineSerializer(many=True), **REFUSED},
        parameters=[OpenApiParameter("from", str, description="ISO week"), OpenApiParameter("to", str)],
        filters=False,
    )
)
class AdoptionMetricViewSet(ProgramViewSet):
    """Every number of adoption by week and team, with the reason where there is none (M1 to M5)."""

    serializer_class = MetricLineSerializer
    pagination_class = None
    rights = {"list": "adoption.view"}

    def list(self, request: Request, slug: str) -> Response:
        """The last twelve weeks, or those from `from` to `to`, both included."""
        lines = report(self.program, self.week("from"), self.week("to"))
        return Response(MetricLineSerializer(lines, many=True).data)

    def week(self, name: str) -> Week | None:
        given = self.request.query_params.get(name, "")
        try:
            return Week.read(given) if given else None
        except ValueError as exc:
            raise ValidationError({name: ["Write an ISO week: 2026-W21."]}) from exc


@extend_schema_view(list=extend_schema(responses={200: DefinitionSerializer(many=True), **REFUSED}, filters=False))
class DefinitionViewSet(ProgramViewSet):
    """What every adoption number means."""

    serializer_class = DefinitionSerializer
    pagination_class = None
    rights = {"list": "adoption.view"}

    def list(self, request: Request, slug: str) -> Response:
        return Response(DefinitionSerializer([one._asdict() for one in DEFINITIONS], many=True).data)


@extend_schema_view(list=extend_schema(responses={200: FigureSerializer(many=True), **REFUSED}))
class FigureViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Figures entered with their source: quotas, forecasts, ARR, NRR, CAC (M6, M8)."""

    queryset = Figure.objects.select_related("team")
    serializer_class = FigureSerializer
    rights = {"list": "adoption.view", "create": "adoption.figures"}

    @extend_schema(responses={201: FigureSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Enter a figure; the newest of its key, period and team holds."""
        one = enter_figure(program=self.program, by=request.user, **self.validated(FigureSerializer))
        return Response(self.get_serializer(one).data, status=201)


@extend_schema_view(list=extend_schema(responses={200: TeamCalendarSerializer(many=True), **REFUSED}))
class TeamCalendarViewSet(mixins.ListModelMixin, ProgramViewSet):
    """In which country a team works: its weekends and public holidays do not count (M9)."""

    queryset = TeamCalendar.objects.select_related("team")
    serializer_class = TeamCalendarSerializer
    rights = {"list": "adoption.view", "create": "adoption.targets"}

    @extend_schema(responses={200: TeamCalendarSerializer, 204: None, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Set the calendar of a team; without a country it is taken away."""
        one = reps.set_calendar(program=self.program, by=request.user, **self.validated(TeamCalendarSerializer))
        return Response(self.get_serializer(one).data) if one else Response(status=204)
