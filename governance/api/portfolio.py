"""The REST endpoints across programs, and of the strategy test."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program.models import ApiToken, Program
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from governance.models import StrategyAnswer, StrategyTest
from governance.portfolio import portfolio
from governance.services import strategy


class DueSerializer(serializers.Serializer):
    text = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    url = serializers.CharField()


class PortfolioRowSerializer(serializers.Serializer):
    """A program as it stands. `criteria_met` is of the last readings, null before the first."""

    program = serializers.CharField(source="program.slug")
    company = serializers.CharField(source="program.company")
    name = serializers.CharField(source="program.name")
    role = serializers.CharField()
    state = serializers.CharField(help_text="met (going), running (requested), watch (sent back, drifted) or unmet")
    state_said = serializers.CharField(source="word")
    phase = serializers.IntegerField(source="number")
    criteria_met = serializers.IntegerField(source="met", allow_null=True)
    criteria = serializers.IntegerField(source="total")
    days = serializers.IntegerField(source="pace.days", allow_null=True)
    late_days = serializers.IntegerField()
    go_live_on = serializers.DateField(source="program.go_live_on", allow_null=True)
    forecast_go_live_on = serializers.DateField(source="forecast", allow_null=True)
    due = DueSerializer(many=True)


class PortfolioViewSet(viewsets.GenericViewSet):
    """The programs you are a member of, the most pressing first; a token sees its one program."""

    queryset = Program.objects.none()
    serializer_class = PortfolioRowSerializer
    pagination_class = None
    permission_classes = [IsAuthenticated]
    outside_programs = True  # the rows are those of the person's memberships

    @extend_schema(responses={200: PortfolioRowSerializer(many=True), **REFUSED}, filters=False)
    def list(self, request: Request) -> Response:
        rows = portfolio(request.user)
        if isinstance(request.auth, ApiToken):
            rows = [one for one in rows if one.program.pk == request.auth.program_id]
        return Response(self.get_serializer(rows, many=True).data)


class StrategyAnswerSerializer(serializers.ModelSerializer):
    class Meta:
        model = StrategyAnswer
        fields = [
            "id", "place", "person", "purpose", "measured_by", "knows_purpose", "knows_measure", "asked_on", "noted_at",
        ]  # fmt: skip


class StrategyTestSerializer(serializers.ModelSerializer):
    """A quarter's draw: `seed` over `pool` repeats it."""

    answers = StrategyAnswerSerializer(many=True, read_only=True)

    class Meta:
        model = StrategyTest
        fields = ["period", "seed", "pool", "drawn_at", "answers"]


class NoteSerializer(serializers.Serializer):
    answer = serializers.PrimaryKeyRelatedField(queryset=StrategyAnswer.objects.none())
    purpose = serializers.CharField(max_length=2000)
    measured_by = serializers.CharField(max_length=2000)
    knows_purpose = serializers.BooleanField()
    knows_measure = serializers.BooleanField()
    asked_on = serializers.DateField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if isinstance(program := self.context.get("program"), Program):
            fields["answer"].queryset = StrategyAnswer.objects.of(program).select_related("test__program")
        return fields


@extend_schema_view(list=extend_schema(responses={200: StrategyTestSerializer(many=True), **REFUSED}))
class StrategyTestViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Three reps a quarter say what the CRM is for, newest first (P8)."""

    queryset = StrategyTest.objects.prefetch_related("answers").order_by("-period")
    serializer_class = StrategyTestSerializer
    rights = {"list": "raci.view", "create": "strategy.test", "note": "strategy.test"}

    @extend_schema(request=None, responses={201: StrategyTestSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Draw three reps for this quarter; conflict when they are drawn."""
        test = strategy.draw_reps(program=self.program, by=request.user)
        return Response(self.get_serializer(test).data, status=201)

    @extend_schema(request=NoteSerializer, responses={200: StrategyAnswerSerializer, **REFUSED})
    @action(["post"], detail=False)
    def note(self, request: Request, slug: str) -> Response:
        """Note what one of them said."""
        noted = strategy.note_answer(by=request.user, **self.validated(NoteSerializer))
        return Response(StrategyAnswerSerializer(noted).data)
