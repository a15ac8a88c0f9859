"""Store what was before a wave's go-live, and hold the checkpoints after it (M12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from adoption.errors import CheckpointRefused
from adoption.milestones import COMPARED, MEASURES, OF_DAY, Measure, rounded
from adoption.models import Baseline, Checkpoint
from adoption.queries.checkpoints import before_go_live, read, standings_of
from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.registry import Look


@transaction.atomic
def store_baselines(
    *, program: Program, by: User, wave: int, note: str = ""
) -> tuple[list[Baseline], list[tuple[Measure, str]]]:
    """Measure and store what is not stored yet; before go-live what is there is measured again.

    Returns the rows stored, and what could not be measured with why. From go-live on `note` says why only
    now. Raises NotYours, Invalid, CheckpointRefused when every measure is stored and frozen.
    """
    policy.require(by, "checkpoints.hold", program)
    look, is_live = _look(program, wave)
    stored = look.checkpoints.baselines
    open_ones = [one for one in COMPARED if not (is_live and (wave, one.key) in stored)]
    if not open_ones:
        raise CheckpointRefused(f"The baselines of wave {wave} are frozen: it is live.")
    rows, short = [], []
    for one in open_ones:
        found = before_go_live(look, one.key, wave)
        if found.value is None or found.on is None:
            short.append((one, found.why))
            continue
        rows.append(
            _store(
                look,
                by,
                Baseline(
                    wave=wave,
                    key=one.key,
                    value=rounded(found.value),
                    detail=found.detail[:200],
                    source=found.source[:200],
                    measured_on=found.on,
                    note=note,
                ),
                is_live=is_live,
            )
        )
    return rows, short


@transaction.atomic
def enter_baseline(
    *, program: Program, by: User, wave: int, key: str, value: Decimal, source: str, measured_on: date, note: str = ""
) -> Baseline:
    """Enter a baseline that no export holds, with its source and the last day it covers.

    `value` is in percent, hours, or whole units of the program's currency. Raises NotYours, Invalid with the
    field, CheckpointRefused when one is stored and the wave is live.
    """
    policy.require(by, "checkpoints.hold", program)
    look, is_live = _look(program, wave)
    measure = MEASURES.get(key)
    if measure is None or not measure.is_compared:
        raise Invalid("This is no measure that is compared with a baseline.", field="key")
    if value < 0:
        raise Invalid("A baseline is not negative.", field="value")
    if not source.strip():
        raise Invalid("Say where the baseline comes from.", field="source")
    live_on = look.waves.live_on(wave)
    if measured_on > clock.today(program) or (live_on is not None and measured_on >= live_on):
        raise Invalid("A baseline is of days before go-live, and not of days to come.", field="measured_on")
    if is_live and (wave, key) in look.checkpoints.baselines:
        raise CheckpointRefused(f"The baseline of wave {wave} is frozen: it is live.")
    row = Baseline(
        wave=wave,
        key=key,
        value=value * 100 if measure.unit.startswith("money") else value,
        source=source.strip()[:200],
        measured_on=measured_on,
        is_entered=True,
        note=note,
    )
    return _store(look, by, row, is_live=is_live)


@transaction.atomic
def hold_checkpoint(
    *, program: Program, by: User, wave: int, day: int, comment: str, next_step: str = ""
) -> Checkpoint:
    """Hold the checkpoint of a day: what every measure reads is frozen with the comment.

    Raises NotYours, Invalid, CheckpointRefused before its day, or when it was held.
    """
    policy.require(by, "checkpoints.hold", program)
    look, _ = _look(program, wave)
    standing = next((one for one in standings_of(look, wave) if one.milestone.day == day), None)
    if day not in OF_DAY or standing is None:
        raise CheckpointRefused(f"Wave {wave} has no go-live date, or no checkpoint on day {day}.")
    if standing.held:
        raise CheckpointRefused(f"The checkpoint of day {day} was held on {standing.held.held_on:%Y-%m-%d}.")
    if not standing.is_open:
        raise CheckpointRefused(f"The checkpoint of day {day} is on {standing.due_on:%Y-%m-%d}; it is held from then.")
    if not comment.strip():
        raise Invalid("Say what the readings mean.", field="comment")
    standing.readings = read(look, standing)
    one = Checkpoint.objects.create(
        program=program,
        wave=wave,
        day=day,
        live_on=standing.live_on,
        due_on=standing.due_on,
        readings=[row.as_json() for row in standing.readings],
        verdict=standing.verdict,
        comment=comment.strip(),
        next_step=next_step.strip()[:300],
        held_on=standing.today,
        held_by=by,
        held_at=clock.now(),
    )
    audit.record(
        by=by,
        verb="checkpoint.held",
        subject=one,
        program=program,
        after={"wave": wave, "day": day, "reads": one.verdict, **{row.label: row.verdict for row in standing.readings}},
        note=one.comment,
    )
    outbox.put("checkpoint.held", one, wave=wave, day=day, reads=one.verdict)
    return one


def _look(program: Program, wave: int) -> tuple[Look, bool]:
    """The program, locked, and whether the wave is live; raises CheckpointRefused for a wave it does not have."""
    look = Look(Program.objects.lock(program.pk))
    if wave not in look.waves.numbers:
        raise CheckpointRefused(f"No team is in wave {wave}.")
    live_on = look.waves.live_on(wave)
    return look, live_on is not None and live_on <= clock.today(look.program)


def _store(look: Look, by: User, row: Baseline, *, is_live: bool) -> Baseline:
    row.note = row.note.strip()[:300]
    if is_live and not row.note:
        raise Invalid("The wave is live: say why its baseline is stored only now.", field="note")
    row.program, row.is_late, row.stored_by, row.stored_at = look.program, is_live, by, clock.now()
    row.save()
    audit.record(
        by=by,
        verb="baseline.stored",
        subject=row,
        program=look.program,
        after={"wave": row.wave, "measure": row.key, "value": str(row.value), "source": row.source, "late": is_live},
        note=row.note,
    )
    return row
