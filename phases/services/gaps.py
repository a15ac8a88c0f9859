"""Note gaps and estimate what they cost a year (A2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.models import Capability, Gap, Step
from phases.services.saving import expect_version, save_checked

FIELDS = (
    "title",
    "detail",
    "kind",
    "step",
    "volume",
    "volume_of",
    "rate_percent",
    "value",
    "source",
    "confidence",
)
ESTIMATE = ("volume", "rate_percent", "value")


def yearly_cost(volume: Decimal, rate_percent: Decimal, value: int) -> int:
    """Volume × rate × value in minor units, rounded half up once, at the end.

    >>> yearly_cost(Decimal(1200), Decimal("12.5"), 40000)  # 1,200 × 12.5 % × 400.00
    6000000
    """
    return int((volume * rate_percent * value / 100).quantize(Decimal(1), ROUND_HALF_UP))


@transaction.atomic
def add_gap(*, program: Program, by: User, closed_by: Sequence[Capability] = (), **values: Any) -> Gap:
    """Note a gap. Volume, rate and value come together, or later all three."""
    policy.require(by, "audit.edit", program)
    gap = Gap(program=program, number=program.next_number("gap"), changed_at=clock.now())
    _put(gap, values)
    save_checked(gap)
    _close(gap, closed_by)
    audit.record(by=by, verb="gap.added", subject=gap, after={"title": gap.title, "yearly_cost": gap.yearly_cost})
    return gap


@transaction.atomic
def change_gap(
    *, gap: Gap, by: User, seen_version: int, closed_by: Sequence[Capability] | None = None, **values: Any
) -> Gap:
    """Change a gap; the cost is computed anew. None for `closed_by` leaves the capabilities as they are."""
    policy.require(by, "audit.edit", gap)
    gap = Gap.objects.select_related("program").select_for_update(of=("self",)).get(pk=gap.pk)
    expect_version(gap.version, seen_version, f"gap {gap.number}")
    before, after = _put(gap, values)
    if closed_by is not None:
        was, now = set(gap.capabilities.all()), set(closed_by)
        if was != now:
            before["closed_by"] = sorted(one.number for one in was)
            after["closed_by"] = sorted(one.number for one in now)
            _close(gap, closed_by)
    if not after:
        return gap
    gap.version += 1
    gap.changed_at = clock.now()
    save_checked(gap)
    audit.record(by=by, verb="gap.changed", subject=gap, before=before, after=after)
    return gap


@transaction.atomic
def remove_gap(*, gap: Gap, by: User, seen_version: int) -> None:
    """Remove a gap. Its number is not given again; capabilities lose this trace."""
    policy.require(by, "audit.edit", gap)
    gap = Gap.objects.select_related("program").select_for_update(of=("self",)).get(pk=gap.pk)
    expect_version(gap.version, seen_version, f"gap {gap.number}")
    audit.record(by=by, verb="gap.removed", subject=gap, before={"title": gap.title, "yearly_cost": gap.yearly_cost})
    gap.delete()


def _put(gap: Gap, values: dict[str, Any]) -> tuple[dict, dict]:
    """Set the values (unsaved) and compute the cost; returns what was and what is."""
    if unknown := set(values) - set(FIELDS):
        raise Invalid(f"Not a part of a gap: {', '.join(sorted(unknown))}.")
    step: Step | None = values.get("step")
    if step is not None and step.lane.map.program_id != gap.program_id:
        raise Invalid("That step belongs to another program.", field="step")
    if "title" in values:
        values["title"] = " ".join(values["title"].split())
    before, after = audit.changes(gap, values)
    missing = [name for name in ESTIMATE if getattr(gap, name) is None]
    if missing and len(missing) < len(ESTIMATE):
        words = {"volume": "the volume", "rate_percent": "the rate", "value": "the value"}
        raise Invalid(
            f"An estimate is volume × rate × value: {' and '.join(words[name] for name in missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing.",
            field=missing[0],
        )
    cost = None
    if gap.volume is not None and gap.rate_percent is not None and gap.value is not None:
        cost = yearly_cost(gap.volume, gap.rate_percent, gap.value)
    if cost != gap.yearly_cost:
        before["yearly_cost"], after["yearly_cost"] = gap.yearly_cost, cost
        gap.yearly_cost = cost
    return before, after


def _close(gap: Gap, capabilities: Sequence[Capability]) -> None:
    if any(one.program_id != gap.program_id for one in capabilities):
        raise Invalid("That capability belongs to another program.", field="closed_by")
    gap.capabilities.set(capabilities)
