"""Telephone numbers as E.164, with `phonenumbers` as the reference (H4)."""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from migration.hygiene.issues import Issue, issue

FILLER = re.compile(r"(\d)\1{6}$|1234567$|7654321$|^(\d)\2{3,}$|^0?123456789?0?$")
SEVERAL = re.compile(r"\d{6,}\s*(?:;|/|,|\bor\b|\|)\s*\+?\(?\d[\d ().-]{6,}")


@dataclass(frozen=True, slots=True)
class Phone:
    """An E.164 number ("+4989123456") with its extension ("" when none) and the rule that gave it."""

    number: str
    extension: str
    rule: str


def phone(raw: str, *, region: str) -> Phone | Issue:
    """Read `raw` as a number of `region` (ISO 3166-1 alpha-2, "" when not known).

    `region` only counts when `raw` has neither "+" nor "00". The extension is kept
    apart. A bad number is an Issue: unreadable, unassigned, placeholder or several.
    Source: ITU-T E.164, as implemented by `phonenumbers`.

    >>> phone("(089) 123 456", region="DE").number
    '+4989123456'
    """
    digits = re.sub(r"\D", "", raw)
    if FILLER.search(digits):
        return issue("phone.placeholder", raw)
    number, rule = _parse(raw, region), "phone.e164"
    if not _valid(number) and raw.lstrip(" (").startswith("00"):
        number, rule = _parse("+" + raw.lstrip(" (")[2:], region), "phone.double_zero"
    if number is None:
        return issue("phone.several" if SEVERAL.search(raw) else "phone.unreadable", raw)
    if not _valid(number):
        return issue("phone.several" if SEVERAL.search(raw) else "phone.unassigned", raw)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), number.extension or "", rule)


def _parse(raw: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(raw, region or None)
    except NumberParseException:
        return None


def _valid(number: phonenumbers.PhoneNumber | None) -> bool:
    if number is None:
        return False
    # Asking the first country of the calling code spares the search through all that share it;
    # it comes first in that search too, so the answer is the same.
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
    if regions and phonenumbers.is_valid_number_for_region(number, regions[0]):
        return True
    return phonenumbers.is_valid_number(number)
