"""One router, one line per viewset."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from adoption.api import audiences as adoption_views
from adoption.api import checkpoints as adoption_checkpoints
from adoption.api import issues as adoption_issues
from adoption.api import pushing as adoption_events
from adoption.api import results as adoption_results
from adoption.api import viewsets as adoption
from crmprogram.web import api_uploads
from crmprogram.web import viewsets as web
from governance.api import digests, portfolio, reports
from governance.api import viewsets as governance
from migration.api import viewsets as data
from migration.api import viewsets_dry_runs as data_dry_runs
from migration.api import viewsets_loads as loads
from migration.api import viewsets_review as data_review
from migration.api import viewsets_sets as data_sets
from migration.api import viewsets_upkeep as data_upkeep
from phases.api import audit_viewsets as audit
from phases.api import program_viewsets as method
from phases.api import spec_viewsets as spec
from phases.api import viewsets as phases
from scorecard.api import costs as pick_costs
from scorecard.api import decision as pick_decision
from scorecard.api import ratings as pick_ratings
from scorecard.api import viewsets as pick

outer = SimpleRouter()
outer.register("programs", web.ProgramsViewSet, basename="program")
outer.register("portfolio", portfolio.PortfolioViewSet, basename="portfolio-row")

inner = SimpleRouter()  # everything of one program
inner.register("members", web.MemberViewSet, basename="member")
inner.register("invitations", web.InvitationViewSet, basename="invitation")
inner.register("teams", web.TeamViewSet, basename="team")
inner.register("tokens", web.TokenViewSet, basename="token")
inner.register("jobs", web.JobViewSet, basename="job")
inner.register("uploads", api_uploads.UploadViewSet, basename="upload")
inner.register("history", web.HistoryViewSet, basename="history")

inner.register("phases", phases.PhaseViewSet, basename="phase")
inner.register("gates", phases.GateViewSet, basename="gate")
inner.register("gate-reviews", phases.GateReviewViewSet, basename="gate-review")
inner.register("delegations", phases.DelegationViewSet, basename="delegation")
inner.register("waivers", phases.WaiverViewSet, basename="waiver")
inner.register("dossiers", phases.DossierViewSet, basename="dossier")
inner.register("criteria", phases.CriterionViewSet, basename="criterion")
inner.register("thresholds", phases.ThresholdViewSet, basename="threshold")
inner.register("readings", phases.ReadingViewSet, basename="reading")

inner.register("pilots", method.PilotViewSet, basename="pilot")
inner.register("waves", method.WaveViewSet, basename="wave")
inner.register("pick-exemptions", method.ExemptionViewSet, basename="pick-exemption")
inner.register("artifacts", method.ArtifactViewSet, basename="artifact")
inner.register("scope-requests", method.ScopeRequestViewSet, basename="scope-request")
inner.register("order-of-steps", method.OrderViewSet, basename="order-of-steps")
inner.register("strategy-tests", portfolio.StrategyTestViewSet, basename="strategy-test")

inner.register("goal", audit.GoalViewSet, basename="goal")
inner.register("scope", audit.ScopeViewSet, basename="scope")
inner.register("scope-items", audit.ScopeItemViewSet, basename="scope-item")
inner.register("lanes", audit.LaneViewSet, basename="lane")
inner.register("steps", audit.StepViewSet, basename="step")
inner.register("gaps", audit.GapViewSet, basename="gap")
inner.register("capabilities", audit.CapabilityViewSet, basename="capability")
inner.register("requirements", spec.RequirementViewSet, basename="requirement")
inner.register("interviews", spec.InterviewViewSet, basename="interview")
inner.register("findings", spec.FindingViewSet, basename="finding")
inner.register("buyers-questions", spec.BuyersQuestionViewSet, basename="buyers-question")
inner.register("configuration", spec.SpecViewSet, basename="configuration")
inner.register("config-items", spec.ConfigItemViewSet, basename="config-item")

inner.register("overview", governance.OverviewViewSet, basename="overview")
inner.register("five-minutes", reports.FiveMinutesViewSet, basename="five-minutes")
inner.register("digests", digests.DigestViewSet, basename="digest")
inner.register("editions", reports.EditionViewSet, basename="edition")
inner.register("raci", governance.RaciViewSet, basename="raci")
inner.register("positions", governance.PositionViewSet, basename="position")
inner.register("sponsor", governance.SponsorViewSet, basename="sponsor")
inner.register("meetings", governance.MeetingViewSet, basename="meeting")
inner.register("system-owner", governance.SystemOwnerViewSet, basename="system-owner")
inner.register("dashboards", governance.DashboardViewSet, basename="dashboard")
inner.register("attestations", governance.AttestationViewSet, basename="attestation")
inner.register("vendors", pick.VendorViewSet, basename="vendor")
inner.register("scorecard", pick.ScorecardViewSet, basename="scorecard")
inner.register("scorecard-criteria", pick.CriterionViewSet, basename="scorecard-criterion")
inner.register("raters", pick.RaterViewSet, basename="rater")
inner.register("ratings", pick_ratings.RatingViewSet, basename="rating")
inner.register("demos", pick.DemoViewSet, basename="demo")
inner.register("references", pick.ReferenceViewSet, basename="reference")
inner.register("vendor-costs", pick_costs.OfferViewSet, basename="vendor-cost")
inner.register("decision-records", pick_decision.DecisionRecordViewSet, basename="decision-record")
inner.register("contracts", pick.ContractViewSet, basename="contract")

inner.register("migration-sets", data_sets.MigrationSetViewSet, basename="migration-set")
inner.register("runs", data.RunViewSet, basename="run")
inner.register(r"runs/(?P<run_number>\d{1,9})/clusters", data.ClusterViewSet, basename="cluster")
inner.register(r"runs/(?P<run_number>\d{1,9})/bands", data_review.BandViewSet, basename="band")
inner.register(r"runs/(?P<run_number>\d{1,9})/second-looks", data_review.SecondLookViewSet, basename="second-look")
inner.register(r"runs/(?P<run_number>\d{1,9})/reverts", data_review.RevertViewSet, basename="revert")
inner.register("hygiene-audits", data_upkeep.HygieneAuditViewSet, basename="hygiene-audit")
inner.register("source-systems", data_upkeep.SourceSystemViewSet, basename="source-system")
inner.register("quality-standards", data_upkeep.StandardViewSet, basename="quality-standard")
inner.register("lineage", data_upkeep.LineageViewSet, basename="lineage")
inner.register("erasures", data_upkeep.ErasureViewSet, basename="erasure")
inner.register("record-decisions", data_review.DecisionViewSet, basename="record-decision")
inner.register(r"runs/(?P<run_number>\d{1,9})/dry-runs", data_dry_runs.DryRunViewSet, basename="dry-run")
inner.register(r"runs/(?P<run_number>\d{1,9})/stages", loads.StageViewSet, basename="stage")
inner.register(r"runs/(?P<run_number>\d{1,9})/records", loads.RecordViewSet, basename="record")
inner.register("samples", loads.SampleViewSet, basename="sample")
inner.register("sandbox-records", loads.SandboxRecordViewSet, basename="sandbox-record")

inner.register("reps", adoption.RepViewSet, basename="rep")
inner.register("adoption-imports", adoption.CountingViewSet, basename="adoption-import")
inner.register("activity-events", adoption_events.ActivityEventViewSet, basename="activity-event")
inner.register("activity-weeks", adoption.ActivityWeekViewSet, basename="activity-week")
inner.register("escalations", adoption.EscalationViewSet, basename="escalation")
inner.register("adoption-targets", adoption.AdoptionTargetViewSet, basename="adoption-target")
inner.register("holidays", adoption.HolidayViewSet, basename="holiday")
inner.register("team-calendars", adoption_results.TeamCalendarViewSet, basename="team-calendar")
inner.register("adoption-metrics", adoption_results.AdoptionMetricViewSet, basename="adoption-metric")
inner.register("adoption-definitions", adoption_results.DefinitionViewSet, basename="adoption-definition")
inner.register("adoption-views", adoption_views.AudienceViewSet, basename="adoption-view")
inner.register("adoption-records", adoption_views.DealRecordViewSet, basename="adoption-record")
inner.register("figures", adoption_results.FigureViewSet, basename="figure")
inner.register("checkpoints", adoption_checkpoints.CheckpointViewSet, basename="checkpoint")
inner.register("baselines", adoption_checkpoints.BaselineViewSet, basename="baseline")
inner.register("issues", adoption_issues.IssueViewSet, basename="issue")
inner.register("issue-reviews", adoption_issues.IssueReviewViewSet, basename="issue-review")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",  # the split one: its script is a file of its own, as the content security policy wants
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="web/api_docs.html"),
        name="api-docs",
    ),
    path("", include(outer.urls)),
    path("programs/<slug:slug>/", include(inner.urls)),
]
