"""Find records by state, problem and words, a page of a million as soon as one of a thousand."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from crmprogram.intake.models import RowIssue
from migration.models import Record, Run, RunRow

FEW = 20_000  # records that are sorted for each page
FEW_PROBLEMS = 5_000  # issues whose records are looked up for each page
SOME = 1_000  # found by their words before anything else is asked of them


def records_of(run: Run, *, state: str = "", problem: str = "", text: str = "") -> QuerySet[Record]:
    """Records of a run, filtered; those merged into another are shown only when asked for."""
    every = Record.objects.filter(run=run).select_related("program", "run").defer("run__summary")  # long, in each row
    found: QuerySet[Record] = every.filter(state=state) if state else every.living()
    if state and run.summary.get("after", {}).get(f"state:{state}", 0) < FEW:
        # those are read by their state and sorted; of more, a page is full soon along the ids
        found = found.filter(pk__in=Record.objects.filter(run=run, state=state).order_by().values("pk"))
    if problem:
        found = _with_problem(found, run, problem)
    return with_words(found, Record.objects.filter(run=run), text).order_by("pk")


def _with_problem(found: QuerySet[Record], run: Run, problem: str) -> QuerySet[Record]:
    """Those of `found` that were made of a row with such an issue; where they are many, each is asked along the ids."""
    rule = f"{problem}."
    issues = RowIssue.objects.filter(upload__in=run.uploads.all(), rule__startswith=rule).order_by()
    if issues[:FEW_PROBLEMS].count() < FEW_PROBLEMS:
        return found.filter(pk__in=RunRow.objects.filter(pk__in=issues.values("row_id")).values("record"))
    told = RowIssue.objects.filter(row_id=OuterRef("pk"), rule__startswith=rule)
    own = Q(pk=OuterRef("pk")) | Q(cluster=OuterRef("cluster"), record=OuterRef("pk"))
    return found.filter(Exists(RunRow.objects.filter(own).filter(Exists(told))))


def with_words(found: QuerySet, searched: QuerySet, text: str) -> QuerySet:
    """Those of `found` that hold every word of a text, of a million in a tenth of a second.

    `searched` are all of them by what stands before `search` in an index that holds the id as well.
    """
    ids = ids_with_words(searched, text)
    return found.filter(holds(text)) if ids is None else found.filter(pk__in=ids)


def ids_with_words(searched: QuerySet, text: str) -> list[int] | None:
    """The ids of those with every word, found in an index alone; None without words, and where very many hold them.

    Those are met soon along the ids.
    """
    held = holds(text)
    if not held:
        return None
    ids = list(searched.filter(held).order_by().values_list("pk", flat=True)[: SOME + 1])
    return ids if len(ids) <= SOME else None


def holds(text: str) -> Q:
    """Does `search` hold every word (five at most) of a text?"""
    held = Q()
    for word in text.casefold().split()[:5]:
        held &= Q(search__contains=word)
    return held
