"""The view of one audience, built for a page, its file or its endpoint alike (M8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adoption.models import Metric, Rep
from adoption.queries.audiences import Audience, Cell, Number, Table, View
from adoption.queries.boards import board, executive
from adoption.queries.manager_board import manager
from adoption.queries.own_row import own_row
from adoption.queries.pipeline import Scope
from adoption.queries.rules import Targets
from adoption.queries.sales_board import cohorts, sales
from adoption.queries.weeks import Weeks
from crmprogram.program.models import Program, Team

WEEKLY = frozenset({Audience.MANAGER, Audience.SALES, Audience.REP})


def no_url(kind: str, **changes: Any) -> str:
    """Where nothing links to a list: in a file, or over REST."""
    return ""


@dataclass
class Built:
    """A view with the weeks and the targets it was built from."""

    view: View
    weeks: Weeks
    targets: Targets
    reps: Sequence[Rep] = ()


def scope_of(teams: Sequence[Team], team: int = 0, wave: int = 0) -> Scope:
    """One team, the teams of a wave, or all; what is not there is all."""
    if one := next((one for one in teams if one.pk == team), None):
        return Scope(one.name, (one,))
    if mine := tuple(one for one in teams if one.wave == wave):
        return Scope(f"wave {wave}", mine)
    return Scope()


def waves_of(teams: Sequence[Team]) -> list[int]:
    return sorted({one.wave for one in teams})


def build(
    program: Program,
    audience: Audience,
    scope: Scope,
    *,
    teams: Sequence[Team],
    count: int = 12,
    url: Callable[..., str] = no_url,
    rep: Rep | None = None,
) -> Built:
    """The numbers and tables of an audience; that of a rep needs the `rep`."""
    of_reps = [Metric.RATE, Metric.DAILY] if audience in {Audience.MANAGER, Audience.REP} else []
    weeks, targets = Weeks(program, count=count, of_reps=of_reps), Targets(program)
    reps: list[Rep] = []
    mine = [one for one in teams if scope.teams is None or one in scope.teams]
    if audience == Audience.REP:
        assert rep is not None
        view: View = own_row(program, rep, weeks, targets, url)
    elif audience == Audience.MANAGER:
        reps = list(Rep.objects.of(program).counted().select_related("team"))
        view = manager(program, scope, weeks, targets, reps, url)
    elif audience == Audience.SALES:
        view = sales(program, scope, weeks, targets, mine, url)
    elif audience == Audience.EXECUTIVE:
        view = executive(program, scope)
        view.tables.append(cohorts(weeks, [scope_of(mine, wave=one) for one in waves_of(mine)]))
    else:
        view = board(program, scope)
    return Built(view, weeks, targets, reps)


def as_data(view: View) -> dict[str, Any]:
    """The view as plain values, for REST."""
    return {
        "audience": str(view.audience),
        "scope": view.scope.label,
        "period": view.period,
        "numbers": [_number(one) for one in view.numbers],
        "tables": [_table(one) for one in view.tables],
    }


def _number(one: Number) -> dict[str, Any]:
    names = ("key", "label", "value", "text", "unit", "of", "period", "target", "why", "source", "as_of", "change")
    return {**{name: getattr(one, name) for name in names}, "at_target": one.ok, "is_to_date": one.is_to_date,
            "trend": list(one.trend)}  # fmt: skip


def _table(one: Table) -> dict[str, Any]:
    return {
        "key": one.key, "title": one.title, "note": one.note, "columns": one.columns,
        "rows": [[_plain(cell) for cell in row] for row in one.rows], "empty": "" if one.rows else one.empty,
    }  # fmt: skip


def _plain(cell: Cell) -> str | int | float | None:
    if cell.value is None or isinstance(cell.value, str | int | float):
        return cell.value
    return str(cell.value)


def as_rows(view: View) -> list[list[Any]]:
    """The view as the rows of a file: its numbers, then each table under its title."""
    rows: list[list[Any]] = [["Number", "Value", "Made of", "Period", "Target", "At target", "Why not", "Source"]]
    verdicts = {True: "yes", False: "no", None: ""}
    for one in view.numbers:
        value = one.text if one.value is None else one.value / 100 if one.unit == "money" else one.value
        rows.append([one.label, value, one.of, one.period, one.target, verdicts[one.ok], one.why, one.source])
    for table in view.tables:
        rows += [[], [table.title], table.columns, *([cell.text for cell in row] for row in table.rows)]
        if not table.rows:
            rows.append([table.empty])
    return rows
