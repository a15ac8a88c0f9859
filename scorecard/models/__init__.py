"""Vendors on their lists, the scorecard with its ratings, and what backs a choice."""

from scorecard.models.card import Consensus, Criterion, Rater, Rating, Rfp, Scorecard, WeightChange
from scorecard.models.costs import LicenceTier, Offer
from scorecard.models.decision import DecisionRecord
from scorecard.models.evidence import Contract, Coverage, CoverageState, Demo, DemoPart, DemoSide, Reference
from scorecard.models.simulation import Simulation
from scorecard.models.vendors import ListState, Selection, Vendor, VendorMove

__all__ = [
    "Consensus",
    "Contract",
    "Coverage",
    "CoverageState",
    "Criterion",
    "DecisionRecord",
    "Demo",
    "DemoPart",
    "DemoSide",
    "LicenceTier",
    "ListState",
    "Offer",
    "Rater",
    "Rating",
    "Reference",
    "Rfp",
    "Scorecard",
    "Selection",
    "Simulation",
    "Vendor",
    "VendorMove",
    "WeightChange",
]
