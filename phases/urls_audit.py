"""Addresses of the Audit's content, under /p/<slug>/audit/."""

from django.urls import path

from phases.views import audit_files, audit_goal, audit_map, audit_needs, audit_scope

urlpatterns = [
    path("goal/", audit_goal.GoalPage.as_view(), name="goal"),
    path("goal/edit/", audit_goal.EditGoal.as_view(), name="goal-edit"),
    path("goal/<int:number>/share/", audit_goal.ShareGoal.as_view(), name="goal-share"),
    path("scope/", audit_scope.ScopePage.as_view(), name="scope"),
    path("scope/add/", audit_scope.AddScopeItem.as_view(), name="scope-add"),
    path("scope/sign/", audit_scope.SignScope.as_view(), name="scope-sign"),
    path("scope/<int:pk>/", audit_scope.ChangeScopeItem.as_view(), name="scope-item"),
    path("scope/<int:pk>/remove/", audit_scope.RemoveScopeItem.as_view(), name="scope-remove"),
    path("map/", audit_map.MapPage.as_view(), name="map"),
    path("map/steps.csv", audit_files.MapFile.as_view(), name="map-csv"),
    path("map/start/", audit_map.StartMap.as_view(), name="map-start"),
    path("map/<slug:state>/connect/", audit_map.ConnectSteps.as_view(), name="map-connect"),
    path("map/lanes/add/", audit_map.AddLane.as_view(), name="lane-add"),
    path("map/lanes/<int:pk>/", audit_map.EditLane.as_view(), name="lane"),
    path("map/lanes/<int:pk>/move/", audit_map.MoveLane.as_view(), name="lane-move"),
    path("map/lanes/<int:pk>/remove/", audit_map.RemoveLane.as_view(), name="lane-remove"),
    path("map/lanes/<int:pk>/sign/", audit_map.SignLane.as_view(), name="lane-sign"),
    path("map/lanes/<int:lane>/steps/add/", audit_map.AddStep.as_view(), name="step-add"),
    path("map/steps/<int:pk>/", audit_map.EditStep.as_view(), name="step"),
    path("map/steps/<int:pk>/move/", audit_map.MoveStep.as_view(), name="step-move"),
    path("map/steps/<int:pk>/place/", audit_map.PlaceStep.as_view(), name="step-place"),
    path("map/steps/<int:pk>/remove/", audit_map.RemoveStep.as_view(), name="step-remove"),
    path("gaps/", audit_needs.GapsPage.as_view(), name="gaps"),
    path("gaps/gaps.csv", audit_files.GapsFile.as_view(), name="gaps-csv"),
    path("gaps/add/", audit_needs.AddGap.as_view(), name="gap-add"),
    path("gaps/<int:number>/", audit_needs.EditGap.as_view(), name="gap"),
    path("gaps/<int:number>/remove/", audit_needs.RemoveGap.as_view(), name="gap-remove"),
    path("must-haves/", audit_needs.CapabilitiesPage.as_view(), name="capabilities"),
    path("must-haves/capabilities.csv", audit_files.CapabilitiesFile.as_view(), name="capabilities-csv"),
    path("must-haves/add/", audit_needs.AddCapability.as_view(), name="capability-add"),
    path("must-haves/<int:number>/", audit_needs.EditCapability.as_view(), name="capability"),
    path("must-haves/<int:number>/move/", audit_needs.MoveCapability.as_view(), name="capability-move"),
    path("must-haves/<int:number>/rank/", audit_needs.RankCapability.as_view(), name="capability-rank"),
    path("must-haves/<int:number>/remove/", audit_needs.RemoveCapability.as_view(), name="capability-remove"),
]
