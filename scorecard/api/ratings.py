"""The own rating sheet over REST, with its evidence (V3)."""

from __future__ import annotations

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from scorecard.api import serializers
from scorecard.models import Rater, Rating
from scorecard.services import card, files
from scorecard.views.sheet import evidence_response


@extend_schema_view(list=extend_schema(responses={200: serializers.RatingSerializer(many=True), **REFUSED}))
class RatingViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Your own sheet, and the others' once you owe nothing: blind for everyone alike (V3)."""

    queryset = Rating.objects.select_related("rater__membership__user")
    serializer_class = serializers.RatingSerializer
    rights = {
        "list": "scorecard.view",
        "create": "scorecard.rate",
        "submit": "scorecard.rate",
        "reopen": "scorecard.rate",
        "file": "scorecard.view",
        "attach": "scorecard.rate",
        "detach": "scorecard.rate",
    }

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user.pk)

    @property
    def rater(self) -> Rater:
        mine = Rater.objects.of(self.program).expected().filter(membership=self.membership)
        found = mine.select_related("scorecard__program", "membership__user").first()
        if found is None:
            raise NotFound("You are not asked to rate here.")
        return found

    @extend_schema(request=serializers.RateSerializer, responses={200: serializers.RatingSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Save one cell of your sheet; the same cell again replaces it."""
        data = self.validated(serializers.RateSerializer)
        rating = card.rate(rater=self.rater, by=request.user, **data)
        return Response(self.get_serializer(rating).data)

    @extend_schema(request=None, responses={200: serializers.RaterSerializer, **REFUSED})
    @action(["post"], detail=False)
    def submit(self, request: Request, slug: str) -> Response:
        """Submit your sheet: from now on it counts, and you see the others'."""
        return Response(serializers.RaterSerializer(card.submit_sheet(rater=self.rater, by=request.user)).data)

    @extend_schema(request=serializers.PickReasonSerializer, responses={200: serializers.RaterSerializer, **REFUSED})
    @action(["post"], detail=False)
    def reopen(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.PickReasonSerializer)
        return Response(serializers.RaterSerializer(card.reopen_sheet(rater=self.rater, by=request.user, **data)).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **REFUSED})
    @action(["get"], detail=True)
    def file(self, request: Request, slug: str, pk: str) -> FileResponse:
        """The file that the rating stands on; 404 without one."""
        rating = self.get_object()
        if not rating.file_sha256:
            raise NotFound("No file is attached.")
        return evidence_response(rating)

    @extend_schema(request=serializers.EvidenceSerializer, responses={200: serializers.RatingSerializer, **REFUSED})
    @action(["post"], detail=False, parser_classes=[MultiPartParser])
    def attach(self, request: Request, slug: str) -> Response:
        """Keep one file of at most 10 MB with a cell of your sheet, in place of the one before."""
        data = self.validated(serializers.EvidenceSerializer)
        rating = files.attach_file(rater=self.rater, by=request.user, file_name=data["file"].name, **data)
        return Response(self.get_serializer(rating).data)

    @extend_schema(request=None, responses={200: serializers.RatingSerializer, **REFUSED})
    @action(["post"], detail=True)
    def detach(self, request: Request, slug: str, pk: str) -> Response:
        """Take the file of a cell of your sheet away."""
        return Response(self.get_serializer(files.detach_file(rating=self.get_object(), by=request.user)).data)
