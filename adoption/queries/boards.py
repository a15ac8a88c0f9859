"""The views of executives and the board (M8), each from a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from adoption import deals
from adoption.queries.audiences import (
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
    win_rate,
)
from adoption.queries.figures import newest_figures
from adoption.queries.pipeline import Closings, Scope, back, closings, months_of, open_deals, summed
from crmprogram.program import clock
from crmprogram.program.models import Program

MONTHS, QUARTERS = 7, 6


def executive(program: Program, scope: Scope) -> View:
    """New ARR, win rate, deal size, cycle, NRR by month."""
    today = clock.today(program)
    current = f"{today:%Y-%m}"
    periods = [back(current, n) for n in reversed(range(MONTHS))]
    closed = closings(program, date(int(periods[0][:4]), int(periods[0][5:]), 1), scope)
    figures, currency = newest_figures(program), program.currency
    of = {at: summed(closed, at) for at in periods}
    why = "No deal that closed is in the exports of these months: include won and lost deals."
    deal: dict[str, Any] = {"why": why, "current": current, "source": "CRM deal export", "since": "the month before"}
    view = View(Audience.EXECUTIVE, scope, f"{periods[-2]}, the newest whole month")
    view.numbers = [
        entered("new_arr", "New ARR", periods, figures, scope, current, currency),
        per_period(
            "adoption.win_rate",
            "Win rate",
            periods,
            lambda at: win_rate(of[at]),
            write=lambda value: f"{value}%",
            unit="percent",
            listed="closed",
            **deal,
        ),
        per_period(
            "adoption.deal_size",
            "Mean deal size",
            periods,
            lambda at: deal_size(of[at]),
            write=lambda value: money(int(value), currency),
            unit="money",
            listed="won",
            **deal,
        ),
        per_period(
            "adoption.cycle",
            "Sales cycle, days",
            periods,
            lambda at: cycle(of[at]),
            write=lambda value: f"{value:,.1f}",
            unit="days",
            listed="won",
            **deal,
        ),
        entered("nrr", "Net revenue retention", periods, figures, scope, current, currency),
    ]
    view.tables = [_periods(view, "months", "By month", "Month", periods, current)]
    return view


def board(program: Program, scope: Scope) -> View:
    """Pipeline coverage, ARR growth, NRR, CAC payback by quarter."""
    quarter = deals.quarter_of(clock.today(program))
    periods = [back(quarter, n) for n in reversed(range(QUARTERS))]
    figures, found = newest_figures(program), open_deals(program, scope)

    def newest(key: str, at: str) -> tuple[int | None, str]:
        months = [(figure_of(figures, key, month, scope), month) for month in reversed(months_of(at))]
        return next(((one[0], month) for one, month in months if one[0] is not None), (None, ""))

    def growth(at: str) -> tuple[Decimal | None, str]:
        (now, month), (before, _) = newest("arr", at), newest("arr", back(at, 1))
        if now is None or not before:
            return None, ""
        return percent_of(
            now - before, before
        ), f"{money(before, program.currency)} to {money(now, program.currency)} in {month}"

    def of_month(key: str, unit: str) -> Callable[[str], tuple[Decimal | None, str]]:
        def value(at: str) -> tuple[Decimal | None, str]:
            one, month = newest(key, at)
            return (Decimal(one) / 100 if one is not None else None), f"{unit}, {month}"

        return value

    common: dict[str, Any] = {
        "current": quarter,
        "source": "Entered figures",
        "since": "the quarter before",
        "is_shown_to_date": True,
    }
    view = View(Audience.BOARD, scope, f"{quarter} to date")
    view.numbers = [
        coverage(found, figures, scope, program),
        per_period(
            "adoption.arr_growth",
            "ARR growth",
            periods,
            growth,
            write=lambda value: f"{value:+.1f}%".replace("-", "−"),
            why="ARR is not entered for two quarters in a row: it is in no export of a CRM.",
            unit="percent",
            **common,
        ),
        per_period(
            "adoption.nrr",
            "Net revenue retention",
            periods,
            of_month("nrr", "entered"),
            write=lambda value: f"{value:.1f}%",
            why=enter("NRR", "any of these months", scope),
            unit="percent",
            **common,
        ),
        per_period(
            "adoption.cac_payback",
            "CAC payback, months",
            periods,
            of_month("cac_payback", "entered"),
            write=lambda value: f"{value:.1f}",
            why=enter("CAC payback", "any of these months", scope),
            unit="months",
            **common,
        ),
    ]
    view.tables = [_periods(view, "quarters", "By quarter", "Quarter", periods, quarter)]
    return view


def entered(
    key: str, label: str, periods: Sequence[str], figures: Figures, scope: Scope, current: str, currency: str
) -> Number:
    """A figure a person enters each month (M8)."""
    is_money = key == "new_arr"

    def value(at: str) -> tuple[Decimal | None, str]:
        one, source = figure_of(figures, key, at, scope)
        return (None, "") if one is None else (Decimal(one) if is_money else Decimal(one) / 100, source)

    return per_period(
        f"adoption.{key}",
        label,
        periods,
        value,
        unit="money" if is_money else "percent",
        write=lambda found: money(int(found), currency) if is_money else f"{found:.1f}%",
        why=enter(label, "any of these months", scope),
        current=current,
        source="Entered figures",
        since="the month before",
    )


def deal_size(one: Closings) -> tuple[Decimal | None, str]:
    """The mean amount of deals won that have one."""
    return (Decimal(round(one.amount / one.priced)) if one.priced else None), f"{one.priced:,} won with an amount"


def cycle(one: Closings) -> tuple[Decimal | None, str]:
    """The mean days from lead, or marked from deal creation, to won (M6)."""
    of = f"{one.cycles:,} won" + (", from deal creation" if one.marked else "")
    return (round(Decimal(one.days) / one.cycles, 1) if one.cycles else None), of


def _written(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value / 100:,.0f}" if unit == "money" else f"{value:,.1f}"


def _periods(view: View, key: str, title: str, head: str, periods: Sequence[str], current: str) -> Table:
    """The series of the numbers, newest first: the charts as a table."""
    shown = [one for one in view.numbers if any(value is not None for value in one.trend)]
    rows = [
        [
            Cell(at, at, note="to date" if at == current else ""),
            *(Cell(one.trend[n], _written(one.trend[n], one.unit)) for one in shown),
        ]
        for n, at in reversed(list(enumerate(periods)))
    ]
    units = {"money": "", "percent": ", %", "days": "", "months": ""}
    return Table(
        key,
        title,
        [head, *(f"{one.label}{units.get(one.unit, '')}" for one in shown)],
        rows if shown else [],
        "",
        "Nothing of this is measured yet.",
        frozenset(range(1, len(shown) + 1)),
    )
