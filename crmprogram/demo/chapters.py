"""The chapters of an Audit, each a few acts of its people on one day; both stories are told by them."""

from __future__ import annotations

from datetime import timedelta

from crmprogram.demo.cast import Cast
from crmprogram.demo.story import Attended
from crmprogram.program import clock
from crmprogram.program.models import PositionLevel
from governance.models import Meeting
from governance.queries import load_matrix
from governance.services import meetings, raci, sponsor
from phases.models import Capability, Gap, Gate, Lane, Scope, Step
from phases.queries.gates import assess
from phases.registry import Look
from phases.services import capabilities, gaps, gates, goal, process_map, scope
from phases.typical_process import TYPICAL_B2B


def keep_attendance(cast: Cast) -> None:
    """Write down who kept the meetings that came due since the last chapter (R3)."""
    for slot in load_matrix(cast.program).meetings.unrecorded:
        told = cast.told.attendance.get(slot.kind, ())
        number = Meeting.objects.of(cast.program).filter(kind=slot.kind).count()
        how = told[number] if number < len(told) else Attended()
        meetings.record_meeting(
            program=cast.program,
            by=cast["sales-ops"],
            kind=slot.kind,
            period=slot.period,
            outcome=how.sponsor,
            vp_sales=how.vp_sales,
            note=how.note,
        )


def name_the_sponsor(cast: Cast) -> None:
    sponsor.appoint_sponsor(
        program=cast.program,
        membership=cast.members["sponsor"],
        title=cast.told.audit.sponsor_title,
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
        **cast.told.audit.goal,
    )
    goal.share_goal(
        goal=written, by=cast["sales-ops"], recipient=cast.members["sponsor"], how=cast.told.audit.shared_how
    )


def set_the_scope(cast: Cast) -> None:
    for kind, lines in (("in", cast.told.audit.scope_in), ("out", cast.told.audit.scope_out)):
        for text in lines:
            scope.add_scope_item(program=cast.program, by=cast["sales-ops"], kind=kind, text=text)
    for text, reason in cast.told.audit.scope_deferred:
        scope.add_scope_item(program=cast.program, by=cast["sales-ops"], kind="deferred", text=text, reason=reason)


def sign_the_scope(cast: Cast) -> None:
    standing = Scope.objects.of(cast.program).get()
    scope.sign_scope(program=cast.program, by=cast["sponsor"], seen_edit=standing.edit)


def draw_the_map(cast: Cast) -> None:
    process_map.start_from_typical(
        program=cast.program, by=cast["sales-ops"], lanes=cast.told.audit.lanes or TYPICAL_B2B
    )


def estimate_the_gaps(cast: Cast) -> None:
    steps = _steps(cast)
    for told in cast.told.audit.gaps:
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
    for name, phase, closes, serves in cast.told.audit.must_haves:
        is_traced = name not in cast.told.audit.untraced_at_first
        capabilities.add_capability(
            program=cast.program,
            by=cast["sales-ops"],
            name=name,
            bucket="must_go_live",
            phase=phase,
            gaps=[found[number - 1] for number in closes] if is_traced else [],
            steps=[steps[one] for one in serves] if is_traced else [],
        )
    for name, bucket in cast.told.audit.later:
        capabilities.add_capability(program=cast.program, by=cast["sales-ops"], name=name, bucket=bucket)


def sign_most_lanes(cast: Cast) -> None:
    for lane in Lane.objects.filter(map__program=cast.program).exclude(name__in=cast.told.audit.signed_late):
        process_map.sign_lane(lane=lane, by=cast[cast.told.audit.lane_signers[lane.name]], seen_version=lane.version)


def sign_the_raci(cast: Cast) -> None:
    raci.sign_raci(program=cast.program, by=cast["vp-sales"])


def request_gate_1(cast: Cast) -> None:
    gates.request_gate(gate=_gate(cast), by=cast["sales-ops"], note=cast.told.audit.request_note)


def send_it_back(cast: Cast) -> None:
    gate = _gate(cast)
    sheet = assess(Look(cast.program), gate.number)
    gates.decide_gate(
        review=gate.reviews.pending().get(),
        by=cast["sponsor"],
        decision="sent_back",
        seen_digest=sheet.digest,
        reason=cast.told.audit.sent_back_note,
        returned_for=cast.told.audit.returned_for,
    )


def mend(cast: Cast) -> None:
    steps, found = _steps(cast), _gaps(cast)
    for name, _, closes, serves in cast.told.audit.must_haves:
        if name in cast.told.audit.untraced_at_first:
            one = Capability.objects.of(cast.program).get(name=name)
            capabilities.change_capability(
                capability=one,
                by=cast["sales-ops"],
                seen_version=one.version,
                gaps=[found[number - 1] for number in closes],
                steps=[steps[step] for step in serves],
            )
    for lane in Lane.objects.filter(map__program=cast.program, name__in=cast.told.audit.signed_late):
        process_map.sign_lane(lane=lane, by=cast[cast.told.audit.lane_signers[lane.name]], seen_version=lane.version)


def request_it_again(cast: Cast) -> None:
    gates.request_gate(gate=_gate(cast), by=cast["sales-ops"], note=cast.told.audit.asked_again_note)


def sign_gate_1(cast: Cast) -> None:
    """The sponsor signs what is shown, with the password given now: no told time makes a signature fresh (G7)."""
    gate = _gate(cast)
    sheet = assess(Look(cast.program), gate.number)
    gates.decide_gate(
        review=gate.reviews.pending().get(),
        by=cast["sponsor"],
        decision="approved",
        seen_digest=sheet.digest,
        reason=cast.told.audit.signed_note,
        fresh_at=clock.wall(),
    )


def _gate(cast: Cast) -> Gate:
    return Gate.objects.of(cast.program).get(number=1)


def _steps(cast: Cast) -> dict[str, Step]:
    return {one.name: one for one in Step.objects.filter(lane__map__program=cast.program)}


def _gaps(cast: Cast) -> list[Gap]:
    return list(Gap.objects.of(cast.program).order_by("number"))
