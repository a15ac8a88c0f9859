"""What the measures of checkpoints and baselines read: logins, figures, deals and leads of a wave's teams (M12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum
from django.db.models.functions import Coalesce

from adoption import deals
from adoption.metrics import Week
from adoption.milestones import FRESH, LOGIN_WEEKS, WINDOW, velocity
from adoption.models import CrmRecord, Figure, LeadAnswer, Rep
from adoption.queries.figures import newest_figures
from adoption.queries.signals import LOGINS
from crmprogram.program.models import Program
from crmprogram.web.templatetags.rollout import minor_units, money
from phases.models import Fact

DEALS, LEADS = "CRM deal export", "CRM lead and activity exports"
NAMES = ("open_deals", "won", "closed", "amount", "cycle_days", "cycles")


@dataclass(frozen=True)
class Measured:
    """A value with its source; None with `why`. `on` is the last day it covers."""

    value: Fraction | None = None
    detail: str = ""
    source: str = ""
    as_of: datetime | None = None
    on: date | None = None
    why: str = ""


@dataclass
class Deals:
    """Sums over the deals of one team in the window up to a day; `open_deals` on that day."""

    open_deals: int = 0
    won: int = 0
    closed: int = 0
    amount: int = 0
    cycle_days: int = 0
    cycles: int = 0


@dataclass
class Outcomes:
    """The stored records of a program, each kind read at most once; deals once for each day that is asked for."""

    program: Program
    _deals: dict[date, dict[int, Deals]] = field(default_factory=dict)

    def noon(self, on: date) -> datetime:
        return datetime.combine(on, time(12), ZoneInfo(self.program.time_zone))

    @cached_property
    def logins(self) -> dict[tuple[str, str], Fact]:
        """Facts of logins by (scope, ISO week), of teams."""
        found = Fact.objects.of(self.program).filter(key=LOGINS, scope__startswith="team:")
        return {(one.scope, one.period): one for one in found}

    @cached_property
    def figures(self) -> dict[tuple[str, str, str], Figure]:
        return newest_figures(self.program)

    @cached_property
    def exported_on(self) -> date | None:
        """The day of the newest export of deals."""
        return CrmRecord.objects.of(self.program).filter(object="deal").aggregate(on=Max("as_of"))["on"]

    @cached_property
    def reps(self) -> list[tuple[int, date | None, date | None]]:
        """(team, first day, last day) of every rep who counts."""
        found = Rep.objects.of(self.program).counted().order_by()
        return [(team, first, last) for team, first, last in found.values_list("team", "starts_on", "leaves_on")]

    def read_deals(self, days: Iterable[date]) -> None:
        """Sum the deals up for each of `days` that was not asked for before, in one query."""
        wanted = sorted(set(days) - set(self._deals))
        if not wanted:
            return
        began = Coalesce("lead_on", "created_on")
        took = ExpressionWrapper(F("closed_on") - began, DurationField())
        sums: dict[str, Any] = {}
        for n, day in enumerate(wanted):
            in_window = Q(closed_on__gt=day - WINDOW, closed_on__lte=day)
            won = in_window & Q(outcome=deals.WON)
            dated = won & (Q(lead_on__lte=F("closed_on")) | Q(lead_on__isnull=True, created_on__lte=F("closed_on")))
            still = Q(outcome=deals.OPEN) | Q(closed_on__gt=day)
            sums[f"open_deals_{n}"] = Count("pk", filter=still & Q(created_on__lte=day))
            sums[f"closed_{n}"] = Count("pk", filter=in_window & Q(outcome__in=[deals.WON, deals.LOST]))
            sums[f"won_{n}"] = Count("pk", filter=won)
            sums[f"amount_{n}"] = Sum("amount", filter=won, default=0)
            sums[f"cycles_{n}"] = Count("pk", filter=dated)
            sums[f"took_{n}"] = Sum(took, filter=dated)
        rows = CrmRecord.objects.of(self.program).filter(object="deal", rep__team__isnull=False).order_by()
        found_rows: list[dict[str, Any]] = [dict(row) for row in rows.values("rep__team").annotate(**sums)]
        for row in found_rows:
            for n, day in enumerate(wanted):
                found = {name: row[f"{name}_{n}"] for name in NAMES if name != "cycle_days"}
                days_taken = row[f"took_{n}"].days if row[f"took_{n}"] else 0
                self._deals.setdefault(day, {})[row["rep__team"]] = Deals(**found, cycle_days=days_taken)
        for day in wanted:
            self._deals.setdefault(day, {})

    def deals(self, day: date, teams: Collection[int]) -> Deals:
        self.read_deals([day])
        mine = [one for team, one in self._deals[day].items() if team in teams]
        return Deals(**{name: sum(getattr(one, name) for one in mine) for name in NAMES})

    def delays(self, day: date, teams: Collection[int]) -> tuple[list[timedelta | None], datetime | None]:
        """From creation to the first call or mail of each lead of the window, None without one; the newest event."""
        from_, until = self.noon(day - WINDOW + timedelta(days=1)), self.noon(day) + timedelta(hours=12)
        rows = LeadAnswer.objects.of(self.program).filter(
            created_at__gte=from_ - timedelta(hours=12), created_at__lt=until, rep__team__in=list(teams)
        )
        pairs = [
            (created, answered if answered is None or answered < until else None)
            for created, answered in rows.order_by().values_list("created_at", "answered_at")
            if created is not None
        ]
        newest = max((at for pair in pairs for at in pair if at), default=None)
        return [max(answered - created, timedelta()) if answered else None for created, answered in pairs], newest


def logins(found: Outcomes, teams: Sequence[int], until: date, since: date | None) -> Measured:
    """Days with a login of the due days of the last four whole weeks since go-live."""
    weeks: dict[str, list[Fact]] = defaultdict(list)
    for (scope, period), fact in found.logins.items():
        week = Week.read(period)
        if int(scope.partition(":")[2]) in teams and week.sunday <= until and (since is None or week.monday >= since):
            weeks[period].append(fact)
    last = sorted(weeks)[-LOGIN_WEEKS:]
    facts = [fact for period in last for fact in weeks[period]]
    whole = sum(one.denominator for one in facts)
    if not whole:
        return Measured(why="No whole week of logins since go-live is counted.")
    ends = Week.read(last[-1]).sunday
    if ends < until - FRESH:
        return Measured(why=f"The newest week of logins that is counted ends on {ends.day} {ends:%b %Y}.")
    part = sum(one.numerator for one in facts)
    said = f"{part:,} of {whole:,} due days, {last[0]} to {last[-1]}"
    at = max((one.as_of for one in facts if one.as_of), default=None)
    return Measured(Fraction(100 * part, whole), said, "CRM login export", at, ends)


def figure(found: Outcomes, key: str, until: date, since: date | None) -> Measured:
    """The newest month that somebody entered: since go-live one begun by `until`, before it one that was over."""
    months = {
        period: one
        for (name, period, scope), one in found.figures.items()
        if name == key and scope == "all" and period <= f"{until:%Y-%m}"
        if (f"{since:%Y-%m}" <= period if since else _last_day(period) <= until)
    }
    if not months:
        return Measured(why="No month of it is entered" + (" since go-live." if since else " before go-live."))
    period, one = max(months.items())
    by = f"{one.source}, entered by {one.entered_by.display}"[:200]
    return Measured(Fraction(one.value, 100), period, by, one.entered_at, min(_last_day(period), until))


def _last_day(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def of_deals(found: Outcomes, key: str, teams: Sequence[int], until: date) -> Measured:
    """Conversion, revenue per rep or velocity over the 90 days up to `until`, or to the export shortly before it."""
    exported = found.exported_on
    if exported is None:
        return Measured(why="No export of deals is counted.")
    if exported < until - FRESH:
        return Measured(why=f"The newest export of deals is of {exported.day} {exported:%b %Y}.")
    on = min(until, exported)
    sums = found.deals(on, teams)
    more: dict[str, Any] = {"source": DEALS, "as_of": found.noon(exported), "on": on}
    if key == "conversion":
        if not sums.closed:
            return Measured(why="No deal of these teams was closed in the 90 days.")
        return Measured(Fraction(100 * sums.won, sums.closed), f"{sums.won} of {sums.closed} closed deals won", **more)
    if key == "revenue":
        first = on - WINDOW
        reps = sum(
            team in teams and (not begun or begun <= on) and (not left or left > first)
            for team, begun, left in found.reps
        )
        if not reps or not sums.closed:
            return Measured(why="No rep of these teams is known, or no deal of theirs was closed in the 90 days.")
        return Measured(Fraction(sums.amount, reps), f"{sums.won} deals won by {reps} reps", **more)
    value = velocity(
        open_deals=sums.open_deals, won=sums.won, closed=sums.closed, amount=sums.amount,
        cycle_days=sums.cycle_days, cycles=sums.cycles,
    )  # fmt: skip
    if value is None:
        return Measured(why="It takes a won deal with its amount and both dates in the 90 days.")
    said = f"{sums.open_deals} open, {sums.won} of {sums.closed} won, cycle {sums.cycle_days / sums.cycles:.0f} days"
    return Measured(value, said, **more)


def response(found: Outcomes, teams: Sequence[int], until: date, since: date | None) -> Measured:
    """Median hours from a lead's creation to the first call or mail; leads nobody answered count as the longest.

    Entered by hand where no export of leads holds times.
    """
    delays, newest = found.delays(until, teams)
    if not delays:
        entered = figure(found, "lead_response", until, since)
        return entered if entered.value is not None else Measured(why="No lead with its time of creation is known.")
    answered = [one for one in delays if one is not None]
    said = f"{len(answered)} of {len(delays)} leads answered"
    middle = median_low([timedelta.max if one is None else one for one in delays])
    if middle == timedelta.max:
        return Measured(why=f"{said}: the median lead was not answered, so there is no time to it.")
    return Measured(Fraction(int(middle.total_seconds()), 3600), said, LEADS, newest, until)


def said(unit: str, value: Fraction | Decimal, currency: str) -> str:
    """A value as a person reads it; money is in minor units, and told in whole ones."""
    if unit == "percent":
        return f"{float(value):.1f}%"
    if unit == "hours":
        return f"{float(value):,.1f} h"
    unit_size = minor_units(currency)
    amount = money(round(value / unit_size) * unit_size, currency)
    return f"{amount} a day" if unit == "money a day" else amount


def measure(found: Outcomes, key: str, teams: Sequence[int], until: date, since: date | None = None) -> Measured:
    """What the measure of a check `key` was up to `until`; `since` the go-live, None before it."""
    name = key.partition(".")[2]
    if name == "logins":
        return logins(found, teams, until, since)
    if name == "sync":
        return figure(found, "sync_success", until, since)
    if name == "retention":
        return figure(found, "nrr", until, since)
    if name == "lead_response":
        return response(found, teams, until, since)
    return of_deals(found, name, teams, until)
