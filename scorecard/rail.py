"""What Pick shows in the rail, and what its people owe."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from crmprogram.program.models import Program
from crmprogram.web.shell import NextItem, next_item, rail_item
from scorecard.queries import missing_of


def _vendors(look: Any) -> str:
    return str(len(look.pick.vendors) or "")


def _submitted(look: Any) -> str:
    raters = look.pick.raters
    done = sum(one.submitted_at is not None for one in raters)
    return f"{done}/{len(raters)}" if done < len(raters) else ""


rail_item(
    phase=2, order=10, label="Vendor scorecard", url="scorecard:matrix", action="scorecard.view", count=_submitted
)
rail_item(phase=2, order=20, label="Vendors", url="scorecard:vendors", action="scorecard.view", count=_vendors)
rail_item(phase=2, order=30, label="My ratings", url="scorecard:sheet", action="scorecard.rate")
rail_item(phase=2, order=35, label="Three-year cost", url="scorecard:costs", action="scorecard.view")
rail_item(phase=2, order=40, label="Demos and references", url="scorecard:demos", action="scorecard.view")
rail_item(phase=2, order=45, label="Decision record", url="scorecard:decision", action="scorecard.view")
rail_item(phase=2, order=50, label="Contract", url="scorecard:contract", action="scorecard.view")


@next_item
def owed(user: Any, program: Program, look: Any) -> list[NextItem]:
    """The own ratings that are missing (V3)."""
    late = (one for one in look.pick.raters if one.submitted_at is None)
    mine = next((one for one in late if one.membership.user_id == user.pk), None)
    if mine is None:
        return []
    missing = len(missing_of(mine))
    total = len(look.pick.vendors) * mine.scorecard.criteria.count()
    text = f"{total - missing} of {total} cells are done." if missing else "Complete; submit it, so that it counts."
    return [
        NextItem("Rate the vendors", text, reverse("scorecard:sheet", args=[program.slug]), status="running", order=30)
    ]
