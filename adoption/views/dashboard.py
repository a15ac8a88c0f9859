"""The adoption dashboard, its table, targets and escalations (M1 to M5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from adoption import charts, queries
from adoption.forms import ConfirmWeekForm
from adoption.forms_escalations import AcknowledgeForm
from adoption.metrics import Share, Week
from adoption.models import ActivityWeek, Escalation, Metric, Rep
from adoption.queries import Point, Targets, Weeks
from adoption.services import targets
from crmprogram.intake.fields import FIELDS
from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Team
from crmprogram.web.downloads import csv_response
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from phases.registry import CHECKS

RANGES = (6, 12, 26)
LATE = timedelta(days=14)  # so long the dashboard says that a week was computed again
SHOWN = 2  # escalations on the dashboard; the log has all


class AdoptionView(ProgramView):
    """Base: the chosen team and range of weeks."""

    action = "adoption.view"

    def teams(self) -> list[Team]:
        return list(Team.objects.of(self.program).filter(reps__state="counted").distinct())

    def chosen(self) -> tuple[Team | None, int]:
        """The team and number of weeks in the query; what is not there is the default."""
        given, count = (whole_number(self.request.GET.get(name, "")) for name in ("team", "weeks"))
        team = Team.objects.of(self.program).filter(pk=given).first() if given else None
        return team, count if count in RANGES else 12


class Dashboard(AdoptionView):
    """Are they using it? The findings first, then the trends behind them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        team, count = self.chosen()
        scope = f"team:{team.pk}" if team else "all"
        weeks, own = Weeks(self.program, count=count, of_reps=[Metric.RATE]), Targets(self.program)
        standing = self.look.adoption.standing
        teams = self.teams()
        wanted = [one for one in standing if team is None or one.team_id in {None, team.pk}]
        wanted.sort(key=lambda one: (not one.is_unanswered, one.team_id is not None, -one.number))
        for one in wanted:
            one.program = self.program
        found = queries.leading(weeks, own, wanted, scope)
        gate = self.look.params_of(CHECKS["adoption.daily_active"], 4, {})
        missing, missing_on = queries.missing_of(self.program, team)
        newest = max((one.now.week for one in found if one.now), default=None)
        gaps = sum(missing.values())
        return self.page(
            "adoption/dashboard.html",
            team=team,
            teams=teams,
            count=count,
            ranges=RANGES,
            scope=scope,
            leading=[(one, charts.spark_of(one.values, one.goal, partial=one.partial)) for one in found],
            has_data=bool(weeks.facts),
            newest=newest,
            escalations=[
                (one, n == 0 and self.may_acknowledge(one), "unmet" if one.is_unanswered else "warn")
                for n, one in enumerate(wanted[:SHOWN])
            ],
            more=len(wanted) - SHOWN,
            form=AcknowledgeForm(program=self.program),
            chart=_activity(weeks, own, scope, gate.percent),
            late=[one for one in weeks.of_activity.values() if one.late_at and clock.now() - one.late_at < LATE],
            doubtful=[one for one in weeks.of_activity.values() if one.is_doubtful],
            fields=_fields(weeks, own, [team] if team else teams),
            hygiene=_hygiene(weeks, own, [team] if team else teams),
            heat=_heat(self.program, weeks, team) if self.can("adoption.by_rep") else None,
            may_read_reps=self.can("adoption.by_rep"),
            missing=[
                (_label(object_, name), f"{object_}s", n, 100 * n // gaps, name)
                for (object_, name), n in missing.most_common(6)
            ],
            most_missing=max(missing.values(), default=0),
            missing_on=missing_on,
            unknown=self.look.adoption.unknown,
            daily=Metric.DAILY,
        )

    def may_acknowledge(self, one: Escalation) -> bool:
        return one.is_unanswered and self.can("adoption.acknowledge")


def _label(object_: str, name: str) -> str:
    return next((one.label for one in FIELDS[object_] if one.name == name), name)


def _activity(weeks: Weeks, own: Targets, scope: str, gate: Decimal) -> dict[str, Any] | None:
    """The trend: a still chart, the same as a figure of Plotly, and its numbers; None without any."""
    lines = {"daily": weeks.series(Metric.DAILY, scope), "weekly": weeks.series(Metric.WEEKLY, scope)}
    daily, pilot = lines["daily"], 0
    if scope == "all":
        for name, key in (("pilot_daily", Metric.DAILY), ("pilot_weekly", Metric.WEEKLY)):
            live = [one.share.whole for one in weeks.series(key, scope)]
            points = zip(weeks.series(key, "pilot"), live, strict=True)
            lines[name] = [Point(one.week, Share()) if whole else one for one, whole in points]
        first = next((n for n, one in enumerate(daily) if one.share.whole), 0)
        pilot = first if any(one.share.whole for one in lines["pilot_daily"][:first]) else 0
    if not any(one.share.whole for points in lines.values() for one in points):
        return None
    partial = queries.partial_of(daily)
    periods = [str(week) for week in weeks.weeks]
    wanted = [(own.value(Metric.WEEKLY, scope), "weekly"), (own.value(Metric.DAILY, scope), "daily")]
    targets = charts.joined([(float(value), text) for value, text in [*wanted, (gate, "Gate 4")]])
    doubts = {str(one.week): one.doubt for one in daily if one.doubt}
    has_pilot = any(one.share.whole for one in lines.get("pilot_daily", []))
    columns = [lines[name] for name in ("daily", "weekly", *(("pilot_daily", "pilot_weekly") if has_pilot else ()))]
    return {
        "chart": charts.activity(
            periods, {name: [one.percent for one in points] for name, points in lines.items()},
            partial=partial, targets=targets, pilot_weeks=pilot,
        ),
        "figure": charts.trend(
            periods, {name: [_trend_week(one, name) for one in lines[name]] for name in charts.LINES if name in lines},
            targets=targets, pilot_weeks=pilot, doubts=doubts,
        ),
        "rows": [
            {"week": points[0].week, "points": points, "note": points[0].doubt or _to_date(points[0])}
            for points in reversed(list(zip(*columns, strict=True)))
        ],
        "has_pilot": has_pilot,
        "said": ", ".join(f"{one.week} {one.percent:.0f}" for one in daily if one.percent is not None),
        "daily": _last(daily),
        "weekly": _last(lines["weekly"]),
    }  # fmt: skip


def _trend_week(one: Point, line: str) -> charts.TrendWeek:
    words = "rep-days" if line.endswith("daily") else "reps"
    said = f"{one.share.part:,} of {one.share.whole:,} {words}"
    return charts.TrendWeek(one.percent, said, not one.is_complete and one.share.whole > 0)


def _to_date(one: Point) -> str:
    return "to date" if one.share.whole and not one.is_complete else ""


def _last(points: Sequence[Point]) -> Point | None:
    return next((one for one in reversed(points) if one.share.whole and one.is_complete), None)


def _fields(weeks: Weeks, own: Targets, teams: Sequence[Team]) -> dict[str, Any]:
    """Required fields, one small chart per team, on one axis."""
    series = [(team, weeks.series(Metric.FIELDS, f"team:{team.pk}")) for team in teams]
    series = [(team, points) for team, points in series if any(one.share.whole for one in points)]
    target = own.value(Metric.FIELDS)
    low = charts.floor_of([[one.percent for one in points] for _, points in series], float(target))
    rows = []
    for team, points in series:
        scope = f"team:{team.pk}"
        verdicts = [own.verdict(Metric.FIELDS, one.share, scope, one.week) for one in points]
        chart = charts.small(
            [one.percent for one in points], float(own.value(Metric.FIELDS, scope)),
            bad=[one is False for one in verdicts], low=low, partial=queries.partial_of(points),
        )  # fmt: skip
        latest = next((one for one in reversed(points) if one.share.whole), None)
        rows.append(
            {"team": team, "chart": chart, "latest": latest, "ok": own.verdict(Metric.FIELDS, latest.share, scope)}
        )
    objects = [(f"{one.scope.partition(':')[2]}s", one) for one in weeks.by_object()]
    return {
        "rows": rows,
        "low": low,
        "target": target,
        "objects": objects,
        "weeks": weeks.weeks,
        "last": weeks.weeks[-1],
    }


def _hygiene(weeks: Weeks, own: Targets, teams: Sequence[Team]) -> list[dict[str, Any]]:
    """Stale open deals by team, the newest export of each (M4)."""
    rows = []
    for team in teams:
        scope = f"team:{team.pk}"
        latest = next((one for one in reversed(weeks.series(Metric.STALE, scope)) if one.share.whole), None)
        if latest:
            verdict, limit = own.verdict(Metric.STALE, latest.share, scope), own.value(Metric.STALE, scope)
            rows.append({"team": team, "point": latest, "ok": verdict, "limit": limit})
    return rows


def _heat(program: Any, weeks: Weeks, team: Team | None) -> Any:
    found = queries.heat(program, weeks, team)
    blocks = [
        (
            one.team.name,
            f"median {one.median:g}" if one.median is not None else "",
            [row.counts for row in one.rows],
        )
        for one in found
    ]
    if not any(n is not None for _, _, reps in blocks for counts in reps for n in counts):
        return None
    return charts.heat([str(week) for week in weeks.weeks], blocks)


class Table(AdoptionView):
    """Everything the charts show, as numbers: weeks down, metrics across; reps by code below."""

    def get(self, request: HttpRequest) -> HttpResponse:
        team, count = self.chosen()
        scope = f"team:{team.pk}" if team else "all"
        weeks = Weeks(self.program, count=count, of_reps=[Metric.RATE])
        return self.page(
            "adoption/table.html",
            team=team,
            teams=self.teams(),
            count=count,
            ranges=RANGES,
            metrics=list(Metric),
            rows=[
                (week, [weeks.point(key, scope, week) for key in Metric], weeks.of_activity.get(str(week)))
                for week in reversed(weeks.weeks)
            ],
            weeks=weeks.weeks,
            heat=queries.heat(self.program, weeks, team) if self.can("adoption.by_rep") else [],
            rate=Metric.RATE,
        )


class TableFile(AdoptionView):
    """The weekly facts as CSV: one row per week, metric and scope; reps by code (X4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _, count = self.chosen()
        weeks = Weeks(self.program, count=count, of_reps=Metric.values if self.can("adoption.by_rep") else ())
        names = {f"team:{one.pk}": one.name for one in Team.objects.of(self.program)}
        for one in Rep.objects.of(self.program):
            names |= {f"rep:{one.pk}": one.code, f"pilot:{one.pk}": f"{one.code}, pilot"}
        rows: list[list[Any]] = [["Week", "Metric", "Scope", "Numerator", "Denominator", "Complete", "Note"]]
        for (key, scope, period), fact in sorted(
            (weeks.facts | weeks.reps).items(), key=lambda one: (one[0][2], one[0][0], one[0][1])
        ):
            point = weeks.point(key, scope, Week.read(period))
            note = point.doubt or ("" if fact.denominator else "not measured")
            rows.append(
                [period, Metric(key).label, names.get(scope, scope), fact.numerator, fact.denominator,
                 "yes" if point.is_complete else "to date", note]
            )  # fmt: skip
        return csv_response(f"adoption-{self.program.slug}.csv", rows)


class ConfirmWeek(AdoptionView):
    """A person says that the data of a doubtful week is right (M5)."""

    post_action = "adoption.import"

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        return self.shown(period)

    def shown(self, period: str, status: int = 200, **more: Any) -> HttpResponse:
        week = get_object_or_404(ActivityWeek.objects.of(self.program), period=period)
        return self.page("adoption/week.html", status=status, week=week, **({"form": ConfirmWeekForm()} | more))

    def post(self, request: HttpRequest, period: str) -> HttpResponse:
        week = get_object_or_404(ActivityWeek.objects.of(self.program), period=period)
        form = ConfirmWeekForm(request.POST)
        if not form.is_valid():
            return self.shown(period, 422, form=form)
        try:
            targets.confirm_week(week=week, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(period, exc.status, form=form, error=exc)
        return self.done("adoption:dashboard", message=f"{period} is measured now.")
