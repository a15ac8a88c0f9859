"""Enter what no export holds, with its source (M6, M8)."""

from __future__ import annotations

import re
from decimal import Decimal

from django.db import transaction

from adoption.errors import RepRefused
from adoption.models import Figure
from adoption.queries.figures import FIGURES
from adoption.services.signals import recompute_results
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, Team, User

PERIODS = {"quarter": re.compile(r"\d{4}-Q[1-4]"), "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])")}


@transaction.atomic
def enter_figure(
    *, program: Program, by: User, key: str, period: str, value: Decimal, source: str, team: Team | None = None
) -> Figure:
    """Enter a figure; the newest of its key, period and team holds, older ones stay to be read.

    `value` is in whole units: money of the program's currency, percent, months, a number. Raises NotYours, Invalid.
    """
    policy.require(by, "adoption.figures", program)
    if key not in FIGURES:
        raise Invalid(f"“{key}” is no figure that is entered here.", field="key")
    label, kind, _ = FIGURES[key]
    if not PERIODS[kind].fullmatch(period):
        written = "2026-Q3" if kind == "quarter" else "2026-07"
        raise Invalid(f"{label} is of a {kind}: write it as {written}.", field="period")
    if team is not None and team.program_id != program.pk:
        raise RepRefused("This team is not of this program.")
    if value < 0:
        raise Invalid("A figure is not negative.", field="value")
    if not source.strip():
        raise Invalid("Say where the figure comes from.", field="source")
    one = Figure.objects.create(
        program=program, key=key, period=period, team=team, value=int((value * 100).to_integral_value()),
        source=source.strip()[:200], entered_by=by, entered_at=clock.now(),
    )  # fmt: skip
    audit.record(
        by=by, verb="figure.entered", subject=one, program=program,
        after={"figure": label, "period": period, "team": team.name if team else "", "value": str(value)},
    )  # fmt: skip
    recompute_results(program)
    return one
