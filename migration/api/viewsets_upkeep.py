"""Upkeep over REST: audits, sources, the standard, search and lineage, erasures."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.intake.models import SourceRow
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from migration.api import serializers_upkeep as shapes
from migration.models import Erasure, HygieneAudit, QualityStandard, Record, SourceSystem
from migration.services import erasing, inventory, searching, standards


@extend_schema_view(list=extend_schema(responses={200: shapes.HygieneAuditSerializer(many=True), **REFUSED}))
class HygieneAuditViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Cleaned exports as audits, newest first (H12)."""

    queryset = HygieneAudit.objects.filter(run__cancelled_at=None).select_related("run")
    serializer_class = shapes.HygieneAuditSerializer
    rights = {"list": "data.view"}


@extend_schema_view(
    list=extend_schema(responses={200: shapes.SourceSystemSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.SourceSystemSerializer, **REFUSED}),
)
class SourceSystemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """The inventory of source systems (H1)."""

    queryset = SourceSystem.objects.all()
    serializer_class = shapes.SourceSystemSerializer
    page_ordering = "pk"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "create": "data.standard",
        "update": "data.standard",
        "destroy": "data.standard",
    }

    def filter_queryset(self, queryset):
        return inventory.systems_of(self.program)

    @extend_schema(request=shapes.SaveSourceSerializer, responses={201: shapes.SourceSystemSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Add a system. Codes: invalid."""
        told = self.validated(shapes.SaveSourceSerializer)
        made = inventory.save_system(program=self.program, by=request.user, **told)
        return Response(shapes.SourceSystemSerializer(made).data, status=201)

    @extend_schema(request=shapes.SaveSourceSerializer, responses={200: shapes.SourceSystemSerializer, **REFUSED})
    def update(self, request: Request, slug: str, pk: str) -> Response:
        """Correct a system; its exports stay. Codes: invalid."""
        told, system = self.validated(shapes.SaveSourceSerializer), self.get_object()
        uploads = system.uploads.all()
        inventory.save_system(program=self.program, by=request.user, system=system, uploads=uploads, **told)
        return Response(shapes.SourceSystemSerializer(self.get_object()).data)

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        inventory.remove_system(system=self.get_object(), by=request.user)
        return Response(status=204)


VERSION = OpenApiParameter("version", OpenApiTypes.INT, OpenApiParameter.PATH)


@extend_schema_view(
    list=extend_schema(responses={200: shapes.StandardSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(parameters=[VERSION], responses={200: shapes.StandardSerializer, **REFUSED}),
)
class StandardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Versions of the data-quality standard, newest first (H11)."""

    queryset = QualityStandard.objects.select_related("program", "created_by", "signed_by")
    serializer_class = shapes.StandardSerializer
    lookup_field = "version"
    lookup_value_regex = r"\d{1,4}"
    rights = {"list": "data.view", "retrieve": "data.view", "create": "data.standard", "sign": "data.sign"}

    @extend_schema(request=shapes.WriteStandardSerializer, responses={201: shapes.StandardSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Write the next version; one that is not signed yet is replaced. Codes: invalid."""
        content = self.validated(shapes.WriteStandardSerializer)["content"]
        made = standards.write_standard(program=self.program, by=request.user, content=content)
        return Response(shapes.StandardSerializer(made).data, status=201)

    @extend_schema(
        parameters=[VERSION],
        request=None,
        responses={200: shapes.StandardSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, version: str) -> Response:
        """Sign a version: new runs are judged by it. Codes: run_refused."""
        standards.sign_standard(standard=self.get_object(), by=request.user)
        return Response(shapes.StandardSerializer(self.get_object()).data)


class LineageViewSet(ProgramViewSet):
    """Find records by name, mail or key, and ask any source row what became of it (H0)."""

    queryset = Record.objects.all()
    serializer_class = shapes.FoundRecordSerializer
    lookup_value_regex = r"\d{1,18}"
    rights = {"list": "data.view", "retrieve": "data.view"}

    @extend_schema(
        parameters=[OpenApiParameter("q", OpenApiTypes.STR, required=True)],
        responses={200: shapes.FoundRecordSerializer(many=True), **REFUSED},
    )
    def list(self, request: Request, slug: str) -> Response:
        """At most 50 records that fit `q`."""
        found = searching.records_like(self.program, request.query_params.get("q", ""))
        return self.get_paginated_response(
            shapes.FoundRecordSerializer(self.paginate_queryset(self._of(found)), many=True).data
        )

    @extend_schema(
        parameters=[OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="of a source row")],
        responses={200: shapes.RowStorySerializer, **REFUSED},
    )
    def retrieve(self, request: Request, slug: str, pk: str) -> Response:
        """One source row, what changed, and what became of it."""
        rows = SourceRow.objects.filter(upload__program=self.program).select_related("upload")
        return Response(shapes.RowStorySerializer(searching.row_story(get_object_or_404(rows, pk=pk))).data)

    def _of(self, found: list[Record]):
        return Record.objects.filter(pk__in=[one.pk for one in found]).select_related("run").defer("run__summary")


@extend_schema_view(
    list=extend_schema(responses={200: shapes.ErasureSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(
        parameters=[OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={200: shapes.ErasureSerializer, **REFUSED},
    ),
)
class ErasureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Receipts of erasures; a new one empties every place a person stands in."""

    queryset = Erasure.objects.select_related("by")
    serializer_class = shapes.ErasureSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {"list": "data.erase", "retrieve": "data.erase", "create": "data.erase"}

    @extend_schema(request=shapes.ErasePersonSerializer, responses={201: shapes.ErasureSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Erase a person by record keys; it cannot be taken back. Codes: invalid, run_refused."""
        told = self.validated(shapes.ErasePersonSerializer)
        made = erasing.erase_person(program=self.program, by=request.user, **told)
        return Response(shapes.ErasureSerializer(made).data, status=201)
