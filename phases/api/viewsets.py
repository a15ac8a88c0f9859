"""The REST endpoints of phases and gates: the same services as the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program import clock
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import ErrorSerializer
from crmprogram.web.viewsets import REFUSED
from phases import freshness, registry
from phases.api import serializers
from phases.criteria import CRITERIA
from phases.method import PHASES
from phases.models import Decision, Delegation, Dossier, Gate, GateReview, Phase, Reading, Threshold, Waiver
from phases.queries import gates as queries
from phases.queries import rounds
from phases.queries.pace import paces
from phases.registry import Look
from phases.services import delegation, thresholds, waivers
from phases.services import gates as services
from phases.services import rounds as rounds_services

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="1 to 5")
REQUEST_REFUSED = {
    **REFUSED,
    409: OpenApiResponse(
        ErrorSerializer, "gate_refused: on hold, out of order, unsigned scope, or work still running."
    ),
}
DECISION_REFUSED = {
    **REFUSED,
    403: OpenApiResponse(
        ErrorSerializer,
        "not_permitted: not the Accountable, or the requester; authentication_not_fresh; wrong_password.",
    ),
    409: OpenApiResponse(
        ErrorSerializer,
        "already_decided; evidence_changed, with `details.changed` and the new `details.digest`; "
        "gate_not_ready, with `details.blocking`; gate_refused while the program is on hold.",
    ),
}


class SigningViewSet(ProgramViewSet):
    """Endpoints that may need a signature."""

    @cached_property
    def look(self) -> Look:
        return Look(self.program)

    def fresh_at(self, password: str | None) -> datetime | None:
        """The time of the password in the body, else of the session's last one."""
        request = self.request._request
        return freshness.confirm(request, password) if password else freshness.fresh_at(request)


class PhaseViewSet(SigningViewSet):
    """The five phases: days so far against the typical range, and who owns them (G6, G10)."""

    queryset = Phase.objects.select_related("owner")
    serializer_class = serializers.PhaseSerializer
    pagination_class = None
    lookup_field = "number"
    lookup_value_regex = "[1-5]"
    rights = {"list": "gates.view", "retrieve": "gates.view", "partial_update": "phase.own"}

    def rows(self) -> list[dict[str, Any]]:
        found = []
        for one in paces(self.look):
            phase = self.look.gates.phases.get(one.number)
            owner = phase.owner.title if phase and phase.owner else None
            found.append({**asdict(one), "is_late": one.is_late, "owner": owner})
        return found

    @extend_schema(responses={200: serializers.PhaseSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(self.rows(), many=True).data)

    @extend_schema(parameters=[NUMBER], responses={200: serializers.PhaseSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        return Response(self.get_serializer(self.rows()[int(number) - 1]).data)

    @extend_schema(
        parameters=[NUMBER],
        request=serializers.PhaseChangeSerializer,
        responses={200: serializers.PhaseSerializer, **REFUSED},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        """Name who owns the phase."""
        data = self.validated(serializers.PhaseChangeSerializer)
        services.name_owner(phase=self.get_object(), by=request.user, position=data["owner"])
        return self.retrieve(request, slug, number)


class GateViewSet(SigningViewSet):
    """The five gates: how they stand, and the way through them (G6 to G8)."""

    queryset = Gate.objects.select_related("program__accountable")
    serializer_class = serializers.GateSerializer
    pagination_class = None
    lookup_field = "number"
    lookup_value_regex = "[1-5]"
    rights = {
        "list": "gates.view",
        "retrieve": "gates.view",
        "ask": "gate.request",
        "withdraw": "gate.request",
        "decide": "gate.decide",
        "reaffirm": "gate.decide",
        "reopen": "gate.decide",
    }

    def row(self, number: int) -> dict[str, Any]:
        gate, gates = self.look.gates.gates.get(number), self.look.gates
        if gate is None:
            raise Http404
        why = services.why_not_requestable(self.look, number)
        return {
            "number": number,
            "title": gate.title,
            "is_signed": gates.approval(number) is not None,
            "is_drifting": gates.is_drifting(number),
            "is_in_doubt": rounds.doubt_of(self.look, number) is not None,
            "is_requestable": not why,
            "why_not_requestable": why,
            "review": gates.latest(number),
        }

    def pending(self, number: str) -> GateReview:
        review = self.look.gates.latest(int(number))
        if review is None:
            raise Http404
        return review

    @extend_schema(responses={200: serializers.GateSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        rows = [self.row(number) for number in PHASES if number in self.look.gates.gates]
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(parameters=[NUMBER], responses={200: serializers.GateDetailSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        """With its criteria read from live evidence now."""
        sheet = queries.assess(self.look, int(number))
        drift = rounds.drift_of(self.look, int(number), sheet.criteria)
        row = {**self.row(int(number)), "sheet": sheet, "drift": drift}
        return Response(serializers.GateDetailSerializer(row, context=self.get_serializer_context()).data)

    @extend_schema(
        parameters=[NUMBER],
        request=serializers.GateRequestSerializer,
        responses={201: serializers.GateReviewSerializer, **REQUEST_REFUSED},
    )
    @action(["post"], detail=True, url_path="request")
    def ask(self, request: Request, slug: str, number: str) -> Response:
        """Ask the sponsor to decide. It may be asked while criteria are unmet."""
        data = self.validated(serializers.GateRequestSerializer)
        review = services.request_gate(gate=self.get_object(), by=request.user, note=data["note"])
        return Response(serializers.GateReviewSerializer(review).data, status=201)

    @extend_schema(
        parameters=[NUMBER], request=None, responses={200: serializers.GateReviewSerializer, **DECISION_REFUSED}
    )
    @action(["post"], detail=True)
    def withdraw(self, request: Request, slug: str, number: str) -> Response:
        """Take your own waiting request back."""
        review = services.withdraw_request(review=self.pending(number), by=request.user)
        return Response(serializers.GateReviewSerializer(review).data)

    @extend_schema(
        parameters=[NUMBER],
        request=serializers.GateDecisionSerializer,
        responses={200: serializers.GateReviewSerializer, **DECISION_REFUSED},
    )
    @action(["post"], detail=True)
    def decide(self, request: Request, slug: str, number: str) -> Response:
        """Approve or send back, as the Accountable.

        Approving needs a password given within five minutes: in the body, or by this session's sign-in.
        A token alone never signs.
        """
        data = self.validated(serializers.GateDecisionSerializer)
        password = data.pop("password", None)
        fresh_at = self.fresh_at(password) if data["decision"] == Decision.APPROVED else None
        review = services.decide_gate(review=self.pending(number), by=request.user, fresh_at=fresh_at, **data)
        return Response(serializers.GateReviewSerializer(review).data)

    @extend_schema(
        parameters=[NUMBER],
        request=serializers.GateAgainSerializer,
        responses={201: serializers.GateReviewSerializer, **DECISION_REFUSED},
    )
    @action(["post"], detail=True)
    def reaffirm(self, request: Request, slug: str, number: str) -> Response:
        """Let a signed gate stand although it drifted or is in doubt: a round of its own."""
        return self.again(rounds_services.reaffirm_gate)

    @extend_schema(
        parameters=[NUMBER],
        request=serializers.GateAgainSerializer,
        responses={201: serializers.GateReviewSerializer, **DECISION_REFUSED},
    )
    @action(["post"], detail=True)
    def reopen(self, request: Request, slug: str, number: str) -> Response:
        """Take the approval back; the answer lists the later signatures this puts in doubt."""
        return self.again(rounds_services.reopen_gate)

    def again(self, act: Callable[..., GateReview]) -> Response:
        data = self.validated(serializers.GateAgainSerializer)
        fresh_at = self.fresh_at(data.pop("password", None))
        review = act(gate=self.get_object(), by=self.request.user, fresh_at=fresh_at, **data)
        return Response(serializers.GateReviewSerializer(review).data, status=201)


@extend_schema_view(list=extend_schema(responses={200: serializers.DelegationSerializer(many=True), **REFUSED}))
class DelegationViewSet(mixins.ListModelMixin, SigningViewSet):
    """Who may sign while the sponsor is away (G7)."""

    queryset = Delegation.objects.select_related("delegate__user", "sponsor__user", "program__accountable")
    serializer_class = serializers.DelegationSerializer
    lookup_value_regex = "[0-9]{1,18}"
    rights = {"list": "gates.view", "create": "delegate.name", "end": "delegate.name"}

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": clock.today(getattr(self, "program", None))}

    @extend_schema(
        request=serializers.DelegateSerializer,
        responses={
            201: serializers.DelegationSerializer,
            **DECISION_REFUSED,
            409: OpenApiResponse(ErrorSerializer, "delegation_refused: below VP, nobody there, or the sponsor."),
        },
    )
    def create(self, request: Request, slug: str) -> Response:
        """Name the delegate; the one before ends. Needs a fresh password, like a signature."""
        data = self.validated(serializers.DelegateSerializer)
        fresh_at = self.fresh_at(data.pop("password", None))
        named = delegation.name_delegate(program=self.program, by=request.user, fresh_at=fresh_at, **data)
        return Response(self.get_serializer(named).data, status=201)

    @extend_schema(request=None, responses={200: serializers.DelegationSerializer, **REFUSED})
    @action(["post"], detail=True)
    def end(self, request: Request, slug: str, pk: str) -> Response:
        ended = delegation.end_delegation(delegation=self.get_object(), by=request.user)
        return Response(self.get_serializer(ended).data)


@extend_schema_view(
    list=extend_schema(responses={200: serializers.GateReviewSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: serializers.GateReviewSerializer, **REFUSED}),
)
class GateReviewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Every round of every gate: who asked, who decided, on which dossier."""

    queryset = GateReview.objects.select_related("gate", "requested_by", "decided_by", "on_behalf_of")
    serializer_class = serializers.GateReviewSerializer
    rights = {"list": "gates.view", "retrieve": "gates.view"}


@extend_schema_view(
    list=extend_schema(responses={200: serializers.WaiverSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: serializers.WaiverSerializer, **REFUSED}),
)
class WaiverViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SigningViewSet):
    """The sponsor's exceptions (G8)."""

    queryset = Waiver.objects.select_related("gate__program", "program__accountable", "granted_by")
    serializer_class = serializers.WaiverSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {"list": "gates.view", "retrieve": "gates.view", "create": "waiver.grant", "revoke": "waiver.grant"}

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": clock.today(getattr(self, "program", None))}

    @extend_schema(
        request=serializers.WaiverGrantSerializer,
        responses={
            201: serializers.WaiverSerializer,
            **DECISION_REFUSED,
            409: OpenApiResponse(ErrorSerializer, "waiver_refused: never of A4, met, waived already, or signed."),
        },
    )
    def create(self, request: Request, slug: str) -> Response:
        """Waive one criterion. Needs a fresh password, like a signature."""
        data = self.validated(serializers.WaiverGrantSerializer)
        gate = self.look.gates.gates[data.pop("gate")]
        fresh_at = self.fresh_at(data.pop("password", None))
        waiver = waivers.grant_waiver(gate=gate, by=request.user, fresh_at=fresh_at, **data)
        return Response(self.get_serializer(waiver).data, status=201)

    @extend_schema(
        request=serializers.PasswordSerializer,
        responses={
            200: serializers.WaiverSerializer,
            **DECISION_REFUSED,
            409: OpenApiResponse(ErrorSerializer, "waiver_refused: it no longer stands."),
        },
    )
    @action(["post"], detail=True)
    def revoke(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(serializers.PasswordSerializer)
        fresh_at = self.fresh_at(data.get("password"))
        waiver = waivers.revoke_waiver(waiver=self.get_object(), by=request.user, fresh_at=fresh_at)
        return Response(self.get_serializer(waiver).data)


@extend_schema_view(list=extend_schema(responses={200: serializers.DossierSerializer(many=True), **REFUSED}))
class DossierViewSet(mixins.ListModelMixin, ProgramViewSet):
    """What decisions stood on."""

    queryset = Dossier.objects.select_related("review__gate").defer("text")
    serializer_class = serializers.DossierSerializer
    lookup_value_regex = "[0-9]{1,18}"
    rights = {"list": "gates.view", "retrieve": "gates.view"}

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, **REFUSED})
    def retrieve(self, request: Request, slug: str, pk: str) -> HttpResponse:
        """The exact canonical JSON; its SHA-256 is in the Digest header."""
        dossier = self.get_object()
        response = HttpResponse(dossier.text, content_type="application/json; charset=utf-8")
        response["Digest"] = f"sha-256={dossier.sha256}"
        return response


class CriterionViewSet(ProgramViewSet):
    """The exit criteria of all gates (A1 to E1)."""

    queryset = Gate.objects.all()
    serializer_class = serializers.CriterionSerializer
    pagination_class = None
    rights = {"list": "gates.view"}

    @extend_schema(responses={200: serializers.CriterionSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        rows = []
        for one in CRITERIA:
            measured = one.check in registry.CHECKS
            params = thresholds.defaults_of(one.check, one.gate) if measured else dict(one.given)
            rows.append({**asdict(one), "is_measured": measured, "default_params": params})
        return Response(self.get_serializer(rows, many=True).data)


@extend_schema_view(list=extend_schema(responses={200: serializers.ThresholdSerializer(many=True), **REFUSED}))
class ThresholdViewSet(mixins.ListModelMixin, SigningViewSet):
    """Thresholds as the program set them, newest first (G8, G11)."""

    queryset = Threshold.objects.select_related("set_by")
    serializer_class = serializers.ThresholdSerializer
    rights = {"list": "gates.view", "create": "threshold.set"}

    @extend_schema(
        request=serializers.ThresholdSetSerializer,
        responses={
            201: serializers.ThresholdSerializer,
            **DECISION_REFUSED,
            409: OpenApiResponse(ErrorSerializer, "threshold_refused: a request is open, or a floor that stands."),
        },
    )
    def create(self, request: Request, slug: str) -> Response:
        """Change a threshold: the Accountable's signed decision, never while a gate request is open."""
        data = self.validated(serializers.ThresholdSetSerializer)
        row = thresholds.set_threshold(
            program=self.program,
            check=data["check_key"],
            phase=data["phase"],
            params=data["params"],
            reason=data["reason"],
            by=request.user,
            fresh_at=self.fresh_at(data.get("password")),
        )
        return Response(self.get_serializer(row).data, status=201)


@extend_schema_view(list=extend_schema(responses={200: serializers.ReadingSerializer(many=True), **REFUSED}))
class ReadingViewSet(mixins.ListModelMixin, ProgramViewSet):
    """What the checks answered, one row for each change, newest first."""

    queryset = Reading.objects.all()
    serializer_class = serializers.ReadingSerializer
    rights = {"list": "gates.view"}
