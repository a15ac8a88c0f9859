"""Shared review over REST: bands, second looks, decisions, what is to be taken back."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from migration.api import serializers_review as shapes
from migration.api.viewsets import NUMBER, RUN, OfRun
from migration.models import Band, Decision, RevertItem, SecondLook
from migration.services import bands, reverts, review, second_looks


@extend_schema_view(
    list=extend_schema(parameters=[RUN], responses={200: shapes.BandSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(parameters=[RUN, NUMBER], responses={200: shapes.BandSerializer, **REFUSED}),
)
class BandViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfRun):
    """Bands of likelihood of a run, judged by a sample and accepted as one decision (H2)."""

    queryset = Band.objects.select_related("run__program", "drawn_by", "accepted_by", "undone_by", "job")
    serializer_class = shapes.BandSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    page_ordering = "number"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "create": "data.review",
        "judge": "data.review",
        "accept": "data.sign",
        "undo": "data.sign",
    }

    @extend_schema(
        parameters=[RUN], request=shapes.DrawBandSerializer, responses={201: shapes.BandSerializer, **REFUSED}
    )
    def create(self, request: Request, slug: str, run_number: str) -> Response:
        """Draw a seeded sample of 100 of the band's open clusters. Codes: decision_refused, invalid."""
        band = bands.draw_band(run=self.run(), by=request.user, **self.validated(shapes.DrawBandSerializer))
        return Response(shapes.BandSerializer(band).data, status=201)

    @extend_schema(
        parameters=[RUN, NUMBER],
        request=shapes.JudgeBandSerializer,
        responses={200: shapes.BandSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def judge(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Judge sampled clusters. Codes: decision_refused, invalid."""
        told = self.validated(shapes.JudgeBandSerializer)["judged"]
        judged = {one["number"]: one["right"] for one in told}
        bands.judge_band(band=self.get_object(), by=request.user, judged=judged)
        return Response(shapes.BandSerializer(self.get_object()).data)

    @extend_schema(parameters=[RUN, NUMBER], request=None, responses={200: shapes.BandSerializer, **REFUSED})
    @action(["post"], detail=True)
    def accept(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Decide every open cluster of the band, in the background. Codes: decision_refused, conflict."""
        bands.accept_band(band=self.get_object(), by=request.user)
        return Response(shapes.BandSerializer(self.get_object()).data)

    @extend_schema(parameters=[RUN, NUMBER], request=None, responses={200: shapes.BandSerializer, **REFUSED})
    @action(["post"], detail=True)
    def undo(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Take the whole band back, in the background. Codes: decision_refused."""
        bands.undo_band(band=self.get_object(), by=request.user)
        return Response(shapes.BandSerializer(self.get_object()).data)


@extend_schema_view(
    list=extend_schema(parameters=[RUN], responses={200: shapes.SecondLookSerializer(many=True), **REFUSED}),
)
class SecondLookViewSet(mixins.ListModelMixin, OfRun):
    """Cases that wait for the caller's second look, blind; and how far people agree."""

    queryset = SecondLook.objects.select_related("cluster", "run__program")
    serializer_class = shapes.SecondLookSerializer
    lookup_value_regex = r"\d{1,9}"
    page_ordering = "pk"
    rights = {"list": "data.review", "answer": "data.review", "agreement": "data.view"}

    def get_queryset(self):
        found = super().get_queryset()
        return found if getattr(self, "swagger_fake_view", False) else found.exclude(first_by=self.request.user)

    def filter_queryset(self, queryset):
        return queryset.waiting() if self.action == "list" else queryset

    @extend_schema(
        parameters=[RUN, OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)],
        request=shapes.VerdictSerializer,
        responses={204: None, **REFUSED},
    )
    @action(["post"], detail=True)
    def answer(self, request: Request, slug: str, run_number: str, pk: str) -> Response:
        """Give the second verdict; it changes nothing. Codes: decision_refused."""
        second_looks.answer_second_look(
            look=self.get_object(), by=request.user, **self.validated(shapes.VerdictSerializer)
        )
        return Response(status=204)

    @extend_schema(parameters=[RUN], responses={200: shapes.AgreementSerializer, **REFUSED})
    @action(["get"], detail=False, pagination_class=None)
    def agreement(self, request: Request, slug: str, run_number: str) -> Response:
        """Percent of agreement and Cohen's kappa."""
        return Response(shapes.AgreementSerializer(second_looks.agreement_of(self.run())).data)


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("key", OpenApiTypes.STR), OpenApiParameter("kind", OpenApiTypes.STR)],
        responses={200: shapes.ProgramDecisionSerializer(many=True), **REFUSED},
    ),
    retrieve=extend_schema(responses={200: shapes.ProgramDecisionSerializer, **REFUSED}),
)
class DecisionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """What people decided about records: obeyed by every later run, taken back at any time (H0)."""

    queryset = Decision.objects.select_related("program", "by", "superseded_by")
    serializer_class = shapes.ProgramDecisionSerializer
    rights = {"list": "data.view", "retrieve": "data.view", "take_back": "data.review"}

    def filter_queryset(self, queryset):
        given = self.request.query_params
        if self.action == "list" and given.get("kind"):
            queryset = queryset.filter(kind=given["kind"])
        if self.action == "list" and given.get("key"):
            queryset = queryset.filter(pk__in=Decision.objects.filter(key_rows__key=given["key"]).values("pk"))
        return queryset

    @extend_schema(request=None, responses={200: shapes.ProgramDecisionSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="take-back")
    def take_back(self, request: Request, slug: str, pk: str) -> Response:
        """Take the decision back in every current run. Codes: decision_refused, conflict."""
        review.take_back(decision=self.get_object(), by=request.user)
        return Response(shapes.ProgramDecisionSerializer(self.get_object()).data)


@extend_schema_view(
    list=extend_schema(parameters=[RUN], responses={200: shapes.RevertSerializer(many=True), **REFUSED}),
)
class RevertViewSet(mixins.ListModelMixin, OfRun):
    """Loaded records that later decisions changed, and the act that takes their loads back."""

    queryset = RevertItem.objects.select_related("stage", "record", "stage__run__program")
    serializer_class = shapes.RevertSerializer
    page_ordering = "pk"
    rights = {"list": "data.view", "take_back": "data.load"}

    def get_queryset(self):
        found = ProgramViewSet.get_queryset(self)  # its run is the stage's
        return found if getattr(self, "swagger_fake_view", False) else found.filter(stage__run=self.run())

    @extend_schema(parameters=[RUN], request=None, responses={200: shapes.RevertSerializer(many=True), **REFUSED})
    @action(["post"], detail=False, url_path="take-back", pagination_class=None)
    def take_back(self, request: Request, slug: str, run_number: str) -> Response:
        """Take what is queued out of the target. Codes: load_refused."""
        run = self.run()
        reverts.take_back_loads(run=run, by=request.user)
        return Response(shapes.RevertSerializer(reverts.settled(run)[:200], many=True).data)
