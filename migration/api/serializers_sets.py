"""Shapes of migration sets and of links between records."""

from __future__ import annotations

from rest_framework import serializers

from crmprogram.jobs.models import JobState
from crmprogram.web.serializers import PersonSerializer
from migration.models import MigrationSet, RunState


class MigrationSetSerializer(serializers.ModelSerializer):
    """A set of runs, one for each object of a CRM."""

    code = serializers.CharField(read_only=True)
    created_by = PersonSerializer(read_only=True)
    job = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = MigrationSet
        fields = ["number", "code", "name", "job", "created_by", "created_at", "started_at"]
        read_only_fields = fields


class SetTodoSerializer(serializers.Serializer):
    """What waits for a person; `url` is empty where the set is to be started, `post` says where one press does it."""

    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    post = serializers.CharField(allow_blank=True)


class SetRunSerializer(serializers.Serializer):
    """One object of a set."""

    number = serializers.IntegerField(source="run.number")
    code = serializers.CharField(source="run.code")
    object = serializers.CharField(source="run.object")
    state = serializers.ChoiceField(choices=RunState.choices, source="run.state")
    counts = serializers.DictField(child=serializers.IntegerField(), source="run.counts")
    open_clusters = serializers.IntegerField()
    stages = serializers.SerializerMethodField()
    validated = serializers.IntegerField()
    todo = SetTodoSerializer(allow_null=True)

    def get_stages(self, line) -> int:
        return len(line.stages)


class LinkLineSerializer(serializers.Serializer):
    """One kind of pointer, counted by what is merged now."""

    object = serializers.CharField()
    field = serializers.CharField()
    label = serializers.CharField()
    pointers = serializers.IntegerField()
    resolved = serializers.IntegerField()
    moved = serializers.IntegerField()
    missing = serializers.IntegerField()
    cut = serializers.IntegerField()


class SetClearingSerializer(serializers.Serializer):
    """How far the rehearsal of a set is cleared; null when nobody clears it."""

    state = serializers.ChoiceField(choices=JobState.choices, source="job.state")
    percent = serializers.IntegerField()


class SetDetailSerializer(serializers.Serializer):
    """A set with its objects in order, its links once they are followed, and its account over all objects."""

    set = MigrationSetSerializer()
    runs = SetRunSerializer(many=True)
    links = LinkLineSerializer(many=True)
    has_links = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    balanced = serializers.BooleanField()
    works = serializers.BooleanField()
    may_start = serializers.BooleanField()
    rehearsed = serializers.IntegerField(help_text="Stages that are loaded, or in the middle of it.")
    clearing = SetClearingSerializer(allow_null=True)
    todo = SetTodoSerializer(allow_null=True)


class PointerSerializer(serializers.Serializer):
    """A pointer of a record: as it came, the key of the record it leads to now, and why it was moved or cut."""

    field = serializers.CharField()
    text = serializers.CharField()
    record = serializers.IntegerField(source="record.pk", default=None, allow_null=True)
    key = serializers.CharField(source="record.key", default="")
    moved = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
