"""Owners of the CRM as reps, and the days that do not count against them (M9)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet


class RepState(models.TextChoices):
    """Nobody guesses who an owner is: a person says it."""

    UNKNOWN = "unknown", "Not known yet"
    COUNTED = "counted", "Counted"
    EXCLUDED = "excluded", "Not a rep"
    MERGED = "merged", "Another name of a rep"


class RepQuerySet(ProgramScopedQuerySet):
    def counted(self):
        return self.filter(state=RepState.COUNTED)

    def unknown(self):
        return self.filter(state=RepState.UNKNOWN)

    def merged(self):
        """Other names of reps: what they log counts for the rep, in whose team they are."""
        return self.filter(state=RepState.MERGED)


class Rep(models.Model):
    """An owner of records in the CRM. Pages and charts call the rep by `code`, Rep 07, never by name.

    `key` is the owner as the CRM's exports write it. A rep need not be a member of this program;
    `member` is the one who is, and sees this row as their own. `works_on` are the days of a rep who works part
    time, Monday is 0 ("0123"); "" is every working day of the team.

    One person may own records under two names. The other name stays an owner of its own, merged into the
    rep by `same_as`; no row moves, so `before_merge` (state, team, reason) is all it takes to undo that.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="reps")
    number = models.PositiveIntegerField()
    key = models.CharField("owner in the CRM", max_length=200)
    member = models.OneToOneField(
        "program.Membership", models.SET_NULL, null=True, blank=True, related_name="rep", verbose_name="person"
    )
    state = models.CharField(max_length=10, choices=RepState, default=RepState.UNKNOWN)
    team = models.ForeignKey("program.Team", models.PROTECT, null=True, blank=True, related_name="reps")
    starts_on = models.DateField("first day", null=True, blank=True)
    leaves_on = models.DateField("last day", null=True, blank=True)
    pilot_on = models.DateField("pilot from", null=True, blank=True)
    works_on = models.CharField("works on", max_length=7, default="", blank=True)
    reason = models.CharField(max_length=200, blank=True)
    same_as = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="other_names")
    before_merge = models.JSONField(default=dict, blank=True, editable=False)
    first_seen_at = models.DateTimeField(default=clock.now)

    objects = RepQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="rep_owner_once"),
            models.UniqueConstraint(fields=["program", "number"], name="rep_number_once"),
            models.CheckConstraint(condition=~Q(state="counted") | Q(team__isnull=False), name="rep_counted_has_team"),
            models.CheckConstraint(condition=~Q(state="excluded") | ~Q(reason=""), name="rep_excluded_has_reason"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(leaves_on__isnull=True) | Q(leaves_on__gte=F("starts_on")),
                name="rep_leaves_after_start",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", same_as__isnull=False) | (~Q(state="merged") & Q(same_as__isnull=True)),
                name="rep_merged_into_one",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("adoption:rep", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        return f"Rep {self.number:02d}"


class Absence(models.Model):
    """Leave of a rep, first and last day included: not due then (M9)."""

    rep = models.ForeignKey(Rep, models.CASCADE, related_name="absences")
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")

    program_path = "rep__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["first_on"]
        constraints = [
            models.UniqueConstraint(fields=["rep", "first_on", "last_on"], name="absence_once"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="absence_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.rep} away from {self.first_on} to {self.last_on}"


class Holiday(models.Model):
    """A day off of one team, or of all (M9: the team's calendar)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="holidays")
    team = models.ForeignKey("program.Team", models.CASCADE, null=True, blank=True, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=80)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["program", "team", "day"], name="holiday_of_team_once"),
            models.UniqueConstraint(
                fields=["program", "day"], condition=Q(team__isnull=True), name="holiday_of_all_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"
