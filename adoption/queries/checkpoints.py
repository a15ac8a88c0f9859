"""Checkpoints of waves: what is due, what was held, and what every measure reads now (M12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from adoption.milestones import GRACE, MEASURES, MILESTONES, OF_DAY, Measure, Milestone, verdict_of
from adoption.models import Baseline, Checkpoint
from adoption.queries.outcomes import Measured, Outcomes, measure, said
from crmprogram.program import clock
from crmprogram.program.models import Program, Team
from crmprogram.program.together import fill
from phases.registry import Evidence, Look, examine

EDGE = Fraction(11, 10)  # the axis ends a tenth beyond the greatest of what is drawn on it


class CheckpointFacts:
    """What was held, and the baselines; outcomes are read when a measure asks for them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.outcomes = Outcomes(program)

    @cached_property
    def _rows(self) -> tuple[Any, Any]:
        rows = (
            Checkpoint.objects.of(self.program).select_related("held_by"),
            Baseline.objects.of(self.program).select_related("stored_by").order_by("pk"),
        )
        fill(*rows)
        return rows

    @cached_property
    def held(self) -> dict[tuple[int, int], Checkpoint]:
        """By wave and day."""
        found = {(one.wave, one.day): one for one in self._rows[0]}
        for one in found.values():
            one.program = self.program
        return found

    @cached_property
    def baselines(self) -> dict[tuple[int, str], Baseline]:
        """The one that holds, the newest, by wave and measure."""
        return {(one.wave, one.key): one for one in self._rows[1]}


@dataclass(frozen=True)
class Reading:
    """What one measure read at a checkpoint, against its threshold and its baseline. Decimals are text in JSON.

    `now`, `was` and `needs` are value, baseline and threshold as they were shown, "" for none.
    """

    key: str
    label: str
    unit: str
    verdict: str
    said: str
    value: Decimal | None = None
    threshold: Decimal | None = None
    baseline: Decimal | None = None
    baseline_on: str = ""
    baseline_source: str = ""
    is_late: bool = False
    rising: bool = True
    now: str = ""
    was: str = ""
    needs: str = ""
    source: str = ""
    as_of: str = ""
    closing: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: str(one) if isinstance(one, Decimal) else one for name, one in asdict(self).items()}

    @classmethod
    def read(cls, values: dict[str, Any]) -> Reading:
        numbers = {
            name: Decimal(values[name]) if values.get(name) is not None else None
            for name in ("value", "threshold", "baseline")
        }
        return cls(**{**values, **numbers})

    @property
    def state(self) -> str:
        return {"met": "met", "not_met": "unmet"}.get(self.verdict, "none")

    @property
    def is_met(self) -> bool | None:
        return None if self.verdict == "unknown" else self.verdict == "met"

    @property
    def at(self) -> datetime | None:
        return datetime.fromisoformat(self.as_of) if self.as_of else None

    @property
    def since(self) -> date | None:
        return date.fromisoformat(self.baseline_on) if self.baseline_on else None

    @property
    def places(self) -> tuple[float | None, float | None, float | None]:
        """Baseline, value and threshold along an axis from zero, 0 to 100; percent stand on their own axis.

        The axis begins at zero, so that a small gain looks small.
        """
        numbers = [self.baseline, self.value, self.threshold]
        drawn = [Fraction(one) for one in numbers if one is not None]
        top = max([*(one * EDGE for one in drawn), Fraction(100) if self.unit == "percent" else Fraction(0)], default=0)
        if self.unit == "percent" and max(drawn, default=0) <= 100:
            top = Fraction(100)
        before, now, gate = (float(100 * Fraction(one) / top) if one is not None and top else None for one in numbers)
        return before, now, gate

    @property
    def is_drawn(self) -> bool:
        return self.value is not None and self.threshold is not None


@dataclass
class Standing:
    """A checkpoint of a wave as it stands: before, ahead, due, late or held. `readings` are frozen once it is held.

    Before: its day had gone by when the program began on `began`, as in a rescue (ours). It may be
    held from what the exports tell, and nobody is late.
    """

    wave: int
    milestone: Milestone
    live_on: date
    began: date
    today: date
    held: Checkpoint | None = None
    readings: list[Reading] = field(default_factory=list)

    @property
    def due_on(self) -> date:
        return self.held.due_on if self.held else self.live_on + timedelta(days=self.milestone.day)

    @property
    def late_from(self) -> date:
        return self.due_on + GRACE + timedelta(days=1)

    @property
    def state(self) -> str:
        if self.held:
            return "held"
        if self.today < self.due_on:
            return "ahead"
        if self.late_from <= self.began:
            return "before"
        return "late" if self.today >= self.late_from else "due"

    @property
    def is_open(self) -> bool:
        """Can it be held now?"""
        return self.state in {"before", "due", "late"}

    @property
    def is_asked(self) -> bool:
        """Does it wait for somebody now?"""
        return self.state in {"due", "late"}

    @property
    def verdict(self) -> str:
        if self.held:
            return self.held.verdict
        return verdict_of(self.milestone, [one.verdict for one in self.readings]) if self.readings else "unknown"


@dataclass
class WaveCheckpoints:
    """A wave with its four checkpoints and the baselines they are compared with."""

    number: int
    teams: list[Team]
    live_on: date | None
    is_decided: bool
    standings: list[Standing]
    baselines: list[tuple[Measure, Baseline | None]]

    @property
    def is_live(self) -> bool:
        return bool(self.standings) and self.standings[0].today >= self.standings[0].live_on

    @property
    def missing(self) -> list[Measure]:
        return [one for one, baseline in self.baselines if baseline is None]


def standings_of(look: Look, wave: int) -> list[Standing]:
    """The four checkpoints of a wave, without readings; none without a date of its go-live."""
    live_on = look.waves.live_on(wave)
    held = look.checkpoints.held
    if live_on is None:
        return []
    today = clock.today(look.program)
    began = look.program.starts_on
    return [Standing(wave, one, live_on, began, today, held.get((wave, one.day))) for one in MILESTONES]


def open_standings(look: Look) -> list[Standing]:
    """What waits to be held, over all waves, oldest first."""
    if not any(_reached(look, wave) for wave in look.waves.numbers):
        return []
    found = [one for wave in look.waves.numbers for one in standings_of(look, wave) if one.is_asked]
    return sorted(found, key=lambda one: (one.due_on, one.wave))


def _reached(look: Look, wave: int) -> bool:
    """Is the first checkpoint of the wave come?"""
    live_on = look.waves.live_on(wave)
    return live_on is not None and clock.today(look.program) >= live_on + timedelta(days=MILESTONES[0].day)


def until_of(look: Look, wave: int, day: int) -> date:
    """The last day a checkpoint reads: its own, or today while that is ahead."""
    live_on = look.waves.live_on(wave)
    assert live_on is not None
    return min(live_on + timedelta(days=day), clock.today(look.program))


def measured(look: Look, key: str, wave: int, day: int) -> Measured:
    """What a measure is at a checkpoint of a wave."""
    teams = [one.pk for one in look.waves.teams_of(wave)]
    until = until_of(look, wave, day)
    return measure(look.checkpoints.outcomes, key, teams, until, look.waves.live_on(wave))


def before_go_live(look: Look, key: str, wave: int) -> Measured:
    """What a measure was before the wave's go-live: up to the day before it, or to today while that is ahead."""
    teams, live_on = [one.pk for one in look.waves.teams_of(wave)], look.waves.live_on(wave)
    today = clock.today(look.program)
    until = min(live_on - timedelta(days=1), today) if live_on else today
    return measure(look.checkpoints.outcomes, key, teams, until)


def read(look: Look, standing: Standing) -> list[Reading]:
    """The rows of a checkpoint: as they were held, else as its checks answer now."""
    if standing.held:
        return [Reading.read(one) for one in standing.held.readings]
    found = []
    for key in standing.milestone.keys:
        evidence = examine(look, key, wave=standing.wave, day=standing.milestone.day)
        found.append(_reading(look, MEASURES[key], standing.wave, evidence))
    return found


def _reading(look: Look, one: Measure, wave: int, evidence: Evidence) -> Reading:
    baseline = look.checkpoints.baselines.get((wave, one.key)) if one.is_compared else None
    currency = look.program.currency
    value, threshold = (
        None if found is None else Decimal(str(found)) for found in (evidence.value, evidence.threshold)
    )
    return Reading(
        key=one.key,
        label=one.label,
        unit=one.unit,
        verdict=str(evidence.verdict),
        said=evidence.summary,
        value=value,
        threshold=threshold,
        baseline=baseline.value if baseline else None,
        baseline_on=baseline.measured_on.isoformat() if baseline else "",
        baseline_source=baseline.source if baseline else "",
        is_late=bool(baseline and baseline.is_late),
        rising=one.rising,
        now=said(one.unit, value, currency) if value is not None else "",
        was=said(one.unit, baseline.value, currency) if baseline else "",
        needs=f"{one.sign} {said(one.unit, threshold, currency)}" if threshold is not None else "",
        source=evidence.source,
        as_of=evidence.as_of.isoformat() if evidence.as_of else "",
        closing=evidence.closing,
    )


def all_waves(look: Look) -> list[WaveCheckpoints]:
    """Every wave with its checkpoints; readings of those held, due, and of the next one ahead."""
    baselines = look.checkpoints.baselines
    found = []
    for number in look.waves.numbers:
        standings = standings_of(look, number)
        compared = [one for one in MEASURES.values() if one.is_compared]
        found.append(
            WaveCheckpoints(
                number,
                look.waves.teams_of(number),
                look.waves.live_on(number),
                number in look.waves.starts,
                standings,
                [(one, baselines.get((number, one.key))) for one in compared],
            )
        )
    wanted = [one for wave in found for one in _with_readings(wave.standings)]
    live = [one for one in wanted if not one.held]
    look.checkpoints.outcomes.read_deals(_deal_days(look, live))
    for one in wanted:
        one.readings = read(look, one)
    return found


def _with_readings(standings: Sequence[Standing]) -> list[Standing]:
    """Held, due, and after go-live the next one ahead: a day that is far off has nothing to say."""
    ahead = [one for one in standings if one.state == "ahead" and one.today >= one.live_on]
    return [one for one in standings if one.state != "ahead"] + ahead[:1]


def _deal_days(look: Look, live: Sequence[Standing]) -> list[date]:
    """The days of which deals are summed up, so that all of them are read at once."""
    asked = [one for one in live if any(key in OF_DEALS for key in one.milestone.keys)]
    exported = look.checkpoints.outcomes.exported_on if asked else None
    if exported is None:
        return []
    return [min(until_of(look, one.wave, one.milestone.day), exported) for one in asked]


OF_DEALS = frozenset({"checkpoint.velocity", "checkpoint.conversion", "checkpoint.revenue"})
DAYS = tuple(OF_DAY)
