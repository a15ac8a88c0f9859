"""Every number of adoption, week by week and team by team, with the reason where there is none (M1 to M5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from adoption.metrics import PILOT, Week, weeks_between
from adoption.models import Metric
from adoption.queries.rules import Targets
from adoption.queries.weeks import ACTIVITY_KEYS, Point, Weeks
from crmprogram.program.models import Program, Team

MOST_WEEKS = 260


@dataclass(frozen=True)
class Line:
    """One metric of one scope in one week.

    `value` is percent, or activities per rep, cut to two places; where it is None, `reason` says why.
    """

    week: str
    team: str
    metric: str
    label: str
    numerator: int
    denominator: int
    value: Decimal | None
    reason: str
    target: Decimal | None
    state: str
    is_complete: bool
    is_small: bool

    @property
    def as_dict(self) -> dict[str, Any]:
        return {name: str(one) if isinstance(one, Decimal) else one for name, one in asdict(self).items()}


def report(program: Program, first: Week | None = None, last: Week | None = None) -> list[Line]:
    """The lines from `first` to `last`, both included: the last twelve weeks when nothing is said."""
    newest = Weeks(program, count=1).this
    last = min(last or newest, newest)
    if first is None:
        first = last
        for _ in range(11):
            first = first.previous
    span = len(weeks_between(first, newest))
    weeks, targets = Weeks(program, count=max(1, min(span, MOST_WEEKS))), Targets(program)
    scopes = {"all": "all", PILOT: "pilot"}
    scopes |= {f"team:{one.pk}": one.name for one in Team.objects.of(program).order_by("wave", "name")}
    return [line for week in weeks.weeks if first <= week <= last for line in _of_week(weeks, targets, scopes, week)]


def _of_week(weeks: Weeks, targets: Targets, scopes: dict[str, str], week: Week) -> Iterator[Line]:
    for key in Metric:
        for scope, name in scopes.items():
            point = weeks.point(key, scope, week)
            if scope == PILOT and not point.share.whole:
                continue  # most programs have none, and most weeks of those that have
            yield Line(
                str(week), name, str(key), key.label, point.share.part, point.share.whole, _value(key, point),
                why_not(weeks, key, point), targets.value(key, scope, week), state_of(targets, key, point),
                point.is_complete, point.is_small and key not in ACTIVITY_KEYS,
            )  # fmt: skip


def _value(key: Metric, point: Point) -> Decimal | None:
    """Cut, not rounded: 79.996 % is not 80."""
    if not point.share.whole:
        return None
    scale = 1 if key == Metric.RATE else 100
    return Decimal(100 * scale * point.share.part // point.share.whole) / 100


def why_not(weeks: Weeks, key: str, point: Point) -> str:
    """Why a week is not measured, in a sentence; "" when it is (M5)."""
    if point.share.whole:
        return ""
    if point.doubt:
        return point.doubt
    if key not in ACTIVITY_KEYS:
        return "No export of records counted in this week says it."
    if str(point.week) not in weeks.of_activity:
        return "No export reaches this week."
    return "No rep was due: none has started, or no team is live."


def state_of(targets: Targets, key: str, point: Point) -> str:
    """met, worse, not measured, to date (the week is not over) or no target."""
    if not point.share.whole:
        return "not measured"
    if not point.is_complete:
        return "to date"
    verdict = targets.verdict(key, point.share, point.scope, point.week)
    return "no target" if verdict is None else "met" if verdict else "worse"
