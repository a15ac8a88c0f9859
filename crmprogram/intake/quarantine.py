"""Rows whose cells slid under the wrong headers: the count is right, the meaning is not.

Seen in a real export: names under "Email", the address under "Business
Phone", the phone under "Country". Such a row is put aside whole; guessing
where its cells belong would write wrong facts into the CRM.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]{2,}")
PHONE = re.compile(r"'?\+?\(?\d[\d\s()./-]{6,}\d")
LETTERS = re.compile(r"[^\W\d_]")
DIGIT = re.compile(r"\d")
NEVER_EMAIL = {"phone", "country", "date", "datetime", "number"}
TOLERATED = {"", "text", "email"}


class Shift(NamedTuple):
    """The clue that a row slid: the column's place, its cell, and what the cell looks like."""

    column: int
    value: str
    looks_like: str


def find_shift(cells: Sequence[str], kinds: Sequence[str]) -> Shift | None:
    """Return the clue that the row slid against its headers, or None.

    `kinds` has the kind of each column, "" for an unknown one. Two clues are
    needed, since one cell in the wrong place may be a slip of the hand: an
    e-mail address where none can be (phone, country, date, number), and an
    e-mail column without address; or a phone number under country, and a
    phone column that holds letters. Free text columns give no clue.

    >>> find_shift(["Ann", "Lee", "ann@example.com"], ["email", "company", "phone"])
    Shift(column=2, value='ann@example.com', looks_like='an e-mail address')
    """
    foreign = None
    emptied = displaced = False
    for index, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        if kind in TOLERATED and kind != "email":
            continue
        value = cell.strip()
        if kind == "email":
            emptied = emptied or "@" not in value
        elif "@" in value and kind in NEVER_EMAIL and EMAIL.fullmatch(value):
            foreign = foreign or Shift(index, cell, "an e-mail address")
        elif kind == "country" and PHONE.fullmatch(value):
            foreign = foreign or Shift(index, cell, "a phone number")
        elif kind == "phone" and LETTERS.search(value) and not any(map(str.isdigit, value)):
            displaced = True
    if foreign is None:
        return None
    second = emptied if foreign.looks_like == "an e-mail address" else (displaced or emptied)
    return foreign if second else None


class Shifts:
    """`find_shift` for many rows of one file; nearly all pass after one look at the columns that can give a clue."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.kinds = kinds
        self.never = [index for index, kind in enumerate(kinds) if kind in NEVER_EMAIL]
        self.countries = [index for index, kind in enumerate(kinds) if kind == "country"]

    def find(self, cells: Sequence[str]) -> Shift | None:
        """Return the clue that the row slid, or None."""
        if "@" in "".join([cells[index] for index in self.never]):
            return find_shift(cells, self.kinds)
        if any(DIGIT.search(cells[index]) for index in self.countries):
            return find_shift(cells, self.kinds)
        return None
