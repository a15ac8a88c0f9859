"""When a gate can pass at the earliest: what waits for work, and what waits for the calendar (G, D2, D3, C4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from adoption.models import Metric
from crmprogram.program import clock
from governance.models import Kind, Presence
from phases.dossier import Row, Sheet
from phases.registry import Look


@dataclass(frozen=True)
class Earliest:
    """The first day on which every criterion could hold; `row` is the one the calendar holds back longest."""

    on: date
    row: Row | None
    why: str

    @property
    def is_calendar(self) -> bool:
        """Does the date come from the calendar, so that no work makes it sooner?"""
        return self.row is not None


def earliest(look: Look, sheet: Sheet) -> Earliest | None:
    """The earliest date `sheet` can be approved; None when it is ready now.

    What only waits for somebody's work could be done today; weeks of use and meetings ahead could not.
    """
    if sheet.is_ready:
        return None
    today = clock.today(look.program)
    found = Earliest(today, None, "Nothing waits for the calendar: it can pass on the day the work is done.")
    for row in sheet.blocking:
        rule = RULES.get(row.key)
        on, why = rule(look, row, today) if rule else (today, "")
        if on > found.on:
            found = Earliest(on, row, why)
    return found


def _daily_active(look: Look, row: Row, today: date) -> tuple[date, str]:
    """D2: so many complete weeks in a row at the threshold; a week that runs now can be one of them."""
    weeks, percent = int(row.params["weeks"]), Fraction(str(row.params["percent"])) / 100
    monday = today - timedelta(days=today.weekday())
    good = 0
    for point in reversed(look.adoption.weeks.complete(Metric.DAILY)):
        is_next = point.week.monday == monday - timedelta(weeks=good + 1)
        if not is_next or not point.share.whole or point.share.ratio < percent:
            break
        good += 1
    left = max(weeks - good, 0)
    said = f"{weeks} complete weeks in a row are needed, {good} {'is' if good == 1 else 'are'} there."
    return monday + timedelta(weeks=left), said


def _pipeline_reviews(look: Look, row: Row, today: date) -> tuple[date, str]:
    """D3: so many scheduled reviews in a row, held and attended; the next ones are on known days."""
    meetings, wanted = look.governance.meetings, int(row.params["meetings"])
    good = 0
    for slot in reversed([one for one in meetings.of_kind[Kind.PIPELINE] if one.due_on < today]):
        one = slot.meeting
        if one is None or not one.is_held or one.vp_presence not in {Presence.ATTENDED, Presence.DELEGATE}:
            break
        good += 1
    left = wanted - min(good, wanted)
    if meetings.live_on is None:
        return today, ""
    ahead = meetings.due(
        Kind.PIPELINE, first_on=today, until=max(today, meetings.live_on) + timedelta(weeks=4 * wanted)
    )
    said = f"{wanted} reviews in a row are needed, {min(good, wanted)} of them are there."
    return (ahead[left - 1].on, said) if 0 < left <= len(ahead) else (today, said)


def _pilot(look: Look, row: Row, today: date) -> tuple[date, str]:
    """C4: a complete week of use; the week that runs now can be it."""
    if row.verdict == "not_met" and row.data["value"] not in {None, 0, "0"}:
        return today, ""  # the week is there, issues are open
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=1), "A complete week of use is needed."


RULES: dict[str, Callable[[Look, Row, date], tuple[date, Any]]] = {
    "C4": _pilot,
    "D2": _daily_active,
    "D3": _pipeline_reviews,
}
