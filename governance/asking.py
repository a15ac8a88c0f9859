"""Whom the RACI asks, whom it tells, and who is next when nobody answers (R1, G7).

The Accountable of a row is asked, the Responsible and the Consulted are told when something is
asked, the Informed when it is decided. Silence has an end: after five working days the next
executive hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from adoption.metrics import add_working_days, local_day
from adoption.queries import days_off
from crmprogram.program.models import Membership, Position
from governance.queries import Matrix, Row, is_held
from phases.models import Delegation, GateReview
from phases.queries.rounds import live_delegation

ANSWER_DAYS = 5  # working days (ours)


@dataclass(frozen=True)
class Asking:
    """The people of one row. `next_title` is the position that hears of a silence, "" where there is none."""

    asked: list[Membership]
    responsible: list[Membership]
    consulted: list[Membership]
    informed: list[Membership]
    next: Membership | None = None
    next_title: str = ""

    @property
    def told_when_asked(self) -> list[Membership]:
        return [*self.responsible, *self.consulted]

    @property
    def told_when_decided(self) -> list[Membership]:
        return [*self.responsible, *self.consulted, *self.informed]


def of_program(matrix: Matrix, delegation: Delegation | None = None) -> Asking:
    """The fixed row "CRM program": who decides gates, and who lives with it. `delegation` where it was read."""
    program, row = matrix.program, matrix.fixed
    if row is None:
        return Asking([], [], [], [])
    found = of_row(matrix, row)
    accountable = next((one for one in matrix.positions if one.pk == program.accountable_id), None)
    sponsor = accountable.membership if accountable and is_held(accountable) else None
    asked = [sponsor] if sponsor else []
    if delegation is None:
        delegation = live_delegation(program)
    if delegation is not None:
        asked.append(delegation.delegate)
    return Asking(asked, found.responsible, found.consulted, found.informed, found.next, found.next_title)


def of_row(matrix: Matrix, row: Row) -> Asking:
    """Who holds the letters of a row; the next is the highest other executive, else who is Responsible."""
    positions = {one.pk: one for one in matrix.positions}
    cells = [(positions[cell.position], cell) for cell in row.cells]

    def holders(test) -> list[Membership]:
        return _people(position for position, cell in cells if test(cell))

    asked = holders(lambda cell: cell.is_accountable)
    busy = {one.pk for one in asked}
    others = [one for one in matrix.positions if is_held(one) and one.membership_id not in busy]
    executive = next((one for one in others if one.is_executive), None)
    does_it = next((position for position, cell in cells if cell.is_responsible and position in others), None)
    heir = executive or does_it
    return Asking(
        asked=asked,
        responsible=holders(lambda cell: cell.is_responsible and not cell.is_accountable),
        consulted=holders(lambda cell: cell.letters == "C"),
        informed=holders(lambda cell: cell.letters == "I"),
        next=heir.membership if heir else None,
        next_title=heir.title if heir else "",
    )


def answer_by(review: GateReview, off: Iterable[date] | None = None) -> date:
    """The last day to answer a request before the next is told: five working days of the program."""
    program = review.gate.program
    since = local_day(review.requested_at, program.time_zone)
    return add_working_days(since, ANSWER_DAYS, days_off(program) if off is None else off)


def _people(positions: Iterable[Position]) -> list[Membership]:
    """The active members who hold them, each once."""
    found = {one.membership.pk: one.membership for one in positions if is_held(one) and one.membership is not None}
    return list(found.values())
