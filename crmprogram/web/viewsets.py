"""The REST endpoints of the program floor."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Job
from crmprogram.program import services
from crmprogram.program.errors import TokenRefused
from crmprogram.program.models import ApiToken, AuditEntry, Invitation, Membership, Program, Team
from crmprogram.web import serializers
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.api_access import ProgramPermission
from crmprogram.web.idempotency import IdempotentPosts

REFUSED = {
    400: OpenApiResponse(serializers.ErrorSerializer, "The request has fields to correct."),
    401: OpenApiResponse(serializers.ErrorSerializer, "No or no valid credentials."),
    403: OpenApiResponse(serializers.ErrorSerializer, "Your role does not allow this."),
    404: OpenApiResponse(serializers.ErrorSerializer, "Not there, or not yours to see."),
    409: OpenApiResponse(serializers.ErrorSerializer, "A rule of the program says no."),
}


class ProgramsViewSet(IdempotentPosts, viewsets.GenericViewSet):
    """The programs you are a member of."""

    queryset = Program.objects.order_by("pk")
    serializer_class = serializers.ProgramSerializer
    lookup_field = lookup_url_kwarg = "slug"
    rights = {"retrieve": "program.view", "partial_update": "program.edit"}
    outside_programs = True  # the list is limited by for_user; making a program needs no program

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated(), ProgramPermission()]

    def get_queryset(self):
        mine = Membership.objects.active().filter(program=OuterRef("pk"), user=self.request.user.pk)
        return super().get_queryset().for_user(self.request.user).annotate(my_role=Subquery(mine.values("role")[:1]))

    @extend_schema(responses={200: serializers.ProgramSerializer(many=True), **REFUSED})
    def list(self, request: Request) -> Response:
        queryset = self.get_queryset()
        if isinstance(request.auth, ApiToken):  # a token opens its one program
            queryset = queryset.filter(pk=request.auth.program_id)
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=serializers.NewProgramSerializer, responses={201: serializers.ProgramSerializer, **REFUSED})
    def create(self, request: Request) -> Response:
        """Make a program; you become its sales-ops manager. Not with a token: it belongs to one program."""
        if isinstance(request.auth, ApiToken):
            raise TokenRefused("A token belongs to one program. Sign in to make another.")
        serializer = serializers.NewProgramSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        program = services.create_program(by=request.user, **serializer.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=program.pk)).data, status=201)

    @extend_schema(responses={200: serializers.ProgramSerializer, **REFUSED})
    def retrieve(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={200: serializers.ProgramSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str) -> Response:
        program = self.get_object()
        serializer = self.get_serializer(program, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        services.update_program(program=program, by=request.user, **serializer.validated_data)
        return self.retrieve(request, slug)


@extend_schema_view(
    list=extend_schema(responses={200: serializers.MembershipSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: serializers.MembershipSerializer, **REFUSED}),
)
class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Who is in the program, as what (P3)."""

    queryset = Membership.objects.select_related("user", "team")
    serializer_class = serializers.MembershipSerializer
    rights = {
        "list": "members.view",
        "retrieve": "members.view",
        "partial_update": "members.manage",
        "deactivate": "members.manage",
    }

    @extend_schema(
        request=serializers.MemberChangeSerializer, responses={200: serializers.MembershipSerializer, **REFUSED}
    )
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        member = self.get_object()
        services.change_member(membership=member, by=request.user, **self.validated(serializers.MemberChangeSerializer))
        return Response(self.get_serializer(member).data)

    @extend_schema(request=None, responses={200: serializers.MembershipSerializer, **REFUSED})
    @action(["post"], detail=True)
    def deactivate(self, request: Request, slug: str, pk: str) -> Response:
        """End the membership; the history stays."""
        member = services.deactivate_member(membership=self.get_object(), by=request.user)
        return Response(self.get_serializer(member).data)


@extend_schema_view(list=extend_schema(responses={200: serializers.InvitationSerializer(many=True), **REFUSED}))
class InvitationViewSet(mixins.ListModelMixin, ProgramViewSet):
    """One-use invitations. The link is in the answer to the POST, and nowhere else."""

    queryset = Invitation.objects.all()
    serializer_class = serializers.InvitationSerializer
    rights = {"list": "members.manage", "create": "members.manage", "revoke": "members.manage"}

    @extend_schema(
        request=serializers.InvitationSerializer, responses={201: serializers.NewInvitationSerializer, **REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.InvitationSerializer)
        invitation, token = services.invite_member(program=self.program, by=request.user, **data)
        invitation.link = request.build_absolute_uri(reverse("web:join", args=[token]))
        return Response(serializers.NewInvitationSerializer(invitation).data, status=201)

    @extend_schema(request=None, responses={200: serializers.InvitationSerializer, **REFUSED})
    @action(["post"], detail=True)
    def revoke(self, request: Request, slug: str, pk: str) -> Response:
        invitation = services.revoke_invitation(invitation=self.get_object(), by=request.user)
        return Response(self.get_serializer(invitation).data)


@extend_schema_view(
    list=extend_schema(responses={200: serializers.TeamSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: serializers.TeamSerializer, **REFUSED}),
)
class TeamViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Teams and the waves in which they go live (P4)."""

    queryset = Team.objects.all()
    serializer_class = serializers.TeamSerializer
    rights = {
        "list": "teams.view",
        "retrieve": "teams.view",
        "create": "teams.edit",
        "partial_update": "teams.edit",
        "destroy": "teams.edit",
    }

    @extend_schema(responses={201: serializers.TeamSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.TeamSerializer)
        team = services.save_team(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(team).data, status=201)

    @extend_schema(responses={200: serializers.TeamSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, pk: str) -> Response:
        team = self.get_object()
        serializer = self.get_serializer(team, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        services.save_team(program=self.program, by=request.user, team=team, **serializer.validated_data)
        return Response(self.get_serializer(team).data)

    @extend_schema(responses={204: None, **REFUSED})
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        services.remove_team(team=self.get_object(), by=request.user)
        return Response(status=204)


@extend_schema_view(list=extend_schema(responses={200: serializers.TokenSerializer(many=True), **REFUSED}))
class TokenViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Your own access tokens for this program. A token has your rights as they are at each request."""

    queryset = ApiToken.objects.all()
    serializer_class = serializers.TokenSerializer
    rights = {"list": "tokens.own", "create": "tokens.own", "revoke": "tokens.own"}

    def get_queryset(self):
        return super().get_queryset().filter(user=self.request.user.pk)

    @extend_schema(request=serializers.TokenSerializer, responses={201: serializers.NewTokenSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        if isinstance(request.auth, ApiToken):
            raise TokenRefused("A token cannot make another token. Sign in to make one.")
        data = self.validated(serializers.TokenSerializer)
        token, raw = services.make_token(program=self.program, by=request.user, **data)
        token.token = raw
        return Response(serializers.NewTokenSerializer(token).data, status=201)

    @extend_schema(request=None, responses={200: serializers.TokenSerializer, **REFUSED})
    @action(["post"], detail=True)
    def revoke(self, request: Request, slug: str, pk: str) -> Response:
        return Response(self.get_serializer(services.revoke_token(token=self.get_object(), by=request.user)).data)


@extend_schema_view(
    list=extend_schema(responses={200: serializers.JobSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses={200: serializers.JobDetailSerializer, **REFUSED}),
)
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Background work: progress with rate and time left, stop and resume."""

    queryset = Job.objects.select_related("started_by", "program")
    serializer_class = serializers.JobSerializer
    rights = {"list": "jobs.view", "retrieve": "jobs.view", "stop": "jobs.control", "resume": "jobs.control"}

    def get_serializer_class(self):
        return serializers.JobSerializer if self.action == "list" else serializers.JobDetailSerializer

    @extend_schema(request=None, responses={200: serializers.JobDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def stop(self, request: Request, slug: str, pk: str) -> Response:
        """Stop after the present part; what is committed stays."""
        return Response(self.get_serializer(jobs.stop_job(job=self.get_object(), by=request.user)).data)

    @extend_schema(request=None, responses={200: serializers.JobDetailSerializer, **REFUSED})
    @action(["post"], detail=True)
    def resume(self, request: Request, slug: str, pk: str) -> Response:
        """Go on from the last committed part."""
        return Response(self.get_serializer(jobs.resume_job(job=self.get_object(), by=request.user)).data)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("verb", OpenApiTypes.STR, description="Only entries whose verb starts so."),
            OpenApiParameter("subject_type", OpenApiTypes.STR),
            OpenApiParameter("subject_id", OpenApiTypes.STR),
        ],
        responses={200: serializers.AuditEntrySerializer(many=True), **REFUSED},
    )
)
class HistoryViewSet(mixins.ListModelMixin, ProgramViewSet):
    """The audit trail of the program, newest first."""

    queryset = AuditEntry.objects.select_related("by")
    serializer_class = serializers.AuditEntrySerializer
    rights = {"list": "program.history"}

    def get_queryset(self):
        queryset = super().get_queryset()
        asked = self.request.query_params
        if verb := asked.get("verb"):
            queryset = queryset.filter(verb__startswith=verb)
        for name in ("subject_type", "subject_id"):
            if value := asked.get(name):
                queryset = queryset.filter(**{name: value})
        return queryset.order_by(F("pk").desc())
