"""The REST shapes of phases, gates and what they stand on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crmprogram.program.models import Position
from crmprogram.web.serializers import PersonSerializer
from phases.models import Delegation, Dossier, GateReview, Reading, Threshold, Waiver


class PasswordSerializer(serializers.Serializer):
    """Signing needs a password given in the last five minutes: here, or by the session's sign-in (G7)."""

    password = serializers.CharField(
        required=False,
        write_only=True,
        trim_whitespace=False,
        help_text="Needed unless this session gave a password within five minutes. A token always needs it.",
    )


class WaiverNoteSerializer(serializers.Serializer):
    label = serializers.CharField()
    number = serializers.IntegerField()
    reason = serializers.CharField()
    stand_in = serializers.CharField()
    granted_by = serializers.CharField()
    granted_at = serializers.DateTimeField()
    ends_on = serializers.DateField(allow_null=True)


class StandingSerializer(serializers.Serializer):
    """A criterion as it stands. `value` and `threshold` are numbers as text, or words."""

    key = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    check = serializers.CharField()
    state = serializers.CharField(help_text="met, watch (met, but look), waived, unmet, stale, or none (cannot tell).")
    verdict = serializers.CharField(help_text="What the check found: met, not_met or unknown (cannot tell).")
    value = serializers.CharField(allow_null=True)
    threshold = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    at_most = serializers.BooleanField()
    summary = serializers.CharField()
    closing = serializers.CharField(help_text="What would close it.")
    source = serializers.CharField()
    url = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    continuing = serializers.BooleanField()
    waivable = serializers.BooleanField()
    params = serializers.DictField()
    default_params = serializers.DictField()
    waiver = WaiverNoteSerializer(allow_null=True)
    details = serializers.ListField(child=serializers.DictField())
    files = serializers.ListField(child=serializers.DictField())


class SheetSerializer(serializers.Serializer):
    """How a gate stands. Send `digest`, and `seen` with it, to decide on exactly this."""

    heading = serializers.CharField()
    lead = serializers.CharField()
    is_ready = serializers.BooleanField()
    digest = serializers.CharField()
    seen = serializers.CharField(source="basis", help_text="The text under the digest; a refusal compares it.")
    read_at = serializers.DateTimeField()
    tally = serializers.SerializerMethodField()
    criteria = serializers.SerializerMethodField()

    def get_tally(self, sheet: Any) -> dict[str, int]:
        return {word: many for _, many, word in sheet.tally}

    @extend_schema_field(StandingSerializer(many=True))
    def get_criteria(self, sheet: Any) -> list[dict[str, Any]]:
        return StandingSerializer([row.data for row in sheet.criteria], many=True).data


class GateReviewSerializer(serializers.ModelSerializer):
    """One round of a gate."""

    gate = serializers.IntegerField(source="gate.number")
    requested_by = PersonSerializer()
    decided_by = PersonSerializer(allow_null=True)
    on_behalf_of = PersonSerializer(allow_null=True, help_text="The sponsor, when a delegate decided.")
    in_doubt = serializers.ListField(
        child=serializers.DictField(), help_text="The later signatures that a reopening put in doubt."
    )
    dossier = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    returned_for = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = GateReview
        fields = [
            "id",
            "gate",
            "round",
            "requested_by",
            "requested_at",
            "note",
            "decision",
            "decided_by",
            "on_behalf_of",
            "decided_at",
            "reason",
            "returned_for",
            "in_doubt",
            "period",
            "seen_digest",
            "dossier",
        ]
        read_only_fields = fields


class GateSerializer(serializers.Serializer):
    """A gate and what became of it."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    is_signed = serializers.BooleanField()
    is_drifting = serializers.BooleanField(help_text="Signed, and something no longer holds that nobody re-affirmed.")
    is_in_doubt = serializers.BooleanField(help_text="An earlier gate was reopened after the signature.")
    is_requestable = serializers.BooleanField()
    why_not_requestable = serializers.CharField()
    review = GateReviewSerializer(allow_null=True, help_text="The newest round.")


class DriftSerializer(serializers.Serializer):
    """A continuing criterion of a signed gate that does not hold now (G9)."""

    criterion = serializers.CharField(source="row.key")
    title = serializers.CharField(source="row.title")
    text = serializers.CharField(help_text="The difference to what was signed.")
    since = serializers.DateTimeField(allow_null=True, help_text="Empty: not in the readings yet.")
    settled_in = serializers.IntegerField(
        source="settled_in.round", default=None, allow_null=True, help_text="The round that re-affirmed it."
    )


class GateDetailSerializer(GateSerializer):
    """With the live sheet; what a signed gate stood on is in its dossier."""

    sheet = SheetSerializer()
    drift = DriftSerializer(many=True)


class GateRequestSerializer(serializers.Serializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class GateDecisionSerializer(PasswordSerializer):
    decision = serializers.ChoiceField(["approved", "sent_back"])
    seen_digest = serializers.CharField(max_length=64, help_text="The digest of the sheet that was read.")
    seen = serializers.CharField(required=False, allow_blank=True, default="", max_length=100_000)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    returned_for = serializers.ListField(child=serializers.CharField(max_length=4), required=False, default=list)


class GateAgainSerializer(PasswordSerializer):
    """A decision on a signed gate: on exactly the sheet that was read."""

    seen_digest = serializers.CharField(max_length=64, help_text="The digest of the sheet that was read.")
    seen = serializers.CharField(required=False, allow_blank=True, default="", max_length=100_000)
    reason = serializers.CharField(max_length=2000)


class DelegationSerializer(serializers.ModelSerializer):
    """Who may sign for the sponsor, from when until when (G7)."""

    delegate = PersonSerializer(source="delegate.user")
    sponsor = PersonSerializer(source="sponsor.user")
    is_live = serializers.SerializerMethodField()

    class Meta:
        model = Delegation
        fields = [
            "id",
            "delegate",
            "title",
            "sponsor",
            "from_on",
            "until_on",
            "reason",
            "named_at",
            "ended_at",
            "is_live",
        ]
        read_only_fields = fields

    def get_is_live(self, delegation: Delegation) -> bool:
        return delegation.is_live(self.context["today"])


class DelegateSerializer(PasswordSerializer):
    position = serializers.PrimaryKeyRelatedField(queryset=Position.objects.none())
    until_on = serializers.DateField(help_text="At most 30 days from the first.")
    from_on = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if program := self.context.get("program"):
            self.fields["position"].queryset = Position.objects.of(program)


class WaiverSerializer(serializers.ModelSerializer):
    """A waiver. `is_live` is False once it was revoked or its last day is over."""

    label = serializers.CharField()
    gate = serializers.IntegerField(source="gate.number")
    granted_by = PersonSerializer()
    is_live = serializers.SerializerMethodField()

    class Meta:
        model = Waiver
        fields = [
            "number",
            "label",
            "gate",
            "criterion",
            "reason",
            "stand_in",
            "granted_by",
            "granted_at",
            "ends_on",
            "revoked_at",
            "is_live",
        ]
        read_only_fields = fields

    def get_is_live(self, waiver: Waiver) -> bool:
        return waiver.is_live(self.context["today"])


class WaiverGrantSerializer(PasswordSerializer):
    gate = serializers.IntegerField(min_value=1, max_value=5)
    criterion = serializers.CharField(max_length=4)
    reason = serializers.CharField(max_length=2000)
    stand_in = serializers.CharField(max_length=1000)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)


class DossierSerializer(serializers.ModelSerializer):
    """Which decision it belongs to; its exact text is at its own address."""

    gate = serializers.IntegerField(source="review.gate.number")
    round = serializers.IntegerField(source="review.round")
    decision = serializers.CharField(source="review.decision")

    class Meta:
        model = Dossier
        fields = ["id", "gate", "round", "decision", "sha256", "created_at"]
        read_only_fields = fields


class CriterionSerializer(serializers.Serializer):
    """An exit criterion, as data."""

    key = serializers.CharField()
    gate = serializers.IntegerField()
    title = serializers.CharField()
    check = serializers.CharField()
    attested = serializers.BooleanField()
    continuing = serializers.BooleanField()
    waivable = serializers.BooleanField()
    is_measured = serializers.BooleanField(help_text="Does a check answer it yet?")
    default_params = serializers.DictField()


class ThresholdSerializer(serializers.ModelSerializer):
    """A threshold as the program set it; the newest of a check and phase is in force (phase 0: everywhere)."""

    check_key = serializers.CharField()
    set_by = PersonSerializer()
    params = serializers.DictField()

    class Meta:
        model = Threshold
        fields = ["id", "phase", "check_key", "params", "set_by", "set_at", "reason"]
        read_only_fields = fields


class ThresholdSetSerializer(PasswordSerializer):
    check_key = serializers.CharField(max_length=60)
    phase = serializers.IntegerField(min_value=0, max_value=5, default=0)
    params = serializers.DictField(help_text="The values to change; the others stay.")
    reason = serializers.CharField(max_length=2000)


class ReadingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reading
        fields = ["id", "phase", "check_key", "verdict", "value", "summary", "as_of", "read_at"]
        read_only_fields = fields


class PhaseSerializer(serializers.Serializer):
    """A phase on the calendar: days so far against its typical days for the program's size (G10)."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    goal = serializers.CharField()
    state = serializers.CharField(help_text="ok (its gate is signed), now, or next (not opened).")
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    typical_low = serializers.IntegerField(source="low", allow_null=True)
    typical_high = serializers.IntegerField(source="high", allow_null=True)
    is_late = serializers.BooleanField()
    owner = serializers.CharField(allow_null=True)


class PhaseChangeSerializer(serializers.Serializer):
    owner = serializers.PrimaryKeyRelatedField(queryset=Position.objects.none(), allow_null=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if program := self.context.get("program"):
            self.fields["owner"].queryset = Position.objects.of(program)
