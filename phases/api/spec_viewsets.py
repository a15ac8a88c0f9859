"""The REST endpoints of requirements, interviews and the configuration spec: the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import ErrorSerializer
from crmprogram.web.viewsets import REFUSED
from phases.api import spec_serializers as shapes
from phases.api.audit_serializers import PlaceSerializer
from phases.api.audit_viewsets import CONFLICT, NUMBER, READ, SEEN_VERSION, AuditViewSet, read_docs
from phases.buyers import answers
from phases.models import ConfigItem, ConfigRecord, Finding, Interview, Requirement
from phases.queries import configuration as queries
from phases.registry import Look
from phases.services import configuration
from phases.services import requirements as services

EDIT = {"create": "audit.edit", "partial_update": "audit.edit", "destroy": "audit.edit"}
ITEM_REFUSED = {
    **REFUSED,
    409: OpenApiResponse(ErrorSerializer, "still_has_stages; conflict: changed since you read it."),
}


def with_traces(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same data with its ties under `traces`, as the services take them."""
    ties = {name: data.pop(name) for name in names if name in data}
    return {**data, "traces": ties}


@read_docs(shapes.RequirementSerializer, NUMBER)
class RequirementViewSet(AuditViewSet):
    """What the business needs, who asks for it and where it ends (Audit content)."""

    queryset = (
        Requirement.objects.with_trace()
        .select_related("program")
        .prefetch_related("gaps", "capabilities", "steps", "items")
    )
    serializer_class = shapes.RequirementSerializer
    page_ordering = "number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, **EDIT}

    @extend_schema(request=shapes.RequirementWriteSerializer, responses={201: shapes.RequirementSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = with_traces(self.validated(shapes.RequirementWriteSerializer), *services.TRACES)
        return self.again(services.add_requirement(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.RequirementChangeSerializer,
        responses={200: shapes.RequirementSerializer, **CONFLICT},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        data = with_traces(self.validated(shapes.RequirementChangeSerializer), *services.TRACES)
        one = services.change_requirement(requirement=self.get_object(), by=request.user, **data)
        return self.again(one.pk)

    @extend_schema(parameters=[NUMBER, SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, number: str) -> Response:
        services.remove_requirement(requirement=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)


@read_docs(shapes.InterviewSerializer, NUMBER)
class InterviewViewSet(AuditViewSet):
    """Whom the audit listened to, with the findings (Audit content)."""

    queryset = Interview.objects.select_related("program", "held_by").prefetch_related(
        Prefetch("findings", Finding.objects.order_by("pk").prefetch_related("gaps", "requirements"))
    )
    serializer_class = shapes.InterviewSerializer
    page_ordering = "number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, **EDIT, "findings": "audit.edit"}

    @extend_schema(request=shapes.InterviewWriteSerializer, responses={201: shapes.InterviewSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.InterviewWriteSerializer)
        return self.again(services.add_interview(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.InterviewChangeSerializer,
        responses={200: shapes.InterviewSerializer, **CONFLICT},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(shapes.InterviewChangeSerializer)
        return self.again(services.change_interview(interview=self.get_object(), by=request.user, **data).pk)

    @extend_schema(parameters=[NUMBER, SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, number: str) -> Response:
        services.remove_interview(interview=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.FindingWriteSerializer,
        responses={201: shapes.InterviewSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def findings(self, request: Request, slug: str, number: str) -> Response:
        """Note one thing that was heard."""
        one = self.get_object()
        data = with_traces(self.validated(shapes.FindingWriteSerializer), "gaps", "requirements")
        services.add_finding(interview=one, by=request.user, **data)
        return self.again(one.pk, 201)


@read_docs(shapes.FindingSerializer)
class FindingViewSet(AuditViewSet):
    """The findings of all interviews."""

    queryset = Finding.objects.select_related("interview__program").prefetch_related("gaps", "requirements")
    serializer_class = shapes.FindingSerializer
    page_ordering = "pk"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, "partial_update": "audit.edit", "destroy": "audit.edit"}

    @extend_schema(request=shapes.FindingWriteSerializer, responses={200: shapes.FindingSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        """Say it in other words, or what came of it; lists that are absent stay."""
        data = with_traces(self.validated(shapes.FindingWriteSerializer), "gaps", "requirements")
        return self.again(services.change_finding(finding=self.get_object(), by=request.user, **data).pk)

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        services.remove_finding(finding=self.get_object(), by=request.user)
        return Response(status=204)


@read_docs(shapes.ConfigItemSerializer, NUMBER)
class ConfigItemViewSet(AuditViewSet):
    """The configuration spec, and how far each item is (C2)."""

    queryset = (
        ConfigItem.objects.with_progress()
        .select_related("program", "parent", "owner")
        .prefetch_related("requirements", Prefetch("records", ConfigRecord.objects.select_related("recorded_by")))
    )
    serializer_class = shapes.ConfigItemSerializer
    page_ordering = "number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, **EDIT, "move": "audit.edit", "record": "config.record"}

    @extend_schema(request=shapes.ConfigItemWriteSerializer, responses={201: shapes.ConfigItemSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.ConfigItemWriteSerializer)
        return self.again(configuration.add_item(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.ConfigItemChangeSerializer,
        responses={200: shapes.ConfigItemSerializer, **CONFLICT},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        """Change the spec; what was recorded of the item holds no longer."""
        data = self.validated(shapes.ConfigItemChangeSerializer)
        return self.again(configuration.change_item(item=self.get_object(), by=request.user, **data).pk)

    @extend_schema(parameters=[NUMBER, SEEN_VERSION], responses={204: None, **ITEM_REFUSED})
    def destroy(self, request: Request, slug: str, number: str) -> Response:
        configuration.remove_item(item=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)

    @extend_schema(
        parameters=[NUMBER],
        request=PlaceSerializer,
        responses={200: shapes.ConfigItemSerializer, **REFUSED},
    )
    @action(["post"], detail=True)
    def move(self, request: Request, slug: str, number: str) -> Response:
        """One place up or down among those of its kind, a stage within its pipeline."""
        one = self.get_object()
        configuration.move_item(item=one, by=request.user, **self.validated(PlaceSerializer))
        return self.again(one.pk)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.ConfigProgressSerializer,
        responses={201: shapes.ConfigItemSerializer, **CONFLICT},
    )
    @action(["post"], detail=True)
    def record(self, request: Request, slug: str, number: str) -> Response:
        """Record that it is configured or tested as it is specified now, and what shows it."""
        one = self.get_object()
        configuration.record_progress(item=one, by=request.user, **self.validated(shapes.ConfigProgressSerializer))
        return self.again(one.pk, 201)


class SpecViewSet(ProgramViewSet):
    """The configuration spec as one thing: what of it is signed, and the signature (P4, G6)."""

    queryset = ConfigItem.objects.none()
    pagination_class = None
    rights = {"list": "audit.view", "sign": "config.sign"}

    @extend_schema(operation_id="programs_configuration_retrieve", responses={200: shapes.SigningSerializer, **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(shapes.SigningSerializer(queries.signing_of(self.program)).data)

    @extend_schema(request=shapes.SignSpecSerializer, responses={200: shapes.SigningSerializer, **CONFLICT})
    @action(["post"], detail=False)
    def sign(self, request: Request, slug: str) -> Response:
        """Sign the spec as it stands, as the sponsor or the VP sales."""
        configuration.sign_spec(program=self.program, by=request.user, **self.validated(shapes.SignSpecSerializer))
        return self.list(request, slug)


class BuyersQuestionViewSet(ProgramViewSet):
    """The ten buyer's questions, answered by the records as they stand now (Audit content)."""

    queryset = Requirement.objects.none()
    pagination_class = None
    rights = {"list": "audit.view"}

    @extend_schema(responses={200: shapes.BuyersAnswerSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(shapes.BuyersAnswerSerializer(answers(Look(self.program)), many=True).data)
