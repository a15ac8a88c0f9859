"""Gates and what they stand on; what the Audit produces; facts and field rules."""

from phases.models.artifacts import ArtifactKind, ArtifactSignature, ArtifactVersion
from phases.models.configuration import ENDS, Build, ConfigItem, ConfigRecord, ItemKind, Progress, SpecSignature
from phases.models.delegation import Delegation
from phases.models.drift import Drift
from phases.models.facts import Fact, FieldRule
from phases.models.gates import Decision, Dossier, Gate, GateReview, Phase, Reading, Threshold, Waiver
from phases.models.goal import GoalShare, GoalVersion
from phases.models.method import Exemption, StepMark
from phases.models.needs import Bucket, Capability, Confidence, DeliveryPhase, Gap, GapKind
from phases.models.process_map import Arrow, Lane, LaneSignOff, MapState, ProcessMap, Step
from phases.models.requirements import Finding, Interview, InterviewRole, Requirement, RequirementKind
from phases.models.scope import Scope, ScopeItem, ScopeKind, ScopeSignature
from phases.models.scope_requests import ScopeRequest, ScopeRequestState
from phases.models.waves import Pilot, PilotMeasure, WaveReview, WaveStart

__all__ = [
    "ENDS",
    "Arrow",
    "ArtifactKind",
    "ArtifactSignature",
    "ArtifactVersion",
    "Bucket",
    "Build",
    "Capability",
    "Confidence",
    "ConfigItem",
    "ConfigRecord",
    "Decision",
    "Delegation",
    "DeliveryPhase",
    "Dossier",
    "Drift",
    "Exemption",
    "Fact",
    "FieldRule",
    "Finding",
    "Gap",
    "GapKind",
    "Gate",
    "GateReview",
    "GoalShare",
    "GoalVersion",
    "Interview",
    "InterviewRole",
    "ItemKind",
    "Lane",
    "LaneSignOff",
    "MapState",
    "Phase",
    "Pilot",
    "PilotMeasure",
    "ProcessMap",
    "Progress",
    "Reading",
    "Requirement",
    "RequirementKind",
    "Scope",
    "ScopeItem",
    "ScopeKind",
    "ScopeRequest",
    "ScopeRequestState",
    "ScopeSignature",
    "SpecSignature",
    "Step",
    "StepMark",
    "Threshold",
    "Waiver",
    "WaveReview",
    "WaveStart",
]
