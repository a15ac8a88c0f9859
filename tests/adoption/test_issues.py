"""The register of issues and what it says of a pilot (C4, M11)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from adoption.errors import IssueRefused
from adoption.metrics import Week
from adoption.models import ActivityWeek, Issue, IssueReview, IssueState, Metric, Severity
from adoption.services import issues
from crmprogram.program import audit, clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from crmprogram.web.shell import next_for
from phases.models import Fact
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from tests.factories import MembershipFactory, TeamFactory

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # the Monday after week 22
USED = Week(2026, 22)


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


@pytest.fixture
def report(member):
    def reported(severity=Severity.MAJOR, **more):
        more.setdefault("title", "Mails are not filed")
        return issues.report_issue(program=member.program, by=member.user, severity=severity, **more)

    return reported


@pytest.fixture
def lead(program):
    return MembershipFactory(program=program, role=Role.TEAM_LEAD)


def test_issue_is_reported_judged_closed_and_opened_again(member, lead, east):
    by = {"by": member.user}
    one = issues.report_issue(program=member.program, by=lead.user, title=" Slow ", severity="major", team=east)
    assert (one.code, one.title, one.is_holding) == ("I-01", "Slow", True)

    assert not issues.judge_issue(issue=one, severity="minor", reason="Only on Mondays", **by).is_holding
    closed = issues.close_issue(issue=one, resolution="An index was missing.", **by)
    assert (closed.state, closed.closed_by, closed.closed_at) == (IssueState.CLOSED, member.user, NOW)
    again = issues.reopen_issue(issue=one, by=lead.user, reason="Slow again since the update")

    assert (again.state, again.resolution, again.closed_at) == (IssueState.OPEN, "", None)
    assert [entry.verb for entry in audit.history(one).order_by("pk")] == [
        "issue.reported",
        "issue.judged",
        "issue.closed",
        "issue.reopened",
    ]


def test_issue_needs_words_and_a_team_of_this_program(member, report):
    with pytest.raises(Invalid, match="in a few words"):
        report(title="  ")
    with pytest.raises(Invalid, match="no severity"):
        report(severity="terrible")
    with pytest.raises(Invalid, match="not of this program"):
        report(team=TeamFactory())
    one = report()
    with pytest.raises(Invalid, match="what was done"):
        issues.close_issue(issue=one, by=member.user, resolution=" ")
    with pytest.raises(Invalid, match="with whom"):
        issues.review_issues(program=member.program, by=member.user, note=" ")


def test_issue_takes_each_step_once(member, report):
    one = report()
    with pytest.raises(IssueRefused, match="I-01 is open"):
        issues.reopen_issue(issue=one, by=member.user, reason="Why not")
    issues.close_issue(issue=one, by=member.user, resolution="Fixed.")

    with pytest.raises(IssueRefused, match="closed already"):
        issues.close_issue(issue=one, by=member.user, resolution="Fixed twice.")
    with pytest.raises(IssueRefused, match="open it again first"):
        issues.judge_issue(issue=one, by=member.user, severity="minor", reason="After the fact")


def test_leads_report_and_viewers_read(program, report, lead):
    one, viewer = report(), MembershipFactory(program=program, role=Role.VIEWER)
    with pytest.raises(NotYours):
        issues.close_issue(issue=one, by=lead.user, resolution="I say it is fixed.")
    with pytest.raises(NotYours):
        issues.report_issue(program=program, by=viewer.user, title="I see something", severity="minor")


def test_database_keeps_closed_issues_explained(report):
    one = report()
    with pytest.raises(IntegrityError), transaction.atomic():
        Issue.objects.filter(pk=one.pk).update(state="closed")


@pytest.fixture
def week(program):
    """Store a complete week in which `part` of 10 reps were active."""

    def store(part=8, scope="pilot", at=USED, doubt=""):
        ActivityWeek.objects.update_or_create(
            program=program, period=str(at), defaults={"is_complete": True, "rows": 90, "doubt": doubt}
        )
        Fact.objects.create(
            program=program, key=Metric.WEEKLY, period=str(at), scope=scope, numerator=part,
            denominator=0 if doubt else 10, as_of=NOW, source="test",
        )  # fmt: skip

    return store


def judged(program):
    return examine(Look(program), "adoption.pilot")


def review(member, note="Gone through with the pilot reps on Friday."):
    return issues.review_issues(program=member.program, by=member.user, note=note)


def test_pilot_cannot_be_told_without_a_week_of_use(member, program):
    review(member)

    assert judged(program).verdict is UNKNOWN


def test_pilot_cannot_be_told_from_an_empty_register(member, program, week):
    week()
    found = judged(program)

    assert found.verdict is UNKNOWN
    assert "neither written in nor gone through" in found.summary


@pytest.mark.parametrize(("part", "verdict"), [(8, MET), (7, NOT_MET)])
def test_pilot_is_met_by_a_week_in_use_and_a_review_without_open_issues(member, program, week, part, verdict):
    week(part)
    review(member)

    assert judged(program).verdict is verdict


@pytest.mark.parametrize("scope", ["pilot", "all"])
def test_without_a_pilot_all_live_reps_are_asked(member, program, week, scope):
    week(scope=scope)
    review(member)

    assert judged(program).verdict is MET
    assert judged(program).summary.startswith("8 of 10 pilot reps" if scope == "pilot" else "8 of 10 due reps")


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [(Severity.BLOCKER, NOT_MET), (Severity.CRITICAL, NOT_MET), (Severity.MAJOR, NOT_MET), (Severity.MINOR, MET)],
)
def test_open_issue_worse_than_minor_holds_the_pilot_back(program, week, report, severity, verdict):
    week()
    report(severity)

    found = judged(program)
    assert (found.verdict, found.value) == (verdict, 0 if verdict is MET else 1)


def test_closing_the_issue_lets_the_pilot_through(member, program, week, report):
    week()
    issues.close_issue(issue=report(), by=member.user, resolution="The mail gateway was set.")

    assert judged(program).verdict is MET


def test_review_from_before_the_week_says_nothing_of_it(member, program, week):
    with clock.at(NOW - timedelta(days=8)):  # the Sunday before week 22
        review(member)
    week()

    assert judged(program).verdict is UNKNOWN


def test_week_in_doubt_is_no_week_of_use(member, program, week):
    week(doubt="3 of 6 reps are missing.")
    review(member)

    assert judged(program).verdict is UNKNOWN


def url(program, name="issues", *args):
    return reverse(f"adoption:{name}", args=[program.slug, *args])


def test_issue_goes_its_way_on_the_pages(client, member, program, east):
    client.force_login(member.user)
    assert b"No issue is recorded yet" in client.get(url(program)).content

    answer = client.post(url(program), {"title": "Mails are lost", "severity": "critical", "team": east.pk})
    assert answer.status_code == 303
    assert b"1 issue holds the pilot back" in client.get(url(program)).content
    judge = {"severity": "major", "team": "", "reason": "They come late"}
    assert client.post(url(program, "issue-judge", 1), judge).status_code == 303
    assert client.post(url(program, "issue-close", 1), {"resolution": ""}).status_code == 422
    assert client.post(url(program, "issue-close", 1), {"resolution": "The gateway is set."}).status_code == 303
    assert client.post(url(program, "issue-close", 1), {"resolution": "Twice."}).status_code == 409
    assert b"The gateway is set." in client.get(url(program, "issue", 1)).content
    assert client.post(url(program, "issue-reopen", 1), {"reason": "Again"}).status_code == 303
    assert client.post(url(program, "issues-review"), {"note": "With the reps."}).status_code == 303
    assert (IssueReview.objects.get().open_count, IssueReview.objects.get().holding_count) == (1, 1)
    text = b"".join(client.get(url(program, "issues-file")).streaming_content).decode()
    assert '"I-01","Mails are lost","Major",""' in text


def test_issue_goes_its_way_over_rest(client, member, program):
    client.force_login(member.user)

    def call(path, body):
        return client.post(f"/api/v1/programs/{program.slug}/{path}", body, content_type="application/json")

    made = call("issues/", {"title": "Mails are lost", "severity": "blocker"})
    assert (made.status_code, made.json()["code"], made.json()["state"]) == (201, "I-01", "open")
    assert call("issues/1/judge/", {"severity": "minor", "reason": "Few"}).json()["severity"] == "minor"
    assert call("issues/1/close/", {"resolution": "Set."}).json()["state"] == "closed"
    assert call("issues/1/close/", {"resolution": "Set."}).json()["code"] == "issue_refused"
    assert call("issues/1/reopen/", {"reason": "Again"}).json()["state"] == "open"
    reviewed = call("issue-reviews/", {"note": "With the reps."}).json()
    assert (reviewed["open_count"], reviewed["holding_count"]) == (1, 0)
    listed = client.get(f"/api/v1/programs/{program.slug}/issues/").json()["results"]
    assert [one["code"] for one in listed] == ["I-01"]


def test_who_may_close_is_told_of_open_issues(member, program, report, lead):
    report()

    title = "Close 1 issue worse than minor"
    assert title in [one.title for one in next_for(member.user, program, Look(program))]
    assert title not in [one.title for one in next_for(lead.user, program, Look(program))]


@pytest.mark.parametrize("path", ["issues", "issues-file", "issues-review"])
def test_stranger_finds_no_register(client, program, path):
    client.force_login(MembershipFactory(role=Role.SALES_OPS).user)

    assert client.get(url(program, path)).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 300])
def test_register_costs_the_same_for_any_number(client, member, program, count, django_assert_max_num_queries):
    Issue.objects.bulk_create(
        Issue(program=program, number=n, title="Slow", severity="minor", reported_by=member.user)
        for n in range(1, count + 1)
    )
    client.force_login(member.user)

    with django_assert_max_num_queries(30):
        page = client.get(url(program))
    assert len(page.context["rows"]) == count
    with django_assert_max_num_queries(9):
        listed = client.get(f"/api/v1/programs/{program.slug}/issues/").json()["results"]
    assert len(listed) == min(count, 50)
