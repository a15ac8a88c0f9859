"""The view of a manager (M8) from a fixed number of queries: whose deals stand, who logs what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from adoption.metrics import STALE_DAYS
from adoption.models import CrmRecord, Metric, Rep
from adoption.queries.audiences import (
    NO_DEALS,
    Audience,
    Cell,
    Number,
    Table,
    View,
    money,
    percent_of,
    series_of,
    target_scope,
    unmeasured,
    weekly,
)
from adoption.queries.pipeline import Open, Scope, named, open_deals
from adoption.queries.rules import Targets
from adoption.queries.weeks import Weeks
from crmprogram.program.models import Program

SHOWN_DEALS = 12


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
        stalled(found, targets, scope),
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


def stalled(found: Open, targets: Targets, scope: Scope) -> Number:
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
