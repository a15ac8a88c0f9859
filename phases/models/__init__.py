"""Gates and what they stand on; what the Audit produces; facts and field rules."""

from phases.models.facts import Fact, FieldRule
from phases.models.gates import Decision, Dossier, Gate, GateReview, Phase, Reading, Threshold, Waiver

__all__ = [
    "Decision",
    "Dossier",
    "Fact",
    "FieldRule",
    "Gate",
    "GateReview",
    "Phase",
    "Reading",
    "Threshold",
    "Waiver",
]
