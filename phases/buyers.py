"""The ten questions a careful buyer asks before the go-live, as data over checks (Audit content, G11).

An answer is read from live records. Where one of its checks does not hold, the answer is no;
where one has no records, nobody can tell; yes needs all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from phases.registry import MET, NOT_MET, UNKNOWN, Evidence, Look, Verdict, examine

WORDS = {MET: "Yes", NOT_MET: "No", UNKNOWN: "Cannot tell"}


@dataclass(frozen=True)
class Part:
    """What a question is answered by: a check with its words."""

    text: str
    check: str


@dataclass(frozen=True)
class Question:
    number: int
    text: str
    parts: tuple[Part, ...]


QUESTIONS: tuple[Question, ...] = (
    Question(
        1,
        "Are the workflows mapped by role and business outcome?",
        (
            Part("Current map, signed by each lane", "audit.process_map"),
            Part("Goal with metric, target and date", "audit.goal"),
            Part("Requirements that end in something testable", "audit.requirements"),
        ),
    ),
    Question(
        2,
        "Has each critical object and field an owner?",
        (Part("Owners of objects and fields in the spec", "phases.owners"),),
    ),
    Question(
        3,
        "Are duplicate rules, source of truth and consent documented?",
        (
            Part("Data-quality standard with duplicate rules", "migration.standard"),
            Part("Data model with the source of truth", "artifacts.data_model"),
            Part("Consent and compliance requirements", "audit.compliance"),
        ),
    ),
    Question(
        4,
        "Are the integrations inventoried with owner, trigger, failure behaviour and test plan?",
        (
            Part("Inventory of integrations", "migration.integrations"),
            Part("Smoke-test plan", "migration.smoke_tests"),
        ),
    ),
    Question(
        5,
        "Are dashboards tied to decisions and metric definitions?",
        (
            Part("Dashboards with the decision each changes", "governance.dashboard_registry"),
            Part("Measurement framework, signed", "artifacts.measurement"),
        ),
    ),
    Question(
        6,
        "Is there a pilot with real scenarios and decision authority?",
        (Part("Pilot with use case, metric, baseline and target", "waves.pilot"),),
    ),
    Question(
        7,
        "Does the acceptance test cover sales, support, marketing, finance, leadership and admins?",
        (Part("Acceptance signed by the owners", "rollout.uat"),),
    ),
    Question(
        8,
        "Has the cutover rollback criteria and a timed communication?",
        (Part("Cutover checklist with rollback trigger", "rollout.cutover"),),
    ),
    Question(
        9,
        "Is the training role-specific?",
        (Part("Role-specific training, certified", "adoption.certified"),),
    ),
    Question(
        10,
        "Are metrics and support owners named for the time after the launch?",
        (
            Part("Measurement framework, signed", "artifacts.measurement"),
            Part("Owner of the system", "governance.system_owner"),
        ),
    ),
)


@dataclass(frozen=True)
class Told:
    """A part of an answer with what its check found."""

    part: Part
    found: Evidence

    @property
    def verdict(self) -> Verdict:
        """What the check says; where it read no record at all, nobody can tell."""
        if self.found.verdict is NOT_MET and self.found.as_of is None:
            return UNKNOWN
        return self.found.verdict


@dataclass(frozen=True)
class Answer:
    """A question with what its checks found."""

    question: Question
    evidence: list[Told]

    @property
    def verdict(self) -> Verdict:
        found = {one.verdict for one in self.evidence}
        if NOT_MET in found:
            return NOT_MET
        return UNKNOWN if UNKNOWN in found else MET

    @property
    def word(self) -> str:
        return WORDS[self.verdict]


def answers(look: Look) -> list[Answer]:
    """The ten answers as the records stand now."""
    return [Answer(one, [Told(part, examine(look, part.check)) for part in one.parts]) for one in QUESTIONS]
