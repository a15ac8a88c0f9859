"""Checks over the RACI and the sponsor registry, and the failure modes that can be told by now.

A failure mode's check answers met for clear, met with `watch` for at risk, not met for
present, and unknown for cannot tell: no data is never clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Function, Position, Program, ProgramKind, Role, Team
from governance import queries
from governance.queries import Matrix, is_present
from phases.queries.gates import local_date
from phases.queries.goal import warnings
from phases.registry import MET, Evidence, Look, NoParams, check, examine, facts, judged, unknown


@facts("governance")
def load(program: Program) -> Matrix:
    """The whole RACI and the open sponsorship: four queries."""
    return queries.load_matrix(program)


@check("governance.sponsor")
def sponsor(look: Look, _: NoParams) -> Evidence:
    """A4: the row "CRM program" names exactly one Accountable executive sponsor, who accepted."""
    one = look.governance.sponsorship
    wrong, closing = _missing_of_sponsor(look.governance)
    details = []
    if one is not None:
        details.append(
            {
                "position": one.title,
                "level": one.get_level_display(),
                "named_at": one.named_at.isoformat(),
                "accepted_at": one.accepted_at.isoformat() if one.accepted_at else None,
            }
        )
    return judged(
        not wrong,
        summary=wrong or f"{one.title} ({one.get_level_display()}) is Accountable and has accepted.",
        closing=closing,
        value=0 if wrong else 1,
        threshold=1,
        unit="accepted sponsor",
        as_of=(one.accepted_at or one.named_at) if one else None,
        url=reverse("governance:raci", args=[look.program.slug]) + "#sponsor",
        source="RACI row “CRM program” and sponsor registry",
        details=details,
    )


def _missing_of_sponsor(matrix: Matrix) -> tuple[str, str]:
    """(what is wrong, what would close it), or two empty texts when A4 holds."""
    one, named = matrix.sponsorship, matrix.fixed.accountable if matrix.fixed else []
    if not named or one is None:
        return "Nobody is named Accountable for the program.", "Name a VP, C-level, founder or owner."
    if len(named) > 1:
        return f"{len(named)} positions are named Accountable for the program.", "Keep one."
    cell = named[0]
    if not cell.is_executive:
        return f"{cell.title} is no VP, C-level, founder or owner.", "Name somebody at that level."
    if not cell.is_held or one.position_id != cell.position or not is_present(one.membership):
        said = f"{cell.title} is named, but nobody who could answer for it holds this position."
        return said, "Name a member of the program."
    if one.accepted_at is None:
        said = f"{cell.title} is named and has not accepted yet."
        return said, f"{cell.title} accepts, signed in as themselves."
    return "", ""


@check("governance.raci")
def raci_rows(look: Look, _: NoParams) -> Evidence:
    """R1: every row has exactly one A, held by a member, and at least one R."""
    matrix: Matrix = look.governance
    if not matrix.rows:
        return unknown("The RACI has no rows.")
    wrong = matrix.conflicts
    said = f"{len(matrix.rows) - len(wrong)} of {len(matrix.rows)} rows have one Accountable and somebody Responsible."
    return judged(
        not wrong,
        summary=said,
        value=len(wrong),
        threshold=0,
        unit="rows",
        at_most=True,
        as_of=look.at,
        url=reverse("governance:raci", args=[look.program.slug]),
        source="RACI",
        closing="" if not wrong else f"Repair “{wrong[0].activity.title}” first.",
        details=[{"row": row.activity.title, "violations": [one.kind for one in row.violations]} for row in wrong],
    )


# --- failure modes (F) ----------------------------------------------------------------


@check("failure.no_sponsor")
def no_sponsor(look: Look, _: NoParams) -> Evidence:
    """Present while A4 is unmet. Attendance, which would put it at risk (R3), is not recorded yet."""
    found = examine(look, "governance.sponsor")
    if found.verdict is MET:
        return judged(True, summary=f"{found.summary} Attendance is not recorded yet.", as_of=found.as_of)
    return judged(False, summary=found.summary, as_of=found.as_of)


@dataclass(frozen=True)
class MoreThan:
    """Present above this share, `percent` from 0 to 100."""

    percent: int = 50


@check("failure.it_project", params=MoreThan)
def it_project(look: Look, limit: MoreThan) -> Evidence:
    """Present when the program, or most A's, are held by IT. Only A's that somebody holds can be told."""
    matrix: Matrix = look.governance
    by_key = {position.pk: position for position in matrix.positions}
    held = [by_key[cell.position] for row in matrix.rows for cell in row.accountable if cell.is_held]
    if not held:
        return unknown("No row names an Accountable position that somebody holds.")
    fixed = matrix.fixed.accountable if matrix.fixed else []
    if any(cell.is_held and _is_it(by_key[cell.position]) for cell in fixed):
        return judged(False, summary="IT is Accountable for the program.", as_of=look.at)
    count = sum(_is_it(position) for position in held)
    return judged(
        100 * count <= limit.percent * len(held),
        summary=f"IT holds {count} of {len(held)} A's.",
        value=count,
        threshold=len(held) * limit.percent // 100,
        at_most=True,
        as_of=look.at,
    )


def _is_it(position: Position) -> bool:
    holder = position.membership
    return holder is not None and (holder.role == Role.IT or holder.function == Function.IT)


@check("failure.vague_goals")
def vague_goals(look: Look, _: NoParams) -> Evidence:
    """Cannot tell before a goal is written; what is written names metric, target and date, else it was refused (P6).

    At risk where it reads doubtful: too short, its date passed, its baseline overdue.
    """
    goal = look.audit.goal
    if goal is None:
        return unknown("No goal statement is written yet.")
    odd = warnings(goal, clock.today(look.program))
    url = reverse("phases:goal", args=[look.program.slug])
    said = " ".join(odd) or f"Metric, target and date are named: {goal.headline}."
    return Evidence(MET, said, as_of=goal.written_at, url=url, watch=bool(odd))


@check("failure.software_first")
def software_first(look: Look, _: NoParams) -> Evidence:
    """Present when a platform was chosen or a contract signed before the Audit gate; a rescue starts that way."""
    program, approval = look.program, look.gates.approval(1)
    contract, selection = look.pick.contract, look.pick.selection
    if approval and contract and contract.signed_on < local_date(program, approval.decided_at):
        said = f"The contract was signed on {contract.signed_on:%-d %b %Y}, before Gate 1."
        return judged(False, summary=said, as_of=contract.attested_at)
    if approval and selection:
        said = f"{selection.vendor.name} was selected after Gate 1."
        return judged(True, summary=said, as_of=selection.selected_at)
    if not program.platform_chosen:
        return judged(True, summary="No platform is chosen.", as_of=look.at)
    name = program.platform_name or "The platform"
    if program.kind == ProgramKind.RESCUE:
        said = f"{name} was bought before this program; the audit says whether it fits."
        return judged(True, summary=said, watch=True, as_of=look.at)
    if approval:
        return unknown(f"{name} is chosen and Gate 1 has passed; the date of the choice is not recorded.")
    return judged(False, summary=f"{name} is chosen, and Gate 1 has not passed.", as_of=look.at)


@check("failure.scope_creep")
def scope_creep(look: Look, _: NoParams) -> Evidence:
    """Growth since the lock (P7): additions to a locked scope are refused, so a locked scope has not grown."""
    locked_at = look.audit.scope_locked_at
    if locked_at is None:
        return unknown("The scope is open until Gate 1 is signed; growth is counted from then on.")
    return judged(True, summary="The scope is locked and has not grown since.", as_of=locked_at)


@dataclass(frozen=True)
class Dirt:
    """Percent of records, 0 to 100, from which dirty data is at risk, and from which it is present (F)."""

    duplicates_at_risk: int = 5
    nameless_at_risk: int = 10
    duplicates_present: int = 30
    nameless_present: int = 25


@check("failure.dirty_data", params=Dirt)
def dirty_data(look: Look, limit: Dirt) -> Evidence:
    """Duplicates, and records with neither e-mail nor phone, once records are loaded into the live CRM."""
    known = look.migration
    if not known.loaded or not known.records:
        return unknown("No records are loaded into the CRM yet.")
    duplicates = Decimal(100) * known.duplicates / known.records
    nameless = Decimal(100) * known.without_identity / known.records
    said = f"{duplicates:.1f} % duplicates, {nameless:.1f} % with neither e-mail nor phone."
    more = {"as_of": known.run.finished_at, "url": known.run.get_absolute_url()}
    if duplicates >= limit.duplicates_present or nameless >= limit.nameless_present:
        return judged(False, summary=said, **more)
    at_risk = duplicates > limit.duplicates_at_risk or nameless > limit.nameless_at_risk
    return judged(True, summary=said, watch=at_risk, **more)


@dataclass(frozen=True)
class BigBang:
    """P4: more than `reps` going live within `days` needs a pilot."""

    reps: int = 15
    days: int = 28


@check("failure.big_bang", params=BigBang)
def big_bang(look: Look, limit: BigBang) -> Evidence:
    """At risk when more reps than `limit.reps` go live within `limit.days`, over all teams, without a pilot."""
    planned = Team.objects.of(look.program).values_list("go_live_on", "seats")
    teams = [(on, seats) for on, seats in planned if on is not None]
    if not teams:
        return unknown("No team has a go-live date.")
    reps, first = most_within(teams, limit.days)
    said = f"{reps} reps go live within {limit.days} days from {first.day} {first:%b %Y}."
    if reps <= limit.reps:
        return judged(True, summary=said, value=reps, threshold=limit.reps, at_most=True, as_of=look.at)
    said += " That needs a pilot of 4 to 8 weeks; none is recorded."
    return Evidence(MET, said, reps, limit.reps, "reps", at_most=True, as_of=look.at, watch=True)


def most_within(dates: list[tuple[date, int]], days: int) -> tuple[int, date]:
    """The largest sum of seats whose dates lie within `days` of each other, and the first date of that stretch."""
    best = (0, dates[0][0])
    for start, _ in sorted(dates):
        seats = sum(count for on, count in dates if timedelta(0) <= on - start < timedelta(days))
        best = max(best, (seats, start), key=lambda one: one[0])
    return best
