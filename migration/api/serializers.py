"""Shapes of data work in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crmprogram.intake.models import Upload
from crmprogram.web.serializers import PersonSerializer
from migration.api.serializers_sets import PointerSerializer
from migration.models import (
    Cluster,
    Decision,
    Mapping,
    MappingColumn,
    MergeSignature,
    Record,
    Run,
    RunState,
    SampleAudit,
    SampleItem,
    SandboxRecord,
    Space,
    Stage,
    Treatment,
)
from migration.services.sampling import result_sentence


class AccountSerializer(serializers.Serializer):
    """read = kept + merged + archived + quarantined + blank, to the row."""

    read = serializers.IntegerField()
    kept = serializers.IntegerField()
    merged = serializers.IntegerField()
    archived = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    blank = serializers.IntegerField()
    balanced = serializers.BooleanField()
    difference = serializers.IntegerField()
    says = serializers.CharField()


class RunSerializer(serializers.ModelSerializer):
    """A run. `counts` is its account, empty until it is cleaned."""

    code = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=RunState.choices, read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)
    migration_set = serializers.SlugRelatedField("number", read_only=True)
    created_by = PersonSerializer(read_only=True)
    file_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Run
        fields = [
            "number",
            "code",
            "name",
            "object",
            "migration_set",
            "state",
            "file_count",
            "counts",
            "thresholds",
            "context",
            "job",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
            "cancelled_at",
        ]
        read_only_fields = fields


class QualitySerializer(serializers.Serializer):
    """Percent of good values before and now; null: not measured."""

    key = serializers.CharField()
    label = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    now = serializers.FloatField(allow_null=True)
    gate = serializers.IntegerField()
    ok = serializers.BooleanField(allow_null=True)


class ProfileColumnSerializer(serializers.Serializer):
    """What is in a field before cleaning; `distinct` is about when it is not exact. Pairs are (text, count)."""

    name = serializers.CharField()
    label = serializers.CharField()
    rows = serializers.IntegerField()
    filled = serializers.IntegerField()
    completeness_percent = serializers.FloatField()
    distinct = serializers.IntegerField()
    distinct_is_exact = serializers.BooleanField()
    shortest = serializers.IntegerField()
    longest = serializers.IntegerField()
    type = serializers.CharField()
    type_share_percent = serializers.FloatField()
    top = serializers.ListField(child=serializers.ListField())
    patterns = serializers.ListField(child=serializers.ListField())
    looked_at = serializers.IntegerField(help_text="Rows whose value was looked at for type and patterns.", default=0)


class ProblemSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    fixed = serializers.IntegerField()
    person = serializers.IntegerField()
    rejected = serializers.IntegerField()


class ReviewCountsSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    open = serializers.IntegerField()
    decided = serializers.IntegerField()


class RunDetailSerializer(serializers.Serializer):
    """A run with what its page shows."""

    run = RunSerializer()
    files = serializers.ListField(child=serializers.CharField())
    quality = QualitySerializer(many=True)
    problems = ProblemSerializer(many=True)
    review = ReviewCountsSerializer()
    merges_signed = serializers.BooleanField()
    log = serializers.ListField(child=serializers.DictField())


class NewRunSerializer(serializers.Serializer):
    """Files by their number; `region` is ISO 3166-1 alpha-2, empty for the program's own."""

    uploads = serializers.SlugRelatedField("number", many=True, queryset=Upload.objects.none())
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    region = serializers.RegexField(r"^[A-Za-z]{2}$", required=False, default="", allow_blank=True)
    months = serializers.IntegerField(min_value=12, max_value=24, required=False, default=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if program := self.context.get("program"):
            self.fields["uploads"].child_relation.queryset = Upload.objects.of(program)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class MappingColumnSerializer(serializers.ModelSerializer):
    """A column; `transforms` are lines such as "upper" or "values: A = Hot; B = Warm", applied before cleaning."""

    upload = serializers.SlugRelatedField("number", read_only=True)

    class Meta:
        model = MappingColumn
        fields = [
            "id", "upload", "index", "header", "treatment", "field", "reason", "transforms", "is_proposed", "filled",
            "rows", "samples",
        ]  # fmt: skip
        read_only_fields = fields


class MappingSerializer(serializers.ModelSerializer):
    """One version; `missing` are the sentences that keep it from being signed."""

    columns = MappingColumnSerializer(many=True, read_only=True)
    signed_by = PersonSerializer(read_only=True)
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Mapping
        fields = ["version", "created_at", "signed_by", "signed_at", "missing", "columns"]
        read_only_fields = fields


class ColumnChangeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    treatment = serializers.ChoiceField(choices=Treatment.choices)
    field = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    transforms = serializers.ListField(child=serializers.CharField(max_length=2_000), required=False)


class MappingChangeSerializer(serializers.Serializer):
    """Columns to correct; those not named stay as they are."""

    columns = ColumnChangeSerializer(many=True)


class MergeSampleSerializer(serializers.Serializer):
    """The sample to look at before signing: cluster numbers, drawn by the seed."""

    seed = serializers.IntegerField()
    digest = serializers.CharField()
    merges = serializers.IntegerField()
    sample = serializers.ListField(child=serializers.IntegerField())
    signed = serializers.BooleanField()


class SignMergesSerializer(serializers.Serializer):
    seed = serializers.IntegerField(min_value=1, max_value=999_999)
    seen_digest = serializers.CharField(max_length=64)
    looked_at = serializers.ListField(child=serializers.IntegerField())
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class MergeSignatureSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer(read_only=True)

    class Meta:
        model = MergeSignature
        fields = ["seed", "sample", "counts", "digest", "note", "signed_by", "signed_at"]
        read_only_fields = fields


class RejectSerializer(serializers.Serializer):
    """A row that cannot be imported as it is."""

    upload = serializers.IntegerField(source="upload.number")
    line = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())
    cells = serializers.ListField(child=serializers.CharField())


class ClusterSerializer(serializers.ModelSerializer):
    """Records that are or may be one; `groups` is the clustering in force, `undecided` indexes into it."""

    decided_by = PersonSerializer(read_only=True)

    class Meta:
        model = Cluster
        fields = [
            "number",
            "label",
            "size",
            "is_review",
            "position",
            "state",
            "probability",
            "rules",
            "groups",
            "undecided",
            "decided_by",
            "decided_at",
        ]
        read_only_fields = fields


class MemberSerializer(serializers.Serializer):
    key = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class PartSerializer(serializers.Serializer):
    field = serializers.CharField()
    points = serializers.FloatField()
    text = serializers.CharField()


class PairSerializer(serializers.Serializer):
    """Why two records may be one: points in bits add up with the prior to the probability."""

    a = serializers.CharField()
    b = serializers.CharField()
    rule = serializers.CharField()
    kind = serializers.CharField()
    probability = serializers.FloatField()
    parts = PartSerializer(many=True)


class DecisionSerializer(serializers.ModelSerializer):
    by = PersonSerializer(read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "kind", "keys", "choices", "by", "rule", "at", "supersedes"]
        read_only_fields = fields


class ClusterDetailSerializer(serializers.Serializer):
    """A cluster with its records, its pairs and its history; `seen` goes back with the decision."""

    cluster = ClusterSerializer()
    members = MemberSerializer(many=True)
    pairs = PairSerializer(many=True)
    history = DecisionSerializer(many=True)
    seen = serializers.IntegerField()


class MergeClusterSerializer(serializers.Serializer):
    """Keys to merge (absent: all), the key that lives on, and per field the key whose value it takes."""

    include = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, default=None, allow_null=True
    )
    survivor = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    fields_from = serializers.DictField(child=serializers.CharField(max_length=120), required=False, default=dict)
    seen = serializers.IntegerField(required=False, default=None, allow_null=True)


class SeenDecisionSerializer(serializers.Serializer):
    seen = serializers.IntegerField(required=False, default=None, allow_null=True)


class StageSerializer(serializers.ModelSerializer):
    """A stage of the import; `why_not` is the sentence that keeps it from being loaded now."""

    label = serializers.CharField(read_only=True)
    ready = serializers.IntegerField(read_only=True)
    held = serializers.IntegerField(read_only=True)
    why_not = serializers.CharField(read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Stage
        fields = [
            "order", "name", "label", "space", "state", "counts", "ready", "held", "why_not", "job", "started_at",
            "loaded_at", "validated_at",
        ]  # fmt: skip
        read_only_fields = fields


class StartStageSerializer(serializers.Serializer):
    """Rehearsal, or live once Gate 2 is signed and a live CRM is connected."""

    space = serializers.ChoiceField(choices=Space.choices, required=False, default=Space.REHEARSAL)


class SampleSerializer(serializers.ModelSerializer):
    """A sample audit; `says` is its result in a sentence once it is signed."""

    run = serializers.IntegerField(source="stage.run.number", read_only=True)
    stage = serializers.IntegerField(source="stage.order", read_only=True)
    drawn_by = PersonSerializer(read_only=True)
    signed_by = PersonSerializer(read_only=True)
    says = serializers.SerializerMethodField()

    class Meta:
        model = SampleAudit
        fields = [
            "id", "run", "stage", "seed", "size", "population", "errors", "drawn_by", "drawn_at", "signed_by",
            "signed_at", "says",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_says(self, audit: SampleAudit) -> str:
        return result_sentence(audit)


class SampleItemSerializer(serializers.ModelSerializer):
    answered_by = PersonSerializer(read_only=True)
    label = serializers.CharField(source="record.label", read_only=True)
    comparison = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = SampleItem
        fields = ["no", "record", "label", "comparison", "differences", "matches", "note", "answered_by", "answered_at"]
        read_only_fields = fields


class DrawSerializer(serializers.Serializer):
    seed = serializers.IntegerField(min_value=1, max_value=999_999, required=False, default=None, allow_null=True)


class AnswerSerializer(serializers.Serializer):
    no = serializers.IntegerField(min_value=1)
    matches = serializers.BooleanField()
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class AnswersSerializer(serializers.Serializer):
    answers = AnswerSerializer(many=True)


class RecordSerializer(serializers.ModelSerializer):
    """A cleaned record with what is said about it."""

    class Meta:
        model = Record
        fields = [
            "id",
            "key",
            "label",
            "object",
            "state",
            "stage",
            "rows",
            "fields",
            "lineage",
            "problems",
            "refusals",
            "dirt",
        ]
        read_only_fields = fields


class SandboxRecordSerializer(serializers.ModelSerializer):
    """A record of the built-in target, by its natural key."""

    class Meta:
        model = SandboxRecord
        fields = ["id", "space", "object", "key", "fields", "version", "changed_at"]
        read_only_fields = fields


class SourceSerializer(serializers.Serializer):
    """A source row behind a record: what came, what it became, by which rule."""

    upload = serializers.IntegerField()
    line = serializers.IntegerField()
    state = serializers.CharField()
    key = serializers.CharField()
    fields_read = serializers.ListField(child=serializers.DictField())


class LineageSerializer(serializers.Serializer):
    """Which rows, which rules, which people made a record (H0)."""

    record = RecordSerializer()
    pointers = PointerSerializer(many=True)
    sources = SourceSerializer(many=True)
    decisions = DecisionSerializer(many=True)
