"""Deals and records as the newest export shows them: by rep, by month, by stage, and by name (M2, M4, M6, M8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from adoption import deals
from adoption.metrics import STALE_DAYS, Week
from adoption.models import Activity, CrmRecord, DealStage, Rep, RepState
from adoption.queries.weeks import HISTORY_WEEKS
from crmprogram.program import clock
from crmprogram.program.models import Program, Team
from crmprogram.program.together import fill

COMMITTED = "commit"  # how the forecast category of a deal that is promised is written
LISTS = {
    "open": "Open deals",
    "stalled": "Open deals without an update for 14 days or more",
    "missing": "Records that lack a required field",
    "incomplete": "Open deals that lack a required field",
    "advanced": "Deals that reached a new stage in the seven days up to the export",
    "committed": "Open deals that are committed in the forecast",
    "won": "Deals won",
    "closed": "Deals won and lost",
}


@dataclass(frozen=True)
class Scope:
    """Whose numbers: all (`teams` None), one team, the teams of a wave, or one rep with their other names."""

    label: str = "all teams"
    teams: tuple[Team, ...] | None = None
    reps: tuple[int, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The scopes of weekly facts that add up to this one."""
        return ["all"] if self.teams is None else [f"team:{one.pk}" for one in self.teams]

    def of(self, rows: QuerySet, path: str = "rep") -> QuerySet:
        if self.reps:
            return rows.filter(**{f"{path}__in": self.reps})
        if self.teams is None:
            return rows
        return rows.filter(**{f"{path}__team__in": [one.pk for one in self.teams]})


@dataclass
class Pipeline:
    """The open deals of one rep, or of many; `amount` in minor units over those `priced`."""

    open: int = 0
    priced: int = 0
    amount: int = 0
    stalled: int = 0
    lacking: int = 0
    committed: int = 0
    promised: int = 0
    advanced: int = 0

    def add(self, other: Pipeline) -> None:
        for name in ("open", "priced", "amount", "stalled", "lacking", "committed", "promised", "advanced"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Closings:
    """Deals that closed in a month or quarter. `days` is over the `cycles` whose beginning is known."""

    won: int = 0
    closed: int = 0
    amount: int = 0
    priced: int = 0
    days: int = 0
    cycles: int = 0
    marked: int = 0

    def add(self, other: Closings) -> None:
        for name in ("won", "closed", "amount", "priced", "days", "cycles", "marked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Open:
    """What is open on `as_of`: per rep (None: records without an owner)."""

    as_of: date | None = None
    by_rep: dict[int | None, Pipeline] = field(default_factory=dict)
    team_of: dict[int | None, int | None] = field(default_factory=dict)
    has_forecast: bool = False

    def total(self, teams: Collection[int] | None = None) -> Pipeline:
        found = Pipeline()
        for rep, one in self.by_rep.items():
            if teams is None or self.team_of.get(rep) in teams:
                found.add(one)
        return found


def records_of(program: Program, object_: str = "deal") -> QuerySet[CrmRecord]:
    return CrmRecord.objects.of(program).filter(object=object_).order_by()


def stalled_on(as_of: date) -> Q:
    """No update for 14 days or more on the day of the export (M4), as the weekly share counts it."""
    return Q(touched_on__isnull=True) | Q(touched_on__lte=as_of - timedelta(days=STALE_DAYS))


def open_deals(program: Program, scope: Scope) -> Open:
    """Per rep: open deals of the newest export, stalled, lacking a field, committed; and advanced. Two queries.

    Committed are those of the forecast category that are expected to close in the quarter of the export.
    """
    rows = records_of(program)
    as_of = rows.aggregate(newest=Max("as_of"))["newest"]
    if as_of is None:
        return Open()
    committed = Q(forecast__icontains=COMMITTED, expected_on__lte=end_of(deals.quarter_of(as_of)))
    still = scope.of(rows.filter(outcome=deals.OPEN, as_of=as_of))
    found = Open(as_of)
    whose = Coalesce("rep__same_as", "rep")  # two names of one person are one rep
    sums = still.values(whose=whose, team=F("rep__team")).annotate(
        n=Count("pk"),
        priced=Count("amount"),
        total=Sum("amount"),
        stalled=Count("pk", filter=stalled_on(as_of)),
        lacking=Count("pk", filter=~Q(missing=[])),
        committed=Count("pk", filter=committed),
        promised=Sum("amount", filter=committed),
        categories=Count("pk", filter=~Q(forecast="")),
    )
    moved = (
        scope.of(advanced_in(program, as_of), "record__rep")
        .values(whose=Coalesce("record__rep__same_as", "record__rep"), team=F("record__rep__team"))
        .annotate(n=Count("record", distinct=True))
    )
    fill(sums, moved)
    for one in sums:
        mine = found.by_rep.setdefault(one["whose"], Pipeline())
        mine.add(
            Pipeline(
                one["n"],
                one["priced"],
                one["total"] or 0,
                one["stalled"],
                one["lacking"],
                one["committed"],
                one["promised"] or 0,
            )
        )
        found.team_of[one["whose"]] = one["team"]
        found.has_forecast = found.has_forecast or bool(one["categories"])
    for one in moved:
        found.by_rep.setdefault(one["whose"], Pipeline()).advanced += one["n"]
        found.team_of.setdefault(one["whose"], one["team"])
    return found


def advanced_in(program: Program, as_of: date) -> QuerySet[DealStage]:
    """Stages that deals reached in the seven days up to the export; to be lost is no advance."""
    mine = DealStage.objects.filter(record__program=program, is_first=False).order_by()
    days = {"seen_on__gt": as_of - timedelta(days=7), "seen_on__lte": as_of}
    return mine.filter(**days).exclude(record__outcome=deals.LOST)


def closings(program: Program, since: date, scope: Scope) -> dict[tuple[str, int | None], Closings]:
    """Deals closed since a day by (month 2026-07, team). One query."""
    began = Coalesce("lead_on", "created_on")
    known = Q(outcome=deals.WON, began__lte=F("closed_on"))
    rows = scope.of(
        records_of(program).filter(
            outcome__in=[deals.WON, deals.LOST], closed_on__gte=since, closed_on__lte=clock.today(program)
        )
    )
    won = Q(outcome=deals.WON)
    took = ExpressionWrapper(F("closed_on") - F("began"), DurationField())
    sums = (
        rows.annotate(began=began)
        .values(year=ExtractYear("closed_on"), month=ExtractMonth("closed_on"), team=F("rep__team"))
        .annotate(
            closed=Count("pk"),
            won=Count("pk", filter=won),
            total=Sum("amount", filter=won),
            priced=Count("amount", filter=won),
            days=Sum(took, filter=known),
            cycles=Count("pk", filter=known),
            marked=Count("pk", filter=known & Q(lead_on__isnull=True)),
        )
    )
    return {
        (f"{one['year']:04d}-{one['month']:02d}", one["team"]): Closings(
            one["won"],
            one["closed"],
            one["total"] or 0,
            one["priced"],
            one["days"].days if one["days"] is not None else 0,
            one["cycles"],
            one["marked"],
        )
        for one in sums
    }


def summed(
    found: dict[tuple[str, int | None], Closings], period: str, teams: Collection[int] | None = None
) -> Closings:
    """The closings of a month (2026-07) or quarter (2026-Q3), of all teams or of these."""
    total = Closings()
    for (month, team), one in found.items():
        if period in {month, quarter_of(month)} and (teams is None or team in teams):
            total.add(one)
    return total


@dataclass(frozen=True)
class StageWon:
    """Deals that were seen in a stage and have closed: `won` of `closed`."""

    stage: str
    won: int
    closed: int


def won_by_stage(program: Program, since: date, scope: Scope) -> list[StageWon]:
    """Win rate by stage of the deals closed since a day, by the stages in which an export showed them. One query."""
    rows = DealStage.objects.filter(
        record__program=program, record__outcome__in=[deals.WON, deals.LOST], record__closed_on__gte=since
    ).order_by()
    sums = (
        scope.of(rows, "record__rep")
        .values("stage")
        .annotate(closed=Count("pk"), won=Count("pk", filter=Q(record__outcome=deals.WON)))
    )
    found = [StageWon(one["stage"], one["won"], one["closed"]) for one in sums]
    still = [one for one in found if deals.outcome_of({"stage": one.stage}) == deals.OPEN]
    return sorted(still, key=lambda one: (one.won / one.closed, -one.closed, one.stage))


def named(
    program: Program, kind: str, scope: Scope, *, as_of: date | None = None, since: date | None = None
) -> QuerySet[CrmRecord]:
    """The records behind a number, by name: the largest deals first, the longest silent first of those stalled.

    `as_of` is the day of the newest export of deals, where it is known.
    """
    rows = CrmRecord.objects.of(program)
    as_of = as_of or records_of(program).aggregate(newest=Max("as_of"))["newest"] or clock.today(program)
    still = Q(object="deal", outcome=deals.OPEN, as_of=as_of)
    largest = F("amount").desc(nulls_last=True)
    order: list[Any] = [largest, "pk"]
    if kind == "open":
        rows = rows.filter(still)
    elif kind == "stalled":
        rows, order = rows.filter(still & stalled_on(as_of)), [F("touched_on").asc(nulls_first=True), largest, "pk"]
    elif kind == "incomplete":
        rows = rows.filter(still).exclude(missing=[])
    elif kind == "committed":
        until = end_of(deals.quarter_of(as_of))
        rows = rows.filter(still, forecast__icontains=COMMITTED, expected_on__lte=until)
    elif kind == "advanced":
        rows = rows.filter(pk__in=scope.of(advanced_in(program, as_of), "record__rep").values("record"))
    elif kind in {"won", "closed"}:
        outcomes = [deals.WON] if kind == "won" else [deals.WON, deals.LOST]
        rows = rows.filter(object="deal", outcome__in=outcomes, closed_on__gte=since or start_of_quarter(as_of))
    else:
        newest = dict(rows.order_by().values_list("object").annotate(newest=Max("as_of")))
        fresh = Q(pk__in=[])
        for object_, day in newest.items():
            fresh |= Q(object=object_, as_of=day)
        rows = rows.filter(fresh).exclude(missing=[])
    return scope.of(rows).select_related("rep__team", "rep__same_as").order_by(*order)


def lacking(rows: Iterable[CrmRecord], field_name: str) -> list[CrmRecord]:
    """Of `rows` those that lack one field."""
    return [one for one in rows if not field_name or field_name in one.missing]


@dataclass(frozen=True)
class TaskDue:
    kind: str
    event_id: str
    due_on: date
    is_late: bool


def names_of(rep: Rep) -> tuple[int, ...]:
    """The rep, and the owners who are another name of the rep."""
    others = Rep.objects.filter(same_as=rep, state=RepState.MERGED).values_list("pk", flat=True)
    return (rep.pk, *others)


def tasks_due(program: Program, reps: Sequence[int]) -> list[TaskDue]:
    """Tasks, calls and mails planned for today or before and not done, the oldest first. One query."""
    today = clock.today(program)
    zone = ZoneInfo(program.time_zone)
    tomorrow = datetime.combine(today + timedelta(days=1), time(), zone)
    first = Week.of(today - timedelta(weeks=HISTORY_WEEKS))
    rows = Activity.objects.of(program).filter(
        period__gte=str(first), rep__in=list(reps), why_not="open", occurred_at__lt=tomorrow
    )
    found = []
    for kind, event_id, at in rows.order_by("occurred_at", "pk").values_list("kind", "event_id", "occurred_at"):
        if at is None:  # what has no day is due on none; the filter leaves it out
            continue
        day = at.astimezone(zone).date()
        found.append(TaskDue(kind, event_id, day, day < today))
    return found


def logged_in_week(program: Program, reps: Sequence[int], week: Week) -> dict[date, dict[str, int]]:
    """What a rep logged on each day of a week, by kind, as it counts (M1, M3). One query."""
    rows = Activity.objects.of(program).filter(period=str(week), rep__in=list(reps), why_not="", is_bulk=False)
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for day, kind, n in rows.order_by().values_list("logged_on", "kind").annotate(n=Count("pk")):
        found[day][kind] = n
    return found


def quarter_of(month: str) -> str:
    """The quarter of a month.

    >>> quarter_of("2026-07")
    '2026-Q3'
    """
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def months_of(quarter: str) -> list[str]:
    """The months of a quarter.

    >>> months_of("2026-Q3")
    ['2026-07', '2026-08', '2026-09']
    """
    last = 3 * int(quarter[-1])
    return [f"{quarter[:4]}-{n:02d}" for n in range(last - 2, last + 1)]


def start_of_quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def end_of(quarter: str) -> date:
    """The last day of a quarter.

    >>> end_of("2026-Q4")
    datetime.date(2026, 12, 31)
    """
    year, month = int(quarter[:4]), 3 * int(quarter[-1])
    return (date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)


def back(period: str, count: int) -> str:
    """The month, or quarter, `count` before.

    >>> back("2026-01", 2), back("2026-Q1", 1)
    ('2025-11', '2025-Q4')
    """
    of_year, sign = (4, "Q") if "Q" in period else (12, "")
    at = int(period[:4]) * of_year + int(period[-1] if sign else period[5:]) - 1 - count
    year, rest = divmod(at, of_year)
    return f"{year:04d}-{sign}{rest + 1}" if sign else f"{year:04d}-{rest + 1:02d}"
