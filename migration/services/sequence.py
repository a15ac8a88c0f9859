"""In which order the objects of a set are loaded and taken back (H7)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from crmprogram.intake.fields import OBJECTS
from migration.models import Record, RecordState, Run, Stage, StageState
from migration.services.following import earlier, later


def waits_for(run: Run, space: str) -> list[Stage]:
    """Stages of earlier objects that are to be loaded and validated yet: each keeps the same stage and those after it.

    One query, none outside a set. A stage with nothing ready keeps nobody.
    """
    if not (before := earlier(run)):
        return []
    ready = Record.objects.filter(run=OuterRef("run"), stage=OuterRef("name"), state=RecordState.READY)
    open_ones = Stage.objects.filter(run__in=before, space=space).exclude(state=StageState.VALIDATED)
    found = open_ones.filter(Exists(ready)).select_related("run")
    places = {one.pk: at for at, one in enumerate(before)}
    return sorted(found, key=lambda one: (one.order, places[one.run_id]))


def keeps_back(stage: Stage, waiting: Sequence[Stage]) -> str:
    """Why a stage waits for one of an earlier object; "" when it does not."""
    first = next((one for one in waiting if one.order <= stage.order), None)
    if first is None:
        return ""
    words = OBJECTS.get(first.run.object, "Records").lower()
    return f"The {words} come first: stage {first.order} of {first.run.code} is not loaded and validated yet."


def stands_on(run: Run, space: str, order: int) -> str:
    """Why a stage of `run` may not be taken out of the target: later objects that point at it; "" when it may."""
    found = Stage.objects.filter(run__in=later(run), space=space, order__gte=order, items__isnull=False)
    last = next(iter(found.select_related("run").order_by("-order", "-run_id").distinct()[:1]), None)
    if last is None:
        return ""
    words = OBJECTS.get(last.run.object, "Records")
    return (
        f"{words} that point at these records are loaded: roll stage {last.order} of {last.run.code} back first, "
        "or they would point at nothing."
    )
