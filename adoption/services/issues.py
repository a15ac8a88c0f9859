"""Report, judge and close what goes wrong in use (C4, M11)."""

from __future__ import annotations

from django.db import transaction

from adoption.errors import IssueRefused
from adoption.models import Issue, IssueReview, IssueState, Severity
from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, Team, User


@transaction.atomic
def report_issue(
    *, program: Program, by: User, title: str, severity: str, detail: str = "", team: Team | None = None
) -> Issue:
    """Enter a problem somebody has with the system. Raises NotYours, Invalid."""
    policy.require(by, "issues.report", program)
    if not title.strip():
        raise Invalid("Say in a few words what goes wrong.", field="title")
    _check(program, severity, team)
    issue = Issue.objects.create(
        program=program, number=program.next_number("issue"), title=title.strip()[:160], detail=detail.strip(),
        severity=severity, team=team, reported_by=by, reported_at=clock.now(),
    )  # fmt: skip
    audit.record(by=by, verb="issue.reported", subject=issue, after={"title": issue.title, "severity": severity})
    outbox.put("issue.reported", issue)
    return issue


@transaction.atomic
def judge_issue(*, issue: Issue, by: User, severity: str, reason: str, team: Team | None = None) -> Issue:
    """Change how much an open issue stops, and whom, with the reason (R7: triage)."""
    policy.require(by, "issues.close", issue)
    one = _locked(issue)
    if not one.is_open:
        raise IssueRefused(f"{one.code} is closed; open it again first.")
    if not reason.strip():
        raise Invalid("Say why it is judged so.", field="reason")
    _check(one.program, severity, team)
    before, after = audit.changes(one, {"severity": severity, "team": team})
    if after:
        one.save(update_fields=["severity", "team"])
        audit.record(by=by, verb="issue.judged", subject=one, before=before, after=after, note=reason.strip())
    return one


@transaction.atomic
def close_issue(*, issue: Issue, by: User, resolution: str) -> Issue:
    """Close it with what was done. Raises NotYours, Invalid, or IssueRefused when it is closed."""
    policy.require(by, "issues.close", issue)
    one = _locked(issue)
    if not one.is_open:
        raise IssueRefused(f"{one.code} is closed already.")
    if not resolution.strip():
        raise Invalid("Say what was done about it.", field="resolution")
    one.state, one.resolution = IssueState.CLOSED, resolution.strip()
    one.closed_by, one.closed_at = by, clock.now()
    one.save()
    audit.record(by=by, verb="issue.closed", subject=one, after={"resolution": one.resolution})
    outbox.put("issue.closed", one)
    return one


@transaction.atomic
def reopen_issue(*, issue: Issue, by: User, reason: str) -> Issue:
    """Open it again: it was not solved. What had been said stays in its history."""
    policy.require(by, "issues.report", issue)
    one = _locked(issue)
    if one.is_open:
        raise IssueRefused(f"{one.code} is open.")
    if not reason.strip():
        raise Invalid("Say what still goes wrong.", field="reason")
    before = {"resolution": one.resolution}
    one.state, one.resolution, one.closed_by, one.closed_at = IssueState.OPEN, "", None, None
    one.save()
    audit.record(by=by, verb="issue.reopened", subject=one, before=before, note=reason.strip())
    outbox.put("issue.reopened", one)
    return one


@transaction.atomic
def review_issues(*, program: Program, by: User, note: str) -> IssueReview:
    """Say that the register was gone through with the users, and what stands in it (C4)."""
    policy.require(by, "issues.close", program)
    if not note.strip():
        raise Invalid("Say with whom it was gone through.", field="note")
    review = IssueReview.objects.create(
        program=program, note=note.strip()[:300], open_count=Issue.objects.of(program).open().count(),
        holding_count=Issue.objects.of(program).holding().count(), reviewed_by=by, reviewed_at=clock.now(),
    )  # fmt: skip
    after = {"open": review.open_count, "holding": review.holding_count}
    audit.record(by=by, verb="issues.reviewed", subject=review, program=program, after=after, note=review.note)
    return review


def _locked(issue: Issue) -> Issue:
    Issue.objects.lock(issue.pk)
    return Issue.objects.select_related("program", "team").get(pk=issue.pk)


def _check(program: Program, severity: str, team: Team | None) -> None:
    if severity not in Severity.values:
        raise Invalid(f"“{severity}” is no severity.", field="severity")
    if team is not None and team.program_id != program.pk:
        raise Invalid("This team is not of this program.", field="team")
