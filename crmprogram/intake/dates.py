"""Dates and times as CRMs write them. Day and month order is settled once per column, never per cell.

The raw text is kept beside what was read, with the time zone that had to be
assumed. A date without a time is a date: it is never moved by a zone.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Order(StrEnum):
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Column(NamedTuple):
    """What a column of dates says about its order.

    `order` is None when no value needs it, when nothing decides (`ask`), or
    when values contradict each other (`ask` too). `why` is a sentence for the
    person; `examples` are up to three values that need an answer.
    """

    order: Order | None
    ask: bool
    why: str
    examples: tuple[str, ...]


class Moment(NamedTuple):
    """What a cell says: raw text, day, instant in UTC (None for a plain date), and the zone assumed ("" if said)."""

    raw: str
    on: date
    at: datetime | None
    zone: str


class Unreadable(NamedTuple):
    """Why a cell is no date. `rule` is stable, `message` is for the person."""

    raw: str
    rule: str
    message: str


SAY = "Say whether the day or the month comes first."
MONTHS = {  # the first letters of a month's name in English, German, French, Spanish, Portuguese and Dutch
    name: number
    for number, names in enumerate(
        (
            "jan ene janv jän", "feb fev fév fevr", "mar mär mrz mars maa", "apr abr avr", "may mai mei mayo",
            "jun juin jui", "jul juil", "aug ago aoû aou", "sep set sept", "oct okt out", "nov", "dec dez dic déc",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
ZONES = {  # RFC 2822, 4.3, and Central European Time: hours from UTC
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2,
}  # fmt: skip
WEEKDAY = re.compile(r"[^\W\d_]{2,10}\.?,? (?=\d{1,4}\D)")
TIME = (
    r"(?:(?:T| |, ?| (?:at|um|à|a las|às|om) )(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?: Uhr)?"
    r"\s*(?P<half>[AaPp]\.? ?[Mm]\.?)?)?"
    rf"\s*\(?(?P<zone>Z?[+-]\d{{2}}:?\d{{2}}|Z|(?:UTC|GMT)(?:[+-]\d{{1,2}}(?::?\d{{2}})?)?|{'|'.join(ZONES)})?\)?"
)
NAME = r"(?P<name>[^\W\d_]{3,10})"
YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}}){TIME}")
YEAR_LAST = re.compile(rf"(?P<one>\d{{1,2}})(?P<sep>[-/.])(?P<two>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}}),?{TIME}")
COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?(?P<half>)(?P<zone>Z)?"
)
DAY_NAMED = re.compile(rf"(?P<day>\d{{1,2}})[. -]+(?:de )?{NAME}[., -]+(?:de )?(?P<year>\d{{4}}|\d{{2}}),?{TIME}")
MONTH_NAMED = re.compile(rf"{NAME}\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}),?{TIME}")
UNIX = re.compile(r"\d{10}(?:\d{3})?")
SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)  # right for every serial after 29 February 1900


def infer_order(values: Iterable[str]) -> Column:
    """Say whether day or month comes first in a column: one value over 12 decides for all of them.

    >>> infer_order(["03/04/2025", "25/04/2025"]).order
    <Order.DAY_FIRST: 'day_first'>
    """
    day_first, month_first, open_values = [], [], []
    for value in values:
        found = YEAR_LAST.fullmatch(value.strip())
        if not found:
            continue
        one, two = int(found["one"]), int(found["two"])
        if one > 12 >= two:
            day_first.append(value)
        elif two > 12 >= one:
            month_first.append(value)
        elif one != two:
            open_values.append(value)
    if day_first and month_first:
        both = (day_first[0], month_first[0])
        return Column(None, True, f"“{both[0]}” has the day first, “{both[1]}” the month. Say which is right.", both)
    if day_first:
        return Column(Order.DAY_FIRST, False, f"The day comes first: “{day_first[0]}”.", ())
    if month_first:
        return Column(Order.MONTH_FIRST, False, f"The month comes first: “{month_first[0]}”.", ())
    if open_values:
        why = f"“{open_values[0]}” can be read in two ways and no value decides. {SAY}"
        return Column(None, True, why, tuple(open_values[:3]))
    return Column(None, False, "No value depends on the order of day and month.", ())


def parse(raw: str, *, order: Order | None = None, zone: str = "UTC") -> Moment | Unreadable | None:
    """Read one cell; None for a blank one.

    `order` comes from `infer_order` or from a person; `zone` (IANA name) is
    for times without an offset. Years of two digits: 69 to 99 are 19xx.
    """
    text = " ".join(raw.split())
    if not text:
        return None
    try:
        return read(raw, text, order, zone)
    except (ValueError, OverflowError):
        return Unreadable(raw, "date.impossible", f"“{raw}” is no day or time that exists. Correct it as YYYY-MM-DD.")


def read(raw: str, text: str, order: Order | None, zone: str) -> Moment | Unreadable:
    if found := YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text):
        return moment(raw, found, int(found["year"]), int(found["month"]), int(found["day"]), zone)
    if found := YEAR_LAST.fullmatch(text):
        one, two = int(found["one"]), int(found["two"])
        if order is None and one != two:
            return Unreadable(
                raw,
                "date.order_unknown",
                f"“{raw}” can be read in two ways. {SAY}",
            )
        day, month = (two, one) if order is Order.MONTH_FIRST else (one, two)
        return moment(raw, found, full_year(found["year"]), month, day, zone)
    if (found := DAY_NAMED.fullmatch(text) or MONTH_NAMED.fullmatch(text)) and (number := month_of(found["name"])):
        return moment(raw, found, full_year(found["year"]), number, int(found["day"]), zone)
    if said := WEEKDAY.match(text):
        return read(raw, text[said.end() :], order, zone)
    if UNIX.fullmatch(text):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            milliseconds=int(text) if len(text) == 13 else int(text) * 1000
        )
        return Moment(raw, at.date(), at, "")
    if SERIAL.fullmatch(text):
        return serial(raw, float(text), zone)
    return Unreadable(raw, "date.unreadable", f"“{raw}” is no date that is known here. Write it as YYYY-MM-DD.")


def month_of(name: str) -> int:
    """The number of a month by its name; 0 for none.

    >>> month_of("März"), month_of("juillet"), month_of("juin"), month_of("marzo"), month_of("frimaire")
    (3, 7, 6, 3, 0)
    """
    text = name.casefold()
    return next((MONTHS[text[:length]] for length in (4, 3) if text[:length] in MONTHS), 0)


def full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year > 68 else 2000)


def moment(raw: str, found: re.Match[str], year: int, month: int, day: int, zone: str) -> Moment:
    on = date(year, month, day)
    if found["hour"] is None:
        return Moment(raw, on, None, "")
    hour = int(found["hour"])
    if half := (found["half"] or "").replace(".", "").replace(" ", "").lower():
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((found["fraction"] or "0").ljust(6, "0")[:6])
    local = datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0), micro, tzinfo=UTC)
    said = offset(found["zone"])
    at = local.replace(tzinfo=said or zone_of(zone)).astimezone(UTC)
    return Moment(raw, on, at, "" if said else zone)


def offset(text: str | None) -> timezone | None:
    """Return the offset a value carries. "Z-0300" is a literal Z before the offset, as Java patterns write it."""
    if not text:
        return None
    if text in {"Z", "UTC", "GMT"}:
        return UTC
    if text in ZONES:
        return timezone(timedelta(hours=ZONES[text]))
    digits = text.lstrip("ZUTCGM").replace(":", "")
    hours, rest = (digits[1:-2], digits[-2:]) if len(digits) > 3 else (digits[1:], "0")
    minutes = int(hours) * 60 + int(rest)
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def serial(raw: str, days: float, zone: str) -> Moment:
    """Read the day number of a spreadsheet; a fraction is the time of the day."""
    local = SERIAL_ZERO + timedelta(seconds=round(days * 86_400))
    if days == int(days):
        return Moment(raw, local.date(), None, "")
    return Moment(raw, local.date(), local.replace(tzinfo=zone_of(zone)).astimezone(UTC), zone)
