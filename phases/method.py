"""The five phases, as data (G1 to G6, G10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crmprogram.program.models import Role
from crmprogram.program.models.program import SizeBand

Weeks = tuple[int, int]


@dataclass(frozen=True)
class PhaseInfo:
    """One phase: `weeks` is its typical length by size band, least and most (None: it never ends)."""

    number: int
    name: str
    goal: str
    owner_roles: tuple[Role, ...]
    artifacts: tuple[str, ...]
    weeks: dict[SizeBand, Weeks] | None

    def typical_days(self, band: SizeBand) -> tuple[int, int] | None:
        """The typical length in days for a program of this size."""
        if self.weeks is None:
            return None
        low, high = self.weeks[band]
        return timedelta(weeks=low).days, timedelta(weeks=high).days


def _weeks(small: Weeks, mid_market: Weeks) -> dict[SizeBand, Weeks]:
    """G10: enterprise takes twice what the table says for mid-market."""
    low, high = mid_market
    return {SizeBand.SMALL: small, SizeBand.MID_MARKET: mid_market, SizeBand.ENTERPRISE: (2 * low, 2 * high)}


PHASES: dict[int, PhaseInfo] = {
    one.number: one
    for one in (
        PhaseInfo(
            1,
            "Audit",
            "What is broken, what works, what the business needs",
            (Role.SALES_OPS, Role.VP_SALES),
            ("process map", "gaps", "must-haves", "RACI"),
            _weeks((2, 3), (2, 4)),
        ),
        PhaseInfo(
            2,
            "Pick",
            "Choose the platform with a documented reason",
            (Role.SALES_OPS, Role.PROCUREMENT),
            ("scorecard", "demo summaries", "references", "contract"),
            _weeks((2, 3), (4, 8)),
        ),
        PhaseInfo(
            3,
            "Implement",
            "Build to the audit's spec, migrate data, integrate, pilot",
            (Role.CRM_SPECIALIST, Role.IT),
            ("migration plan", "configured pipelines", "integrations", "pilot"),
            _weeks((3, 4), (8, 16)),
        ),
        PhaseInfo(
            4,
            "Train",
            "Adoption through change management",
            (Role.ENABLEMENT, Role.VP_SALES),
            ("curriculum", "documentation", "certification", "dashboards"),
            _weeks((2, 3), (4, 8)),
        ),
        PhaseInfo(
            5,
            "Iterate",
            "Measure, refine, add scope in steps; never ends",
            (Role.SALES_OPS,),
            ("adoption metrics", "retros", "roadmap", "cadence"),
            None,
        ),
    )
}
LAST_GATE = max(PHASES)


def gate_title(number: int) -> str:
    """The words of a gate: "Gate 1, Audit to Pick"."""
    if number == LAST_GATE:
        return f"Gate {number}, {PHASES[number].name} each quarter"
    return f"Gate {number}, {PHASES[number].name} to {PHASES[number + 1].name}"
