"""What the row of a record says: how much, in which quarter, whose twin it may be (M4, M6, M7). Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from crmprogram.intake.deals import LOST, OPEN, WON, outcome_of

__all__ = ["LOST", "OPEN", "WON", "identity_of", "minor_units", "outcome_of", "quarter_of"]
NUMBER = re.compile(r"-?\d[\d.,'\s\u00a0\u202f]*")


def minor_units(text: str) -> int | None:
    """An amount in hundredths, in any notation; None when it is none.

    The last of point and comma is the decimal mark, unless three digits follow it alone.

    >>> [minor_units(one) for one in ("1,500.00", "1.500,5", "€ 1'500", "15,000", "n/a")]
    [150000, 150050, 150000, 1500000, None]
    """
    found = NUMBER.search(text)
    if found is None:
        return None
    digits = re.sub(r"['\s\u00a0\u202f]", "", found[0])
    mark = max(digits.rfind("."), digits.rfind(","))
    if mark >= 0:
        whole, rest = digits[:mark], digits[mark + 1 :]
        alone = digits[mark] not in whole and not ({".", ","} - {digits[mark]}) & set(whole)
        if (len(rest) == 3 and alone) or digits[mark] in whole:
            whole, rest = whole + rest, ""
        digits = f"{whole.replace('.', '').replace(',', '')}.{rest}"
    try:
        return int((Decimal(digits) * 100).to_integral_value())
    except InvalidOperation:
        return None


def identity_of(object_: str, record: Mapping[str, str]) -> str:
    """What two records of one person, company or deal have in common, as a digest; "" when nothing tells.

    People by e-mail, else name and company; companies by domain, else name; deals by name and account.
    """
    if object_ in {"contact", "lead"}:
        name = record.get("full_name") or f"{record.get('given_name', '')} {record.get('family_name', '')}"
        parts = [_plain(record.get("email", ""))] if "@" in record.get("email", "") else []
        parts = parts or [_plain(name), _plain(record.get("company", ""))]
    elif object_ == "account":
        domain = re.sub(r"^(https?://)?(www\.)?", "", record.get("website", "").strip().casefold()).split("/")[0]
        parts = [domain] if "." in domain else [_plain(record.get("company", ""))]
    else:
        parts = [_plain(record.get("name", "")), _plain(record.get("account_id") or record.get("company", ""))]
    if not all(parts):
        return ""
    return hashlib.sha256("\x1f".join([object_, *parts]).encode()).hexdigest()[:32]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def quarter_of(day: date) -> str:
    """The calendar quarter as facts write it.

    >>> quarter_of(date(2026, 5, 4))
    '2026-Q2'
    """
    return f"{day.year}-Q{(day.month + 2) // 3}"
