"""The Audit's exit criteria A1, A2, A3 and A5, what it heard, and the configuration against its spec (C2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.urls import reverse

import phases.checks_program  # noqa: F401 - scope, artifacts, pilot and waves
from crmprogram.program import clock
from crmprogram.program.models import Program
from phases.models import FieldRule, InterviewRole, ItemKind, Lane, Progress, Requirement, RequirementKind
from phases.queries import goal as goal_queries
from phases.queries.audit import audit_facts, audit_rows
from phases.queries.configuration import ConfigurationFacts, configuration_facts
from phases.registry import Evidence, Look, NoParams, check, facts, judged, unknown


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


# without an item of each, no configuration can match the spec (C2)
ASKED_KINDS = (ItemKind.PIPELINE, ItemKind.FIELD, ItemKind.AUTOMATION, ItemKind.PERMISSION)


@facts("configuration")
def load_configuration(program: Program) -> ConfigurationFacts:
    return configuration_facts(program)


facts("audit", rows=audit_rows)(audit_facts)


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


@check("audit.requirements")
def requirements(look: Look, _: NoParams) -> Evidence:
    """Does each requirement end in configuration, or in a criterion that can be tested (Audit content)?

    Cannot tell while none is written.
    """
    found = look.audit
    shown: dict[str, Any] = {"url": _url("phases:requirements", look), "source": "Requirements"}
    if not found.requirements:
        return unknown("No requirement is written yet.", closing="Write what the business needs.", **shown)
    traced = found.requirements - found.untraceable
    said = f"{traced} of {_many(found.requirements, 'requirement')} end in configuration or in a test."
    closing = "Tie the others to a configuration item, or say how each is tested." if found.untraceable else ""
    shown |= {"value": traced, "threshold": found.requirements, "unit": "requirements", "as_of": found.requirements_at}
    return judged(not found.untraceable, summary=said, closing=closing, **shown)


@check("audit.interviews")
def interviews(look: Look, _: NoParams) -> Evidence:
    """Was somebody of each role listened to (Audit content)? Cannot tell before the first interview."""
    heard, asked = look.audit.roles_heard, len(InterviewRole)
    shown: dict[str, Any] = {"url": _url("phases:interviews", look), "source": "Interviews"}
    if not heard:
        return unknown("No interview is on record.", closing="Listen to each role.", **shown)
    shown |= {"value": heard, "threshold": asked, "unit": "roles"}
    return judged(
        heard == asked,
        summary=f"{heard} of {asked} roles were interviewed.",
        closing="" if heard == asked else f"{_many(asked - heard, 'more role')}.",
        **shown,
    )


@check("phases.configuration")
def configuration(look: Look, _: NoParams) -> Evidence:
    """C2: is every item of the spec complete, traced to a requirement, and tested as it is specified now?

    The spec has to name pipelines, fields, automations and permissions. Cannot tell without a spec.
    """
    found: ConfigurationFacts = look.configuration
    shown: dict[str, Any] = {"url": _url("phases:configuration", look), "source": "Configuration spec and its records"}
    if not found.items:
        return unknown(
            "No configuration spec is written yet.", closing="Specify what the requirements end in.", **shown
        )
    passed = [one for one in found.items if one.progress == Progress.PASSED]
    shown |= {
        "value": len(passed),
        "threshold": len(found.items),
        "unit": "items tested",
        "as_of": found.latest,
        "details": [
            {
                "item": one.name,
                "kind": one.get_kind_display(),
                "requirement": "yes" if one.is_traced else "no",
                "state": Progress(one.progress).label if one.progress else "Planned",
            }
            for one in found.items
            if one.progress != Progress.PASSED or not one.is_traced or one.missing
        ],
    }
    wrong, closing = [], []
    there = {one.kind for one in found.items}
    if absent := [kind.label.lower() for kind in ASKED_KINDS if kind not in there]:
        wrong.append(f"no {' and no '.join(absent)} is specified")
        closing.append(f"specify each {' and '.join(absent)}")
    if bare := sum(bool(one.missing) for one in found.items):
        wrong.append(f"{_many(bare, 'item')} not fully specified")
        closing.append("complete what the spec says of them")
    if untraced := sum(not one.is_traced for one in found.items):
        wrong.append(f"{_many(untraced, 'item')} traced to no requirement")
        closing.append("say which requirement each serves, or leave it out")
    if failed := sum(one.progress == Progress.FAILED for one in found.items):
        wrong.append(f"{_many(failed, 'item')} not as specified")
        closing.append("repair and test again")
    if untested := len(found.items) - len(passed) - failed:
        wrong.append(f"{_many(untested, 'item')} not tested on the present spec")
        closing.append("configure and test the rest")
    said = f"{len(passed)} of {_many(len(found.items), 'item')} tested as specified"
    if wrong:
        return judged(False, summary=f"{said}; {'; '.join(wrong)}.", closing=f"{_sentence(closing)}.", **shown)
    return judged(True, summary=f"{said}, each traced to a requirement.", **shown)


@check("phases.configuration_signed")
def configuration_signed(look: Look, _: NoParams) -> Evidence:
    """Has the sponsor or the VP sales signed the spec as it stands now (P4, G6)? Cannot tell without a spec."""
    found = look.configuration.signing
    shown: dict[str, Any] = {"url": _url("phases:configuration", look), "source": "Signatures under the spec"}
    if not found.items:
        return unknown(
            "No configuration spec is written yet.", closing="Specify what the requirements end in.", **shown
        )
    if found.newest is None:
        return judged(
            False,
            summary="The configuration spec is not signed.",
            closing="A signature by the sponsor or the VP sales.",
            **shown,
        )
    who = f"{found.newest.signed_by.display}, {found.newest.get_role_display()}"
    shown |= {"value": len(found.items), "unit": "items", "as_of": found.newest.signed_at}
    if not found.is_signed:
        return judged(
            False,
            summary=f"The spec changed since {who} signed it: {found.since}.",
            closing="A signature under the spec as it stands.",
            **shown,
        )
    return judged(True, summary=f"{_many(len(found.items), 'item')} of the spec signed by {who}.", **shown)


@check("phases.owners")
def owners(look: Look, _: NoParams) -> Evidence:
    """Has each object and field of the spec, and each field rule, an owner (R10)? Cannot tell without either."""
    items = [one for one in look.configuration.items if one.kind in {ItemKind.OBJECT, ItemKind.FIELD}]
    rules = FieldRule.objects.of(look.program).aggregate(all=Count("pk"), owned=Count("owner"))
    asked = len(items) + rules["all"]
    owned = sum(one.owner_id is not None for one in items) + rules["owned"]
    shown: dict[str, Any] = {"url": _url("phases:configuration", look), "source": "Configuration spec and field rules"}
    if not asked:
        return unknown("No object and no field is specified yet.", **shown)
    shown |= {
        "value": owned,
        "threshold": asked,
        "unit": "with an owner",
        "as_of": look.configuration.latest or look.at,
    }
    closing = "" if owned == asked else f"Name the owner of the other {asked - owned}."
    return judged(owned == asked, summary=f"{owned} of {asked} have an owner.", closing=closing, **shown)


@check("phases.permissions")
def permissions(look: Look, _: NoParams) -> Evidence:
    """Does the spec say who may see and change what (C2)? Cannot tell without a permission in it."""
    items = [one for one in look.configuration.items if one.kind == ItemKind.PERMISSION]
    shown: dict[str, Any] = {"url": _url("phases:configuration", look), "source": "Configuration spec"}
    if not items:
        return unknown("No permission is specified yet.", **shown)
    said = sum(not one.missing for one in items)
    shown |= {"value": said, "threshold": len(items), "unit": "permissions", "as_of": look.configuration.latest}
    return judged(said == len(items), summary=f"{said} of {_many(len(items), 'permission')} fully specified.", **shown)


@check("audit.compliance")
def compliance(look: Look, _: NoParams) -> Evidence:
    """Do the compliance requirements, consent among them, end in something? Cannot tell without one."""
    rows = Requirement.objects.of(look.program).filter(kind=RequirementKind.COMPLIANCE).with_trace()
    found = rows.aggregate(all=Count("pk"), traced=Count("pk", filter=Q(is_traceable=True)), latest=Max("changed_at"))
    shown: dict[str, Any] = {"url": _url("phases:requirements", look) + "?kind=compliance", "source": "Requirements"}
    if not found["all"]:
        return unknown("No compliance requirement is written yet.", **shown)
    shown |= {"value": found["traced"], "threshold": found["all"], "unit": "requirements", "as_of": found["latest"]}
    said = f"{found['traced']} of {_many(found['all'], 'compliance requirement')} end in configuration or in a test."
    return judged(found["traced"] == found["all"], summary=said, **shown)


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
