"""The exit criteria of the five gates, as data (G, A1 to E1).

A row names its check; the check answers from live records. A new criterion is one row
here and one function in the `checks.py` of the app that keeps the records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Criterion:
    """One exit criterion.

    `continuing` criteria go on being computed after approval (G9); the others are judged
    at signing. `waivable` is False for the sponsor alone (G8). `given` are the threshold
    values of this gate, over the check's own defaults. `reads` names the records it is read
    from: while nothing keeps them, the answer is cannot tell, for that reason.
    """

    key: str
    gate: int
    title: str
    check: str
    attested: bool = False
    continuing: bool = False
    waivable: bool = True
    given: dict[str, Any] = field(default_factory=dict)
    reads: str = "these records"

    @property
    def missing(self) -> str:
        """Why this cannot be told while no check answers it."""
        return f"Cannot tell: this program keeps no {self.reads} yet."


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "A1", 1, "Current-state process map drawn and signed off by each lane", "audit.process_map", reads="process map"
    ),
    Criterion("A2", 1, "5 to 15 gaps, each with a yearly estimate", "audit.gaps", reads="list of gaps"),
    Criterion("A3", 1, "8 to 12 must-have capabilities, each traced", "audit.must_haves", reads="list of capabilities"),
    Criterion(
        "A4",
        1,
        "One Accountable executive sponsor, accepted",
        "governance.sponsor",
        continuing=True,
        waivable=False,
        reads="RACI",
    ),
    Criterion("A5", 1, "Goal statement written and shared with the sponsor", "audit.goal", reads="goal statement"),
    Criterion(
        "B1", 2, "Scorecard complete for 3 to 4 short-listed vendors", "scorecard.complete", reads="vendor ratings"
    ),
    Criterion("B2", 2, "Hands-on demo with each short-listed vendor", "scorecard.demos", reads="record of demos"),
    Criterion(
        "B3", 2, "At least 2 counted references per finalist", "scorecard.references", reads="record of reference calls"
    ),
    Criterion(
        "B4", 2, "Finalist selected, not vetoed, with rationale", "scorecard.selected", reads="selection of a vendor"
    ),
    Criterion(
        "B5",
        2,
        "Contract signed with scope, success criteria and termination",
        "scorecard.contract",
        True,
        reads="signed contract",
    ),
    Criterion(
        "C1",
        3,
        "Data migrated, and a 100-record audit is clean",
        "migration.migrated",
        reads="record of a load into the CRM",
    ),
    Criterion(
        "C2", 3, "Configuration matches the audit's spec", "phases.configuration", reads="configuration checklist"
    ),
    Criterion(
        "C3",
        3,
        "Go-live integrations live and tested with real data",
        "migration.integrations",
        continuing=True,
        reads="inventory of integrations",
    ),
    Criterion(
        "C4", 3, "Pilot used for a week without a blocker or major issue", "adoption.pilot", reads="activity of a pilot"
    ),
    Criterion(
        "C5",
        3,
        "A sandbox is kept for later configuration",
        "governance.sandbox",
        True,
        continuing=True,
        reads="attestation of a sandbox",
    ),
    Criterion("D1", 4, "At least 80 % of reps certified", "adoption.certified", reads="certification register"),
    Criterion(
        "D2",
        4,
        "Daily active rate at least 80 % for 4 weeks",
        "adoption.daily_active",
        continuing=True,
        reads="weekly activity of the reps",
    ),
    Criterion(
        "D3",
        4,
        "Weekly pipeline review runs, VP Sales attends",
        "governance.pipeline_review",
        continuing=True,
        reads="record of pipeline reviews",
    ),
    Criterion(
        "D4a",
        4,
        "At least 90 % of records without a problem",
        "migration.hygiene",
        continuing=True,
        reads="fresh CRM export",
    ),
    Criterion(
        "D4b",
        4,
        "Required fields at least 90 % complete",
        "adoption.required_fields",
        continuing=True,
        reads="count of required fields",
    ),
    Criterion(
        "D5",
        4,
        "Leadership reviews working dashboards monthly",
        "governance.dashboards",
        continuing=True,
        reads="registry of dashboards",
    ),
    Criterion(
        "E1",
        5,
        "Quarterly review: adoption at target, meetings held, automations reviewed",
        "governance.quarter",
        reads="quarterly review",
    ),
)

# floors that cannot be loosened: (check, value) -> the least it may be (G8, V4)
NEVER_LOOSER: dict[tuple[str, str], Decimal] = {
    ("scorecard.selected", "workflow_fit"): Decimal(4),
}

BY_KEY = {one.key: one for one in CRITERIA}


def of_gate(number: int) -> list[Criterion]:
    """The criteria of one gate, in their order."""
    return [one for one in CRITERIA if one.gate == number]
