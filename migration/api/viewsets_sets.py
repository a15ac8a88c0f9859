"""Migration sets over REST: several objects of one CRM as one cleaning."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from migration.api import serializers_sets as shapes
from migration.api.serializers import NewRunSerializer, ReasonSerializer
from migration.models import MigrationSet
from migration.services import rollback, set_summary, sets

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


@extend_schema_view(list=extend_schema(responses={200: shapes.MigrationSetSerializer(many=True), **REFUSED}))
class MigrationSetViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Migration sets, newest first."""

    queryset = MigrationSet.objects.select_related("program", "created_by")
    serializer_class = shapes.MigrationSetSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "create": "data.run",
        "start": "data.run",
        "cancel": "data.run",
        "clear_rehearsal": "data.load",
        "stop_clearing": "data.load",
        "resume_clearing": "data.load",
    }

    @extend_schema(request=NewRunSerializer, responses={201: shapes.SetDetailSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Make a set over files of several objects; each mapping waits to be signed. Codes: invalid, run_refused."""
        made = sets.create_set(program=self.program, by=request.user, **self.validated(NewRunSerializer))
        return Response(self._detail(made.number), status=201)

    @extend_schema(parameters=[NUMBER], responses={200: shapes.SetDetailSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        """Its objects in order, their account, the links between them, and what is next."""
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.SetDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, number: str) -> Response:
        """Clean its objects one after the other, then follow their links. Codes: run_refused."""
        sets.start_set(migration_set=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(
        parameters=[NUMBER], request=ReasonSerializer, responses={200: shapes.SetDetailSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def cancel(self, request: Request, slug: str, number: str) -> Response:
        """Cancel its runs and give the files back. Codes: run_refused."""
        sets.cancel_set(migration_set=self.get_object(), by=request.user, **self.validated(ReasonSerializer))
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.SetDetailSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="rehearsal/clear")
    def clear_rehearsal(self, request: Request, slug: str, number: str) -> Response:
        """Take all its records out of the rehearsal, what points first, in the background. Codes: run_refused."""
        rollback.clear_set(migration_set=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.SetDetailSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="rehearsal/stop")
    def stop_clearing(self, request: Request, slug: str, number: str) -> Response:
        """Stop after the present part. Codes: job_refused, run_refused."""
        rollback.stop_clearing(migration_set=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.SetDetailSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="rehearsal/resume")
    def resume_clearing(self, request: Request, slug: str, number: str) -> Response:
        """Go on with what is left. Codes: job_refused, run_refused."""
        rollback.resume_clearing(migration_set=self.get_object(), by=request.user)
        return Response(self._detail(number))

    def _detail(self, number: int | str) -> dict[str, object]:
        of = get_object_or_404(self.get_queryset().select_related("job"), number=number)
        return shapes.SetDetailSerializer(set_summary.summary_of(of)).data
