"""Draw the lanes of the process map and sign them off (Audit content, A1).

Every change of a lane, its steps or the arrows at them raises the lane's version, and a
sign-off holds for its version only.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import Program, User
from phases.models import Arrow, Lane, LaneSignOff, MapState, ProcessMap, Step
from phases.services.map_changes import exchange, one_line, touch
from phases.services.saving import expect_version, save_checked
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
    lane = Lane(map=drawn, name=one_line(name), function=function, order=(last or 0) + 1, changed_at=clock.now())
    _refuse_double(lane)
    save_checked(lane)
    audit.record(by=by, verb="lane.added", subject=lane, after={"name": lane.name, "function": lane.function})
    touch(drawn, [])
    return lane


@transaction.atomic
def change_lane(*, lane: Lane, by: User, seen_version: int, name: str, function: str) -> Lane:
    """Rename a lane or give it to another function; its sign-off lapses."""
    policy.require(by, "audit.edit", lane)
    lane = Lane.objects.lock(lane.pk)
    expect_version(lane.version, seen_version, f"the lane {lane.name}")
    before, after = audit.changes(lane, {"name": one_line(name), "function": function})
    if not after:
        return lane
    _refuse_double(lane)
    save_checked(lane)
    audit.record(by=by, verb="lane.changed", subject=lane, before=before, after=after)
    touch(lane.map, [lane.pk])
    return Lane.objects.get(pk=lane.pk)


@transaction.atomic
def move_lane(*, lane: Lane, by: User, up: bool) -> None:
    """Exchange a lane with its neighbour. What the lanes say stays, and so do their sign-offs."""
    policy.require(by, "audit.edit", lane)
    if exchange(list(lane.map.lanes.select_for_update(of=("self",)).order_by("order", "pk")), lane, up):
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
    touch(lane.map, touched)


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
    touch(drawn, [])
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
    touch(drawn, [])
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


def _refuse_double(lane: Lane) -> None:
    if lane.map.lanes.filter(name__iexact=lane.name).exclude(pk=lane.pk).exists():
        raise Invalid(f"There is a lane {lane.name} already.", field="name")
