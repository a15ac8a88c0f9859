"""Pages of `phases` under /p/<slug>/."""

from django.urls import include, path

from phases.views import gates, rounds

app_name = "phases"

urlpatterns = [
    path("audit/", include("phases.urls_audit")),
    path("", include("phases.urls_program")),
    # gates
    path("gates/", gates.CurrentGate.as_view(), name="gates"),
    path("gates/<int:number>/", gates.GatePage.as_view(), name="gate"),
    path("gates/<int:number>/request/", gates.RequestGate.as_view(), name="gate-request"),
    path("gates/<int:number>/withdraw/", gates.WithdrawRequest.as_view(), name="gate-withdraw"),
    path("gates/<int:number>/decide/", gates.DecideGate.as_view(), name="gate-decide"),
    path("gates/<int:number>/again/", rounds.DecideAgain.as_view(), name="gate-again"),
    path("gates/<int:number>/thresholds/", gates.Thresholds.as_view(), name="gate-thresholds"),
    path("gates/<int:number>/owner/", gates.NameOwner.as_view(), name="phase-owner"),
    path("gates/<int:number>/rounds/<int:no>/", gates.GateRound.as_view(), name="gate-round"),
    path("gates/<int:number>/rounds/<int:no>/dossier.json", gates.DossierFile.as_view(), name="gate-dossier"),
    path("gates/<int:number>/waivers/<int:waiver>/revoke/", gates.RevokeWaiver.as_view(), name="waiver-revoke"),
    path("delegation/", rounds.DelegationPage.as_view(), name="delegation"),
    path("delegation/<int:pk>/end/", rounds.EndDelegation.as_view(), name="delegation-end"),
]
