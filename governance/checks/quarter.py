"""E1: the quarterly review of phase 5, read from adoption, meetings, automations and escalations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.urls import reverse

from adoption import queries as adoption
from adoption.models import EscalationState, Metric
from governance.queries import Matrix
from phases.registry import MET, NOT_MET, UNKNOWN, Evidence, Look, Verdict, check

QUARTER = timedelta(days=91)
METRICS = (Metric.DAILY, Metric.FIELDS, Metric.RATE, Metric.STALE)  # M1 to M4
WORDS = {MET: "met", NOT_MET: "not met", UNKNOWN: "cannot tell"}


@dataclass(frozen=True)
class Quarter:
    """The least share of the due meetings of the last 13 weeks that were held."""

    held_percent: Decimal = Decimal(90)  # 0 to 100; ours (R6)


@dataclass(frozen=True)
class Part:
    """One of the four things a quarter is judged by."""

    what: str
    verdict: Verdict
    found: str


@check("governance.quarter", params=Quarter)
def quarter(look: Look, limit: Quarter) -> Evidence:
    """The four adoption metrics at target, the due meetings held, automations reviewed, no open escalation (E1).

    Not met when one of them is not; else cannot tell while one of them cannot be told.
    """
    parts = [_metrics(look), _meetings(look, limit), _automations(), _escalations(look)]
    verdicts = {one.verdict for one in parts}
    verdict = NOT_MET if NOT_MET in verdicts else UNKNOWN if UNKNOWN in verdicts else MET
    missing = [one for one in parts if one.verdict is not MET]
    more: dict[str, Any] = {
        "value": len(parts) - len(missing),
        "threshold": len(parts),
        "unit": "parts",
        "as_of": look.at,
        "source": "Adoption, meetings and escalations",
        "url": reverse("adoption:dashboard", args=[look.program.slug]),
        "closing": " ".join(f"{one.what}: {one.found}" for one in missing),
        "details": [{"part": one.what, "found": one.found, "state": WORDS[one.verdict]} for one in parts],
    }
    said = "; ".join(f"{one.what.lower()} {WORDS[one.verdict]}" for one in parts)
    return Evidence(verdict, f"{said[0].upper()}{said[1:]}.", **more)


def _metrics(look: Look) -> Part:
    """M1 to M4 in their newest complete week; one without a target or a measurement cannot be told."""
    what = "Adoption at target"
    weeks = look.adoption.weeks
    if not weeks.facts:
        return Part(what, UNKNOWN, "No week is measured yet.")
    found = adoption.leading(weeks, adoption.Targets(look.program), look.adoption.standing)
    of = {one.metric: one.verdict for one in found}
    below = [metric.label for metric in METRICS if of.get(metric) is False]
    unsure = [metric.label for metric in METRICS if of.get(metric) is None]
    if below:
        return Part(what, NOT_MET, f"Worse than target: {', '.join(below)}.")
    if unsure:
        return Part(what, UNKNOWN, f"Not measured, or without a target: {', '.join(unsure)}.")
    return Part(what, MET, "All four are at their targets.")


def _meetings(look: Look, limit: Quarter) -> Part:
    """Held of those due in the last 13 weeks; what nobody recorded was not held."""
    matrix: Matrix = look.governance
    meetings = matrix.meetings
    since = meetings.today - QUARTER
    due = [one for slots in meetings.of_kind.values() for one in slots if since <= one.due_on < meetings.today]
    if not due:
        return Part("Due meetings held", UNKNOWN, "No meeting was due in the last 13 weeks.")
    held = sum(one.meeting is not None and one.meeting.is_held for one in due)
    verdict = MET if Fraction(held, len(due)) >= Fraction(limit.held_percent) / 100 else NOT_MET
    return Part("Due meetings held", verdict, f"{held} of {len(due)} in 13 weeks, {limit.held_percent} % are needed.")


def _automations() -> Part:
    """R8. The program keeps no registry of automations, so nothing says when they were reviewed."""
    return Part("Automations reviewed", UNKNOWN, "No registry of automations is kept yet.")


def _escalations(look: Look) -> Part:
    opened = [one for one in look.adoption.standing if one.state != EscalationState.WATCH]
    if opened:
        return Part("No open escalation", NOT_MET, f"Open: {', '.join(str(one) for one in opened)}.")
    return Part("No open escalation", MET, "None is open.")
