"""Files of several objects that belong together, and where their records point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.hygiene.links import ORDER
from migration.models.records import Record
from migration.models.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence


class MigrationSet(models.Model):
    """Exports of one CRM that are cleaned together: a run for each object, what is pointed at before what points.

    `basis` names the cleanings (job ids of its runs) whose pointers `job` has followed:
    the links stand while those are the runs' jobs.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="migration_sets")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    basis = models.JSONField(default=list)
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["program", "number"], name="migration_set_number_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("migration:set", args=[self.program.slug, self.number])

    @property
    def code(self) -> str:
        """How people call the set: S-02."""
        return f"S-{self.number:02d}"

    def current_runs(self) -> list[Run]:
        """Its runs in the order in which they are worked, cancelled ones left out. One query."""
        found = self.runs.filter(cancelled_at=None).select_related("job", "mapping", "program").order_by("pk")
        return sorted(found, key=lambda run: (place_of(run.object), run.pk))

    def has_links(self, runs: Sequence[Run]) -> bool:
        """Are the pointers of these, its runs, followed as they are cleaned now?"""
        return self.job is not None and self.job.state == JobState.DONE and self.basis == basis_of(runs)


def basis_of(runs: Sequence[Run]) -> list[Any]:
    """The cleanings that links are followed on."""
    return [run.job_id for run in runs]


def place_of(obj: str) -> int:
    """Where an object stands in the order of working; one that nothing points at goes last."""
    return ORDER.index(obj) if obj in ORDER else len(ORDER)


class RecordLink(models.Model):
    """A pointer of a record, as it came: the key of the row it names, whether or not there is such a row.

    An index from that key to the records that point at it: where a pointer leads is asked of
    the row of its key (`RunRow.record`), so that a merge moves none of these. A cell
    may name several records.
    """

    # made by the million beside records: neither parent goes before they do
    record = models.ForeignKey(Record, models.CASCADE, related_name="links", db_index=False, db_constraint=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="links", db_index=False, db_constraint=False)
    field = models.CharField(max_length=24)
    key = models.CharField(max_length=120)
    is_missing = models.BooleanField(default=False)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "field", "key"], name="record_link_once")]
        indexes = [models.Index(fields=["run", "key"], name="record_link_by_key")]

    def __str__(self) -> str:
        return f"{self.field} {self.key}"
