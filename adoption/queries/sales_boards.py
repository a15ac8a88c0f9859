"""The views of managers and VP sales (M8), each from a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from adoption import deals
from adoption.metrics import MIN_RECORDS, STALE_DAYS
from adoption.models import CrmRecord, Metric, Rep
from adoption.queries.audiences import (
    NO_DEALS,
    NOT_MEASURED,
    Audience,
    Cell,
    Figures,
    Number,
    Table,
    View,
    coverage,
    enter,
    figure_of,
    money,
    per_period,
    percent_of,
    series_of,
    target_scope,
    unmeasured,
    weekly,
    win_rate,
)
from adoption.queries.figures import FORECAST, QUOTA, newest_figures
from adoption.queries.pipeline import Closings, Open, Scope, back, closings, named, open_deals, summed, won_by_stage
from adoption.queries.rules import Targets
from adoption.queries.weeks import Weeks
from crmprogram.program import clock
from crmprogram.program.models import Program, Team

SHOWN_DEALS = 12
Closed = dict[tuple[str, int | None], Closings]
NO_CATEGORY = "The deal export has no forecast category: export it (Salesforce: ForecastCategory), or map its column."


def manager(
    program: Program, scope: Scope, weeks: Weeks, targets: Targets, reps: Sequence[Rep], url: Callable[..., str]
) -> View:
    """Pipeline by rep, the stalled deals by name, activity by rep against the benchmark. `reps` are all counted."""
    found = open_deals(program, scope)
    view = View(Audience.MANAGER, scope, f"week {weeks.this.number}")
    total = found.total()
    view.numbers = [
        weekly(weeks, targets, Metric.RATE, scope),
        _pipeline(found, program.currency),
        _stalled(found, targets, scope),
        weekly(weeks, targets, Metric.FIELDS, scope, listed="missing"),
        weekly(weeks, targets, Metric.DAILY, scope),
    ]
    mine = [one for one in reps if scope.teams is None or one.team in scope.teams]
    rows = [(one, found.by_rep[one.pk]) for one in mine if one.pk in found.by_rep]
    rows.sort(key=lambda row: (-row[1].amount, -row[1].open, row[0].number))
    most = max((one.amount for _, one in rows), default=0)
    pipeline = [
        [
            Cell(rep.code, rep.code, url("open", rep=rep.number), str(rep.team)),
            Cell(one.open, f"{one.open:,}"),
            Cell(
                one.amount,
                money(one.amount, program.currency),
                top=float(most) if most else None,
                note="" if one.priced == one.open else f"{one.open - one.priced} without an amount",
            ),
            Cell(one.stalled, f"{one.stalled:,}", url("stalled", rep=rep.number) if one.stalled else ""),
            Cell(one.lacking, f"{one.lacking:,}", url("incomplete", rep=rep.number) if one.lacking else ""),
            Cell(one.advanced, f"{one.advanced:,}", url("advanced", rep=rep.number) if one.advanced else ""),
        ]
        for rep, one in rows
    ]
    nobody = found.by_rep.get(None)
    note = f"export of {found.as_of:%d %b}" if found.as_of else ""
    if nobody and nobody.open:
        note += f"; {nobody.open} without an owner"
    view.tables = [
        Table(
            "pipeline",
            "Pipeline by rep",
            ["Rep", "Open deals", "Amount", "Stalled", "Lack a field", "Advanced"],
            pipeline,
            note,
            NO_DEALS,
            frozenset({1, 3, 4, 5}),
            frozenset({2}),
            "open",
        ),
        _stalled_deals(program, scope, found),
        _activity(weeks, targets, scope, mine, url),
    ]
    if total.open:
        view.period = f"week {weeks.this.number}, deals of {found.as_of:%d %b}"
    return view


def _pipeline(found: Open, currency: str) -> Number:
    total = found.total()
    if found.as_of is None:
        return unmeasured("adoption.pipeline", "Open pipeline", NO_DEALS)
    of = f"{total.open:,} open deals"
    if total.priced < total.open:
        of += f", {total.open - total.priced:,} without an amount"
    return Number(
        "adoption.pipeline",
        "Open pipeline",
        Decimal(total.amount),
        money(total.amount, currency),
        "money",
        of,
        f"{found.as_of:%d %b}",
        source="CRM deal export",
        as_of=found.as_of,
        listed="open",
    )


def _stalled(found: Open, targets: Targets, scope: Scope) -> Number:
    """The share of M4, from the deals themselves, so that the list behind it has as many rows."""
    limit = targets.value(Metric.STALE, target_scope(scope))
    target = f"< {limit.normalize():f}%" if limit is not None else ""
    total = found.total()
    value = percent_of(total.stalled, total.open)
    if value is None:
        return unmeasured("adoption.stale", f"Stalled {STALE_DAYS}+ days", NO_DEALS, target=target)
    return Number(
        "adoption.stale",
        f"Stalled {STALE_DAYS}+ days",
        value,
        f"{value}%",
        "percent",
        f"{total.stalled:,} of {total.open:,} open deals",
        f"{found.as_of:%d %b}",
        target,
        None if limit is None else 100 * total.stalled < limit * total.open,
        source="CRM deal export",
        as_of=found.as_of,
        listed="stalled",
    )


def _stalled_deals(program: Program, scope: Scope, found: Open) -> Table:
    title, columns = f"Stalled {STALE_DAYS} days or more", ["Deal", "Rep", "Stage", "Amount", "Days silent"]
    if found.as_of is None:
        return Table("stalled", title, columns, [], empty=NO_DEALS)
    rows = [
        [
            Cell(one.record_id, one.name or one.record_id),
            Cell(one.rep.code if one.rep else "", one.rep.code if one.rep else "nobody"),
            Cell(one.stage, one.stage or "–"),
            Cell(one.amount, money(one.amount, program.currency) if one.amount is not None else "–"),
            _silent(one, found.as_of),
        ]
        for one in named(program, "stalled", scope, as_of=found.as_of)[:SHOWN_DEALS]
    ]
    total = found.total().stalled
    note = (
        f"{total:,}, the longest silent first" if total <= SHOWN_DEALS else f"{SHOWN_DEALS} of {total:,}, longest first"
    )
    return Table(
        "stalled",
        title,
        columns,
        rows,
        note if total else "",
        "No open deal is stalled.",
        frozenset({3, 4}),
        listed="stalled",
    )


def _silent(one: CrmRecord, as_of: date) -> Cell:
    if one.touched_on is None:
        return Cell(None, "never touched")
    days = (as_of - one.touched_on).days
    return Cell(days, f"{days:,}")


def _activity(weeks: Weeks, targets: Targets, scope: Scope, reps: Sequence[Rep], url: Callable[..., str]) -> Table:
    """Calls and emails of each rep in the newest complete week against the benchmark of their team (M3)."""
    whole = [one.week for one in series_of(weeks, Metric.RATE, scope) if one.is_complete and one.share.whole]
    rows = []
    for rep in reps if whole else []:
        points = [weeks.point(Metric.RATE, f"rep:{rep.pk}", week) for week in whole[-4:]]
        if not points[-1].share.whole:
            continue
        count, limit = points[-1].share.part, targets.value(Metric.RATE, f"team:{rep.team_id}")
        known = [one.share.part for one in points if one.share.whole]
        days = weeks.point(Metric.DAILY, f"rep:{rep.pk}", whole[-1]).share
        ok = None if limit is None else count >= limit
        rows.append(
            [
                Cell(rep.code, rep.code, url("", rep=rep.number), str(rep.team)),
                Cell(count, f"{count:,}", limit=float(limit) if limit is not None else None, ok=ok),
                Cell(sum(known) / len(known), f"{sum(known) / len(known):,.1f}"),
                Cell(days.part, f"{days.part} of {days.whole}"),
            ]
        )
    rows.sort(key=lambda row: (row[1].value, row[0].value))
    top = max([row[1].value for row in rows] + [row[1].limit or 0 for row in rows], default=0) * 1.15
    for row in rows:
        one = row[1]
        row[1] = Cell(one.value, one.text, top=top, limit=one.limit, ok=one.ok)
    week = f"week {whole[-1].number}, " if whole else ""
    has_limit = any(row[1].limit is not None for row in rows)
    note = f"{week}calls and emails; " + ("the tick is the team's benchmark" if has_limit else "no benchmark is set")
    return Table(
        "activity",
        "Activity by rep",
        ["Rep", "Logged", "Mean of 4 weeks", "Days active"],
        rows,
        note,
        "No week of activity is complete yet: import an export of activities.",
        frozenset({2, 3}),
        frozenset({1}),
    )


def sales(
    program: Program, scope: Scope, weeks: Weeks, targets: Targets, teams: Sequence[Team], url: Callable[..., str]
) -> View:
    """Coverage, win rate by stage, forecast against commit, teams side by side. `teams` are those of the scope."""
    today = clock.today(program)
    quarter = deals.quarter_of(today)
    first = date(int(back(quarter, 3)[:4]), 3 * int(back(quarter, 3)[-1]) - 2, 1)
    found, closed = open_deals(program, scope), closings(program, first, scope)
    figures = newest_figures(program)
    view = View(Audience.SALES, scope, f"{quarter} to date, week {weeks.this.number}")
    periods = [back(quarter, n) for n in reversed(range(4))]
    view.numbers = [
        coverage(found, figures, scope, program),
        per_period(
            "adoption.win_rate",
            "Win rate",
            periods,
            lambda at: win_rate(summed(closed, at)),
            write=lambda value: f"{value}%",
            why="No deal that closed is in the exports: include won and lost deals.",
            current=quarter,
            unit="percent",
            source="CRM deal export",
            since="the quarter before",
            listed="closed",
            is_shown_to_date=True,
        ),
        _commit(program, found, summed(closed, quarter).amount, figures, quarter, scope),
        _stalled(found, targets, scope),
        weekly(weeks, targets, Metric.WEEKLY, scope),
    ]
    stages = won_by_stage(program, first, scope)
    view.tables = [
        Table(
            "stages",
            "Win rate by stage",
            ["Stage", "Won of those that closed", "Closed", "Won"],
            [
                [
                    Cell(one.stage, one.stage),
                    Cell(
                        rate := percent_of(one.won, one.closed),
                        f"{rate}%",
                        top=100,
                        note="small" if one.closed < MIN_RECORDS else "",
                    ),
                    Cell(one.closed, f"{one.closed:,}"),
                    Cell(one.won, f"{one.won:,}"),
                ]
                for one in stages
            ],
            f"deals closed since {first:%d %b %Y}, by the stages an export showed them in",
            "No deal that closed was seen open before: a stage is known from the export in which a deal stood in it. "
            "Import the exports of the weeks before, oldest first.",
            frozenset({2, 3}),
            frozenset({1}),
        ),
        _forecast(program, scope, found, closed, figures, quarter, teams),
        _side_by_side(program, weeks, targets, teams, found, closed, figures, quarter, url),
    ]
    return view


def _commit(program: Program, found: Open, won: int, figures: Figures, quarter: str, scope: Scope) -> Number:
    """What is won and committed, of the forecast that was entered at the start of the quarter."""
    label = "Forecast against commit"
    forecast, source = figure_of(figures, FORECAST, quarter, scope)
    if found.as_of is None:
        return unmeasured("adoption.commit", label, NO_DEALS)
    if not found.has_forecast:
        return unmeasured("adoption.commit", label, NO_CATEGORY)
    if not forecast:
        return unmeasured("adoption.commit", label, enter("The forecast", quarter, scope))
    sure = won + found.total().promised
    value = Decimal(100 * sure) / forecast
    return Number(
        "adoption.commit",
        label,
        round(value, 1),
        f"{value:.0f}%",
        "percent",
        f"{money(sure, program.currency)} won and committed of {money(forecast, program.currency)}",
        quarter,
        "≥ 100%",
        sure >= forecast,
        source=f"CRM deal export; {source}",
        as_of=found.as_of,
        listed="committed",
    )


def _forecast(
    program: Program, scope: Scope, found: Open, closed: Closed, figures: Figures, quarter: str, teams: Sequence[Team]
) -> Table:
    rows = []
    for name, one in [("All of these", scope), *((one.name, Scope(one.name, (one,))) for one in teams)]:
        ids = None if one is scope else [team.pk for team in one.teams or ()]
        forecast, _ = figure_of(figures, FORECAST, quarter, one)
        won, total = summed(closed, quarter, ids).amount, found.total(ids)
        sure = won + total.promised
        rows.append(
            [
                Cell(name, name),
                Cell(forecast, money(forecast, program.currency) if forecast is not None else "not entered"),
                Cell(won, money(won, program.currency)),
                Cell(total.promised, money(total.promised, program.currency) if found.has_forecast else NOT_MEASURED),
                _gap(sure - forecast if forecast is not None and found.has_forecast else None, program.currency),
            ]
        )
    return Table(
        "forecast",
        "Forecast against commit",
        ["Team", "Forecast", "Won", "Committed, open", "Gap"],
        rows if found.as_of else [],
        f"{quarter}; the gap is won and committed less the forecast"
        + ("" if found.has_forecast else ". " + NO_CATEGORY),
        NO_DEALS,
        frozenset({1, 2, 3, 4}),
        listed="committed",
    )


def _gap(minor: int | None, currency: str) -> Cell:
    if minor is None:
        return Cell(None, "–")
    return Cell(minor, f"{'−' if minor < 0 else '+'}{money(abs(minor), currency)}", ok=minor >= 0)


def _side_by_side(
    program: Program,
    weeks: Weeks,
    targets: Targets,
    teams: Sequence[Team],
    found: Open,
    closed: Closed,
    figures: Figures,
    quarter: str,
    url: Callable[..., str],
) -> Table:
    rows = []
    for team in teams:
        one, ids = Scope(team.name, (team,)), [team.pk]
        total, results = found.total(ids), summed(closed, quarter, ids)
        daily = weekly(weeks, targets, Metric.DAILY, one)
        rate = weekly(weeks, targets, Metric.RATE, one)
        quota, _ = figure_of(figures, QUOTA, quarter, one)
        stalled, win = percent_of(total.stalled, total.open), percent_of(results.won, results.closed)
        covered = Decimal(total.amount) / quota if quota else None
        rows.append(
            [
                Cell(team.name, team.name, url("", team=team.pk), f"wave {team.wave}"),
                Cell(daily.value, daily.text, ok=daily.ok),
                Cell(rate.value, rate.text, ok=rate.ok),
                Cell(total.open, f"{total.open:,}", url("open", team=team.pk) if total.open else ""),
                Cell(stalled, _percent(stalled), url("stalled", team=team.pk) if total.stalled else ""),
                Cell(win, _percent(win), note=f"{results.won} of {results.closed}"),
                Cell(covered and round(covered, 2), f"{covered:.1f}×" if covered is not None else "no quota"),
            ]
        )
    return Table(
        "teams",
        "Teams side by side",
        ["Team", "Daily active", "Calls, emails per rep", "Open deals", "Stalled", "Win rate", "Coverage"],
        rows,
        f"weeks: the newest that is complete; deals: {quarter}",
        "No team has a rep yet.",
        frozenset(range(1, 7)),
    )


def _percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{value}%"


def cohorts(weeks: Weeks, waves: Sequence[Scope]) -> Table:
    """Daily active of each wave by week since its go-live: waves beside one another (M1, M9)."""
    rows, length = [], 0
    for wave in waves:
        points = series_of(weeks, Metric.DAILY, wave)
        start = next((n for n, one in enumerate(points) if one.share.whole), None)
        if start is None:
            continue
        cells = [
            Cell(one.percent, "–")
            if one.percent is None
            else Cell(one.percent, f"{one.percent:.0f}%", note="" if one.is_complete else "to date")
            for one in points[start:]
        ]
        length = max(length, len(cells))
        rows.append([Cell(wave.label, wave.label, note=", ".join(one.name for one in wave.teams or ())), *cells])
    rows = [row + [Cell(None, "")] * (length + 1 - len(row)) for row in rows]
    return Table(
        "cohorts",
        "Cohorts by wave",
        ["Wave", *(f"Week {n + 1}" for n in range(length))],
        rows,
        "daily active, by week since the wave was first measured here",
        "No wave has a measured week yet.",
        frozenset(range(1, length + 1)),
    )
