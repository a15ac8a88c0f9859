"""Read the scope: is it signed, is it locked, what changed between versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmprogram.program.models import Program
from phases.models import GateReview, Scope, ScopeItem, ScopeKind, ScopeRequest, ScopeRequestState


def scope_of(program: Program) -> Scope | None:
    """The program's scope with `signed_at`; None before its first line."""
    return Scope.objects.of(program).with_signature().select_related("program").first()


def locked_at(program: Program) -> datetime | None:
    """When the scope was locked: the approval of the Audit gate that is in force (P7). None: it is open."""
    approvals = GateReview.objects.of(program).in_force().filter(gate__number=1)
    return approvals.order_by("-round").values_list("decided_at", flat=True).first()


@dataclass(frozen=True)
class Growth:
    """The scope since its lock: the lines in scope then, and what was asked for since."""

    at_lock: int
    requests: list[ScopeRequest]

    @property
    def grown(self) -> int:
        return sum(one.state == ScopeRequestState.EXCEPTION for one in self.requests)

    @property
    def deferred(self) -> int:
        return sum(one.state == ScopeRequestState.DEFERRED for one in self.requests)

    @property
    def percent(self) -> int | None:
        """Growth in percent of what was in scope at the lock, rounded; None where nothing was."""
        return round(100 * self.grown / self.at_lock) if self.at_lock else None


def growth_of(program: Program, scope: Scope | None) -> Growth:
    """How the scope grew, newest request first."""
    rows = list(ScopeRequest.objects.of(program).select_related("asked_by", "decided_by").order_by("-number"))
    now_in = scope.items.present().filter(kind=ScopeKind.IN).count() if scope else 0
    return Growth(max(0, now_in - sum(one.state == ScopeRequestState.EXCEPTION for one in rows)), rows)


def by_kind(scope: Scope | None) -> list[tuple[ScopeKind, list[ScopeItem]]]:
    """The lines that stand, under each of the three kinds."""
    items = list(scope.items.present()) if scope else []
    return [(kind, [item for item in items if item.kind == kind]) for kind in ScopeKind]


def changes_by_version(scope: Scope) -> list[tuple[int, list[ScopeItem], list[ScopeItem]]]:
    """For each version, newest first: the lines that came with it and those that went."""
    items = list(scope.items.all())
    return [
        (
            version,
            [item for item in items if item.since == version],
            [item for item in items if item.until == version],
        )
        for version in range(scope.version, 0, -1)
    ]
