"""What the Audit's checks, rail and next items read, in one query whatever the size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from crmprogram.program import clock
from crmprogram.program.models import Program
from crmprogram.program.together import Rows, fill
from phases.models import (
    Capability,
    Gap,
    GateReview,
    GoalVersion,
    Interview,
    Lane,
    Requirement,
    Scope,
    ScopeItem,
    ScopeKind,
    ScopeRequest,
)


@dataclass(frozen=True)
class AuditFacts:
    """The Audit's content in numbers; money in minor units. Times are None where nothing is there yet."""

    goal: GoalVersion | None  # the newest version, with `shared_at`
    lanes: list[Lane]  # of the current map, with `step_count`, `signed_at`, `was_signed` and `map`
    must_haves: list[Capability]  # at go-live, by priority, with `is_traced`
    gaps: int
    gaps_estimated: int
    gaps_cost: int
    gaps_at: datetime | None
    capabilities: int
    scope_version: int | None
    scope_in: int
    scope_signed_at: datetime | None
    scope_locked_at: datetime | None
    scope_grown: int  # lines the sponsor let in after the lock (P7)
    requirements: int
    requirements_at: datetime | None
    untraceable: int  # requirements that end in nothing
    roles_heard: int  # of those to interview

    @property
    def signed_lanes(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane.signed_at]

    @property
    def loose_steps(self) -> int:
        """Steps that no arrow ties to the rest of the current map."""
        return self.lanes[0].map.loose_steps if self.lanes else 0


def audit_rows(program: Program) -> Rows:
    """The newest goal, the current map's lanes, the must-haves, and one row of numbers."""
    return (
        GoalVersion.objects.of(program).with_sharing().newest_first()[:1],
        Lane.objects.of(program).current().with_steps().with_sign_off().select_related("map").order_by("order"),
        Capability.objects.of(program).must_haves().with_trace().by_priority(),
        _numbers(program),
    )


def audit_facts(program: Program, rows: Rows | None = None) -> AuditFacts:
    """The facts, read in one query."""
    rows = rows or audit_rows(program)
    fill(*rows)
    goal, lanes, must_haves, numbers = rows
    return AuditFacts(next(iter(goal), None), list(lanes), list(must_haves), **_told(numbers[0]))


def _numbers(program: Program) -> QuerySet:
    """One row: subqueries on the program, so that gaps, capabilities and scope cost one query together."""
    gaps = Gap.objects.filter(program=OuterRef("pk"))
    needs = Requirement.objects.filter(program=OuterRef("pk"))
    scope = Scope.objects.filter(program=OuterRef("pk")).with_signature()
    approved = GateReview.objects.in_force().filter(gate__program=OuterRef("pk"), gate__number=1).order_by("-round")
    in_scope = ScopeItem.objects.present().filter(scope__program=OuterRef("pk"), kind=ScopeKind.IN)
    grown = ScopeRequest.objects.grown().filter(program=OuterRef("pk"))
    return (
        Program.objects.filter(pk=program.pk)
        .annotate(
            n_gaps=_total(gaps, Count("pk")),
            n_estimated=_total(gaps, Count("pk", filter=Q(yearly_cost__isnull=False))),
            cost=_total(gaps, Sum("yearly_cost")),
            gaps_at=_total(gaps, Max("changed_at")),
            n_capabilities=_total(Capability.objects.filter(program=OuterRef("pk")), Count("pk")),
            scope_version=Subquery(scope.values("version")[:1]),
            scope_in=_total(in_scope, Count("pk"), "scope__program"),
            scope_signed_at=Subquery(scope.values("signed_at")[:1]),
            scope_locked_at=Subquery(approved.values("decided_at")[:1]),
            scope_grown=_total(grown, Count("pk")),
            n_requirements=_total(needs, Count("pk")),
            n_requirements_at=_total(needs, Max("changed_at")),
            n_untraceable=_total(Requirement.objects.untraceable().filter(program=OuterRef("pk")), Count("pk")),
            n_roles=_total(
                Interview.objects.held(clock.today(program)).filter(program=OuterRef("pk")),
                Count("role", distinct=True),
            ),
        )
        .values(
            "n_gaps",
            "n_estimated",
            "cost",
            "gaps_at",
            "n_capabilities",
            "scope_version",
            "scope_in",
            "scope_signed_at",
            "scope_locked_at",
            "scope_grown",
            "n_requirements",
            "n_requirements_at",
            "n_untraceable",
            "n_roles",
        )
    )


def _told(row: dict) -> dict:
    """The numbers by the names of AuditFacts; none is 0."""
    return {
        "gaps": row["n_gaps"] or 0,
        "gaps_estimated": row["n_estimated"] or 0,
        "gaps_cost": row["cost"] or 0,
        "gaps_at": row["gaps_at"],
        "capabilities": row["n_capabilities"] or 0,
        "scope_version": row["scope_version"],
        "scope_in": row["scope_in"] or 0,
        "scope_signed_at": row["scope_signed_at"],
        "scope_locked_at": row["scope_locked_at"],
        "scope_grown": row["scope_grown"] or 0,
        "requirements": row["n_requirements"] or 0,
        "requirements_at": row["n_requirements_at"],
        "untraceable": row["n_untraceable"] or 0,
        "roles_heard": row["n_roles"] or 0,
    }


def _total(rows: QuerySet, what, path: str = "program") -> Subquery:
    """An aggregate over all rows of the outer program as one value; None where there are none."""
    return Subquery(rows.order_by().values(path).annotate(total=what).values("total")[:1])
