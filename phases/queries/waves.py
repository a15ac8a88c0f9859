"""Read pilots and waves: what stands before a go-live, and which reviews are due (P4, G6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Min, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from crmprogram.program import clock, waves
from crmprogram.program.models import Function, Program, Team
from crmprogram.program.together import fill
from phases import registry
from phases.models import Pilot, PilotMeasure, WaveReview, WaveStart
from phases.registry import Look, Verdict, examine

REVIEW_DAYS = 30
AUDIT_GATE = 1
GO_LIVE_GATE = 3
UNKNOWN_STATE = "none"
STATES = {Verdict.MET: "met", Verdict.NOT_MET: "unmet", Verdict.UNKNOWN: UNKNOWN_STATE}


class WaveFacts:
    """A program's teams, pilots, go-lives and reviews; each is read at most once in a look."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def _dated(self) -> tuple[QuerySet[Team], QuerySet[WaveStart]]:
        """Teams and go-lives in one query: what is due after a go-live asks for both."""
        rows = Team.objects.of(self.program), WaveStart.objects.of(self.program).select_related("decided_by")
        fill(*rows)
        return rows

    @cached_property
    def teams(self) -> list[Team]:
        return list(self._dated[0])

    @cached_property
    def pilots(self) -> list[Pilot]:
        """Newest first, each with its measures, newest first."""
        measures = Prefetch("measures", PilotMeasure.objects.select_related("noted_by").order_by("-on", "-pk"))
        rows = (
            Pilot.objects.of(self.program).select_related("team", "planned_by", "closed_by").prefetch_related(measures)
        )
        found = list(rows.order_by("-number"))
        for one in found:
            one.program = self.program
        return found

    @property
    def pilot(self) -> Pilot | None:
        """The one that counts: the newest."""
        return self.pilots[0] if self.pilots else None

    @cached_property
    def starts(self) -> dict[int, WaveStart]:
        return {one.wave: one for one in self._dated[1]}

    @cached_property
    def reviews(self) -> dict[int, list[WaveReview]]:
        """By wave, newest first."""
        found: dict[int, list[WaveReview]] = {}
        for one in WaveReview.objects.of(self.program).select_related("reviewed_by").order_by("wave", "-due_on"):
            found.setdefault(one.wave, []).append(one)
        return found

    @property
    def numbers(self) -> list[int]:
        """The waves there are."""
        return sorted({team.wave for team in self.teams})

    def teams_of(self, wave: int) -> list[Team]:
        return [team for team in self.teams if team.wave == wave]

    def live_on(self, wave: int) -> date | None:
        """The day the wave's first team works in the CRM, as decided, else as its teams are dated."""
        if wave in self.starts:
            return self.starts[wave].starts_on
        return min((team.go_live_on for team in self.teams_of(wave) if team.go_live_on), default=None)


registry.facts("waves")(WaveFacts)


@dataclass(frozen=True)
class Condition:
    """Something a go-live stands on. `is_hard` cannot be signed away; the others can, with a reason."""

    key: str
    title: str
    state: str
    said: str
    is_hard: bool = False
    url: str = ""

    @property
    def is_met(self) -> bool:
        return self.state == "met"


@dataclass(frozen=True)
class Wave:
    """A wave with its teams, what stands before its go-live, and its reviews."""

    number: int
    teams: list[Team]
    start: WaveStart | None
    live_on: date | None
    is_live: bool
    conditions: list[Condition]
    reviews: list[WaveReview]
    due: list[date]

    @property
    def seats(self) -> int:
        return sum(team.seats for team in self.teams)

    @property
    def short(self) -> list[Condition]:
        """Conditions that are not met."""
        return [one for one in self.conditions if not one.is_met]

    @property
    def hard(self) -> list[Condition]:
        return [one for one in self.short if one.is_hard]

    @property
    def is_undecided(self) -> bool:
        """Does a team work in the CRM by its date although nobody decided the go-live?"""
        return self.is_live and self.start is None


def calendar(program: Program) -> list[dict[str, Any]]:
    """Per wave: `planned_on`, `decided_on` (None: undecided), how many `reviews`; `pilot_ends_on` of an open pilot."""
    start = WaveStart.objects.filter(program=program, wave=OuterRef("wave")).values("starts_on")
    held = WaveReview.objects.filter(program=program, wave=OuterRef("wave")).order_by().values("wave")
    pilot = Pilot.objects.of(program).open().values("ends_on")[:1]
    rows = Team.objects.of(program).order_by("wave").values("wave").annotate(planned_on=Min("go_live_on"))
    dated = rows.annotate(
        decided_on=Subquery(start[:1]),
        reviews=Coalesce(Subquery(held.annotate(count=Count("pk")).values("count")), 0),
        pilot_ends_on=Subquery(pilot),
    )
    return [dict(row) for row in dated]


def all_waves(look: Look) -> list[Wave]:
    """The waves in their order."""
    return [wave_of(look, number) for number in look.waves.numbers]


def wave_of(look: Look, number: int) -> Wave:
    facts, today = look.waves, clock.today(look.program)
    live_on, start = facts.live_on(number), facts.starts.get(number)
    is_live = live_on is not None and live_on <= today
    reviews = facts.reviews.get(number, [])
    return Wave(
        number=number,
        teams=facts.teams_of(number),
        start=start,
        live_on=live_on,
        is_live=is_live,
        conditions=[] if start else conditions(look, number),
        reviews=reviews,
        due=due_reviews(live_on, today, {one.due_on for one in reviews}) if is_live else [],
    )


def due_reviews(live_on: date | None, today: date, held: set[date]) -> list[date]:
    """The days on which a review was due, every 30 days from go-live, and is not recorded; oldest first."""
    if live_on is None:
        return []
    days = range(REVIEW_DAYS, (today - live_on).days + 1, REVIEW_DAYS)
    return [on for on in (live_on + timedelta(days=count) for count in days) if on not in held]


def conditions(look: Look, number: int) -> list[Condition]:
    """What a wave's go-live stands on (P4, G6, R5, H14)."""
    program, slug = look.program, look.program.slug
    gate_url = reverse("phases:gate", args=[slug, GO_LIVE_GATE])
    is_signed = look.gates.approval(GO_LIVE_GATE) is not None
    said = "Gate 3 is signed." if is_signed else "Gate 3 is not signed; only a pilot may start before it."
    found = [Condition("gate", "Gate 3 is signed", "met" if is_signed else "unmet", said, True, gate_url)]
    if program.on_hold:
        found.append(Condition("hold", "The program is not on hold", "unmet", program.hold_reason, True))
    found.append(_checked(look, "owner", "A system owner is named", "governance.system_owner", is_hard=True))
    earlier = [one for one in look.waves.numbers if one < number]
    if earlier:
        ready = look.waves.live_on(earlier[-1])
        is_open = ready is not None and ready <= clock.today(program)
        said = f"Wave {earlier[-1]} {'is live' if is_open else 'is not live yet'}."
        found.append(Condition("order", f"Wave {earlier[-1]} is live", "met" if is_open else "unmet", said))
    found.append(pilot_condition(look))
    found.append(_checked(look, "uat", "UAT is signed", "rollout.uat", wave=number))
    found.append(_checked(look, "cutover", "The cutover checklist is complete", "rollout.cutover", wave=number))
    if any(team.function == Function.SUCCESS for team in look.waves.teams_of(number)):
        found.append(_checked(look, "maturity", "Sales stands at maturity stage 2", "governance.sales_maturity"))
    return found


def pilot_condition(look: Look) -> Condition:
    """At least four pilot weeks with the target met, where a pilot is required or was made (P4)."""
    facts, rule = look.waves, waves.WaveRule()
    url = reverse("phases:waves", args=[look.program.slug])
    title = f"{rule.pilot_weeks[0]} pilot weeks with the target met"
    advice, pilot = waves.advise(facts.teams, rule), facts.pilot
    if pilot is None and advice.need == "pilot":
        return Condition("pilot", title, "unmet", f"{advice.said} None is planned.", url=url)
    if pilot is None:
        if advice.window_from is None:
            return Condition("pilot", title, UNKNOWN_STATE, advice.said, url=url)
        if advice.need == "free":
            return Condition("pilot", "No pilot is required", "met", advice.said, url=url)
        return _all_at_once(look, advice.said)
    return Condition("pilot", title, *pilot_verdict(pilot, clock.today(look.program)), url=url)


def _all_at_once(look: Look, said: str) -> Condition:
    """5 to 15 seats may go live without a pilot once the Audit and the configuration are signed (P4)."""
    title, is_audited = "The Audit and the configuration are signed", look.gates.approval(AUDIT_GATE) is not None
    found = examine(look, "phases.configuration_signed")
    state = STATES[found.verdict] if is_audited else "unmet"
    audited = "" if is_audited else f" Gate {AUDIT_GATE} is not signed."
    return Condition("pilot", title, state, f"{said}{audited} {found.summary}", url=found.url)


def pilot_verdict(pilot: Pilot, today: date) -> tuple[str, str]:
    """(state, sentence): did the pilot run its least weeks, and does its newest measure meet the target?"""
    least, weeks = waves.WaveRule().pilot_weeks[0], pilot.weeks_until(today)
    newest = next(iter(pilot.measures.all()), None)
    ran = f"{pilot.label} in {pilot.place} ran {weeks} of {pilot.planned_weeks} weeks"
    if newest is None:
        return ("unmet" if weeks < least else UNKNOWN_STATE), f"{ran}; nothing was measured yet."
    sign = "≤" if pilot.is_lower_better else "≥"
    measured = f"{pilot.metric} {plain(newest.value)}{_unit(pilot)}, needs {sign} {plain(pilot.target)}{_unit(pilot)}"
    is_met = weeks >= least and pilot.reaches(newest.value)
    return ("met" if is_met else "unmet"), f"{ran}; {measured}."


def plain(value: Any) -> str:
    """A decimal without needless zeros: 80, 2.5."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def _unit(pilot: Pilot) -> str:
    return f" {pilot.unit}" if pilot.unit else ""


def _checked(look: Look, key: str, title: str, check: str, *, is_hard: bool = False, wave: int = 0) -> Condition:
    given = {"wave": wave} if wave and check in registry.CHECKS else {}
    found = examine(look, check, **given)
    return Condition(key, title, STATES[found.verdict], found.summary, is_hard, found.url)
