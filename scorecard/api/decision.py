"""The decision record over REST (V11)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import PersonSerializer
from crmprogram.web.viewsets import REFUSED
from scorecard import decision
from scorecard.models import DecisionRecord, Scorecard
from scorecard.services import decision as services


class DecisionRecordSerializer(serializers.ModelSerializer):
    """`text` is the canonical JSON that was signed, empty in a draft."""

    signed_by = PersonSerializer(read_only=True)

    class Meta:
        model = DecisionRecord
        fields = ["round", "rationale", "dissent", "version", "text", "sha256", "drafted_at", "signed_by", "signed_at"]
        read_only_fields = fields


class DecisionTextSerializer(serializers.Serializer):
    rationale = serializers.CharField()
    dissent = serializers.CharField(required=False, allow_blank=True, default="")
    seen_version = serializers.IntegerField()


class SeenDigestSerializer(serializers.Serializer):
    seen_digest = serializers.CharField(max_length=64, help_text="The `digest` of `preview`.")


class PreviewSerializer(serializers.Serializer):
    """What would be signed: the canonical text with its SHA-256."""

    text = serializers.CharField()
    digest = serializers.CharField()


@extend_schema_view(list=extend_schema(responses={200: DecisionRecordSerializer(many=True), **REFUSED}))
class DecisionRecordViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Decision records by round: one draft at most, and what was signed (V11)."""

    queryset = DecisionRecord.objects.select_related("program", "signed_by")
    serializer_class = DecisionRecordSerializer
    lookup_field = "round"
    lookup_url_kwarg = "number"
    page_ordering = ("-round", "-pk")
    rights = {
        "list": "scorecard.view",
        "preview": "scorecard.view",
        "create": "scorecard.select",
        "edit": "scorecard.select",
        "sign": "scorecard.select",
    }

    @extend_schema(request=None, responses={201: DecisionRecordSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Draft a record from the data; gives the open draft when there is one."""
        one = services.draft_decision(program=self.program, by=request.user)
        return Response(self.get_serializer(one).data, status=201)

    @extend_schema(request=DecisionTextSerializer, responses={200: DecisionRecordSerializer, **REFUSED})
    @action(["post"], detail=True)
    def edit(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(DecisionTextSerializer)
        one = services.edit_decision(record=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(one).data)

    @extend_schema(responses={200: PreviewSerializer, **REFUSED})
    @action(["get"], detail=True)
    def preview(self, request: Request, slug: str, number: str) -> Response:
        """The text of a draft as it would be signed now; of a signed record, what was signed."""
        one = self.get_object()
        text = one.text
        if not one.signed_at:
            card = Scorecard.objects.select_related("program").get(program=self.program)
            text = decision.text_of(services.facts_now(card, request.user), one.rationale, one.dissent)
        return Response(PreviewSerializer({"text": text, "digest": decision.digest(text)}).data)

    @extend_schema(request=SeenDigestSerializer, responses={200: DecisionRecordSerializer, **REFUSED})
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(SeenDigestSerializer)
        one = services.sign_decision(record=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(one).data)
