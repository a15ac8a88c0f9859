"""What a run keeps of its files, and what of it goes when they do (data protection)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from migration.models import MappingColumn, Run


def held() -> QuerySet[Run, Any]:
    """Files whose rows a run stands on: what it merged can be undone at any later time (H2)."""
    return Run.objects.current().filter(uploads__isnull=False).values("uploads")


def forget(uploads: Iterable[int]) -> None:
    """Empty the samples of their columns, and the frequent values of cancelled runs over them."""
    MappingColumn.objects.filter(upload__in=uploads).update(samples=[])
    for run in Run.objects.filter(uploads__in=uploads, cancelled_at__isnull=False).distinct():
        columns = [{**one, "top": []} for one in run.summary.get("columns", [])]
        Run.objects.filter(pk=run.pk).update(summary={**run.summary, "columns": columns})
