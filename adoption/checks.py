"""Is the CRM used? D2 and D4b, from weeks that are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

import adoption.checks_checkpoints  # noqa: F401 - the checkpoints after a go-live
from adoption.metrics import MIN_RECORDS
from adoption.models import Metric
from adoption.queries import AdoptionFacts, Point
from phases.registry import Evidence, Look, check, facts, judged, unknown

SOURCE = "CRM exports"


facts("adoption", rows=AdoptionFacts.rows_of)(AdoptionFacts)


@dataclass(frozen=True)
class InEachWeek:
    """The least share in each of the latest complete ISO weeks."""

    percent: Decimal = Decimal(80)  # 0 to 100
    weeks: int = 4


@dataclass(frozen=True)
class LeastShare:
    percent: Decimal = Decimal(90)  # 0 to 100


def _url(look: Look) -> str:
    return reverse("adoption:dashboard", args=[look.program.slug])


def _percent(point: Point) -> Decimal:
    """One place, cut and not rounded: 79.96 is not 80."""
    return Decimal(1000 * point.share.part // point.share.whole) / 10


@check("adoption.daily_active", params=InEachWeek, fresh_for=timedelta(days=14))
def daily_active(look: Look, limit: InEachWeek) -> Evidence:
    """D2: daily-active rate at least 80 % in each of the 4 latest complete ISO weeks (M1).

    Cannot tell before there are so many, or when one of them is not measured.
    """
    points = [one for one in look.adoption.weeks.complete(Metric.DAILY) if one.share.whole or one.doubt]
    points = points[-limit.weeks :]
    url = _url(look)
    if not points:
        return unknown("No week of activity is measured yet: no export has been counted.", url=url, source=SOURCE)
    if doubtful := next((one for one in points if not one.share.whole), None):
        return unknown(f"{doubtful.week} is not measured: {doubtful.doubt}", url=url, source=SOURCE)
    as_of = max(one.as_of for one in points if one.as_of)
    if len(points) < limit.weeks or points[0].week.monday + timedelta(weeks=limit.weeks - 1) != points[-1].week.monday:
        return unknown(
            f"{len(points)} of {limit.weeks} complete weeks in a row are measured.", as_of=as_of, url=url, source=SOURCE
        )
    least = min(points, key=lambda one: one.share.ratio)
    below = [one for one in points if one.share.ratio < Fraction(limit.percent) / 100]
    return judged(
        not below,
        value=_percent(least),
        threshold=limit.percent,
        unit="%",
        as_of=as_of,
        summary="Daily active: " + ", ".join(f"{_percent(one)} % in {one.week}" for one in points) + ".",
        closing=f"{len(below)} of {limit.weeks} weeks are below {limit.percent} %." if below else "",
        url=url,
        source=SOURCE,
        details=[
            {"week": str(one.week), "active_rep_days": one.share.part, "due_rep_days": one.share.whole}
            for one in points
        ],
    )


@check("adoption.required_fields", params=LeastShare, fresh_for=timedelta(days=14))
def required_fields(look: Look, limit: LeastShare) -> Evidence:
    """D4b: of every object at least 90 % of the records have their required fields, in its newest export (M2)."""
    url, weeks = _url(look), look.adoption.weeks
    points = {one.scope.partition(":")[2]: one for one in weeks.by_object()} or {"record": weeks.newest(Metric.FIELDS)}
    found = {name: one for name, one in points.items() if one is not None}
    if not found:
        return unknown(
            "No export of records has been counted against the required fields in the last 12 weeks.",
            url=url,
            source=SOURCE,
        )
    least = min(found.values(), key=lambda one: one.share.ratio)
    below = [name for name, one in found.items() if one.share.ratio < Fraction(limit.percent) / 100]
    said = [f"{one.share.part:,} of {one.share.whole:,} {name}s" for name, one in found.items()]
    small = f" Fewer than {MIN_RECORDS} records: small." if any(one.is_small for one in found.values()) else ""
    return judged(
        not below,
        value=_percent(least),
        threshold=limit.percent,
        unit="%",
        as_of=min(one.as_of for one in found.values() if one.as_of),
        summary=f"{' and '.join(said)} have every required field.{small}",
        closing=f"Fill the fields that {' and '.join(f'{name}s' for name in below)} miss most." if below else "",
        url=url,
        source=SOURCE,
        details=[
            {"object": name, "complete": one.share.part, "records": one.share.whole, "week": str(one.week)}
            for name, one in found.items()
        ],
    )


@dataclass(frozen=True)
class InUse:
    """So many complete weeks in which the least share of the due reps was active (weekly, M1)."""

    weeks: int = 1
    percent: Decimal = Decimal(80)  # 0 to 100; ours


@check("adoption.pilot", params=InUse)
def pilot(look: Look, limit: InUse) -> Evidence:
    """C4: the pilot, or all where there is none, used the system for a week with no issue worse than minor open.

    Use comes from activity, the rest from the register of issues. A register nobody wrote in or went
    through since the week began cannot tell: no data is not a pilot without problems.
    """
    adoption, program = look.adoption, look.program
    scope = "pilot" if adoption.weeks.latest(Metric.WEEKLY, "pilot") else "all"
    who = "pilot reps" if scope == "pilot" else "due reps"
    measured = [one for one in adoption.weeks.complete(Metric.WEEKLY, scope) if one.share.whole]
    url = reverse("adoption:issues", args=[program.slug])
    if not measured:
        return unknown("No complete week of activity of a pilot or a live team is measured yet.", url=_url(look))
    used = [one for one in measured if one.share.ratio >= Fraction(limit.percent) / 100]
    best = used[-1] if used else max(measured, key=lambda one: one.share.ratio)
    register = adoption.issues
    said = f"{best.share.part} of {best.share.whole} {who} were active in {best.week}"
    more: dict[str, Any] = {"url": url, "source": "CRM exports and register of issues", "as_of": best.as_of}
    if len(used) < limit.weeks:
        return judged(
            False,
            value=len(used),
            threshold=limit.weeks,
            unit="weeks in use",
            summary=f"{said}, the best week; {len(used)} of {limit.weeks} weeks reach {limit.percent} %.",
            closing=f"A week in which {limit.percent} % of the {who} log activity.",
            **{**more, "url": _url(look)},
        )
    began = datetime.combine(best.week.monday, time(), ZoneInfo(program.time_zone))
    looked = [one for one in (register.reviewed_at, register.changed_at) if one]
    if not register.holding and not any(one >= began for one in looked):
        return unknown(f"{said}. The register of issues was neither written in nor gone through since then.", **more)
    open_text = f"{register.holding} open worse than minor, {register.open} open in all"
    return judged(
        register.holding == 0,
        value=register.holding,
        threshold=0,
        unit="open issues",
        at_most=True,
        summary=f"{said}; {open_text}.",
        closing="Close the issues that are worse than minor." if register.holding else "",
        **{**more, "as_of": max([*looked, best.as_of])},
    )
