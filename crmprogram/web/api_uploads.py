"""The REST endpoints of uploaded files: the same services as the pages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.intake import mapping, queries, services
from crmprogram.intake.models import Upload
from crmprogram.intake.store import too_large
from crmprogram.web import serializers_uploads as shapes
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED


@extend_schema_view(
    list=extend_schema(responses={200: shapes.UploadSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.UploadDetailSerializer, **REFUSED}),
)
class UploadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Uploaded files, by their number.

    A file that is neither a CSV table nor an Excel workbook is refused with the name of what it is.
    """

    queryset = Upload.objects.select_related("uploaded_by", "program")
    serializer_class = shapes.UploadSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {
        "list": "upload.view",
        "retrieve": "upload.view",
        "create": "upload.add",
        "encoding": "upload.add",
        "sheet": "upload.add",
        "object": "upload.add",
        "columns": "upload.add",
        "format": "upload.add",
        "issues": "upload.view",
        "preview": "upload.view",
    }

    def get_serializer_class(self):
        return shapes.UploadSerializer if self.action == "list" else shapes.UploadDetailSerializer

    @extend_schema(
        request={"multipart/form-data": shapes.NewUploadSerializer},
        responses={201: shapes.UploadDetailSerializer, 200: shapes.UploadDetailSerializer, **REFUSED},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Upload a file and start reading it; 200 with the upload that is there when the same bytes come again.

        The answer's state is `asks` when nobody can tell how the letters are stored: choose
        one of `proposals` and POST it to `encoding`. It is `asks` too when several sheets of a
        workbook have rows: choose one of `sheets` and POST it to `sheet`, or send it along.
        """
        request.data  # noqa: B018, parses the body, which may be too large
        if getattr(request, "upload_too_large", False):
            raise too_large()
        data = self.validated(shapes.NewUploadSerializer)
        file = data["file"]
        upload, is_new = services.store_upload(
            program=self.program,
            by=request.user,
            name=file.name,
            stream=file.chunks(),
            size=file.size,
            encoding=data["encoding"],
            sheet=data["sheet"],
            object=data["object"],
        )
        return Response(shapes.UploadDetailSerializer(upload).data, status=201 if is_new else 200)

    @extend_schema(request=shapes.EncodingSerializer, responses={200: shapes.UploadDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def encoding(self, request: Request, slug: str, number: str) -> Response:
        """Say in which encoding a file that asks is stored; it is read then."""
        data = self.validated(shapes.EncodingSerializer)
        services.declare_encoding(upload=self.get_object(), by=request.user, **data)
        return self.retrieve(request, slug=slug, number=number)

    @extend_schema(
        request=shapes.SheetSerializer,
        responses={200: shapes.UploadDetailSerializer, 201: shapes.UploadDetailSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def sheet(self, request: Request, slug: str, number: str) -> Response:
        """Say which sheet of a workbook is read. Another sheet of one that is read is another upload (201)."""
        upload = self.get_object()
        read = services.declare_sheet(upload=upload, by=request.user, **self.validated(shapes.SheetSerializer))
        return Response(shapes.UploadDetailSerializer(read).data, status=200 if read.pk == upload.pk else 201)

    @extend_schema(request=shapes.ObjectSerializer, responses={200: shapes.UploadDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def object(self, request: Request, slug: str, number: str) -> Response:
        """Say what the records are, against or without the recognition."""
        services.declare_object(upload=self.get_object(), by=request.user, **self.validated(shapes.ObjectSerializer))
        return self.retrieve(request, slug=slug, number=number)

    @extend_schema(request=shapes.ColumnsSerializer, responses={200: shapes.UploadDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def columns(self, request: Request, slug: str, number: str) -> Response:
        """Say which column holds which field; files with the same headers are mapped so from then on."""
        data = self.validated(shapes.ColumnsSerializer)
        mapping.declare_columns(
            upload=self.get_object(), by=request.user, object=data["object"], fields=data["columns"]
        )
        return self.retrieve(request, slug=slug, number=number)

    @extend_schema(request=shapes.FormatSerializer, responses={200: shapes.UploadDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def format(self, request: Request, slug: str, number: str) -> Response:
        """Say whose export the file is, against the recognition."""
        data = self.validated(shapes.FormatSerializer)
        mapping.declare_format(upload=self.get_object(), by=request.user, slug=data["format"])
        return self.retrieve(request, slug=slug, number=number)

    @extend_schema(responses={200: shapes.RowIssueSerializer(many=True), **REFUSED})
    @action(["get"], detail=True)
    def issues(self, request: Request, slug: str, number: str) -> Response:
        """The rows that are put aside, in the order of the file."""
        issues = queries.put_aside(self.get_object())
        page = self.paginate_queryset(issues)
        return self.get_paginated_response(shapes.RowIssueSerializer(page, many=True).data)

    @extend_schema(responses={200: shapes.SourceRowSerializer(many=True), **REFUSED}, filters=False)
    @action(["get"], detail=True, pagination_class=None)
    def preview(self, request: Request, slug: str, number: str) -> Response:
        """The first 20 rows as they came; empty until the first part of the file is read."""
        return Response(shapes.SourceRowSerializer(queries.preview(self.get_object()), many=True).data)

    @property
    def page_ordering(self) -> str:
        return "pk" if self.action == "issues" else "-pk"
