"""Dry runs over REST: predict, check, sign (H6)."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.viewsets import REFUSED
from migration.api import serializers_loads as shapes
from migration.api.viewsets import NUMBER, RUN, OfRun
from migration.models import DryRun, Prediction
from migration.services import dry_runs


@extend_schema_view(
    list=extend_schema(parameters=[RUN], responses={200: shapes.DryRunSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(parameters=[RUN, NUMBER], responses={200: shapes.DryRunSerializer, **REFUSED}),
)
class DryRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfRun):
    """Dry runs of a run; a stage waits for one of the whole file whose spot-check is clean."""

    queryset = DryRun.objects.select_related("run__program", "started_by", "signed_by", "job")
    serializer_class = shapes.DryRunSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "create": "data.load",
        "predictions": "data.view",
        "items": "data.view",
        "answer": "data.load",
        "sign": "data.sign",
    }

    @property
    def page_ordering(self) -> str:
        return {"predictions": "pk", "items": "no"}.get(self.action, "-pk")

    @extend_schema(
        parameters=[RUN], request=shapes.StartDryRunSerializer, responses={201: shapes.DryRunSerializer, **REFUSED}
    )
    def create(self, request: Request, slug: str, run_number: str) -> Response:
        """Predict every record in the background; nothing is written into the target. Codes: load_refused."""
        told = self.validated(shapes.StartDryRunSerializer)
        made = dry_runs.start_dry_run(run=self.run(), by=request.user, **told)
        return Response(shapes.DryRunSerializer(made).data, status=201)

    @extend_schema(
        parameters=[RUN, NUMBER, OpenApiParameter("outcome", OpenApiTypes.STR)],
        responses={200: shapes.PredictionSerializer(many=True), **REFUSED},
    )
    @action(["get"], detail=True)
    def predictions(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """What would happen to each record."""
        found = Prediction.objects.filter(dry_run=self.get_object()).select_related("record")
        if outcome := request.query_params.get("outcome"):
            found = found.filter(outcome=outcome)
        return self.get_paginated_response(shapes.PredictionSerializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(parameters=[RUN, NUMBER], responses={200: shapes.SpotItemSerializer(many=True), **REFUSED})
    @action(["get"], detail=True)
    def items(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """The records of the spot-check, compared field by field."""
        found = self.get_object().items.select_related("answered_by")
        return self.get_paginated_response(shapes.SpotItemSerializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(
        parameters=[RUN, NUMBER],
        request=shapes.SpotAnswersSerializer,
        responses={200: shapes.DryRunSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def answer(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Say which fields of which records came through. Codes: sample_refused, invalid."""
        told = self.validated(shapes.SpotAnswersSerializer)
        dry_runs.answer_spot_check(dry_run=self.get_object(), by=request.user, **told)
        return Response(shapes.DryRunSerializer(self.get_object()).data)

    @extend_schema(parameters=[RUN, NUMBER], request=None, responses={200: shapes.DryRunSerializer, **REFUSED})
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Sign the spot-check. Codes: sample_refused."""
        dry_runs.sign_spot_check(dry_run=self.get_object(), by=request.user)
        return Response(shapes.DryRunSerializer(self.get_object()).data)
