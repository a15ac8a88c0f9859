"""What a new program's RACI starts with, as data: positions, rows and the usual letters (G1 to G5, A4).

The letters are a proposal that a person takes over with one press; nothing is assigned by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crmprogram.program.models import PositionLevel

FIXED_ROW = "CRM program"

SALES_OPS, VP_SALES, SPECIALIST = "Sales Ops Manager", "VP Sales", "CRM Specialist"
IT, ENABLEMENT, MARKETING = "IT Lead", "Enablement Lead", "Marketing Ops"
PROCUREMENT, MANAGERS = "Procurement", "Sales Managers"

# the program's maker has the position Sales Ops Manager already
POSITIONS: tuple[tuple[str, str], ...] = (
    (VP_SALES, PositionLevel.VP),
    (SALES_OPS, PositionLevel.MANAGER),
    (SPECIALIST, PositionLevel.STAFF),
    (IT, PositionLevel.MANAGER),
    (ENABLEMENT, PositionLevel.MANAGER),
    (MARKETING, PositionLevel.MANAGER),
    (PROCUREMENT, PositionLevel.MANAGER),
    (MANAGERS, PositionLevel.MANAGER),
)


@dataclass(frozen=True)
class Deliverable:
    """A row: its phase (0: all), its title, and the letters it usually has, by position."""

    phase: int
    title: str
    usual: dict[str, str] = field(default_factory=dict)
    is_fixed: bool = False


def _row(phase: int, title: str, **letters: str) -> Deliverable:
    names = {
        "ops": SALES_OPS,
        "vp": VP_SALES,
        "crm": SPECIALIST,
        "it": IT,
        "train": ENABLEMENT,
        "mkt": MARKETING,
        "buy": PROCUREMENT,
        "lead": MANAGERS,
    }
    return Deliverable(phase, title, {names[key]: value for key, value in letters.items()})


DELIVERABLES: tuple[Deliverable, ...] = (
    Deliverable(0, FIXED_ROW, {SALES_OPS: "R", SPECIALIST: "C", IT: "C", ENABLEMENT: "C", MANAGERS: "I"}, True),
    _row(1, "Current-state map", vp="A", ops="R", crm="C", it="C", mkt="C", buy="I", lead="C"),
    _row(1, "Gap list with cost", vp="A", ops="R", it="C", train="I", mkt="C", lead="C"),
    _row(1, "Goal statement", vp="A", ops="R", lead="I"),
    _row(2, "Vendor scorecard", vp="A", ops="R", crm="C", it="C", train="I", mkt="I", buy="C", lead="C"),
    _row(2, "Contract", vp="A", ops="C", it="I", buy="R", lead="I"),
    _row(3, "Data migration plan", vp="C", ops="A", crm="R", it="C", mkt="C", lead="I"),
    _row(3, "Lead routing rules", vp="A", ops="C", crm="R", it="C", mkt="R", lead="C"),
    _row(3, "Pipeline stages", vp="C", ops="A", crm="R", it="C", lead="C"),
    _row(3, "Integrations", ops="C", crm="R", it="A", mkt="C"),
    _row(4, "Training curriculum", vp="A", ops="C", it="I", train="R", lead="C"),
    _row(4, "Certification", vp="C", crm="I", train="A", lead="R"),
    _row(4, "Commission data in CRM", vp="A", ops="R", crm="C", lead="I"),
    _row(5, "Adoption metrics", vp="A", ops="R", crm="C", it="I", lead="C"),
    _row(5, "Change control", vp="C", ops="A", crm="R", it="C", mkt="C", lead="I"),
    _row(5, "Weekly pipeline review", vp="A", ops="R", crm="I", lead="R"),
)
USUAL = {one.title: one.usual for one in DELIVERABLES}
