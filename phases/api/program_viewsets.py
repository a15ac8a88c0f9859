"""The REST endpoints of pilots, waves, artifacts, scope additions, steps and the forecast: the pages' own services."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.serializers import ErrorSerializer
from crmprogram.web.viewsets import REFUSED
from phases.api import program_serializers as shapes
from phases.api.viewsets import SigningViewSet
from phases.models import ArtifactVersion, Exemption, Phase, Pilot, ScopeRequest
from phases.queries import pace, steps
from phases.queries import waves as wave_queries
from phases.services import artifacts, exemption, scope, waves
from phases.services import steps as step_services
from phases.steps import BY_NUMBER

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


def refused(said: str) -> dict[int, Any]:
    """The refusals, with what a 409 means here."""
    return {**REFUSED, 409: OpenApiResponse(ErrorSerializer, said)}


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SigningViewSet):
    """List and retrieve; the rest is said by each."""

    def again(self, pk: Any, status: int = 200) -> Response:
        """The row as it is stored now."""
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)


@extend_schema_view(list=extend_schema(responses={200: shapes.ExemptionSerializer(many=True), **REFUSED}))
class ExemptionViewSet(mixins.ListModelMixin, SigningViewSet):
    """Pick left out: the sponsor's statements, newest first (G6)."""

    queryset = Exemption.objects.select_related("signed_by", "ended_by", "program__accountable").order_by("-pk")
    serializer_class = shapes.ExemptionSerializer
    rights = {"list": "gates.view", "create": "pick.exempt", "approve_change": "pick.exempt"}

    @extend_schema(
        request=shapes.StatementSerializer,
        responses={201: shapes.ExemptionSerializer, **refused("exemption_refused, with the reason.")},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Sign that Pick is not applicable."""
        data = self.validated(shapes.StatementSerializer)
        fresh_at = self.fresh_at(data.get("password"))
        made = exemption.sign_exemption(
            program=self.program, by=request.user, statement=data["statement"], fresh_at=fresh_at
        )
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(
        request=shapes.SignedReasonSerializer,
        responses={200: shapes.ExemptionSerializer, **refused("exemption_refused, with the reason.")},
    )
    @action(["post"], detail=True)
    def approve_change(self, request: Request, slug: str, pk: str) -> Response:
        """Approve a change of platform: Pick applies again."""
        data = self.validated(shapes.SignedReasonSerializer)
        ended = exemption.approve_platform_change(
            exemption=self.get_object(),
            by=request.user,
            reason=data["reason"],
            fresh_at=self.fresh_at(data.get("password")),
        )
        return Response(self.get_serializer(ended).data)


PILOT_REFUSED = refused("conflict: another is open, or it was changed; wave_refused: closed, or measured already.")


@extend_schema_view(
    list=extend_schema(responses={200: shapes.PilotSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(parameters=[NUMBER], responses={200: shapes.PilotSerializer, **REFUSED}),
)
class PilotViewSet(ReadViewSet):
    """Pilots with what was measured, newest first (P4)."""

    queryset = Pilot.objects.select_related("team", "program").prefetch_related("measures__noted_by").order_by("-pk")
    serializer_class = shapes.PilotSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {
        "list": "gates.view",
        "retrieve": "gates.view",
        "create": "wave.plan",
        "partial_update": "wave.plan",
        "measures": "wave.plan",
        "close": "wave.plan",
    }

    @extend_schema(request=shapes.PilotWriteSerializer, responses={201: shapes.PilotSerializer, **PILOT_REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Plan a pilot of 4 to 8 weeks."""
        data = self.validated(shapes.PilotWriteSerializer)
        return self.again(waves.plan_pilot(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.PilotChangeSerializer,
        responses={200: shapes.PilotSerializer, **PILOT_REFUSED},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        """Change it; the numbers stay once something was measured."""
        pilot = self.get_object()
        data = self.validated(shapes.PilotChangeSerializer)
        return self.again(waves.change_pilot(pilot=pilot, by=request.user, **data).pk)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.MeasureSerializer,
        responses={201: shapes.PilotSerializer, **PILOT_REFUSED},
    )
    @action(["post"], detail=True)
    def measures(self, request: Request, slug: str, number: str) -> Response:
        """Note what the metric was on a day."""
        pilot = self.get_object()
        waves.note_measure(pilot=pilot, by=request.user, **self.validated(shapes.MeasureSerializer))
        return self.again(pilot.pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.FindingSerializer,
        responses={200: shapes.PilotSerializer, **PILOT_REFUSED},
    )
    @action(["post"], detail=True)
    def close(self, request: Request, slug: str, number: str) -> Response:
        """End it with what it found."""
        pilot = self.get_object()
        waves.close_pilot(pilot=pilot, by=request.user, **self.validated(shapes.FindingSerializer))
        return self.again(pilot.pk)


WAVE_REFUSED = refused("gate_not_passed: Gate 3 is not signed; wave_refused, with `details.missing`.")


class WaveViewSet(SigningViewSet):
    """The waves: what stands before a go-live, its decision, its reviews (P4, G6)."""

    queryset = Phase.objects.none()  # waves are read from the teams
    serializer_class = shapes.WaveSerializer
    pagination_class = None
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {"list": "gates.view", "retrieve": "gates.view", "start": "wave.start", "review": "wave.plan"}

    def found(self, number: str) -> wave_queries.Wave:
        if int(number) not in self.look.waves.numbers:
            raise Http404
        return wave_queries.wave_of(self.look, int(number))

    @extend_schema(responses={200: shapes.WaveSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(wave_queries.all_waves(self.look), many=True).data)

    @extend_schema(parameters=[NUMBER], responses={200: shapes.WaveSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, number: str) -> Response:
        return Response(self.get_serializer(self.found(number)).data)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.StartWriteSerializer,
        responses={201: shapes.WaveStartSerializer, **WAVE_REFUSED},
    )
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, number: str) -> Response:
        """Decide the go-live; what is not met needs a reason."""
        data = self.validated(shapes.StartWriteSerializer)
        made = waves.start_wave(
            program=self.program,
            wave=self.found(number).number,
            by=request.user,
            starts_on=data["starts_on"],
            reason=data.get("reason", ""),
            fresh_at=self.fresh_at(data.get("password")),
        )
        return Response(shapes.WaveStartSerializer(made).data, status=201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.WaveReviewSerializer,
        responses={201: shapes.WaveReviewSerializer, **refused("conflict: recorded already.")},
    )
    @action(["post"], detail=True)
    def review(self, request: Request, slug: str, number: str) -> Response:
        """Record a review that was due."""
        data, wave = self.validated(shapes.WaveReviewSerializer), self.found(number).number
        made = waves.review_wave(program=self.program, wave=wave, by=request.user, **data)
        return Response(shapes.WaveReviewSerializer(made).data, status=201)


ARTIFACT_REFUSED = refused("conflict: a newer version was written.")


@extend_schema_view(
    list=extend_schema(responses={200: shapes.ArtifactVersionSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.ArtifactVersionSerializer, **REFUSED}),
)
class ArtifactViewSet(ReadViewSet):
    """The strategy artifacts that are documents, every version, newest first (P5)."""

    queryset = (
        ArtifactVersion.objects.select_related("owner", "written_by", "program")
        .prefetch_related("signatures__signed_by")
        .order_by("-pk")
    )
    serializer_class = shapes.ArtifactVersionSerializer
    rights = {
        "list": "audit.view",
        "retrieve": "audit.view",
        "create": "artifact.edit",
        "share": "artifact.edit",
        "sign": "artifact.sign",
    }

    @extend_schema(
        request=shapes.ArtifactWriteSerializer, responses={201: shapes.ArtifactVersionSerializer, **ARTIFACT_REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        """Write the next version, as text, a file, or both."""
        data = self.validated(shapes.ArtifactWriteSerializer)
        file = data.pop("file", None)
        name = file.name if file else ""
        made = artifacts.write_artifact(program=self.program, by=request.user, file=file, file_name=name, **data)
        return self.again(made.pk, 201)

    @extend_schema(request=None, responses={200: shapes.ArtifactVersionSerializer, **ARTIFACT_REFUSED})
    @action(["post"], detail=True)
    def share(self, request: Request, slug: str, pk: str) -> Response:
        """Share the newest version; from then on it can be signed."""
        return self.again(artifacts.share_artifact(version=self.get_object(), by=request.user).pk)

    @extend_schema(request=None, responses={200: shapes.ArtifactVersionSerializer, **ARTIFACT_REFUSED})
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, pk: str) -> Response:
        """Sign the newest shared version."""
        return self.again(artifacts.sign_artifact(version=self.get_object(), by=request.user).version_id)


@extend_schema_view(
    list=extend_schema(responses={200: shapes.ScopeRequestSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(parameters=[NUMBER], responses={200: shapes.ScopeRequestSerializer, **REFUSED}),
)
class ScopeRequestViewSet(ReadViewSet):
    """What was asked for after the scope was locked, newest first (P7)."""

    queryset = ScopeRequest.objects.select_related("asked_by", "decided_by", "program__accountable").order_by("-pk")
    serializer_class = shapes.ScopeRequestSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {
        "list": "audit.view",
        "retrieve": "audit.view",
        "create": "scope.request",
        "decide": "scope.except",
    }

    @extend_schema(request=shapes.ScopeRequestSerializer, responses={201: shapes.ScopeRequestSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Ask for an addition; it is deferred to Iterate until the sponsor decides."""
        data = self.validated(shapes.ScopeRequestSerializer)
        return self.again(scope.request_addition(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.ScopeDecisionSerializer,
        responses={200: shapes.ScopeRequestSerializer, **refused("conflict: decided already.")},
    )
    @action(["post"], detail=True)
    def decide(self, request: Request, slug: str, number: str) -> Response:
        """Let it in as an exception, or decline it."""
        data = self.validated(shapes.ScopeDecisionSerializer)
        asked = scope.decide_addition(
            request=self.get_object(),
            by=request.user,
            state=data["state"],
            reason=data["reason"],
            fresh_at=self.fresh_at(data.get("password")),
        )
        return self.again(asked.pk)


class OrderViewSet(SigningViewSet):
    """The ten ordered steps, those per wave once for each (G12)."""

    queryset = Phase.objects.none()
    serializer_class = shapes.StepStandingSerializer
    pagination_class = None
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    rights = {
        "list": "gates.view",
        "start": "step.start",
        "waive": "step.waive",
        "evidence": "gates.view",
        "forecast": "gates.view",
    }

    @extend_schema(responses={200: shapes.StepStandingSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(steps.all_steps(self.look), many=True).data)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.StepActSerializer,
        responses={201: shapes.StepStandingSerializer, **refused("step_refused, with `details.missing`; conflict.")},
    )
    @action(["post"], detail=True)
    def start(self, request: Request, slug: str, number: str) -> Response:
        """Mark the step as started, unless what it needs is missing."""
        wave = self.validated(shapes.StepActSerializer)["wave"]
        step_services.start_step(program=self.program, step=int(number), wave=wave, by=request.user)
        return self._stands(int(number), wave)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.StepWaiverSerializer,
        responses={201: shapes.StepStandingSerializer, **refused("conflict: waived already.")},
    )
    @action(["post"], detail=True)
    def waive(self, request: Request, slug: str, number: str) -> Response:
        """Waive the order for the step."""
        data = self.validated(shapes.StepWaiverSerializer)
        step_services.waive_order(
            program=self.program,
            step=int(number),
            wave=data["wave"],
            by=request.user,
            reason=data["reason"],
            fresh_at=self.fresh_at(data.get("password")),
        )
        return self._stands(int(number), data["wave"])

    @extend_schema(responses={200: shapes.AreaSerializer(many=True), **REFUSED})
    @action(["get"], detail=False)
    def evidence(self, request: Request, slug: str) -> Response:
        """The evidence table of six phases."""
        rows = [{"name": area.name, "items": found} for area, found in steps.evidence_table(self.look)]
        return Response(shapes.AreaSerializer(rows, many=True).data)

    @extend_schema(responses={200: shapes.ForecastSerializer, **REFUSED})
    @action(["get"], detail=False)
    def forecast(self, request: Request, slug: str) -> Response:
        """When the go-live is reached at the present pace, with the arithmetic; 404 once Gate 3 is signed."""
        found = pace.forecast(self.look)
        if found is None:
            raise Http404
        return Response(shapes.ForecastSerializer(found).data)

    def _stands(self, number: int, wave: int) -> Response:
        if number not in BY_NUMBER:
            raise Http404
        self.__dict__.pop("look", None)
        return Response(self.get_serializer(steps.standing_of(self.look, number, wave)).data, status=201)
