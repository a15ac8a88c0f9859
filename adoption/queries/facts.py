"""What checks, rail and next items read of adoption."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Aggregate, Count, Max, Min, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from adoption.models import (
    HOLDING,
    Counting,
    Escalation,
    Issue,
    IssueReview,
    IssueState,
    Rep,
    RepState,
)
from adoption.queries.weeks import Idle, Weeks, days_off
from crmprogram.program.models import Program
from crmprogram.program.together import Rows, fill


class AdoptionFacts:
    """What checks, rail and next items read, each part loaded when it is asked for."""

    def __init__(self, program: Program, rows: Rows | None = None) -> None:
        self.program = program
        self._unread = rows

    @staticmethod
    def rows_of(program: Program) -> Rows:
        """The counts, the open escalations, the last export and what is to be closed: the rail asks for them."""
        people = ("team", "addressee__user", "owner__user", "acknowledged_by")
        done = Counting.objects.of(program).filter(object="activity", finished_at__isnull=False)
        return (
            counts_of(program),
            Escalation.objects.of(program).open().select_related(*people),
            done.order_by("-finished_at")[:1],
            Escalation.objects.of(program).to_close().select_related("team", "owner", "addressee"),
        )

    @cached_property
    def weeks(self) -> Weeks:
        return Weeks(self.program, count=12)

    @cached_property
    def _rows(self) -> Rows:
        rows = self._unread or self.rows_of(self.program)
        fill(*rows)
        return rows

    @cached_property
    def standing(self) -> list[Escalation]:
        """Open escalations, newest first."""
        return list(self._rows[1])

    @cached_property
    def to_close(self) -> list[Escalation]:
        """Escalations that are over and wait for the last word."""
        return list(self._rows[3])

    @cached_property
    def days_off(self) -> set[date]:
        return days_off(self.program)

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Owners by state and the register of issues in one query: every page's rail asks for them."""
        return self._rows[0][0]

    @cached_property
    def owners(self) -> Counter[str]:
        """Owners by state."""
        return Counter({state: self.counts[f"reps_{state}"] for state in RepState.values})

    @property
    def unknown(self) -> int:
        return self.owners[RepState.UNKNOWN]

    @cached_property
    def last_export(self) -> Counting | None:
        """The activity export that was counted last."""
        return next(iter(self._rows[2]), None)

    @property
    def idle(self) -> Idle:
        """Due reps without any activity for five working days."""
        return self.weeks.idle()

    @property
    def issues(self) -> Register:
        found = self.counts
        changed = max((one for one in (found["reported_last"], found["closed_last"]) if one), default=None)
        return Register(found["reported"], found["open"], found["holding"], changed, found["reviewed_last"])

    @property
    def holding(self) -> int:
        """Open issues worse than minor."""
        return self.counts["holding"]

    @cached_property
    def pilot_from(self) -> date | None:
        """The first day of any rep's pilot."""
        return Rep.objects.of(self.program).counted().aggregate(first=Min("pilot_on"))["first"]


@dataclass(frozen=True)
class Register:
    """The register of issues: all, open, open and worse than minor; when it was last written in, and gone through."""

    total: int
    open: int
    holding: int
    changed_at: datetime | None
    reviewed_at: datetime | None


def counts_of(program: Program) -> QuerySet[Any, Any]:
    """One dict: `reps_<state>`; issues `reported`, `open`, `holding`; the newest times `…_last`, or None."""

    def of(model: type[Model], value: Aggregate, **filters: Any) -> Subquery:
        rows = model._default_manager.filter(program=OuterRef("pk"), **filters).order_by()
        return Subquery(rows.values("program").annotate(found=value).values("found"))

    def many(model: type[Model], **filters: Any) -> Coalesce:
        return Coalesce(of(model, Count("pk"), **filters), 0)

    return (
        Program.objects.filter(pk=program.pk)
        .order_by()
        .values(
            **{f"reps_{state}": many(Rep, state=state) for state in RepState.values},
            reported=many(Issue),
            open=many(Issue, state=IssueState.OPEN),
            holding=many(Issue, state=IssueState.OPEN, severity__in=HOLDING),
            reported_last=of(Issue, Max("reported_at")),
            closed_last=of(Issue, Max("closed_at")),
            reviewed_last=of(IssueReview, Max("reviewed_at")),
        )
    )
