"""Read requirements and interviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from crmprogram.program.models import Program
from phases.models import Capability, ConfigItem, Finding, Gap, Interview, InterviewRole, Requirement, Step


def requirement_rows(program: Program) -> QuerySet[Requirement]:
    """All requirements by priority, with their traces; six queries whatever the size."""
    return (
        Requirement.objects.of(program)
        .with_trace()
        .prefetch_related(
            Prefetch("gaps", Gap.objects.order_by("number")),
            Prefetch("capabilities", Capability.objects.order_by("number")),
            Prefetch("steps", Step.objects.select_related("lane").order_by("pk")),
            Prefetch("items", ConfigItem.objects.order_by("number")),
            Prefetch("findings", Finding.objects.select_related("interview").order_by("pk")),
        )
        .by_priority()
    )


@dataclass(frozen=True)
class Heard:
    """One role that is to be interviewed: what took place, and what is arranged."""

    role: InterviewRole
    held: list[Interview]
    planned: list[Interview]

    @property
    def findings(self) -> int:
        return sum(len(one.findings.all()) for one in self.held)


def heard(program: Program, today: date) -> list[Heard]:
    """The roles with their interviews, newest first, in five queries."""
    rows = list(
        Interview.objects.of(program)
        .select_related("held_by")
        .prefetch_related(
            Prefetch("findings", Finding.objects.order_by("pk")),
            Prefetch("findings__gaps", Gap.objects.order_by("number")),
            Prefetch("findings__requirements", Requirement.objects.order_by("number")),
        )
        .order_by("-held_on", "number")
    )
    return [
        Heard(
            role,
            [one for one in rows if one.role == role and one.held_on <= today],
            [one for one in rows if one.role == role and one.held_on > today],
        )
        for role in InterviewRole
    ]
