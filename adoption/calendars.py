"""Weekends and public holidays of countries, from the `holidays` library (M9). Pure."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

WEEKEND = frozenset({5, 6})  # Saturday and Sunday, where no country is said


@cache
def countries() -> dict[str, list[str]]:
    """Countries by ISO 3166-1 code with the codes of their parts that have holidays of their own."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: sorted(parts) for code, parts in sorted(known.items()) if len(code) == 2}


def is_known(country: str, part: str = "") -> bool:
    """Is the calendar of this country, and of this part of it, known?

    >>> is_known("DE", "BY"), is_known("DE", "TX"), is_known("XX")
    (True, False, False)
    """
    return country in countries() and (not part or part in countries()[country])


@cache
def public_holidays(country: str, part: str, year: int) -> dict[date, str]:
    """The public holidays of a year by day, with their English names where there are any.

    >>> public_holidays("DE", "BY", 2026)[date(2026, 1, 6)]
    'Epiphany'
    """
    found = holidays.country_holidays(country, subdiv=part or None, years=[year], language="en_US")
    return {day: name for day, name in sorted(found.items()) if day.year == year}


@cache
def weekend_of(country: str) -> frozenset[int]:
    """The days off of every week, Monday is 0.

    >>> sorted(weekend_of("IL"))
    [4, 5]
    """
    return frozenset(holidays.country_holidays(country).weekend) if country else WEEKEND
