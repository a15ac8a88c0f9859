"""What a mapping does to the values of a column before they are cleaned (H5).

Pure. A transform is a line of text, "<word>" or "<word>: <what with>"; several are applied
one after the other. `WORDS` says what there is. Two of them are about more than one value:
"rest to" puts what stands behind a sign into another field, "join with" says what goes
between this column and the one it is merged into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from migration.hygiene.dates import Order
from migration.hygiene.text import fold

Change = Callable[[str], str]
MOST = 12


class Word(NamedTuple):
    """One kind of transform: an example of what it is given ("" for nothing), and what it does."""

    example: str
    does: str


WORDS = {
    "upper": Word("", "all in capitals"),
    "lower": Word("", "all in small letters"),
    "title": Word("", "each word with a capital"),
    "digits": Word("", "digits alone"),
    "first word": Word("", "what stands before the first blank"),
    "last word": Word("", "what stands behind the last blank"),
    "all but first word": Word("", "what stands behind the first blank"),
    "all but last word": Word("", "what stands before the last blank"),
    "before": Word(",", "what stands before the sign, all where there is none"),
    "after": Word(",", "what stands behind the sign, nothing where there is none"),
    "replace": Word("(old) = ", "one text by another, wherever it stands"),
    "values": Word("A = Hot; B = Warm", "whole values, in any case; others stay"),
    "default": Word("Unknown", "where the cell is empty"),
    "constant": Word("Trade fair", "in every row, whatever stands there"),
    "dates": Word("day first", "day first, month first or year first, where the column does not prove it"),
    "rest to": Word("family_name , ", "what stands behind the sign goes to another field, where that is empty"),
    "join with": Word(", ", "put behind the value of the column it is merged into; merged columns only"),
}
ORDERS = {"day first": Order.DMY, "month first": Order.MDY, "year first": Order.YMD}


@dataclass(frozen=True, slots=True)
class Transforms:
    """The transforms of a column, ready to be used.

    `rest_to` is (field, sign) or None, `joint` what goes between merged values or None.
    """

    changes: tuple[Change, ...] = ()
    order: Order | None = None
    rest_to: tuple[str, str] | None = None
    joint: str | None = None

    def of(self, text: str) -> str:
        """What becomes of one value."""
        for change in self.changes:
            text = change(text)
        return text

    def of_all(self, texts: Iterable[str]) -> list[str]:
        """What becomes of many; each distinct one is worked out once."""
        known: dict[str, str] = {}
        made = []
        for text in texts:
            if (found := known.get(text)) is None:
                found = known[text] = self.of(text)
            made.append(found)
        return made

    def cut(self, text: str) -> tuple[str, str]:
        """What stays in the field, and the rest for the other one."""
        if self.rest_to is None:
            return text, ""
        stays, _, rest = text.partition(self.rest_to[1])
        return stays.strip(), rest.strip()


def read(lines: Sequence[str]) -> Transforms:
    """The transforms that some lines name. Raises ValueError with a sentence for a line that names none.

    >>> read(["before: ,", "upper"]).of("Lee, Ann")
    'LEE'
    """
    changes: list[Change] = []
    order: Order | None = None
    rest_to: tuple[str, str] | None = None
    joint: str | None = None
    if len(lines) > MOST:
        raise ValueError(f"A column takes {MOST} transforms at most.")
    for line in lines:
        word, _, what = line.partition(":")
        word, what = " ".join(word.lower().split()), what.removeprefix(" ")
        if word not in WORDS:
            raise ValueError(f"“{line}” is no transform; there are {', '.join(WORDS)}.")
        if WORDS[word].example and not what:
            raise ValueError(f"Say what “{word}” is done with, such as “{word}: {WORDS[word].example}”.")
        if word == "dates":
            if (order := ORDERS.get(what.strip().lower())) is None:
                raise ValueError(f"Dates are {', '.join(ORDERS)}, not “{what}”.")
        elif word == "rest to":
            field, _, sign = what.strip().partition(" ")
            rest_to = field, sign.strip() or " "
        elif word == "join with":
            joint = what
        else:
            changes.append(_change(word, what))
    return Transforms(tuple(changes), order, rest_to, joint)


def _change(word: str, what: str) -> Change:
    if word == "replace":
        old, sign, new = what.partition("=")
        if not sign or not old.strip():
            raise ValueError("Say which text is replaced by which: “replace: old = new”.")
        return lambda text: text.replace(old.strip(), new.strip())
    if word == "values":
        meant = {}
        for pair in filter(str.strip, what.split(";")):
            old, sign, new = pair.partition("=")
            if not sign:
                raise ValueError(f"“{pair.strip()}” says no new value; write “old = new”, with semicolons between.")
            meant[fold(old)] = new.strip()
        return lambda text: meant.get(fold(text), text)
    if word in {"before", "after"}:
        sign = what.strip() or what
        at = 0 if word == "before" else 2
        return lambda text: text.partition(sign)[at].strip()
    plain: dict[str, Change] = {
        "upper": str.upper,
        "lower": str.lower,
        "title": str.title,
        "digits": lambda text: "".join(filter(str.isdigit, text)),
        "first word": lambda text: next(iter(text.split()), ""),
        "last word": lambda text: next(iter(text.split()[::-1]), ""),
        "all but first word": lambda text: " ".join(text.split()[1:]),
        "all but last word": lambda text: " ".join(text.split()[:-1]),
        "default": lambda text: text if text.strip() else what.strip(),
        "constant": lambda text: what.strip(),
    }
    return plain[word]
