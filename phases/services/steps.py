"""Start a step, or waive the order of the steps (order of operations)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Program, User
from phases.errors import StepRefused
from phases.models import StepMark
from phases.queries import steps as queries
from phases.registry import Look
from phases.services.signing import require_fresh
from phases.steps import BY_NUMBER


@transaction.atomic
def start_step(*, program: Program, step: int, by: User, wave: int = queries.ONCE) -> StepMark:
    """Mark a step as started, of one wave where each takes it.

    Raises StepRefused with what has to be done first, unless the sponsor waived the order for it;
    Invalid for a step or wave there is not, Conflict when it is started already.
    """
    policy.require(by, "step.start", program)
    look = _look(program, step, wave)
    found = queries.standing_of(look, step, wave)
    if found.started is not None:
        raise Conflict(f"{found.started} already, by {found.started.by.display}.")
    if found.waits_for and found.waived is None:
        said = "; ".join(found.waits_for)
        raise StepRefused(
            f"Step {step} cannot start before this is done: {said}. The sponsor may waive the order.",
            missing=found.waits_for,
        )
    mark = _mark(program, step, wave, StepMark.Kind.STARTED, by)
    audit.record(by=by, verb="step.started", subject=mark, after={"step": step, "wave": wave})
    return mark


@transaction.atomic
def waive_order(
    *,
    program: Program,
    step: int,
    by: User,
    reason: str,
    wave: int = queries.ONCE,
    fresh_at: datetime | None = None,
) -> StepMark:
    """Let a step start before what it needs is done; the sponsor's, with a reason.

    Raises NotYours, NotFresh, Invalid without a reason or where nothing is missing, Conflict when waived already.
    """
    policy.require(by, "step.waive", program)
    look = _look(program, step, wave)
    found = queries.standing_of(look, step, wave)
    if found.waived is not None:
        raise Conflict("The order is waived for this step already.")
    if not found.waits_for:
        raise Invalid("This step waits for nothing, so there is no order to waive.")
    if not reason.strip():
        raise Invalid("Say why the order is left; it stands on every report.", field="reason")
    require_fresh(fresh_at)
    mark = _mark(program, step, wave, StepMark.Kind.WAIVED, by, reason.strip())
    after = {"step": step, "wave": wave, "missing": found.waits_for}
    audit.record(by=by, verb="step.order_waived", subject=mark, after=after, note=mark.reason)
    outbox.put("step.order_waived", mark, step=step, wave=wave)
    return mark


def _look(program: Program, step: int, wave: int) -> Look:
    if step not in BY_NUMBER:
        raise Invalid("The steps are 1 to 10.", field="step")
    look = Look(program)
    if wave not in queries.waves_of(look, BY_NUMBER[step]):
        each = BY_NUMBER[step].per_wave
        raise Invalid("There is no such wave." if each else "This step is taken once, not per wave.", field="wave")
    return look


def _mark(program: Program, step: int, wave: int, kind: str, by: User, reason: str = "") -> StepMark:
    try:
        with transaction.atomic():
            return StepMark.objects.create(
                program=program, step=step, wave=wave, kind=kind, reason=reason, by=by, at=clock.now()
            )
    except IntegrityError as exc:
        raise Conflict("Somebody marked this step a moment ago.") from exc
