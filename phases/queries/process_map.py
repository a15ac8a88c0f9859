"""Read a process map, and lay it out for drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Prefetch

from crmprogram.program.models import Program, User
from phases import swimlane
from phases.models import Arrow, Lane, LaneSignOff, MapState, ProcessMap, Step


@dataclass(frozen=True)
class MapContent:
    """A map with its lanes (with `signed_at`, `valid_sign_offs`), steps (with `next_steps`) and arrows."""

    map: ProcessMap | None
    lanes: list[Lane]
    arrows: list[tuple[int, int]]

    @property
    def steps(self) -> list[Step]:
        return [step for lane in self.lanes for step in lane.steps.all()]

    @property
    def failing(self) -> list[Step]:
        return [step for step in self.steps if step.failure_mode]

    @property
    def signed(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane.signed_at]


def content_of(program: Program, state: str = MapState.CURRENT) -> MapContent:
    """The whole map in five queries, however large; `map` is None before it is begun."""
    found = ProcessMap.objects.of(program).filter(state=state).first()
    if found is None:
        return MapContent(None, [], [])
    lanes = list(
        Lane.objects.filter(map=found)
        .with_sign_off()
        .prefetch_related(
            Prefetch("steps", Step.objects.order_by("order", "pk")),
            Prefetch("sign_offs", LaneSignOff.objects.select_related("signed_by")),
        )
        .order_by("order", "pk")
    )
    arrows = list(Arrow.objects.filter(source__lane__map=found).values_list("source_id", "target_id").order_by("pk"))
    by_key = {}
    found.program = program
    for lane in lanes:
        lane.map = found
        lane.valid_sign_offs = [off for off in lane.sign_offs.all() if off.version == lane.version]
        for step in lane.steps.all():
            step.lane = lane
            step.next_steps = []
            by_key[step.pk] = step
    for source, target in arrows:
        by_key[source].next_steps.append(by_key[target])
    return MapContent(found, lanes, arrows)


def picture(content: MapContent, url: Callable[[Step], str]) -> swimlane.Picture:
    """The drawing of a map; `url` says where a press on a step leads ("": nowhere)."""
    rows = [
        swimlane.LaneRow(
            lane.name,
            [
                swimlane.StepBox(step.pk, step.name, step.tool, step.data_captured, step.failure_mode, url(step))
                for step in lane.steps.all()
            ],
            "signed off" if lane.signed_at else "not signed off",
        )
        for lane in content.lanes
    ]
    title = content.map.get_state_display() if content.map else "Process map"
    return swimlane.draw(rows, content.arrows, title=title)


def steps_of(program: Program, state: str | None = None):
    """The steps of a program's maps in their order, with lane and map."""
    steps = Step.objects.of(program).select_related("lane__map")
    if state:
        steps = steps.filter(lane__map__state=state)
    return steps.order_by("lane__map__state", "lane__order", "order", "pk")


def unsigned_lanes_for(user: User, program: Program, function: str) -> list[Lane]:
    """The lanes of the current map that wait for somebody of this function and have steps to sign."""
    lanes = Lane.objects.of(program).current().filter(function=function).with_steps().with_sign_off()
    return [lane for lane in lanes.order_by("order") if lane.step_count and not lane.signed_at]
