"""Pages of `governance` under /p/<slug>/."""

from django.urls import path

from governance.views import (
    dashboards,
    digests,
    five_minutes,
    meetings,
    one_pager,
    overview,
    ownership,
    positions,
    raci,
    sponsor,
    strategy,
)

app_name = "governance"

urlpatterns = [
    path("", overview.OverviewPage.as_view(), name="overview"),
    path("start/", overview.StartPage.as_view(), name="start"),
    path("strategy-test/", strategy.StrategyTestPage.as_view(), name="strategy-test"),
    path("strategy-test/<int:pk>/", strategy.NoteAnswer.as_view(), name="strategy-answer"),
    path("five-minutes/", five_minutes.FiveMinutesPage.as_view(), name="five-minutes"),
    path("one-pager/", one_pager.OnePagerPage.as_view(), name="one-pager"),
    path("one-pager/compare/", one_pager.CompareEditions.as_view(), name="editions-compare"),
    path("one-pager/<int:number>/", one_pager.EditionPage.as_view(), name="edition"),
    path("one-pager/<int:number>/edition.json", one_pager.EditionFile.as_view(), name="edition-file"),
    path("one-pager/<int:number>/edition.pdf", one_pager.EditionPdf.as_view(), name="edition-pdf"),
    path("failure-modes/", overview.FailureModesPage.as_view(), name="failure-modes"),
    path("raci/", raci.RaciPage.as_view(), name="raci"),
    path("raci/sign/", raci.SignRaci.as_view(), name="raci-sign"),
    path("raci/suggest/", raci.SuggestLetters.as_view(), name="raci-suggest"),
    path("raci/rows/add/", raci.AddRow.as_view(), name="row-add"),
    path("raci/rows/<int:pk>/", raci.RowPage.as_view(), name="row"),
    path("raci/rows/<int:pk>/cell/", raci.SetCell.as_view(), name="cell"),
    path("raci/rows/<int:pk>/repair/", raci.RepairRow.as_view(), name="repair"),
    path("raci/rows/<int:pk>/change/", raci.ChangeRow.as_view(), name="row-change"),
    path("raci/rows/<int:pk>/remove/", raci.RemoveRow.as_view(), name="row-remove"),
    path("positions/", positions.PositionsPage.as_view(), name="positions"),
    path("positions/<int:pk>/", positions.PositionPage.as_view(), name="position"),
    path("positions/<int:pk>/move/", positions.MovePosition.as_view(), name="position-move"),
    path("positions/<int:pk>/remove/", positions.RemovePosition.as_view(), name="position-remove"),
    path("sponsor/", sponsor.SponsorPage.as_view(), name="sponsor"),
    path("sponsor/accept/", sponsor.AcceptSponsorship.as_view(), name="sponsor-accept"),
    path("sponsor/release/", sponsor.ReleaseSponsor.as_view(), name="sponsor-release"),
    path("meetings/", meetings.MeetingsPage.as_view(), name="meetings"),
    path("meetings/record/", meetings.RecordMeeting.as_view(), name="meeting-record"),
    path("meetings/day/", meetings.SetMeetingDay.as_view(), name="meeting-day"),
    path("system-owner/", ownership.OwnerPage.as_view(), name="owner"),
    path("system-owner/release/", ownership.ReleaseOwner.as_view(), name="owner-release"),
    path("dashboards/", dashboards.DashboardsPage.as_view(), name="dashboards"),
    path("dashboards/<int:pk>/", dashboards.DashboardPage.as_view(), name="dashboard"),
    path("dashboards/<int:pk>/retire/", dashboards.RetireDashboard.as_view(), name="dashboard-retire"),
    path("digests/", digests.DigestsPage.as_view(), name="digests"),
    path("attested/", ownership.AttestedPage.as_view(), name="attested"),
]
