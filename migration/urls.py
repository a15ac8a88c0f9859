"""Pages of `migration` under /p/<slug>/data/."""

from django.urls import path

from migration.views import bands, decisions, dry_runs, loads, records, review, runs

app_name = "migration"

urlpatterns = [
    path("data/runs/", runs.Runs.as_view(), name="runs"),
    path("data/runs/new/", runs.NewRun.as_view(), name="run-new"),
    path("data/runs/<int:number>/", runs.RunPage.as_view(), name="run"),
    path("data/runs/<int:number>/profile/", runs.ProfilePage.as_view(), name="profile"),
    path("data/runs/<int:number>/mapping/", runs.MappingPage.as_view(), name="mapping"),
    path("data/runs/<int:number>/start/", runs.StartRun.as_view(), name="run-start"),
    path("data/runs/<int:number>/stop/", runs.StopRun.as_view(), name="run-stop"),
    path("data/runs/<int:number>/resume/", runs.ResumeRun.as_view(), name="run-resume"),
    path("data/runs/<int:number>/cancel/", runs.CancelRun.as_view(), name="run-cancel"),
    path("data/runs/<int:number>/records/", records.Records.as_view(), name="records"),
    path("data/runs/<int:number>/rejects/", records.Rejects.as_view(), name="rejects"),
    path("data/runs/<int:number>/rejects.csv", records.RejectsFile.as_view(), name="rejects-file"),
    path("data/runs/<int:number>/clusters/", review.Clusters.as_view(), name="clusters"),
    path("data/runs/<int:number>/clusters/undo/", review.UndoLast.as_view(), name="undo-last"),
    path("data/runs/<int:number>/clusters/<int:no>/", review.ClusterPage.as_view(), name="cluster"),
    path("data/runs/<int:number>/bands/", bands.Bands.as_view(), name="bands"),
    path("data/runs/<int:number>/bands/<int:no>/", bands.BandPage.as_view(), name="band"),
    path("data/runs/<int:number>/bands/<int:no>/accept/", bands.AcceptBand.as_view(), name="band-accept"),
    path("data/runs/<int:number>/second-looks/", decisions.SecondLooks.as_view(), name="second-looks"),
    path("data/runs/<int:number>/second-looks/<int:pk>/", decisions.SecondLookPage.as_view(), name="second-look"),
    path("data/runs/<int:number>/taken-back/", decisions.TakenBack.as_view(), name="reverts"),
    path("data/runs/<int:number>/merges/", loads.Merges.as_view(), name="merges"),
    path("data/runs/<int:number>/dry-runs/", dry_runs.DryRuns.as_view(), name="dry-runs"),
    path("data/runs/<int:number>/dry-runs/<int:no>/", dry_runs.DryRunPage.as_view(), name="dry-run"),
    path("data/runs/<int:number>/dry-runs/<int:no>/check/", dry_runs.SpotCheck.as_view(), name="spot-check"),
    path("data/runs/<int:number>/rehearsal/clear/", loads.ClearRehearsal.as_view(), name="rehearsal-clear"),
    path("data/runs/<int:number>/stages/<int:order>/", loads.StagePage.as_view(), name="stage"),
    path("data/runs/<int:number>/stages/<int:order>/start/", loads.StartStage.as_view(), name="stage-start"),
    path("data/runs/<int:number>/stages/<int:order>/stop/", loads.StopStage.as_view(), name="stage-stop"),
    path("data/runs/<int:number>/stages/<int:order>/resume/", loads.ResumeStage.as_view(), name="stage-resume"),
    path("data/runs/<int:number>/stages/<int:order>/roll-back/", loads.RollBackStage.as_view(), name="stage-rollback"),
    path("data/runs/<int:number>/stages/<int:order>/draw/", loads.DrawSample.as_view(), name="sample-draw"),
    path("data/runs/<int:number>/stages/<int:order>/sample/", loads.SamplePage.as_view(), name="sample"),
    path("data/decisions/", decisions.Decisions.as_view(), name="decisions"),
    path("data/duplicates/", review.Duplicates.as_view(), name="duplicates"),
    path("data/records/<int:pk>/", records.RecordPage.as_view(), name="record"),
    path("data/sandbox/", records.Sandbox.as_view(), name="sandbox"),
    path("data/sandbox/<int:pk>/", records.SandboxPage.as_view(), name="sandbox-record"),
]
