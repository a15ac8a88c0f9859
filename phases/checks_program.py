"""What runs through all phases, answered from live records: scope, artifacts, future map, pilot, waves (P4, P5, P7)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Function, Program
from phases.models import ArtifactKind, Lane, MapState
from phases.queries.artifacts import state_of
from phases.queries.waves import STATES, due_reviews, pilot_condition
from phases.registry import MET, UNKNOWN, Evidence, Look, NoParams, check, facts, judged, unknown

# who agrees how the work will be done (order of operations, step 3); operations stands for sales ops
AGREEING = (Function.SALES, Function.MARKETING, Function.SUPPORT, Function.OPERATIONS, Function.COMPLIANCE)


@facts("future_lanes")
def future_lanes(program: Program) -> list[Lane]:
    """The lanes of the future map with `signed_at`; one query."""
    lanes = Lane.objects.of(program).filter(map__state=MapState.FUTURE)
    return list(lanes.with_sign_off().order_by("order"))


@check("audit.future_map")
def future_map(look: Look, _: NoParams) -> Evidence:
    """Is the future map drawn, and each of its lanes signed, by the five functions among them (step 3)?"""
    lanes, url = look.future_lanes, reverse("phases:map", args=[look.program.slug])
    if not lanes:
        return judged(False, summary="No future-state map is drawn yet.", url=url, source="Process map")
    signed = {lane.function for lane in lanes if lane.signed_at}
    waiting = [lane.name for lane in lanes if not lane.signed_at]
    missing = [one.label for one in AGREEING if one not in signed]
    said = f"{len(lanes) - len(waiting)} of {len(lanes)} lanes of the future map are signed."
    if missing:
        said += f" Nobody has signed for {', '.join(missing)}."
    return judged(
        not waiting and not missing,
        summary=said,
        value=len(lanes) - len(waiting),
        threshold=len(lanes),
        unit="lanes signed",
        as_of=max((lane.changed_at for lane in lanes), default=None),
        url=url,
        source="Process map and sign-offs",
        closing=f"Sign-offs by {', '.join(missing) or ', '.join(waiting)}.",
    )


@check("audit.scope")
def scope(look: Look, _: NoParams) -> Evidence:
    """Is the present version of the scope signed (P7)?"""
    audit, url = look.audit, reverse("phases:scope", args=[look.program.slug])
    if not audit.scope_in:
        return judged(False, summary="Nothing is in scope yet.", url=url, source="Scope")
    said = f"Version {audit.scope_version} of the scope {'is signed' if audit.scope_signed_at else 'is not signed'}."
    ok = audit.scope_signed_at is not None
    return judged(ok, summary=said, as_of=audit.scope_signed_at, url=url, source="Scope")


def _artifact(kind: ArtifactKind):
    @check(f"artifacts.{kind}")
    def signed(look: Look, _: NoParams) -> Evidence:
        """Is the newest version of this strategy artifact signed off (P5)?"""
        one = look.artifacts.newest(kind)
        state = state_of(one)
        url = reverse("phases:artifact", args=[look.program.slug, kind])
        if one is None:
            return judged(False, summary=f"No {kind.label.lower()} is written yet.", url=url, source=kind.label)
        word = {"draft": "is a draft", "shared": "waits for a signature", "signed": "is signed off"}[state]
        said = f"Version {one.number} of the {kind.label.lower()} {word}."
        at = one.signed_at or one.shared_at or one.written_at
        return judged(state == "signed", summary=said, as_of=at, url=url, source=kind.label)

    return signed


for _kind in ArtifactKind:
    _artifact(_kind)


@check("waves.pilot")
def pilot(look: Look, _: NoParams) -> Evidence:
    """At least four pilot weeks with the target met, where a pilot is required or was made (P4)."""
    found = pilot_condition(look)
    verdict = {state: verdict for verdict, state in STATES.items()}[found.state]
    if verdict is UNKNOWN:
        return unknown(found.said, url=found.url, source="Pilot")
    return judged(verdict is MET, summary=found.said, url=found.url, source="Pilot")


@dataclass(frozen=True)
class OfWave:
    """Which wave is asked about; 0 is all of them."""

    wave: int = 0


@check("waves.started", params=OfWave)
def started(look: Look, which: OfWave) -> Evidence:
    """Did the sponsor decide the go-live, and is its day come (G6)?"""
    facts_, today = look.waves, clock.today(look.program)
    asked = [which.wave] if which.wave else facts_.numbers
    if not asked:
        return unknown("No team goes live in any wave yet.")
    live = [one for one in asked if one in facts_.starts and facts_.starts[one].starts_on <= today]
    said = f"{len(live)} of {len(asked)} go-lives are decided and come." if len(asked) > 1 else ""
    if not said:
        said = f"Wave {asked[0]} is live." if live else f"The go-live of wave {asked[0]} is not decided, or ahead."
    at = max((facts_.starts[one].decided_at for one in live), default=None)
    url = reverse("phases:waves", args=[look.program.slug])
    return judged(
        len(live) == len(asked), summary=said, value=len(live), threshold=len(asked), as_of=at, url=url, source="Waves"
    )


@check("waves.reviewed", params=OfWave)
def reviewed(look: Look, which: OfWave) -> Evidence:
    """Are the 30-day reviews of the live waves recorded (P4)?"""
    facts_, today = look.waves, clock.today(look.program)
    asked = [which.wave] if which.wave else facts_.numbers
    live = [(one, on) for one in asked if (on := facts_.live_on(one)) and on <= today]
    if not live:
        return unknown("No wave is live, so no review is due.")
    due = [
        (one, day)
        for one, on in live
        for day in due_reviews(on, today, {row.due_on for row in facts_.reviews.get(one, [])})
    ]
    url = reverse("phases:waves", args=[look.program.slug])
    said = f"{len(due)} reviews of waves are due." if len(due) != 1 else f"A review of wave {due[0][0]} is due."
    said = said if due else "Every review that was due is recorded."
    return judged(not due, summary=said, value=len(due), threshold=0, at_most=True, url=url, source="Wave reviews")
