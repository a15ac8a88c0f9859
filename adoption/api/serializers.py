"""The REST shapes of adoption. Shares are whole numbers; reps are named by code."""

from __future__ import annotations

from rest_framework import serializers

from adoption.models import (
    Absence,
    ActivityWeek,
    Counting,
    Escalation,
    EscalationNote,
    Holiday,
    Issue,
    IssueReview,
    Metric,
    Rep,
    Severity,
    Target,
)
from crmprogram.intake.models import Upload
from crmprogram.program.models import Membership, Team
from crmprogram.web.serializers import PersonSerializer


class AdoptionOfProgram(serializers.PrimaryKeyRelatedField):
    """A row of the same program, by id; anything else is "not there"."""

    def get_queryset(self):
        program = self.context.get("program")
        return super().get_queryset().of(program) if program else super().get_queryset().none()


class AbsenceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Absence
        fields = ["id", "first_on", "last_on"]


class RepSerializer(serializers.ModelSerializer):
    """`key` is the owner as the CRM writes it, `code` how the program calls the rep."""

    absences = AbsenceSerializer(many=True, read_only=True)

    class Meta:
        model = Rep
        fields = [
            "id", "number", "code", "key", "state", "team", "starts_on", "leaves_on", "pilot_on", "works_on",
            "reason", "same_as", "member", "absences",
        ]  # fmt: skip


class RepPersonSerializer(serializers.Serializer):
    """The member of the program a rep is, by id; null takes it back."""

    member = AdoptionOfProgram(queryset=Membership.objects.filter(is_active=True), allow_null=True)


class RepChangeSerializer(serializers.Serializer):
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    leaves_on = serializers.DateField(required=False, allow_null=True)
    pilot_on = serializers.DateField(required=False, allow_null=True)
    works_on = serializers.RegexField(r"^[0-6]{0,7}$", required=False, allow_blank=True)


class RepSettleSerializer(serializers.Serializer):
    """Reps of `team`; without a team no reps, with the reason."""

    reps = AdoptionOfProgram(queryset=Rep.objects.all(), many=True)
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)
    excluded = serializers.BooleanField(default=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class RepMergeSerializer(serializers.Serializer):
    """Other owners who are this rep under another name."""

    names = AdoptionOfProgram(queryset=Rep.objects.all(), many=True)
    reason = serializers.CharField(max_length=200)


class RepEntrySerializer(serializers.Serializer):
    key = serializers.CharField(max_length=200)
    team = AdoptionOfProgram(queryset=Team.objects.all())


class RepEntriesSerializer(serializers.Serializer):
    reps = RepEntrySerializer(many=True, allow_empty=False)


class CountingSerializer(serializers.ModelSerializer):
    """`counts` is the account of the rows: kinds, why not, refused, examples; or records and deals."""

    upload = serializers.IntegerField(source="upload.number", read_only=True)
    started_by = PersonSerializer(read_only=True)
    state = serializers.CharField(read_only=True)

    class Meta:
        model = Counting
        fields = [
            "id", "upload", "object", "state", "zone", "orders", "as_of", "counts", "weeks", "started_by",
            "started_at", "finished_at",
        ]  # fmt: skip


class CountingStartSerializer(serializers.Serializer):
    """`upload` is the number of the file, 3 for U-03."""

    upload = serializers.SlugRelatedField("number", queryset=Upload.objects.all())
    order = serializers.ChoiceField(choices=["day_first", "month_first"], required=False, allow_blank=True, default="")
    zone = serializers.CharField(required=False, allow_blank=True, default="")
    as_of = serializers.DateField(required=False, allow_null=True, default=None)

    def get_fields(self):
        fields = super().get_fields()
        program = self.context.get("program")
        found = Upload.objects.of(program) if program else Upload.objects.none()
        fields["upload"].queryset = found.select_related("program")
        return fields


class AdoptionFactSerializer(serializers.Serializer):
    """One metric in one week and scope; a denominator of 0 is not measured."""

    week = serializers.CharField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    scope = serializers.CharField(help_text="all, pilot, team:ID or rep:ID")
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    is_complete = serializers.BooleanField()
    is_small = serializers.BooleanField(help_text="Fewer than 20 in the denominator.")
    doubt = serializers.CharField(help_text="Why it is not measured, when the data is doubtful.")
    target = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    at_target = serializers.BooleanField(allow_null=True)


class ActivityWeekSerializer(serializers.ModelSerializer):
    confirmed_by = PersonSerializer(read_only=True)

    class Meta:
        model = ActivityWeek
        fields = ["period", "rows", "is_complete", "doubt", "note", "confirmed_by", "confirmed_at", "computed_at"]


class WeekNoteSerializer(serializers.Serializer):
    note = serializers.CharField(max_length=300)


class EscalationNoteSerializer(serializers.ModelSerializer):
    """One line of an episode's story; without a person the rule itself."""

    by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = EscalationNote
        fields = ["id", "kind", "by", "at", "text"]


class EscalationSerializer(serializers.ModelSerializer):
    """`weeks` are [week, numerator, denominator] of the weeks worse than target."""

    code = serializers.CharField(read_only=True)
    addressee = serializers.IntegerField(source="addressee_id", read_only=True, allow_null=True)
    owner = serializers.IntegerField(source="owner_id", read_only=True, allow_null=True)
    acknowledged_by = PersonSerializer(read_only=True)
    closed_by = PersonSerializer(read_only=True)
    reopens = serializers.IntegerField(source="reopens.number", read_only=True, allow_null=True)
    notes = EscalationNoteSerializer(many=True, read_only=True)

    class Meta:
        model = Escalation
        fields = [
            "number", "code", "key", "scope", "state", "target", "weeks", "reopens", "addressee", "began_at",
            "escalated_at", "went_up_at", "acknowledged_by", "acknowledged_at", "plan", "owner", "due_on",
            "needed", "ended_at", "ending", "recovered_in", "closed_by", "closed_at", "outcome", "notes",
        ]  # fmt: skip


class AcknowledgeSerializer(serializers.Serializer):
    plan = serializers.CharField(min_length=10, max_length=2000)
    owner = AdoptionOfProgram(queryset=Membership.objects.all())
    due_on = serializers.DateField()


class ReplanSerializer(AcknowledgeSerializer):
    reason = serializers.CharField(max_length=300)


class EscalationCommentSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=2000)


class EscalationOutcomeSerializer(serializers.Serializer):
    outcome = serializers.CharField(min_length=10, max_length=2000)


class AdoptionTargetSerializer(serializers.ModelSerializer):
    """The program's own targets; where there is none the default of the metric is in force.

    `since` is the first week it judges (2026-W21; empty is this week), `fired` how often the rule
    would have fired in the 26 weeks before it was set.
    """

    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)
    phase = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    value = serializers.DecimalField(max_digits=6, decimal_places=1, min_value=0)
    needed = serializers.IntegerField(min_value=2, max_value=8, default=2, help_text="Weeks in a row.")
    changed_by = PersonSerializer(read_only=True)

    class Meta:
        model = Target
        fields = [
            "key", "team", "phase", "value", "escalates", "needed", "since", "reason", "fired", "changed_by",
            "changed_at",
        ]  # fmt: skip
        read_only_fields = ["fired", "changed_at"]
        validators: list = []  # setting it again replaces it


class TargetTrialSerializer(serializers.Serializer):
    """A target to be tried: the rule of the last 26 weeks with it."""

    key = serializers.ChoiceField(choices=Metric)
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)
    phase = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    value = serializers.DecimalField(max_digits=6, decimal_places=1, min_value=0)
    needed = serializers.IntegerField(min_value=2, max_value=8, default=2, help_text="Weeks in a row.")


class TrialEpisodeSerializer(serializers.Serializer):
    """An episode the rule would have opened; `back` is the week at target, null while there was none."""

    weeks = serializers.ListField(child=serializers.CharField())
    fired = serializers.CharField()
    back = serializers.CharField(allow_null=True)


class TrialSerializer(serializers.Serializer):
    """One scope: how many weeks were measured, and the episodes."""

    scope = serializers.CharField(help_text="all or team:ID")
    name = serializers.CharField()
    measured = serializers.IntegerField()
    episodes = TrialEpisodeSerializer(many=True)


class TargetTriedSerializer(serializers.Serializer):
    """What the rule would have done in so many weeks, of all reps and of each team that was measured."""

    of = serializers.IntegerField()
    trials = TrialSerializer(many=True)


class HolidaySerializer(serializers.ModelSerializer):
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)

    class Meta:
        model = Holiday
        fields = ["id", "day", "name", "team"]
        validators: list = []  # the same day again changes nothing


class RequiredFieldsSerializer(serializers.Serializer):
    """Field names as the intake maps them."""

    object = serializers.CharField(max_length=20, help_text="deal, contact, account or lead")
    fields_required = serializers.ListField(child=serializers.CharField(max_length=60))


class IssueSerializer(serializers.ModelSerializer):
    code = serializers.CharField(read_only=True)
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)
    reported_by = PersonSerializer(read_only=True)
    closed_by = PersonSerializer(read_only=True)

    class Meta:
        model = Issue
        fields = [
            "number", "code", "title", "detail", "severity", "team", "state", "reported_by", "reported_at",
            "resolution", "closed_by", "closed_at",
        ]  # fmt: skip
        read_only_fields = ["number", "state", "reported_at", "resolution", "closed_at"]


class IssueJudgementSerializer(serializers.Serializer):
    severity = serializers.ChoiceField(choices=Severity)
    team = AdoptionOfProgram(queryset=Team.objects.all(), required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)


class IssueResolutionSerializer(serializers.Serializer):
    resolution = serializers.CharField(max_length=2000)


class IssueReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class IssueReviewSerializer(serializers.ModelSerializer):
    reviewed_by = PersonSerializer(read_only=True)

    class Meta:
        model = IssueReview
        fields = ["id", "note", "open_count", "holding_count", "reviewed_by", "reviewed_at"]
        read_only_fields = ["open_count", "holding_count", "reviewed_at"]
