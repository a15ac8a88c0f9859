"""Dates and times as ISO 8601; day and month are never guessed cell by cell (crm-exports 2)."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from migration.hygiene.issues import Issue, issue


class Order(StrEnum):
    """Which part comes first in a column's numeric dates."""

    DMY = "DMY"
    MDY = "MDY"
    YMD = "YMD"


_NUMERIC = re.compile(r"(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})(?=$|[ T,])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?(\.\d+)?$")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?$")
_NAMED = re.compile(
    r"(?:(\d{1,2})\.?[ \-]+([A-Za-z]{3,9})\.?,?[ \-]+(\d{2,4})"
    r"|([A-Za-z]{3,9})\.?[ \-]+(\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(\d{4}))(?=$|[ T,])"
)
_TIME = re.compile(
    r"[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+\-]\d{2}:?\d{2})?$"
)
# What most exports write; worth a way of its own, since nearly every record has its own instant.
ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(?:\.0+)?(Z|\+00:?00)?)?"
)
_MONTHS = {name: no for no, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)}
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's serial numbers, its 1900 leap day counted in


def infer_order(values: Iterable[str]) -> Order | None:
    """Order of a column's dates; None when no value decides it, so a person must.

    A part over 12 in one place decides, as does a first part of four digits. A column
    in which values speak against each other is None too.
    """
    return settled_order(seen_orders(values))


def seen_orders(values: Iterable[str]) -> set[Order]:
    """The orders that single values of a column prove; those of its parts together are those of the whole."""
    seen = set()
    for raw in values:
        found = _NUMERIC.match(raw.strip())
        if not found:
            continue
        first, second = found[1], found[2]
        if len(first) == 4:
            seen.add(Order.YMD)
        elif int(first) > 12 >= int(second):
            seen.add(Order.DMY)
        elif int(second) > 12 >= int(first):
            seen.add(Order.MDY)
    return seen


def settled_order(seen: set[Order]) -> Order | None:
    """The one order that the values of a column leave; see `infer_order`."""
    seen_numeric = seen - {Order.YMD}
    if len(seen_numeric) == 1:
        return seen_numeric.pop()
    return Order.YMD if seen == {Order.YMD} else None


def date_of(raw: str, *, order: Order | None = None) -> str | Issue:
    """The day in `raw` as "YYYY-MM-DD", or date.unreadable, .ambiguous, .impossible.

    A time of day is dropped without shifting the day: date-only fields are written
    as midnight by some CRMs and must not move. Two-digit years are 1930 to 2029.

    >>> date_of("02/23/26 08:55 PM", order=Order.MDY)
    '2026-02-23'
    """
    if (found := ISO.fullmatch(raw)) and is_day(found[1]):
        return found[1]
    parts = _day(raw, order)
    if isinstance(parts, Issue):
        return parts
    return parts[0].isoformat()


def datetime_of(raw: str, *, order: Order | None = None, zone: str = "UTC") -> str | Issue:
    """The instant in `raw` as ISO 8601 in UTC ("2026-02-23T20:55:00Z").

    `zone` is assumed when `raw` names none. A bare date stays a date ("2026-02-23").
    """
    if plain := plain_instant(raw, zone=zone):
        return plain
    parts = _day(raw, order)
    if isinstance(parts, Issue):
        return parts
    day, rest = parts
    if not rest.strip():
        return day.isoformat()
    found = _TIME.match(rest)
    if not found:
        return issue("date.unreadable", raw)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        hour = hour % 12 + (12 if found[5][0] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return issue("date.impossible", raw)
    micro = int((found[4] or "0").ljust(6, "0"))
    offset = found[6]
    if offset and offset[0] in "+-":
        sign = -1 if offset[0] == "-" else 1
        tz: tzinfo = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))
    else:
        tz = UTC if offset else ZoneInfo(zone)
    instant = datetime(day.year, day.month, day.day, hour, minute, second, micro, tzinfo=tz).astimezone(UTC)
    return instant.isoformat().replace("+00:00", "Z")


def plain_instant(raw: str, *, zone: str) -> str:
    """What `datetime_of` makes of `raw` where it is written as most exports do; "" where it is not."""
    found = ISO.fullmatch(raw)
    if found is None:
        return ""
    day, clock, offset = found.groups()
    if not is_day(day):
        return ""
    if clock is None:
        return day
    return f"{day}T{clock}Z" if offset or zone == "UTC" else ""


@lru_cache(maxsize=40_000)
def is_day(text: str) -> bool:
    """Is it a day of the calendar, as YYYY-MM-DD?"""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _day(raw: str, order: Order | None) -> tuple[date, str] | Issue:
    text = raw.strip()
    if found := _NUMERIC.match(text):
        parts = _arrange(found[1], found[2], found[3], order)
        if parts is None:
            return issue("date.ambiguous", raw)
        return _build(*parts, raw, text[found.end() :])
    if found := _COMPACT.match(text):
        rest = f" {found[4]}:{found[5]}:{found[6] or '00'}" if found[5] else ""
        return _build(int(found[1]), int(found[2]), int(found[3]), raw, rest)
    if found := _NAMED.match(text):
        name = (found[2] or found[4])[:3].lower()
        if name in _MONTHS:
            return _build(
                _year(found[3] or found[6]), _MONTHS[name], int(found[1] or found[5]), raw, text[found.end() :]
            )
    if _SERIAL.match(text) and 10_000 <= float(text) <= 73_050:  # 1927 to 2099
        whole, _, part = text.partition(".")
        seconds = round(float("0." + (part or "0")) * 86_400)
        rest = f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if part and seconds < 86_400 else ""
        return _EPOCH + timedelta(days=int(whole)), rest
    return issue("date.unreadable", raw)


def _arrange(first: str, second: str, third: str, order: Order | None) -> tuple[int, int, int] | None:
    """Year, month, day; None when the column leaves it open."""
    if len(first) >= 3:
        return int(first), int(second), int(third)
    one, two = int(first), int(second)
    if one == two:
        return _year(third), one, two
    if order is Order.DMY:
        return _year(third), two, one
    if order is Order.MDY:
        return _year(third), one, two
    if order is Order.YMD and len(third) <= 2:
        return _year(first), two, int(third)
    return None


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 30 else 1900)


def _build(year: int, month: int, day: int, raw: str, rest: str) -> tuple[date, str] | Issue:
    try:
        return date(year, month, day), rest
    except ValueError:
        return issue("date.impossible", raw)
