"""The chapters of the demo's story, each a few acts of its people on one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from crmprogram.demo import story
from crmprogram.program import clock
from crmprogram.program.models import Membership, PositionLevel, Program, User
from governance.services import raci, sponsor
from phases.models import Capability, Gap, Gate, Lane, Scope, Step
from phases.queries.gates import assess
from phases.registry import Look
from phases.services import capabilities, gaps, gates, goal, process_map, scope


class Cast:
    """The people of the story by user name, in one program."""

    def __init__(self, program: Program) -> None:
        self.program = Program.objects.get(pk=program.pk)
        members = Membership.objects.of(self.program).select_related("user")
        self.members: dict[str, Membership] = {one.user.username: one for one in members}

    def __getitem__(self, username: str) -> User:
        return self.members[username].user


def name_the_sponsor(cast: Cast) -> None:
    sponsor.appoint_sponsor(
        program=cast.program,
        membership=cast.members["sponsor"],
        title="Chief Revenue Officer",
        level=PositionLevel.C_LEVEL,
        by=cast["sales-ops"],
    )
    raci.suggest_letters(program=cast.program, by=cast["sales-ops"])


def accept(cast: Cast) -> None:
    sponsor.accept_sponsorship(program=cast.program, by=cast["sponsor"])


def write_the_goal(cast: Cast) -> None:
    written = goal.write_goal(
        program=cast.program,
        by=cast["sales-ops"],
        seen_number=0,
        target_on=clock.today(cast.program) + timedelta(days=365),
        **story.GOAL,
    )
    goal.share_goal(goal=written, by=cast["sales-ops"], recipient=cast.members["sponsor"], how="In the first stand-up")


def set_the_scope(cast: Cast) -> None:
    for kind, lines in (("in", story.SCOPE_IN), ("out", story.SCOPE_OUT)):
        for text in lines:
            scope.add_scope_item(program=cast.program, by=cast["sales-ops"], kind=kind, text=text)
    for text, reason in story.SCOPE_DEFERRED:
        scope.add_scope_item(program=cast.program, by=cast["sales-ops"], kind="deferred", text=text, reason=reason)


def sign_the_scope(cast: Cast) -> None:
    standing = Scope.objects.of(cast.program).get()
    scope.sign_scope(program=cast.program, by=cast["sponsor"], seen_edit=standing.edit)


def draw_the_map(cast: Cast) -> None:
    process_map.start_from_typical(program=cast.program, by=cast["sales-ops"])


def estimate_the_gaps(cast: Cast) -> None:
    steps = _steps(cast)
    for told in story.GAPS:
        gaps.add_gap(
            program=cast.program,
            by=cast["sales-ops"],
            title=told.title,
            detail=told.detail,
            kind=told.kind,
            step=steps[told.step],
            volume=told.volume,
            volume_of=told.volume_of,
            rate_percent=told.rate,
            value=told.value,
            confidence=told.confidence,
            source=told.source,
        )


def choose_the_must_haves(cast: Cast) -> None:
    steps, found = _steps(cast), _gaps(cast)
    for name, phase, closes, serves in story.MUST_HAVES:
        is_traced = name not in story.UNTRACED_AT_FIRST
        capabilities.add_capability(
            program=cast.program,
            by=cast["sales-ops"],
            name=name,
            bucket="must_go_live",
            phase=phase,
            gaps=[found[number - 1] for number in closes] if is_traced else [],
            steps=[steps[one] for one in serves] if is_traced else [],
        )
    for name, bucket in story.LATER:
        capabilities.add_capability(program=cast.program, by=cast["sales-ops"], name=name, bucket=bucket)


def sign_most_lanes(cast: Cast) -> None:
    for lane in Lane.objects.filter(map__program=cast.program).exclude(name__in=story.SIGNED_LATE):
        process_map.sign_lane(lane=lane, by=cast[story.LANE_SIGNERS[lane.name]], seen_version=lane.version)


def request_gate_1(cast: Cast) -> None:
    gates.request_gate(gate=_gate(cast), by=cast["sales-ops"], note=story.REQUEST_NOTE)


def send_it_back(cast: Cast) -> None:
    gate = _gate(cast)
    sheet = assess(Look(cast.program), gate.number)
    gates.decide_gate(
        review=gate.reviews.pending().get(),
        by=cast["sponsor"],
        decision="sent_back",
        seen_digest=sheet.digest,
        reason=story.SENT_BACK_NOTE,
        returned_for=["A1", "A3"],
    )


def mend(cast: Cast) -> None:
    steps, found = _steps(cast), _gaps(cast)
    for name, _, closes, serves in story.MUST_HAVES:
        if name in story.UNTRACED_AT_FIRST:
            one = Capability.objects.of(cast.program).get(name=name)
            capabilities.change_capability(
                capability=one,
                by=cast["sales-ops"],
                seen_version=one.version,
                gaps=[found[number - 1] for number in closes],
                steps=[steps[step] for step in serves],
            )
    for lane in Lane.objects.filter(map__program=cast.program, name__in=story.SIGNED_LATE):
        process_map.sign_lane(lane=lane, by=cast[story.LANE_SIGNERS[lane.name]], seen_version=lane.version)


def request_it_again(cast: Cast) -> None:
    gates.request_gate(gate=_gate(cast), by=cast["sales-ops"], note=story.ASKED_AGAIN_NOTE)


# days before today, hour (UTC), what happens
CHAPTERS: tuple[tuple[int, int, Callable[[Cast], None]], ...] = (
    (23, 8, name_the_sponsor),
    (23, 14, accept),
    (21, 9, write_the_goal),
    (20, 10, set_the_scope),
    (18, 9, sign_the_scope),
    (17, 9, draw_the_map),
    (14, 10, estimate_the_gaps),
    (11, 13, choose_the_must_haves),
    (8, 9, sign_most_lanes),
    (story.REQUESTED_DAYS_AGO, 9, request_gate_1),
    (story.SENT_BACK_DAYS_AGO, 16, send_it_back),
    (3, 11, mend),
    (story.ASKED_AGAIN_DAYS_AGO, 8, request_it_again),
)


def _gate(cast: Cast) -> Gate:
    return Gate.objects.of(cast.program).get(number=1)


def _steps(cast: Cast) -> dict[str, Step]:
    return {one.name: one for one in Step.objects.filter(lane__map__program=cast.program)}


def _gaps(cast: Cast) -> list[Gap]:
    return list(Gap.objects.of(cast.program).order_by("number"))
