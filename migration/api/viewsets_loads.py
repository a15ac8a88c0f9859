"""Loads over REST: stages, samples, records and the sandbox."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.jobs import services as jobs
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from migration import finding, queries
from migration.api import serializers as shapes
from migration.api.viewsets import RUN, OfRun
from migration.errors import LoadRefused
from migration.models import Record, SampleAudit, SandboxRecord, Space, Stage
from migration.services import loading, rollback, sampling
from migration.services.lineage import sources_of
from migration.services.pointers import pointers_of

ORDER = OpenApiParameter("order", OpenApiTypes.INT, OpenApiParameter.PATH)
Q = OpenApiParameter("q", OpenApiTypes.STR, description="words of name, company, mail or phone")


@extend_schema_view(
    list=extend_schema(parameters=[RUN], responses={200: shapes.StageSerializer(many=True), **REFUSED}),
)
class StageViewSet(mixins.ListModelMixin, OfRun):
    """Stages of a run's import, in their order. Rehearsals only, until Gate 2 has passed (G6)."""

    queryset = Stage.objects.select_related("run__program", "run__job", "job")
    serializer_class = shapes.StageSerializer
    lookup_field = "order"
    lookup_value_regex = r"\d"
    page_ordering = "order"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "start": "data.load",
        "stop": "data.load",
        "resume": "data.load",
        "roll_back": "data.load",
        "draw": "data.load",
    }

    def get_queryset(self):
        return super().get_queryset().filter(space=Space.REHEARSAL)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([self._shown(one) for one in page])

    @extend_schema(parameters=[RUN, ORDER], responses={200: shapes.StageSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        return Response(self._shown(self.get_object()))

    @extend_schema(
        parameters=[RUN, ORDER], request=shapes.StartStageSerializer, responses={200: shapes.StageSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Load what is ready. Codes: load_refused with the sentence, gate_not_passed for a live load."""
        live = self.validated(shapes.StartStageSerializer)["space"] == Space.LIVE
        start = loading.start_live_stage if live else loading.start_stage
        start(stage=self.get_object(), by=request.user)
        return Response(self._shown(self.get_object()))

    @extend_schema(parameters=[RUN, ORDER], request=None, responses={200: shapes.StageSerializer, **REFUSED})
    @action(["post"], detail=True)
    def stop(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Stop the load after its present part. Codes: job_refused, load_refused."""
        jobs.stop_job(job=self._job(), by=request.user)
        return Response(self._shown(self.get_object()))

    @extend_schema(parameters=[RUN, ORDER], request=None, responses={200: shapes.StageSerializer, **REFUSED})
    @action(["post"], detail=True)
    def resume(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Go on with a stopped load. Codes: job_refused, load_refused."""
        jobs.resume_job(job=self._job(), by=request.user)
        return Response(self._shown(self.get_object()))

    @extend_schema(parameters=[RUN, ORDER], request=None, responses={200: shapes.StageSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="roll-back")
    def roll_back(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Take the stage out of the target again, in the background. Codes: load_refused."""
        rollback.roll_back_stage(stage=self.get_object(), by=request.user)
        return Response(self._shown(self.get_object()))

    @extend_schema(
        parameters=[RUN, ORDER], request=shapes.DrawSerializer, responses={201: shapes.SampleSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def draw(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Draw up to 100 loaded records to be compared with their source. Codes: sample_refused."""
        drawn = sampling.draw_sample(stage=self.get_object(), by=request.user, **self.validated(shapes.DrawSerializer))
        return Response(shapes.SampleSerializer(drawn).data, status=201)

    def _job(self) -> Any:
        stage = self.get_object()
        if stage.job is None:
            raise LoadRefused("The stage has not been started.")
        return stage.job

    def _shown(self, stage: Stage) -> dict[str, Any]:
        stage.ready = loading.ready_records(stage).count()
        stage.held = Record.objects.filter(run=stage.run_id, stage=stage.name, state="held").count()
        stage.why_not = loading.refusal(stage)
        return shapes.StageSerializer(stage).data


@extend_schema_view(
    list=extend_schema(responses={200: shapes.SampleSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.SampleSerializer, **REFUSED}),
)
class SampleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Sample audits of loaded stages (H8)."""

    queryset = SampleAudit.objects.select_related("stage__run__program", "drawn_by", "signed_by")
    serializer_class = shapes.SampleSerializer
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "items": "data.view",
        "answer": "data.load",
        "sign": "data.sign",
    }

    @extend_schema(responses={200: shapes.SampleItemSerializer(many=True), **REFUSED})
    @action(["get"], detail=True)
    def items(self, request: Request, slug: str, pk: str) -> Response:
        """The drawn records, each compared with its source line by line."""
        found = self.get_object().items.select_related("record", "answered_by")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(shapes.SampleItemSerializer(page, many=True).data)

    @extend_schema(request=shapes.AnswersSerializer, responses={200: shapes.SampleSerializer, **REFUSED})
    @action(["post"], detail=True)
    def answer(self, request: Request, slug: str, pk: str) -> Response:
        """Say of records whether they match their source. Codes: sample_refused, invalid."""
        sampling.answer_sample(audit=self.get_object(), by=request.user, **self.validated(shapes.AnswersSerializer))
        return Response(shapes.SampleSerializer(self.get_object()).data)

    @extend_schema(request=None, responses={200: shapes.SampleSerializer, **REFUSED})
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, pk: str) -> Response:
        """Sign the sample; without an error it validates the stage. Codes: sample_refused."""
        sampling.sign_sample(audit=self.get_object(), by=request.user)
        return Response(shapes.SampleSerializer(self.get_object()).data)

    @property
    def page_ordering(self) -> str:
        return "no" if self.action == "items" else "-pk"


@extend_schema_view(
    list=extend_schema(
        parameters=[RUN, Q, OpenApiParameter("state", OpenApiTypes.STR), OpenApiParameter("problem", OpenApiTypes.STR)],
        responses={200: shapes.RecordSerializer(many=True), **REFUSED},
    ),
)
class RecordViewSet(mixins.ListModelMixin, OfRun):
    """Cleaned records of a run; those merged into another come only with `?state=absorbed`."""

    queryset = Record.objects.select_related("run__program", "run__mapping", "program")
    serializer_class = shapes.RecordSerializer
    page_ordering = "pk"
    rights = {"list": "data.view", "retrieve": "data.view"}

    def filter_queryset(self, queryset):
        if self.action != "list":
            return queryset
        given = self.request.query_params
        return finding.records_of(
            self.run(), state=given.get("state", ""), problem=given.get("problem", ""), text=given.get("q", "")
        )

    @extend_schema(
        parameters=[RUN, OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={200: shapes.LineageSerializer, **REFUSED},
    )
    def retrieve(self, request: Request, slug: str, run_number: str, pk: str) -> Response:
        """One record with its source rows, the rules and the people that made it (H0)."""
        record = self.get_object()
        sources = [
            {
                "upload": one.row.upload.number,
                "line": one.row.line,
                "state": one.row.state,
                "key": one.key,
                "fields_read": one.fields,
            }
            for one in sources_of(record)
        ]
        data = {
            "record": record,
            "pointers": pointers_of(record),
            "sources": sources,
            "decisions": queries.decisions_about(record),
        }
        return Response(shapes.LineageSerializer(data).data)


@extend_schema_view(
    list=extend_schema(parameters=[Q], responses={200: shapes.SandboxRecordSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.SandboxRecordSerializer, **REFUSED}),
)
class SandboxRecordViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """What stands in the built-in target."""

    queryset = SandboxRecord.objects.select_related("program")
    serializer_class = shapes.SandboxRecordSerializer
    page_ordering = "pk"
    rights = {"list": "data.view", "retrieve": "data.view"}

    def filter_queryset(self, queryset):
        searched = queryset.filter(space__in=Space.values)
        return finding.with_words(queryset, searched, self.request.query_params.get("q", ""))
