"""Shapes of upkeep in the API: audits, sources, the standard, lineage, erasures."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.web.serializers import PersonSerializer
from migration.models import Erasure, HygieneAudit, QualityStandard, Record, SourceSystem
from migration.services.audits import share


class HygieneAuditSerializer(serializers.ModelSerializer):
    """One cleaned export; `created_percent` is the duplicate-creation rate, null before a second export."""

    run = serializers.IntegerField(source="run.number", read_only=True)
    created_percent = serializers.SerializerMethodField()

    class Meta:
        model = HygieneAudit
        fields = [
            "run", "at", "records", "clean", "duplicates", "incomplete", "inconsistent", "stale", "new_rows",
            "new_duplicates", "created_percent", "replayed", "asked",
        ]  # fmt: skip
        read_only_fields = fields

    def get_created_percent(self, audit: HygieneAudit) -> float | None:
        return share(audit.new_duplicates, audit.new_rows)


class SourceSystemSerializer(serializers.ModelSerializer):
    """A system that holds customer data, with the numbers of its exports."""

    exports = serializers.SlugRelatedField("number", source="uploads", many=True, read_only=True)
    exported_at = serializers.DateTimeField(read_only=True)
    exported_rows = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = SourceSystem
        fields = [
            "id", "name", "object", "owner", "record_count", "is_migrated", "reason", "exports", "exported_at",
            "exported_rows",
        ]  # fmt: skip
        read_only_fields = fields


class SaveSourceSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    object = serializers.CharField(max_length=20)
    owner = serializers.CharField(max_length=80)
    record_count = serializers.IntegerField(min_value=0, default=0)
    is_migrated = serializers.BooleanField(default=True)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class StandardSerializer(serializers.ModelSerializer):
    """A version of the standard; `content` by kind of record, `effect` says which records it would change."""

    created_by = PersonSerializer(read_only=True)
    signed_by = PersonSerializer(read_only=True)

    class Meta:
        model = QualityStandard
        fields = ["version", "content", "effect", "created_by", "created_at", "signed_by", "signed_at"]
        read_only_fields = fields


class WriteStandardSerializer(serializers.Serializer):
    """A standard by kind of record, as `content` of a version holds it; what it leaves out is as proposed."""

    content = serializers.DictField(child=serializers.DictField())


class FoundRecordSerializer(serializers.ModelSerializer):
    run = serializers.IntegerField(source="run.number", read_only=True)

    class Meta:
        model = Record
        fields = ["id", "run", "key", "label", "state", "rows"]
        read_only_fields = fields


class RowFieldSerializer(serializers.Serializer):
    label = serializers.CharField()
    source = serializers.CharField()
    clean = serializers.CharField()
    rule = serializers.CharField()
    rule_says = serializers.CharField(help_text="the rule in words")


class RowStorySerializer(serializers.Serializer):
    """A source row, what cleaning changed, and what became of it."""

    upload = serializers.IntegerField(source="row.upload.number")
    line = serializers.IntegerField(source="row.line")
    state = serializers.CharField()
    key = serializers.CharField()
    says = serializers.CharField()
    record = serializers.IntegerField(source="record.pk", default=None, allow_null=True)
    fields_read = RowFieldSerializer(source="fields", many=True)


class FacetRowSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="of the source row")
    upload = serializers.IntegerField(help_text="number of the file")
    line = serializers.IntegerField()
    value = serializers.CharField(help_text="the field as it came")
    state = serializers.CharField()


class FacetRowsSerializer(serializers.Serializer):
    """Rows behind a number of the profile; `after` and `before` lead on and back, 0 at the end and the beginning."""

    count = serializers.IntegerField(allow_null=True, help_text="null where the profile does not tell it")
    count_is_exact = serializers.BooleanField(help_text="false: at least so many")
    after = serializers.IntegerField()
    before = serializers.IntegerField()
    rows = FacetRowSerializer(many=True)


class ErasePersonSerializer(serializers.Serializer):
    """Record keys to erase, and why."""

    keys = serializers.ListField(child=serializers.CharField(max_length=120), allow_empty=False)
    reason = serializers.CharField(max_length=300)


class ErasureSerializer(serializers.ModelSerializer):
    """The receipt; `places` say what was emptied where: [place, code of the file or run, how many]."""

    by = PersonSerializer(read_only=True)

    class Meta:
        model = Erasure
        fields = ["number", "counts", "places", "reason", "by", "at"]
        read_only_fields = fields
