"""The REST shapes of uploaded files, their rows and what is put aside."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crmprogram.intake import sniff
from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import RowIssue, SourceRow, Upload
from crmprogram.web.serializers import PersonSerializer


class ProposalSerializer(serializers.Serializer):
    """One encoding to choose, with up to five lines as it would show them."""

    encoding = serializers.CharField()
    label = serializers.CharField()
    preview = serializers.ListField(child=serializers.CharField())
    remark = serializers.CharField()


class SheetOfferedSerializer(serializers.Serializer):
    """A sheet of a workbook; `rows` is 0 for one without values."""

    name = serializers.CharField()
    hidden = serializers.BooleanField()
    rows = serializers.IntegerField()


class UploadSerializer(serializers.ModelSerializer):
    """A file and its account: `read_count` = `kept_count` + `quarantined_count` + `blank_count`."""

    code = serializers.CharField(read_only=True)
    format = serializers.CharField(source="format_slug", read_only=True)
    format_label = serializers.CharField(read_only=True)
    uploaded_by = PersonSerializer(read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Upload
        fields = [
            "number",
            "code",
            "name",
            "size_bytes",
            "sha256",
            "state",
            "error",
            "format",
            "format_label",
            "object",
            "confidence",
            "why",
            "read_count",
            "kept_count",
            "quarantined_count",
            "blank_count",
            "uploaded_by",
            "uploaded_at",
            "read_at",
            "job",
        ]


class UploadDetailSerializer(UploadSerializer):
    """A file with its columns, and with the encodings or sheets to choose from while its state is `asks`."""

    columns = serializers.SerializerMethodField(help_text='Headers with the field each is recognised as, or "".')
    proposals = ProposalSerializer(many=True, read_only=True)
    sheets = SheetOfferedSerializer(many=True, read_only=True)

    class Meta(UploadSerializer.Meta):
        fields = [
            *UploadSerializer.Meta.fields,
            "encoding",
            "encoding_from",
            "delimiter",
            "sheet",
            "sheets",
            "columns",
            "warnings",
            "proposals",
            "erased_at",
            "file_gone_at",
            "rows_gone_at",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.DictField(child=serializers.CharField())))
    def get_columns(self, upload: Upload) -> list[dict[str, str]]:
        return [{"header": header, "field": field} for header, field in zip(upload.headers, upload.mapped, strict=True)]


class NewUploadSerializer(serializers.Serializer):
    """A file as multipart/form-data, with what is already known about it."""

    file = serializers.FileField(allow_empty_file=True)
    object = serializers.ChoiceField(choices=list(OBJECTS.items()), required=False, default="")
    encoding = serializers.ChoiceField(choices=list(sniff.ENCODINGS.items()), required=False, default="")
    sheet = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100, help_text="Of a workbook: the sheet to read."
    )


class EncodingSerializer(serializers.Serializer):
    encoding = serializers.ChoiceField(choices=list(sniff.ENCODINGS.items()))


class SheetSerializer(serializers.Serializer):
    sheet = serializers.CharField(max_length=100, help_text="The name of one of `sheets`.")


class ObjectSerializer(serializers.Serializer):
    object = serializers.ChoiceField(choices=list(OBJECTS.items()))


class ColumnsSerializer(serializers.Serializer):
    """What the records are, and {header as the upload labels it: field, "" for none}."""

    object = serializers.ChoiceField(choices=list(OBJECTS.items()))
    columns = serializers.DictField(child=serializers.CharField(allow_blank=True))


class FormatSerializer(serializers.Serializer):
    """The slug of a format, as uploads show it."""

    format = serializers.CharField(max_length=60)


class RowIssueSerializer(serializers.ModelSerializer):
    """Why a row is put aside, and what to do."""

    class Meta:
        model = RowIssue
        fields = ["line", "rule", "column", "value", "message"]


class SourceRowSerializer(serializers.ModelSerializer):
    """A row as it came: its line in the file, its state in the account, its cells."""

    cells = serializers.SerializerMethodField()

    class Meta:
        model = SourceRow
        fields = ["row_no", "line", "state", "cells"]

    row_no = serializers.IntegerField(read_only=True)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_cells(self, row: SourceRow) -> list[Any]:
        return row.values
