"""The one clock. The demo and tests tell a dated story by setting it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC; inside `at`, the moment told there."""
    return _told.get() or timezone.now()


def told() -> datetime | None:
    """The moment of a story that is being told here; None in the present."""
    return _told.get()


def wall() -> datetime:
    """The machine's time, for leases and login freshness: no story moves those."""
    return timezone.now()


def today(program=None) -> date:
    """The calendar date in the program's zone (UTC without a program)."""
    zone = ZoneInfo(program.time_zone) if program is not None else ZoneInfo("UTC")
    return now().astimezone(zone).date()


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Let everything inside happen at `moment` (aware).

    Raises RuntimeError unless DEMO is on or tests run: nobody backdates a real program.
    """
    if not (settings.DEMO or getattr(settings, "TESTING", False)):
        raise RuntimeError("The clock can be set in the demo and in tests only.")
    if moment.tzinfo is None:
        raise ValueError("The moment needs a time zone.")
    token = _told.set(moment)
    try:
        yield moment
    finally:
        _told.reset(token)
