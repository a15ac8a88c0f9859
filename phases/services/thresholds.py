"""Change a threshold: the sponsor's signed decision, with its reason (G8, G11)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases import registry
from phases.criteria import CRITERIA, NEVER_LOOSER
from phases.errors import ThresholdRefused
from phases.method import LAST_GATE
from phases.models import Gate, GateReview, Threshold
from phases.registry import Look
from phases.services.signing import require_fresh


def defaults_of(check: str, phase: int) -> dict[str, Any]:
    """The threshold of a check in a phase before anybody changed it: the check's own, the gate's over it."""
    given: dict[str, Any] = {}
    for one in CRITERIA:
        if one.check == check and one.gate == phase:
            given = one.given
    return {**registry.CHECKS[check].defaults, **given}


@transaction.atomic
def set_threshold(
    *,
    program: Program,
    check: str,
    params: dict[str, Any],
    by: User,
    reason: str,
    phase: int = 0,
    fresh_at: datetime | None = None,
) -> Threshold:
    """Set values of a check's threshold in `phase` (0: in every phase).

    What `params` leaves out stays as it is. Refused while a gate request is open, for a check
    whose criterion can never be waived (A4), and below a floor that cannot be loosened.
    Raises NotYours, NotFresh, ThresholdRefused or Invalid.
    """
    policy.require(by, "threshold.set", program)
    # every gate is locked, so that no request slips in between
    list(Gate.objects.of(program).select_for_update(of=("self",)).order_by("number"))
    one = registry.CHECKS.get(check)
    if one is None:
        raise Invalid(f"There is no check {check}.", field="check")
    if not 0 <= phase <= LAST_GATE:
        raise Invalid("The phase is 1 to 5, or 0 for all.", field="phase")
    if not reason.strip():
        raise Invalid("Say why the threshold changes; it stands on every report.", field="reason")
    if any(criterion.check == check and not criterion.waivable for criterion in CRITERIA):
        raise ThresholdRefused("The sponsor criterion has no threshold that could be loosened.")
    if GateReview.objects.of(program).pending().exists():
        raise ThresholdRefused("A gate request is open. Thresholds change before a request or after its decision.")
    look = Look(program)
    before = registry.as_json(look.params_of(one, phase, defaults_of(check, phase)))
    try:
        after = registry.as_json(registry.from_json(one.params, {**before, **params}))
    except (ValueError, TypeError, InvalidOperation) as exc:
        raise Invalid(f"This is no threshold of {check}: {exc}", field="params") from exc
    for name, value in after.items():
        floor = NEVER_LOOSER.get((check, name))
        if floor is not None and Decimal(str(value)) < floor:
            raise ThresholdRefused(f"The {name.replace('_', ' ')} cannot be set below {floor}.")
    if after == before:
        raise Invalid("This is the threshold in force already.", field="params")
    require_fresh(fresh_at)
    row = Threshold.objects.create(
        program=program,
        phase=phase,
        check_key=check,
        params=after,
        set_at=clock.now(),
        set_by=by,
        reason=reason.strip(),
    )
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    audit.record(
        by=by,
        verb="threshold.set",
        subject=row,
        before={name: before.get(name) for name in changed},
        after={**changed, "check": check, "gate": phase},
        note=row.reason,
    )
    outbox.put("threshold.set", row, check=check, phase=phase)
    return row
