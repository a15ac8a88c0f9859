"""Every program a person may see on one page: state, phase, gate position, pace, what is due.

Reads what is stored, for all programs at once: as many queries for one program as for three hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Team
from crmprogram.web import shell
from phases.criteria import of_gate
from phases.method import PHASES
from phases.models import Decision, Reading, Waiver, WaveReview, WaveStart
from phases.queries.pace import Pace, forecast_go_live, paces
from phases.queries.waves import REVIEW_DAYS
from phases.rail import looks
from phases.registry import Look

SOON_DAYS = 14  # a date within them is due
ATTENTION, HOLD, ALL = "attention", "hold", "all"


@dataclass(frozen=True)
class Due:
    """Something that is due in a program: on `on`, or since it."""

    text: str
    on: date | None
    url: str


@dataclass
class Row:
    """One program as it stands. `met` of `total` criteria of its gate by the last readings; None before the first."""

    program: Program
    role: str
    number: int
    pace: Pace
    spine: Sequence[shell.SpinePhase]
    state: str
    word: str
    url: str
    met: int | None = None
    total: int = 0
    forecast: date | None = None
    due: list[Due] = field(default_factory=list)

    @property
    def phase(self) -> str:
        return PHASES[self.number].name

    @property
    def late_days(self) -> int:
        """Days past the typical range's end, 0 within it (G10)."""
        return (self.pace.days or 0) - (self.pace.high or 0) if self.pace.is_late else 0

    @property
    def slip_days(self) -> int:
        """Days by which the forecast lies after the target, 0 when it does not."""
        target = self.program.go_live_on
        return max(0, (self.forecast - target).days) if self.forecast and target else 0

    @property
    def needs_attention(self) -> bool:
        return self.state != "met" or bool(self.late_days or self.slip_days or self.due)

    @property
    def rank(self) -> tuple:
        """Most pressing first, then by name."""
        order = {"unmet": 0, "watch": 1, "running": 2, "met": 3}
        first = min((one.on for one in self.due if one.on), default=date.max)
        return (order[self.state], first, -self.late_days, self.program.company, self.program.name, self.program.pk)


def portfolio(user: Any) -> list[Row]:
    """A row for each program of the person, most pressing first."""
    mine = Membership.objects.active().filter(user=user).select_related("program__accountable")
    memberships = {one.program_id: one for one in mine}
    programs = [one.program for one in memberships.values()]
    found = looks(programs)
    spines, alarms = {pk: shell.spine_of(look) for pk, look in found.items()}, shell.alarms_of(programs)
    rows = {pk: _row(look, memberships[pk], spines[pk]) for pk, look in found.items()}
    _count_criteria(rows)
    for pk, due in _due(programs).items():
        rows[pk].due.extend(due)
    for pk, found_alarms in alarms.items():
        rows[pk].due.extend(Due(one.text, None, one.url) for one in found_alarms)
    for row in rows.values():
        row.due.sort(key=lambda one: (one.on or date.max, one.text))
    return sorted(rows.values(), key=lambda one: one.rank)


def chosen(rows: Iterable[Row], show: str, phase: str) -> list[Row]:
    """The rows a filter leaves: those that need attention, those on hold, or all; of one phase."""
    return [
        one
        for one in rows
        if (show != ATTENTION or one.needs_attention)
        and (show != HOLD or one.program.on_hold)
        and (not phase or str(one.number) == phase)
    ]


def _row(look: Look, membership: Membership, spine: Sequence[shell.SpinePhase]) -> Row:
    program, number = look.program, look.gates.current
    here = paces(look)[number - 1]
    state, word = _state(look, number)
    return Row(
        program=program,
        role=membership.get_role_display(),
        number=number,
        pace=here,
        spine=spine,
        state=state,
        word=word,
        url=reverse("phases:gate", args=[program.slug, number]),
        total=len(of_gate(number)),
        forecast=forecast_go_live(look),
        due=_requested(look, number),
    )


def _state(look: Look, number: int) -> tuple[str, str]:
    latest = look.gates.latest(number)
    drifted = [one for one in PHASES if look.gates.is_drifting(one)]
    if look.program.on_hold:
        return "unmet", "On hold"
    if drifted:
        return "watch", f"Gate {drifted[0]} drifted"
    if latest and latest.decision == Decision.SENT_BACK:
        return "watch", f"Gate {number} sent back"
    if latest and latest.decision == Decision.PENDING:
        return "running", f"Gate {number} requested"
    return "met", "Going"


def _requested(look: Look, number: int) -> list[Due]:
    pending = look.gates.pending(number)
    if pending is None:
        return []
    on = pending.requested_at.date()
    return [Due(f"Decide Gate {number}", on, reverse("phases:gate", args=[look.program.slug, number]))]


def _count_criteria(rows: dict[int, Row]) -> None:
    """How many criteria of each program's gate are met by the newest reading, or waived."""
    readings = Reading.objects.filter(program__in=list(rows)).order_by()
    newest = readings.values("program", "phase", "check_key").annotate(last=Max("pk")).values_list("last")
    verdicts: dict[int, dict[tuple[int, str], str]] = {}
    for one in Reading.objects.filter(pk__in=newest).order_by("pk"):
        verdicts.setdefault(one.program_id, {})[(one.phase, one.check_key)] = one.verdict
    waived: dict[int, set[tuple[int, str]]] = {}
    for waiver in Waiver.objects.filter(program__in=list(rows)).standing().select_related("gate", "program"):
        if waiver.is_live(clock.today(waiver.program)):
            waived.setdefault(waiver.program_id, set()).add((waiver.gate.number, waiver.criterion))
    for pk, row in rows.items():
        known = verdicts.get(pk, {})
        if known:
            row.met = sum(
                known.get((row.number, one.check)) == "met" or (row.number, one.key) in waived.get(pk, set())
                for one in of_gate(row.number)
            )


def _due(programs: Sequence[Program]) -> dict[int, list[Due]]:
    """Waivers that end and go-lives and wave reviews that are near or late, by program."""
    by_key = {one.pk: one for one in programs}
    found: dict[int, list[Due]] = {pk: [] for pk in by_key}
    today = {pk: clock.today(one) for pk, one in by_key.items()}
    ending = Waiver.objects.filter(program__in=by_key, ends_on__isnull=False).standing().select_related("gate")
    for waiver in ending:
        pk, ends_on = waiver.program_id, waiver.ends_on
        if ends_on and today[pk] <= ends_on <= today[pk] + timedelta(days=SOON_DAYS):
            url = reverse("phases:gate", args=[by_key[pk].slug, waiver.gate.number])
            found[pk].append(Due(f"Waiver {waiver.label} ends", ends_on, url))
    for wave in _waves(list(by_key)):
        pk, url = wave["program"], reverse("phases:waves", args=[by_key[wave["program"]].slug])
        decided, planned = wave["decided_on"], wave["planned_on"]
        if decided is None and planned and today[pk] <= planned <= today[pk] + timedelta(days=SOON_DAYS):
            found[pk].append(Due(f"Decide the go-live of wave {wave['wave']}", planned, url))
        if decided is not None:
            on = decided + timedelta(days=REVIEW_DAYS * (wave["reviews"] + 1))
            if on <= today[pk]:
                found[pk].append(Due(f"Review wave {wave['wave']}", on, url))
    return found


def _waves(programs: list[int]) -> list[dict[str, Any]]:
    """Per program and wave: planned, decided, how many reviews."""
    of_wave = {"program": OuterRef("program"), "wave": OuterRef("wave")}
    start = WaveStart.objects.filter(**of_wave).values("starts_on")[:1]
    held = WaveReview.objects.filter(**of_wave).order_by().values("program", "wave").annotate(count=Count("pk"))
    rows = Team.objects.filter(program__in=programs).order_by("program", "wave").values("program", "wave")
    dated = rows.annotate(
        planned_on=Min("go_live_on"),
        decided_on=Subquery(start),
        reviews=Coalesce(Subquery(held.values("count")), 0),
    )
    return [dict(row) for row in dated]
