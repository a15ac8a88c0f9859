"""One escalation as a page tells it: what is due by whom, its story, and its weeks drawn (M5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from adoption import charts_rules
from adoption.metrics import Week, local_day
from adoption.models import Escalation, EscalationState, Metric
from adoption.queries.dashboard import partial_of
from adoption.queries.rules import Targets
from adoption.queries.weeks import HISTORY_WEEKS, Point, Weeks, goes_up_on
from crmprogram.program import clock

LEAD_WEEKS = 5  # drawn before the first week of an episode, and after its end


@dataclass(frozen=True)
class Due:
    """What has to be done next, by whom, until when; `is_late` when that day is over."""

    text: str
    who: str
    on: date | None = None
    is_late: bool = False


def due_of(one: Escalation, off: Iterable[date] = ()) -> Due | None:
    """What is due of an episode; None when nobody owes anything. `off` are the program's days off.

    An answer is the VP sales', after five working days the sponsor's; a plan its owner's; the last
    word, when it is over, whose the plan was.
    """
    today = clock.today(one.program)
    if one.is_unanswered:
        until = goes_up_on(one, off)
        late = one.went_up_at is not None or (until is not None and today > until)
        who = one.addressee.user.display if one.addressee and not late else "Sponsor"
        text = "Answer with a plan" if one.addressee else "Invite a VP Sales, or answer with a plan"
        return Due(text, who, until, late)
    if one.state == EscalationState.ACKNOWLEDGED:
        owner = one.owner.user.display if one.owner else ""
        return Due("Do what the plan says", owner, one.due_on, one.due_on is not None and today > one.due_on)
    if one.is_to_close:
        person = one.owner or one.addressee
        return Due("Say what came of it", person.user.display if person else "")
    return None


def age_of(one: Escalation) -> int:
    """Days since it was escalated, or began; of one that is over, how long it lasted."""
    since = local_day(one.escalated_at or one.began_at, one.program.time_zone)
    until = local_day(one.ended_at, one.program.time_zone) if one.ended_at else clock.today(one.program)
    return (until - since).days


@dataclass(frozen=True)
class Step:
    """One line of the story; `who` is empty for what the rule did itself."""

    at: datetime
    title: str
    who: str = ""
    text: str = ""
    kind: str = "step"


def story_of(one: Escalation) -> list[Step]:
    """What happened, oldest first: the steps it stands by, and its notes. One query."""
    found = [Step(one.began_at, "First week worse than target")]
    if one.escalated_at and one.addressee:
        found.append(Step(one.escalated_at, f"Escalated to {one.addressee.user.display}"))
    if one.went_up_at:
        found.append(Step(one.went_up_at, "No answer in five working days: up to the sponsor"))
    if one.acknowledged_at and one.acknowledged_by and one.owner:
        due = f", due {one.due_on:%a} {one.due_on.day} {one.due_on:%b}" if one.due_on else ""
        text = f"{one.plan} Owner: {one.owner.user.display}{due}."
        found.append(Step(one.acknowledged_at, "Acknowledged with a plan", one.acknowledged_by.display, text))
    for note in one.notes.select_related("by"):
        who = note.by.display if note.by else ""
        found.append(Step(note.at, note.get_kind_display(), who, note.text, note.kind))
    if one.ended_at:
        found.append(Step(one.ended_at, one.get_state_display(), "", one.ending))
    if one.closed_at and one.closed_by:
        found.append(Step(one.closed_at, "Closed", one.closed_by.display, one.outcome))
    return sorted(found, key=lambda step: step.at)


@dataclass
class Drawn:
    """The weeks around an episode: as a chart (None without any), and as rows, newest first."""

    chart: charts_rules.EpisodeChart | None
    rows: list[dict[str, Any]]


def drawn(one: Escalation) -> Drawn:
    """The metric of an episode week by week, with the target each week was judged by. Two queries or three."""
    weeks, targets = Weeks(one.program, count=HISTORY_WEEKS), Targets(one.program)
    mine = {period: (part, whole) for period, part, whole in one.weeks}
    first = Week.read(min(mine)) if mine else weeks.this
    last = weeks.this
    if one.ended_at:
        ended = Week.of(local_day(one.ended_at, one.program.time_zone))
        last = min(last, Week.of(ended.monday + timedelta(weeks=LEAD_WEEKS)))
    start = Week.of(min(first.monday, last.monday - timedelta(weeks=7)) - timedelta(weeks=LEAD_WEEKS))
    points = [it for it in weeks.series(one.key, one.scope) if start <= it.week <= last]
    told = [n for n, it in enumerate(points) if it.share.whole or it.doubt]
    points = points[told[0] : told[-1] + 1] if told else []  # without the weeks nobody has told of
    is_share = one.key != Metric.RATE
    goals = [targets.value(one.key, one.scope, it.week) for it in points]
    periods = [str(it.week) for it in points]
    bad = [period in mine for period in periods]
    fired = next((n for n, period in enumerate(periods) if period == _fired(one)), None)
    back = periods.index(one.recovered_in) if one.recovered_in in periods else None
    chart = charts_rules.episode(
        periods, [it.percent if is_share else it.mean for it in points],
        [None if goal is None else float(goal) for goal in goals],
        bad=bad, fired=fired, back=back, partial=partial_of(points), is_share=is_share,
    )  # fmt: skip
    rows = [
        {"point": it, "goal": goal, "verdict": targets.verdict(one.key, it.share, one.scope, it.week),
         "is_bad": is_bad, "mark": _mark(one, it)}
        for it, goal, is_bad in zip(points, goals, bad, strict=True)
    ]  # fmt: skip
    return Drawn(chart, rows[::-1])


def _fired(one: Escalation) -> str:
    """The week it was escalated for: the last of those the rule asks for in a row; "" before there is one."""
    return one.weeks[one.needed - 1][0] if len(one.weeks) >= one.needed else ""


def _mark(one: Escalation, point: Point) -> str:
    """What a week is to the episode, in words."""
    period = str(point.week)
    if period == one.recovered_in:
        return "back at target"
    places = [row[0] for row in one.weeks]
    if period in places:
        return "escalated for" if period == _fired(one) else f"week {places.index(period) + 1} worse"
    if point.doubt:
        return f"not measured: {point.doubt}"
    if not point.share.whole:
        return "not measured"
    return "" if point.is_complete else "to date"
