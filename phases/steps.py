"""The ten ordered steps and the six-phase evidence table, as data: two more lenses on the same checks (G12).

A row names its check; a check nobody has written answers cannot tell, and that is what the page says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A piece of evidence: what is asked, and the check that answers it."""

    title: str
    check: str


@dataclass(frozen=True)
class Step:
    """A step of the order of operations. `needs` are the steps before it, `gate` one that has to be open.

    `per_wave` steps are taken by each wave on its own.
    """

    number: int
    title: str
    phase: int
    needs: tuple[int, ...]
    evidence: tuple[Item, ...]
    gate: int = 0
    per_wave: bool = False


STEPS: tuple[Step, ...] = (
    Step(
        1,
        "Strategy and objectives",
        1,
        (),
        (
            Item("Goal with metric, target and date", "audit.goal"),
            Item("In and out of scope, signed", "audit.scope"),
            Item("Top five weekly decisions that need customer data", "strategy.decisions"),
        ),
    ),
    Step(
        2,
        "People and change readiness",
        1,
        (1,),
        (
            Item("Executive sponsor, accepted", "governance.sponsor"),
            Item("Champions per department", "readiness.champions"),
            Item("Resistance points with answers", "readiness.resistance"),
            Item("What's in it for me, per role", "readiness.benefits"),
        ),
    ),
    Step(
        3,
        "Processes mapped, optimised, agreed",
        1,
        (2,),
        (
            Item("Current map, signed by each lane", "audit.process_map"),
            Item("Future map, signed across functions", "audit.future_map"),
        ),
    ),
    Step(
        4,
        "Data cleaned and prepared",
        3,
        (3,),
        (Item("Data-quality standard, signed", "migration.standard"), Item("Clean batch", "migration.hygiene")),
        gate=2,
    ),
    Step(
        5,
        "Platform configured",
        3,
        (4,),
        (Item("Configuration items traced to requirements", "phases.configuration"),),
    ),
    Step(6, "Data migrated", 3, (5,), (Item("Reconciled load, sample audit clean", "migration.migrated"),)),
    Step(
        7,
        "Systems integrated",
        3,
        (6,),
        (Item("Inventory with conflict rule and sync frequency, tested", "migration.integrations"),),
    ),
    Step(
        8,
        "Tested and validated",
        3,
        (7,),
        (
            Item("Five kinds of test by a strike team", "rollout.tests"),
            Item("UAT signed by the owners", "rollout.uat"),
        ),
        per_wave=True,
    ),
    Step(
        9,
        "Users trained",
        4,
        (5, 6, 7, 8),
        (Item("Role-specific training, certified", "adoption.certified"),),
        per_wave=True,
    ),
    Step(
        10,
        "Launched, iterated",
        4,
        (9,),
        (
            Item("Go-live decided by the sponsor", "waves.started"),
            Item("Reviews every 30 days", "waves.reviewed"),
            Item("Checkpoints on day 30, 60, 90, 180", "adoption.checkpoints"),
        ),
        per_wave=True,
    ),
)
BY_NUMBER = {one.number: one for one in STEPS}


@dataclass(frozen=True)
class Area:
    """One of the six phases of the evidence table."""

    name: str
    items: tuple[Item, ...]


AREAS: tuple[Area, ...] = (
    Area(
        "Requirements",
        (
            Item("Role-based workflow map", "audit.process_map"),
            Item("Requirements that end in something testable", "audit.requirements"),
            Item("Prioritised backlog", "audit.must_haves"),
        ),
    ),
    Area(
        "Data model",
        (
            Item("Object model", "artifacts.data_model"),
            Item("Field rules", "migration.standard"),
            Item("Ownership matrix", "phases.owners"),
            Item("Permission notes", "phases.permissions"),
        ),
    ),
    Area(
        "Migration",
        (
            Item("Inventory of sources", "migration.inventory"),
            Item("Mapping workbook, signed", "migration.mapping"),
            Item("Duplicate rules and clean records", "migration.hygiene"),
            Item("Sample validation", "migration.migrated"),
        ),
    ),
    Area(
        "Integrations",
        (
            Item("Dependency map", "migration.integrations"),
            Item("Runbook notes", "migration.runbooks"),
            Item("Smoke-test plan", "migration.smoke_tests"),
        ),
    ),
    Area(
        "Dashboards",
        (
            Item("KPI dictionary", "governance.kpis"),
            Item("Measurement framework, signed", "artifacts.measurement"),
            Item("Dashboards that leadership reviews", "governance.dashboards"),
            Item("Reconciliation thresholds", "governance.tolerances"),
        ),
    ),
    Area(
        "Rollout",
        (
            Item("Pilot with its target met", "waves.pilot"),
            Item("UAT sign-off", "rollout.uat"),
            Item("Training plan, certified", "adoption.certified"),
            Item("Cutover checklist", "rollout.cutover"),
            Item("Support owner", "governance.system_owner"),
        ),
    ),
)
