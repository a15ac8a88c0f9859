"""What a number in a workbook stands for, by its number format: a plain number, a date, a time, a share.

A workbook keeps a date as the number of days since its epoch. Of the two date systems the
one that begins in 1900 counts a 29 February 1900 that never was: serial 60.
Source: ECMA-376 part 1, 18.8.30 (number formats) and 18.17.4 (dates).
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

DAY = 86_400_000  # milliseconds
LAST_1900 = 2_958_465  # 31 December 9999
LAST_1904 = LAST_1900 - 1_462
EXACT = 15  # digits that a spreadsheet keeps


class Style(NamedTuple):
    """How a number shows: "plain", "date", "datetime", "time", "elapsed", "percent" or "padded" to `width` digits."""

    kind: str
    width: int = 0


PLAIN = Style("plain")
BUILT_IN = {
    9: Style("percent"),
    10: Style("percent"),
    **dict.fromkeys((14, 15, 16, 17), Style("date")),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), Style("time")),
    22: Style("datetime"),
    46: Style("elapsed"),
    # what East Asian editions mean by these differs in look only
    **dict.fromkeys((27, 28, 29, 30, 31, 36, *range(50, 59)), Style("date")),
    **dict.fromkeys((32, 33, 34, 35), Style("time")),
}
LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.')
BRACKETS = re.compile(r"\[([^\]]*)\]")
ELAPSED = re.compile(r"h+|m+|s+")


class NoDateError(ValueError):
    """The number is no day of its date system. The message says what it is instead."""


def style_of(code: str) -> Style:
    """Return what a custom number format means; its first section decides.

    >>> style_of("[$-407]dd/mm/yyyy\\\\ hh:mm;@")
    Style(kind='datetime', width=0)
    >>> style_of("00000")
    Style(kind='padded', width=5)
    """
    bare = LITERAL.sub("", code).split(";")[0].lower()
    if any(ELAPSED.fullmatch(inside) for inside in BRACKETS.findall(bare)):
        return Style("elapsed")
    bare = BRACKETS.sub("", bare)
    if "general" in bare:
        return PLAIN
    clock = "am/pm" in bare or "a/p" in bare
    bare = bare.replace("am/pm", "").replace("a/p", "")
    timed = clock or "h" in bare or "s" in bare
    if "y" in bare or "d" in bare or ("m" in bare and not timed):
        return Style("datetime" if timed else "date")
    if timed:
        return Style("time")
    if "%" in bare:
        return Style("percent")
    if re.fullmatch("00+", bare):
        return Style("padded", len(bare))
    return PLAIN


def number_text(value: str) -> str:
    """Return a stored number as a person would write it: without ".0", without an exponent, as exact as stored.

    Raises ValueError if it is no finite number.

    >>> number_text("6850.0"), number_text("0.10000000000000001"), number_text("1.2E+9")
    ('6850', '0.1', '1200000000')
    """
    if value.isascii() and value.isdigit() and len(value) <= EXACT and (value[0] != "0" or value == "0"):
        return value
    number = float(value)
    if number.is_integer() and abs(number) < 10**EXACT:
        return str(int(number))
    text = repr(number)
    if "n" in text:  # nan, inf
        raise ValueError(value)
    return text if "e" not in text else format(Decimal(text), "f")


def styled_text(value: str, style: Style, *, from_1904: bool) -> str:
    """Return what the number means in its format: dates and times in the manner of ISO 8601.

    Raises ValueError if it is no number, NoDateError if it is formatted as a date and is none.

    >>> styled_text("45356.5", Style("datetime"), from_1904=False)
    '2024-03-05 12:00:00'
    >>> styled_text("0.255", Style("percent"), from_1904=False)
    '25.5%'
    """
    if style.kind == "plain":
        return number_text(value)
    if style.kind == "percent":
        share = Decimal(number_text(value)) * 100
        return f"{share.normalize():f}%"
    if style.kind == "padded":
        text = number_text(value)
        return text.zfill(style.width) if text.isdigit() else text
    number = float(number_text(value))
    if style.kind == "elapsed":
        return elapsed_text(number)
    days, rest = divmod(round(number * DAY), DAY)
    if days == 0 and (style.kind == "time" or (rest and not from_1904)):
        return clock_text(rest)  # a time of no day
    day = day_of(days, number_text(value), from_1904=from_1904)
    return day.isoformat() if style.kind == "date" and not rest else f"{day.isoformat()} {clock_text(rest)}"


def day_of(days: int, raw: str, *, from_1904: bool) -> date:
    """Return the day of a serial number; raises NoDateError for one that no calendar has."""
    if from_1904:
        if not 0 <= days <= LAST_1904:
            raise NoDateError(f"the number {raw}, which is beyond the days that a workbook can count")
        return date(1904, 1, 1) + timedelta(days)
    if days == 60:
        raise NoDateError("29 February 1900, a day that never was")
    if days == 0:
        raise NoDateError("0 January 1900, which is how an empty date shows")
    if not 0 < days <= LAST_1900:
        raise NoDateError(f"the number {raw}, which is beyond the days that a workbook can count")
    return date(1899, 12, 31 if days < 60 else 30) + timedelta(days)


def clock_text(milliseconds: int) -> str:
    """Return the time of a day, with thousandths only if there are some."""
    seconds, thousandths = divmod(milliseconds, 1_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{thousandths:03d}" if thousandths else text


def elapsed_text(days: float) -> str:
    """Return a length of time in hours, minutes and seconds; hours may be above 24."""
    seconds = round(abs(days) * 86_400)
    return f"{'-' if days < 0 and seconds else ''}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
