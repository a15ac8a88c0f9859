"""Read the goal and its versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from crmprogram.program.models import Membership, Program, Role
from phases.models import GoalVersion

COMPARED = (
    ("outcome", "Outcome"),
    ("metric", "Metric"),
    ("baseline_text", "Baseline"),
    ("target_text", "Target"),
    ("target_on", "Target date"),
    ("success_6_months", "Success at 6 months"),
    ("success_12_months", "Success at 12 months"),
)


@dataclass(frozen=True)
class Changed:
    """A part of the goal that differs from the version before."""

    label: str
    was: object
    now: object


def sponsors(program: Program) -> QuerySet[Membership]:
    """Who the sponsor is: the Accountable position's holder and members in the sponsor's role."""
    holder = program.accountable.membership_id if program.accountable_id and program.accountable else None
    return (
        Membership.objects.active()
        .filter(Q(role=Role.SPONSOR) | Q(pk=holder), program=program)
        .select_related("user")
        .order_by("pk")
    )


def changes_between(older: GoalVersion | None, newer: GoalVersion) -> list[Changed]:
    """What a version changed, part by part; of the first version everything is new (`was` is "")."""
    return [
        Changed(label, getattr(older, name) if older else "", getattr(newer, name))
        for name, label in COMPARED
        if older is None or getattr(older, name) != getattr(newer, name)
    ]


def sentences(text: str) -> int:
    """How many sentences a text has: runs that end in . ! or ?, and a last one without."""
    return len([part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part])


def warnings(goal: GoalVersion, today: date) -> list[str]:
    """What is worth a second look but refuses nothing (P6: length only warns)."""
    said = []
    count = sentences(goal.outcome)
    if not 2 <= count <= 4:
        said.append(f"The outcome has {count} sentence{'' if count == 1 else 's'}; 2 to 4 read best.")
    if goal.baseline_due_on and goal.baseline_due_on < today:
        said.append(f"The baseline was to be measured by {goal.baseline_due_on:%-d %b %Y} and is not there yet.")
    if goal.target_on < today:
        said.append("The target date has passed.")
    return said
