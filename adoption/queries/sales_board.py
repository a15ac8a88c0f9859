"""The view of the VP sales (M8) from a fixed number of queries: forecast, teams side by side, cohorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from adoption import deals
from adoption.metrics import MIN_RECORDS
from adoption.models import Metric
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
    unmeasured,
    weekly,
    win_rate,
)
from adoption.queries.figures import FORECAST, QUOTA, newest_figures
from adoption.queries.manager_board import stalled
from adoption.queries.pipeline import Closings, Open, Scope, back, closings, open_deals, summed, won_by_stage
from adoption.queries.rules import Targets
from adoption.queries.weeks import Weeks
from crmprogram.program import clock
from crmprogram.program.models import Program, Team

Closed = dict[tuple[str, int | None], Closings]
NO_CATEGORY = "The deal export has no forecast category: export it (Salesforce: ForecastCategory), or map its column."


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
        stalled(found, targets, scope),
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
