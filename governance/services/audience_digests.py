"""What a digest says to each audience of adoption: the numbers of its dashboard, when they say something (X3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from adoption.models import Rep
from adoption.queries import spans
from adoption.queries.audiences import Audience, Number, View, audience_of
from adoption.queries.building import build, scope_of
from adoption.queries.own_row import OwnRow
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Team
from crmprogram.web import shell
from phases.registry import Look

MOST = 8  # lines of one kind; the page has the rest


@dataclass(frozen=True)
class Digest:
    """`is_day` says on which days it is due, `period` names them; `lines` are what it says, [] for nothing.

    `often` says in words when it comes; `page` makes the address of what it is about.
    """

    name: str
    subject: str
    often: str
    page: Callable[[Program], str]
    is_day: Callable[[date], bool]
    period: Callable[[date], str]
    lines: Callable[[Look, Membership], list[str]]


def week_of(day: date) -> str:
    return "{}-W{:02d}".format(*day.isocalendar()[:2])


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def is_working(day: date) -> bool:
    return day.weekday() < 5


def is_monday(day: date) -> bool:
    return day.weekday() == 0


def begins_month(day: date) -> bool:
    """The first working day of a month, from Monday to Friday."""
    return is_working(day) and (day.day == 1 or (is_monday(day) and day.day <= 3))


def begins_quarter(day: date) -> bool:
    return begins_month(day) and day.month in {1, 4, 7, 10}


def said(one: Number) -> str:
    """One number in a line: what it is, of what, against which target."""
    beside = [part for part in (one.of, one.period, one.target and f"target {one.target}", one.change) if part]
    told = f" ({'; '.join(beside)})" if beside else ""
    mark = " Worse than target." if one.ok is False and one.target else ""
    return f"* {one.label}: {one.text}{told}.{mark}"


def own_row(look: Look, member: Membership) -> list[str]:
    """A rep's own row: what to do first, then where the week stands. Nothing on a day off or with nothing to do."""
    rep = Rep.objects.of(look.program).counted().filter(member=member).select_related("team", "program").first()
    if rep is None:
        return []
    today = clock.today(look.program)
    span = next((one for one in spans(look.program) if one.id == rep.pk), None)
    if span is None or not (span.is_due(today) or span.is_due_in_pilot(today)):
        return []
    view = build(look.program, Audience.REP, scope_of([]), teams=[], rep=rep).view
    assert isinstance(view, OwnRow)
    if not view.todo:
        return []
    first = [f"* {one.title}: {one.why}" for one in view.todo[:MOST]]
    first += [f"* {text}" for text, _ in view.more]
    return [*first, "Your week so far:", *(said(one) for one in view.measured)]


def of_teams(look: Look, member: Membership) -> list[str]:
    """A manager's own team, or all: what is worse than its target, and deals that stall. Nothing when all is fine."""
    teams = list(Team.objects.of(look.program).filter(reps__state="counted").distinct())
    scope = scope_of(teams, member.team_id or 0)
    view = build(look.program, Audience.MANAGER, scope, teams=teams).view
    lines = [said(one) for one in view.missed]
    for table in view.tables:
        if table.key == "stalled" and table.rows:
            lines.append(f"{table.title}:")
            lines += [f"* {', '.join(cell.text for cell in row if cell.text)}" for row in table.rows[:MOST]]
    return lines


def of_sales(look: Look, member: Membership) -> list[str]:
    """The VP Sales: what waits for an answer, then every number that is worse than its target."""
    waiting = [f"* {one.title}. {one.text}" for one in shell.next_for(member.user, look.program, look)]
    view = _whole(look, Audience.SALES)
    return [*waiting, *(said(one) for one in view.missed)]


def of_month(look: Look, member: Membership) -> list[str]:
    """Executives: the month's results as they are measured, and what is not. Nothing while nothing is."""
    return _results(look, Audience.EXECUTIVE)


def of_quarter(look: Look, member: Membership) -> list[str]:
    """The board: coverage, growth, retention, payback (M8)."""
    return _results(look, Audience.BOARD)


def _whole(look: Look, audience: Audience) -> View:
    teams = list(Team.objects.of(look.program).filter(reps__state="counted").distinct())
    return build(look.program, audience, scope_of(teams), teams=teams).view


def _results(look: Look, audience: Audience) -> list[str]:
    view = _whole(look, audience)
    if not view.measured:
        return []
    missing = [one.label for one in view.numbers if not one.is_measured]
    return [*(said(one) for one in view.measured), *([f"Not measured: {', '.join(missing)}."] if missing else [])]


def page_of(audience: Audience) -> Callable[[Program], str]:
    return lambda program: f"{reverse('adoption:dashboard', args=[program.slug])}?audience={audience}"


OF_AUDIENCE = {
    Audience.REP: Digest(
        "rep", "What to do first", "each working day", page_of(Audience.REP), is_working, str, own_row
    ),
    Audience.MANAGER: Digest(
        "manager", "Your team's week", "on Mondays", page_of(Audience.MANAGER), is_monday, week_of, of_teams
    ),
    Audience.SALES: Digest(
        "sales", "The week in sales", "on Mondays", page_of(Audience.SALES), is_monday, week_of, of_sales
    ),
    Audience.EXECUTIVE: Digest(
        "executive", "The month", "on the first working day of a month", page_of(Audience.EXECUTIVE), begins_month,
        lambda day: f"{day:%Y-%m}", of_month,
    ),
    Audience.BOARD: Digest(
        "board", "The quarter", "on the first working day of a quarter", page_of(Audience.BOARD), begins_quarter,
        quarter_of, of_quarter,
    ),
}  # fmt: skip


def digest_of(member: Membership) -> Digest | None:
    """The digest of a member's audience; who runs the program has one of their own."""
    return OF_AUDIENCE.get(audience_of(member))
