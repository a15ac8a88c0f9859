"""The Audit's exit criteria A1, A2, A3 and A5, answered from live records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Program
from phases.models import Lane
from phases.queries import goal as goal_queries
from phases.queries.audit import AuditFacts, audit_facts
from phases.registry import Evidence, Look, NoParams, check, facts, judged


@dataclass(frozen=True)
class Between:
    """A count from `least` to `most`, both included."""

    least: int
    most: int

    @property
    def said(self) -> str:
        return f"{self.least} to {self.most}"


@dataclass(frozen=True)
class GapCount(Between):
    least: int = 5
    most: int = 15


@dataclass(frozen=True)
class MustHaveCount(Between):
    least: int = 8
    most: int = 12


@facts("audit")
def load(program: Program) -> AuditFacts:
    return audit_facts(program)


@check("audit.process_map")
def process_map(look: Look, _: NoParams) -> Evidence:
    """Is the current-state map drawn and signed off by each lane (A1)?

    Drawn means: at least one lane, a step in each, and every step tied to the rest by an
    arrow (a single step stands alone). A sign-off counts for the lane's present version.
    """
    found = look.audit
    lanes = found.lanes
    signed, steps = found.signed_lanes, sum(lane.step_count for lane in lanes)
    shown: dict[str, Any] = {
        "value": len(signed),
        "threshold": len(lanes) or 1,
        "unit": "lanes signed off",
        "source": "Process map and sign-offs",
        "url": _url("phases:map", look),
        "as_of": max((lane.signed_at or lane.changed_at for lane in lanes), default=None),
        "details": [{"lane": lane.name, "steps": lane.step_count, "sign-off": _sign_off_word(lane)} for lane in lanes],
    }
    if not lanes:
        return judged(
            False,
            summary="No current-state process map is drawn yet.",
            closing="Draw the lanes and their steps, or start from a typical process.",
            **shown,
        )
    if empty := [lane.name for lane in lanes if not lane.step_count]:
        return judged(
            False,
            summary=f"{_names(empty)} {'has' if len(empty) == 1 else 'have'} no step.",
            closing=f"Add the steps of {_names(empty)}, or remove what nobody works in.",
            **shown,
        )
    if found.loose_steps:
        one = found.loose_steps == 1
        return judged(
            False,
            summary=f"{found.loose_steps} of {steps} steps {'is' if one else 'are'} not connected to the rest.",
            closing="Say for each step what comes after it.",
            **shown,
        )
    missing = [lane.name for lane in lanes if not lane.signed_at]
    drawn = f"{_many(steps, 'step')} in {_many(len(lanes), 'lane')}"
    if not missing:
        return judged(True, summary=f"{drawn}, each lane signed off on its present version.", **shown)
    lapsed = [lane.name for lane in lanes if lane.was_signed and not lane.signed_at]
    because = f" {_names(lapsed)} changed after the sign-off." if lapsed else ""
    return judged(
        False,
        summary=f"{drawn}; {len(signed)} of {_many(len(lanes), 'lane')} signed off.{because}",
        closing=f"Sign-off by a representative of {_names(missing)}.",
        **shown,
    )


@check("audit.gaps", params=GapCount)
def gaps(look: Look, limit: GapCount) -> Evidence:
    """Are there 5 to 15 gaps, each with a yearly estimate (A2)?"""
    found = look.audit
    bare = found.gaps - found.gaps_estimated
    shown: dict[str, Any] = {
        "value": found.gaps,
        "threshold": limit.said,
        "unit": "gaps",
        "source": "Gap list with arithmetic",
        "url": _url("phases:gaps", look),
        "as_of": found.gaps_at,
    }
    if found.gaps < limit.least:
        summary = f"{_many(found.gaps, 'gap')} noted, at least {limit.least} are needed."
        return judged(False, summary=summary, closing=f"{_many(limit.least - found.gaps, 'more gap')}.", **shown)
    if found.gaps > limit.most:
        summary = f"{found.gaps} gaps noted, at most {limit.most} can be judged."
        closing = f"Merge or remove {_many(found.gaps - limit.most, 'gap')}: keep those that cost most."
        return judged(False, summary=summary, closing=closing, **shown)
    if bare:
        one = bare == 1
        summary = f"{bare} of {found.gaps} gaps {'has' if one else 'have'} no yearly estimate."
        return judged(False, summary=summary, closing="Give each gap its volume, rate and value.", **shown)
    return judged(True, summary=f"{found.gaps} gaps, each with a yearly estimate.", **shown)


@check("audit.must_haves", params=MustHaveCount)
def must_haves(look: Look, limit: MustHaveCount) -> Evidence:
    """Are there 8 to 12 must-haves at go-live, each with a phase and traced to a gap or step (A3)?"""
    found = look.audit.must_haves
    untraced = [one for one in found if not one.is_traced]
    unphased = [one for one in found if one.phase is None]
    shown: dict[str, Any] = {
        "value": len(found),
        "threshold": limit.said,
        "unit": "must-haves",
        "source": "Capability list",
        "url": _url("phases:capabilities", look),
        "as_of": max((one.changed_at for one in found), default=None),
        "details": [
            {
                "must-have": one.name,
                "phase": one.get_phase_display() or "none",
                "traced": "yes" if one.is_traced else "no",
            }
            for one in found
        ],
    }
    wrong, closing = [], []
    if len(found) < limit.least:
        wrong.append(f"{_many(len(found), 'must-have')} at go-live, at least {limit.least} are needed")
        closing.append(f"name {limit.least - len(found)} more")
    if len(found) > limit.most:
        wrong.append(f"{len(found)} must-haves at go-live, at most {limit.most} are allowed")
        closing.append(f"move {len(found) - limit.most} to the first 12 months, or ask the sponsor for a waiver")
    if unphased:
        wrong.append(f"{len(unphased)} without a phase")
        closing.append("choose the phase of each")
    if untraced:
        wrong.append(f"{len(untraced)} traced to no gap or step")
        closing.append("link each to the gap or step that asks for it")
    if wrong:
        return judged(False, summary=f"{_sentence(wrong)}.", closing=f"{_sentence(closing)}.", **shown)
    return judged(True, summary=f"{len(found)} must-haves at go-live, each with a phase and traced.", **shown)


@check("audit.goal")
def goal(look: Look, _: NoParams) -> Evidence:
    """Is the goal statement written, and its newest version shared with the sponsor (A5, P6)?"""
    found = look.audit.goal
    shown: dict[str, Any] = {"threshold": "shared", "source": "Goal statement", "url": _url("phases:goal", look)}
    if found is None:
        return judged(
            False,
            summary="No goal statement is written yet.",
            closing="Write the outcome, the metric with baseline and target, and the date.",
            value="none",
            **shown,
        )
    if found.shared_at is None:
        return judged(
            False,
            summary=f"Version {found.number} is written and not yet shared with the sponsor.",
            closing=f"Share version {found.number} with the sponsor.",
            value="written",
            as_of=found.written_at,
            **shown,
        )
    odd = goal_queries.warnings(found, clock.today(look.program))
    return judged(
        True,
        summary=" ".join([f"Version {found.number} is written and shared with the sponsor.", *odd]),
        value="shared",
        as_of=found.shared_at,
        watch=bool(odd),
        **shown,
    )


def _url(name: str, look: Look) -> str:
    return reverse(name, args=[look.program.slug])


def _sign_off_word(lane: Lane) -> str:
    if lane.signed_at:
        return "signed off"
    return "lapsed" if lane.was_signed else "missing"


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _sentence(parts: list[str]) -> str:
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]
