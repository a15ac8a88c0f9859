"""The rules of a RACI row, pure: what breaks R1, and what would repair it.

Each activity has exactly one A and at least one R; a person may be A and R. An A needs
somebody who holds the position. The fixed row's A is the executive sponsor: VP, C-level,
founder or owner, who accepted (R2, A4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LETTERS = {
    "A": "Accountable",
    "AR": "Accountable and responsible",
    "R": "Responsible",
    "C": "Consulted",
    "I": "Informed",
}
REPAIRS_SHOWN = 3


@dataclass(frozen=True)
class Cell:
    """One position in one row; `letters` is "" where it has none."""

    position: int
    title: str
    letters: str = ""
    is_held: bool = True
    is_executive: bool = False

    @property
    def is_accountable(self) -> bool:
        return "A" in self.letters

    @property
    def is_responsible(self) -> bool:
        return "R" in self.letters

    @property
    def said(self) -> str:
        """The letters in words."""
        return LETTERS.get(self.letters, "nothing")


@dataclass(frozen=True)
class Violation:
    """What is wrong with a row: `short` for its state, `title` and `text` for the line below it."""

    kind: str
    short: str
    title: str
    text: str


@dataclass(frozen=True)
class Repair:
    """One press that mends a row: the position gets `letters`; with `alone` every other A steps down."""

    label: str
    position: int
    letters: str
    alone: bool = False


def step_down(letters: str, *, becomes: str = "C") -> str:
    """What is left of `letters` without the A: who was also R stays R, the others become `becomes`."""
    if "A" not in letters:
        return letters
    return "R" if "R" in letters else becomes


def take_on(letters: str) -> str:
    """`letters` with the A: who is R stays R as well.

    >>> take_on("R"), take_on("C"), take_on("")
    ('AR', 'A', 'A')
    """
    return "AR" if "R" in letters else "A"


def violations(cells: Sequence[Cell], *, is_fixed: bool = False, accepted: bool = True) -> list[Violation]:
    """Everything that keeps the row from being signed, the gravest first; empty: the row is sound.

    `accepted` says whether the sponsor of the fixed row has accepted; other rows ignore it.
    """
    accountable = [cell for cell in cells if cell.is_accountable]
    found = []
    if not accountable:
        found.append(
            Violation("none_accountable", "None named", "Nobody is Accountable.", "Each row needs exactly one A.")
        )
    if len(accountable) > 1:
        names = _listed([cell.title for cell in accountable])
        count = {2: "Two", 3: "Three"}.get(len(accountable), str(len(accountable)))
        rest = "the other becomes" if len(accountable) == 2 else "the others become"
        text = f"{names}. Choose one; {rest} Consulted."
        found.append(Violation("many_accountable", f"{count} named", f"{count} Accountable.", text))
    if not any(cell.is_responsible for cell in cells):
        found.append(
            Violation(
                "none_responsible", "No R", "Nobody is Responsible.", "Somebody has to do it: set at least one R."
            )
        )
    for cell in accountable:
        if not cell.is_held:
            text = f"{cell.title} is named, but nobody holds this position."
            found.append(Violation("vacant", "Vacant", "The Accountable position is vacant.", text))
        elif is_fixed and not cell.is_executive:
            text = f"{cell.title} is no VP, C-level, founder or owner, and cannot be Accountable for the program."
            found.append(Violation("not_executive", "Level too low", "The level is too low.", text))
        elif is_fixed and not accepted:
            text = f"{cell.title} is named and has still to accept the sponsorship in person."
            found.append(Violation("not_accepted", "Not accepted", "Not accepted yet.", text))
    return found


def repairs(cells: Sequence[Cell], wrong: Sequence[Violation], *, is_fixed: bool = False) -> list[Repair]:
    """What can be pressed to mend the gravest violation, each in one press; [] where a person has to act first.

    In the fixed row only an executive who is there is offered, and still has to accept (R2, A4).
    """
    kinds = [one.kind for one in wrong]
    if is_fixed and {"none_accountable", "not_executive", "vacant"} & set(kinds) and "many_accountable" not in kinds:
        able = [cell for cell in cells if cell.is_held and cell.is_executive and not cell.is_accountable]
        return [
            Repair(f"Name the {cell.title}", cell.position, take_on(cell.letters), alone=True)
            for cell in able[:REPAIRS_SHOWN]
        ]
    if "many_accountable" in kinds:
        return [
            Repair(f"Keep {cell.title}", cell.position, cell.letters, alone=True)
            for cell in cells
            if cell.is_accountable
        ]
    if "none_accountable" in kinds or kinds[:1] == ["vacant"]:
        ready = [cell for cell in cells if cell.is_held and cell.letters in {"R", "C"}]
        ready.sort(key=lambda cell: cell.letters != "R")
        return [
            Repair(f"{cell.title} is Accountable", cell.position, take_on(cell.letters), alone=True)
            for cell in ready[:REPAIRS_SHOWN]
        ]
    if "none_responsible" in kinds:
        ready = [cell for cell in cells if cell.is_accountable or cell.letters == "C"]
        ready.sort(key=lambda cell: cell.is_accountable)
        return [
            Repair(
                f"{cell.title} also does it" if cell.is_accountable else f"{cell.title} does it",
                cell.position,
                "AR" if cell.is_accountable else "R",
            )
            for cell in ready[:REPAIRS_SHOWN]
        ]
    return []


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
