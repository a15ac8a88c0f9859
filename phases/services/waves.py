"""Pilots, the go-live of waves, and their reviews (P4, G6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Program, Team, User
from crmprogram.program.waves import WaveRule
from phases.errors import WaveRefused
from phases.models import Gate, Pilot, PilotMeasure, WaveReview, WaveStart
from phases.queries import waves as queries
from phases.registry import Look
from phases.services.gates import require_gate_passed
from phases.services.saving import expect_version, save_checked
from phases.services.signing import require_fresh

PILOT_FIELDS = ("team", "region", "use_case", "metric", "unit", "baseline", "target", "starts_on", "ends_on")


@transaction.atomic
def plan_pilot(*, program: Program, by: User, **values: Any) -> Pilot:
    """Plan a pilot of 4 to 8 weeks; `values` are `PILOT_FIELDS`. A program has one open pilot.

    Raises Invalid for a span, place or target that does not hold, Conflict while another is open.
    """
    policy.require(by, "wave.plan", program)
    pilot = Pilot(program=program, planned_by=by, planned_at=clock.now(), number=0)
    before, after = _take(pilot, values)
    pilot.number = program.next_number("pilot")
    try:
        with transaction.atomic():
            save_checked(pilot)
    except (IntegrityError, Invalid) as exc:
        if Pilot.objects.of(program).open().exists():
            raise Conflict("A pilot is open already. Close it with what it found before the next one.") from exc
        raise
    audit.record(by=by, verb="pilot.planned", subject=pilot, before=before, after=after)
    outbox.put("pilot.planned", pilot, number=pilot.number)
    return pilot


@transaction.atomic
def change_pilot(*, pilot: Pilot, by: User, seen_edit: int, **values: Any) -> Pilot:
    """Change a pilot. What it is measured by stays as it is once something was measured.

    Raises Conflict when somebody changed it since, WaveRefused when it is closed or measured already.
    """
    policy.require(by, "wave.plan", pilot)
    pilot = Pilot.objects.select_related("team").lock(pilot.pk)
    _require_open(pilot)
    expect_version(pilot.edit, seen_edit, "this pilot")
    before, after = _take(pilot, values)
    if {"metric", "unit", "baseline", "target", "starts_on"} & set(after) and pilot.measures.exists():
        raise WaveRefused("Something was measured already, so metric, baseline, target and first day stay as they are.")
    if after:
        pilot.edit += 1
        save_checked(pilot)
        audit.record(by=by, verb="pilot.changed", subject=pilot, before=before, after=after)
    return pilot


@transaction.atomic
def note_measure(*, pilot: Pilot, by: User, on: date, value: Decimal, source: str) -> PilotMeasure:
    """Note what the pilot's metric was on a day of it, with where the number is from."""
    policy.require(by, "wave.plan", pilot)
    pilot = Pilot.objects.lock(pilot.pk)
    _require_open(pilot)
    if not pilot.starts_on <= on <= clock.today(pilot.program):
        raise Invalid("The day lies between the pilot's first one and today.", field="on")
    measure = PilotMeasure(pilot=pilot, on=on, value=value, source=source.strip(), noted_by=by, noted_at=clock.now())
    save_checked(measure)
    after = {"on": on, "value": str(value), "source": measure.source}
    audit.record(by=by, verb="pilot.measured", subject=pilot, after=after)
    return measure


@transaction.atomic
def close_pilot(*, pilot: Pilot, by: User, finding: str) -> Pilot:
    """End a pilot with what it found: what works, what changes before the next wave."""
    policy.require(by, "wave.plan", pilot)
    pilot = Pilot.objects.lock(pilot.pk)
    _require_open(pilot)
    if not finding.strip():
        raise Invalid("Say what the pilot found, and what changes because of it.", field="finding")
    pilot.closed_at, pilot.closed_by, pilot.finding = clock.now(), by, finding.strip()
    pilot.save(update_fields=["closed_at", "closed_by", "finding"])
    audit.record(by=by, verb="pilot.closed", subject=pilot, note=pilot.finding)
    outbox.put("pilot.closed", pilot, number=pilot.number)
    return pilot


@transaction.atomic
def start_wave(
    *, program: Program, wave: int, by: User, starts_on: date, reason: str = "", fresh_at: datetime | None = None
) -> WaveStart:
    """Decide that a wave goes live on `starts_on`, which becomes the date of its teams.

    Refused before Gate 3, without a system owner and on hold. What else is not met needs a
    `reason`, and stands in the decision. Two clicks decide it once.
    Raises NotYours, NotFresh, GateNotPassed, WaveRefused with what is missing, or Invalid.
    """
    policy.require(by, "wave.start", program)
    Gate.objects.select_for_update(of=("self",)).get(program=program, number=queries.GO_LIVE_GATE)
    look = Look(program)
    if wave not in look.waves.numbers:
        raise Invalid(f"No team goes live in wave {wave}.", field="wave")
    if wave in look.waves.starts:
        raise WaveRefused(f"The go-live of wave {wave} was decided already.")
    require_gate_passed(program, queries.GO_LIVE_GATE, doing=f"The go-live of wave {wave}")
    found = queries.wave_of(look, wave)
    if found.hard:
        said = " ".join(one.said for one in found.hard)
        raise WaveRefused(f"Wave {wave} cannot go live. {said}", missing=[one.key for one in found.hard])
    if starts_on < clock.today(program):
        raise Invalid("A go-live is decided before its day.", field="starts_on")
    despite = [f"{one.title}: {one.said}" for one in found.short]
    if despite and not reason.strip():
        raise Invalid("Not everything is met. Say why the wave goes live all the same.", field="reason")
    require_fresh(fresh_at)
    start = WaveStart.objects.create(
        program=program,
        wave=wave,
        starts_on=starts_on,
        despite=despite,
        reason=reason.strip(),
        decided_by=by,
        decided_at=clock.now(),
    )
    for team in found.teams:
        _date_team(team, starts_on, by)
    after = {"wave": wave, "starts_on": starts_on, "despite": despite}
    audit.record(by=by, verb="wave.start_decided", subject=start, after=after, note=start.reason)
    outbox.put("wave.start_decided", start, wave=wave, starts_on=starts_on.isoformat())
    return start


@transaction.atomic
def review_wave(
    *, program: Program, wave: int, by: User, due_on: date, held_on: date, finding: str, next_step: str = ""
) -> WaveReview:
    """Record the review that was due on `due_on` (P4: every 30 days after go-live).

    Raises Invalid for a day on which none was due, Conflict when it is recorded already.
    """
    policy.require(by, "wave.plan", program)
    look, today = Look(program), clock.today(program)
    live_on = look.waves.live_on(wave)
    held = {one.due_on for one in look.waves.reviews.get(wave, [])}
    if due_on in held:
        raise Conflict("This review is recorded already.")
    if due_on not in queries.due_reviews(live_on, today + timedelta(days=queries.REVIEW_DAYS), held):
        raise Invalid(f"No review of wave {wave} is due on that day.", field="due_on")
    if live_on is None or not live_on <= held_on <= today:
        raise Invalid("A review is held after go-live and not in the future.", field="held_on")
    review = WaveReview(
        program=program,
        wave=wave,
        due_on=due_on,
        held_on=held_on,
        finding=finding.strip(),
        next_step=next_step.strip(),
        reviewed_by=by,
        reviewed_at=clock.now(),
    )
    save_checked(review)
    after = {"wave": wave, "due_on": due_on, "held_on": held_on}
    audit.record(by=by, verb="wave.reviewed", subject=review, after=after, note=review.finding)
    return review


def _take(pilot: Pilot, values: dict[str, Any]) -> tuple[dict, dict]:
    """Set the values; refuse a span that is no pilot (P4), a place of another program, a target without distance."""
    if unknown := set(values) - set(PILOT_FIELDS):
        raise Invalid(f"Not of a pilot: {', '.join(sorted(unknown))}.")
    team: Team | None = values.get("team", pilot.team)
    if team is not None and team.program_id != pilot.program_id:
        raise Invalid("This team belongs to another program.", field="team")
    if team is not None:
        values = {**values, "region": team.name}  # it stays when the team is removed
    before, after = audit.changes(pilot, values)
    if team is None and not pilot.region:
        raise Invalid("A pilot is one team or one region.", field="team")
    if pilot.baseline == pilot.target:
        raise Invalid("The target has to differ from the baseline.", field="target")
    least, most = WaveRule().pilot_weeks
    days = (pilot.ends_on - pilot.starts_on).days + 1
    if not 7 * least <= days <= 7 * most:
        raise Invalid(f"A pilot lasts {least} to {most} weeks; this is {days} days.", field="ends_on")
    return before, after


def _require_open(pilot: Pilot) -> None:
    if pilot.closed_at is not None:
        raise WaveRefused(f"Pilot {pilot.label} is closed.")


def _date_team(team: Team, on: date, by: User) -> None:
    before, after = audit.changes(team, {"go_live_on": on})
    if after:
        team.save(update_fields=["go_live_on"])
        audit.record(by=by, verb="team.changed", subject=team, before=before, after=after)
