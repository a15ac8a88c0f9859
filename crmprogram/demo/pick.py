"""Pick of the new rollout as data: vendors, what was seen of them, who gave which rating. All of it is invented."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

COPPERLINE, LARKSPUR, GREYWICK, OSTLER = "Copperline", "Larkspur CRM", "Greywick Sales", "Ostler CRM"
# name, edition, made for
LONG_LIST = (
    (COPPERLINE, "Enterprise", ""),
    (LARKSPUR, "Professional", ""),
    (GREYWICK, "Team", ""),
    (OSTLER, "Business", ""),
    ("Brindle CRM", "Standard", ""),
    ("Sandpiper Suite", "Growth", ""),
    ("Labmark", "Instruments", "Laboratory suppliers"),
)
SHORT_LIST = (COPPERLINE, LARKSPUR, GREYWICK, OSTLER)
DROPPED = {
    "Brindle CRM": "No renewal pipeline, and none on the roadmap",
    "Sandpiper Suite": "No connection to our ERP without custom code",
    "Labmark": "Made for distributors: one contact for each account",
}
WEIGHTS = {
    "workflow-fit": 25,
    "data-model": 15,
    "reporting": 10,
    "integrations": 15,
    "implementation-cost": 10,
    "run-cost": 10,
    "stability": 5,
    "references": 5,
    "mobile": 5,
}
NOT_TODAY = {  # must-haves that are not there today; what is not named is (V5)
    LARKSPUR: {"Campaign history on the contact": "roadmap"},
    OSTLER: {"Mobile logging of visits": "missing"},
}
RATERS = ("rater", "rater-2", "rater-3", "sales-lead", "it-lead")
REPS = ("rater", "rater-2", "rater-3")

# by vendor and criterion: the ratings of RATERS in their order, "-" for an abstention
RATINGS = {
    COPPERLINE: {
        "workflow-fit": "33255", "data-model": "55455", "reporting": "54555", "integrations": "45555",
        "implementation-cost": "44454", "run-cost": "44544", "stability": "55555", "references": "4555-",
        "mobile": "34354",
    },
    LARKSPUR: {
        "workflow-fit": "54454", "data-model": "44444", "reporting": "44344", "integrations": "44454",
        "implementation-cost": "44445", "run-cost": "44445", "stability": "44454", "references": "5444-",
        "mobile": "54544",
    },
    GREYWICK: {
        "workflow-fit": "45444", "data-model": "43434", "reporting": "44434", "integrations": "43443",
        "implementation-cost": "55455", "run-cost": "55545", "stability": "33433", "references": "4434-",
        "mobile": "54444",
    },
    OSTLER: {
        "workflow-fit": "44453", "data-model": "33433", "reporting": "33343", "integrations": "33232",
        "implementation-cost": "44544", "run-cost": "44444", "stability": "33343", "references": "3343-",
        "mobile": "33433",
    },
}  # fmt: skip
ABSTAINED = "I was in none of the reference calls"

# evidence by criterion and rating, one or more ways to say it
EVIDENCE: dict[str, dict[int, tuple[str, ...]]] = {
    "workflow-fit": {
        2: ("Logging a call took nine clicks and a second window; I would go back to my notebook",),
        3: ("I reached the end of my day with two detours through the old sheet", "Next step sits on another page"),
        4: ("My day works; only the hand-off needs a second look", "All ten of my tasks done, one with help"),
        5: ("All ten tasks done without help, faster than in the sheet", "My team sees its week on one page"),
    },
    "data-model": {
        3: ("Renewals have to be a second kind of opportunity", "Site and account share one record"),
        4: ("Three custom fields cover the rest of our schema", "Fits, with one custom object for instruments"),
        5: ("All eleven objects of our schema are there as they are", "Account, site and instrument map one to one"),
    },
    "reporting": {
        3: ("Four of the five VP reports; the cohort needs an export", "Built three alone, two with the vendor"),
        4: ("Five of five, one through an export", "All five reports, the forecast with a formula field"),
        5: ("Five of five in fifty minutes by sales ops alone", "All five, and the VP could change them"),
    },
    "integrations": {
        2: ("The ERP needs custom code for order status", "No mail capture for our server"),
        3: ("Through middleware, 500 calls an hour", "Calendar is one way only"),
        4: ("Native mail and calendar, ERP through middleware", "API covers what we need, limits are documented"),
        5: ("Native for mail, calendar and our ERP", "All four critical systems are in the catalogue"),
    },
    "implementation-cost": {
        4: ("About a fifth above the lowest of four quotes", "Quote within our range, data work included"),
        5: ("The lowest of four quotes", "Lowest quote, and it names every day of work"),
    },
    "run-cost": {
        4: ("Three years at 60 seats: about a fifth above the lowest", "Tier fits until 75 seats"),
        5: ("The lowest over three years at 60 seats", "No jump of tier below 120 seats"),
    },
    "stability": {
        3: ("Two changes of owner in four years", "Roadmap kept in half of the last releases"),
        4: ("Accounts are sound, roadmap of two years kept", "Growing, one product line was given up"),
        5: ("Fifteen years of accounts, roadmap kept", "Public accounts, sound for ten years"),
    },
    "references": {
        3: ("Content, would plan twice the time for data", "Would buy again, with another partner"),
        4: ("Would do it again, and start with fewer fields", "Content after the second year"),
        5: ("Would do it again the same way", "Every rep logs after fourteen months"),
    },
    "mobile": {
        3: ("Looks things up well, writing a visit takes minutes", "Offline notes are lost now and then"),
        4: ("A visit in a minute and a half", "Works in the car park, not in the basement"),
        5: ("A visit logged by voice before the car started", "Four taps to log a visit"),
    },
}


class DemoTold(NamedTuple):
    """A demo: working days before today, hours, on own data, clicks, seconds, what was seen, notes of the reps."""

    vendor: str
    days_ago: int
    hours: Decimal
    own_data: bool
    clicks: int
    seconds: int
    summary: str
    notes: tuple[str, str, str]


DEMOS = (
    DemoTold(
        COPPERLINE,
        10,
        Decimal("3.0"),
        True,
        9,
        48,
        "Everything the VP asked for is there. The reps needed help in six of ten tasks.",
        (
            "I could not find my next call without the trainer.",
            "Nine clicks for one call. Nobody will do this forty times a week.",
            "On a headset it is not usable: the pop-up covers the note.",
        ),
    ),
    DemoTold(
        LARKSPUR,
        9,
        Decimal("3.0"),
        True,
        4,
        15,
        "All ten tasks on our own data; the hand-off to success needs one more field.",
        (
            "I did my whole Tuesday in it.",
            "Four clicks, and the next step is asked for at once.",
            "The call list is quicker than ours.",
        ),
    ),
    DemoTold(
        GREYWICK,
        8,
        Decimal("2.5"),
        True,
        5,
        20,
        "Quick to learn. Instruments as own objects were shown, not built.",
        (
            "Fine for my accounts; instruments were missing.",
            "Liked the phone most of the four.",
            "Queue and dialler are on one page.",
        ),
    ),
    DemoTold(
        OSTLER,
        7,
        Decimal("1.5"),
        False,
        6,
        31,
        "On sample data of the vendor, and cut short. To be held again with our export.",
        (
            "Looked fine on their data.",
            "I did four of ten tasks, then time was up.",
            "Would like to see it with my list.",
        ),
    ),
)


class ReferenceTold(NamedTuple):
    """A reference call: vendor, customer by industry and size, past its first year, what it would do differently."""

    vendor: str
    customer: str
    past_first_year: bool
    differently: str
    notes: str


REFERENCES = (
    ReferenceTold(
        COPPERLINE,
        "Analytical instruments, 90 seats",
        True,
        "Give the reps a page of their own on day one: two of five still keep a list beside it.",
        "Live for 30 months; the reports are the best they ever had.",
    ),
    ReferenceTold(
        OSTLER,
        "Industrial sensors, 65 seats",
        True,
        "Connect the ERP before go-live. We did it after, by hand.",
        "Live for 22 months; content, with a second tool for renewals.",
    ),
    ReferenceTold(
        LARKSPUR,
        "Medical instruments, 80 seats",
        True,
        "Clean the contacts before the first import, and ask for half of the fields.",
        "Live for 26 months; nine of ten reps log every day.",
    ),
    ReferenceTold(
        LARKSPUR,
        "Laboratory equipment, 55 seats",
        True,
        "Name the system owner before go-live, not after.",
        "Live for 19 months; the second wave went in half the time of the first.",
    ),
    ReferenceTold(
        GREYWICK,
        "Measuring devices, 70 seats",
        True,
        "Build the instrument object first.",
        "Live for 15 months; forecast comes from the system since spring.",
    ),
    ReferenceTold(
        GREYWICK,
        "Optics, 45 seats",
        False,
        "Too early to say.",
        "Live for five months; to be called again, or replaced by an older customer.",
    ),
)


class OfferTold(NamedTuple):
    """What a vendor quoted, in minor units: tiers (name, a seat and month, seats), once, and a year."""

    vendor: str
    tiers: tuple[tuple[str, int, int], ...]
    implementation: int
    data_cleaning: int
    administration: int
    training: int


OFFERS = (
    OfferTold(
        COPPERLINE,
        (("Enterprise", 58_00, 44), ("Read and report", 24_00, 16)),
        45_500_00,
        9_500_00,
        16_000_00,
        8_000_00,
    ),
    OfferTold(LARKSPUR, (("Professional", 49_00, 60),), 44_000_00, 9_000_00, 14_000_00, 6_500_00),
    OfferTold(GREYWICK, (("Team", 41_00, 60),), 37_000_00, 8_500_00, 12_000_00, 6_000_00),
    OfferTold(OSTLER, (("Business", 50_00, 60),), 43_000_00, 9_000_00, 15_000_00, 7_000_00),
)
