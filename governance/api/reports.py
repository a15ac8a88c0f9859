"""The REST endpoints of what leaders read: five minutes, the one-pager and its editions."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import PersonSerializer
from crmprogram.web.viewsets import REFUSED
from governance import one_pager
from governance.five_minutes import FiveMinutes
from governance.models import Edition
from governance.one_pager import OnePager
from governance.services.reports import publish_edition
from phases.registry import Look


class ItemSerializer(serializers.Serializer):
    """Something that waits for the reader."""

    title = serializers.CharField()
    why = serializers.CharField()
    url = serializers.CharField()
    status = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)


class DebtSerializer(serializers.Serializer):
    """A criterion that blocks, and who owes it by the RACI."""

    criterion = serializers.CharField(source="row.key")
    title = serializers.CharField(source="row.title")
    state = serializers.CharField(source="row.state")
    who = serializers.CharField()
    closing = serializers.CharField()


class EarliestSerializer(serializers.Serializer):
    """The first day the gate can pass; `criterion` is the one that the calendar holds back longest."""

    on = serializers.DateField()
    criterion = serializers.CharField(source="row.key", default=None, allow_null=True)
    why = serializers.CharField()


class FiveMinutesSerializer(serializers.Serializer):
    heading = serializers.CharField()
    lead = serializers.CharField()
    gate = serializers.IntegerField(source="number")
    items = ItemSerializer(many=True)
    debts = DebtSerializer(many=True)
    earliest = EarliestSerializer(allow_null=True, help_text="Empty: it can pass today.")


class FiveMinutesViewSet(ProgramViewSet):
    """What waits for the reader, and what blocks the gate (R2, R3, G7)."""

    queryset = Edition.objects.none()
    serializer_class = FiveMinutesSerializer
    pagination_class = None
    rights = {"list": "gates.view"}

    @extend_schema(responses={200: FiveMinutesSerializer, **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(FiveMinutes(Look(self.program), request.user)).data)


class EditionSerializer(serializers.ModelSerializer):
    """A published one-pager; its exact text is its `document`, under the SHA-256 in canonical form."""

    published_by = PersonSerializer()

    class Meta:
        model = Edition
        fields = ["number", "sha256", "note", "published_by", "published_at"]
        read_only_fields = fields


class EditionDetailSerializer(EditionSerializer):
    document = serializers.SerializerMethodField()

    class Meta(EditionSerializer.Meta):
        fields = [*EditionSerializer.Meta.fields, "document"]
        read_only_fields = fields

    def get_document(self, edition: Edition) -> dict[str, Any]:
        return json.loads(edition.text)


class PublishSerializer(serializers.Serializer):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class ChangeSerializer(serializers.Serializer):
    section = serializers.CharField()
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


@extend_schema_view(list=extend_schema(responses={200: EditionSerializer(many=True), **REFUSED}))
class EditionViewSet(mixins.ListModelMixin, ProgramViewSet):
    """The sponsor's one-pager: live, published, compared (X1, X2)."""

    queryset = Edition.objects.select_related("published_by")
    serializer_class = EditionSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {
        "list": "one_pager.view",
        "retrieve": "one_pager.view",
        "live": "one_pager.view",
        "compare": "one_pager.view",
        "create": "one_pager.publish",
    }

    @extend_schema(responses={200: EditionDetailSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        return Response(EditionDetailSerializer(self.get_object()).data)

    @extend_schema(request=PublishSerializer, responses={201: EditionSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Freeze the one-pager as it stands now."""
        data = self.validated(PublishSerializer)
        edition = publish_edition(program=self.program, by=request.user, note=data["note"])
        return Response(self.get_serializer(edition).data, status=201)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, **REFUSED})
    @action(["get"], detail=False)
    def live(self, request: Request, slug: str) -> Response:
        """As it stands now, not published."""
        return Response(one_pager.compose(Look(self.program), request.user).document)

    @extend_schema(
        parameters=[OpenApiParameter("other", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={200: ChangeSerializer(many=True), **REFUSED},
    )
    @action(["get"], detail=True, url_path=r"changes-since/(?P<other>\d{1,9})", pagination_class=None)
    def compare(self, request: Request, slug: str, number: str, other: str) -> Response:
        """What changed since another edition, line by line."""
        new = self.get_object()
        self.kwargs["number"] = other
        old = self.get_object()
        changes = one_pager.compare(OnePager(json.loads(old.text)), OnePager(json.loads(new.text)))
        return Response(ChangeSerializer([one for one in changes if one.is_changed], many=True).data)
