"""What adoption reads: targets, weeks, the dashboard's figures. Pages and checks read stored weeks only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median

from django.db.models import Min, Q

from adoption.metrics import MIN_RECORDS, RepSpan, Share, Week, add_working_days, episodes, is_met, weeks_between
from adoption.models import (
    Activity,
    ActivityWeek,
    Counting,
    Escalation,
    Holiday,
    Metric,
    RecordSummary,
    Rep,
    RepState,
    Target,
)
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role, Team
from phases.models import Fact

# M1, M2, M4; M3 has no target but the team's own benchmark
DEFAULTS = {
    Metric.DAILY: Decimal(90),
    Metric.WEEKLY: Decimal(100),
    Metric.FIELDS: Decimal(95),
    Metric.STALE: Decimal(10),
}
ACKNOWLEDGE_DAYS = 5  # working days until nobody's answer goes up (M5)
HISTORY_WEEKS = 26
ACTIVITY_KEYS = (Metric.DAILY, Metric.WEEKLY, Metric.RATE)
SILENT = "adoption.silent"  # due reps without activity for five working days, of those due so long
RECORD_KEYS = (Metric.FIELDS, Metric.STALE)


def team_of(scope: str) -> int | None:
    """The team's id in a scope "team:7"; None for any other."""
    kind, _, pk = scope.partition(":")
    return int(pk) if kind == "team" else None


class Targets:
    """The targets in force, one query. A team's own goes over the program's, that over the default."""

    def __init__(self, program: Program, *, tried: Target | None = None) -> None:
        """`tried` is taken for set, and is not."""
        self.rows = list(Target.objects.of(program).select_related("team", "changed_by"))
        self._of = {(one.key, one.team_id): one for one in self.rows}
        if tried is not None:
            self._of[tried.key, tried.team_id] = tried

    def row(self, key: str, scope: str = "all") -> Target | None:
        return self._of.get((key, team_of(scope))) or self._of.get((key, None))

    def value(self, key: str, scope: str = "all") -> Decimal | None:
        """Percent, or calls and emails per rep; None: no target, so nothing to judge by."""
        row = self.row(key, scope)
        return row.value if row else DEFAULTS.get(Metric(key))

    def escalates(self, key: str, scope: str = "all") -> bool:
        row = self.row(key, scope)
        return row.escalates if row else Metric(key) in DEFAULTS

    def verdict(self, key: str, share: Share, scope: str = "all") -> bool | None:
        """At target, worse, or None: not measured, or without a target."""
        value = self.value(key, scope)
        if value is None:
            return None
        scale = 1 if key == Metric.RATE else 100
        return is_met(share, Fraction(value) / scale, at_most=key == Metric.STALE)


def spans(program: Program) -> list[RepSpan]:
    """Who counts from when to when. Three queries."""
    holidays: dict[int | None, set[date]] = {}
    for one in Holiday.objects.of(program):
        holidays.setdefault(one.team_id, set()).add(one.day)
    everyone = holidays.get(None, set())
    found = []
    for rep in Rep.objects.of(program).counted().select_related("team").prefetch_related("absences"):
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
                frozenset(everyone | holidays.get(rep.team_id, set())),
            )
        )
    return found


def addressee_of(program: Program) -> Membership | None:
    """The VP sales of the program, who an escalation goes to (M5)."""
    found = Membership.objects.filter(program=program, role=Role.VP_SALES, is_active=True)
    return found.select_related("user").order_by("pk").first()


def goes_up_on(escalation: Escalation) -> date | None:
    """After this day an escalation without an answer goes up to the sponsor: five working days (M5)."""
    if not escalation.is_unanswered:
        return None
    since = escalation.escalated_at or escalation.began_at
    return add_working_days(since.date(), ACKNOWLEDGE_DAYS)


def is_overdue(escalation: Escalation) -> bool:
    until = goes_up_on(escalation)
    return until is not None and clock.now().date() > until


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


class Weeks:
    """Facts of the last weeks by metric and scope. Two queries, whatever the size of the program.

    `last` is the newest week that has any data, or this week.
    """

    def __init__(self, program: Program, *, count: int = 12, with_reps: bool = False) -> None:
        self.program = program
        self.this = Week.of(clock.today(program))
        first = self.this
        for _ in range(count - 1):
            first = first.previous
        self.weeks = weeks_between(first, self.this)
        found = Fact.objects.of(program).filter(
            key__in=[*Metric.values, SILENT], period__gte=str(first), period__lte=str(self.this)
        )
        if not with_reps:
            found = found.exclude(Q(scope__startswith="rep:") | Q(scope__startswith="pilot:"))
        self.facts: dict[tuple[str, str, str], Fact] = {}
        self.silent: dict[tuple[str, str], Fact] = {}
        for one in found:
            if one.key == SILENT:
                self.silent[one.scope, one.period] = one
            else:
                self.facts[one.key, one.scope, one.period] = one
        rows = ActivityWeek.objects.of(program).filter(period__gte=str(first)).select_related("confirmed_by")
        self.of_activity = {one.period: one for one in rows}

    def point(self, key: str, scope: str, week: Week) -> Point:
        fact, row = self.facts.get((key, scope, str(week))), self.of_activity.get(str(week))
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
        return max((one.as_of for one in self.facts.values()), default=None)

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


class AdoptionFacts:
    """What checks, rail and next items read, each part loaded when it is asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def weeks(self) -> Weeks:
        return Weeks(self.program, count=12)

    @cached_property
    def standing(self) -> list[Escalation]:
        """Open escalations, newest first."""
        found = Escalation.objects.of(self.program).open()
        return list(found.select_related("team", "addressee__user", "owner__user", "acknowledged_by"))

    @cached_property
    def owners(self) -> Counter[str]:
        """Owners by state."""
        return Counter(Rep.objects.of(self.program).order_by().values_list("state", flat=True))

    @property
    def unknown(self) -> int:
        return self.owners[RepState.UNKNOWN]

    @cached_property
    def last_export(self) -> Counting | None:
        """The activity export that was counted last."""
        done = Counting.objects.of(self.program).filter(object="activity", finished_at__isnull=False)
        return done.order_by("-finished_at").first()

    @property
    def idle(self) -> Idle:
        """Due reps without any activity for five working days."""
        return self.weeks.idle()

    @cached_property
    def pilot_from(self) -> date | None:
        """The first day of any rep's pilot."""
        return Rep.objects.of(self.program).counted().aggregate(first=Min("pilot_on"))["first"]


@dataclass
class Leading:
    """One of the five figures on top of the dashboard."""

    metric: Metric
    points: list[Point]
    now: Point | None
    before: Point | None
    target: Decimal | None
    verdict: bool | None
    weeks_met: int
    escalated: Escalation | None = None
    is_rate: bool = False
    at_most: bool = False

    @property
    def change(self) -> float | None:
        """On the complete week before, in points of percent or activities."""
        if self.now is None or self.before is None:
            return None
        name = "mean" if self.is_rate else "percent"
        return getattr(self.now, name) - getattr(self.before, name)

    @property
    def change_text(self) -> str:
        change = self.change
        if change is None:
            return ""
        text = f"{abs(change):.1f}" if self.is_rate else f"{abs(change):.0f}"
        return "as last week" if not float(text) else f"{'−' if change < 0 else '+'}{text} on last week"

    @property
    def met_text(self) -> str:
        return f"Met, {self.weeks_met} wk" if self.weeks_met > 1 else "Met"


def leading(weeks: Weeks, targets: Targets, standing: Sequence[Escalation], scope: str = "all") -> list[Leading]:
    """The five leading metrics in one scope (M1 to M4)."""
    found = []
    for metric in Metric:
        whole = weeks.complete(metric, scope)
        now = weeks.latest(metric, scope)
        at = whole.index(now) if now else 0
        before = whole[at - 1] if at and whole[at - 1].share.whole else None
        met = 0
        for one in reversed(whole[: at + 1] if now else []):
            if not targets.verdict(metric, one.share, scope):
                break
            met += 1
        wanted = [one for one in standing if one.key == metric and scope in {"all", one.scope}]
        wanted.sort(key=lambda one: (one.scope != scope, -one.number))
        found.append(
            Leading(
                metric,
                weeks.series(metric, scope),
                now,
                before,
                targets.value(metric, scope),
                targets.verdict(metric, now.share, scope) if now else None,
                met,
                wanted[0] if wanted else None,
                metric == Metric.RATE,
                metric == Metric.STALE,
            )
        )
    return found


def fired(weeks: Weeks, targets: Targets, key: str, scope: str = "all") -> list[Week]:
    """The weeks in which the rule of M5 would have fired, with these targets: the second bad one of each episode."""
    verdicts = {one.week: targets.verdict(key, one.share, scope) for one in weeks.complete(key, scope)}
    return [one.breached for one in episodes(verdicts) if one.breached]


def try_target(program: Program, key: str, value: Decimal, team: Team | None = None) -> list[Week]:
    """When the rule would have fired in the last 26 weeks, were this the target: asked before it is set (M5)."""
    targets = Targets(program, tried=Target(program=program, key=key, team=team, value=value))
    return fired(Weeks(program, count=HISTORY_WEEKS), targets, key, f"team:{team.pk}" if team else "all")


@dataclass
class HeatRow:
    """One rep: calls and emails in each week; None not due or not measured."""

    rep: Rep
    counts: list[int | None]


@dataclass
class HeatTeam:
    """The reps of one team; `median` is of the newest complete week."""

    team: Team
    rows: list[HeatRow] = field(default_factory=list)
    median: float | None = None


def heat(program: Program, weeks: Weeks, team: Team | None = None) -> list[HeatTeam]:
    """Calls and emails per rep and week, of the pilot too; reps ordered by the latest four weeks.

    Needs `with_reps` weeks.
    """
    reps = Rep.objects.of(program).counted().select_related("team", "program")
    if team is not None:
        reps = reps.filter(team=team)
    teams: dict[int, HeatTeam] = {}
    whole = [n for n, week in enumerate(weeks.weeks) if weeks.point(Metric.RATE, "all", week).is_complete]
    newest = whole[-1] if whole else None
    for rep in reps:
        counts: list[int | None] = []
        for week in weeks.weeks:
            facts = [weeks.facts.get((Metric.RATE, f"{kind}:{rep.pk}", str(week))) for kind in ("rep", "pilot")]
            counts.append(next((one.numerator for one in facts if one and one.denominator), None))
        teams.setdefault(rep.team_id, HeatTeam(rep.team)).rows.append(HeatRow(rep, counts))
    for one in teams.values():
        one.rows.sort(key=lambda row: (-sum(n or 0 for n in row.counts[-4:]), row.rep.number))
        counts = [row.counts[newest] for row in one.rows] if newest is not None else []
        latest = [n for n in counts if n is not None]
        one.median = median(latest) if latest else None
    return sorted(teams.values(), key=lambda one: (one.team.wave, one.team.name))


def missing_of(program: Program, team: Team | None = None) -> tuple[Counter[tuple[str, str]], date | None]:
    """How many records of the newest export of each object lack each field, by (object, field); the newest day."""
    newest: dict[str, Counting] = {}
    done = Counting.objects.of(program).exclude(object="activity").filter(finished_at__isnull=False)
    since = clock.today(program) - timedelta(weeks=HISTORY_WEEKS)
    for one in done.filter(as_of__gte=since).order_by("as_of", "pk"):
        newest[one.object] = one
    total: Counter[tuple[str, str]] = Counter()
    rows = RecordSummary.objects.filter(counting__in=[one.pk for one in newest.values()])
    objects = {one.pk: one.object for one in newest.values()}
    for summary in rows.filter(rep__team=team) if team else rows:
        for name, n in summary.missing.items():
            total[objects[summary.counting_id], name] += n
    return total, max((one.as_of for one in newest.values()), default=None)


def covered_to(program: Program) -> date | None:
    """The newest day of logging in any export."""
    newest = Activity.objects.of(program).order_by("-logged_on").values_list("logged_on", flat=True)
    return newest.first()
