"""Read gaps and capabilities."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from crmprogram.program.models import Program
from phases.models import Bucket, Capability, Gap, Step, Waiver

MUST_HAVES = "A3"  # the criterion whose waiver keeps more must-haves


@dataclass(frozen=True)
class GapList:
    """The gaps, costliest first, and what they add up to in minor units."""

    gaps: list[Gap]

    @property
    def total(self) -> int:
        return sum(gap.yearly_cost or 0 for gap in self.gaps)

    @property
    def largest(self) -> int:
        return max((gap.yearly_cost or 0 for gap in self.gaps), default=0)

    @property
    def estimated(self) -> int:
        return sum(gap.yearly_cost is not None for gap in self.gaps)


def gap_list(program: Program) -> GapList:
    """All gaps with their step and the capabilities that close them, in two queries."""
    gaps = (
        Gap.objects.of(program)
        .select_related("step__lane__map")
        .prefetch_related(Prefetch("capabilities", Capability.objects.order_by("number")))
        .costliest_first()
    )
    return GapList(list(gaps))


def capability_rows(program: Program) -> QuerySet[Capability]:
    """All capabilities by priority, with `is_traced`, their gaps and steps."""
    return (
        Capability.objects.of(program)
        .with_trace()
        .prefetch_related(
            Prefetch("gaps", Gap.objects.order_by("number")),
            Prefetch("steps", Step.objects.select_related("lane__map").order_by("pk")),
        )
        .by_priority()
    )


def by_bucket(program: Program) -> list[tuple[Bucket, list[Capability]]]:
    """The capabilities under each bucket, in three queries."""
    rows = list(capability_rows(program))
    return [(bucket, [row for row in rows if row.bucket == bucket]) for bucket in Bucket]


def must_have_exception(program: Program, today) -> Waiver | None:
    """The sponsor's waiver of A3 that counts on `today`: it allows must-haves over the limit."""
    standing = Waiver.objects.of(program).standing().filter(criterion=MUST_HAVES).order_by("-number")
    return next((waiver for waiver in standing if waiver.is_live(today)), None)
