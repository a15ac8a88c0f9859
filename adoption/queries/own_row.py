"""A rep's own row: what to do first, and what was done today and this week (M8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from adoption.events import owner_key
from adoption.metrics import CONTACTING, Week
from adoption.models import CrmRecord, Metric, OwnerName, Rep
from adoption.queries.audiences import (
    NO_DEALS,
    Audience,
    Cell,
    Number,
    Table,
    View,
    money,
    percent_of,
    unmeasured,
)
from adoption.queries.pipeline import Scope, TaskDue, logged_in_week, named, names_of, open_deals, tasks_due
from adoption.queries.rules import Targets
from adoption.queries.weeks import Weeks
from crmprogram.intake.fields import fields_of
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program
from crmprogram.program.together import fill

SHOWN = 8
NO_ACTIVITY = "No export of activities reaches this week: it shows once Sales Ops counts one."


@dataclass(frozen=True)
class Todo:
    """One thing a rep does first: `kind` task, stalled or field; what it is called, and why now."""

    kind: str
    title: str
    why: str
    is_late: bool = False


@dataclass
class OwnRow(View):
    rep: Rep | None = None
    todo: list[Todo] = field(default_factory=list)
    more: list[tuple[str, str]] = field(default_factory=list)


def own_row(program: Program, rep: Rep, weeks: Weeks, targets: Targets, url: Callable[..., str]) -> OwnRow:
    """The row of one rep, their other names included."""
    ids = names_of(rep)
    scope, today = Scope(rep.code, None, ids), clock.today(program)
    found, week = open_deals(program, scope), weeks.this
    logged = logged_in_week(program, ids, week)
    due = tasks_due(program, ids)
    stalled = named(program, "stalled", scope, as_of=found.as_of)[: SHOWN + 1]
    missing = named(program, "missing", scope, as_of=found.as_of)[: SHOWN + 1]
    fill(stalled, missing)
    total = found.total()
    view = OwnRow(Audience.REP, scope, f"{today:%a %d %b}, week {week.number}", rep=rep)
    is_covered = str(week) in weeks.of_activity
    view.numbers = [
        _tasks(due, is_covered or bool(due)),
        _contacts(logged, rep, weeks, targets, is_covered),
        _of_deals("adoption.advanced", "Deals advanced", total.advanced, total.open, found.as_of, "advanced"),
        _of_deals("adoption.stale", "Stalled 14+ days", total.stalled, total.open, found.as_of, "stalled", is_bad=True),
        _of_deals(
            "adoption.incomplete",
            "Deals that lack a field",
            total.lacking,
            total.open,
            found.as_of,
            "incomplete",
            is_bad=True,
        ),
    ]
    view.todo = [
        *(
            Todo("task", f"{one.kind.capitalize()} {one.event_id}", f"due {_ago(one.due_on, today)}", one.is_late)
            for one in due[:SHOWN]
        ),
        *(Todo("stalled", _deal(one, program), _silent(one, found.as_of or today)) for one in stalled[:SHOWN]),
        *(Todo("field", _deal(one, program), f"lacks {_fields(one)}") for one in missing[:SHOWN]),
    ]
    late = sum(one.is_late for one in due)
    view.heading = _heading(len(due), late, total.stalled, total.lacking)
    if len(due) > SHOWN:
        view.more.append((f"{len(due):,} tasks in all", ""))
    if len(stalled) > SHOWN:
        view.more.append((f"{total.stalled:,} stalled deals in all", url("stalled", rep=rep.number)))
    if len(missing) > SHOWN:
        view.more.append(("All records that lack a field", url("missing", rep=rep.number)))
    view.tables = [_days(logged, week, today, is_covered), _weeks(rep, weeks, targets)]
    return view


def _heading(due: int, late: int, stalled: int, lacking: int) -> str:
    """What waits, in one line."""
    said = []
    if due:
        said.append(f"{due:,} {'task' if due == 1 else 'tasks'} due" + (f", {late:,} overdue" if late else ""))
    if stalled:
        said.append(f"{stalled:,} stalled {'deal' if stalled == 1 else 'deals'}")
    if lacking:
        said.append(f"{lacking:,} {'deal lacks' if lacking == 1 else 'deals lack'} a field")
    return "; ".join(said) or "Nothing waits for you"


def _deal(one: CrmRecord, program: Program) -> str:
    amount = f", {money(one.amount, program.currency)}" if one.amount is not None else ""
    return f"{one.name or f'{one.object} {one.record_id}'}{amount}"


def _fields(one: CrmRecord) -> str:
    labels = fields_of(one.object)
    return ", ".join(labels[name].label.lower() if name in labels else name for name in one.missing)


def _silent(one: CrmRecord, as_of: date) -> str:
    return "no update is known" if one.touched_on is None else f"no update for {(as_of - one.touched_on).days} days"


def _ago(day: date, today: date) -> str:
    if day == today:
        return "today"
    days = (today - day).days
    return f"{days} {'day' if days == 1 else 'days'} ago"


def _tasks(due: Sequence[TaskDue], is_known: bool) -> Number:
    if not is_known:
        return unmeasured("adoption.tasks_due", "Tasks due today", NO_ACTIVITY)
    late, count = sum(one.is_late for one in due), len(due)
    of = f"{late} of them overdue" if late else "none overdue"
    return Number(
        "adoption.tasks_due",
        "Tasks due today",
        Decimal(count),
        f"{count:,}",
        "count",
        of,
        "today",
        source="CRM activity export",
    )


def _contacts(logged: dict, rep: Rep, weeks: Weeks, targets: Targets, is_covered: bool) -> Number:
    """Calls and emails this week to date, against the team's benchmark (M3)."""
    limit = targets.value(Metric.RATE, f"team:{rep.team_id}")
    target = f"benchmark {limit.normalize():f} a week" if limit is not None else ""
    if not is_covered:
        return unmeasured("adoption.contacts", "Calls and emails", NO_ACTIVITY, target=target)
    count = sum(n for kinds in logged.values() for kind, n in kinds.items() if kind in CONTACTING)
    points = [weeks.point(Metric.RATE, f"rep:{rep.pk}", week) for week in weeks.weeks]
    trend = tuple(one.share.part if one.share.whole else None for one in points)
    partial = len(points) - 1 if points[-1].share.whole and not points[-1].is_complete else None
    return Number(
        "adoption.contacts",
        "Calls and emails",
        Decimal(count),
        f"{count:,}",
        "count",
        "logged this week",
        "to date",
        target,
        source="CRM activity export",
        is_to_date=True,
        trend=trend,
        partial=partial,
        goal=float(limit) if limit is not None else None,
    )


def _of_deals(
    key: str, label: str, count: int, whole: int, as_of: date | None, listed: str, *, is_bad: bool = False
) -> Number:
    if as_of is None:
        return unmeasured(key, label, NO_DEALS)
    return Number(
        key,
        label,
        Decimal(count),
        f"{count:,}",
        "count",
        f"of {whole:,} open deals",
        f"export of {as_of:%d %b}",
        ok=(not count) if is_bad else None,
        source="CRM deal export",
        as_of=as_of,
        listed=listed if count else "",
    )


def _days(logged: dict[date, dict[str, int]], week: Week, today: date, is_covered: bool) -> Table:
    """What was logged on each day of this week, by the day it was logged (M1)."""
    rows = []
    for day in week.days:
        if day > today or (day.weekday() > 4 and not logged.get(day)):
            continue
        kinds = logged.get(day, {})
        other = sum(kinds.values()) - sum(kinds.get(name, 0) for name in ("call", "email", "meeting"))
        values = [kinds.get("call", 0), kinds.get("email", 0), kinds.get("meeting", 0), other]
        rows.append([Cell(str(day), f"{day:%a %d %b}"), *(Cell(n, f"{n:,}") for n in values)])
    return Table(
        "days",
        "Logged this week",
        ["Day", "Calls", "Emails", "Meetings", "Other"],
        rows if is_covered else [],
        "by the day it was logged",
        NO_ACTIVITY,
        frozenset({1, 2, 3, 4}),
    )


def _weeks(rep: Rep, weeks: Weeks, targets: Targets) -> Table:
    """The last weeks of the rep: days active of days due, calls and emails, against the benchmark."""
    limit = targets.value(Metric.RATE, f"team:{rep.team_id}")
    rows = []
    for week in reversed(weeks.weeks):
        days = weeks.point(Metric.DAILY, f"rep:{rep.pk}", week)
        rate = weeks.point(Metric.RATE, f"rep:{rep.pk}", week)
        if not days.share.whole:
            continue
        percent = percent_of(days.share.part, days.share.whole)
        top = max(float(limit or 0), rate.share.part) * 1.2 or 1
        rows.append(
            [
                Cell(str(week), f"W{week.number}", note="" if days.is_complete else "to date"),
                Cell(percent, f"{days.share.part} of {days.share.whole}"),
                Cell(
                    rate.share.part,
                    f"{rate.share.part:,}",
                    top=top,
                    limit=float(limit) if limit is not None else None,
                    ok=None if limit is None or not days.is_complete else rate.share.part >= limit,
                ),
            ]
        )
    return Table(
        "weeks",
        "The last weeks",
        ["Week", "Days active", "Calls and emails"],
        rows,
        f"benchmark {limit.normalize():f}" if limit is not None else "no benchmark is set",
        "No week of yours is measured yet: it counts from the go-live of your team.",
        frozenset({1}),
        frozenset({2}),
    )


def people_for(rep: Rep) -> tuple[list[Membership], int | None]:
    """The members of the program, and the one whose address is a name of this owner in the CRM: proposed, not taken."""
    members = list(Membership.objects.filter(program=rep.program_id, is_active=True).select_related("user"))
    names = set(
        OwnerName.objects.filter(
            program=rep.program_id,
            person__in=OwnerName.objects.filter(program=rep.program_id, key=rep.key).values("person"),
        ).values_list("key", flat=True)
    ) | {rep.key}
    found = next((one.pk for one in members if one.user.email and owner_key(one.user.email) in names), None)
    return members, found
