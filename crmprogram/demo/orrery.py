"""The Audit of the new rollout: Orrery Instruments, as its people wrote it. All of it is invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmprogram.demo.story import SALES, SUCCESS, Attended, Audit, GapTold, TeamTold, Told, on

SCOPE_IN = (
    "Contacts and accounts of the three sales teams",
    "One pipeline for new business, one for renewals",
    "Email and calendar capture",
    "Weekly pipeline review from the system",
)
SCOPE_OUT = ("Quotes and contracts stay in the ERP", "Support tickets stay in the help desk")
SCOPE_DEFERRED = (("Lead scoring", "Needs twelve months of clean history"), ("Partner portal", "Needs a second wave"))

GOAL: dict[str, Any] = {
    "outcome": "Raise the win rate of qualified opportunities, because every lead is followed up within a day and "
    "every opportunity has a next step. The board reads the forecast from the CRM and from nowhere else.",
    "metric": "Win rate of qualified opportunities",
    "unit": "%",
    "baseline_value": Decimal(18),
    "target_value": Decimal(25),
    "success_6_months": "Nine of ten reps log every day; the forecast of the month is within 15 %.",
    "success_12_months": "Win rate at 25 %; sales cycle ten days shorter than at the start.",
}


GAPS = (
    GapTold(
        "Web leads wait three days for a first call",
        "No queue, no owner; the inbox is read when there is time.",
        "revenue",
        "Call and qualify",
        4800,
        "web leads",
        Decimal("2.5"),
        650_000,
        "medium",
        "Form log and calendar, last 12 months",
    ),
    GapTold(
        "Needs stay in the notebook",
        "The proposal is written from memory.",
        "revenue",
        "Run discovery",
        1150,
        "discovery calls",
        Decimal(4),
        1_400_000,
        "medium",
        "Lost-deal interviews, 40 deals",
    ),
    GapTold(
        "Renewals are found when they are due",
        "Nobody is told ninety days ahead.",
        "revenue",
        "Renew and expand",
        380,
        "renewals",
        Decimal(6),
        2_200_000,
        "high",
        "Finance, renewals of last year",
    ),
    GapTold(
        "The forecast is copied by hand every Friday",
        "Eleven people, two hours each week.",
        "cost",
        "Build the weekly forecast",
        1144,
        "hours",
        Decimal(100),
        6_500,
        "high",
        "Time sheets of the quarter",
    ),
    GapTold(
        "Promises are lost in the hand-off",
        "Onboarding starts with questions that were answered before.",
        "cost",
        "Take the hand-off",
        240,
        "new customers",
        Decimal(30),
        180_000,
        "medium",
        "Success team, tickets tagged hand-off",
    ),
    GapTold(
        "Marketing history never reaches sales",
        "Two systems, no shared key.",
        "revenue",
        "Nurture until qualified",
        2100,
        "nurtured leads",
        Decimal("1.5"),
        650_000,
        "low",
        "Estimate of the marketing team",
    ),
    GapTold(
        "The same account is worked by two reps",
        "Nobody sees who owns it.",
        "cost",
        "Call and qualify",
        310,
        "accounts worked twice",
        Decimal(100),
        42_000,
        "medium",
        "Duplicate owners in the address list",
    ),
)

# name, phase, numbers of the gaps it closes (from 1), steps it serves
MUST_HAVES = (
    ("Lead queue with an owner and a clock", 3, (1,), ("Call and qualify",)),
    ("One account record for all teams", 3, (7,), ()),
    ("Discovery form on the opportunity", 3, (2,), ("Run discovery",)),
    ("Email and calendar capture", 3, (2,), ("Book the first meeting",)),
    ("Stages with exit criteria", 3, (2, 4), ("Negotiate and close",)),
    ("Forecast by rep and month", 3, (4,), ("Build the weekly forecast",)),
    ("Renewal task ninety days ahead", 3, (3,), ("Renew and expand",)),
    ("Hand-off record from sales to success", 3, (5,), ("Take the hand-off",)),
    ("Campaign history on the contact", 4, (6,), ("Nurture until qualified",)),
    ("Mobile logging of visits", 4, (2,), ("Run discovery",)),
)
LATER = (("Territory planning", "must_year"), ("Lead scoring", "must_year"), ("Social listening", "nice"),
         ("Built-in telephony", "not_needed"))  # fmt: skip
UNTRACED_AT_FIRST = ("Campaign history on the contact", "Mobile logging of visits")
LANE_SIGNERS = {
    "Marketing": "marketing-lead",
    "SDR": "rater",
    "Account executive": "enablement",
    "Customer success": "success-lead",
    "Sales operations": "crm-specialist",
}
SIGNED_LATE = ("Customer success",)


AUDIT = Audit(
    goal=GOAL,
    sponsor_title="Chief Revenue Officer",
    shared_how="In the first stand-up",
    scope_in=SCOPE_IN,
    scope_out=SCOPE_OUT,
    scope_deferred=SCOPE_DEFERRED,
    gaps=GAPS,
    must_haves=MUST_HAVES,
    later=LATER,
    lane_signers=LANE_SIGNERS,
    untraced_at_first=UNTRACED_AT_FIRST,
    signed_late=SIGNED_LATE,
    request_note="The Audit is done, apart from one sign-off that is promised for tomorrow.",
    sent_back_note="Two must-haves stand on nobody's gap, and Customer Success has not signed its lane. "
    "I sign what the people who do the work have signed.",
    asked_again_note="Both must-haves are traced to their gaps now, and Customer Success has signed its lane.",
    signed_note="Seven gaps, ten must-haves, every lane signed. Pick can begin, with reps in every demo.",
)

PROGRAM = Told(
    slug="orrery-instruments-crm-rollout",
    began=on(34, 9),
    values={
        "name": "CRM rollout",
        "company": "Orrery Instruments",
        "seats": 60,
        "industry": "Scientific instruments",
        "yearly_revenue": 4_200_000_000,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "lead_sources": {"web": 40, "partners": 35, "trade shows": 25},
    },
    teams=(
        TeamTold("Enterprise", SALES, "DACH", 14, 1, follows=0),
        TeamTold("Mid-market", SALES, "Europe", 26, 2, follows=6),
        TeamTold("Inside sales", SALES, "Remote", 12, 2, follows=6),
        TeamTold("Customer success", SUCCESS, "Europe", 8, 3, follows=24),
    ),
    audit=AUDIT,
    go_live_days=200,
    attendance={
        "stand_up": (Attended(), Attended(), Attended(), Attended("excused", note="Trade fair; the VP Sales led it")),
    },
)

RUN = "Legacy contacts"
EXPORT_NAME = "contacts-legacy-crm.csv"
EXPORT_ROWS = 20_000
EXPORT_SEED = 7

# the second CRM: accounts, contacts and deals that point at each other
SERVICE = "Service team's CRM"
SERVICE_FILES = {
    "account": "accounts-service-crm.csv", "contact": "contacts-service-crm.csv", "deal": "deals-service-crm.csv",
}  # fmt: skip
SERVICE_ROWS = 240
SERVICE_FIRST = 0x500000  # its ids are none of the legacy CRM's

# name, kind of record, who answers for it, how many records (0: as many as the export), why it stays behind
SOURCES = (
    ("Legacy CRM", "contact", "CRM Specialist", 0, ""),
    ("Billing", "account", "Finance Lead", 1_840, "Read by the integration; billing stays the source of truth."),
    ("Trade fair sheets", "contact", "Marketing Ops", 610, "Older than 24 months and without consent."),
)
# the second thoughts about the proposed mapping, by header
MAPPED = (
    ("Salutation", {"treatment": "drop", "field": "", "reason": "Nobody writes letters, and half of it was wrong."}),
    ("Website__c", {"treatment": "map", "field": "website", "transforms": ["lower"]}),
    ("LeadSource", {"treatment": "map", "field": "lead_source", "transforms": ["default: Unknown"]}),
)
STANDARD = {
    "contact": {
        "required": {"": ["family_name"], "customer": ["company"]},
        "vocabularies": {
            "lead_source": {
                "Web": ["website", "form"], "Event": ["Trade show", "trade fair"], "Referral": [], "Partner": [],
                "Unknown": [],
            },
        },
    },
}  # fmt: skip
BAND = (0.99995, 1.01)
