"""The failure modes as data: each a check that tells it, and the fix (F).

A mode without a check cannot be told yet; `reason` says what is missing. A new detector
is one function in `checks.py` and its key here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phases.registry import MET, NOT_MET, UNKNOWN, Evidence, Look, examine, is_stale, unknown


class State(StrEnum):
    """How a mode stands; the value is the word on pages and in the API."""

    PRESENT = "present"
    AT_RISK = "at risk"
    CLEAR = "clear"
    CANNOT_TELL = "cannot tell"


# the shape that draws each state
SHAPES = {State.PRESENT: "unmet", State.AT_RISK: "watch", State.CLEAR: "met", State.CANNOT_TELL: "none"}


@dataclass(frozen=True)
class FailureMode:
    """`fix_url` is a page's name that takes the program's slug alone."""

    key: str
    title: str
    fix: str
    check: str = ""
    reason: str = ""
    fix_url: str = ""


FAILURE_MODES: tuple[FailureMode, ...] = (
    FailureMode(
        "no_sponsor",
        "No executive sponsor",
        "Pause until a sponsor with calendar time is named",
        check="failure.no_sponsor",
        fix_url="governance:sponsor",
    ),
    FailureMode(
        "it_project",
        "Run as an IT project",
        "Sales ops owns, IT supports",
        check="failure.it_project",
        fix_url="governance:raci",
    ),
    FailureMode("vague_goals", "Vague goals", "Metric and date", check="failure.vague_goals", fix_url="phases:goal"),
    FailureMode("software_first", "Software picked before the audit", "Audit first", check="failure.software_first"),
    FailureMode("big_bang", "Big-bang on a large team", "Pilot of 4 to 8 weeks", check="failure.big_bang"),
    FailureMode(
        "dirty_data",
        "Dirty data on day one",
        "Hygiene gate before the import",
        check="failure.dirty_data",
        fix_url="migration:runs",
    ),
    FailureMode(
        "no_training",
        "No training, just a hand-over",
        "Four-week certified curriculum, 90 days of reinforcement",
        reason="No curriculum and no certification is recorded.",
    ),
    FailureMode(
        "scope_creep",
        "Scope creep",
        "Lock the scope, defer to Iterate",
        check="failure.scope_creep",
    ),
    FailureMode(
        "compensation",
        "Compensation not tied to the CRM",
        "Pay commission from the CRM",
        check="failure.compensation",
        fix_url="governance:attested",
    ),
    FailureMode(
        "no_measurement",
        "No measurement",
        "Dashboards from day one, monthly review",
        check="failure.no_measurement",
        fix_url="adoption:imports",
    ),
    FailureMode(
        "unchanged",
        "Processes unchanged",
        "Processes first, then automate",
        reason="No future process map is recorded to compare with the current one.",
    ),
    FailureMode(
        "workarounds",
        "Reps work around it",
        "Protocol, visible benefit, early oversight",
        check="failure.workarounds",
        fix_url="adoption:dashboard",
    ),
    FailureMode(
        "no_owner",
        "Nobody owns the system",
        "Named owner and support agreement",
        check="failure.no_owner",
        fix_url="governance:owner",
    ),
    FailureMode(
        "misaligned",
        "Misaligned teams",
        "Agree definitions on one signed page",
        reason="No glossary and no customer journey is recorded.",
    ),
)


@dataclass(frozen=True)
class Found:
    """One failure mode with what was found."""

    mode: FailureMode
    state: State
    evidence: Evidence

    @property
    def shape(self) -> str:
        return SHAPES[self.state]

    @property
    def word(self) -> str:
        """The state as a word that begins a line."""
        return str(self.state).capitalize()

    @property
    def measured(self) -> str:
        """What was measured, in its unit; "" where nothing is compared."""
        one = self.evidence
        return "" if one.value is None or isinstance(one.value, str) else f"{one.value:,} {one.unit}".strip()

    @property
    def limit(self) -> str:
        """What it is clear up to, or from."""
        one = self.evidence
        return f"{'≤' if one.at_most else '≥'} {one.threshold:,}" if self.measured and one.threshold is not None else ""

    @property
    def url(self) -> str:
        """The records behind it, when the check names them."""
        return self.evidence.url


def detect(look: Look) -> list[Found]:
    """Every failure mode, present ones first, in the list's order otherwise."""
    found = [_judge(mode, look) for mode in FAILURE_MODES]
    order = list(State)
    return sorted(found, key=lambda one: order.index(one.state))


def _judge(mode: FailureMode, look: Look) -> Found:
    evidence = examine(look, mode.check) if mode.check else unknown(mode.reason)
    if evidence.verdict is UNKNOWN or is_stale(look, mode.check, evidence):  # old data is no data (G8)
        state = State.CANNOT_TELL
    elif evidence.verdict is NOT_MET:
        state = State.PRESENT
    else:
        assert evidence.verdict is MET
        state = State.AT_RISK if evidence.watch else State.CLEAR
    return Found(mode, state, evidence)
