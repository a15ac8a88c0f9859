"""Issues over REST: the same services as the pages (C4)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from adoption.api import serializers
from adoption.models import Issue, IssueReview
from adoption.services import issues
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED

ANSWER = {200: serializers.IssueSerializer, **REFUSED}


@extend_schema_view(
    list=extend_schema(responses={200: serializers.IssueSerializer(many=True), **REFUSED}),
    retrieve=extend_schema(responses=ANSWER),
)
class IssueViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """The register of issues, from pilot to hypercare."""

    queryset = Issue.objects.select_related("program", "team", "reported_by", "closed_by")
    serializer_class = serializers.IssueSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    page_ordering = "number"
    rights = {
        "list": "issues.view",
        "retrieve": "issues.view",
        "create": "issues.report",
        "judge": "issues.close",
        "close": "issues.close",
        "reopen": "issues.report",
    }

    @extend_schema(responses={201: serializers.IssueSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Report an issue."""
        data = self.validated(serializers.IssueSerializer)
        issue = issues.report_issue(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(issue).data, status=201)

    @extend_schema(request=serializers.IssueJudgementSerializer, responses=ANSWER)
    @action(["post"], detail=True)
    def judge(self, request: Request, slug: str, number: str) -> Response:
        """Change its severity or team, with the reason."""
        return self.acted(issues.judge_issue, serializers.IssueJudgementSerializer)

    @extend_schema(request=serializers.IssueResolutionSerializer, responses=ANSWER)
    @action(["post"], detail=True)
    def close(self, request: Request, slug: str, number: str) -> Response:
        """Close it with what was done."""
        return self.acted(issues.close_issue, serializers.IssueResolutionSerializer)

    @extend_schema(request=serializers.IssueReasonSerializer, responses=ANSWER)
    @action(["post"], detail=True)
    def reopen(self, request: Request, slug: str, number: str) -> Response:
        """Open it again: it was not solved."""
        return self.acted(issues.reopen_issue, serializers.IssueReasonSerializer)

    def acted(self, service, serializer) -> Response:
        issue = service(issue=self.get_object(), by=self.request.user, **self.validated(serializer))
        return Response(self.get_serializer(issue).data)


@extend_schema_view(list=extend_schema(responses={200: serializers.IssueReviewSerializer(many=True), **REFUSED}))
class IssueReviewViewSet(mixins.ListModelMixin, ProgramViewSet):
    """When the register was gone through with the users."""

    queryset = IssueReview.objects.select_related("reviewed_by")
    serializer_class = serializers.IssueReviewSerializer
    page_ordering = "-pk"
    rights = {"list": "issues.view", "create": "issues.close"}

    @extend_schema(responses={201: serializers.IssueReviewSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Record a review."""
        data = self.validated(serializers.IssueReviewSerializer)
        review = issues.review_issues(program=self.program, by=request.user, **data)
        return Response(self.get_serializer(review).data, status=201)
