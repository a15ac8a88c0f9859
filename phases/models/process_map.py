"""The process map: lanes by role, steps in order, arrows between them (Audit content, A1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from crmprogram.program import clock
from crmprogram.program.models import Function, ProgramScopedQuerySet


class MapState(models.TextChoices):
    CURRENT = "current", "Current state"
    FUTURE = "future", "Future state"


class ProcessMap(models.Model):
    """How selling goes today, or how it shall go. A program has at most one of each.

    `loose_steps` is kept by the services: steps that no arrow ties to the largest
    connected part, so that a check need not read the steps.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="process_maps")
    state = models.CharField(max_length=10, choices=MapState, default=MapState.CURRENT)
    loose_steps = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "state"], name="process_map_once_per_state")]

    def __str__(self) -> str:
        return f"{self.get_state_display()} map"


class LaneQuerySet(ProgramScopedQuerySet):
    def current(self):
        return self.filter(map__state=MapState.CURRENT)

    def with_steps(self):
        """Annotate `step_count`."""
        return self.annotate(step_count=Count("steps"))

    def with_sign_off(self):
        """Annotate `signed_at` of the lane's present version, and `was_signed`, of any version."""
        offs = LaneSignOff.objects.filter(lane=OuterRef("pk"))
        valid = offs.filter(version=OuterRef("version")).order_by("signed_at")
        return self.annotate(
            signed_at=Subquery(valid.values("signed_at")[:1]),
            signed_by_id=Subquery(valid.values("signed_by")[:1]),
            was_signed=Exists(offs),
        )


class Lane(models.Model):
    """What one role does. `version` goes up with each change of the lane, its steps and arrows.

    `function` says who represents the role: a member of that function signs the lane off.
    """

    map = models.ForeignKey(ProcessMap, models.CASCADE, related_name="lanes")
    name = models.CharField(max_length=60)
    function = models.CharField(max_length=20, choices=Function)
    order = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    # set by the queryset's with_steps() and with_sign_off()
    step_count: int
    signed_at: datetime | None
    was_signed: bool

    program_path = "map__program"
    objects = LaneQuerySet.as_manager()

    class Meta:
        ordering = ["map", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["map", "name"], name="lane_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="lane_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class LaneSignOff(models.Model):
    """A member of the lane's function said: this is how it is. Holds for that version only."""

    lane = models.ForeignKey(Lane, models.CASCADE, related_name="sign_offs")
    version = models.PositiveIntegerField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    function = models.CharField(max_length=20, choices=Function)
    signed_at = models.DateTimeField(default=clock.now)

    program_path = "lane__map__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-version", "signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["lane", "version", "signed_by"], name="lane_signed_once_by_each")
        ]

    def __str__(self) -> str:
        return f"{self.lane} version {self.version} signed by {self.signed_by}"


class Step(models.Model):
    """One thing that is done: with which tool, what is written down, how it goes wrong.

    `origin` is the step of the current map that a step of the future map was copied from:
    renamed or moved to another lane, it is still known as the same.
    """

    lane = models.ForeignKey(Lane, models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    tool = models.CharField("tool used", max_length=80, blank=True)
    data_captured = models.CharField(max_length=160, blank=True, help_text="Empty: nothing is captured.")
    failure_mode = models.CharField(max_length=200, blank=True)
    origin = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="became", editable=False)
    version = models.PositiveIntegerField(default=1)

    ways: list[Any]  # set by the query that reads a whole map

    program_path = "lane__map__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["lane__order", "order", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="step_has_name")]

    def __str__(self) -> str:
        return f"{self.lane.name}: {self.name}"


class Arrow(models.Model):
    """After `source` comes `target`, possibly in another lane. `label` says when, where the way branches."""

    source = models.ForeignKey(Step, models.CASCADE, related_name="arrows_out")
    target = models.ForeignKey(Step, models.CASCADE, related_name="arrows_in")
    label = models.CharField("when", max_length=40, blank=True)

    program_path = "source__lane__map__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target"], name="arrow_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="arrow_goes_elsewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} to {self.target_id}"
