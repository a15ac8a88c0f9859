"""Pages of adoption under /p/<slug>/adoption/."""

from django.urls import path

from adoption.views import audiences, checkpoints, dashboard, data, escalations, issues, results, targets

app_name = "adoption"

urlpatterns = [
    path("adoption/", audiences.Home.as_view(), name="dashboard"),
    path("adoption/view.csv", audiences.AudienceFile.as_view(), name="audience-file"),
    path("adoption/records/", audiences.Records.as_view(), name="records"),
    path("adoption/records.csv", audiences.RecordsFile.as_view(), name="records-file"),
    path("adoption/table/", dashboard.Table.as_view(), name="table"),
    path("adoption/weeks.csv", dashboard.TableFile.as_view(), name="table-file"),
    path("adoption/weeks/<str:period>/", dashboard.ConfirmWeek.as_view(), name="week"),
    path("adoption/targets/", targets.TargetsPage.as_view(), name="targets"),
    path("adoption/targets/<slug:metric>/", targets.RulePage.as_view(), name="rule"),
    path("adoption/escalations.csv", escalations.EscalationsFile.as_view(), name="escalations-file"),
    path("adoption/escalations/", escalations.Escalations.as_view(), name="escalations"),
    path("adoption/escalations/<int:number>/", escalations.EscalationPage.as_view(), name="escalation"),
    path("adoption/escalations/<int:number>/plan/", escalations.ChangePlan.as_view(), name="escalation-plan"),
    path(
        "adoption/escalations/<int:number>/comment/",
        escalations.CommentEscalation.as_view(),
        name="escalation-comment",
    ),
    path("adoption/escalations/<int:number>/close/", escalations.CloseEscalation.as_view(), name="escalation-close"),
    path("adoption/results/", results.Results.as_view(), name="results"),
    path("adoption/report.csv", results.ReportFile.as_view(), name="report-file"),
    path("adoption/definitions/", results.Definitions.as_view(), name="definitions"),
    path("adoption/definitions.csv", results.DefinitionsFile.as_view(), name="definitions-file"),
    path("adoption/checkpoints/", checkpoints.Checkpoints.as_view(), name="checkpoints"),
    path("adoption/checkpoints.csv", checkpoints.CheckpointsFile.as_view(), name="checkpoints-file"),
    path("adoption/reps/", data.Reps.as_view(), name="reps"),
    path("adoption/reps.csv", data.RepsFile.as_view(), name="reps-file"),
    path("adoption/reps/<int:number>/", data.RepPage.as_view(), name="rep"),
    path("adoption/reps/<int:number>/person/", audiences.SayWho.as_view(), name="rep-person"),
    path("adoption/imports/", data.Imports.as_view(), name="imports"),
    path("adoption/imports/<int:number>/", data.ImportPage.as_view(), name="import"),
    path("issues/", issues.Issues.as_view(), name="issues"),
    path("issues.csv", issues.IssuesFile.as_view(), name="issues-file"),
    path("issues/review/", issues.ReviewIssues.as_view(), name="issues-review"),
    path("issues/<int:number>/", issues.IssuePage.as_view(), name="issue"),
    path("issues/<int:number>/judge/", issues.JudgeIssue.as_view(), name="issue-judge"),
    path("issues/<int:number>/close/", issues.CloseIssue.as_view(), name="issue-close"),
    path("issues/<int:number>/reopen/", issues.ReopenIssue.as_view(), name="issue-reopen"),
]
