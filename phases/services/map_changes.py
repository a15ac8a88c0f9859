"""What every change of a process map does: order its rows, and raise the versions of the lanes it touches (A1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F

from crmprogram.program import clock
from phases.models import Arrow, Lane, ProcessMap, Step
from phases.swimlane import connected_parts


def touch(drawn: ProcessMap, lanes: Iterable[int]) -> None:
    """After a change: raise the lanes' versions and keep the map's summary."""
    Lane.objects.filter(pk__in=set(lanes)).update(version=F("version") + 1, changed_at=clock.now())
    keys = list(Step.objects.filter(lane__map=drawn).order_by("pk").values_list("pk", flat=True))
    arrows = list(Arrow.objects.filter(source__lane__map=drawn).values_list("source_id", "target_id"))
    parts = connected_parts(keys, arrows)
    drawn.loose_steps = len(keys) - len(parts[0]) if parts else 0
    drawn.changed_at = clock.now()
    drawn.save(update_fields=["loose_steps", "changed_at"])


def exchange(rows: list, one: Lane | Step, back: bool) -> bool:
    """Exchange `one` with the row before (or after) it; False at the end."""
    at = next(i for i, row in enumerate(rows) if row.pk == one.pk)
    other = at - 1 if back else at + 1
    if not 0 <= other < len(rows):
        return False
    rows[at], rows[other] = rows[other], rows[at]
    renumber(rows)
    return True


def renumber(rows: Sequence[Any]) -> None:
    """Number the rows from 1 in their order."""
    for order, row in enumerate(rows, start=1):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])


def one_line(text: str) -> str:
    return " ".join(text.split())
