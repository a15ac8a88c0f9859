"""Draw the steps of a process map and the arrows between them; the lanes they touch lose their sign-offs (A1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from crmprogram.program import audit, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import User
from phases.models import Arrow, Lane, Step
from phases.services.map_changes import exchange, one_line, renumber, touch
from phases.services.saving import expect_version, save_checked


@transaction.atomic
def add_step(
    *,
    lane: Lane,
    by: User,
    name: str,
    tool: str = "",
    data_captured: str = "",
    failure_mode: str = "",
    after: Sequence[Step] | None = None,
) -> Step:
    """Add a step at the end of a lane. `after` are the steps before it; None: the last of the lane."""
    policy.require(by, "audit.edit", lane)
    lane = Lane.objects.lock(lane.pk)
    last = lane.steps.order_by("-order", "-pk").first()
    step = Step(
        lane=lane,
        order=last.order + 1 if last else 1,
        name=one_line(name),
        tool=tool.strip(),
        data_captured=data_captured.strip(),
        failure_mode=failure_mode.strip(),
    )
    save_checked(step)
    sources = ([last] if last else []) if after is None else list(after)
    _refuse_foreign(lane, sources)
    Arrow.objects.bulk_create([Arrow(source=source, target=step) for source in sources])
    audit.record(
        by=by, verb="step.added", subject=step, after={"name": step.name, "after": [one.name for one in sources]}
    )
    touch(lane.map, {lane.pk, *(source.lane_id for source in sources)})
    return step


@transaction.atomic
def change_step(
    *,
    step: Step,
    by: User,
    seen_version: int,
    name: str,
    tool: str = "",
    data_captured: str = "",
    failure_mode: str = "",
    lane: Lane | None = None,
    next_steps: Sequence[Step] | None = None,
) -> Step:
    """Change what a step says, its lane (it goes to the end there) or the steps after it.

    None leaves lane and arrows as they are. The sign-offs of all lanes it touches lapse.
    """
    policy.require(by, "audit.edit", step)
    step = Step.objects.select_related("lane__map").select_for_update(of=("self",)).get(pk=step.pk)
    expect_version(step.version, seen_version, f"the step {step.name}")
    touched = {step.lane_id}
    values: dict[str, Any] = {
        "name": one_line(name),
        "tool": tool.strip(),
        "data_captured": data_captured.strip(),
        "failure_mode": failure_mode.strip(),
    }
    if lane is not None and lane.pk != step.lane_id:
        if lane.map_id != step.lane.map_id:
            raise Invalid("A step stays on its own map.", field="lane")
        step.order = (lane.steps.aggregate(last=Max("order"))["last"] or 0) + 1
        touched.add(lane.pk)
        values["lane"] = lane
    before, after = audit.changes(step, values)
    if next_steps is not None:
        _refuse_foreign(step.lane, next_steps)
        arrows = _set_arrows(step, next_steps, touched)
        before, after = before | arrows[0], after | arrows[1]
    if not after:
        return step
    step.version += 1
    save_checked(step)
    audit.record(by=by, verb="step.changed", subject=step, before=before, after=after)
    touch(step.lane.map, touched)
    return step


@transaction.atomic
def move_step(*, step: Step, by: User, earlier: bool) -> None:
    """Exchange a step with its neighbour in the lane; the arrows stay as they are."""
    policy.require(by, "audit.edit", step)
    if exchange(list(step.lane.steps.select_for_update(of=("self",)).order_by("order", "pk")), step, earlier):
        audit.record(by=by, verb="step.moved", subject=step, after={"earlier": earlier})
        touch(step.lane.map, {step.lane_id})


@transaction.atomic
def place_step(*, step: Step, by: User, lane: Lane, before: Step | None = None) -> Step:
    """Put a step into a lane before another one, or at its end; the arrows stay as they are."""
    policy.require(by, "audit.edit", step)
    step = Step.objects.select_related("lane__map").select_for_update(of=("self",)).get(pk=step.pk)
    if lane.map_id != step.lane.map_id:
        raise Invalid("A step stays on its own map.", field="lane")
    if before is not None and before.lane_id != lane.pk:
        raise Conflict(f"{before.name} is no longer in the lane {lane.name}. Load the map again.")
    if before is not None and before.pk == step.pk:
        return step
    rows = list(lane.steps.select_for_update(of=("self",)).exclude(pk=step.pk).order_by("order", "pk"))
    at = next((i for i, row in enumerate(rows) if before is not None and row.pk == before.pk), len(rows))
    was, origin = (step.lane, step.order), step.lane_id
    step.lane = lane
    rows.insert(at, step)
    renumber(rows)
    if was == (lane, step.order):
        return step
    step.save(update_fields=["lane", "order"])
    audit.record(
        by=by,
        verb="step.placed",
        subject=step,
        before={"lane": was[0].name, "place": was[1]},
        after={"lane": lane.name, "place": step.order},
    )
    touch(step.lane.map, {origin, lane.pk})
    return step


@transaction.atomic
def remove_step(*, step: Step, by: User, seen_version: int) -> None:
    """Remove a step; what came before it now leads to what came after, so the flow does not tear."""
    policy.require(by, "audit.edit", step)
    step = Step.objects.select_related("lane__map").select_for_update(of=("self",)).get(pk=step.pk)
    expect_version(step.version, seen_version, f"the step {step.name}")
    into = list(step.arrows_in.select_related("source"))
    targets = list(Step.objects.filter(arrows_in__source=step))
    touched = {step.lane_id, *(arrow.source.lane_id for arrow in into), *(one.lane_id for one in targets)}
    audit.record(by=by, verb="step.removed", subject=step, before={"name": step.name})
    step.delete()
    Arrow.objects.bulk_create(
        [
            Arrow(source=arrow.source, target=other, label=arrow.label)
            for arrow in into
            for other in targets
            if arrow.source != other
        ],
        ignore_conflicts=True,
    )
    touch(step.lane.map, touched)


@transaction.atomic
def connect_steps(*, source: Step, target: Step, by: User, label: str = "") -> Arrow:
    """Draw an arrow, or say anew when that way is taken. Raises Invalid onto itself or another map."""
    policy.require(by, "audit.edit", source)
    source = Step.objects.select_related("lane__map").select_for_update(of=("self",)).get(pk=source.pk)
    _refuse_foreign(source.lane, [target])
    if source.pk == target.pk:
        raise Invalid("An arrow leads to another step.", field="target")
    arrow = Arrow.objects.filter(source=source, target=target).first()
    is_new = arrow is None
    arrow = arrow or Arrow(source=source, target=target)
    before, after = audit.changes(arrow, {"label": one_line(label)})
    if not (is_new or after):
        return arrow
    save_checked(arrow)
    audit.record(
        by=by,
        verb="arrow.drawn" if is_new else "arrow.labelled",
        subject=source,
        before=before,
        after={**after, "leads_to": target.name},
    )
    _arrows_changed(source, target)
    return arrow


@transaction.atomic
def disconnect_steps(*, source: Step, target: Step, by: User) -> None:
    """Take the arrow from `source` to `target` away; nothing happens where there is none."""
    policy.require(by, "audit.edit", source)
    source = Step.objects.select_related("lane__map").select_for_update(of=("self",)).get(pk=source.pk)
    if not Arrow.objects.filter(source=source, target=target).delete()[0]:
        return
    audit.record(by=by, verb="arrow.removed", subject=source, before={"led_to": target.name})
    _arrows_changed(source, target)


def _set_arrows(step: Step, targets: Sequence[Step], touched: set[int]) -> tuple[dict, dict]:
    """Make `targets` the steps after `step`; adds the lanes of changed arrows to `touched`."""
    now = {one.pk: one for one in Step.objects.filter(arrows_in__source=step)}
    wanted = {one.pk: one for one in targets}
    if step.pk in wanted:
        raise Invalid("A step does not lead to itself.", field="next_steps")
    if set(now) == set(wanted):
        return {}, {}
    for pk in set(now) ^ set(wanted):
        touched.add((now.get(pk) or wanted[pk]).lane_id)
    step.arrows_out.exclude(target__in=wanted).delete()
    Arrow.objects.bulk_create([Arrow(source=step, target_id=pk) for pk in wanted if pk not in now])
    return (
        {"next_steps": sorted(one.name for one in now.values())},
        {"next_steps": sorted(one.name for one in wanted.values())},
    )


def _arrows_changed(source: Step, target: Step) -> None:
    """Whoever has the source's form open must not write the old arrows back."""
    Step.objects.filter(pk=source.pk).update(version=F("version") + 1)
    touch(source.lane.map, {source.lane_id, target.lane_id})


def _refuse_foreign(lane: Lane, steps: Sequence[Step]) -> None:
    if any(step.lane.map_id != lane.map_id for step in steps):
        raise Invalid("Arrows stay on one map.", field="next_steps")
