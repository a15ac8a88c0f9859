"""The checkpoints after a wave's go-live, and what each of them measures (M12)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.urls import reverse

from adoption.milestones import (
    CONVERSION,
    LOGINS,
    RESPONSE,
    RETENTION,
    REVENUE,
    SYNC,
    VELOCITY,
    Measure,
    lift,
    needed,
    rounded,
)
from adoption.queries.checkpoints import CheckpointFacts, Standing, measured, standings_of
from adoption.queries.outcomes import said
from phases.registry import Evidence, Look, check, facts, judged, unknown

facts("checkpoints")(CheckpointFacts)


@dataclass(frozen=True)
class Share:
    """At a wave's day after go-live, at least so many percent."""

    wave: int = 1
    day: int = 30
    percent: Decimal = Decimal(LOGINS.least)  # 0 to 100


@dataclass(frozen=True)
class AboveShare:
    """At a wave's day after go-live, more than so many percent."""

    wave: int = 1
    day: int = 60
    percent: Decimal = Decimal(SYNC.least)  # 0 to 100


@dataclass(frozen=True)
class Gain:
    """At a wave's day after go-live, a gain over the baseline; `percent` of it at least, any gain where that is 0."""

    wave: int = 1
    day: int = 90
    percent: Decimal = Decimal(0)


@dataclass(frozen=True)
class Lift:
    """At a wave's day after go-live, at least `percent` better than the baseline, relative to it; 5 is ours."""

    wave: int = 1
    day: int = 180
    percent: Decimal = Decimal(CONVERSION.least)


def _shown(look: Look, wave: int) -> dict[str, Any]:
    return {"url": reverse("adoption:checkpoints", args=[look.program.slug]) + f"#wave-{wave}"}


def _of_share(look: Look, one: Measure, wave: int, day: int, least: Decimal) -> Evidence:
    if look.waves.live_on(wave) is None:
        return unknown(f"Wave {wave} has no go-live date.", **_shown(look, wave))
    found = measured(look, one.key, wave, day)
    if found.value is None:
        return unknown(found.why, threshold=least, closing=one.imports, **_shown(look, wave))
    ok = found.value > Fraction(least) if one.is_strict else found.value >= Fraction(least)
    return judged(
        ok,
        value=rounded(found.value),
        threshold=least,
        unit="%",
        as_of=found.as_of,
        source=found.source,
        summary=f"{said(one.unit, found.value, '')} ({found.detail}); {one.sign} {least.normalize():f}% is needed.",
        closing="" if ok else f"{one.sign} {least.normalize():f}% on day {day}.",
        **_shown(look, wave),
    )


def _of_gain(look: Look, one: Measure, wave: int, day: int, least: Decimal) -> Evidence:
    if look.waves.live_on(wave) is None:
        return unknown(f"Wave {wave} has no go-live date.", **_shown(look, wave))
    found, currency = measured(look, one.key, wave, day), look.program.currency
    if found.value is None:
        return unknown(found.why, closing=one.imports, **_shown(look, wave))
    more: dict[str, Any] = {
        "value": rounded(found.value),
        "unit": one.unit,
        "as_of": found.as_of,
        "source": found.source,
        "at_most": not one.rising,
        **_shown(look, wave),
    }
    now, baseline = said(one.unit, found.value, currency), look.checkpoints.baselines.get((wave, one.key))
    if baseline is None:
        text = f"{now} ({found.detail}), with no baseline to compare it with."
        return unknown(text, closing="Store what it was before go-live.", **more)
    before = Fraction(baseline.value)
    change = lift(found.value, before, rising=one.rising)
    was = said(one.unit, before, currency)
    if change is None:
        return unknown(f"{now} after a baseline of nothing: a lift cannot be told.", **more)
    least_of = Fraction(least)
    ok = change >= least_of if least_of else change > 0
    late = " The baseline was stored after go-live." if baseline.is_late else ""
    gain = f"{abs(float(change)):.1f}% {'better' if change > 0 else 'worse'}" if change else "no change"
    return judged(
        ok,
        threshold=rounded(needed(before, least_of, rising=one.rising)),
        summary=f"{now} ({found.detail}) after {was}: {gain}.{late}",
        closing="" if ok else f"At least {least.normalize():f}% better than {was}." if least else f"Better than {was}.",
        watch=ok and baseline.is_late,
        **more,
    )


@check(LOGINS.key, params=Share)
def logins(look: Look, at: Share) -> Evidence:
    """Day 30: at least 80 % of the due days of reps and managers of the wave have a login."""
    return _of_share(look, LOGINS, at.wave, at.day, at.percent)


@check(SYNC.key, params=AboveShare)
def sync(look: Look, at: AboveShare) -> Evidence:
    """Day 60: more than 99.5 % of the integration runs succeed."""
    return _of_share(look, SYNC, at.wave, at.day, at.percent)


@check(RESPONSE.key, params=Gain)
def lead_response(look: Look, at: Gain) -> Evidence:
    """Day 90: leads are answered sooner than before; the median from creation to the first call or mail."""
    return _of_gain(look, RESPONSE, at.wave, at.day, at.percent)


@check(VELOCITY.key, params=Gain)
def pipeline_velocity(look: Look, at: Gain) -> Evidence:
    """Day 90: open deals x win rate x mean value / cycle is more than before."""
    return _of_gain(look, VELOCITY, at.wave, at.day, at.percent)


@check(CONVERSION.key, params=Lift)
def conversion(look: Look, at: Lift) -> Evidence:
    """Day 180: the share of closed deals that is won rose by 5 % of what it was."""
    return _of_gain(look, CONVERSION, at.wave, at.day, at.percent)


@check(RETENTION.key, params=Lift)
def retention(look: Look, at: Lift) -> Evidence:
    """Day 180: net revenue retention rose by 5 % of what it was."""
    return _of_gain(look, RETENTION, at.wave, at.day, at.percent)


@check(REVENUE.key, params=Lift)
def revenue(look: Look, at: Lift) -> Evidence:
    """Day 180: revenue won per rep rose by 5 % of what it was."""
    return _of_gain(look, REVENUE, at.wave, at.day, at.percent)


@dataclass(frozen=True)
class OfWave:
    """Which wave is asked about; 0 is all of them."""

    wave: int = 0


@check("adoption.checkpoints", params=OfWave)
def checkpoints(look: Look, which: OfWave) -> Evidence:
    """Is every checkpoint that was due held (M12, step 10)? Asks for attention where one read below its threshold.

    Cannot tell before the first is due.
    """
    waves = [which.wave] if which.wave else look.waves.numbers
    found = [one for wave in waves for one in standings_of(look, wave)]
    url = reverse("adoption:checkpoints", args=[look.program.slug])
    shown: dict[str, Any] = {"url": f"{url}#wave-{which.wave}" if which.wave else url, "source": "Checkpoints"}
    reached = [one for one in found if one.state in {"held", "late"}]
    if not reached:
        ahead = min((one for one in found if one.state != "before"), key=lambda one: one.due_on, default=None)
        if ahead is None and found:
            return unknown("Every checkpoint lay before this program began.", **shown)
        if ahead is None:
            return unknown("No wave has a go-live date yet; checkpoints count from it.", **shown)
        on = f"{ahead.due_on.day} {ahead.due_on:%b %Y}"
        return unknown(f"The first checkpoint, day {ahead.milestone.day} of wave {ahead.wave}, is on {on}.", **shown)
    late = [one for one in reached if one.state == "late"]
    held = [one for one in reached if one.held]
    below = [one for one in held if one.verdict != "met"]
    text = f"{len(held)} of {len(reached)} checkpoints that were due are held"
    text += f"; {len(below)} of them did not reach what was asked." if below else "."
    return judged(
        not late,
        summary=text,
        value=len(held),
        threshold=len(reached),
        unit="checkpoints",
        as_of=max((one.held.held_at for one in held if one.held), default=None),
        closing=f"Hold {_named(late)}." if late else "",
        watch=bool(below) and not late,
        details=[
            {
                "wave": one.wave,
                "day": one.milestone.day,
                "due": f"{one.due_on:%Y-%m-%d}",
                "held": f"{one.held.held_on:%Y-%m-%d}" if one.held else "no",
                "reads": one.verdict if one.held else "–",
            }
            for one in reached
        ],
        **shown,
    )


def _named(late: list[Standing]) -> str:
    return ", ".join(f"day {one.milestone.day} of wave {one.wave}" for one in late[:4])
