"""The REST shapes of requirements, interviews and the configuration spec."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.program.models import Position, Role
from crmprogram.web.serializers import PersonSerializer
from phases.api.audit_serializers import KeyOfProgram, NumberOfProgram, SeenSerializer
from phases.models import (
    Bucket,
    Build,
    Capability,
    ConfigItem,
    ConfigRecord,
    Finding,
    Gap,
    Interview,
    InterviewRole,
    ItemKind,
    Progress,
    Requirement,
    RequirementKind,
    SpecSignature,
    Step,
)


def numbers(**more) -> serializers.SlugRelatedField:
    """Related things by the numbers people use."""
    return serializers.SlugRelatedField("number", many=True, read_only=True, **more)


class RequirementSerializer(serializers.ModelSerializer):
    """A requirement with what asks for it and what it ends in."""

    gaps, capabilities, items = numbers(), numbers(), numbers()
    is_asked_for = serializers.BooleanField(help_text="Does a gap, capability, step or finding ask for it?")
    is_traceable = serializers.BooleanField(help_text="Does it end in configuration or in a test?")

    class Meta:
        model = Requirement
        fields = [
            "number",
            "kind",
            "title",
            "detail",
            "bucket",
            "acceptance_test",
            "acceptance_result",
            "gaps",
            "capabilities",
            "steps",
            "items",
            "is_asked_for",
            "is_traceable",
            "version",
            "changed_at",
        ]


class RequirementWriteSerializer(serializers.Serializer):
    """An acceptance criterion says what is done and what is then seen, or neither."""

    kind = serializers.ChoiceField(RequirementKind.choices)
    title = serializers.CharField(max_length=160)
    detail = serializers.CharField(required=False, allow_blank=True)
    bucket = serializers.ChoiceField(Bucket.choices, required=False)
    acceptance_test = serializers.CharField(required=False, allow_blank=True, max_length=300)
    acceptance_result = serializers.CharField(required=False, allow_blank=True, max_length=300)
    gaps = NumberOfProgram(queryset=Gap.objects.all(), many=True, required=False)
    capabilities = NumberOfProgram(queryset=Capability.objects.all(), many=True, required=False)
    steps = KeyOfProgram(queryset=Step.objects.select_related("lane__map"), many=True, required=False)
    items = NumberOfProgram(queryset=ConfigItem.objects.all(), many=True, required=False)


class RequirementChangeSerializer(RequirementWriteSerializer, SeenSerializer):
    kind = serializers.ChoiceField(RequirementKind.choices, required=False)
    title = serializers.CharField(max_length=160, required=False)


class FindingSerializer(serializers.ModelSerializer):
    gaps, requirements = numbers(), numbers()

    class Meta:
        model = Finding
        fields = ["id", "text", "gaps", "requirements"]


class FindingWriteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=300)
    gaps = NumberOfProgram(queryset=Gap.objects.all(), many=True, required=False)
    requirements = NumberOfProgram(queryset=Requirement.objects.all(), many=True, required=False)


class InterviewSerializer(serializers.ModelSerializer):
    """An interview; `who` is a title, not a name."""

    held_by = PersonSerializer()
    findings = FindingSerializer(many=True)

    class Meta:
        model = Interview
        fields = ["number", "role", "who", "held_on", "held_by", "summary", "findings", "version", "changed_at"]


class InterviewWriteSerializer(serializers.Serializer):
    role = serializers.ChoiceField(InterviewRole.choices)
    who = serializers.CharField(max_length=100, help_text="The title of the person.")
    held_on = serializers.DateField(help_text="A day to come is an appointment.")
    summary = serializers.CharField(required=False, allow_blank=True)


class InterviewChangeSerializer(InterviewWriteSerializer, SeenSerializer):
    role = serializers.ChoiceField(InterviewRole.choices, required=False)
    who = serializers.CharField(max_length=100, required=False)
    held_on = serializers.DateField(required=False)


class ConfigRecordSerializer(serializers.ModelSerializer):
    recorded_by = PersonSerializer()

    class Meta:
        model = ConfigRecord
        fields = ["version", "progress", "evidence", "link", "recorded_by", "recorded_at"]


class ConfigItemSerializer(serializers.ModelSerializer):
    """An item of the spec. `progress` is the last record of its present version, null: planned.

    `spent` and `maintenance` are minor units; `missing` is what the spec does not say yet.
    """

    pipeline = serializers.SlugRelatedField("number", source="parent", read_only=True)
    progress = serializers.ChoiceField(Progress.choices, allow_null=True)
    requirements = numbers()
    records = ConfigRecordSerializer(many=True)
    maintenance = serializers.IntegerField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ConfigItem
        fields = [
            "number",
            "kind",
            "pipeline",
            "order",
            "name",
            "definition",
            "owner",
            "fields_to_advance",
            "exit_criterion",
            "is_vendor_default",
            "is_common",
            "build",
            "spent",
            "maintenance",
            "missing",
            "requirements",
            "progress",
            "records",
            "version",
            "changed_at",
        ]


class ConfigItemWriteSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(ItemKind.choices)
    pipeline = NumberOfProgram(
        queryset=ConfigItem.objects.filter(kind=ItemKind.PIPELINE),
        source="parent",
        required=False,
        allow_null=True,
        help_text="Of a stage: the number of its pipeline.",
    )
    name = serializers.CharField(max_length=120)
    definition = serializers.CharField(required=False, allow_blank=True)
    owner = KeyOfProgram(queryset=Position.objects.all(), required=False, allow_null=True, help_text="A position.")
    fields_to_advance = serializers.CharField(required=False, allow_blank=True, max_length=300)
    exit_criterion = serializers.CharField(required=False, allow_blank=True, max_length=300)
    is_vendor_default = serializers.BooleanField(required=False)
    is_common = serializers.BooleanField(required=False)
    build = serializers.ChoiceField(Build.choices, required=False)
    spent = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    requirements = NumberOfProgram(queryset=Requirement.objects.all(), many=True, required=False)


class ConfigItemChangeSerializer(ConfigItemWriteSerializer, SeenSerializer):
    kind = serializers.ChoiceField(ItemKind.choices, required=False)
    name = serializers.CharField(max_length=120, required=False)


class ConfigProgressSerializer(SeenSerializer):
    progress = serializers.ChoiceField(Progress.choices)
    evidence = serializers.CharField(max_length=300, help_text="What shows it.")
    link = serializers.URLField(required=False, allow_blank=True)


class SpecSignatureSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer()
    role = serializers.ChoiceField(Role.choices)

    class Meta:
        model = SpecSignature
        fields = ["digest", "signed_by", "role", "signed_at"]


class SpecChangesSerializer(serializers.Serializer):
    """Counts of items since the newest signature; `moved` is 1 when stages stand in another order."""

    changed = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    moved = serializers.IntegerField()


class SigningSerializer(serializers.Serializer):
    """What of the configuration spec is signed (P4, G6); `why_not` says why it cannot be signed as it stands."""

    digest = serializers.CharField(help_text="Names the spec as it stands; send it as `seen_digest` to sign.")
    is_signed = serializers.BooleanField()
    why_not = serializers.CharField()
    changes = SpecChangesSerializer(help_text="All are 0 while the signature stands, or there is none.")
    signatures = SpecSignatureSerializer(many=True)


class SignSpecSerializer(serializers.Serializer):
    seen_digest = serializers.CharField(max_length=64, help_text="The spec's `digest` as you read it.")


class BuyersPartSerializer(serializers.Serializer):
    """One check of an answer."""

    text = serializers.CharField(source="part.text")
    check = serializers.CharField(source="part.check")
    verdict = serializers.CharField(help_text="met, not_met or unknown (cannot tell).")
    summary = serializers.CharField(source="found.summary")
    as_of = serializers.DateTimeField(source="found.as_of", allow_null=True)
    url = serializers.CharField(source="found.url")


class BuyersAnswerSerializer(serializers.Serializer):
    """A question with its answer: met is yes, not_met no, unknown cannot tell."""

    number = serializers.IntegerField(source="question.number")
    text = serializers.CharField(source="question.text")
    verdict = serializers.CharField(help_text="met, not_met or unknown (cannot tell).")
    evidence = BuyersPartSerializer(many=True)
