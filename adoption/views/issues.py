"""Issues from pilot to hypercare: report, judge, close, review (C4, M11)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from adoption.forms import CloseIssueForm, IssueForm, JudgeIssueForm, ReopenIssueForm, ReviewIssuesForm
from adoption.models import Issue, IssueReview
from adoption.services import issues
from crmprogram.program import audit
from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response
from crmprogram.web.views import ProgramView

SHOWN = 300  # the file has all


class Issues(ProgramView):
    """The register: what is open first, worst first; report one here."""

    action = "issues.view"
    post_action = "issues.report"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, **more: Any) -> HttpResponse:
        rows = list(Issue.objects.of(self.program).worst_first().select_related("program", "team")[:SHOWN])
        given = {
            "rows": rows,
            "open": sum(one.is_open for one in rows),
            "holding": sum(one.is_holding for one in rows),
            "review": IssueReview.objects.of(self.program).select_related("reviewed_by").first(),
            "form": IssueForm(program=self.program),
            "review_form": ReviewIssuesForm(),
        }
        return self.page("adoption/issues.html", status=status, **(given | more))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = IssueForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(422, form=form)
        try:
            issue = issues.report_issue(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(exc.status if exc.status != 400 else 422, form=form, error=exc)
        return self.done("adoption:issues", message=f"{issue.code} is in the register.")


class ReviewIssues(Issues):
    """Say that the register was gone through with the users."""

    post_action = "issues.close"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReviewIssuesForm(request.POST)
        if not form.is_valid():
            return self.shown(422, review_form=form)
        issues.review_issues(program=self.program, by=request.user, **form.cleaned_data)
        return self.done("adoption:issues", message="The review is recorded.")


class IssuesFile(ProgramView):
    """The register as CSV."""

    action = "issues.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        head = ["Issue", "Title", "Severity", "Team", "State", "Reported", "Closed", "Resolution"]
        found = Issue.objects.of(self.program).worst_first().select_related("team")
        rows = [
            [one.code, one.title, one.word, one.team or "", one.get_state_display(), one.reported_at,
             one.closed_at or "", one.resolution]
            for one in found
        ]  # fmt: skip
        return csv_response(f"issues-{self.program.slug}.csv", [head, *rows])


class IssuePage(ProgramView):
    """One issue, with what may be done about it now."""

    action = "issues.view"

    def find(self, number: int) -> Issue:
        found = Issue.objects.of(self.program).select_related("program", "team", "reported_by", "closed_by")
        return get_object_or_404(found, number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.find(number))

    def shown(self, one: Issue, status: int = 200, **more: Any) -> HttpResponse:
        given = {
            "one": one,
            "history": list(audit.history(one).select_related("by")),
            "judge_form": JudgeIssueForm(initial={"severity": one.severity, "team": one.team}, program=self.program),
            "close_form": CloseIssueForm(),
            "reopen_form": ReopenIssueForm(),
        }
        return self.page("adoption/issue.html", status=status, **(given | more))

    def act(self, number: int, name: str, form: Any, service: Any, message: str) -> HttpResponse:
        one = self.find(number)
        if not form.is_valid():
            return self.shown(one, 422, **{name: form})
        try:
            service(issue=one, by=self.request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(self.find(number), exc.status if exc.status != 400 else 422, **{name: form}, error=exc)
        return self.done("adoption:issue", number, message=f"{one.code} {message}.")


class JudgeIssue(IssuePage):
    post_action = "issues.close"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = JudgeIssueForm(request.POST, program=self.program)
        return self.act(number, "judge_form", form, issues.judge_issue, "is judged anew")


class CloseIssue(IssuePage):
    post_action = "issues.close"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.act(number, "close_form", CloseIssueForm(request.POST), issues.close_issue, "is closed")


class ReopenIssue(IssuePage):
    post_action = "issues.report"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.act(number, "reopen_form", ReopenIssueForm(request.POST), issues.reopen_issue, "is open again")
