"""Days in phase against the typical range, and when the program goes live at this pace (G10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from crmprogram.program import clock
from phases.method import LAST_GATE, PHASES
from phases.queries.gates import local_date
from phases.registry import Look

IMPLEMENT = 3  # the phase integrations lengthen, and after whose gate waves go live
INTEGRATION_WEEKS = (2, 4)  # what each adds
# filled by the app that keeps the inventory: how many integrations are planned, None while nobody has listed them
INTEGRATIONS: list[Callable[[Look], int | None]] = []


@dataclass(frozen=True)
class Pace:
    """A phase on the calendar: days so far against its typical days, least and most.

    `state` is ok (its gate is signed), now, next (not opened) or na (not applicable). `days` is None
    before the start.
    """

    number: int
    name: str
    goal: str
    state: str
    started_on: date | None
    ended_on: date | None
    days: int | None
    low: int | None
    high: int | None

    @property
    def is_late(self) -> bool:
        """Amber: past the range's end and still open."""
        return self.state == "now" and self.high is not None and (self.days or 0) > self.high

    @property
    def middle(self) -> Fraction:
        """The midpoint of the typical range in days, 0 for the phase that never ends."""
        return Fraction((self.low or 0) + (self.high or 0), 2)


def planned_integrations(look: Look) -> int | None:
    """How many integrations are planned; None while no inventory says."""
    return next((count for ask in INTEGRATIONS if (count := ask(look)) is not None), None)


def paces(look: Look) -> list[Pace]:
    """The five phases with their days against the typical range for the program's size and integrations."""
    found, today = [], clock.today(look.program)
    more = planned_integrations(look) or 0
    for number, info in PHASES.items():
        phase, approval = look.gates.phases.get(number), look.gates.approval(number)
        started = phase.started_on if phase else None
        ended = local_date(look.program, approval.decided_at) if approval and number != LAST_GATE else None
        state = "next" if started is None else "ok" if ended else "now"
        if approval is None and look.gates.is_exempt(number):
            state, started = "na", None
        low, high = info.typical_days(look.program.size_band) or (None, None)
        if number == IMPLEMENT and low is not None and high is not None:
            low, high = (days + 7 * weeks * more for days, weeks in zip((low, high), INTEGRATION_WEEKS, strict=True))
        days = max(0, ((ended or today) - started).days) if started else None
        found.append(Pace(number, info.name, info.goal, state, started, ended, days, low, high))
    return found


@dataclass(frozen=True)
class Remaining:
    """What is left of one phase: its midpoint, less the days already spent in it."""

    pace: Pace
    days: Fraction

    @property
    def days_said(self) -> str:
        return _number(self.days)

    @property
    def said(self) -> str:
        one = self.pace
        if one.state == "na":
            return "not applicable"
        if one.state == "ok":
            return f"done in {one.days} days"
        if one.state == "now":
            spent = f"{_number(one.middle)} − {one.days}"
            return f"max(0, {spent}) = {_number(self.days)}"
        return _number(self.days)


@dataclass(frozen=True)
class Forecast:
    """The go-live at the present pace: today + remaining midpoints × max(1, actual ÷ typical so far).

    `actual` and `typical` are days of the phases that are done or overdue. Gate 3 is what is
    forecast: after it waves may go live.
    """

    today: date
    parts: tuple[Remaining, ...]
    actual: int
    typical: Fraction
    integrations: int | None

    @property
    def left(self) -> Fraction:
        return sum((one.days for one in self.parts), Fraction(0))

    @property
    def slowness(self) -> Fraction:
        return max(Fraction(1), self.actual / self.typical) if self.typical else Fraction(1)

    @property
    def days(self) -> int:
        return round(self.left * self.slowness)

    @property
    def on(self) -> date:
        return self.today + timedelta(days=self.days)

    @property
    def slowness_number(self) -> str:
        return _number(self.slowness)

    @property
    def slowness_said(self) -> str:
        if not self.typical:
            return "max(1, nothing done or overdue yet) = 1"
        return f"max(1, {self.actual} ÷ {_number(self.typical)}) = {_number(self.slowness)}"

    @property
    def sum_said(self) -> str:
        return f"{_number(self.left)} × {_number(self.slowness)} = {self.days}"


def forecast(look: Look) -> Forecast | None:
    """How the go-live is forecast; None once Gate 3 is signed."""
    if look.gates.approval(IMPLEMENT) is not None:
        return None
    counted = [one for one in paces(look) if one.number <= IMPLEMENT]
    told = [one for one in counted if one.state == "ok" or one.is_late]
    return Forecast(
        today=clock.today(look.program),
        parts=tuple(Remaining(one, _left(one)) for one in counted),
        actual=sum(one.days or 0 for one in told),
        typical=sum((one.middle for one in told), Fraction(0)),
        integrations=planned_integrations(look),
    )


def forecast_go_live(look: Look) -> date | None:
    """The day of the forecast; None once Gate 3 is signed."""
    found = forecast(look)
    return found.on if found else None


def _left(pace: Pace) -> Fraction:
    if pace.state in {"ok", "na"}:
        return Fraction(0)
    return max(pace.middle - (pace.days or 0), Fraction(0)) if pace.state == "now" else pace.middle


def _number(value: Fraction) -> str:
    """Up to two decimals, none where they are zeros: 10.5, 2, 1.33."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
