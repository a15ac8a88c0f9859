"""Every column of data work that may hold a customer's personal data, and what erasing makes of it.

A test fails when a column of text or JSON stands in neither table.
"""

from __future__ import annotations

# model -> columns that are emptied, or whose row goes
PLACES: dict[str, frozenset[str]] = {
    "intake.SourceRow": frozenset({"cells"}),
    "migration.RunRow": frozenset({"clean"}),
    "intake.RowIssue": frozenset({"value", "message"}),
    "migration.Record": frozenset({"label", "search", "fields", "lineage", "problems", "refusals"}),
    "migration.Cluster": frozenset({"label", "pairs"}),
    "migration.SandboxRecord": frozenset({"fields", "search"}),
    "migration.LoadItem": frozenset({"before"}),
    "migration.RevertItem": frozenset({"loaded"}),
    "migration.SecondLook": frozenset({"label"}),
    "migration.SampleItem": frozenset({"comparison", "note"}),
    "migration.SpotItem": frozenset({"comparison", "note"}),
    "migration.MappingColumn": frozenset({"samples"}),
    "migration.Run": frozenset({"summary"}),
}
# columns that hold no value of a customer: words of the program, or keys of a source system.
# Keys stay, so that "not the same" and the account still hold; they name nobody by themselves.
FREE: dict[str, frozenset[str]] = {
    "intake.Upload": frozenset(
        {"name", "sha256", "state", "encoding", "encoding_from", "delimiter", "sheet", "sheets", "proposals",
         "format_slug", "object", "object_from", "why", "headers", "originals", "mapped", "warnings", "error"}
    ),
    "intake.SourceRow": frozenset({"state"}),
    "intake.RowIssue": frozenset({"rule", "column"}),
    "intake.ColumnMap": frozenset({"headers_key", "object", "format_slug", "fields"}),
    "migration.Run": frozenset({"name", "object", "thresholds", "context", "counts"}),
    "migration.MappingColumn": frozenset({"header", "treatment", "field", "reason", "transforms"}),
    "migration.Cluster": frozenset({"key", "state", "rules", "groups", "undecided"}),
    "migration.RunRow": frozenset({"key", "state"}),
    "migration.Decision": frozenset({"kind", "keys", "choices", "rule"}),
    "migration.DecisionKey": frozenset({"key"}),
    "migration.CannotLink": frozenset({"a", "b"}),
    "migration.Record": frozenset({"object", "key", "dirt", "state", "stage"}),
    "migration.Stage": frozenset({"name", "space", "state", "counts"}),
    "migration.SandboxRecord": frozenset({"space", "object", "key"}),
    "migration.LoadItem": frozenset({"predicted", "outcome"}),
    "migration.MergeSignature": frozenset({"sample", "counts", "digest", "note"}),
    "migration.SecondLook": frozenset({"first", "second"}),
    "migration.Band": frozenset({"verdict", "sample", "judged"}),
    "migration.RevertItem": frozenset({"state"}),
    "migration.DryRun": frozenset({"space", "basis", "counts"}),
    "migration.Prediction": frozenset({"stage", "outcome", "reason"}),
    "migration.SpotItem": frozenset({"wrong"}),
    "migration.SourceSystem": frozenset({"name", "object", "owner", "reason"}),
    "migration.QualityStandard": frozenset({"content", "effect"}),
    "migration.MigrationSet": frozenset({"name", "basis"}),
    "migration.RecordLink": frozenset({"field", "key"}),
    "migration.Erasure": frozenset({"digests", "counts", "places", "reason"}),
}  # fmt: skip
