"""The figures of the dashboard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from adoption.models import (
    Counting,
    Escalation,
    Metric,
    RecordSummary,
    Rep,
)
from adoption.queries.rules import Targets
from adoption.queries.weeks import HISTORY_WEEKS, Point, Weeks
from crmprogram.program import clock
from crmprogram.program.models import Program, Team


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
    def values(self) -> list[float | None]:
        """The trend for drawing, in percent or activities per rep."""
        return [one.mean if self.is_rate else one.percent for one in self.points]

    @property
    def partial(self) -> int | None:
        return partial_of(self.points)

    @property
    def goal(self) -> float | None:
        """The target for drawing."""
        return None if self.target is None else float(self.target)

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


def partial_of(points: Sequence[Point]) -> int | None:
    """The index of the week to date: the newest with data, when it is not complete."""
    measured = [n for n, one in enumerate(points) if one.share.whole]
    return measured[-1] if measured and not points[measured[-1]].is_complete else None


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
            if not targets.verdict(metric, one.share, scope, one.week):
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
                targets.verdict(metric, now.share, scope, now.week) if now else None,
                met,
                wanted[0] if wanted else None,
                metric == Metric.RATE,
                metric == Metric.STALE,
            )
        )
    return found


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


def heat(
    program: Program, weeks: Weeks, team: Team | None = None, among: Sequence[Rep] | None = None
) -> list[HeatTeam]:
    """Calls and emails per rep and week, of the pilot too; reps ordered by the latest four weeks.

    Needs weeks with the rate of reps; `among` are the counted reps, where they are known.
    """
    if among is None:
        rows = Rep.objects.of(program).counted().select_related("team")
        among = list(rows.only("program", "number", "team__program", "team__name", "team__wave"))
    reps = [one for one in among if team is None or one.team_id == team.pk]
    at = {str(week): n for n, week in enumerate(weeks.weeks)}
    logged: dict[str, list[int | None]] = defaultdict(lambda: [None] * len(at))
    for (key, scope, period), told in weeks.reps.items():
        if key == Metric.RATE and told.denominator:
            logged[scope.partition(":")[2]][at[period]] = told.numerator
    teams: dict[int, HeatTeam] = {}
    whole = [n for n, week in enumerate(weeks.weeks) if weeks.point(Metric.RATE, "all", week).is_complete]
    newest = whole[-1] if whole else None
    for rep in reps:
        if rep.team is not None:  # who is counted has one
            teams.setdefault(rep.team.pk, HeatTeam(rep.team)).rows.append(HeatRow(rep, logged[str(rep.pk)]))
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
