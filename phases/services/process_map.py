"""Draw the process map and sign its lanes off (Audit content, A1).

Every change of a lane, its steps or the arrows at them raises the lane's version, and a
sign-off holds for its version only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, DomainError, Invalid
from crmprogram.program.models import Program, User
from phases.models import Arrow, Lane, LaneSignOff, MapState, ProcessMap, Step
from phases.services.saving import expect_version, save_checked
from phases.swimlane import connected_parts
from phases.typical_process import TYPICAL_B2B, TypicalLane


class MapNotEmpty(DomainError):
    """A template or a copy fills an empty map only; nothing is overwritten."""

    code = "map_not_empty"


class LaneEmpty(DomainError):
    """A lane without a step says nothing that could be signed off."""

    code = "lane_empty"


@transaction.atomic
def add_lane(*, program: Program, by: User, name: str, function: str, state: str = MapState.CURRENT) -> Lane:
    """Add a lane at the bottom; `function` says who represents it. The first lane begins the map."""
    policy.require(by, "audit.edit", program)
    drawn = _map(program, state)
    last = drawn.lanes.aggregate(last=Max("order"))["last"]
    lane = Lane(map=drawn, name=_line(name), function=function, order=(last or 0) + 1, changed_at=clock.now())
    _refuse_double(lane)
    save_checked(lane)
    audit.record(by=by, verb="lane.added", subject=lane, after={"name": lane.name, "function": lane.function})
    _touch(drawn, [])
    return lane


@transaction.atomic
def change_lane(*, lane: Lane, by: User, seen_version: int, name: str, function: str) -> Lane:
    """Rename a lane or give it to another function; its sign-off lapses."""
    policy.require(by, "audit.edit", lane)
    lane = Lane.objects.lock(lane.pk)
    expect_version(lane.version, seen_version, f"the lane {lane.name}")
    before, after = audit.changes(lane, {"name": _line(name), "function": function})
    if not after:
        return lane
    _refuse_double(lane)
    save_checked(lane)
    audit.record(by=by, verb="lane.changed", subject=lane, before=before, after=after)
    _touch(lane.map, [lane.pk])
    return Lane.objects.get(pk=lane.pk)


@transaction.atomic
def move_lane(*, lane: Lane, by: User, up: bool) -> None:
    """Exchange a lane with its neighbour. What the lanes say stays, and so do their sign-offs."""
    policy.require(by, "audit.edit", lane)
    if _swap(list(lane.map.lanes.select_for_update(of=("self",)).order_by("order", "pk")), lane, up):
        audit.record(by=by, verb="lane.moved", subject=lane, after={"up": up})


@transaction.atomic
def remove_lane(*, lane: Lane, by: User, seen_version: int) -> None:
    """Remove a lane with its steps and their arrows."""
    policy.require(by, "audit.edit", lane)
    lane = Lane.objects.lock(lane.pk)
    expect_version(lane.version, seen_version, f"the lane {lane.name}")
    ends = Arrow.objects.filter(source__lane=lane).values_list("target__lane", flat=True)
    starts = Arrow.objects.filter(target__lane=lane).values_list("source__lane", flat=True)
    touched = (set(ends) | set(starts)) - {lane.pk}
    steps = list(lane.steps.values_list("name", flat=True))
    audit.record(by=by, verb="lane.removed", subject=lane, before={"name": lane.name, "steps": steps})
    lane.delete()
    _touch(lane.map, touched)


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
        name=_line(name),
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
    _touch(lane.map, {lane.pk, *(source.lane_id for source in sources)})
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
        "name": _line(name),
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
    _touch(step.lane.map, touched)
    return step


@transaction.atomic
def move_step(*, step: Step, by: User, earlier: bool) -> None:
    """Exchange a step with its neighbour in the lane; the arrows stay as they are."""
    policy.require(by, "audit.edit", step)
    if _swap(list(step.lane.steps.select_for_update(of=("self",)).order_by("order", "pk")), step, earlier):
        audit.record(by=by, verb="step.moved", subject=step, after={"earlier": earlier})
        _touch(step.lane.map, {step.lane_id})


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
    _number(rows)
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
    _touch(step.lane.map, {origin, lane.pk})
    return step


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
    before, after = audit.changes(arrow, {"label": _line(label)})
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
    _touch(step.lane.map, touched)


@transaction.atomic
def sign_lane(*, lane: Lane, by: User, seen_version: int) -> LaneSignOff:
    """Sign a lane off as one of those who work in it (A1).

    Raises NotYours for another function, LaneEmpty, Conflict when the lane changed since
    it was shown, Invalid when this person signed this version already.
    """
    policy.require(by, "audit.sign_lane", lane)
    lane = Lane.objects.lock(lane.pk)
    expect_version(lane.version, seen_version, f"the lane {lane.name}")
    if not lane.steps.exists():
        raise LaneEmpty(f"The lane {lane.name} has no step yet, so there is nothing to sign off.")
    if lane.sign_offs.filter(version=lane.version, signed_by=by).exists():
        raise Invalid("You have signed this lane off already.")
    sign_off = LaneSignOff.objects.create(
        lane=lane, version=lane.version, signed_by=by, function=lane.function, signed_at=clock.now()
    )
    audit.record(by=by, verb="lane.signed", subject=lane, after={"version": lane.version})
    outbox.put("lane.signed", lane, version=lane.version)
    return sign_off


@transaction.atomic
def start_from_typical(
    *, program: Program, by: User, state: str = MapState.CURRENT, lanes: Sequence[TypicalLane] = TYPICAL_B2B
) -> ProcessMap:
    """Fill an empty map with a typical process. Raises MapNotEmpty when there is a lane already."""
    policy.require(by, "audit.edit", program)
    drawn = _empty_map(program, state)
    made: dict[str, Step] = {}
    follows: list[tuple[str, str]] = []
    for order, typical in enumerate(lanes, start=1):
        lane = Lane.objects.create(
            map=drawn, name=typical.name, function=typical.function, order=order, changed_at=clock.now()
        )
        for place, one in enumerate(typical.steps, start=1):
            made[one.key] = Step.objects.create(
                lane=lane,
                order=place,
                name=one.name,
                tool=one.tool,
                data_captured=one.data,
                failure_mode=one.failure,
            )
            follows += [(before, one.key) for before in one.after]
    Arrow.objects.bulk_create([Arrow(source=made[one], target=made[other]) for one, other in follows])
    audit.record(by=by, verb="map.started", subject=drawn, after={"lanes": len(lanes), "steps": len(made)})
    _touch(drawn, [])
    return drawn


@transaction.atomic
def copy_to_future(*, program: Program, by: User) -> ProcessMap:
    """Begin the future map as a copy of the current one, unsigned. Raises MapNotEmpty, Invalid when none is drawn."""
    policy.require(by, "audit.edit", program)
    source = ProcessMap.objects.of(program).filter(state=MapState.CURRENT).first()
    if source is None or not source.lanes.exists():
        raise Invalid("There is no current map to copy yet.")
    drawn = _empty_map(program, MapState.FUTURE)
    made: dict[int, Step] = {}
    for lane in source.lanes.order_by("order", "pk"):
        copied = Lane.objects.create(
            map=drawn, name=lane.name, function=lane.function, order=lane.order, changed_at=clock.now()
        )
        for step in lane.steps.order_by("order", "pk"):
            made[step.pk] = Step.objects.create(
                lane=copied,
                order=step.order,
                name=step.name,
                tool=step.tool,
                data_captured=step.data_captured,
                failure_mode=step.failure_mode,
                origin=step,
            )
    arrows = Arrow.objects.filter(source__lane__map=source)
    Arrow.objects.bulk_create(
        [Arrow(source=made[one.source_id], target=made[one.target_id], label=one.label) for one in arrows]
    )
    audit.record(by=by, verb="map.copied", subject=drawn, after={"steps": len(made)})
    _touch(drawn, [])
    return drawn


def _map(program: Program, state: str) -> ProcessMap:
    drawn, _ = ProcessMap.objects.select_for_update(of=("self",)).get_or_create(
        program=program, state=MapState(state), defaults={"changed_at": clock.now()}
    )
    return drawn


def _empty_map(program: Program, state: str) -> ProcessMap:
    drawn = _map(program, state)
    if drawn.lanes.exists():
        raise MapNotEmpty(f"The {drawn.get_state_display().lower()} map has lanes already; nothing was overwritten.")
    return drawn


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


def _swap(rows: list, one: Lane | Step, back: bool) -> bool:
    """Exchange `one` with the row before (or after) it; False at the end."""
    at = next(i for i, row in enumerate(rows) if row.pk == one.pk)
    other = at - 1 if back else at + 1
    if not 0 <= other < len(rows):
        return False
    rows[at], rows[other] = rows[other], rows[at]
    _number(rows)
    return True


def _number(rows: Sequence[Any]) -> None:
    """Number the rows from 1 in their order."""
    for order, row in enumerate(rows, start=1):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])


def _arrows_changed(source: Step, target: Step) -> None:
    """Whoever has the source's form open must not write the old arrows back."""
    Step.objects.filter(pk=source.pk).update(version=F("version") + 1)
    _touch(source.lane.map, {source.lane_id, target.lane_id})


def _touch(drawn: ProcessMap, lanes: Iterable[int]) -> None:
    """After a change: raise the lanes' versions and keep the map's summary."""
    Lane.objects.filter(pk__in=set(lanes)).update(version=F("version") + 1, changed_at=clock.now())
    keys = list(Step.objects.filter(lane__map=drawn).order_by("pk").values_list("pk", flat=True))
    arrows = list(Arrow.objects.filter(source__lane__map=drawn).values_list("source_id", "target_id"))
    parts = connected_parts(keys, arrows)
    drawn.loose_steps = len(keys) - len(parts[0]) if parts else 0
    drawn.changed_at = clock.now()
    drawn.save(update_fields=["loose_steps", "changed_at"])


def _refuse_foreign(lane: Lane, steps: Sequence[Step]) -> None:
    if any(step.lane.map_id != lane.map_id for step in steps):
        raise Invalid("Arrows stay on one map.", field="next_steps")


def _refuse_double(lane: Lane) -> None:
    if lane.map.lanes.filter(name__iexact=lane.name).exclude(pk=lane.pk).exists():
        raise Invalid(f"There is a lane {lane.name} already.", field="name")


def _line(text: str) -> str:
    return " ".join(text.split())
