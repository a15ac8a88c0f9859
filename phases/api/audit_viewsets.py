"""The REST endpoints of what the Audit produces: the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program.errors import Invalid
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.serializers import ErrorSerializer
from crmprogram.web.viewsets import REFUSED
from phases.api import audit_serializers as shapes
from phases.models import Arrow, Capability, Gap, GoalVersion, Lane, LaneSignOff, ScopeItem, Step
from phases.queries import scope as scope_queries
from phases.services import capabilities, gaps, goal, map_steps, process_map, scope

GOAL_REFUSED = {
    **REFUSED,
    409: OpenApiResponse(
        ErrorSerializer, "goal_incomplete, with `details.missing`; conflict: a newer version was written."
    ),
}
SCOPE_REFUSED = {
    **REFUSED,
    409: OpenApiResponse(ErrorSerializer, "scope_locked since the Audit gate; conflict: changed since you read it."),
}
CONFLICT = {**REFUSED, 409: OpenApiResponse(ErrorSerializer, "conflict: somebody changed it since you read it.")}
MAP_REFUSED = {**REFUSED, 409: OpenApiResponse(ErrorSerializer, "map_not_empty: nothing was overwritten.")}
SIGN_REFUSED = {**REFUSED, 409: OpenApiResponse(ErrorSerializer, "conflict: the lane changed; lane_empty.")}
CAPABILITY_REFUSED = {
    **REFUSED,
    409: OpenApiResponse(
        ErrorSerializer, "too_many_must_haves, with `details.most`; conflict: changed since you read it."
    ),
}
READ = {"list": "audit.view", "retrieve": "audit.view"}
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
SEEN_VERSION = OpenApiParameter("seen_version", OpenApiTypes.INT, required=True, description=shapes.SEEN)
SEEN_EDIT = OpenApiParameter(
    "seen_edit", OpenApiTypes.INT, required=True, description="The line's `edit` as you read it."
)


class AuditViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """List and retrieve; the rest is said by each."""

    def again(self, pk: Any, status: int = 200) -> Response:
        """The row as it is stored now."""
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)

    def seen(self, name: str = "seen_version") -> int:
        raw = self.request.query_params.get(name, "")
        if not raw.isdecimal():
            raise Invalid(f"Say in `{name}` which version you read.", field=name)
        return int(raw)


def read_docs(shape: type, *parameters: OpenApiParameter):
    """The documentation of list and retrieve."""
    return extend_schema_view(
        list=extend_schema(responses={200: shape(many=True), **REFUSED}),
        retrieve=extend_schema(parameters=list(parameters), responses={200: shape, **REFUSED}),
    )


@read_docs(shapes.GoalSerializer, NUMBER)
class GoalViewSet(AuditViewSet):
    """The goal in its versions, newest first (P6)."""

    queryset = GoalVersion.objects.select_related("program__accountable", "written_by").prefetch_related(
        "shares__recipient__user", "shares__shared_by"
    )
    serializer_class = shapes.GoalSerializer
    page_ordering = "-number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, "create": "audit.edit", "share": "audit.share_goal"}

    @extend_schema(request=shapes.GoalWriteSerializer, responses={201: shapes.GoalSerializer, **GOAL_REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Write the next version; it has to be shared anew."""
        data = self.validated(shapes.GoalWriteSerializer)
        return self.again(goal.write_goal(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.GoalShareWriteSerializer,
        responses={200: shapes.GoalSerializer, **GOAL_REFUSED},
    )
    @action(["post"], detail=True)
    def share(self, request: Request, slug: str, number: str) -> Response:
        """Record that the newest version was put before the sponsor (A5)."""
        data = self.validated(shapes.GoalShareWriteSerializer)
        found = self.get_object()
        goal.share_goal(goal=found, by=request.user, **data)
        return self.again(found.pk)


class ScopeViewSet(ProgramViewSet):
    """The scope as one thing: read it, sign it (P5, P7)."""

    queryset = ScopeItem.objects.none()
    pagination_class = None
    rights = {"list": "audit.view", "sign": "audit.sign_scope"}

    def whole(self) -> dict[str, Any]:
        found = scope_queries.scope_of(self.program)
        return {
            "version": found.version if found else 0,
            "edit": found.edit if found else 0,
            "is_signed": bool(found and found.signed_at),
            "locked_at": scope_queries.locked_at(self.program),
            "items": found.items.present() if found else [],
            "signatures": found.signatures.select_related("signed_by") if found else [],
        }

    @extend_schema(operation_id="programs_scope_retrieve", responses={200: shapes.ScopeSerializer, **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(shapes.ScopeSerializer(self.whole()).data)

    @extend_schema(request=shapes.ScopeSignSerializer, responses={200: shapes.ScopeSerializer, **SCOPE_REFUSED})
    @action(["post"], detail=False)
    def sign(self, request: Request, slug: str) -> Response:
        """Sign the present version as the sponsor or the VP sales."""
        data = self.validated(shapes.ScopeSignSerializer)
        scope.sign_scope(program=self.program, by=request.user, **data)
        return self.list(request, slug)


@read_docs(shapes.ScopeItemSerializer)
class ScopeItemViewSet(AuditViewSet):
    """The lines of the scope, those of earlier versions included."""

    queryset = ScopeItem.objects.select_related("scope__program")
    serializer_class = shapes.ScopeItemSerializer
    lookup_value_regex = "[0-9]+"
    rights = {**READ, "create": "audit.edit", "partial_update": "audit.edit", "destroy": "audit.edit"}

    @extend_schema(
        request=shapes.ScopeItemWriteSerializer, responses={201: shapes.ScopeItemSerializer, **SCOPE_REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.ScopeItemWriteSerializer)
        return self.again(scope.add_scope_item(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        request=shapes.ScopeItemChangeSerializer, responses={200: shapes.ScopeItemSerializer, **SCOPE_REFUSED}
    )
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        """Change a line; of a signed version it ends, and the answer is the line that takes its place."""
        item = self.get_object()
        data = self.validated(shapes.ScopeItemChangeSerializer)
        data = {"kind": item.kind, "text": item.text, "reason": item.reason, **data}
        return self.again(scope.change_scope_item(item=item, by=request.user, **data).pk)

    @extend_schema(parameters=[SEEN_EDIT], responses={204: None, **SCOPE_REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        scope.remove_scope_item(item=self.get_object(), by=request.user, seen_edit=self.seen("seen_edit"))
        return Response(status=204)


@read_docs(shapes.LaneSerializer)
class LaneViewSet(AuditViewSet):
    """The process map, lane by lane with steps and arrows, the current and the future one (A1)."""

    queryset = Lane.objects.select_related("map__program").prefetch_related(
        Prefetch("sign_offs", LaneSignOff.objects.select_related("signed_by")),
        Prefetch("steps", Step.objects.order_by("order", "pk").prefetch_related("arrows_out")),
    )
    serializer_class = shapes.LaneSerializer
    page_ordering = ("map", "order", "pk")
    lookup_value_regex = "[0-9]+"
    rights = {
        "list": "audit.view_map",
        "retrieve": "audit.view_map",
        "create": "audit.edit",
        "partial_update": "audit.edit",
        "destroy": "audit.edit",
        "move": "audit.edit",
        "sign": "audit.sign_lane",
        "start": "audit.edit",
    }

    @extend_schema(request=shapes.LaneWriteSerializer, responses={201: shapes.LaneSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.LaneWriteSerializer)
        return self.again(process_map.add_lane(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(request=shapes.LaneChangeSerializer, responses={200: shapes.LaneSerializer, **CONFLICT})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        lane = self.get_object()
        data = {"name": lane.name, "function": lane.function, **self.validated(shapes.LaneChangeSerializer)}
        return self.again(process_map.change_lane(lane=lane, by=request.user, **data).pk)

    @extend_schema(parameters=[SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        """Remove the lane with its steps and their arrows."""
        process_map.remove_lane(lane=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)

    @extend_schema(request=shapes.PlaceSerializer, responses={200: shapes.LaneSerializer, **REFUSED})
    @action(["post"], detail=True)
    def move(self, request: Request, slug: str, pk: str) -> Response:
        lane = self.get_object()
        process_map.move_lane(lane=lane, by=request.user, **self.validated(shapes.PlaceSerializer))
        return self.again(lane.pk)

    @extend_schema(request=shapes.SeenSerializer, responses={200: shapes.LaneSerializer, **SIGN_REFUSED})
    @action(["post"], detail=True)
    def sign(self, request: Request, slug: str, pk: str) -> Response:
        """Sign the lane off, as a member of its function."""
        lane = self.get_object()
        process_map.sign_lane(lane=lane, by=request.user, **self.validated(shapes.SeenSerializer))
        return self.again(lane.pk)

    @extend_schema(request=shapes.MapStartSerializer, responses={201: shapes.LaneSerializer(many=True), **MAP_REFUSED})
    @action(["post"], detail=False, pagination_class=None)
    def start(self, request: Request, slug: str) -> Response:
        """Fill an empty map: a typical B2B process, or the future one as a copy of the current."""
        data = self.validated(shapes.MapStartSerializer)
        if data["copy_current"]:
            drawn = process_map.copy_to_future(program=self.program, by=request.user)
        else:
            drawn = process_map.start_from_typical(program=self.program, by=request.user, state=data["state"])
        rows = self.get_queryset().filter(map=drawn).order_by("order", "pk")
        return Response(self.get_serializer(rows, many=True).data, status=201)


@read_docs(shapes.StepSerializer)
class StepViewSet(AuditViewSet):
    """The steps of the process maps."""

    queryset = Step.objects.select_related("lane__map__program").prefetch_related(
        Prefetch("arrows_out", Arrow.objects.order_by("pk"))
    )
    serializer_class = shapes.StepSerializer
    page_ordering = ("lane", "order", "pk")
    lookup_value_regex = "[0-9]+"
    rights = {
        "list": "audit.view_map",
        "retrieve": "audit.view_map",
        "create": "audit.edit",
        "partial_update": "audit.edit",
        "destroy": "audit.edit",
        "move": "audit.edit",
        "place": "audit.edit",
        "connect": "audit.edit",
        "disconnect": "audit.edit",
    }

    @extend_schema(request=shapes.StepWriteSerializer, responses={201: shapes.StepSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.StepWriteSerializer)
        return self.again(map_steps.add_step(by=request.user, **data).pk, 201)

    @extend_schema(request=shapes.StepChangeSerializer, responses={200: shapes.StepSerializer, **CONFLICT})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        step = self.get_object()
        data = self.validated(shapes.StepChangeSerializer)
        kept = {name: getattr(step, name) for name in ("name", "tool", "data_captured", "failure_mode")}
        if "leads_to" in data:
            data["next_steps"] = data.pop("leads_to")
        return self.again(map_steps.change_step(step=step, by=request.user, **{**kept, **data}).pk)

    @extend_schema(parameters=[SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        """Remove the step; what came before it leads to what came after."""
        map_steps.remove_step(step=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)

    @extend_schema(request=shapes.PlaceSerializer, responses={200: shapes.StepSerializer, **REFUSED})
    @action(["post"], detail=True)
    def move(self, request: Request, slug: str, pk: str) -> Response:
        step = self.get_object()
        map_steps.move_step(step=step, by=request.user, earlier=self.validated(shapes.PlaceSerializer)["up"])
        return self.again(step.pk)

    @extend_schema(request=shapes.StepPlaceSerializer, responses={200: shapes.StepSerializer, **CONFLICT})
    @action(["post"], detail=True)
    def place(self, request: Request, slug: str, pk: str) -> Response:
        """Put the step into a lane, before another step of it or at its end."""
        step = self.get_object()
        map_steps.place_step(step=step, by=request.user, **self.validated(shapes.StepPlaceSerializer))
        return self.again(step.pk)

    @extend_schema(request=shapes.ArrowWriteSerializer, responses={200: shapes.StepSerializer, **REFUSED})
    @action(["post"], detail=True)
    def connect(self, request: Request, slug: str, pk: str) -> Response:
        """Draw an arrow to another step, or say anew when that way is taken."""
        step = self.get_object()
        map_steps.connect_steps(source=step, by=request.user, **self.validated(shapes.ArrowWriteSerializer))
        return self.again(step.pk)

    @extend_schema(request=shapes.ArrowCutSerializer, responses={200: shapes.StepSerializer, **REFUSED})
    @action(["post"], detail=True)
    def disconnect(self, request: Request, slug: str, pk: str) -> Response:
        """Take the arrow to another step away."""
        step = self.get_object()
        map_steps.disconnect_steps(source=step, by=request.user, **self.validated(shapes.ArrowCutSerializer))
        return self.again(step.pk)


@read_docs(shapes.GapSerializer, NUMBER)
class GapViewSet(AuditViewSet):
    """The gaps with their yearly cost (A2)."""

    queryset = Gap.objects.select_related("program", "step").prefetch_related("capabilities")
    serializer_class = shapes.GapSerializer
    page_ordering = "number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {**READ, "create": "audit.edit", "partial_update": "audit.edit", "destroy": "audit.edit"}

    @extend_schema(request=shapes.GapWriteSerializer, responses={201: shapes.GapSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.GapWriteSerializer)
        return self.again(gaps.add_gap(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER], request=shapes.GapChangeSerializer, responses={200: shapes.GapSerializer, **CONFLICT}
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(shapes.GapChangeSerializer)
        return self.again(gaps.change_gap(gap=self.get_object(), by=request.user, **data).pk)

    @extend_schema(parameters=[NUMBER, SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, number: str) -> Response:
        gaps.remove_gap(gap=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)


@read_docs(shapes.CapabilitySerializer, NUMBER)
class CapabilityViewSet(AuditViewSet):
    """The capabilities in their buckets, by phase and rank, with what asks for them (A3)."""

    queryset = Capability.objects.with_trace().select_related("program").prefetch_related("gaps", "steps")
    serializer_class = shapes.CapabilitySerializer
    page_ordering = "number"
    lookup_field = "number"
    lookup_value_regex = "[0-9]+"
    rights = {
        **READ,
        "create": "audit.edit",
        "partial_update": "audit.edit",
        "destroy": "audit.edit",
        "rank": "audit.edit",
    }

    @extend_schema(
        request=shapes.CapabilityWriteSerializer, responses={201: shapes.CapabilitySerializer, **CAPABILITY_REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.CapabilityWriteSerializer)
        return self.again(capabilities.add_capability(program=self.program, by=request.user, **data).pk, 201)

    @extend_schema(
        parameters=[NUMBER],
        request=shapes.CapabilityChangeSerializer,
        responses={200: shapes.CapabilitySerializer, **CAPABILITY_REFUSED},
    )
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        """Change it, or move it to another bucket."""
        data = self.validated(shapes.CapabilityChangeSerializer)
        one = capabilities.change_capability(capability=self.get_object(), by=request.user, **data)
        return self.again(one.pk)

    @extend_schema(parameters=[NUMBER, SEEN_VERSION], responses={204: None, **CONFLICT})
    def destroy(self, request: Request, slug: str, number: str) -> Response:
        capabilities.remove_capability(capability=self.get_object(), by=request.user, seen_version=self.seen())
        return Response(status=204)

    @extend_schema(
        parameters=[NUMBER], request=shapes.PlaceSerializer, responses={200: shapes.CapabilitySerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def rank(self, request: Request, slug: str, number: str) -> Response:
        """One place up or down among those of the same bucket and phase."""
        one = self.get_object()
        capabilities.rank_capability(capability=one, by=request.user, **self.validated(shapes.PlaceSerializer))
        return self.again(one.pk)
