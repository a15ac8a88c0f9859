"""Adoption in exact numbers: weeks, due days, rates, doubt and episodes (M1 to M5, M9). Pure.

Rates are pairs of whole numbers, never floats: a numerator of a denominator. A denominator
of 0 is "not measured", which is not zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adoption.calendars import WEEKEND

ALL = "all"
PILOT = "pilot"
BULK_ROWS = 25  # so many rows logged in one and the same second are a load, not work
BULK_OWN = 5  # so many of one rep, too, where the export gives seconds
DOUBT_SHARE = Fraction(1, 2)  # of the weeks before: below this an export is doubtful
DOUBT_ROWS = 20  # fewer rows than this before say nothing about a fall
JUMP_ROWS = 50  # fewer rows than this say nothing about the hours of a day
SILENT_DAYS = 5  # working days without activity, then a rep works around the system (F)
MIN_RECORDS = 20  # M5: below this a share of records is small
STALE_DAYS = 14  # M4
CONTACTING = frozenset({"call", "email"})  # M3: meetings apart


class Week(NamedTuple):
    """An ISO week; sorts by time.

    >>> str(Week.of(date(2027, 1, 1)))
    '2026-W53'
    """

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Week:
        found = day.isocalendar()
        return cls(found.year, found.week)

    @classmethod
    def read(cls, period: str) -> Week:
        """The week written as 2026-W21. Raises ValueError."""
        year, _, number = period.partition("-W")
        week = cls(int(year), int(number))
        week.monday  # noqa: B018, raises for a week that the year has not
        return week

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> tuple[date, ...]:
        return days_of(self.year, self.number)

    @property
    def next(self) -> Week:
        return Week.of(self.monday + timedelta(days=7))

    @property
    def previous(self) -> Week:
        return Week.of(self.monday - timedelta(days=7))


@lru_cache(maxsize=1_000)
def days_of(year: int, number: int) -> tuple[date, ...]:
    """Monday to Sunday: asked for each rep and week."""
    monday = date.fromisocalendar(year, number, 1)
    return tuple(monday + timedelta(days=n) for n in range(7))


def weeks_between(first: Week, last: Week) -> list[Week]:
    """Every week from `first` to `last`, both included; none when `last` is earlier."""
    found, week = [], first
    while week <= last:
        found.append(week)
        week = week.next
    return found


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of an aware moment in the program's zone (M9)."""
    return moment.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True)
class RepSpan:
    """When a rep counts: from the later of start and go-live (the pilot earlier), to the day of leaving (M9).

    `live_on` is the go-live of the team's wave, None while it has none. `away` are pairs of
    first and last day of leave, `holidays` the days off of the team, `weekend` those of each week.
    """

    id: int
    team: int | None = None
    starts_on: date | None = None
    leaves_on: date | None = None
    live_on: date | None = None
    pilot_on: date | None = None
    away: tuple[tuple[date, date], ...] = ()
    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = WEEKEND
    weekdays: frozenset[int] = frozenset()  # of part time; none: every working day
    _due: dict[Week, tuple[tuple[date, ...], tuple[date, ...]]] = field(default_factory=dict, compare=False, repr=False)

    def works_on(self, day: date) -> bool:
        """Is it a working day of this rep: no weekend, holiday, leave, not before the start or after leaving?"""
        weekday = day.weekday()
        if weekday in self.weekend or day in self.holidays or (self.weekdays and weekday not in self.weekdays):
            return False
        if (self.starts_on and day < self.starts_on) or (self.leaves_on and day > self.leaves_on):
            return False
        return not any(first <= day <= last for first, last in self.away)

    def is_due(self, day: date) -> bool:
        return self.live_on is not None and day >= self.live_on and self.works_on(day)

    def is_due_in_pilot(self, day: date) -> bool:
        """Pilot days are shown apart; once the wave is live the day is a live one."""
        is_live = self.live_on is not None and day >= self.live_on
        return self.pilot_on is not None and day >= self.pilot_on and not is_live and self.works_on(day)

    def due_in(self, week: Week) -> tuple[tuple[date, ...], tuple[date, ...]]:
        """The days of the week on which the rep is due, and those of the pilot; worked out once."""
        found = self._due.get(week)
        if found is None:
            pilot = tuple(filter(self.is_due_in_pilot, week.days)) if self.pilot_on else ()
            found = self._due[week] = tuple(filter(self.is_due, week.days)), pilot
        return found


class Logged(NamedTuple):
    """What a rep logged on one day: one `kind`, so many `times`, on `day` of the program's zone."""

    rep: int
    day: date
    kind: str
    times: int = 1


@dataclass
class Share:
    """`part` of `whole`; a whole of 0 is not measured."""

    part: int = 0
    whole: int = 0

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.part, self.whole) if self.whole else None


@dataclass
class Activity:
    """One scope in one week: daily and weekly active reps, and what they logged.

    `days` counts due rep-days and those with an activity, `reps` due reps and those active in
    the week, `contacts` calls and emails of `reps.whole`.
    """

    days: Share = field(default_factory=Share)
    reps: Share = field(default_factory=Share)
    contacts: Share = field(default_factory=Share)


def activity_of_week(
    week: Week, logged: Iterable[Logged], reps: Sequence[RepSpan], *, until: date | None = None
) -> dict[str, Activity]:
    """DAU, WAU and activity of one week by scope: all, pilot, team:ID, rep:ID, pilot:ID (M1, M3).

    A rep of the pilot is "pilot:ID" until the team is live, so that rep:ID add up to their team.

    Only days up to `until` are due: a week that is not over is counted to date. What a rep
    logged on a day off still makes the rep active in the week, and counts as work done, but
    adds no rep-day: working on a Sunday does not make up for a day without.
    """
    active: dict[int, set[date]] = defaultdict(set)
    contacts: dict[int, int] = defaultdict(int)
    for one in logged:
        if one.times > 0 and week.monday <= one.day <= week.sunday:
            active[one.rep].add(one.day)
            if one.kind in CONTACTING:
                contacts[one.rep] += one.times
    return activity_of_sums(week, active, contacts, reps, until=until)


def activity_of_sums(
    week: Week,
    active: Mapping[int, Collection[date]],
    contacts: Mapping[int, int],
    reps: Sequence[RepSpan],
    *,
    until: date | None = None,
) -> dict[str, Activity]:
    """The same from what is summed up by rep: days of the week with an activity, and calls and emails."""
    last = min(week.sunday, until) if until else week.sunday
    found: dict[str, Activity] = defaultdict(Activity)
    for rep in reps:
        live, pilot = ([day for day in days if day <= last] for days in rep.due_in(week))
        scopes = [PILOT, f"pilot:{rep.id}"]
        if live:
            scopes = [ALL, f"rep:{rep.id}", *([f"team:{rep.team}"] if rep.team else [])]
        due = live or pilot
        if not due:
            continue
        mine = active.get(rep.id, ())
        met, logged = sum(day in mine for day in due), contacts.get(rep.id, 0)
        for scope in scopes:
            sums = found[scope]
            sums.days.whole += len(due)
            sums.days.part += met
            sums.reps.whole += 1
            sums.reps.part += bool(mine)
            sums.contacts.whole += 1
            sums.contacts.part += logged
    return dict(found)


def last_working_day(week: Week, reps: Sequence[RepSpan]) -> date | None:
    """The last day of the week on which anybody counts; None when nobody does."""
    return max((day for rep in reps for days in rep.due_in(week) for day in days[-1:]), default=None)


def is_complete(week: Week, reps: Sequence[RepSpan], *, today: date, covered_to: date | None) -> bool:
    """Is the week over, and does the data reach its last working day? Else it is "to date"."""
    if covered_to is None or today <= week.sunday:
        return False
    last = last_working_day(week, reps)
    return last is None or covered_to >= last


def doubt(week: Week, rows: Mapping[Week, int], active: Mapping[Week, set[int]], due: Mapping[Week, set[int]]) -> str:
    """Why the data of a week is doubtful, in a sentence; "" when it is not (M5).

    Doubtful is a fall below half of the median of the four weeks before, per due rep, or half
    of the reps active before and still due gone at once: an export with a filter left on looks
    like this. People do not stop together in one week; a week with nobody due is no week to doubt.
    """
    if not due.get(week):
        return ""
    if not rows.get(week):
        return "No activity at all is in the data."
    before = [week.previous]
    for _ in range(3):
        before.append(before[-1].previous)
    known = [(Fraction(rows[one], len(due[one])), rows[one]) for one in before if rows.get(one) and due.get(one)]
    if not known:
        return ""
    usual, usual_rows = median([rate for rate, _ in known]), max(count for _, count in known)
    now = Fraction(rows.get(week, 0), len(due[week]))
    if usual_rows >= DOUBT_ROWS and now < usual * DOUBT_SHARE:
        logged = rows.get(week, 0)
        words = "activity" if logged == 1 else "activities"
        return f"{logged:,} {words}, where about {round(usual * len(due[week])):,} are usual."
    seen = active.get(week.previous, set()) & due[week]
    missing = seen - active.get(week, set())
    if len(seen) >= 4 and 2 * len(missing) >= len(seen):
        return f"{len(missing)} of {len(seen)} reps who were active the week before are missing."
    return ""


def zone_jump(week: Week, hours: Mapping[Week, Mapping[int, int]]) -> str:
    """Why the clock of a week is doubtful, in a sentence; "" when it is not (M5: a jump of time zone).

    `hours` counts rows by the hour of logging in the program's zone. Doubtful is a day that fits the
    four weeks before a third better when it is moved by two hours or more: people do not all move
    their day together, an export made in another zone does.
    """
    before: Counter[int] = Counter()
    one = week
    for _ in range(4):
        one = one.previous
        before.update(hours.get(one, {}))
    now = hours.get(week, {})
    here, there = sum(now.values()), before.total()
    if min(here, there) < JUMP_ROWS:
        return ""

    def fit(shift: int) -> int:
        return sum(min(now.get((hour + shift) % 24, 0) * there, before[hour] * here) for hour in range(24))

    best = max(range(-11, 13), key=lambda shift: (fit(shift), -abs(shift)))
    if abs(best) < 2 or 3 * (fit(best) - fit(0)) < here * there:
        return ""
    where = "later" if best > 0 else "earlier"
    return f"Times of day are {abs(best)} hours {where} than in the weeks before: a jump of the time zone."


def silent_reps(
    day: date, reps: Sequence[RepSpan], active: Mapping[int, Collection[date]], *, days: int = SILENT_DAYS
) -> dict[str, Share]:
    """Reps due without any activity on their last `days` due days up to `day`, of those due so long, by scope.

    The sign of reps who work around the system. Work on a day off in between is activity too. A rep who
    was not due on so many of the last 28 days cannot be silent yet, nor after leaving.
    """
    found: dict[str, Share] = defaultdict(Share)
    back = [day - timedelta(days=n) for n in range(28)]
    weeks = weeks_between(Week.of(back[-1]), Week.of(day))
    for rep in reps:
        if rep.leaves_on and rep.leaves_on < day:
            continue
        due = [one for week in weeks for one in rep.due_in(week)[0] if back[-1] <= one <= day][-days:]
        if len(due) < days:
            continue
        mine = active.get(rep.id, ())
        silent = not any(one in mine for one in back if one >= due[0])
        for scope in [ALL, *([f"team:{rep.team}"] if rep.team else [])]:
            found[scope].whole += 1
            found[scope].part += silent
    return dict(found)


def is_met(share: Share, target: Fraction, *, at_most: bool = False) -> bool | None:
    """Is the share at target? None: not measured. A limit (`at_most`) has to stay below, as M4 writes it."""
    if share.ratio is None:
        return None
    return share.ratio < target if at_most else share.ratio >= target


def missing_fields(record: Mapping[str, str], required: Sequence[tuple[str, str]], stages: Sequence[str]) -> list[str]:
    """Names of the fields that are required at the record's stage and empty (M2).

    `required` are pairs of field and the stage from which it is required ("" from the start);
    `stages` the stages in order. A stage nobody listed asks for what is named for it alone.
    """
    stage = record.get("stage", "").casefold()
    order = {name.casefold(): at for at, name in enumerate(stages)}

    def applies(since: str) -> bool:
        since = since.casefold()
        if not since or since == stage:
            return True
        return since in order and stage in order and order[stage] >= order[since]

    names = (name for name, since in required if applies(since) and not record.get(name, "").strip())
    return list(dict.fromkeys(names))


def is_stale(updated_on: date | None, *, as_of: date) -> bool:
    """Has the open deal had no update for 14 days or more (M4)? One without any date has had none."""
    return updated_on is None or (as_of - updated_on).days >= STALE_DAYS


@dataclass(frozen=True)
class Episode:
    """Weeks worse than target in a row; `weeks` since the first, `breached` from the second on (M5)."""

    weeks: tuple[Week, ...]
    breached: Week | None
    recovered: Week | None


def episodes(verdicts: Mapping[Week, bool | None], *, needed: int | Mapping[Week, int] = 2) -> list[Episode]:
    """Cut complete weeks into episodes, oldest first (M5).

    A verdict is True at target, False worse, None not measured. Two weeks in a row make an
    episode; one week is a watch, given back too. A week that is not measured, or is not there, is no bad
    week: it ends a watch, but closes no breach, which only a week at target does. `needed` weeks make a
    breach, by week where the rule changed: that of the week decides, and a later one takes nothing back.
    """
    found: list[Episode] = []
    bad: list[Week] = []
    breached: Week | None = None
    previous: Week | None = None
    for week in sorted(verdicts):
        verdict = verdicts[week]
        gap = previous is not None and previous.next != week
        if bad and breached is None and (gap or verdict is None):
            found.append(Episode(tuple(bad), None, week))
            bad = []
        if verdict is False:
            bad.append(week)
            enough = needed if isinstance(needed, int) else needed.get(week, 2)
            breached = breached or (week if len(bad) >= enough else None)
        elif verdict and bad:
            found.append(Episode(tuple(bad), breached, week))
            bad, breached = [], None
        previous = week
    if bad:
        found.append(Episode(tuple(bad), breached, None))
    return found


def add_working_days(day: date, count: int, holidays: Iterable[date] = ()) -> date:
    """The day `count` working days after `day`."""
    off = set(holidays)
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in off:
            count -= 1
    return day
