"""The REST shapes of the program floor: programs, people, teams, tokens, work, history."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crmprogram.jobs import queries
from crmprogram.jobs.models import Job
from crmprogram.program.models import (
    ApiToken,
    AuditEntry,
    Function,
    Invitation,
    Membership,
    Program,
    Role,
    Team,
    User,
)
from crmprogram.program.presets import PRESETS, STANDARD


class ErrorSerializer(serializers.Serializer):
    """What every refusal looks like: a stable code, and one sentence for a person."""

    code = serializers.CharField()
    detail = serializers.CharField()
    details = serializers.DictField(required=False)
    fields = serializers.DictField(required=False, help_text="Only with code “invalid”: what to correct, by field.")


class PersonSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="display", read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "name"]


class ProgramSerializer(serializers.ModelSerializer):
    """A program (P1). `yearly_revenue` is in minor units of `currency`."""

    size_band = serializers.CharField(read_only=True)
    expected_months = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    role = serializers.SerializerMethodField(help_text="Your role in it.")

    class Meta:
        model = Program
        fields = [
            "slug",
            "name",
            "company",
            "kind",
            "seats",
            "industry",
            "yearly_revenue",
            "currency",
            "time_zone",
            "starts_on",
            "go_live_on",
            "lead_sources",
            "platform_chosen",
            "platform_name",
            "on_hold",
            "hold_reason",
            "size_band",
            "expected_months",
            "role",
        ]
        read_only_fields = ["slug", "on_hold", "hold_reason"]

    def get_role(self, program: Program) -> str:
        return getattr(program, "my_role", "") or ""

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError(f"“{value}” is not a time zone, for example Europe/Berlin.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start = attrs.get("starts_on") or getattr(self.instance, "starts_on", None)
        live = attrs.get("go_live_on") or getattr(self.instance, "go_live_on", None)
        if start and live and live <= start:
            raise serializers.ValidationError({"go_live_on": "The go-live has to come after the start."})
        return attrs


class NewTeamSerializer(serializers.ModelSerializer):
    class Meta:
        model = Team
        fields = ["name", "function", "region", "seats", "wave", "go_live_on"]


class NewProgramSerializer(ProgramSerializer):
    """A new program with its teams, and the template its thresholds start from."""

    teams = NewTeamSerializer(many=True, required=False, write_only=True)
    thresholds = serializers.ChoiceField(
        choices=[(one.key, one.label) for one in PRESETS.values()], default=STANDARD, write_only=True
    )
    function = serializers.ChoiceField(
        choices=Function.choices, default=Function.OPERATIONS, write_only=True, help_text="Yours."
    )

    class Meta(ProgramSerializer.Meta):
        fields = [*ProgramSerializer.Meta.fields, "teams", "thresholds", "function"]


class MembershipSerializer(serializers.ModelSerializer):
    user = PersonSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "user", "role", "function", "team", "is_active", "accepted_at", "left_at"]


class MemberChangeSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    function = serializers.ChoiceField(choices=Function.choices, required=False)
    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.none(), required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if program := self.context.get("program"):
            fields["team"].queryset = Team.objects.of(program)  # type: ignore[attr-defined]
        return fields


class InvitationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invitation
        fields = [
            "id",
            "email",
            "role",
            "function",
            "position_title",
            "created_at",
            "expires_at",
            "used_at",
            "revoked_at",
        ]
        read_only_fields = ["created_at", "expires_at", "used_at", "revoked_at"]


class NewInvitationSerializer(InvitationSerializer):
    """The answer to an invitation: `link` is shown this once."""

    link = serializers.CharField(read_only=True)

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link"]


class TeamSerializer(serializers.ModelSerializer):
    class Meta:
        model = Team
        fields = ["id", "name", "function", "region", "seats", "wave", "go_live_on"]


class TokenSerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "is_read_only", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = ["prefix", "created_at", "last_used_at", "revoked_at"]


class NewTokenSerializer(TokenSerializer):
    """The answer to a new token: `token` is shown this once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class StepProgressSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    unit = serializers.CharField()
    state = serializers.CharField(help_text="waiting, running, stopped, failed or done")
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer):
    """Rate in units per second and seconds left; null while there is nothing to judge by."""

    percent = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    seconds_left = serializers.IntegerField(allow_null=True)
    steps = StepProgressSerializer(many=True)


class JobSerializer(serializers.ModelSerializer):
    started_by = PersonSerializer(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "number",
            "kind",
            "step",
            "state",
            "stop_requested",
            "attempts",
            "error",
            "started_by",
            "created_at",
            "finished_at",
        ]


class JobDetailSerializer(JobSerializer):
    progress = serializers.SerializerMethodField()

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "progress"]

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: Job) -> dict[str, Any]:
        return ProgressSerializer(queries.progress(job)).data


class AuditEntrySerializer(serializers.ModelSerializer):
    by = PersonSerializer(read_only=True)

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "by", "verb", "subject_type", "subject_id", "subject_text", "before", "after", "note"]
