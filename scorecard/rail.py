"""What Pick shows in the rail, and what its people owe."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from crmprogram.program.models import Program
from crmprogram.web.shell import NextItem, next_item, rail_item
from scorecard.queries import missing_of


def _vendors(look: Any) -> str:
    matrix = look.pick.matrix
    return str(len(matrix.vendors)) if matrix and matrix.vendors else ""


def _late(look: Any) -> str:
    matrix = look.pick.matrix
    if matrix is None or not matrix.raters or not matrix.late:
        return ""
    return f"{len(matrix.raters) - len(matrix.late)}/{len(matrix.raters)}"


def _demos(look: Any) -> str:
    found = len(look.pick.demos) + len(look.pick.references)
    return str(found) if found else ""


rail_item(phase=2, order=10, label="Vendor scorecard", url="scorecard:matrix", action="scorecard.view", count=_late)
rail_item(phase=2, order=20, label="Vendors", url="scorecard:vendors", action="scorecard.view", count=_vendors)
rail_item(phase=2, order=30, label="My ratings", url="scorecard:sheet", action="scorecard.rate")
rail_item(phase=2, order=40, label="Demos and references", url="scorecard:demos", action="scorecard.view", count=_demos)
rail_item(phase=2, order=50, label="Contract", url="scorecard:contract", action="scorecard.view")


@next_item
def owed(user: Any, program: Program, look: Any) -> list[NextItem]:
    """The own ratings that are missing (V3)."""
    matrix = look.pick.matrix
    mine = next((one for one in matrix.late if one.membership.user_id == user.pk), None) if matrix else None
    if mine is None or not matrix.vendors:
        return []
    missing = len(missing_of(mine))
    total = len(matrix.vendors) * len(matrix.criteria)
    text = f"{total - missing} of {total} cells are done." if missing else "Complete; submit it, so that it counts."
    return [
        NextItem("Rate the vendors", text, reverse("scorecard:sheet", args=[program.slug]), status="running", order=30)
    ]
