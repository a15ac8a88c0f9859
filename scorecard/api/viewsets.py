"""Pick over REST: the same services as the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from scorecard import queries, scoring, table, workbook
from scorecard.api import firmness as firm
from scorecard.api import serializers
from scorecard.errors import RatingRefused, WeightsRefused
from scorecard.models import Contract, Criterion, Demo, Rater, Reference, Scorecard, Selection, Vendor
from scorecard.services import card, evidence, simulations, vendors


def _listed(serializer: type) -> Any:
    return extend_schema(responses={200: serializer(many=True), **REFUSED})


@extend_schema_view(
    list=_listed(serializers.VendorSerializer),
    retrieve=extend_schema(responses={200: serializers.VendorSerializer, **REFUSED}),
)
class VendorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Vendors and their way through the lists (V1)."""

    queryset = Vendor.objects.prefetch_related("moves__by")
    serializer_class = serializers.VendorSerializer
    rights = {
        "list": "scorecard.view",
        "retrieve": "scorecard.view",
        "create": "scorecard.edit",
        "partial_update": "scorecard.edit",
        "move": "scorecard.edit",
        "select": "scorecard.select",
        "withdraw": "scorecard.select",
        "coverage": "scorecard.view",
        "cover": "scorecard.record",
    }

    @extend_schema(responses={201: serializers.VendorSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.VendorSerializer)
        vendor = vendors.add_vendor(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(vendor).data, status=201)

    @extend_schema(responses={200: serializers.VendorSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        """Mend its name, edition, what it is made for, or the note."""
        vendor = self.get_object()
        serializer = self.get_serializer(vendor, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        vendors.edit_vendor(vendor=vendor, by=request.user, **serializer.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=serializers.VendorListSerializer, responses={200: serializers.VendorSerializer, **REFUSED})
    @action(["post"], detail=True)
    def move(self, request: Request, slug: str, pk: str) -> Response:
        data = self.validated(serializers.VendorListSerializer)
        vendors.move_vendor(vendor=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=serializers.RationaleSerializer, responses={200: serializers.SelectionSerializer, **REFUSED})
    @action(["post"], detail=True)
    def select(self, request: Request, slug: str, pk: str) -> Response:
        """Select the finalist; refused before Gate 1 (G6) and for one that is eliminated (V4, V5)."""
        data = self.validated(serializers.RationaleSerializer)
        selection = vendors.select_vendor(vendor=self.get_object(), by=request.user, **data)
        return Response(serializers.SelectionSerializer(selection).data)

    @extend_schema(
        request=serializers.PickReasonSerializer, responses={200: serializers.SelectionSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def withdraw(self, request: Request, slug: str, pk: str) -> Response:
        """Take the selection of this vendor back."""
        data = self.validated(serializers.PickReasonSerializer)
        standing = (
            Selection.objects.of(self.program).filter(vendor=self.get_object(), withdrawn_at__isnull=True).first()
        )
        if standing is None:
            raise NotFound("This vendor is not selected.")
        selection = vendors.withdraw_selection(selection=standing, by=request.user, **data)
        return Response(serializers.SelectionSerializer(selection).data)

    @extend_schema(responses={200: serializers.CoverageSerializer(many=True), **REFUSED})
    @action(["get"], detail=True, pagination_class=None)
    def coverage(self, request: Request, slug: str, pk: str) -> Response:
        """Which must-haves the vendor covers (V5)."""
        return Response(serializers.CoverageSerializer(self.get_object().coverages.all(), many=True).data)

    @extend_schema(
        request=serializers.CoverageChangeSerializer, responses={200: serializers.CoverageSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def cover(self, request: Request, slug: str, pk: str) -> Response:
        data = self.validated(serializers.CoverageChangeSerializer)
        one = evidence.set_coverage(vendor=self.get_object(), by=request.user, **data)
        return Response(serializers.CoverageSerializer(one).data)


class ScorecardViewSet(ProgramViewSet):
    """The matrix, its weights, consensus values."""

    queryset = Scorecard.objects.select_related("program")
    serializer_class = serializers.ScorecardMatrixSerializer
    rights = {
        "list": "scorecard.view",
        "firmness": "scorecard.view",
        "what_if": "scorecard.view",
        "book": "scorecard.view",
        "simulate": "scorecard.simulate",
        "weights": "scorecard.edit",
        "consensus": "scorecard.consensus",
    }
    pagination_class = None

    @property
    def card(self) -> Scorecard:
        found = self.get_queryset().first()
        if found is None:
            raise NotFound("This program keeps no scorecard.")
        return found

    @extend_schema(operation_id="scorecard_matrix", responses={200: serializers.ScorecardMatrixSerializer, **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        """The matrix with totals, vetoes and ranks; 409 for a rater who has not submitted (V3)."""
        return Response(self.matrix())

    @extend_schema(
        responses={
            (200, workbook.CONTENT_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "Sheets Matrix, Ratings and Costs."),
            **REFUSED,
        }
    )
    @action(["get"], detail=False, url_path="matrix.xlsx", pagination_class=None)
    def book(self, request: Request, slug: str) -> HttpResponse:
        """The matrix as a workbook, with the ratings you may see; 409 for a rater who has not submitted (V3)."""
        card.refuse_blind(self.card, request.user)
        return workbook.response(queries.load_matrix(self.card), request.user)

    @extend_schema(
        request=serializers.WeightsSerializer, responses={200: serializers.ScorecardMatrixSerializer, **REFUSED}
    )
    @action(["post"], detail=False)
    def weights(self, request: Request, slug: str) -> Response:
        """Set all weights; `what-if` shows the ranking they give before anything is saved (V3)."""
        data = self.validated(serializers.WeightsSerializer)
        card.refuse_blind(self.card, request.user)  # the answer is the matrix
        card.set_weights(scorecard=self.card, by=request.user, **data)
        return Response(self.matrix())

    @extend_schema(
        request=serializers.ConsensusSerializer, responses={200: serializers.ScorecardMatrixSerializer, **REFUSED}
    )
    @action(["post"], detail=False)
    def consensus(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.ConsensusSerializer)
        card.settle_cell(by=request.user, **data)
        return Response(self.matrix())

    @extend_schema(responses={200: firm.FirmnessSerializer, **REFUSED})
    @action(["get"], detail=False, pagination_class=None)
    def firmness(self, request: Request, slug: str) -> Response:
        """What would have to change for another vendor to lead (V10); 409 for a rater who has not submitted."""
        card.refuse_blind(self.card, request.user)
        return Response(firm.firmness_data(queries.load_matrix(self.card)))

    @extend_schema(request=firm.SimulationSerializer, responses={201: firm.SimulationSerializer, **REFUSED})
    @action(["post"], detail=False, pagination_class=None)
    def simulate(self, request: Request, slug: str) -> Response:
        """Begin a simulation on the ratings as they are; `firmness` has the result when its job is done."""
        data = self.validated(firm.SimulationSerializer)
        one = simulations.start_simulation(scorecard=self.card, by=request.user, **data)
        shown = firm.simulation_shown(one, queries.load_matrix(self.card))
        return Response(firm.SimulationSerializer(shown).data, status=201)

    @extend_schema(
        request=serializers.WhatIfSerializer, responses={200: serializers.ScorecardMatrixSerializer, **REFUSED}
    )
    @action(["post"], detail=False, url_path="what-if")
    def what_if(self, request: Request, slug: str) -> Response:
        """Other weights and other ratings on a copy; computed only, nothing is written."""
        data = self.validated(serializers.WhatIfSerializer)
        scores = {(one["vendor"], one["criterion"]): one["score"] for one in data.get("ratings", [])}
        return Response(self.matrix(data["weights"], scores))

    def matrix(self, weights: dict[int, int] | None = None, scores: Mapping[tuple[int, int], int] | None = None) -> Any:
        card.refuse_blind(self.card, self.request.user)
        matrix = queries.load_matrix(self.card)
        if weights is not None:
            if set(weights) != {one.pk for one in matrix.criteria}:
                raise WeightsRefused("Give a weight to every criterion, 0 for one that shall not count.")
            if problem := scoring.weights_problem(list(weights.values())):
                raise WeightsRefused(problem)
            matrix = queries.with_weights(matrix, weights)
        if scores:
            known = {(vendor.pk, one.pk) for vendor in matrix.vendors for one in matrix.criteria}
            if unknown := sorted(scores.keys() - known):
                raise RatingRefused(
                    f"Vendor {unknown[0][0]} has no cell for criterion {unknown[0][1]} on the short list."
                )
            matrix = queries.with_ratings(matrix, scores)
        laid = table.build(matrix)
        columns = [
            {
                "vendor": one.vendor.pk,
                "name": one.vendor.name,
                "standing": str(one.score.standing),
                "said": one.said,
                "total": _interval(one.score.total),
                "rank": one.score.rank,
                "rank_by_total": one.score.rank_by_total,
                "must_haves_missing": [capability.name for capability in one.missing],
                "cells": [
                    {
                        "criterion": int(key),
                        "mean": table.two(cell.mean) or None,
                        "score": _interval(cell.score),
                        "ratings": len(matrix.cells.get((one.vendor.pk, int(key)), [])),
                        "veto": str(cell.veto),
                    }
                    for key, cell in one.score.cells.items()
                ],
            }
            for one in laid.columns
        ]
        return serializers.ScorecardMatrixSerializer(
            {
                "version": matrix.card.version,
                "weights_locked_at": matrix.card.weights_locked_at,
                "margin": matrix.card.margin,
                "finding": laid.finding,
                "raters": len(matrix.raters),
                "raters_submitted": len(matrix.raters) - len(matrix.late),
                "criteria": matrix.criteria,
                "columns": columns,
            }
        ).data


def _interval(interval: Any) -> dict[str, str]:
    return {"low": table.two(interval.low), "high": table.two(interval.high)}


@extend_schema_view(list=_listed(serializers.ScorecardCriterionSerializer))
class CriterionViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Criteria with anchors and veto floors (V2, V4). Weights are set together: `scorecard/weights`."""

    queryset = Criterion.objects.select_related("scorecard__program")
    serializer_class = serializers.ScorecardCriterionSerializer
    rights = {
        "list": "scorecard.view",
        "create": "scorecard.edit",
        "partial_update": "scorecard.edit",
        "remove": "scorecard.edit",
        "template": "scorecard.edit",
    }
    page_ordering = ("order", "pk")

    @extend_schema(
        request=serializers.TemplateSerializer,
        responses={200: serializers.ScorecardCriterionSerializer(many=True), **REFUSED},
    )
    @action(["post"], detail=False, pagination_class=None)
    def template(self, request: Request, slug: str) -> Response:
        """Put a template's criteria in place of all there are; refused once somebody rated."""
        data = self.validated(serializers.TemplateSerializer)
        board = card.use_template(scorecard=Scorecard.objects.get(program=self.program), by=request.user, **data)
        return Response(self.get_serializer(board.criteria.all(), many=True).data)

    @extend_schema(responses={201: serializers.ScorecardCriterionSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.ScorecardCriterionSerializer)
        board = Scorecard.objects.get(program=self.program)
        one = card.save_criterion(scorecard=board, by=request.user, **data)
        return Response(self.get_serializer(one).data, status=201)

    @extend_schema(responses={200: serializers.ScorecardCriterionSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        one = self.get_object()
        serializer = self.get_serializer(one, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        data = {"seen_version": 0, **serializer.validated_data}
        one = card.save_criterion(scorecard=one.scorecard, by=request.user, criterion=self.get_object(), **data)
        return Response(self.get_serializer(one).data)

    @extend_schema(request=None, responses={204: None, **REFUSED})
    @action(["post"], detail=True)
    def remove(self, request: Request, slug: str, pk: str) -> Response:
        """Remove a criterion of weight 0 that nobody rated."""
        one = self.get_object()
        card.remove_criterion(criterion=one, by=request.user, seen_version=one.scorecard.version)
        return Response(status=204)


@extend_schema_view(list=_listed(serializers.RaterSerializer))
class RaterViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Who is asked to rate, and who has submitted (V3)."""

    queryset = Rater.objects.select_related("membership__user", "scorecard__program")
    serializer_class = serializers.RaterSerializer
    rights = {"list": "scorecard.view", "create": "scorecard.edit", "excuse": "scorecard.edit"}

    def get_serializer_context(self) -> dict[str, Any]:
        expected = list(Rater.objects.of(self.program).expected()) if getattr(self, "program", None) else []
        return {**super().get_serializer_context(), "knew": queries.knew_before(expected)}

    @extend_schema(request=serializers.NewRaterSerializer, responses={201: serializers.RaterSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.NewRaterSerializer)
        board = Scorecard.objects.get(program=self.program)
        rater = card.invite_rater(scorecard=board, by=request.user, **data)
        return Response(self.get_serializer(rater).data, status=201)

    @extend_schema(request=serializers.PickReasonSerializer, responses={200: serializers.RaterSerializer, **REFUSED})
    @action(["post"], detail=True)
    def excuse(self, request: Request, slug: str, pk: str) -> Response:
        data = self.validated(serializers.PickReasonSerializer)
        return Response(self.get_serializer(card.excuse_rater(rater=self.get_object(), by=request.user, **data)).data)


@extend_schema_view(list=_listed(serializers.DemoSerializer))
class DemoViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Demos, and what each lacks to count (V6)."""

    queryset = Demo.objects.select_related("vendor__program").prefetch_related("parts")
    serializer_class = serializers.DemoSerializer
    rights = {"list": "scorecard.view", "create": "scorecard.record", "update": "scorecard.record"}

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        for one in page or []:
            one.why_not_counted = queries.why_demo_does_not_count(one, list(one.parts.all()))
        return page

    @extend_schema(responses={201: serializers.DemoSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        return Response(self.saved(request, None), status=201)

    @extend_schema(responses={200: serializers.DemoSerializer, **REFUSED})
    def update(self, request: Request, slug: str, pk: str) -> Response:
        return Response(self.saved(request, self.get_object()))

    def saved(self, request: Request, demo: Demo | None) -> Any:
        data = self.validated(serializers.DemoSerializer)
        one = evidence.record_demo(demo=demo, by=request.user, **data)
        one = self.get_queryset().get(pk=one.pk)
        one.why_not_counted = queries.why_demo_does_not_count(one, list(one.parts.all()))
        return self.get_serializer(one).data


@extend_schema_view(list=_listed(serializers.ReferenceSerializer))
class ReferenceViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Reference calls, and what each lacks to count (V7)."""

    queryset = Reference.objects.select_related("vendor__program")
    serializer_class = serializers.ReferenceSerializer
    rights = {"list": "scorecard.view", "create": "scorecard.record"}

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        for one in page or []:
            one.why_not_counted = queries.why_reference_does_not_count(one)
        return page

    @extend_schema(responses={201: serializers.ReferenceSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.ReferenceSerializer)
        one = evidence.record_reference(by=request.user, **data)
        one.why_not_counted = queries.why_reference_does_not_count(one)
        return Response(self.get_serializer(one).data, status=201)


@extend_schema_view(list=_listed(serializers.ContractSerializer))
class ContractViewSet(mixins.ListModelMixin, ProgramViewSet):
    """The attested contract with its three clauses and one file (B5)."""

    queryset = Contract.objects.select_related("vendor")
    serializer_class = serializers.ContractSerializer
    parser_classes = [MultiPartParser, FormParser]
    rights = {"list": "scorecard.view", "create": "scorecard.attest"}

    @extend_schema(responses={201: serializers.ContractSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.ContractSerializer)
        file = data.pop("file")
        contract = evidence.attest_contract(
            program=self.program, by=request.user, file=file, file_name=file.name, **data
        )
        return Response(self.get_serializer(contract).data, status=201)
