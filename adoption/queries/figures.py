"""Figures that people enter with their source (M6, M8)."""

from __future__ import annotations

from adoption.models import Figure
from crmprogram.program.models import Program

QUOTA, FORECAST = "quota", "forecast"
MONEY = frozenset({QUOTA, FORECAST, "arr", "new_arr"})
FIGURES = {  # key: (label, quarter or month, what the number is)
    QUOTA: ("Quota", "quarter", "money"),
    FORECAST: ("Forecast at the start of the quarter", "quarter", "money"),
    "arr": ("ARR at the end of the month", "month", "money"),
    "new_arr": ("New ARR", "month", "money"),
    "nrr": ("Net revenue retention", "month", "percent"),
    "cac_payback": ("CAC payback", "month", "months"),
    "sync_success": ("Integration runs that succeeded", "month", "percent"),
    "lead_response": ("Lead response, median", "month", "hours"),
    "variance": ("Dashboard against source, difference", "month", "percent"),
    "tickets": ("Support tickets on the CRM", "month", "number"),
    "feedback": ("Feedback entries", "month", "number"),
}


def newest_figures(program: Program) -> dict[tuple[str, str, str], Figure]:
    """The figure that holds by key, period and scope ("all" or "team:7"). One query."""
    found = Figure.objects.of(program).select_related("entered_by", "team").order_by("pk")
    return {(one.key, one.period, f"team:{one.team_id}" if one.team_id else "all"): one for one in found}
