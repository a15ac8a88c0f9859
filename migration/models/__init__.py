"""Runs and their mapping, records and decisions about them, stages, loads and samples."""

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
from migration.models.runs import Mapping, MappingColumn, Run, RunState, Treatment

__all__ = [
    "CannotLink",
    "Cluster",
    "ClusterState",
    "Decision",
    "DecisionKey",
    "DecisionKind",
    "LoadItem",
    "Mapping",
    "MappingColumn",
    "MergeSignature",
    "Outcome",
    "Record",
    "RecordState",
    "Run",
    "RunRow",
    "RunState",
    "SampleAudit",
    "SampleItem",
    "SandboxRecord",
    "Space",
    "Stage",
    "StageState",
    "Treatment",
]
