"""Is the CRM used? D2 and D4b, from weeks that are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse

from adoption.metrics import MIN_RECORDS
from adoption.models import Metric
from adoption.queries import AdoptionFacts, Point
from crmprogram.program.models import Program
from phases.registry import Evidence, Look, check, facts, judged, unknown

SOURCE = "CRM exports"


@facts("adoption")
def load(program: Program) -> AdoptionFacts:
    return AdoptionFacts(program)


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
