"""Continuous hygiene: every cleaned export is an audit, compared with the one before it (H12, H9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from crmprogram.jobs.models import JobState
from crmprogram.program import clock
from crmprogram.program.models import Program
from migration import vocabulary
from migration.models import Cluster, ClusterState, HygieneAudit, Run, RunRow, SourceSystem
from phases.models import Fact

EVERY = timedelta(days=14)
CREATION = "migration.duplicate_creation"  # the fact: new duplicates of new rows
CLEAN = "migration.clean"  # the fact: records without any of the four kinds of dirt


@transaction.atomic
def take_audit(run: Run) -> HygieneAudit | None:
    """Keep what a cleaned run says of the data, and tell it as facts; None for a run that is not cleaned.

    A row is new when the export before it, of the same kind of record and, where the inventory
    names its system, of the same system, did not have its key.
    """
    run = Run.objects.select_related("program", "job").get(pk=run.pk)
    if run.job is None or run.job.state != JobState.DONE or run.cancelled_at:
        return None
    earlier = HygieneAudit.objects.filter(run__program=run.program_id, run__object=run.object, run__cancelled_at=None)
    if systems := list(SourceSystem.objects.filter(uploads__in=run.uploads.all()).values_list("pk", flat=True)):
        elsewhere = SourceSystem.objects.filter(program=run.program_id).exclude(pk__in=systems)
        earlier = earlier.exclude(run__uploads__source_systems__in=elsewhere)
    previous = earlier.filter(run_id__lt=run.pk).select_related("run").order_by("-run_id").first()
    after = run.summary.get("after", {})
    asked = Cluster.objects.filter(run=run).reviews()
    values = {
        "previous": previous,
        "records": after.get("records", 0),
        "duplicates": run.counts.get("merged", 0) + after.get("dirt:duplicate", 0),
        "incomplete": after.get("dirt:incomplete", 0),
        "inconsistent": after.get("dirt:inconsistent", 0),
        "stale": after.get("dirt:stale", 0),
        "clean": after.get("clean", 0),
        "replayed": asked.filter(state=ClusterState.DECIDED, decided_by=None).count(),
        "asked": asked.open().count(),
        "at": clock.now(),
        **_created(run, previous),
    }
    audit, _ = HygieneAudit.objects.update_or_create(run=run, defaults=values)
    if run.object in vocabulary.PERSON_OBJECTS:
        _tell(audit)
    return audit


def _created(run: Run, previous: HygieneAudit | None) -> dict[str, int | None]:
    if previous is None:
        return {"new_rows": None, "new_duplicates": None}
    known = RunRow.objects.filter(run=previous.run_id, key=OuterRef("key"))
    fresh = RunRow.objects.filter(run=run).filter(~Exists(known))
    parted = Q(cluster__state=ClusterState.DECIDED, cluster__records__key=F("key"), cluster__records__rows=1)
    doubles = fresh.filter(cluster__isnull=False).exclude(parted)  # those that people said stand alone are none
    found = doubles.values("cluster", "cluster__size").annotate(n=Count("pk", distinct=True)).order_by()
    # of rows that are all new, the first is no duplicate yet
    created = sum(one["n"] - (one["n"] == one["cluster__size"]) for one in found)
    return {"new_rows": fresh.count(), "new_duplicates": created}


def _tell(audit: HygieneAudit) -> None:
    """The audit as facts of its day, for whoever charts or checks them."""
    told = [(CLEAN, audit.clean, audit.records)]
    if audit.new_rows is not None:
        told.append((CREATION, audit.new_duplicates or 0, audit.new_rows))
    for key, part, whole in told:
        Fact.objects.update_or_create(
            program=audit.run.program, key=key, period=audit.at.date().isoformat(), scope="",
            defaults={"numerator": part, "denominator": whole, "as_of": audit.at, "source": audit.run.code},
        )  # fmt: skip


def audits_of(program: Program, obj: str = "") -> Sequence[HygieneAudit]:
    """The audits of a program, oldest first, at most the last 60."""
    found = HygieneAudit.objects.of(program).filter(run__cancelled_at=None).select_related("run", "previous")
    if obj:
        found = found.filter(run__object=obj)
    return list(reversed(found.order_by("-at", "-pk")[:60]))


def due_on(program: Program) -> date | None:
    """The day the next audit is due, fourteen days after the last; None before the first."""
    last = HygieneAudit.objects.of(program).filter(run__cancelled_at=None).order_by("-at").first()
    return (last.at + EVERY).date() if last else None


def share(part: int | None, whole: int | None) -> float | None:
    """Percent, or None where nothing was measured."""
    return round(100 * part / whole, 1) if part is not None and whole else None
