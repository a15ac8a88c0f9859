"""What a new scorecard starts with: criteria, weights, anchors, vendors to pick from (V1, V2, V4).

All of it is copied into the program and can be changed there, the veto floor of workflow
fit excepted (G8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

WORKFLOW_FIT = "workflow-fit"


@dataclass(frozen=True)
class DefaultCriterion:
    key: str
    name: str
    weight: int
    verified_by: str
    anchor_1: str
    anchor_3: str
    anchor_5: str
    floor: Decimal | None = None


CRITERIA: tuple[DefaultCriterion, ...] = (
    DefaultCriterion(
        WORKFLOW_FIT,
        "Workflow fit",
        25,
        "Hands-on with 2 to 3 reps, own data",
        "Reps need the old tools to get through their day",
        "The day works, with detours that reps name",
        "Reps do their day in it faster than today",
        Decimal("4.00"),
    ),
    DefaultCriterion(
        "data-model",
        "Data model fit",
        15,
        "Walk through the schema",
        "Core objects have to be bent or doubled",
        "Fits with some custom fields",
        "Our objects and relations are there as they are",
    ),
    DefaultCriterion(
        "reporting",
        "Reporting depth",
        10,
        "Five VP reports built in a sandbox",
        "Two or fewer of the five can be built",
        "All five, some with exports or help",
        "All five in an hour by sales ops alone",
    ),
    DefaultCriterion(
        "integrations",
        "Integrations",
        10,
        "Documentation and a check of the API",
        "Critical systems need custom code",
        "Through middleware, with known limits",
        "Native for all go-live-critical systems",
    ),
    DefaultCriterion(
        "implementation-cost",
        "Implementation cost",
        10,
        "Quotes",
        "More than half above the cheapest",
        "About a quarter above the cheapest",
        "The cheapest quote",
    ),
    DefaultCriterion(
        "run-cost",
        "Run-rate cost",
        10,
        "Pricing tiers at projected scale",
        "More than half above the cheapest",
        "About a quarter above the cheapest",
        "The cheapest over three years",
    ),
    DefaultCriterion(
        "stability",
        "Vendor stability",
        5,
        "Accounts, funding, roadmap history",
        "Signs that it may not last the contract",
        "Sound, with changes of direction",
        "Sound for years, roadmap kept",
    ),
    DefaultCriterion(
        "references",
        "Customer references",
        10,
        "Calls with similar customers",
        "They would choose otherwise today",
        "Content, with warnings",
        "They would do it again the same way",
    ),
    DefaultCriterion(
        "mobile",
        "Mobile and ease of use",
        5,
        "Field test",
        "Not usable on the road",
        "Works for looking things up",
        "A visit is logged before the car starts",
    ),
)


SPEED = DefaultCriterion(
    "daily-speed",
    "Speed of daily work",
    10,
    "Clicks to log a call and seconds to find, counted in the demos",
    "Slower than what reps use today",
    "About as quick as today",
    "A call is logged, and what is needed found, without thinking",
)


@dataclass(frozen=True)
class Template:
    """A set of criteria to start from: `weights` by key, in percent; the words are those of the default ones."""

    key: str
    name: str
    suits: str
    weights: dict[str, int]

    @property
    def criteria(self) -> list[DefaultCriterion]:
        return [replace(one, weight=self.weights[one.key]) for one in (*CRITERIA, SPEED) if one.key in self.weights]


TEMPLATES: tuple[Template, ...] = (
    Template("default", "Nine criteria", "The usual choice of a first CRM.", {one.key: one.weight for one in CRITERIA}),
    Template(
        "platform-change",
        "Change of platform",
        "A rescue leaves its platform for a data model that does not fit, a vendor that may not last or a feature "
        "that is gone; these weigh more.",
        {
            WORKFLOW_FIT: 25,
            "data-model": 25,
            "reporting": 10,
            "integrations": 10,
            "implementation-cost": 5,
            "run-cost": 5,
            "stability": 10,
            "references": 5,
            "mobile": 5,
        },
    ),
    Template(
        "measured",
        "Measured in the demos",
        "Many calls a day: what the demos count, clicks and seconds, is a criterion of its own.",
        {
            WORKFLOW_FIT: 25,
            SPEED.key: 15,
            "data-model": 10,
            "reporting": 10,
            "integrations": 10,
            "implementation-cost": 5,
            "run-cost": 10,
            "stability": 5,
            "references": 5,
            "mobile": 5,
        },
    ),
)


@dataclass(frozen=True)
class KnownVendor:
    """A platform to pick from; `channels` are the lead sources or verticals it is made for."""

    name: str
    vertical: str = ""
    channels: tuple[str, ...] = ()


VENDORS: tuple[KnownVendor, ...] = (
    KnownVendor("Salesforce"),
    KnownVendor("HubSpot"),
    KnownVendor("Pipedrive"),
    KnownVendor("Zoho"),
    KnownVendor("Microsoft Dynamics"),
    KnownVendor("Close"),
    KnownVendor("Monday Sales"),
    KnownVendor("Keap"),
    KnownVendor("ActiveCampaign"),
    KnownVendor("kvCORE", "Real estate", ("real estate", "property")),
    KnownVendor("Wealthbox", "Financial advisors", ("advisor", "wealth", "financial")),
    KnownVendor("ServiceTitan", "Home services", ("home services", "trades")),
    KnownVendor("Veeva", "Pharma", ("pharma", "life science")),
    KnownVendor("Inflowave", "Instagram-led sales", ("instagram",)),
)
DOMINANT_PERCENT = 50  # V1: a channel or vertical with at least this share of leads
LONG_LIST = (6, 10)
SHORT_LIST = (3, 4)


@dataclass(frozen=True)
class Proposal:
    """A vertical vendor worth a look, and what speaks for it."""

    vendor: KnownVendor
    why: str


def proposals(industry: str, lead_sources: dict[str, int]) -> list[Proposal]:
    """The vertical vendors for the industry, or for a channel with at least half of the leads (V1)."""
    words = {industry.casefold(): f"the industry is {industry}"}
    words |= {
        name.casefold(): f"{share} % of the leads come through {name}"
        for name, share in lead_sources.items()
        if share >= DOMINANT_PERCENT
    }
    found = []
    for one in VENDORS:
        why = next((said for word, said in words.items() if any(each in word for each in one.channels)), None)
        if why:
            found.append(Proposal(one, why))
    return found


def vertical_of(name: str) -> str:
    """What a known platform is made for; "" for a general one and for one we do not know."""
    return next((one.vertical for one in VENDORS if one.name.casefold() == name.casefold()), "")
