"""Targets, who counts when, and the stored weeks: pages and checks read these, never rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q

from adoption.calendars import WEEKEND, public_holidays, weekend_of
from adoption.metrics import MIN_RECORDS, RepSpan, Share, Week, add_working_days, local_day, weeks_between
from adoption.models import (
    Activity,
    ActivityWeek,
    Escalation,
    Holiday,
    Metric,
    Rep,
)
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role
from crmprogram.program.together import fill
from phases.models import Fact

ACKNOWLEDGE_DAYS = 5  # working days until nobody's answer goes up (M5)
HISTORY_WEEKS = 26
ACTIVITY_KEYS = (Metric.DAILY, Metric.WEEKLY, Metric.RATE)
SILENT = "adoption.silent"  # due reps without activity for five working days, of those due so long
RECORD_KEYS = (Metric.FIELDS, Metric.STALE)


def team_of(scope: str) -> int | None:
    """The team's id in a scope "team:7"; None for any other."""
    kind, _, pk = scope.partition(":")
    return int(pk) if kind == "team" else None


def spans(program: Program) -> list[RepSpan]:
    """Who counts from when to when. Three queries."""
    holidays: dict[int | None, set[date]] = {}
    for one in Holiday.objects.of(program):
        holidays.setdefault(one.team_id, set()).add(one.day)
    everyone = holidays.get(None, set())
    years = range(program.starts_on.year - 2, clock.today(program).year + 2)
    found = []
    for rep in Rep.objects.of(program).counted().select_related("team__calendar").prefetch_related("absences"):
        calendar = getattr(rep.team, "calendar", None)
        public: set[date] = set()
        if calendar:
            public = {day for year in years for day in public_holidays(calendar.country, calendar.part, year)}
        live_on = rep.team.go_live_on or program.go_live_on
        found.append(
            RepSpan(
                rep.pk,
                rep.team_id,
                rep.starts_on,
                rep.leaves_on,
                live_on,
                rep.pilot_on,
                tuple((one.first_on, one.last_on) for one in rep.absences.all()),
                frozenset(everyone | holidays.get(rep.team_id, set()) | public),
                weekend_of(calendar.country) if calendar else WEEKEND,
                frozenset(map(int, rep.works_on)),
            )
        )
    return found


def addressee_of(program: Program) -> Membership | None:
    """The VP sales of the program, who an escalation goes to (M5)."""
    found = Membership.objects.filter(program=program, role=Role.VP_SALES, is_active=True)
    return found.select_related("user").order_by("pk").first()


def days_off(program: Program) -> set[date]:
    """The days on which nobody works: an answer is not waited for on them."""
    return set(Holiday.objects.of(program).filter(team__isnull=True).values_list("day", flat=True))


def goes_up_on(escalation: Escalation, off: Iterable[date] = ()) -> date | None:
    """After this day an escalation without an answer goes up to the sponsor: five working days (M5).

    Days are the program's; `off` are its days off. None when it is answered.
    """
    if not escalation.is_unanswered:
        return None
    since = escalation.escalated_at or escalation.began_at
    return add_working_days(local_day(since, escalation.program.time_zone), ACKNOWLEDGE_DAYS, off)


def is_overdue(escalation: Escalation, off: Iterable[date] = ()) -> bool:
    until = goes_up_on(escalation, off)
    return until is not None and clock.today(escalation.program) > until


@dataclass(frozen=True)
class Point:
    """One week of one metric in one scope."""

    week: Week
    share: Share
    is_complete: bool = True
    doubt: str = ""
    as_of: datetime | None = None
    scope: str = "all"

    @property
    def percent(self) -> float | None:
        """For drawing; compare with `share`."""
        ratio = self.share.ratio
        return None if ratio is None else float(100 * ratio)

    @property
    def mean(self) -> float | None:
        ratio = self.share.ratio
        return None if ratio is None else float(ratio)

    @property
    def is_small(self) -> bool:
        """Fewer records than a share needs (M5)."""
        return 0 < self.share.whole < MIN_RECORDS


@dataclass(frozen=True)
class Idle:
    """Reps due on five working days or more: `due` of them, `without` any activity on their last five.

    `doubt` says why the newest week cannot be believed, "" when it can.
    """

    due: int = 0
    without: int = 0
    doubt: str = ""
    week: Week | None = None
    as_of: datetime | None = None


class Told(NamedTuple):
    """A fact as it is shown; of a single rep without its time."""

    numerator: int
    denominator: int
    as_of: datetime | None = None


class Weeks:
    """Facts of the last weeks by metric and scope. One query, whatever the size of the program.

    `last` is the newest week that has any data, or this week. `of_reps` are the metrics that are read of each
    rep too: there are as many of them as reps times weeks.
    """

    def __init__(self, program: Program, *, count: int = 12, of_reps: Collection[str] = ()) -> None:
        self.program = program
        self.this = Week.of(clock.today(program))
        first = self.this
        for _ in range(count - 1):
            first = first.previous
        self.weeks = weeks_between(first, self.this)
        mine = Fact.objects.of(program).filter(period__gte=str(first), period__lte=str(self.this)).order_by()
        by_rep = Q(scope__startswith="rep:") | Q(scope__startswith="pilot:")
        names = ("key", "scope", "period", "numerator", "denominator")
        found = mine.filter(key__in=[*Metric.values, SILENT]).exclude(by_rep).values(*names, "as_of")
        single = mine.filter(by_rep, key__in=[str(one) for one in of_reps]).values(*names)
        rows = ActivityWeek.objects.of(program).filter(period__gte=str(first)).select_related("confirmed_by")
        fill(found, rows, *([single] if of_reps else []))
        self.facts: dict[tuple[str, str, str], Told] = {}
        self.silent: dict[tuple[str, str], Told] = {}
        for one in found:
            told = Told(one["numerator"], one["denominator"], one["as_of"])
            if one["key"] == SILENT:
                self.silent[one["scope"], one["period"]] = told
            else:
                self.facts[one["key"], one["scope"], one["period"]] = told
        self.reps: dict[tuple[str, str, str], Told] = {
            (one["key"], one["scope"], one["period"]): Told(one["numerator"], one["denominator"])
            for one in (single if of_reps else ())
        }
        self.of_activity = {one.period: one for one in rows}

    def point(self, key: str, scope: str, week: Week) -> Point:
        at = key, scope, str(week)
        return self.told(key, scope, week, self.facts.get(at) or self.reps.get(at))

    def told(self, key: str, scope: str, week: Week, fact: Told | Fact | None) -> Point:
        """A fact with what is known of its week: is it whole, can it be believed."""
        row = self.of_activity.get(str(week))
        share = Share(fact.numerator, fact.denominator) if fact else Share()
        by_activity = key in ACTIVITY_KEYS
        whole = row.is_complete if by_activity and row else not by_activity and week < self.this
        doubt = row.doubt if by_activity and row and row.is_doubtful else ""
        return Point(week, share, bool(whole), doubt, fact.as_of if fact else None, scope)

    def series(self, key: str, scope: str = "all") -> list[Point]:
        return [self.point(key, scope, week) for week in self.weeks]

    def complete(self, key: str, scope: str = "all") -> list[Point]:
        """The complete weeks, oldest first, also those not measured."""
        return [one for one in self.series(key, scope) if one.is_complete]

    def latest(self, key: str, scope: str = "all") -> Point | None:
        """The newest complete week that is measured."""
        return next((one for one in reversed(self.complete(key, scope)) if one.share.whole), None)

    def newest(self, key: str, scope: str = "all") -> Point | None:
        """The newest week that is measured, complete or not: an export of records is of one day."""
        return next((one for one in reversed(self.series(key, scope)) if one.share.whole), None)

    def by_object(self) -> list[Point]:
        """Required fields of each object that is measured, scope "object:deal", the newest of each (M2)."""
        scopes = sorted({scope for _, scope, _ in self.facts if scope.startswith("object:")})
        found = [self.newest(Metric.FIELDS, scope) for scope in scopes]
        return [one for one in found if one is not None]

    @cached_property
    def as_of(self) -> datetime | None:
        return max((one.as_of for one in self.facts.values() if one.as_of), default=None)

    def idle(self, scope: str = "all") -> Idle:
        """Reps without activity for five working days, as it was stored with the newest week (F)."""
        period = max(self.of_activity, default=None)
        if period is None:
            return Idle()
        week = Week.read(period)
        if self.of_activity[period].is_doubtful:
            return Idle(doubt=f"{period} is not measured: {self.of_activity[period].doubt}", week=week)
        fact = self.silent.get((scope, period))
        return Idle(fact.denominator, fact.numerator, "", week, fact.as_of) if fact else Idle(week=week)


def covered_to(program: Program) -> date | None:
    """The newest day of logging in any export."""
    return _end_of(program, "-")


def covered_from(program: Program) -> date | None:
    """The first day of logging in any export."""
    return _end_of(program, "")


def _end_of(program: Program, sign: str) -> date | None:
    """The day at one end: of the first, or last, week, which an index knows."""
    mine = Activity.objects.of(program)
    period = mine.order_by(f"{sign}period").values_list("period", flat=True).first()
    if period is None:
        return None
    return mine.filter(period=period).order_by(f"{sign}logged_on").values_list("logged_on", flat=True).first()
