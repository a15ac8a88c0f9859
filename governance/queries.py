"""Reads of the RACI, the sponsor registry and what hangs on them: the same few queries for any number of rows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import F, QuerySet

from crmprogram.program.models import Membership, Position, Program
from crmprogram.program.together import Rows, fill
from crmprogram.web.shell import PHASES
from governance import raci
from governance.dashboards import Standing, standings
from governance.meetings import Meetings
from governance.models import Activity, Attestation, Dashboard, RaciSignoff, Sponsorship, SystemOwner

_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass
class Row:
    """An activity with a cell for every position, in the positions' order."""

    activity: Activity
    cells: list[raci.Cell]
    accepted: bool

    @cached_property
    def violations(self) -> list[raci.Violation]:
        return raci.violations(self.cells, is_fixed=self.activity.is_fixed, accepted=self.accepted)

    @cached_property
    def repairs(self) -> list[raci.Repair]:
        return raci.repairs(self.cells, self.violations, is_fixed=self.activity.is_fixed)

    @property
    def accountable(self) -> list[raci.Cell]:
        return [cell for cell in self.cells if cell.is_accountable]

    @property
    def is_sound(self) -> bool:
        return not self.violations

    @property
    def vacant(self) -> list[raci.Cell]:
        """The Accountable positions that nobody holds."""
        return [cell for cell in self.accountable if not cell.is_held]

    @property
    def is_only_vacant(self) -> bool:
        """Are the letters right, and only a person missing? Then the position has to be mended, not the row."""
        return bool(self.violations) and all(one.kind == "vacant" for one in self.violations)

    @property
    def state_text(self) -> str:
        """The title of the one Accountable, else what is wrong in two words."""
        return self.accountable[0].title if self.is_sound else self.violations[0].short

    @property
    def has_letters(self) -> bool:
        return any(cell.letters for cell in self.cells)


@dataclass(frozen=True)
class Load:
    """How many rows a position is A and R in; `rows` counts each row once."""

    position: Position
    accountable: int
    responsible: int
    rows: int
    label: str


@dataclass
class Matrix:
    """The whole RACI of a program, and the open sponsorship."""

    program: Program
    positions: list[Position]
    rows: list[Row]
    sponsorship: Sponsorship | None

    @cached_property
    def signoff(self) -> RaciSignoff | None:
        """The last signed version; read when it is asked for, since the rail has no need of it."""
        return RaciSignoff.objects.of(self.program).select_related("signed_by").order_by("-version").first()

    @cached_property
    def meetings(self) -> Meetings:
        """The meetings that are due, and what was recorded of them; read when it is asked for."""
        return Meetings(self.program, self.sponsorship, beside=(self._owners, self._said, self._boards))

    @cached_property
    def _owners(self) -> QuerySet[SystemOwner]:
        return open_owners(self.program)

    @cached_property
    def _said(self) -> QuerySet[Attestation]:
        return Attestation.objects.of(self.program).select_related("attested_by").order_by("pk")

    def _read(self) -> None:
        """Owner, attestations and records of meetings at once: who asks for one of them asks for the others."""
        fill(self._owners, self._said, self._boards, self.meetings.rows)

    @cached_property
    def owner(self) -> SystemOwner | None:
        """The internal system owner (R5), None also when the person can no longer sign in."""
        self._read()
        found = next(iter(self._owners), None)
        return found if found and is_present(found.membership) else None

    @cached_property
    def dashboards(self) -> list[Dashboard]:
        """The registered dashboards that are not retired (R12)."""
        self._read()
        found = list(self._boards)
        for one in found:
            one.program = self.program
        return found

    @cached_property
    def _boards(self) -> QuerySet[Dashboard]:
        return Dashboard.objects.of(self.program).live().select_related("owner__user")

    @cached_property
    def boards(self) -> list[Standing]:
        """Each of them as it stands: looked at, due, or in the graveyard."""
        return standings(self.dashboards, self.meetings)

    @cached_property
    def attested(self) -> dict[str, Attestation]:
        """The newest word on each statement."""
        self._read()
        return {one.statement: one for one in self._said}

    @property
    def conflicts(self) -> list[Row]:
        return [row for row in self.rows if row.violations]

    @property
    def vacant(self) -> list[tuple[raci.Cell, int]]:
        """Positions with an A that nobody holds, each with the number of rows that wait for it."""
        counts: dict[int, int] = {}
        cells: dict[int, raci.Cell] = {}
        for row in self.rows:
            for cell in row.vacant:
                cells[cell.position] = cell
                counts[cell.position] = counts.get(cell.position, 0) + 1
        return [(cells[key], count) for key, count in sorted(counts.items(), key=lambda one: -one[1])]

    @property
    def fixed(self) -> Row | None:
        return next((row for row in self.rows if row.activity.is_fixed), None)

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows under their phase's name."""
        return [
            (PHASES.get(phase, "Program"), list(rows))
            for phase, rows in groupby(self.rows, key=lambda row: row.activity.phase)
        ]

    @cached_property
    def load(self) -> list[Load]:
        """Positions with an A or an R, the busiest first."""
        found = []
        for i, position in enumerate(self.positions):
            cells = [row.cells[i] for row in self.rows]
            accountable = sum(cell.is_accountable for cell in cells)
            responsible = sum(cell.is_responsible for cell in cells)
            either = sum(cell.is_accountable or cell.is_responsible for cell in cells)
            if either:
                label = f"{position.title}, {either} of {len(self.rows)}"
                found.append(Load(position, accountable, responsible, either, label))
        return sorted(found, key=lambda one: (-one.rows, one.position.order, one.position.pk))

    @property
    def is_empty(self) -> bool:
        """Has no row but the fixed one a letter yet?"""
        return not any(row.has_letters for row in self.rows if not row.activity.is_fixed)

    @property
    def has_empty_rows(self) -> bool:
        return any(not row.has_letters for row in self.rows)

    @property
    def finding(self) -> str:
        """The state of the whole in one line."""
        wrong = self.conflicts
        if self.is_empty:
            return "Nobody is Accountable for anything yet"
        if wrong:
            count = _COUNTS[len(wrong)] if len(wrong) < len(_COUNTS) else str(len(wrong))
            rows = "row" if len(wrong) == 1 else "rows"
            if all(row.is_only_vacant for row in wrong):
                return f"{count} {rows} {'waits' if len(wrong) == 1 else 'wait'} for somebody to hold the position"
            if all(row.violations[0].kind in {"none_accountable", "many_accountable"} for row in wrong):
                return f"{count} {rows} {'breaks' if len(wrong) == 1 else 'break'} the single-Accountable rule"
            return f"{count} {rows} {'has' if len(wrong) == 1 else 'have'} something to repair"
        if self.is_signed:
            assert self.signoff is not None
            return f"Every row has one Accountable: version {self.signoff.version} is signed"
        return "Every row has one Accountable: ready to sign"

    @property
    def snapshot(self) -> list[dict[str, Any]]:
        """What a sign-off freezes: every row with the letters by position title."""
        return [
            {
                "phase": row.activity.phase,
                "title": row.activity.title,
                "letters": {cell.title: cell.letters for cell in row.cells if cell.letters},
            }
            for row in self.rows
        ]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the snapshot as sorted JSON: two matrices that read alike have the same."""
        return hashlib.sha256(json.dumps(self.snapshot, sort_keys=True).encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Is what stands here what was signed last?"""
        return self.signoff is not None and self.signoff.digest == self.digest

    def row(self, activity: Activity) -> Row:
        return next(row for row in self.rows if row.activity.pk == activity.pk)


def matrix_rows(program: Program) -> Rows:
    """The open sponsorship, the positions, and the activities, each once for each letter in its row."""
    return (
        open_sponsorships(program),
        Position.objects.of(program).select_related("membership__user"),
        Activity.objects.of(program).annotate(
            its_position=F("assignments__position_id"), its_letters=F("assignments__letters")
        ),
    )


def load_matrix(program: Program, rows: Rows | None = None) -> Matrix:
    """Read everything about the RACI of one program in one query."""
    rows = rows or matrix_rows(program)
    fill(*rows)
    sponsorships, held, spread = rows
    activities: dict[int, Activity] = {}
    letters: dict[tuple[int, int], str] = {}
    sponsorship, positions = next(iter(sponsorships), None), list(held)
    for activity in spread:
        activities.setdefault(activity.pk, activity)
        if activity.its_letters:
            letters[activity.pk, activity.its_position] = activity.its_letters
    accepted = sponsorship is not None and sponsorship.accepted_at is not None
    lines = [
        Row(
            activity,
            [
                raci.Cell(
                    position=position.pk,
                    title=position.title,
                    letters=letters.get((activity.pk, position.pk), ""),
                    is_held=is_held(position),
                    is_executive=position.is_executive,
                )
                for position in positions
            ],
            accepted,
        )
        for activity in activities.values()
    ]
    return Matrix(program, positions, lines, sponsorship)


def open_sponsorship(program: Program) -> Sponsorship | None:
    """The sponsorship that has not ended, accepted or not."""
    return open_sponsorships(program).first()


def open_sponsorships(program: Program) -> QuerySet[Sponsorship]:
    """The same as a queryset of one row or none."""
    return Sponsorship.objects.of(program).open().select_related("membership__user", "position").order_by("pk")


def open_owner(program: Program) -> SystemOwner | None:
    """The ownership of the system that has not ended."""
    return open_owners(program).first()


def open_owners(program: Program) -> QuerySet[SystemOwner]:
    """The same as a queryset of one row or none."""
    return SystemOwner.objects.of(program).open().select_related("membership__user", "named_by").order_by("pk")


def is_held(position: Position) -> bool:
    """Does an active member hold the position?"""
    return position.membership is not None and is_present(position.membership)


def is_present(membership: Membership) -> bool:
    """Is the person still in the program, and able to sign in?"""
    return membership.is_active and membership.user.is_active
