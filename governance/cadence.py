"""When meetings are due, and how many were missed in a row. Pure: dates in, dates out (R2, R3, R6).

A meeting is due once in a period: an ISO week, a month or a quarter. What happened is kept by
period, so that moving a meeting to another weekday never doubles or loses one that was recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Every(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, order=True)
class Due:
    """One meeting: `on` is its day, `period` the week, month or quarter it is the meeting of."""

    on: date
    period: str


def due_in(
    every: Every,
    *,
    weekday: int,
    first_on: date,
    until: date,
    holidays: Collection[date] = (),
) -> list[Due]:
    """The meetings from `first_on` to `until`, both included, oldest first; empty when none is.

    `weekday` is 0 for Monday to 4 for Friday. A weekly one that falls on a holiday is not due
    that week. A monthly one is on the first such weekday of the month and moves on to the next
    working day; monthly and quarterly ones begin with the first whole month or quarter.

    >>> [str(one.on) for one in due_in(Every.WEEK, weekday=3, first_on=date(2026, 7, 1), until=date(2026, 7, 20))]
    ['2026-07-02', '2026-07-09', '2026-07-16']
    >>> due_in(Every.QUARTER, weekday=0, first_on=date(2026, 7, 1), until=date(2026, 12, 1))
    [Due(on=datetime.date(2026, 10, 5), period='2026-Q4')]
    """
    if every is Every.WEEK:
        return [one for one in _weeks(weekday, first_on, until) if one.on not in holidays]
    step = 1 if every is Every.MONTH else 3
    found = []
    for start in _months(first_on, until, step):
        on = start + timedelta(days=(weekday - start.weekday()) % 7)
        while on.weekday() > 4 or on in holidays:
            on += DAY
        name = f"{start:%Y-%m}" if every is Every.MONTH else f"{start.year}-Q{(start.month + 2) // 3}"
        if on <= until:
            found.append(Due(on, name))
    return found


def _weeks(weekday: int, first_on: date, until: date) -> Iterator[Due]:
    on = first_on + timedelta(days=(weekday - first_on.weekday()) % 7)
    while on <= until:
        year, week, _ = on.isocalendar()
        yield Due(on, f"{year}-W{week:02d}")
        on += timedelta(weeks=1)


def _months(first_on: date, until: date, step: int) -> Iterator[date]:
    """The first days of the months, or quarters, that begin after `first_on`."""
    month = date(first_on.year, first_on.month - (first_on.month - 1) % step, 1)
    while month <= until:
        if month > first_on:
            yield month
        year, at = divmod(month.month - 1 + step, 12)
        month = date(month.year + year, at + 1, 1)


def months_after(start: date, months: int) -> date:
    """The same day some months later; the month's last day where it has no such day.

    >>> months_after(date(2026, 10, 31), 4)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(start.month - 1 + months, 12)
    for day in range(start.day, 27, -1):
        try:
            return date(start.year + year, month + 1, day)
        except ValueError:
            continue
    return date(start.year + year, month + 1, min(start.day, 27))


ATTENDED, MISSED, EXCUSED = "attended", "missed", "excused"


def misses_in_a_row(outcomes: Sequence[str]) -> int:
    """How many of the newest meetings were missed without one attended between; `outcomes` oldest first (R3).

    An excused one neither counts nor breaks the row, nor does one that nobody recorded (""): a
    gap in the records hides no miss.

    >>> misses_in_a_row(["missed", "attended", "missed", "excused", "", "missed"])
    2
    """
    row = 0
    for outcome in reversed(outcomes):
        if outcome == ATTENDED:
            break
        row += outcome == MISSED
    return row
