"""The REST endpoints of governance: the same services as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program.models import Position
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from governance import services
from governance.api import serializers as shapes
from governance.meetings import Meetings
from governance.models import Activity, Attestation, Dashboard, Meeting, Sponsorship, SystemOwner
from governance.overview import Overview
from governance.queries import load_matrix, open_owner, open_sponsorship
from phases.registry import Look


class RaciViewSet(ProgramViewSet):
    """The RACI: rows × positions, one A a row (R1).

    Codes of refusals: fixed_row, not_executive, not_held, raci_not_ready, already_signed, conflict.
    """

    queryset = Activity.objects.select_related("program")
    serializer_class = shapes.RowSerializer
    rights = {
        "list": "raci.view",
        "retrieve": "raci.view",
        "create": "raci.edit",
        "partial_update": "raci.edit",
        "destroy": "raci.edit",
        "cell": "raci.edit",
        "repair": "raci.edit",
        "suggest": "raci.edit",
        "sign": "raci.sign",
    }

    def row(self, activity: Activity) -> dict[str, Any]:
        return shapes.RowSerializer(load_matrix(self.program).row(activity)).data

    @extend_schema(responses={200: shapes.MatrixSerializer, **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        """The whole RACI with violations, repairs and the last sign-off."""
        return Response(shapes.MatrixSerializer(load_matrix(self.program)).data)

    @extend_schema(responses={200: shapes.RowSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str, pk: str) -> Response:
        return Response(self.row(self.get_object()))

    @extend_schema(request=shapes.ActivitySerializer, responses={201: shapes.RowSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.ActivitySerializer)
        activity = services.add_activity(program=self.program, by=request.user, **data)
        return Response(self.row(activity), status=201)

    @extend_schema(request=shapes.ActivitySerializer, responses={200: shapes.RowSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        activity = self.get_object()
        serializer = shapes.ActivitySerializer(activity, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = {"title": activity.title, "phase": activity.phase} | serializer.validated_data
        return Response(self.row(services.change_activity(activity=activity, by=request.user, **values)))

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        services.remove_activity(activity=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=shapes.SetCellSerializer, responses={200: shapes.RowSerializer, **REFUSED})
    @action(["put"], detail=True)
    def cell(self, request: Request, slug: str, pk: str) -> Response:
        """Set the letters of one position in this row; an A in the fixed row names the sponsor."""
        activity = self.get_object()
        services.set_cell(activity=activity, by=request.user, **self.validated(shapes.SetCellSerializer))
        return Response(self.row(activity))

    @extend_schema(request=shapes.KeepSerializer, responses={200: shapes.RowSerializer, **REFUSED})
    @action(["post"], detail=True)
    def repair(self, request: Request, slug: str, pk: str) -> Response:
        """Make one position the only A of this row; the others become Consulted."""
        activity = self.get_object()
        services.keep_accountable(activity=activity, by=request.user, **self.validated(shapes.KeepSerializer))
        return Response(self.row(activity))

    @extend_schema(request=None, responses={200: shapes.FilledSerializer, **REFUSED})
    @action(["post"], detail=False)
    def suggest(self, request: Request, slug: str) -> Response:
        """Fill the rows without letters with the usual ones."""
        return Response({"rows": services.suggest_letters(program=self.program, by=request.user)})

    @extend_schema(request=shapes.SignSerializer, responses={201: shapes.SignoffSerializer, **REFUSED})
    @action(["post"], detail=False)
    def sign(self, request: Request, slug: str) -> Response:
        """Sign the RACI as a whole."""
        seen = self.validated(shapes.SignSerializer)["digest"]
        signoff = services.sign_raci(program=self.program, by=request.user, seen_digest=seen)
        return Response(shapes.SignoffSerializer(signoff).data, status=201)


@extend_schema_view(
    list=extend_schema(responses={200: shapes.PositionSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: shapes.PositionSerializer, **REFUSED}),
)
class PositionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """The RACI's columns: title, level, holder (R2)."""

    queryset = Position.objects.select_related("program", "membership")
    serializer_class = shapes.PositionSerializer
    page_ordering = ("order", "pk")
    rights = {
        "list": "raci.view",
        "retrieve": "raci.view",
        "create": "positions.edit",
        "partial_update": "positions.edit",
        "destroy": "positions.edit",
        "move": "positions.edit",
    }

    @extend_schema(responses={201: shapes.PositionSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.PositionSerializer)
        position = services.save_position(program=self.program, by=request.user, **({"level": "staff"} | data))
        return Response(self.get_serializer(position).data, status=201)

    @extend_schema(responses={200: shapes.PositionSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        position = self.get_object()
        serializer = self.get_serializer(position, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        now = {"title": position.title, "level": position.level, "membership": position.membership}
        position = services.save_position(
            program=self.program, by=request.user, position=position, **(now | serializer.validated_data)
        )
        return Response(self.get_serializer(position).data)

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        services.remove_position(position=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=shapes.MoveSerializer, responses={200: shapes.PositionSerializer, **REFUSED})
    @action(["post"], detail=True)
    def move(self, request: Request, slug: str, pk: str) -> Response:
        """One place earlier or later."""
        earlier = self.validated(shapes.MoveSerializer)["earlier"]
        services.move_position(position=self.get_object(), by=request.user, earlier=earlier)
        return self.retrieve(request, slug, pk)


class SponsorViewSet(ProgramViewSet):
    """The executive sponsor: named, accepted in person, released (R2, R3)."""

    queryset = Sponsorship.objects.select_related("membership__user")
    serializer_class = shapes.SponsorSerializer
    pagination_class = None  # one object
    rights = {
        "list": "raci.view",
        "nominate": "sponsor.name",
        "accept": "sponsor.accept",
        "release": "sponsor.release",
    }

    def answer(self) -> Response:
        self.program.refresh_from_db()
        current = open_sponsorship(self.program)
        return Response(
            shapes.SponsorSerializer(
                {
                    "on_hold": self.program.on_hold,
                    "hold_reason": self.program.hold_reason,
                    "current": current,
                    "commitments": Meetings(self.program, current).promised,
                    "past": self.get_queryset().exclude(ended_at=None),
                }
            ).data
        )

    @extend_schema(responses={200: shapes.SponsorSerializer, **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        return self.answer()

    @extend_schema(request=shapes.NameSponsorSerializer, responses={200: shapes.SponsorSerializer, **REFUSED})
    @action(["post"], detail=False, url_path="name")
    def nominate(self, request: Request, slug: str) -> Response:
        """Name a member as sponsor; the program is on hold until they accept."""
        data = self.validated(shapes.NameSponsorSerializer)
        services.appoint_sponsor(program=self.program, by=request.user, **data)
        return self.answer()

    @extend_schema(request=None, responses={200: shapes.SponsorSerializer, **REFUSED})
    @action(["post"], detail=False)
    def accept(self, request: Request, slug: str) -> Response:
        """Accept in person: only the named member can."""
        services.accept_sponsorship(program=self.program, by=request.user)
        return self.answer()

    @extend_schema(request=shapes.ReleaseSerializer, responses={200: shapes.SponsorSerializer, **REFUSED})
    @action(["post"], detail=False)
    def release(self, request: Request, slug: str) -> Response:
        """End the sponsorship; the program goes on hold."""
        reason = self.validated(shapes.ReleaseSerializer)["reason"]
        services.release_sponsor(program=self.program, by=request.user, reason=reason)
        return self.answer()


class MeetingViewSet(ProgramViewSet):
    """The meetings that are due and who kept them (R2, R3, D3).

    Codes of refusals: not_due, invalid, not_permitted.
    """

    queryset = Meeting.objects.select_related("recorded_by")
    serializer_class = shapes.MeetingsSerializer
    pagination_class = None  # one object
    rights = {"list": "raci.view", "record": "meeting.record", "move": "meeting.plan"}

    def answer(self) -> Response:
        return Response(shapes.MeetingsSerializer(Meetings(self.program, open_sponsorship(self.program))).data)

    @extend_schema(responses={200: shapes.MeetingsSerializer, **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        return self.answer()

    @extend_schema(request=shapes.RecordMeetingSerializer, responses={200: shapes.MeetingSerializer, **REFUSED})
    @action(["post"], detail=False)
    def record(self, request: Request, slug: str) -> Response:
        """Record a due meeting, or correct it; the same again changes nothing."""
        data = self.validated(shapes.RecordMeetingSerializer)
        meeting = services.record_meeting(program=self.program, by=request.user, **data)
        return Response(shapes.MeetingSerializer(meeting).data)

    @extend_schema(request=shapes.MeetingDaySerializer, responses={200: shapes.MeetingsSerializer, **REFUSED})
    @action(["post"], detail=False)
    def move(self, request: Request, slug: str) -> Response:
        """Hold a meeting on another weekday from now on."""
        data = self.validated(shapes.MeetingDaySerializer)
        services.set_meeting_day(program=self.program, by=request.user, **data)
        return self.answer()


class SystemOwnerViewSet(ProgramViewSet):
    """The internal system owner and the support agreement (R5)."""

    queryset = SystemOwner.objects.select_related("membership__user", "named_by")
    serializer_class = shapes.OwnershipSerializer
    pagination_class = None  # one object
    rights = {"list": "raci.view", "nominate": "owner.name", "release": "owner.name"}

    def answer(self) -> Response:
        past = self.get_queryset().exclude(ended_at=None)
        return Response(shapes.OwnershipSerializer({"current": open_owner(self.program), "past": past}).data)

    @extend_schema(responses={200: shapes.OwnershipSerializer, **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        return self.answer()

    @extend_schema(request=shapes.NameOwnerSerializer, responses={200: shapes.OwnershipSerializer, **REFUSED})
    @action(["post"], detail=False, url_path="name")
    def nominate(self, request: Request, slug: str) -> Response:
        """Name a member as owner; the same member again changes the agreement."""
        data = self.validated(shapes.NameOwnerSerializer)
        services.name_system_owner(program=self.program, by=request.user, **data)
        return self.answer()

    @extend_schema(request=shapes.ReleaseSerializer, responses={200: shapes.OwnershipSerializer, **REFUSED})
    @action(["post"], detail=False)
    def release(self, request: Request, slug: str) -> Response:
        """End the ownership."""
        reason = self.validated(shapes.ReleaseSerializer)["reason"]
        services.release_system_owner(program=self.program, by=request.user, reason=reason)
        return self.answer()


@extend_schema_view(list=extend_schema(responses={200: shapes.AttestationSerializer(many=True), **REFUSED}))
class AttestationViewSet(mixins.ListModelMixin, ProgramViewSet):
    """What people attested, newest first; none is edited (C5, F)."""

    queryset = Attestation.objects.select_related("attested_by")
    serializer_class = shapes.AttestationSerializer
    page_ordering = ("-pk",)
    rights = {"list": "raci.view", "create": "attest"}

    @extend_schema(request=shapes.AttestationSerializer, responses={201: shapes.AttestationSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.AttestationSerializer)
        said = services.attest(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(said).data, status=201)


@extend_schema_view(list=extend_schema(responses={200: shapes.DashboardSerializer(many=True), **REFUSED}))
class DashboardViewSet(mixins.ListModelMixin, ProgramViewSet):
    """The registry of dashboards, retired ones too (R12, D5)."""

    queryset = Dashboard.objects.select_related("program", "added_by")
    serializer_class = shapes.DashboardSerializer
    page_ordering = ("pk",)
    rights = {
        "list": "raci.view",
        "create": "dashboard.edit",
        "partial_update": "dashboard.edit",
        "retire": "dashboard.edit",
        "reviews": "raci.view",
        "review": "raci.view",  # the service asks: its owner may, whatever their role
    }

    @extend_schema(request=shapes.DashboardSerializer, responses={201: shapes.DashboardSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(shapes.DashboardSerializer)
        added = services.add_dashboard(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(added).data, status=201)

    @extend_schema(request=None, responses={200: shapes.DashboardSerializer, **REFUSED})
    @action(["post"], detail=True)
    def retire(self, request: Request, slug: str, pk: str) -> Response:
        """Take it out of the registry; again changes nothing."""
        retired = services.retire_dashboard(dashboard=self.get_object(), by=request.user)
        return Response(self.get_serializer(retired).data)

    @extend_schema(request=shapes.DashboardChangeSerializer, responses={200: shapes.DashboardSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        """Say how often it is reviewed, and who owns it."""
        data = self.validated(shapes.DashboardChangeSerializer)
        changed = services.change_dashboard(dashboard=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={200: shapes.DashboardReviewSerializer(many=True), **REFUSED}, filters=False)
    @action(["get"], detail=True, pagination_class=None)
    def reviews(self, request: Request, slug: str, pk: str) -> Response:
        """Who looked at it, and what was decided; newest first, the last 100."""
        found = self.get_object().reviews.select_related("reviewed_by")[:100]
        return Response(shapes.DashboardReviewSerializer(found, many=True).data)

    @extend_schema(
        request=shapes.DashboardReviewSerializer, responses={201: shapes.DashboardReviewSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def review(self, request: Request, slug: str, pk: str) -> Response:
        """Record a look at it with the decision; its owner may, too."""
        data = self.validated(shapes.DashboardReviewSerializer)
        made = services.review_dashboard(dashboard=self.get_object(), by=request.user, **data)
        return Response(shapes.DashboardReviewSerializer(made).data, status=201)


class OverviewViewSet(ProgramViewSet):
    """Where the program stands: the numbers of the overview page."""

    queryset = Activity.objects.all()
    serializer_class = shapes.OverviewSerializer
    pagination_class = None  # one object
    rights = {"list": "overview.view"}

    @extend_schema(responses={200: shapes.OverviewSerializer, **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        return Response(shapes.OverviewSerializer(Overview(Look(self.program), request.user)).data)
