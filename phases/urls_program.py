"""Addresses of what runs through all phases, under /p/<slug>/."""

from django.urls import path

from phases.views import artifacts, audit_scope, exemption, forecast, lenses, waves

urlpatterns = [
    path("pick/not-applicable/", exemption.PickExempt.as_view(), name="pick-exempt"),
    path("audit/scope/additions/ask/", audit_scope.RequestAddition.as_view(), name="scope-request"),
    path("audit/scope/additions/<int:number>/", audit_scope.DecideAddition.as_view(), name="scope-decide"),
    path("strategy/", artifacts.Artifacts.as_view(), name="artifacts"),
    path("strategy/<str:kind>/", artifacts.ArtifactPage.as_view(), name="artifact"),
    path("strategy/<str:kind>/<int:number>/share/", artifacts.ShareArtifact.as_view(), name="artifact-share"),
    path("strategy/<str:kind>/<int:number>/sign/", artifacts.SignArtifact.as_view(), name="artifact-sign"),
    path("strategy/<str:kind>/<int:number>/file/", artifacts.ArtifactFile.as_view(), name="artifact-file"),
    path("method/", lenses.LensesPage.as_view(), name="lenses"),
    path("method/steps/<int:number>/<int:wave>/start/", lenses.StartStep.as_view(), name="step-start"),
    path("method/steps/<int:number>/<int:wave>/waive/", lenses.WaiveOrder.as_view(), name="step-waive"),
    path("forecast/", forecast.ForecastPage.as_view(), name="forecast"),
    path("waves/", waves.WavesPage.as_view(), name="waves"),
    path("waves/pilot/", waves.PilotPage.as_view(), name="pilot"),
    path("waves/pilot/<int:number>/measure/", waves.PilotAct.as_view(), name="pilot-measure"),
    path("waves/pilot/<int:number>/close/", waves.PilotAct.as_view(is_closing=True), name="pilot-close"),
    path("waves/<int:number>/go-live/", waves.StartWave.as_view(), name="wave-start"),
    path("waves/<int:number>/review/", waves.ReviewWave.as_view(), name="wave-review"),
]
