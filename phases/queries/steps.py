"""Read a program through its steps and its evidence table (G12, order of operations)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from crmprogram.program.models import Program
from phases import registry
from phases.method import PHASES
from phases.models import StepMark
from phases.queries.waves import STATES
from phases.registry import Evidence, Look, examine, is_stale, unknown
from phases.steps import AREAS, BY_NUMBER, STEPS, Area, Item, Step

ONCE = 0  # the wave of what is done once
NO_RECORDS = "This program keeps no records of it yet."


class StepFacts:
    """The marks of a program by (step, wave, kind); read once in a look."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def marks(self) -> dict[tuple[int, int, str], StepMark]:
        rows = StepMark.objects.of(self.program).select_related("by")
        return {(one.step, one.wave, one.kind): one for one in rows}


registry.facts("steps")(StepFacts)


@dataclass(frozen=True)
class Answer:
    """A piece of evidence as it stands: met, unmet, stale, or none where it cannot be told."""

    item: Item
    state: str
    said: str
    url: str

    @property
    def is_met(self) -> bool:
        return self.state in {"met", "watch"}


@dataclass(frozen=True)
class Standing:
    """A step as it stands for one wave. `state` is done, started, ready or blocked.

    `waits_for` says what it needs and does not have yet; with `waived` it may start all the same.
    """

    step: Step
    wave: int
    answers: list[Answer]
    waits_for: list[str]
    started: StepMark | None
    waived: StepMark | None

    @property
    def is_done(self) -> bool:
        return all(one.is_met for one in self.answers)

    @property
    def state(self) -> str:
        if self.is_done:
            return "done"
        if self.started:
            return "started"
        return "ready" if not self.waits_for or self.waived else "blocked"

    @property
    def shape(self) -> str:
        return {"done": "met", "started": "running", "ready": "none", "blocked": "waived"}[self.state]

    @property
    def word(self) -> str:
        words = {"done": "Done", "started": "Started", "ready": "Can start", "blocked": "Waits"}
        return words[self.state]

    @property
    def met(self) -> int:
        return sum(one.is_met for one in self.answers)


def answer_of(look: Look, item: Item, wave: int = ONCE) -> Answer:
    """What the item's check finds; of a wave where the check can tell them apart."""
    check = registry.CHECKS.get(item.check)
    if check is None:
        found: Evidence = unknown(NO_RECORDS)
    else:
        given = {"wave": wave} if wave and "wave" in check.defaults else {}
        found = examine(look, item.check, **given)
    state = STATES[found.verdict]
    if state == "met" and found.watch:
        state = "watch"
    if check is not None and is_stale(look, item.check, found):
        state = "stale"
    return Answer(item, state, found.summary, found.url)


def waves_of(look: Look, step: Step) -> list[int]:
    """The waves that take the step: those of the program, or once."""
    return (look.waves.numbers or [ONCE]) if step.per_wave else [ONCE]


def standing_of(look: Look, number: int, wave: int = ONCE) -> Standing:
    """How a step stands, for a wave where it is taken by each."""
    step = BY_NUMBER[number]
    marks = look.steps.marks
    return Standing(
        step,
        wave,
        [answer_of(look, item, wave) for item in step.evidence],
        waits_for(look, step, wave),
        marks.get((number, wave, StepMark.Kind.STARTED)),
        marks.get((number, wave, StepMark.Kind.WAIVED)),
    )


def waits_for(look: Look, step: Step, wave: int) -> list[str]:
    """What the step needs first and does not have: steps by number and title, a gate."""
    missing = []
    for number in step.needs:
        before = BY_NUMBER[number]
        of = wave if before.per_wave else ONCE
        if not all(answer_of(look, item, of).is_met for item in before.evidence):
            missing.append(f"step {number}, {before.title[:1].lower()}{before.title[1:]}")
    if step.gate and not look.gates.is_open_after(step.gate):
        missing.append(f"Gate {step.gate}, {PHASES[step.gate].name}")
    return missing


def all_steps(look: Look) -> list[Standing]:
    """The ten steps in their order, those per wave once for each."""
    return [standing_of(look, step.number, wave) for step in STEPS for wave in waves_of(look, step)]


def evidence_table(look: Look) -> list[tuple[Area, list[Answer]]]:
    """The six phases of the evidence table with what each asks for."""
    return [(area, [answer_of(look, item) for item in area.items]) for area in AREAS]
