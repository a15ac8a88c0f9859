"""What a decision record says from the data alone (V11): plain, sorted, the same every time.

    facts = {schema, selected, leader, runner_up, lead, margin, is_clear, vendors: [...], weights: [...],
             consensus: [...], raters: [...], agreement, nearest_flip, costs: [...]}

Totals are decimals as text, cut to two places as on the scorecard; nothing in it depends on
when one looks, so that its digest changes only when the data does.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

from crmprogram.program.models import Program
from phases.dossier import canonical
from scorecard import costs, firmness
from scorecard.models import Selection
from scorecard.queries import Matrix, panel_of
from scorecard.robustness import leader
from scorecard.table import span, two

SCHEMA = "rollout.decision-record/1"


def facts_of(program: Program, matrix: Matrix, selection: Selection | None) -> dict[str, Any]:
    """The facts of a program's choice as they stand now."""
    firm = firmness.build(matrix)
    left = [one for one in matrix.scores if one.rank is not None]
    names = {str(one.pk): one.name for one in matrix.vendors}
    criteria = {str(one.pk): one.name for one in matrix.criteria}
    others = [one for one in left if firm.leader is None or one.vendor != str(firm.leader.pk)]
    nearest = firm.smallest
    return {
        "schema": SCHEMA,
        "company": program.company,
        "program": program.name,
        "selected": selection.vendor.name if selection else "",
        "leader": firm.leader.name if firm.leader else "",
        "runner_up": names[others[0].vendor] if others else "",
        "lead": firm.lead,
        "margin": firm.margin,
        "is_clear": firm.is_clear,
        "vendors": [
            {
                "name": names[one.vendor],
                "total": span(one.total),
                "rank": one.rank,
                "rank_by_total": one.rank_by_total,
                "vetoed_by": [criteria[key] for key in one.vetoed_by],
                "must_haves_missing": [capability.name for capability in matrix.missing[int(one.vendor)]],
                "is_out": one.rank is None,
            }
            for one in matrix.scores
        ],
        "weights": [{"criterion": one.name, "percent": one.weight} for one in matrix.criteria],
        "consensus": _consensus(matrix),
        "raters": _raters(matrix),
        "agreement": firm.alpha,
        "nearest_flip": f"{nearest.criterion}: {nearest.said}" if nearest else "",
        "costs": [
            {"vendor": row.vendor.name, "three_years": row.cost.total, "currency": program.currency}
            for row in costs.load_costs(program, matrix.vendors)
            if row.cost
        ],
    }


def text_of(facts: dict[str, Any], rationale: str, dissent: str) -> str:
    """The canonical text of a record: what is signed."""
    return canonical({**facts, "rationale": rationale, "dissent": dissent})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def draft_rationale(facts: dict[str, Any]) -> str:
    """A first text from the facts, for a person to rewrite."""
    chosen = facts["selected"] or facts["leader"]
    if not chosen:
        return "Nobody leads. Say what is missing before a choice can be made."
    said = [f"We choose {chosen}." if facts["selected"] else f"{chosen} leads."]
    if facts["runner_up"] and facts["leader"]:
        said.append(f"{facts['leader']} is {facts['lead']} ahead of {facts['runner_up']}.")
    if not facts["is_clear"]:
        said.append(f"This is below the declared margin of {facts['margin']}: the numbers alone do not decide.")
    if facts["selected"] and facts["leader"] and facts["selected"] != facts["leader"]:
        said.append(f"{facts['leader']} leads by total. Say why it is not chosen.")
    for one in facts["vendors"]:
        if one["vetoed_by"]:
            said.append(f"{one['name']} ({one['total']}) is out: {', '.join(one['vetoed_by'])} below the veto floor.")
        elif one["is_out"]:
            said.append(f"{one['name']} ({one['total']}) is out: {len(one['must_haves_missing'])} must-haves missing.")
    if facts["nearest_flip"]:
        said.append(f"The nearest turn: {facts['nearest_flip']}.")
    return " ".join(said)


def draft_dissent(facts: dict[str, Any]) -> str:
    """Whose own sheet puts somebody else first."""
    chosen = facts["selected"] or facts["leader"]
    return " ".join(
        f"{one['name']}'s own sheet puts {one['own_leader']} first."
        for one in facts["raters"]
        if one["own_leader"] not in {"", chosen}
    )


def _consensus(matrix: Matrix) -> list[dict[str, str]]:
    vendors = {one.pk: one.name for one in matrix.vendors}
    criteria = {one.pk: one.name for one in matrix.criteria}
    return [
        {
            "vendor": vendors[one.vendor_id],
            "criterion": criteria[one.criterion_id],
            "value": str(one.value),
            "mean": two(matrix.score_of_pk(one.vendor_id).cells[str(one.criterion_id)].mean),
            "reason": one.reason,
        }
        for one in sorted(matrix.consensus.values(), key=lambda one: one.pk)
        if one.vendor_id in vendors
    ]


def _raters(matrix: Matrix) -> list[dict[str, Any]]:
    """Each rater with the number of cells rated and who leads by their own sheet ("" where it has gaps)."""
    panel = panel_of(matrix)
    out = panel.out if panel.is_complete else set()
    rows = []
    for rater in matrix.raters:
        own: dict[str, dict[int, int]] = {str(one.pk): {} for one in matrix.vendors}
        for (vendor, criterion), cell in matrix.cells.items():
            for one in cell:
                if one.rater_id == rater.pk and one.score:
                    own[str(vendor)][criterion] = one.score
        whole = panel.is_complete and all(len(scores) == len(matrix.criteria) for scores in own.values())
        totals = {
            vendor: Fraction(sum(one.weight * scores.get(one.pk, 0) for one in matrix.criteria), 100)
            for vendor, scores in own.items()
        }
        first = leader(totals, out) if whole else None
        names = {str(one.pk): one.name for one in matrix.vendors}
        rows.append(
            {
                "name": str(rater.membership.user.display),
                "cells": sum(len(scores) for scores in own.values()),
                "own_leader": names[first] if first else "",
            }
        )
    return rows
