"""The REST shapes of the RACI, the positions, the sponsor and the overview."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from crmprogram.program.models import Membership, Position, PositionLevel
from crmprogram.web.serializers import PersonSerializer
from governance.models import (
    Activity,
    Attestation,
    Dashboard,
    DashboardReview,
    Kind,
    Meeting,
    Outcome,
    Presence,
    RaciSignoff,
    ReviewCadence,
    Sponsorship,
    SystemOwner,
)
from governance.raci import LETTERS


class OfProgram(serializers.PrimaryKeyRelatedField):
    """A key of a row of the program in the address; any other is not there."""

    def get_queryset(self):
        program = self.context.get("program")
        queryset = super().get_queryset()
        return queryset.of(program) if program is not None else queryset.none()


class CellSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    title = serializers.CharField()
    letters = serializers.CharField(help_text="A, R, AR, C, I, or empty.")


class ViolationSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(
        ["none_accountable", "many_accountable", "none_responsible", "vacant", "not_executive", "not_accepted"]
    )
    text = serializers.SerializerMethodField()

    def get_text(self, violation: Any) -> str:
        return f"{violation.title} {violation.text}"


class RepairSerializer(serializers.Serializer):
    """What can be posted to `repair` (with `alone`) or put to `cell`."""

    label = serializers.CharField()
    position = serializers.IntegerField()
    letters = serializers.CharField()
    alone = serializers.BooleanField()


class RowSerializer(serializers.Serializer):
    """A row of the RACI with its letters, what breaks R1, and what would mend it."""

    id = serializers.IntegerField(source="activity.pk")
    phase = serializers.IntegerField(source="activity.phase")
    title = serializers.CharField(source="activity.title")
    is_fixed = serializers.BooleanField(source="activity.is_fixed")
    cells = CellSerializer(many=True)
    violations = ViolationSerializer(many=True)
    repairs = RepairSerializer(many=True)


class SignoffSerializer(serializers.ModelSerializer):
    signed_by = PersonSerializer(read_only=True)

    class Meta:
        model = RaciSignoff
        fields = ["version", "signed_by", "signed_at", "digest", "rows"]


class MatrixSerializer(serializers.Serializer):
    """The whole RACI. `digest` is what a sign-off has to have seen."""

    finding = serializers.CharField()
    digest = serializers.CharField()
    is_signed = serializers.BooleanField()
    signoff = SignoffSerializer(allow_null=True)
    rows = RowSerializer(many=True)


class ActivitySerializer(serializers.ModelSerializer):
    phase = serializers.IntegerField(min_value=0, max_value=5, help_text="0: the whole program.")

    class Meta:
        model = Activity
        fields = ["title", "phase"]


class SetCellSerializer(serializers.Serializer):
    position = OfProgram(queryset=Position.objects.all())
    letters = serializers.ChoiceField([*LETTERS.items()], allow_blank=True)


class KeepSerializer(serializers.Serializer):
    position = OfProgram(queryset=Position.objects.all())


class SignSerializer(serializers.Serializer):
    digest = serializers.CharField(max_length=64, help_text="The digest of the RACI you looked at.")


class FilledSerializer(serializers.Serializer):
    rows = serializers.IntegerField()


class PositionSerializer(serializers.ModelSerializer):
    """A column of the RACI. `membership` is who holds it, or null."""

    membership = OfProgram(queryset=Membership.objects.active(), allow_null=True, required=False)
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    is_executive = serializers.BooleanField(read_only=True)

    class Meta:
        model = Position
        fields = ["id", "title", "level", "level_label", "is_executive", "membership", "order"]
        read_only_fields = ["order"]


class MoveSerializer(serializers.Serializer):
    earlier = serializers.BooleanField()


class SponsorshipSerializer(serializers.ModelSerializer):
    person = PersonSerializer(source="membership.user", read_only=True)

    class Meta:
        model = Sponsorship
        fields = ["id", "title", "level", "person", "named_at", "accepted_at", "ended_at", "ended_reason"]
        read_only_fields = fields


class MeetingSerializer(serializers.ModelSerializer):
    """What was recorded about a due meeting."""

    recorded_by = PersonSerializer(read_only=True)

    class Meta:
        model = Meeting
        fields = ["kind", "period", "due_on", "is_held", "outcome", "vp_sales", "note", "recorded_by", "recorded_at"]
        read_only_fields = fields


class SlotSerializer(serializers.Serializer):
    """A due meeting; `state` is Attended, Missed, Excused, Held, Not held or Not recorded."""

    period = serializers.CharField(help_text="An ISO week, a month or a quarter: 2026-W29, 2026-07, 2026-Q3.")
    due_on = serializers.DateField()
    state = serializers.CharField(source="word")


class CommitmentSerializer(serializers.Serializer):
    """A meeting with its dates, the last twelve, and how many of those recorded were kept."""

    kind = serializers.ChoiceField(Kind.choices)
    title = serializers.CharField()
    text = serializers.CharField()
    weekday = serializers.IntegerField(help_text="0 Monday to 4 Friday.")
    starts_on = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    next_on = serializers.DateField(allow_null=True)
    kept = serializers.IntegerField()
    told = serializers.IntegerField(help_text="Recorded and not excused.")
    last = SlotSerializer(many=True)


class MeetingsSerializer(serializers.Serializer):
    """Every meeting of the program, and the sponsor's longest row of misses up to now (R3)."""

    misses_in_a_row = serializers.IntegerField(source="misses")
    is_absent = serializers.BooleanField()
    meetings = CommitmentSerializer(source="commitments", many=True)
    unrecorded = SlotSerializer(many=True)
    recorded = MeetingSerializer(source="log", many=True)


class RecordMeetingSerializer(serializers.Serializer):
    """`outcome` where the sponsor was due; `vp_sales` for a pipeline review that was held."""

    kind = serializers.ChoiceField(Kind.choices)
    period = serializers.CharField(max_length=10)
    outcome = serializers.ChoiceField(Outcome.choices, required=False, allow_blank=True, default="")
    is_held = serializers.BooleanField(default=True)
    vp_sales = serializers.ChoiceField(Presence.choices, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class MeetingDaySerializer(serializers.Serializer):
    kind = serializers.ChoiceField(Kind.choices)
    weekday = serializers.IntegerField(min_value=0, max_value=4, help_text="0 Monday to 4 Friday.")


class SystemOwnerSerializer(serializers.ModelSerializer):
    """One person's time as internal system owner (R5)."""

    person = PersonSerializer(source="membership.user", read_only=True)
    named_by = PersonSerializer(read_only=True)

    class Meta:
        model = SystemOwner
        fields = ["id", "person", "agreement", "agreed_at", "named_by", "named_at", "ended_at", "ended_reason"]
        read_only_fields = fields


class OwnershipSerializer(serializers.Serializer):
    current = SystemOwnerSerializer(allow_null=True)
    past = SystemOwnerSerializer(many=True)


class NameOwnerSerializer(serializers.Serializer):
    membership = OfProgram(queryset=Membership.objects.active())
    agreement = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")


class DashboardSerializer(serializers.ModelSerializer):
    """A dashboard with its audience, its owner (a membership), its cadence and the decision it changes (R12).

    `undecided` is the number of newest reviews in a row that took no decision.
    """

    added_by = PersonSerializer(read_only=True)
    owner = OfProgram(queryset=Membership.objects.active(), required=False, allow_null=True)

    class Meta:
        model = Dashboard
        fields = [
            "id", "name", "audience", "decision", "address", "cadence", "owner", "reviewed_on", "undecided", "added_by",
            "added_at", "retired_at",
        ]  # fmt: skip
        read_only_fields = ["reviewed_on", "undecided", "added_at", "retired_at"]


class DashboardReviewSerializer(serializers.ModelSerializer):
    """One look at a dashboard: what was decided, or why nothing was."""

    reviewed_by = PersonSerializer(read_only=True)

    class Meta:
        model = DashboardReview
        fields = ["id", "reviewed_on", "decision", "note", "reviewed_by", "recorded_at"]
        read_only_fields = ["recorded_at"]


class DashboardChangeSerializer(serializers.Serializer):
    cadence = serializers.ChoiceField(choices=ReviewCadence.choices)
    owner = OfProgram(queryset=Membership.objects.active(), allow_null=True)


class AttestationSerializer(serializers.ModelSerializer):
    """A dated word on a statement; the newest counts, for 90 days."""

    attested_by = PersonSerializer(read_only=True)

    class Meta:
        model = Attestation
        fields = ["id", "statement", "holds", "note", "attested_by", "attested_at"]
        read_only_fields = ["attested_at"]


class SponsorSerializer(serializers.Serializer):
    """The open sponsorship, what it promises, those before it, and whether the program is on hold."""

    on_hold = serializers.BooleanField()
    hold_reason = serializers.CharField()
    current = SponsorshipSerializer(allow_null=True)
    commitments = CommitmentSerializer(many=True)
    past = SponsorshipSerializer(many=True)


class NameSponsorSerializer(serializers.Serializer):
    membership = OfProgram(queryset=Membership.objects.active())
    title = serializers.CharField(max_length=80)
    level = serializers.ChoiceField(
        PositionLevel.choices, help_text="VP, C-level, founder or owner; others are refused."
    )


class ReleaseSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


# --- overview -----------------------------------------------------------------------


class TrackSerializer(serializers.Serializer):
    """A phase: days against its typical range (G10), and its gate."""

    number = serializers.IntegerField(source="pace.number")
    name = serializers.CharField(source="pace.name")
    state = serializers.CharField(source="pace.state", help_text="ok, now, next or na (not applicable)")
    started_on = serializers.DateField(source="pace.started_on", allow_null=True)
    ended_on = serializers.DateField(source="pace.ended_on", allow_null=True)
    days = serializers.IntegerField(source="pace.days", allow_null=True)
    typical_from = serializers.IntegerField(source="pace.low", allow_null=True)
    typical_to = serializers.IntegerField(source="pace.high", allow_null=True)
    late_days = serializers.IntegerField()
    gate_state = serializers.CharField(help_text="ok, now, no (sent back), next or na (not applicable)")


class EvidenceSerializer(serializers.Serializer):
    """A criterion of the gate that is worked towards."""

    key = serializers.CharField(source="row.key")
    number = serializers.CharField(source="row.number")
    title = serializers.CharField(source="row.title")
    state = serializers.CharField(source="row.state")
    value = serializers.CharField()
    needed = serializers.CharField()
    summary = serializers.CharField(source="row.summary")
    closing = serializers.CharField(source="row.closing")
    as_of = serializers.DateTimeField(source="row.as_of", allow_null=True)


class FailureModeSerializer(serializers.Serializer):
    key = serializers.CharField(source="mode.key")
    title = serializers.CharField(source="mode.title")
    state = serializers.CharField(help_text="present, at risk, clear or cannot tell")
    summary = serializers.CharField(source="evidence.summary")
    measured = serializers.CharField(help_text="Value with its unit, or empty.")
    limit = serializers.CharField(help_text="What it is clear up to, or from; empty where nothing is compared.")
    url = serializers.CharField(help_text="The records behind it, or empty.")
    fix = serializers.CharField(source="mode.fix")
    as_of = serializers.DateTimeField(source="evidence.as_of", allow_null=True)


class NextItemSerializer(serializers.Serializer):
    title = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField()
    status = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)


class OverviewSerializer(serializers.Serializer):
    """The numbers of the overview page."""

    heading = serializers.CharField()
    lead = serializers.CharField()
    gate = serializers.IntegerField(source="number", help_text="The gate that is worked towards.")
    is_locked = serializers.BooleanField(help_text="On hold: no accepted sponsor (R3).")
    forecast_go_live_on = serializers.DateField(source="forecast", allow_null=True)
    phases = TrackSerializer(source="track", many=True)
    evidence = EvidenceSerializer(many=True)
    failure_modes = FailureModeSerializer(source="modes", many=True)
    next = NextItemSerializer(many=True)
