"""A program as large as one gets: 500 members, 60 requirements, 100,000 lines of history, live since spring."""

from __future__ import annotations

from datetime import timedelta

from adoption.metrics import Week
from adoption.models import Metric
from crmprogram.program import clock, services
from crmprogram.program.models import AuditEntry, Function, Membership, Position, PositionLevel, Program, Role, User
from governance import services as governance
from phases.dossier import canonical, sha256
from phases.models import (
    Bucket,
    Capability,
    ConfigItem,
    Decision,
    DeliveryPhase,
    Dossier,
    Fact,
    Gap,
    Gate,
    GateReview,
    ItemKind,
    Requirement,
    RequirementKind,
)
from phases.queries.gates import assess
from phases.registry import Look
from phases.services import process_map

MEMBERS, REQUIREMENTS, GAPS, HISTORY, WEEKS = 500, 60, 15, 100_000, 26
SIGNED = 3  # gates that are passed: the fourth is worked towards
CHUNK = 5_000


def make(*, members: int = MEMBERS, history: int = HISTORY) -> tuple[Program, User]:
    """Write the program and give it with its sales-ops manager; what decides nothing is written in bulk."""
    today = clock.now().date()
    ops = User.objects.create_user("bench-ops", "bench-ops@orrery.example", first_name="Sales Ops Manager")
    program = services.create_program(
        by=ops,
        name="CRM rollout",
        company="Orrery Instruments",
        seats=members,
        starts_on=today - timedelta(days=300),
        go_live_on=today - timedelta(days=120),
    )
    sponsor = _people(program, members)
    position = Position.objects.create(
        program=program, title="Chief Revenue Officer", level=PositionLevel.C_LEVEL, membership=sponsor
    )
    governance.suggest_letters(program=program, by=ops)
    governance.name_accountable(program=program, position=position, by=ops)
    governance.accept_sponsorship(program=program, by=sponsor.user)
    process_map.start_from_typical(program=program, by=ops)
    process_map.copy_to_future(program=program, by=ops)
    _audit(program)
    _activity(program)
    _signed(program, ops, sponsor.user)
    _history(program, ops, history)
    return Program.objects.get(pk=program.pk), ops


def _people(program: Program, count: int) -> Membership:
    """Reps and viewers; the first of them is the sponsor."""
    users = User.objects.bulk_create(
        User(username=f"bench-{n}", email=f"bench-{n}@orrery.example", first_name=f"Account Executive {n}")
        for n in range(count - 1)
    )
    made = Membership.objects.bulk_create(
        Membership(
            program=program,
            user=user,
            role=Role.PARTICIPANT if n else Role.SPONSOR,
            function=Function.SALES if n else Function.LEADERSHIP,
            accepted_at=clock.now(),
        )
        for n, user in enumerate(users)
    )
    return made[0]


def _audit(program: Program) -> None:
    Gap.objects.bulk_create(
        Gap(
            program=program,
            number=n,
            title=f"Gap {n}",
            volume=1200,
            rate_percent=10,
            value=40_000,
            yearly_cost=4_800_000,
        )
        for n in range(1, GAPS + 1)
    )
    buckets = (Bucket.MUST_GO_LIVE, Bucket.MUST_YEAR, Bucket.NICE, Bucket.NOT_NEEDED, Bucket.NICE)
    Capability.objects.bulk_create(
        Capability(
            program=program,
            number=n,
            name=f"Capability {n}",
            bucket=buckets[n % len(buckets)],
            phase=DeliveryPhase.IMPLEMENT,
            rank=n,
        )
        for n in range(1, REQUIREMENTS + 1)
    )
    kinds, items = RequirementKind.values, ItemKind.FIELD
    needs = Requirement.objects.bulk_create(
        Requirement(program=program, number=n, kind=kinds[n % len(kinds)], title=f"Requirement {n}")
        for n in range(1, REQUIREMENTS + 1)
    )
    fields = ConfigItem.objects.bulk_create(
        ConfigItem(program=program, number=n, kind=items, name=f"Field {n}", definition="As agreed")
        for n in range(1, REQUIREMENTS + 1)
    )
    ties = ConfigItem.requirements.through
    ties.objects.bulk_create(ties(configitem=item, requirement=need) for item, need in zip(fields, needs, strict=True))


def _activity(program: Program) -> None:
    """Required fields week by week, so that the overview has a trend to draw."""
    week = Week.of(clock.today(program)).previous
    rows = []
    for n in range(WEEKS):
        rows.append(
            Fact(
                program=program,
                key=Metric.FIELDS,
                period=str(week),
                scope="all",
                numerator=90 + n % 7,
                denominator=100,
                as_of=clock.now(),
                source="CRM exports",
            )
        )
        week = week.previous
    Fact.objects.bulk_create(rows)


def _signed(program: Program, ops: User, sponsor: User) -> None:
    """Pass the first gates with the dossiers their sheets give."""
    for gate in Gate.objects.of(program).filter(number__lte=SIGNED).order_by("number"):
        text = canonical(assess(Look(Program.objects.get(pk=program.pk)), gate.number).document)
        GateReview.objects.create(
            gate=gate,
            round=1,
            requested_by=ops,
            decision=Decision.APPROVED,
            decided_by=sponsor,
            decided_at=clock.now() - timedelta(days=30 * (SIGNED + 1 - gate.number)),
            dossier=Dossier.objects.create(program=program, text=text, sha256=sha256(text)),
        )


def _history(program: Program, ops: User, count: int) -> None:
    for start in range(0, count, CHUNK):
        AuditEntry.objects.bulk_create(
            AuditEntry(
                program=program,
                by=ops,
                verb="requirement.changed",
                subject_type="phases.requirement",
                subject_id=str(n % REQUIREMENTS),
                subject_text=f"requirement {n % REQUIREMENTS}",
            )
            for n in range(start, min(start + CHUNK, count))
        )
