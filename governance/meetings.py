"""The meetings that are due in a program, what was recorded of them, and what follows for the sponsor (R2, R3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import CharField, DateField, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from adoption.models import Holiday
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role, Team
from crmprogram.program.together import fill
from governance import cadence
from governance.cadence import Every, months_after
from governance.models import WEEKDAYS, Dashboard, Kind, Meeting, MeetingDay, Outcome, Sponsorship
from phases.queries.gates import local_date

STANDUP_MONTHS = 4  # R2
SHOWN = 12  # meetings in a strip
# R3: so many misses in a row make the sponsor absent, so many put the program on hold. No thresholds
# of a check: the sponsor, who signs those, may not loosen what is held against themselves.
ABSENT_AFTER, HOLD_AFTER = 2, 4


@dataclass(frozen=True)
class Cadence:
    """How often a meeting is due, from when, and whose attendance it records.

    `text` says it in words; `weekday` is the usual one, which a program may change.
    """

    kind: Kind
    every: Every
    weekday: int
    text: str
    is_sponsors: bool = True


CADENCES: tuple[Cadence, ...] = (
    Cadence(Kind.STAND_UP, Every.WEEK, 3, "until four months after the start"),
    Cadence(Kind.PIPELINE, Every.WEEK, 0, "from go-live"),
    Cadence(Kind.QUARTER, Every.QUARTER, 1, "after go-live"),
    Cadence(Kind.DASHBOARDS, Every.MONTH, 0, "after go-live, by leadership", is_sponsors=False),
)
OF_KIND = {one.kind: one for one in CADENCES}


@dataclass(frozen=True)
class Slot:
    """One due meeting, and what was recorded of it (None: nothing yet)."""

    kind: Kind
    period: str
    due_on: date
    meeting: Meeting | None = None
    is_sponsors: bool = True

    @property
    def outcome(self) -> str:
        return self.meeting.outcome if self.meeting else ""

    @property
    def mark(self) -> str:
        """The square of the strip: the sponsor's presence, or whether a leadership meeting was held."""
        if self.meeting is None:
            return "due"
        if self.is_sponsors:
            return {"attended": "present", "missed": "absent", "excused": "excused"}[self.outcome]
        return "present" if self.meeting.is_held else "absent"

    @property
    def shape(self) -> str:
        """Shape of the state, as tables draw it."""
        return {"present": "met", "absent": "unmet", "excused": "waived", "due": "none"}[self.mark]

    @property
    def word(self) -> str:
        if self.meeting is None:
            return "Not recorded"
        if self.is_sponsors:
            return Outcome(self.outcome).label
        return "Held" if self.meeting.is_held else "Not held"


@dataclass(frozen=True)
class Commitment:
    """What a sponsor promises (R2), or leadership (R12). `until` is None for what goes on."""

    kind: Kind
    title: str
    text: str
    weekday: int
    starts_on: date | None = None
    until: date | None = None
    next_on: date | None = None
    slots: list[Slot] = field(default_factory=list)

    @property
    def weekday_name(self) -> str:
        return WEEKDAYS[self.weekday]

    @property
    def last(self) -> list[Slot]:
        """The newest due ones, oldest first."""
        return self.slots[-SHOWN:]

    @property
    def marks(self) -> list[str]:
        return [one.mark for one in self.last]

    @property
    def drawn(self) -> list[str]:
        """The marks as the strip draws them: a dash where nothing is recorded."""
        return ["" if one == "due" else one for one in self.marks]

    @property
    def kept(self) -> int:
        return self.marks.count("present")

    @property
    def told(self) -> int:
        """How many of the newest count: recorded, and not excused."""
        return self.kept + self.marks.count("absent")

    @property
    def said(self) -> str:
        """The strip in words, for who cannot see it."""
        names = {"absent": "missed", "excused": "excused", "due": "not recorded"}
        rest = [f"{self.marks.count(mark)} {name}" for mark, name in names.items() if mark in self.marks]
        return f"{self.title}: " + ", ".join([f"{self.kept} of {len(self.marks)} kept", *rest])


@dataclass(frozen=True)
class Calendar:
    """The program's dates: (go-live, seats) of each team that has one, weekdays by kind, days off of everybody.

    A team's own days off do not move a meeting of the program. `dashboards` counts those that the
    monthly review goes through.
    """

    waves: list[tuple[date, int]]
    weekdays: dict[str, int]
    holidays: frozenset[date]
    dashboards: int = 0


def load_calendar(program: Program) -> Calendar:
    """All of it in one query: every page that shows the sponsor asks for them."""
    nothing, no_day = Value("", CharField()), Cast(Value(None), DateField())
    teams = Team.objects.of(program).filter(go_live_on__isnull=False)
    off = Holiday.objects.of(program).filter(team=None)
    moved = MeetingDay.objects.of(program)
    boards = Dashboard.objects.of(program).live()
    rows = (
        teams.order_by()
        .values_list(Value("wave", CharField()), nothing, "seats", "go_live_on")
        .union(
            moved.order_by().values_list(Value("day", CharField()), "kind", "weekday", no_day),
            off.order_by().values_list(Value("off", CharField()), nothing, Value(0, IntegerField()), "day"),
            boards.order_by().values_list(Value("board", CharField()), "name", Value(0, IntegerField()), no_day),
            all=True,
        )
    )
    found = list(rows)
    return Calendar(
        sorted((on, seats) for what, _, seats, on in found if what == "wave"),
        {kind: weekday for what, kind, weekday, _ in found if what == "day"},
        frozenset(on for what, *_, on in found if what == "off"),
        sum(what == "board" for what, *_ in found),
    )


class Meetings:
    """What is due and what was recorded, up to today in the program's zone. Two queries.

    The sponsor's commitments begin on the day after they accepted: nobody is held to what
    was due before.
    """

    def __init__(
        self, program: Program, sponsorship: Sponsorship | None, *, beside: Sequence[QuerySet[Any]] = ()
    ) -> None:
        self.program, self.sponsorship = program, sponsorship
        self._beside = beside  # read in the same statement as the records
        self.today = clock.today(program)

    @cached_property
    def calendar(self) -> Calendar:
        return load_calendar(self.program)

    @property
    def live_on(self) -> date | None:
        """The first go-live of any team, or the program's own date; None without either."""
        own = [self.program.go_live_on] if self.program.go_live_on else []
        return min([*(on for on, _ in self.calendar.waves), *own], default=None)

    @cached_property
    def rows(self) -> QuerySet[Meeting]:
        """What was recorded, not read yet."""
        of_program = Meeting.objects.of(self.program)
        return of_program.select_related("recorded_by", "sponsorship__membership").order_by("due_on")

    @cached_property
    def records(self) -> dict[tuple[str, str], Meeting]:
        fill(self.rows, *self._beside)
        return {(one.kind, one.period): one for one in self.rows}

    def weekday(self, kind: Kind) -> int:
        return self.calendar.weekdays.get(kind, OF_KIND[kind].weekday)

    def span(self, kind: Kind) -> tuple[date | None, date | None]:
        """First and last day on which the meeting can be due; no first day without a go-live date.

        Where the CRM is live already, as in a rescue, reviews are due from the program's start.
        """
        start = self.program.starts_on
        if kind is Kind.STAND_UP:
            return start, months_after(start, STANDUP_MONTHS)
        return (max(self.live_on, start) if self.live_on else None), None

    @cached_property
    def since(self) -> date | None:
        """From this day on the sponsor is held to the commitments; None without one who accepted."""
        one = self.sponsorship
        accepted = local_date(self.program, one.accepted_at) if one else None
        return accepted + timedelta(days=1) if accepted else None

    def due(self, kind: Kind, *, first_on: date | None = None, until: date) -> list[cadence.Due]:
        """The due meetings of a kind from `first_on`, when given, to `until`."""
        start, end = self.span(kind)
        if start is None or start > until:
            return []
        found = cadence.due_in(
            OF_KIND[kind].every,
            weekday=self.weekday(kind),
            first_on=start,
            until=min(until, end) if end else until,
            holidays=self.calendar.holidays,
        )
        return [one for one in found if first_on is None or one.on >= first_on]

    def slots(self, kind: Kind) -> list[Slot]:
        """Due until today, with everything that was recorded, oldest first.

        Of the sponsor's stand-ups and quarterly reviews only those since they accepted are due;
        a pipeline review is due without a sponsor, too (D3).
        """
        is_sponsors, is_everybodys = OF_KIND[kind].is_sponsors, kind in {Kind.PIPELINE, Kind.DASHBOARDS}
        found = {
            one.period: Slot(kind, one.period, one.on, None, is_sponsors)
            for one in (self.due(kind, until=self.today) if is_everybodys or self.since else [])
            if is_everybodys or (self.since is not None and one.on >= self.since)
        }
        for (its_kind, period), meeting in self.records.items():
            if its_kind == kind:
                told = is_sponsors and bool(meeting.outcome)
                found[period] = Slot(kind, period, meeting.due_on, meeting, told)
        return sorted(found.values(), key=lambda one: one.due_on)

    @cached_property
    def of_kind(self) -> dict[Kind, list[Slot]]:
        return {one.kind: self.slots(one.kind) for one in CADENCES}

    def next_on(self, kind: Kind) -> date | None:
        """The next day it is due, today included while nothing is recorded."""
        start, end = self.span(kind)
        if start is None or (end is not None and end < self.today):
            return None
        ahead = max(self.today, start) + timedelta(days=200)  # a quarterly one is at most that far
        done = {one.period for one in self.of_kind[kind] if one.meeting}
        wanted = self.due(kind, first_on=self.today, until=ahead)
        return next((one.on for one in wanted if one.period not in done), None)

    @cached_property
    def commitments(self) -> list[Commitment]:
        """Every meeting with this program's dates, and what was kept."""
        return [self._commitment(one) for one in CADENCES]

    def _commitment(self, one: Cadence) -> Commitment:
        start, end = self.span(one.kind)
        slots = self.of_kind[one.kind]
        if one.is_sponsors:
            slots = [slot for slot in slots if self._is_of_the_sponsor(slot)]
        weekday, next_on = self.weekday(one.kind), self.next_on(one.kind)
        return Commitment(one.kind, one.kind.label, one.text, weekday, start, end, next_on, slots)

    @property
    def promised(self) -> list[Commitment]:
        """The sponsor's own three."""
        return [one for one in self.commitments if OF_KIND[one.kind].is_sponsors]

    @property
    def next(self) -> Commitment | None:
        """The sponsor's next meeting; None without one ahead, or before they accepted."""
        ahead = [(one.next_on, one.kind) for one in self.promised if one.next_on and self.since]
        return next((one for one in self.promised if ahead and (one.next_on, one.kind) == min(ahead)), None)

    # --- the sponsor's attendance (R3) --------------------------------------------

    def _is_of_the_sponsor(self, slot: Slot) -> bool:
        """Was it due from the present sponsor?"""
        if slot.meeting is not None:
            return (
                bool(slot.outcome)
                and self.sponsorship is not None
                and (slot.meeting.sponsorship_id == self.sponsorship.pk)
            )
        return self.since is not None and slot.due_on >= self.since

    @cached_property
    def kept(self) -> list[Slot]:
        """Every meeting that was due from the present sponsor, in order of time."""
        slots = (slot for one in self.promised for slot in one.slots)
        return sorted(slots, key=lambda one: (one.due_on, one.kind))

    @property
    def misses(self) -> int:
        """The longest row of misses up to now: of one commitment, or of all in order of time (R3)."""
        rows = [self.kept, *(one.slots for one in self.promised)]
        return max(cadence.misses_in_a_row([slot.outcome for slot in row]) for row in rows)

    @property
    def is_absent(self) -> bool:
        return self.misses >= ABSENT_AFTER

    @property
    def last_at(self) -> datetime | None:
        """When attendance of the present sponsor was recorded last."""
        return max((one.meeting.recorded_at for one in self.kept if one.meeting), default=None)

    @cached_property
    def unrecorded(self) -> list[Slot]:
        """Due before today, and nobody has recorded them; of those due without a sponsor the newest four."""
        return sorted(self._open(), key=lambda one: one.due_on)

    def _open(self) -> Iterable[Slot]:
        for slots in self.of_kind.values():
            open_ones = [one for one in slots if one.meeting is None and one.due_on < self.today]
            yield from open_ones[-SHOWN:]

    @property
    def recordable(self) -> list[Slot]:
        """What can be recorded now: the overdue ones, and what is due today."""
        due_today = [
            one for slots in self.of_kind.values() for one in slots if one.meeting is None and one.due_on == self.today
        ]
        return [*self.unrecorded, *due_today]

    @property
    def log(self) -> list[Meeting]:
        """What was recorded, newest first."""
        return sorted(self.records.values(), key=lambda one: (one.due_on, one.kind), reverse=True)

    def slot(self, kind: str, period: str) -> Slot | None:
        """The due or recorded meeting of a period; None when none was due then."""
        return next((one for one in self.of_kind[Kind(kind)] if one.period == period), None)


def has_vp(program: Program, sponsorship: Sponsorship | None) -> bool:
    """Is there a VP sales who is not the sponsor? Without one the sponsor stands in (P3)."""
    members = Membership.objects.of(program).active().filter(role=Role.VP_SALES)
    if sponsorship is not None:
        members = members.exclude(pk=sponsorship.membership_id)
    return members.exists()
