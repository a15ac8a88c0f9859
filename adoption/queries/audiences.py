"""What each audience reads (M8): the numbers of a page, its file and its endpoint are these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from adoption import deals
from adoption.metrics import Share, Week
from adoption.models import Figure, Metric
from adoption.queries.figures import QUOTA
from adoption.queries.pipeline import Closings, Open, Scope
from adoption.queries.rules import Targets
from adoption.queries.weeks import Point, Weeks
from crmprogram.program.models import Function, Membership, Program, Role

NOT_MEASURED = "not measured"
COVERAGE_TARGET = Decimal(3)  # (ours) open pipeline over quota
NO_DEALS = "No export of deals was counted: import one with owner, stage, amount and dates."
Figures = dict[tuple[str, str, str], Figure]


class Audience(models.TextChoices):
    """Who a dashboard is for, and how often it is read (M8)."""

    PROGRAM = "program", "Program"
    REP = "rep", "Rep"
    MANAGER = "manager", "Manager"
    SALES = "sales", "VP Sales"
    EXECUTIVE = "executive", "Executive"
    BOARD = "board", "Board"


CADENCE = {
    Audience.PROGRAM: "weekly, who runs the program",
    Audience.REP: "daily, the rep",
    Audience.MANAGER: "weekly, sales managers",
    Audience.SALES: "weekly and monthly, VP Sales",
    Audience.EXECUTIVE: "monthly, executives",
    Audience.BOARD: "quarterly, the board",
}
BY_ROLE = {
    Role.PARTICIPANT: Audience.REP,
    Role.TEAM_LEAD: Audience.MANAGER,
    Role.VP_SALES: Audience.SALES,
    Role.SPONSOR: Audience.EXECUTIVE,
}
BY_FUNCTION = {Function.FINANCE: Audience.BOARD, Function.LEADERSHIP: Audience.EXECUTIVE}
RUNNING = {Role.SALES_OPS, Role.CRM_SPECIALIST, Role.ENABLEMENT, Role.IT}


def audience_of(member: Membership) -> Audience:
    """The view that opens for a member: by role, else by function; who runs the program has the program's own."""
    if member.role in RUNNING:
        return Audience.PROGRAM
    found = BY_ROLE.get(Role(member.role))
    if found is Audience.REP and member.function in BY_FUNCTION:
        found = None  # a participant from finance is no rep
    return found or BY_FUNCTION.get(Function(member.function), Audience.PROGRAM)


@dataclass(frozen=True)
class Number:
    """One figure of a view. Without a value `why` says what is not there, and what to import or enter.

    `value` is percent, days, months, a count, a ratio, or minor units of money, as `unit` says; `of` what it
    is made of; `listed` the kind of the list of records behind it; `trend` the series it ends.
    """

    key: str
    label: str
    value: Decimal | None
    text: str
    unit: str = ""
    of: str = ""
    period: str = ""
    target: str = ""
    ok: bool | None = None
    why: str = ""
    source: str = ""
    as_of: date | None = None
    change: str = ""
    listed: str = ""
    is_to_date: bool = False
    trend: tuple[float | None, ...] = ()
    partial: int | None = None
    goal: float | None = None

    @property
    def is_measured(self) -> bool:
        return self.value is not None


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its value, what a person reads, a link, a bar of it against a limit."""

    value: Any
    text: str
    url: str = ""
    note: str = ""
    top: float | None = None
    limit: float | None = None
    ok: bool | None = None


@dataclass
class Table:
    """Rows behind or beside the numbers. `numeric` are the columns that end-align; `empty` says why there are none."""

    key: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""
    empty: str = ""
    numeric: frozenset[int] = frozenset()
    bars: frozenset[int] = frozenset()
    listed: str = ""
    shown: int = 12  # rows on the page at first; the others unfold

    @property
    def first(self) -> list[list[Cell]]:
        return self.rows[: self.shown]

    @property
    def rest(self) -> list[list[Cell]]:
        return self.rows[self.shown :]

    @property
    def rest_title(self) -> str:
        return f"{self.title}, the other rows"


@dataclass
class View:
    """A dashboard of one audience: its sentence, numbers and tables."""

    audience: Audience
    scope: Scope
    period: str = ""
    numbers: list[Number] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    heading: str = ""

    @property
    def measured(self) -> list[Number]:
        return [one for one in self.numbers if one.is_measured]

    @property
    def missed(self) -> list[Number]:
        return [one for one in self.numbers if one.ok is False]

    @property
    def finding(self) -> str:
        """The answer first: what is off target; else that nothing is; else the numbers there are."""
        if self.heading:
            return self.heading
        missed = [one.label for one in self.missed]
        if len(missed) == 1:
            return f"{missed[0]}: off target"
        if missed:
            first, *more, last = missed
            return f"{', '.join([first, *map(_lower, more)])} and {_lower(last)}: off target"
        met = [one.label for one in self.numbers if one.ok]
        if len(met) == 1:
            return f"{met[0]}: on target"
        if met:
            return f"All {len(met)} numbers that have a target are on it"
        if not self.measured:
            return "Nothing is measured yet"
        head, *rest = self.measured[:3]
        return ", ".join([f"{head.label} {head.text}", *(f"{_lower(one.label)} {one.text}" for one in rest)])


def _lower(label: str) -> str:
    """Inside a sentence; ARR stays ARR.

    >>> _lower("Win rate"), _lower("ARR growth")
    ('win rate', 'ARR growth')
    """
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


# --- weekly metrics of a scope ---------------------------------------------------------


def point_of(weeks: Weeks, key: str, scope: Scope, week: Week) -> Point:
    """A week of a metric in a scope: of a wave the sum over its teams."""
    points = [weeks.point(key, one, week) for one in scope.keys]
    if len(points) == 1:
        return points[0]
    whole = [one for one in points if one.share.whole]
    share = Share(sum(one.share.part for one in whole), sum(one.share.whole for one in whole))
    doubt = next((one.doubt for one in points if one.doubt), "")
    return Point(week, share, all(one.is_complete for one in points) and bool(points), doubt, None, scope.label)


def series_of(weeks: Weeks, key: str, scope: Scope) -> list[Point]:
    return [point_of(weeks, key, scope, week) for week in weeks.weeks]


def target_scope(scope: Scope) -> str:
    """The scope whose targets hold: a team's own, else the program's."""
    return scope.keys[0] if len(scope.keys) == 1 else "all"


def weekly(weeks: Weeks, targets: Targets, metric: Metric, scope: Scope, *, listed: str = "") -> Number:
    """A leading metric in its newest complete week (M1 to M4)."""
    points, at = series_of(weeks, metric, scope), target_scope(scope)
    is_rate, at_most = metric == Metric.RATE, metric == Metric.STALE
    measured = [n for n, one in enumerate(points) if one.share.whole]
    whole = [n for n in measured if points[n].is_complete]
    target = targets.value(metric, at)
    values = tuple(one.mean if is_rate else one.percent for one in points)
    sign = "" if is_rate else "%"
    goal = f"{'≤' if at_most else '≥'} {target.normalize():f}{sign}" if target is not None else ""
    partial = measured[-1] if measured and not points[measured[-1]].is_complete else None
    shown = whole[-1] if whole else partial
    if shown is None:
        return Number(
            metric, metric.label, None, NOT_MEASURED, target=goal, why=_why_not(weeks, metric, points), listed=listed
        )
    now = points[shown]
    ratio = now.share.ratio
    value = (
        round(Decimal(ratio.numerator) / ratio.denominator * (1 if is_rate else 100), 1) if ratio is not None else None
    )
    before = next((values[n] for n in reversed(whole) if n < shown), None)
    words = {Metric.DAILY: "rep-days", Metric.WEEKLY: "reps", Metric.RATE: "reps"}.get(metric, "records")
    words = "open deals" if at_most else words
    of = f"{now.share.part:,} {'calls and emails of' if is_rate else 'of'} {now.share.whole:,} {words}"
    return Number(
        metric,
        metric.label,
        value,
        f"{value:,.1f}{sign}",
        "per rep" if is_rate else "percent",
        of,
        f"week {now.week.number}",
        goal,
        targets.verdict(metric, now.share, at, now.week),
        source="CRM activity exports" if metric in {Metric.DAILY, Metric.WEEKLY, Metric.RATE} else "CRM record exports",
        change=change_of(values[shown], before, "last week"),
        listed=listed,
        is_to_date=not now.is_complete,
        trend=values,
        partial=partial,
        goal=float(target) if target is not None else None,
    )


def _why_not(weeks: Weeks, metric: Metric, points: Sequence[Point]) -> str:
    if doubt := next((one.doubt for one in reversed(points) if one.doubt), ""):
        return f"The export is doubtful: {doubt}"
    if metric in {Metric.FIELDS, Metric.STALE}:
        fields = " against required fields" if metric == Metric.FIELDS else ""
        return f"No export of deals was counted{fields} in these weeks: import one."
    if not weeks.of_activity:
        return "No export of activities was counted in these weeks: import one."
    return "No rep was due: a team counts from its go-live."


def change_of(now: float | None, before: float | None, since: str) -> str:
    """How a figure moved, in its own unit; "" without one of the two."""
    if now is None or before is None:
        return ""
    text = f"{abs(now - before):,.1f}"
    if not float(text.replace(",", "")):
        return f"as {since}"
    return f"{'−' if now < before else '+'}{text} on {since}"


# --- numbers that are entered, and ratios ------------------------------------------------


def unmeasured(key: str, label: str, why: str, **more: Any) -> Number:
    return Number(key, label, None, NOT_MEASURED, why=why, **more)


def percent_of(part: int, whole: int) -> Decimal | None:
    """A share in percent, one place."""
    return round(Decimal(100 * part) / whole, 1) if whole else None


def money(minor: int, currency: str) -> str:
    """An amount as a tile has room for it.

    >>> money(123_456_700, "EUR"), money(95_000, "EUR")
    ('EUR 1.23 M', 'EUR 950')
    """
    amount = Decimal(minor) / 100
    if abs(amount) >= 1_000_000:
        return f"{currency} {amount / 1_000_000:,.2f} M"
    if abs(amount) >= 10_000:
        return f"{currency} {amount / 1000:,.0f} k"
    return f"{currency} {amount:,.0f}"


def win_rate(one: Closings) -> tuple[Decimal | None, str]:
    """Won of closed (M6), and of how many."""
    return percent_of(one.won, one.closed), f"{one.won:,} of {one.closed:,} closed"


def per_period(
    key: str,
    label: str,
    periods: Sequence[str],
    value_at: Callable[[str], tuple[Decimal | None, str]],
    *,
    write: Callable[[Decimal], str],
    why: str,
    current: str,
    unit: str,
    source: str,
    since: str,
    listed: str = "",
    target: Decimal | None = None,
    target_text: str = "",
    is_shown_to_date: bool = False,
) -> Number:
    """A number by month or quarter: the newest whole period that has one, its trend, and why there is none.

    `value_at` gives the value of a period and what it is made of; `current` is the period that is not over.
    """
    found = {one: value_at(one) for one in periods}
    trend = tuple(None if value is None else float(value) for value, _ in found.values())
    whole = [one for one in periods if (one != current or is_shown_to_date) and found[one][0] is not None]
    partial = len(periods) - 1 if periods[-1] == current and found[current][0] is not None else None
    if not whole:
        return unmeasured(key, label, why, target=target_text, trend=trend, partial=partial, unit=unit)
    value, of = found[whole[-1]]
    assert value is not None
    before = found[whole[-2]][0] if len(whole) > 1 else None
    goal = None if target is None else float(target)
    ok = None if target is None else value >= target
    return Number(
        key,
        label,
        value,
        write(value),
        unit,
        of,
        whole[-1],
        target_text,
        ok,
        source=source,
        listed=listed,
        change=change_of(float(value), float(before), since) if before is not None and unit != "money" else "",
        is_to_date=whole[-1] == current,
        trend=trend,
        partial=partial,
        goal=goal,
    )


def figure_of(figures: Figures, key: str, period: str, scope: Scope) -> tuple[int | None, str]:
    """An entered figure in hundredths and its source; of a wave the sum, where every team has one."""
    if scope.teams is None:
        one = figures.get((key, period, "all"))
        return (one.value, one.source) if one else (None, "")
    found = [figures.get((key, period, at)) for at in scope.keys]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None, ""
    return sum(one.value for one in known), known[0].source


def enter(what: str, period: str, scope: Scope) -> str:
    of = "" if scope.teams is None else f" of {scope.label}"
    return f"{what}{of} for {period} is not entered: it is in no export of a CRM."


def coverage(found: Open, figures: Figures, scope: Scope, program: Program) -> Number:
    """Open pipeline over the quota of the quarter of the export (M6)."""
    label, target = "Pipeline coverage", f"≥ {COVERAGE_TARGET}×"
    if found.as_of is None:
        return unmeasured("adoption.coverage", label, NO_DEALS, target=target)
    quarter = deals.quarter_of(found.as_of)
    quota, source = figure_of(figures, QUOTA, quarter, scope)
    total = found.total()
    if not quota:
        return unmeasured("adoption.coverage", label, enter("The quota", quarter, scope), target=target)
    value = Decimal(total.amount) / quota
    return Number(
        "adoption.coverage",
        label,
        round(value, 2),
        f"{value:.1f}×",
        "ratio",
        f"{money(total.amount, program.currency)} open of {money(quota, program.currency)} quota",
        quarter,
        target,
        value >= COVERAGE_TARGET,
        source=f"CRM deal export; {source}",
        as_of=found.as_of,
        listed="open",
    )
