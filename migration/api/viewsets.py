"""Data work over REST: runs, mapping, clusters, stages, samples, records, the sandbox."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import Count
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.jobs import queries as job_queries
from crmprogram.jobs import services as jobs
from crmprogram.program import audit
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import ProgressSerializer
from crmprogram.web.viewsets import REFUSED
from migration import queries, rejects
from migration.api import serializers as shapes
from migration.errors import LoadRefused, RunRefused
from migration.models import Cluster, Record, Run, RunRow, SampleAudit, SandboxRecord, Space, Stage
from migration.services import loading, mapping, matching, review, runs, sampling
from migration.services.lineage import sources_of
from migration.services.rows import load_rows

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
RUN = OpenApiParameter("run_number", OpenApiTypes.INT, OpenApiParameter.PATH)
ORDER = OpenApiParameter("order", OpenApiTypes.INT, OpenApiParameter.PATH)
Q = OpenApiParameter("q", OpenApiTypes.STR, description="words of name, company, mail or phone")


@extend_schema_view(
    list=extend_schema(responses={200: shapes.RunSerializer(many=True), **REFUSED}),
)
class RunViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Hygiene runs, by their number."""

    queryset = Run.objects.select_related("program", "job", "created_by", "mapping").annotate(
        file_count=Count("uploads", distinct=True)
    )
    serializer_class = shapes.RunSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "create": "data.run",
        "progress": "data.view",
        "start": "data.run",
        "stop": "data.run",
        "resume": "data.run",
        "cancel": "data.run",
        "mapping": "data.view",
        "change_mapping": "data.run",
        "sign_mapping": "data.run",
        "account": "data.view",
        "rejects": "data.view",
        "rejects_file": "data.view",
        "merges": "data.view",
        "sign_merges": "data.sign",
        "clear_rehearsal": "data.load",
    }

    @extend_schema(request=shapes.NewRunSerializer, responses={201: shapes.RunDetailSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Make a run over files that were read; its mapping is proposed and waits to be signed."""
        run = runs.create_run(program=self.program, by=request.user, **self.validated(shapes.NewRunSerializer))
        return Response(self._detail(run.number), status=201)

    @extend_schema(parameters=[NUMBER], responses={200: shapes.RunDetailSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], responses={200: ProgressSerializer, **REFUSED})
    @action(["get"], detail=True)
    def progress(self, request: Request, slug: str, number: str) -> Response:
        """How far the cleaning is; 409 before it was started."""
        run = self.get_object()
        if run.job is None:
            raise RunRefused(f"{run.code} has not been started.")
        return Response(ProgressSerializer(job_queries.progress(run.job)).data)

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.RunDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, number: str) -> Response:
        """Clean the run's files in the background. Codes: run_refused."""
        runs.start_run(run=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.RunDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def stop(self, request: Request, slug: str, number: str) -> Response:
        """Stop after the present part; what is done stays. Codes: job_refused, run_refused."""
        runs.stop_run(run=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.RunDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def resume(self, request: Request, slug: str, number: str) -> Response:
        """Go on from the last finished part. Codes: job_refused, run_refused."""
        runs.resume_run(run=self.get_object(), by=request.user)
        return Response(self._detail(number))

    @extend_schema(
        parameters=[NUMBER], request=shapes.ReasonSerializer, responses={200: shapes.RunDetailSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def cancel(self, request: Request, slug: str, number: str) -> Response:
        """Give the files back; what the run worked out is lost. Codes: run_refused."""
        runs.cancel_run(run=self.get_object(), by=request.user, **self.validated(shapes.ReasonSerializer))
        return Response(self._detail(number))

    @extend_schema(parameters=[NUMBER], responses={200: shapes.MappingSerializer, **REFUSED})
    @action(["get"], detail=True)
    def mapping(self, request: Request, slug: str, number: str) -> Response:
        """The mapping in force, column by column."""
        return Response(self._mapping())

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.MappingChangeSerializer,
        responses={200: shapes.MappingSerializer, **REFUSED},
    )
    @mapping.mapping.put
    def change_mapping(self, request: Request, slug: str, number: str) -> Response:
        """Correct columns; a signed version is copied into the next. Codes: invalid, run_refused."""
        mapping.change_mapping(run=self.get_object(), by=request.user, **self.validated(shapes.MappingChangeSerializer))
        return Response(self._mapping())

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.MappingSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="mapping/sign")
    def sign_mapping(self, request: Request, slug: str, number: str) -> Response:
        """Sign the mapping in force. Codes: mapping_incomplete, with `details.missing`."""
        mapping.sign_mapping(run=self.get_object(), by=request.user)
        return Response(self._mapping())

    @extend_schema(parameters=[NUMBER], responses={200: shapes.AccountSerializer, **REFUSED})
    @action(["get"], detail=True)
    def account(self, request: Request, slug: str, number: str) -> Response:
        """The account, counted from the rows at this moment."""
        account = matching.account_of(self.get_object())
        data = {
            **matching.counts_of(account),
            "balanced": account.balanced,
            "difference": account.difference,
            "says": account.says(),
        }
        return Response(shapes.AccountSerializer(data).data)

    @extend_schema(parameters=[NUMBER], responses={200: shapes.RejectSerializer(many=True), **REFUSED})
    @action(["get"], detail=True)
    def rejects(self, request: Request, slug: str, number: str) -> Response:
        """Rows that cannot be imported as they are, with file, line and reasons."""
        run = self.get_object()
        page = self.paginate_queryset(rejects.rejected_rows(run))
        return self.get_paginated_response(shapes.RejectSerializer(rejects.with_reasons(run, page), many=True).data)

    @extend_schema(
        parameters=[NUMBER],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The rejects, to be mended."), **REFUSED},
    )
    @action(["get"], detail=True, url_path="rejects.csv")
    def rejects_file(self, request: Request, slug: str, number: str) -> StreamingHttpResponse:
        """The rejects as CSV, safe to open in a spreadsheet."""
        run = self.get_object()
        audit.record(by=request.user, verb="rejects.downloaded", subject=run)
        response = StreamingHttpResponse(rejects.lines(run), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="rejects-{run.code}.csv"'
        return response

    @extend_schema(
        parameters=[NUMBER, OpenApiParameter("seed", OpenApiTypes.INT)],
        responses={200: shapes.MergeSampleSerializer, **REFUSED},
    )
    @action(["get"], detail=True)
    def merges(self, request: Request, slug: str, number: str) -> Response:
        """The seeded sample of automatic merges that has to be looked at before they are signed."""
        run = self.get_object()
        if not run.is_cleaned:
            raise LoadRefused(f"{run.code} is not cleaned yet.")
        given = request.query_params.get("seed", "")
        seed = (
            int(given) if given.isdigit() and 0 < int(given) < 1_000_000 else random.SystemRandom().randint(1, 999_999)
        )
        data = {
            "seed": seed,
            "digest": loading.merge_digest(run),
            "merges": loading.automatic_merges(run).count(),
            "sample": loading.merge_sample(run, seed),
            "signed": loading.standing_signature(run) is not None,
        }
        return Response(shapes.MergeSampleSerializer(data).data)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.SignMergesSerializer,
        responses={201: shapes.MergeSignatureSerializer, **REFUSED},
    )
    @action(["post"], detail=True, url_path="merges/sign")
    def sign_merges(self, request: Request, slug: str, number: str) -> Response:
        """Sign the merge summary. Codes: load_refused with `details.missing`, conflict."""
        signature = loading.sign_merges(
            run=self.get_object(), by=request.user, **self.validated(shapes.SignMergesSerializer)
        )
        return Response(shapes.MergeSignatureSerializer(signature).data, status=201)

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.RunDetailSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="rehearsal/clear")
    def clear_rehearsal(self, request: Request, slug: str, number: str) -> Response:
        """Take the run's records out of the rehearsal. Codes: run_refused."""
        runs.clear_rehearsal(run=self.get_object(), by=request.user)
        return Response(self._detail(number))

    def _detail(self, number: Any) -> dict[str, Any]:
        run = get_object_or_404(self.get_queryset(), number=number)
        counts = queries.review_counts(run)
        return shapes.RunDetailSerializer(
            {
                "run": run,
                "files": [one.code for one in run.uploads.order_by("pk")],
                "quality": queries.quality(run, counts),
                "problems": queries.problems(run),
                "review": counts,
                "merges_signed": run.is_cleaned and loading.standing_signature(run) is not None,
                "log": run.summary.get("log", []),
            }
        ).data

    def _mapping(self) -> dict[str, Any]:
        found = Run.objects.get(pk=self.get_object().pk).mapping
        found.missing = mapping.missing_sentences(found)
        return shapes.MappingSerializer(found).data

    @property
    def page_ordering(self) -> str:
        return "pk" if self.action == "rejects" else "-pk"


class OfRun(ProgramViewSet):
    """What belongs to one run: `run_number` in the address."""

    def run(self) -> Run:
        found = Run.objects.of(self.program).select_related("program", "job", "mapping")
        return get_object_or_404(found, number=self.kwargs["run_number"])

    def get_queryset(self):
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        return found.filter(run=self.run())


@extend_schema_view(
    list=extend_schema(
        parameters=[RUN, OpenApiParameter("state", OpenApiTypes.STR)],
        responses={200: shapes.ClusterSerializer(many=True), **REFUSED},
    ),
)
class ClusterViewSet(mixins.ListModelMixin, OfRun):
    """Clusters of a run, highest score first; `?state=open` gives those that wait for a person."""

    queryset = Cluster.objects.select_related("decided_by", "run__program")
    serializer_class = shapes.ClusterSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    page_ordering = "number"
    rights = {
        "list": "data.view",
        "retrieve": "data.view",
        "merge": "data.review",
        "split": "data.review",
        "undo": "data.review",
    }

    def filter_queryset(self, queryset):
        state = self.request.query_params.get("state", "")
        return queryset.filter(state=state) if state and self.action == "list" else queryset

    @extend_schema(parameters=[RUN, NUMBER], responses={200: shapes.ClusterDetailSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """One cluster with its records, why they may be one, and what was decided."""
        return Response(self._detail())

    @extend_schema(
        parameters=[RUN, NUMBER],
        request=shapes.MergeClusterSerializer,
        responses={200: shapes.ClusterDetailSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def merge(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Merge records of the cluster. Codes: decision_refused, conflict, invalid."""
        data = self.validated(shapes.MergeClusterSerializer)
        data["fields"] = data.pop("fields_from")
        review.merge_cluster(cluster=self.get_object(), by=request.user, **data)
        return Response(self._detail())

    @extend_schema(
        parameters=[RUN, NUMBER],
        request=shapes.SeenDecisionSerializer,
        responses={200: shapes.ClusterDetailSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def split(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Say that its records are not the same. Codes: decision_refused, conflict."""
        review.split_cluster(
            cluster=self.get_object(), by=request.user, **self.validated(shapes.SeenDecisionSerializer)
        )
        return Response(self._detail())

    @extend_schema(
        parameters=[RUN, NUMBER],
        request=shapes.SeenDecisionSerializer,
        responses={200: shapes.ClusterDetailSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def undo(self, request: Request, slug: str, run_number: str, number: str) -> Response:
        """Take back the last decision about it. Codes: decision_refused, conflict."""
        review.undo_decision(
            cluster=self.get_object(), by=request.user, **self.validated(shapes.SeenDecisionSerializer)
        )
        return Response(self._detail())

    def _detail(self) -> dict[str, Any]:
        cluster = self.get_object()
        cluster.run = self.run()
        keys = dict(RunRow.objects.filter(cluster=cluster).order_by("key").values_list("pk", "key")[:200])
        rows = sorted(load_rows(cluster.run, keys), key=lambda one: one.key)
        return shapes.ClusterDetailSerializer(
            {
                "cluster": cluster,
                "members": rows,
                "pairs": [matching.from_json(one) for one in cluster.pairs],
                "history": queries.history_of(cluster),
                "seen": review.last_decision(cluster),
            }
        ).data


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

    @extend_schema(parameters=[RUN, ORDER], request=None, responses={200: shapes.StageSerializer, **REFUSED})
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, run_number: str, order: str) -> Response:
        """Load what is ready. Codes: load_refused with the sentence, gate_not_passed for a live load."""
        loading.start_stage(stage=self.get_object(), by=request.user)
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
        return queries.records_of(
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
        data = {"record": record, "sources": sources, "decisions": queries.decisions_about(record)}
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
        for word in self.request.query_params.get("q", "").casefold().split()[:5]:
            queryset = queryset.filter(search__contains=word)
        return queryset
