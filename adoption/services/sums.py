"""What each rep logged in each week, summed up from the events once, for everything that is computed from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet

from adoption import metrics
from adoption.metrics import Week
from adoption.models import Activity, RepWeek
from adoption.queries.reps import rep_of_names
from crmprogram.jobs import bulk
from crmprogram.program.models import Program

FIELDS = ("program", "period", "rep", "days", "rows", "contacts", "tasks_done", "tasks_open")
PAUSE = timedelta(days=3)  # days so near are read in one go
COUNTS = Q(why_not="")
OPEN_TASK = Q(why_not="open", kind="task")


class HourOf(Func):
    """The hour of a moment in UTC, by the database's own function."""

    function = "EXTRACT"
    template = "EXTRACT(HOUR FROM %(expressions)s AT TIME ZONE 'UTC')"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Moments are text in UTC there; Django's own function reads each of them in Python."""
        return self.as_sql(compiler, connection, template="CAST(substr(%(expressions)s, 12, 2) AS INTEGER)", **more)


@dataclass
class Sums:
    """One week: per rep the days with an activity, all counting rows, calls and emails."""

    days: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    rows: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    contacts: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def mark_bulk(program: Program, days: Iterable[date]) -> None:
    """Mark rows of these days that a load wrote: so many in one second, over all files, whatever their order."""
    for first, last in _stretches(days):
        zone = ZoneInfo(program.time_zone)
        begins = datetime(first.year, first.month, first.day, tzinfo=zone)
        after = last + timedelta(days=1)
        ends = datetime(after.year, after.month, after.day, tzinfo=zone)
        _mark(Activity.objects.of(program).filter(logged_at__gte=begins, logged_at__lt=ends))


def _stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that lie side by side as pairs of first and last."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] <= PAUSE and (day - found[-1][0]).days < 28:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def _mark(rows: QuerySet[Activity]) -> None:
    moments = rows.filter(COUNTS).order_by().values("logged_at")
    loads = [one["logged_at"] for one in moments.annotate(n=Count("pk")).filter(n__gte=metrics.BULK_ROWS)]
    own = moments.values("rep_id", "logged_at").annotate(n=Count("pk")).filter(n__gte=metrics.BULK_OWN)
    by_rep: dict[int, list[datetime]] = defaultdict(list)
    known = set(loads)
    for one in own:
        at = one["logged_at"]
        if at is not None and at not in known and (at.second or at.microsecond):  # a whole minute may be a cut one
            by_rep[one["rep_id"]].append(at)
    rows.filter(is_bulk=True).update(is_bulk=False)
    marks = [Q(logged_at__in=part) for part in batched(loads)]
    marks += [Q(rep=rep, logged_at__in=part) for rep, times in sorted(by_rep.items()) for part in batched(times)]
    for part in batched(marks, 50):
        rows.filter(reduce(or_, part)).update(is_bulk=True)


def batched(many: Sequence[Any], size: int = 200) -> Iterator[Sequence[Any]]:
    """Parts of a list: a database takes so many values, and so many conditions, in one statement."""
    return (many[at : at + size] for at in range(0, len(many), size))


def sum_week(program: Program, week: Week) -> list[int]:
    """Sum the events of one week up; return how many were logged in each hour of the program's day."""
    period = str(week)
    rows = Activity.objects.of(program).filter(period=period, is_bulk=False).order_by()
    found: dict[int, list[int]] = {}
    for rep, day, *counts in rows.values_list("rep_id", "logged_on").annotate(
        n=Count("pk", filter=COUNTS),
        contacts=Count("pk", filter=COUNTS & Q(kind__in=metrics.CONTACTING)),
        done=Count("pk", filter=COUNTS & Q(kind="task")),
        open=Count("pk", filter=OPEN_TASK),
    ):
        sums = found.setdefault(rep, [0, 0, 0, 0, 0])
        sums[0] |= bool(counts[0]) << day.weekday()
        for at, n in enumerate(counts, start=1):
            sums[at] += n
    RepWeek.objects.of(program).filter(period=period).delete()
    bulk.insert(RepWeek, FIELDS, [[program.pk, period, rep, *sums] for rep, sums in sorted(found.items()) if any(sums)])
    return _hours(rows.filter(COUNTS), program.time_zone)


def _hours(rows: QuerySet[Activity], name: str) -> list[int]:
    """Counts of the 24 hours; days without a time say nothing.

    The offset of a zone is taken once for each hour: the clock goes forward or back on the full hour.
    """
    hours, zone = [0] * 24, ZoneInfo(name)
    timed = rows.filter(logged_at__isnull=False).annotate(hour=HourOf(F("logged_at")))
    for day, hour, n in timed.values_list("logged_on", "hour").annotate(n=Count("pk")):
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC).astimezone(zone)
        hours[at.hour] += n
    return hours


def sums_of(program: Program, weeks: Collection[Week]) -> Mapping[Week, Sums]:
    """The sums of these weeks by rep; other names of a rep are the rep."""
    names, found = rep_of_names(program), {week: Sums() for week in weeks}
    rows = RepWeek.objects.of(program).filter(period__in=[str(week) for week in weeks], rows__gt=0).order_by()
    periods = {str(week): week for week in weeks}
    for period, owner, days, n, contacts in rows.values_list("period", "rep_id", "days", "rows", "contacts"):
        week, rep = periods[period], names.get(owner, owner)
        sums = found[week]
        sums.days[rep].update(day for at, day in enumerate(week.days) if days >> at & 1)
        sums.rows[rep] += n
        sums.contacts[rep] += contacts
    return found


def back_from(weeks: Sequence[Week], count: int = 4) -> list[Week]:
    """The weeks with the `count` before each."""
    found = set(weeks)
    for week in weeks:
        for _ in range(count):
            week = week.previous
            found.add(week)
    return sorted(found)
