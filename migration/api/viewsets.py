"""Data work over REST: runs, mapping, clusters, stages, samples, records, the sandbox."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import Count, prefetch_related_objects
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.jobs import queries as job_queries
from crmprogram.program import audit
from crmprogram.program.errors import Invalid
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.params import whole_number
from crmprogram.web.serializers import ProgressSerializer
from crmprogram.web.viewsets import REFUSED
from migration import queries, rejects
from migration.api import serializers as shapes
from migration.api.serializers_upkeep import FacetRowsSerializer
from migration.errors import LoadRefused, RunRefused
from migration.models import Cluster, Run, RunRow
from migration.services import accounting, clusters, facets, mapping, merges, review, rollback, runs
from migration.services.rows import load_rows

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
RUN = OpenApiParameter("run_number", OpenApiTypes.INT, OpenApiParameter.PATH)


@extend_schema_view(
    list=extend_schema(responses={200: shapes.RunSerializer(many=True), **REFUSED}),
)
class RunViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Hygiene runs, by their number."""

    queryset = Run.objects.select_related("program", "job", "created_by", "mapping", "migration_set").annotate(
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
        "profile": "data.view",
        "rows": "data.view",
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

    @extend_schema(parameters=[NUMBER], responses={200: shapes.ProfileColumnSerializer(many=True), **REFUSED})
    @action(["get"], detail=True, pagination_class=None)
    def profile(self, request: Request, slug: str, number: str) -> Response:
        """What is in each field before anything is changed; empty before the run was profiled."""
        return Response(shapes.ProfileColumnSerializer(queries.profile_columns(self.get_object()), many=True).data)

    @extend_schema(
        parameters=[
            NUMBER,
            OpenApiParameter("field", OpenApiTypes.STR, required=True),
            OpenApiParameter("kind", OpenApiTypes.STR, required=True, enum=list(facets.KINDS)),
            OpenApiParameter("value", OpenApiTypes.STR, description="of the field, its pattern, or a rule's code"),
            OpenApiParameter("after", OpenApiTypes.INT),
            OpenApiParameter("before", OpenApiTypes.INT),
        ],
        responses={200: FacetRowsSerializer, **REFUSED},
    )
    @action(["get"], detail=True, pagination_class=None)
    def rows(self, request: Request, slug: str, number: str) -> Response:
        """The source rows behind a number of the profile, 50 at a time. Codes: invalid."""
        run, given = self.get_object(), request.query_params
        if given.get("kind") not in facets.KINDS:
            raise Invalid(f"Ask for one of {', '.join(facets.KINDS)}.", field="kind")
        asked = {"field": given.get("field", ""), "kind": given["kind"], "value": given.get("value", "")[:300]}
        marks = {name: whole_number(given.get(name, "")) for name in ("after", "before")}
        found, total = facets.rows_where(run, **asked, **marks), facets.total_of(run, **asked)
        states, files = found.states(), dict(run.uploads.values_list("pk", "number"))
        told = {
            "count": total.rows if total else None,
            "count_is_exact": total is not None and total.is_exact,
            "after": found.after,
            "before": found.before,
            "rows": [
                {"id": row.pk, "upload": files[row.upload_id], "line": row.line, "value": text, "state": states[row.pk]}
                for row, text in found.rows
            ],
        }
        return Response(FacetRowsSerializer(told).data)

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
        account = accounting.account_of(self.get_object())
        data = {
            **accounting.counts_of(account),
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
        given = whole_number(request.query_params.get("seed", ""))
        seed = given if 0 < given < 1_000_000 else random.SystemRandom().randint(1, 999_999)
        data = {
            "seed": seed,
            "digest": merges.merge_digest(run),
            "merges": merges.automatic_merges(run).count(),
            "sample": merges.merge_sample(run, seed),
            "signed": merges.standing_signature(run) is not None,
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
        signature = merges.sign_merges(
            run=self.get_object(), by=request.user, **self.validated(shapes.SignMergesSerializer)
        )
        return Response(shapes.MergeSignatureSerializer(signature).data, status=201)

    @extend_schema(parameters=[NUMBER], request=None, responses={200: shapes.RunDetailSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="rehearsal/clear")
    def clear_rehearsal(self, request: Request, slug: str, number: str) -> Response:
        """Take the run's records out of the rehearsal, in the background. Codes: run_refused."""
        rollback.clear_rehearsal(run=self.get_object(), by=request.user)
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
                "merges_signed": run.is_cleaned and merges.standing_signature(run) is not None,
                "log": run.summary.get("log", []),
            }
        ).data

    def _mapping(self) -> dict[str, Any]:
        found = Run.objects.get(pk=self.get_object().pk).mapping
        found.missing = mapping.missing_sentences(found)
        prefetch_related_objects([found], "columns__upload")
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

    queryset = Cluster.objects.select_related("decided_by", "run__program").defer("run__summary")
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
                "pairs": [clusters.from_json(one) for one in cluster.pairs],
                "history": queries.history_of(cluster),
                "seen": review.last_decision(cluster),
            }
        ).data
