"""What Orrery's Audit heard, needs and specifies; told by `listening`. All of it is invented."""

from __future__ import annotations

from typing import NamedTuple


class Heard(NamedTuple):
    """One interview: `findings` are a sentence and the numbers (from 1) of the gaps it speaks of."""

    days_ago: int  # working days
    role: str
    who: str
    summary: str
    findings: tuple[tuple[str, tuple[int, ...]], ...]


INTERVIEWS = (
    Heard(
        31,
        "rep",
        "Sales Rep Enterprise",
        "Works from a notebook and a private spreadsheet; logs on Friday.",
        (("What the customer needs is in my notebook, nobody else reads it.", (2,)),),
    ),
    Heard(
        30,
        "manager",
        "Sales Team Lead",
        "Spends Friday on the forecast.",
        (
            ("Eleven of us copy numbers for two hours, and nobody believes the sum.", (4,)),
            ("Two of my reps called the same account last week.", (7,)),
        ),
    ),
    Heard(
        30,
        "success",
        "Customer Success Team Lead",
        "Starts every onboarding with questions that sales has asked before.",
        (("I learn of a promise when the customer reminds me of it.", (5,)),),
    ),
    Heard(
        29,
        "marketing_ops",
        "Marketing Team Lead",
        "Hands over leads by e-mail.",
        (("What a lead has read never reaches the rep who calls.", (6,)),),
    ),
    Heard(28, "leadership", "VP Sales", "Wants one forecast that the board can read.", ()),
    Heard(
        27,
        "crm_admin",
        "CRM Specialist",
        "Keeps the old address list alive.",
        (("A web form goes to an inbox without an owner.", (1,)),),
    ),
)


class Needed(NamedTuple):
    """A requirement: gaps and must-haves by their numbers, from 1; a test is what is done and what is then seen."""

    kind: str
    title: str
    gaps: tuple[int, ...]
    must_haves: tuple[int, ...]
    test: tuple[str, str] = ("", "")


REQUIREMENTS = (
    Needed("workflow", "A web lead is called within the day", (1,), (1,)),
    Needed("ownership", "An account has one owner", (7,), (2,)),
    Needed("workflow", "A deal leaves discovery with its needs written down", (2,), (3, 5)),
    Needed("decision", "The forecast is read by rep and month", (4,), (6,)),
    Needed("automation", "A renewal is a task ninety days ahead", (3,), (7,)),
    Needed("workflow", "Customer success takes over with what was promised", (5,), (8,)),
    Needed(
        "compliance",
        "Consent comes over with the contact",
        (),
        (2,),
        (
            "Open ten contacts that refused e-mail in the old list.",
            "All ten are marked as refused, and no list mails them.",
        ),
    ),
    Needed("decision", "Campaign history stands on the contact", (6,), (9,)),
)


class Specified(NamedTuple):
    """An item of the configuration spec: its owner is a position, `serves` are requirements from 1."""

    kind: str
    name: str
    definition: str
    owner: str
    serves: tuple[int, ...] = ()
    pipeline: str = ""
    fields: str = ""
    leaves: str = ""


NEW_BUSINESS, RENEWALS = "New business", "Renewals"
ITEMS = (
    Specified("pipeline", NEW_BUSINESS, "From the first conversation to a signed order.", "VP Sales", (3,)),
    Specified("pipeline", RENEWALS, "From ninety days before the end to a signed renewal.", "VP Sales", (5,)),
    Specified(
        "stage",
        "Qualified",
        "Somebody with a need and a date has talked to us.",
        "Sales Manager",
        (1,),
        NEW_BUSINESS,
        "Lead source, contact, need",
        "A discovery meeting is booked",
    ),
    Specified(
        "stage",
        "Discovery",
        "We learn what has to change and who decides.",
        "Sales Manager",
        (3,),
        NEW_BUSINESS,
        "Needs, decision maker, date of decision",
        "The customer confirms the needs in writing",
    ),
    Specified(
        "stage",
        "Proposal",
        "The customer has our offer.",
        "Sales Manager",
        (3,),
        NEW_BUSINESS,
        "Amount, close date, next step",
        "The customer names what is missing, or says no",
    ),
    Specified(
        "stage",
        "Negotiation",
        "Terms are on the table.",
        "Sales Manager",
        (4,),
        NEW_BUSINESS,
        "Commit, contract reviewer",
        "Signed, or lost with a reason",
    ),
    Specified(
        "stage",
        "Due",
        "Ends within ninety days; customer success has checked its health.",
        "VP Sales",
        (5,),
        RENEWALS,
        "End date, health",
        "The customer knows the offer",
    ),
    Specified("field", "Owner of the account", "Exactly one person; a change is written down.", "CRM Specialist", (2,)),
    Specified(
        "field", "Consent to e-mail", "Given, refused or unknown, with the day and the source.", "Marketing Ops", (7,)
    ),
    Specified(
        "automation",
        "Lead queue with a clock",
        "A web lead goes to whoever is on duty; after a day it goes up.",
        "Sales Manager",
        (1,),
    ),
    Specified("automation", "Renewal task", "A task for the owner ninety days before the end.", "VP Sales", (5,)),
    Specified("object", "Hand-off record", "Promises, contacts and dates at closed-won.", "CRM Specialist", (6,)),
    Specified(
        "dashboard",
        "Forecast by rep and month",
        "Commit and best case against quota, read on Mondays.",
        "VP Sales",
        (4,),
    ),
    Specified(
        "permission",
        "Reps see their region",
        "A rep reads all accounts of the region and changes the own ones.",
        "IT Lead",
        (2,),
    ),
)

ARTIFACTS = {
    "data_model": "Accounts, contacts, deals and activities. An account has one owner and any number of contacts; a "
    "deal belongs to one account and names a contact.\n\nThe CRM is the source of truth for contacts and deals. Orders "
    "and invoices are owned by the ERP and shown read-only; tickets by the help desk. At closed-won the CRM creates "
    "the order.",
    "measurement": "Leading: daily-active rate, required fields, activity rate, deals without an update for 14 days. "
    "Read every Monday by the sales managers.\n\nLagging: win rate by lead source, sales cycle by company size, "
    "pipeline coverage. Read each quarter by the sponsor and the VP Sales.",
    "governance": "Sales operations owns the system; IT supports it. A change needs an owner and the step of the "
    "process it serves. The council decides every two weeks; what it defers waits for Iterate.",
}
