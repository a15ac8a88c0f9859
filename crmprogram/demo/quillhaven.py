"""The rescue of a live CRM: Quillhaven Packaging, as its people wrote it. All of it is invented."""

from __future__ import annotations

from decimal import Decimal

from crmprogram.demo.story import OPERATIONS, SALES, SUCCESS, Attended, Audit, GapTold, TeamTold, Told, week
from crmprogram.program.models import ProgramKind
from phases.typical_process import TypicalLane, TypicalStep

LANES = (
    TypicalLane(
        "Inside sales",
        SALES,
        (
            TypicalStep("answer", "Answer the enquiry", "CRM, shared inbox", "Name, product, volume"),
            TypicalStep("pass", "Pass it to the field rep", "Chat", "", "Two reps call the same plant", ("answer",)),
        ),
    ),
    TypicalLane(
        "Field sales",
        SALES,
        (
            TypicalStep("visit", "Visit the plant", "Paper", "", "Logged on Friday, or never", ("pass",)),
            TypicalStep("quote", "Quote the order", "Spreadsheet", "Amount, date", "No next step", ("visit",)),
            TypicalStep(
                "review", "Review the pipeline", "Slides", "", "Built by hand, the CRM is not open", ("quote",)
            ),
        ),
    ),
    TypicalLane(
        "Customer success",
        SUCCESS,
        (
            TypicalStep("reorder", "Watch the reorders", "Spreadsheet", "Last order", after=("quote",)),
            TypicalStep("claim", "Settle a claim", "Email", "", "Sales hears of it from the customer", ("reorder",)),
        ),
    ),
    TypicalLane(
        "Sales operations",
        OPERATIONS,
        (
            TypicalStep(
                "forecast", "Build the forecast", "Spreadsheet", "Commit by rep", "Nobody believes it", ("review",)
            ),
        ),
    ),
)

GAPS = (
    GapTold(
        "Visits are not logged",
        "Forty-one fields are asked for, so the visit stays on paper.",
        "revenue",
        "Visit the plant",
        9400,
        "plant visits",
        Decimal("1.5"),
        1_900_00,
        "medium",
        "Calendar against CRM, last quarter",
    ),
    GapTold(
        "Opportunities have no contact",
        "The field is required on the page and skipped by the import.",
        "revenue",
        "Quote the order",
        2600,
        "quotes",
        Decimal(3),
        7_400_00,
        "medium",
        "Weekly export of opportunities",
    ),
    GapTold(
        "The pipeline review runs on slides",
        "Every manager spends three hours a week on them.",
        "cost",
        "Review the pipeline",
        1248,
        "hours",
        Decimal(100),
        74_00,
        "high",
        "Time sheets of eight managers",
    ),
    GapTold(
        "Two reps call the same plant",
        "Ownership is in the ERP and in the CRM, and differs.",
        "cost",
        "Pass it to the field rep",
        420,
        "plants called twice",
        Decimal(100),
        310_00,
        "medium",
        "Owner of account, both systems",
    ),
    GapTold(
        "Claims never reach the rep",
        "",
        "revenue",
        "Settle a claim",
        None,
        "",
        None,
        None,
        "low",
        "Interviews with customer success",
    ),
)

AUDIT = Audit(
    goal={
        "outcome": "Make the forecast of four teams one that the plant can order by, because every opportunity carries "
        "its eight required fields and no team falls out of the daily routine. The Monday review reads the pipeline "
        "from the CRM and from no slide.",
        "metric": "Deviation of the monthly forecast",
        "unit": "%",
        "baseline_value": Decimal(38),
        "target_value": Decimal(12),
        "success_6_months": "Required fields at 95 % in every team; the review runs without a slide.",
        "success_12_months": "The forecast is within 12 % for two quarters; the deferred scope is back.",
    },
    sponsor_title="Managing Director",
    shared_how="In the kick-off of the reset",
    scope_in=("One pipeline for all four teams", "Eight required fields on opportunities", "Weekly pipeline review"),
    scope_out=("Quotes stay in the ERP", "A change of platform before day 90"),
    scope_deferred=(
        ("Partner pipeline", "Returns when adoption holds at 90 %"),
        ("Automatic lead scoring", "Nobody trusts the fields it reads"),
    ),
    gaps=GAPS,
    must_haves=(
        ("Log a visit on the phone in under a minute", 3, (1,), ("Visit the plant",)),
        ("Eight required fields in place of forty-one", 3, (1, 2), ("Quote the order",)),
        ("Contact chosen from the account", 3, (2,), ()),
        ("Pipeline review page by team", 3, (3,), ("Review the pipeline",)),
        ("One owner for each plant", 3, (4,), ("Pass it to the field rep",)),
        ("Next step with a date on every quote", 3, (2,), ("Quote the order",)),
        ("Forecast from the pipeline", 4, (3,), ("Build the forecast",)),
        ("Claim shown on the account", 4, (5,), ("Settle a claim",)),
    ),
    later=(("Reorder reminder", "must_year"), ("Route planning", "nice")),
    lane_signers={
        "Inside sales": "enablement",
        "Field sales": "vp-sales",
        "Customer success": "success-lead",
        "Sales operations": "crm-specialist",
    },
    lanes=LANES,
    untraced_at_first=("Claim shown on the account",),
    signed_late=("Customer success",),
    returned_for=("A1", "A2", "A3"),
    request_note="The reset audit is done. Customer Success signs its lane next week.",
    sent_back_note="Claims are the gap customers tell me about, and it has no number. "
    "Put a cost on it, trace the must-have to it, and let Customer Success sign its lane.",
)

PROGRAM = Told(
    slug="quillhaven-packaging-crm-rescue",
    began=week(6, 0, 14),
    values={
        "name": "CRM rescue",
        "company": "Quillhaven Packaging",
        "kind": ProgramKind.RESCUE,
        "seats": 68,
        "industry": "Packaging",
        "yearly_revenue": 31_000_000_000,
        "currency": "USD",
        "time_zone": "America/Chicago",
        "lead_sources": {"field visits": 45, "web": 30, "trade shows": 25},
        "platform_chosen": True,
        "platform_name": "Salesforce",
    },
    teams=(
        TeamTold("Key accounts", SALES, "United States", 12, 1, 64),
        TeamTold("Region North", SALES, "Great Lakes", 18, 1, 64),
        TeamTold("Region South", SALES, "Gulf Coast", 14, 2, 58),
        TeamTold("Inside sales", SALES, "Remote", 16, 2, 58),
    ),
    audit=AUDIT,
    go_live_days=120,
    attendance={
        "stand_up": (
            Attended(),
            Attended(),
            Attended(),
            Attended(),
            Attended("missed", note="Called to a customer"),
            Attended("missed"),
        ),
        "pipeline_review": (
            Attended(),
            Attended(),
            Attended(vp_sales="delegate", note="The manager of Region North stood in"),
            Attended("missed"),
        ),
    },
)
REPS = 60
WEEKS = 12
STRUGGLING, RECOVERED = "Region South", "Region North"

# share of rep-days with an activity, in percent, by team and week, oldest first (M1)
DAILY = {
    "Key accounts": (97, 96, 97, 98, 97, 96, 97, 97, 98, 97, 97, 98),
    "Region North": (95, 94, 95, 93, 92, 91, 86, 85, 94, 95, 96, 96),
    "Region South": (96, 95, 95, 94, 95, 93, 94, 93, 92, 91, 84, 76),
    "Inside sales": (98, 97, 98, 98, 97, 98, 97, 98, 97, 98, 98, 97),
}
# opportunities with every required field, in percent, by week: falling since the reset took a field's default away (M2)
FIELDS = (97, 97, 96, 96, 95, 95, 94, 93, 92, 91, 89, 87)
REQUIRED = ("name", "stage", "amount", "close_on", "contact_id", "lead_source", "account_id", "owner")
STALE = (6, 6, 7, 6, 7, 6, 7, 7, 6, 7, 7, 8)  # open opportunities without an update for 14 days, in percent (M4)
CONTACTS_A_WEEK = Decimal(18)
# entered, in whole units of the currency: the plan of a quarter, and what the books say of a month
QUARTER = {"quota": 4_200_000, "forecast": 5_600_000}
MONTHS, ARR, NEW_ARR, PAYBACK = 4, 21_000_000, 420_000, 17
PLAN, LEDGER = "Sales plan of the year", "Finance, recurring orders in the ledger"

RECOVERY_PLAN = "Each manager opens the CRM in the Monday review; visits are logged before the next one is planned."
# what goes wrong in use: title, detail, severity, the team that has it (none: all)
ISSUES = (
    (
        "Visit form loses the note without a signal",
        "In the plants along the coast the form comes back empty; reps write on paper again.",
        "major",
        STRUGGLING,
    ),
    ("Contact list does not show the plant", "Twenty contacts of the same name have to be opened.", "minor", ""),
)
COMMISSION = "Commission is paid from the ERP; an opportunity that is missing in the CRM costs nobody anything."
NOT_A_REP = "Integration user of the ERP: it writes orders, nobody signs in with it"

CONTACTS = (420, 446, 470)  # in the CRM, week by week
CONTACTS_SEED = 23
