"""Runs and sets of them, mappings, records and decisions about them, review, dry runs, stages, loads, samples."""

from migration.models.dry_runs import DryRun, Prediction, SpotItem
from migration.models.loads import (
    LoadItem,
    MergeSignature,
    Outcome,
    SampleAudit,
    SampleItem,
    SandboxRecord,
    Space,
    Stage,
    StageState,
)
from migration.models.records import (
    CannotLink,
    Cluster,
    ClusterState,
    Decision,
    DecisionKey,
    DecisionKind,
    Record,
    RecordState,
    RunRow,
)
from migration.models.review import Band, RevertItem, RevertState, ReviewClaim, SecondLook, Verdict
from migration.models.runs import Mapping, MappingColumn, Run, RunState, Treatment
from migration.models.sets import MigrationSet, RecordLink
from migration.models.upkeep import Erasure, HygieneAudit, QualityStandard, SourceSystem

__all__ = [
    "Band",
    "CannotLink",
    "Cluster",
    "ClusterState",
    "Decision",
    "DecisionKey",
    "DecisionKind",
    "DryRun",
    "Erasure",
    "HygieneAudit",
    "LoadItem",
    "Mapping",
    "MappingColumn",
    "MergeSignature",
    "MigrationSet",
    "Outcome",
    "Prediction",
    "QualityStandard",
    "Record",
    "RecordLink",
    "RecordState",
    "RevertItem",
    "RevertState",
    "ReviewClaim",
    "Run",
    "RunRow",
    "RunState",
    "SampleAudit",
    "SampleItem",
    "SandboxRecord",
    "SecondLook",
    "SourceSystem",
    "Space",
    "SpotItem",
    "Stage",
    "StageState",
    "Treatment",
    "Verdict",
]
