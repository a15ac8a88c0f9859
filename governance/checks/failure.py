"""The failure modes that can be told (F).

A failure mode's check answers met for clear, met with `watch` for at risk, not met for
present, and unknown for cannot tell: no data is never clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from adoption.models import RepState
from crmprogram.program import clock
from crmprogram.program.models import Function, Position, ProgramKind, Role
from governance.checks.criteria import FRESH_ATTESTATION, attested, day
from governance.dashboards import graves
from governance.meetings import ABSENT_AFTER
from governance.models import Kind, Statement
from governance.queries import Matrix
from phases.queries.gates import local_date
from phases.queries.goal import warnings
from phases.registry import MET, Evidence, Look, NoParams, check, examine, judged, unknown


@check("failure.no_sponsor")
def no_sponsor(look: Look, _: NoParams) -> Evidence:
    """Present while A4 is unmet; at risk while the sponsor is absent: two misses in a row (R3).

    Cannot tell while the newest meetings, as many as make an absence, are not recorded.
    """
    found = examine(look, "governance.sponsor")
    url = reverse("governance:sponsor", args=[look.program.slug])
    if found.verdict is not MET:
        return judged(False, summary=found.summary, as_of=found.as_of, url=url, value=0, threshold=1)
    meetings = look.governance.meetings
    more: dict[str, Any] = {
        "as_of": meetings.last_at or found.as_of,
        "url": f"{url}#attendance",
        "source": "Record of attendance",
    }
    compared: dict[str, Any] = {
        "value": meetings.misses,
        "threshold": ABSENT_AFTER - 1,
        "unit": "missed in a row",
        "at_most": True,
    }
    if meetings.is_absent:
        said = f"The sponsor missed {meetings.misses} meetings in a row."
        return Evidence(MET, said, watch=True, **compared, **more)
    past = [one for one in meetings.kept if one.due_on < meetings.today]
    if len(past) >= ABSENT_AFTER and not any(one.meeting for one in past[-ABSENT_AFTER:]):
        return unknown(f"{found.summary} Nobody recorded whether they kept the last {ABSENT_AFTER} meetings.", **more)
    told = [one.outcome for one in past if one.outcome]
    kept = f" Kept {told.count('attended')} of {len(told)} meetings." if told else " No meeting was due since."
    return judged(True, summary=found.summary + kept, **compared, **more)


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
        unit="A's",
        at_most=True,
        as_of=look.at,
        url=reverse("governance:raci", args=[look.program.slug]),
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
    url = reverse("phases:gate", args=[program.slug, 2])
    if approval and contract and contract.signed_on < local_date(program, approval.decided_at):
        said = f"The contract was signed on {day(contract.signed_on)}, before Gate 1."
        return judged(False, summary=said, as_of=contract.attested_at, url=url)
    if contract and not approval:
        said = f"The contract was signed on {day(contract.signed_on)}, and Gate 1 has not passed."
        return judged(False, summary=said, as_of=contract.attested_at, url=url)
    if approval and selection and selection.selected_at < approval.decided_at:
        said = f"{selection.vendor.name} was selected before Gate 1 was signed."
        return judged(False, summary=said, as_of=selection.selected_at, url=url)
    if approval and selection:
        said = f"{selection.vendor.name} was selected after Gate 1."
        return judged(True, summary=said, as_of=selection.selected_at, url=url)
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
    """Growth since the lock (P7): what is asked for later is deferred, or let in by the sponsor's decision.

    So nothing grows without a decision; what was let in is at risk all the same.
    """
    locked_at = look.audit.scope_locked_at
    if locked_at is None:
        return unknown("The scope is open until Gate 1 is signed; growth is counted from then on.")
    grown = look.audit.scope_grown
    more: dict[str, Any] = {"as_of": locked_at, "url": reverse("phases:scope", args=[look.program.slug])}
    if not grown:
        return judged(True, summary="The scope is locked and has not grown since.", **more)
    lines = "one line" if grown == 1 else f"{grown} lines"
    said = f"{lines[:1].upper()}{lines[1:]} came into scope after the lock, each by the sponsor's decision."
    return judged(True, summary=said, watch=True, value=grown, threshold=0, at_most=True, unit="lines", **more)


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
    # what is compared is the one that lies further past its first limit
    worse_twice = duplicates * limit.nameless_at_risk >= nameless * limit.duplicates_at_risk
    value, at_risk, unit = (
        (duplicates, limit.duplicates_at_risk, "% duplicates")
        if worse_twice
        else (nameless, limit.nameless_at_risk, "% without e-mail and phone")
    )
    more: dict[str, Any] = {
        "value": value.quantize(Decimal("0.1")),
        "threshold": at_risk,
        "unit": unit,
        "at_most": True,
        "as_of": known.run.finished_at,
        "url": known.run.get_absolute_url(),
        "source": "Loaded records, after cleaning",
    }
    if duplicates >= limit.duplicates_present or nameless >= limit.nameless_present:
        return judged(False, summary=said, **more)
    is_risky = duplicates > limit.duplicates_at_risk or nameless > limit.nameless_at_risk
    return judged(True, summary=said, watch=is_risky, **more)


@dataclass(frozen=True)
class BigBang:
    """P4: more than `reps` going live within `days` needs a pilot of `pilot_weeks` before."""

    reps: int = 15
    days: int = 28
    pilot_weeks: int = 4


@check("failure.big_bang", params=BigBang)
def big_bang(look: Look, limit: BigBang) -> Evidence:
    """More reps than `limit.reps` go live within `limit.days`, over all teams, without a pilot before them (P4).

    At risk while that is planned, present once they are live. The pilot is told by the first day of a
    pilot rep, before there is one by its plan.
    """
    teams = look.governance.meetings.calendar.waves
    if not teams:
        return unknown("No team has a go-live date.")
    reps, first = most_within(teams, limit.days)
    said = f"{reps} reps go live within {limit.days} days from {day(first)}."
    more: dict[str, Any] = {
        "value": reps,
        "threshold": limit.reps,
        "unit": "reps",
        "at_most": True,
        "as_of": look.at,
        "url": reverse("web:teams", args=[look.program.slug]),
    }
    if reps <= limit.reps:
        return judged(True, summary=said, **more)
    pilot = look.adoption.pilot_from if look.adoption.owners[RepState.COUNTED] else None
    if pilot is None and look.waves.pilot is not None:
        pilot = look.waves.pilot.starts_on
    if pilot is not None and pilot + timedelta(weeks=limit.pilot_weeks) <= first:
        weeks = (first - pilot).days // 7
        return judged(True, summary=f"{said} A pilot runs {weeks} weeks before, from {day(pilot)}.", **more)
    is_live = first <= clock.today(look.program)
    said += " That needs a pilot of 4 to 8 weeks; "
    said += "none was recorded." if pilot is None and is_live else "none is recorded." if pilot is None else ""
    if pilot is not None:
        said += f"it begins {max((first - pilot).days, 0) // 7} weeks before."
    return judged(not is_live, summary=said, watch=not is_live, **more)


def most_within(dates: list[tuple[date, int]], days: int) -> tuple[int, date]:
    """The largest sum of seats whose dates lie within `days` of each other, and the first date of that stretch."""
    best = (0, dates[0][0])
    for start, _ in sorted(dates):
        seats = sum(count for on, count in dates if timedelta(0) <= on - start < timedelta(days))
        best = max(best, (seats, start), key=lambda one: one[0])
    return best


@dataclass(frozen=True)
class Silence:
    """Present when no activity export was counted for more than `days` after go-live, or no monthly review held."""

    days: int = 14


@check("failure.no_measurement", params=Silence)
def no_measurement(look: Look, limit: Silence) -> Evidence:
    """No activity export for 14 days after go-live, or no monthly review of dashboards (F).

    Before go-live there is nothing to measure. At risk while the first export, or the only review
    that was due, is missing, and while a dashboard lies in the graveyard (R12).
    """
    program, today, live = look.program, clock.today(look.program), look.governance.meetings.live_on
    if live is None:
        return unknown("There is no go-live date; measurement counts from it.")
    since = max(live, program.starts_on)  # of a CRM that was live before, from the program's start
    if today < since:
        return unknown(f"It counts from go-live, {day(since)}.")
    export = look.adoption.last_export
    exported = local_date(program, export.finished_at) if export else None
    quiet = (today - max(exported or since, since)).days
    more: dict[str, Any] = {
        "value": quiet,
        "threshold": limit.days,
        "unit": "days without an export",
        "at_most": True,
        "as_of": export.finished_at if export else None,
        "url": reverse("adoption:dashboard", args=[program.slug]),
        "source": "Counted exports and review record",
    }
    said = f"The last activity export was counted on {day(exported)}." if exported else "No activity export is counted."
    if quiet > limit.days:
        return judged(
            False, summary=f"{said} That is {quiet} days without one, since go-live or since the last.", **more
        )
    meetings = look.governance.meetings
    reviews = [one for one in meetings.of_kind[Kind.DASHBOARDS] if one.meeting or one.due_on < meetings.today][-2:]
    unheld = [one for one in reviews if one.meeting is None or not one.meeting.is_held]
    if len(unheld) == 2:
        return judged(False, summary=f"{said} The last two monthly reviews of dashboards were not held.", **more)
    if unheld and unheld[-1] is reviews[-1]:
        said += f" No monthly review is recorded for {day(reviews[-1].due_on)}."
        return judged(True, summary=said, watch=True, **more)
    if buried := graves(look.governance.boards):
        said += f" {len(buried)} of {len(look.governance.boards)} dashboards lie in the graveyard."
    return judged(True, summary=said, watch=export is None or bool(buried), **more)


@dataclass(frozen=True)
class Workarounds:
    """Present when more than `percent` of the due reps logged nothing for five working days."""

    percent: int = 10


@check("failure.workarounds", params=Workarounds, fresh_for=timedelta(days=7))
def workarounds(look: Look, limit: Workarounds) -> Evidence:
    """One due rep without activity for 5 working days is at risk, more than 10 % of them present (F).

    Told from the stored weeks of each rep; cannot tell without them, or while the newest is doubtful.
    """
    if not look.adoption.owners[RepState.COUNTED]:
        return unknown("No rep is counted yet, so no activity of reps can be missing.")
    idle, export = look.adoption.idle, look.adoption.last_export
    more: dict[str, Any] = {
        "as_of": export.finished_at if export else None,
        "url": reverse("adoption:dashboard", args=[look.program.slug]),
        "source": "Weeks of activity by rep",
    }
    if idle.doubt:
        return unknown(idle.doubt, **more)
    if not idle.due:
        return unknown("No rep was due for five working days in the weeks that are counted.", **more)
    share = 100 * idle.without
    said = f"{idle.without} of {idle.due} due reps logged nothing for five working days."
    more |= {"value": idle.without, "threshold": 0, "unit": "reps", "at_most": True}
    return judged(share <= limit.percent * idle.due, summary=said, watch=idle.without > 0, **more)


@dataclass(frozen=True)
class Ahead:
    """Days before go-live from which a missing owner is at risk."""

    days: int = 60


@check("failure.no_owner", params=Ahead)
def no_owner(look: Look, limit: Ahead) -> Evidence:
    """R5: an internal system owner is named before go-live, with a support agreement.

    Present without an owner from go-live on; at risk from 60 days before it, once Implement has
    begun, or while there is no support agreement.
    """
    program, owner, today = look.program, look.governance.owner, clock.today(look.program)
    more: dict[str, Any] = {"url": reverse("governance:owner", args=[program.slug]), "source": "System owner"}
    live = look.governance.meetings.live_on
    if owner is not None:
        said = f"{owner.membership.user.display} owns the system"
        said += (
            f", on a support agreement of {day(owner.agreed_at)}." if owner.agreed_at else "; no agreement is written."
        )
        at = owner.agreed_at or owner.named_at
        return judged(True, summary=said, watch=owner.agreed_at is None, value=1, threshold=1, as_of=at, **more)
    if live is not None and live <= today:
        said = f"Nobody owns the system, and go-live was on {day(live)}."
        return judged(False, summary=said, value=0, threshold=1, as_of=look.at, **more)
    if look.gates.approval(2) or (live is not None and live - timedelta(days=limit.days) <= today):
        when = f", {day(live)}" if live else ""
        said = f"Nobody is named as system owner yet; it has to be done before go-live{when}."
        return judged(True, summary=said, watch=True, value=0, threshold=1, as_of=look.at, **more)
    return unknown("The internal system owner is named before go-live; nobody is named yet.", **more)


@check("failure.compensation", fresh_for=FRESH_ATTESTATION)
def compensation(look: Look, _: NoParams) -> Evidence:
    """Attested: commission is paid from what stands in the CRM (F)."""
    return attested(look, Statement.COMPENSATION, "Nobody has attested how commission is calculated.")
