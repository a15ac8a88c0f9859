"""Read a process map, and lay it out for drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db.models import Prefetch

from crmprogram.program.models import Program, User
from phases import map_changes, swimlane
from phases.models import Arrow, Lane, LaneSignOff, MapState, ProcessMap, Step


@dataclass(frozen=True)
class Way:
    """An arrow seen from the step it leaves."""

    step: Step
    label: str


@dataclass(frozen=True)
class MapContent:
    """A map with its lanes (with `signed_at`, `valid_sign_offs`), steps (with `ways`) and arrows.

    A step's `ways` are the steps after it, each with its condition ("": always); `conditions`
    are those of the arrows that have one.
    """

    map: ProcessMap | None
    lanes: list[Lane]
    arrows: list[tuple[int, int]]
    conditions: dict[tuple[int, int], str] = field(default_factory=dict)

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
    arrows = list(Arrow.objects.filter(source__lane__map=found).order_by("pk"))
    by_key = {}
    found.program = program
    for lane in lanes:
        lane.map = found
        lane.valid_sign_offs = [off for off in lane.sign_offs.all() if off.version == lane.version]
        for step in lane.steps.all():
            step.lane = lane
            step.ways = []
            by_key[step.pk] = step
    for arrow in arrows:
        by_key[arrow.source_id].ways.append(Way(by_key[arrow.target_id], arrow.label))
    pairs = {(arrow.source_id, arrow.target_id): arrow.label for arrow in arrows}
    return MapContent(found, lanes, list(pairs), {pair: label for pair, label in pairs.items() if label})


def picture(
    content: MapContent, url: Callable[[Step], str], marks: Mapping[int, str] | None = None
) -> swimlane.Picture:
    """The drawing of a map; `url` says where a press on a step leads ("": nowhere), `marks` what differs by key."""
    marks = marks or {}
    rows = [
        swimlane.LaneRow(
            lane.name,
            [
                swimlane.StepBox(
                    step.pk,
                    step.name,
                    step.tool,
                    step.data_captured,
                    step.failure_mode,
                    url(step),
                    marks.get(step.pk, ""),
                )
                for step in lane.steps.all()
            ],
            _sign_off_word(lane),
            lane.pk,
        )
        for lane in content.lanes
    ]
    title = content.map.get_state_display() if content.map else "Process map"
    return swimlane.draw(rows, content.arrows, title=title, conditions=content.conditions)


def _sign_off_word(lane: Lane) -> str:
    if lane.signed_at:
        return "signed off"
    return "sign-off lapsed" if lane.was_signed else "not signed off"


def differences(current: MapContent, future: MapContent) -> list[map_changes.Pair]:
    """What the future map does otherwise, step by step in the future's order."""
    return map_changes.compare(_sides(current), _sides(future))


def _sides(content: MapContent) -> list[map_changes.Side]:
    return [
        map_changes.Side(
            key=step.pk,
            lane=step.lane.name,
            name=step.name,
            tool=step.tool,
            data=step.data_captured,
            failure=step.failure_mode,
            ways=tuple((way.step.pk, way.step.name, way.label) for way in step.ways),
            origin=step.origin_id,
        )
        for step in content.steps
    ]


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
