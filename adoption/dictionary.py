"""What every adoption number is: numerator, denominator, what is left out, the least it needs (M1 to M9). Pure."""

from __future__ import annotations

from typing import NamedTuple

WEEK = "ISO week in the program's time zone"
DUE = (
    "weekends and public holidays of the team's country, entered days off, leave, days before the start or after "
    "leaving, days before the go-live of the team's wave; a part-timer's free weekdays"
)
NOT_WORK = (
    "drafts, cancelled, not done yet, deleted, copies of invitees, missed calls, incoming mail, rows that a load "
    "wrote; owners who are unknown, or no reps"
)


class Definition(NamedTuple):
    """One number. `least` is what it needs to be measured; below it the number is not zero but not measured."""

    key: str
    name: str
    numerator: str
    denominator: str
    excluded: str
    least: str
    period: str
    clock: str
    target: str
    rule: str


RECORD = "export of records, its own day"
OF_METRICS = (
    Definition(
        "adoption.daily", "Daily active", "due rep-days with at least one logged activity", "due rep-days",
        f"{NOT_WORK}; {DUE}", "1 due rep-day; no doubt about the export", WEEK, "when it was logged", "≥ 90 %", "M1",
    ),
    Definition(
        "adoption.weekly", "Weekly active", "due reps with at least one logged activity, on any day", "due reps",
        f"{NOT_WORK}; reps with no due day in the week", "1 due rep", WEEK, "when it was logged", "100 %", "M1",
    ),
    Definition(
        "adoption.fields", "Required fields", "records with every field filled that is required at their stage",
        "records of the export", "records of an export without a column for a required field",
        "20 records, or all where there are fewer, marked small", "ISO week of the export", RECORD, "≥ 95 %", "M2",
    ),
    Definition(
        "adoption.rate", "Calls and emails per rep", "calls and emails logged", "due reps",
        f"meetings, tasks and notes; {NOT_WORK}", "1 due rep", WEEK, "when it was logged",
        "the team's own benchmark", "M3",
    ),
    Definition(
        "adoption.stale", "Deals stale 14+ days", "open deals without an update for 14 days or more", "open deals",
        "won and lost deals", "20 open deals, or all where there are fewer, marked small", "ISO week of the export",
        RECORD, "< 10 %", "M4",
    ),
    Definition(
        "adoption.logins", "Days with a login", "due rep-days with at least one login that succeeded", "due rep-days",
        f"failed logins, scheduled tools and integration users; {DUE}", "any login in the week; CRMs that export none "
        "are measured by activity", WEEK, "when the person signed in", "≥ 80 % on day 30", "M7, M12",
    ),
    Definition(
        "adoption.updates", "Records updated per rep", "records updated in the seven days up to the export",
        "due reps of the week", "records without an owner, of teams", "1 due rep", "ISO week of the export", RECORD,
        "none", "M7",
    ),
    Definition(
        "adoption.tasks", "Tasks done", "tasks logged in the week that are done by now",
        "tasks logged in the week, done or open", "cancelled and deleted tasks, loads, owners who are no reps",
        "1 task", WEEK, "when it was logged", "none", "M7",
    ),
    Definition(
        "adoption.duplicates", "Duplicates among new records",
        "records created in the seven days with the e-mail, domain or name of one that was there",
        "records created in the seven days", "records of which nothing tells who they are", "1 new record",
        "ISO week of the export", RECORD, "none", "M7",
    ),
    Definition(
        "adoption.owner_changes", "Records that changed owner", "records with another owner than in the export before",
        "records of the export", "new records, and those without an owner", "two exports of the same CRM",
        "ISO week of the export", RECORD, "none", "M7",
    ),
    Definition(
        "adoption.issues", "Issues reported", "issues entered in the register", "1", "none",
        "a register in which somebody has written", WEEK, "when it was reported", "none", "M7",
    ),
    Definition(
        "adoption.win_rate", "Win rate", "deals won", "deals closed, won or lost", "open deals", "1 closed deal",
        "calendar quarter", "when the deal was closed", "a gain each quarter", "M6",
    ),
    Definition(
        "adoption.cycle", "Sales cycle, days",
        "days from the creation of the lead, marked where only that of the deal is known, to closed-won", "deals won",
        "deals without a date of creation", "1 won deal", "calendar quarter", "when the deal was closed",
        "no longer than the quarter before", "M6",
    ),
    Definition(
        "adoption.coverage", "Pipeline coverage", "amount of the open deals in the newest export",
        "quota of the quarter, entered", "deals in another currency than the program's", "a quota",
        "calendar quarter of the export", RECORD, "≥ 3×", "M6",
    ),
    Definition(
        "adoption.forecast", "Forecast accuracy", "amount won, less the distance of the forecast from it",
        "amount won", "deals in another currency than the program's", "a forecast and 1 won deal",
        "calendar quarter", "when the deal was closed", "none", "M6",
    ),
)  # fmt: skip

ENTERED = "entered with its source, in no export of a CRM"
OF_AUDIENCES = (
    Definition(
        "adoption.pipeline", "Open pipeline", "amount of the open deals in the newest export", "1",
        "deals in another currency than the program's, or without an amount", "an export of deals", "day of the export",
        RECORD, "none", "M8",
    ),
    Definition(
        "adoption.commit", "Forecast against commit",
        "amount won in the quarter, and of open deals of the forecast category commit that are expected to close in it",
        "forecast entered at the start of the quarter", "deals in another currency than the program's",
        "a forecast, and a forecast category in the export", "calendar quarter of the export", RECORD, "≥ 100 %", "M8",
    ),
    Definition(
        "adoption.win_by_stage", "Win rate by stage", "deals won that an export showed in the stage before",
        "deals closed that an export showed in the stage before", "stages that say that a deal is closed",
        "20 deals, marked small where there are fewer", "this quarter and the three before",
        "when the deal was closed", "none", "M8",
    ),
    Definition(
        "adoption.advanced", "Deals advanced",
        "deals in a stage in which no export showed them before, in the seven days up to the export", "1",
        "the stage in which a deal was seen first; deals that were lost", "two exports of deals",
        "seven days up to the export", RECORD, "none", "M8",
    ),
    Definition(
        "adoption.incomplete", "Deals that lack a field", "open deals with a required field empty", "open deals",
        "won and lost deals", "an export of deals, and required fields", "day of the export", RECORD, "none", "M2, M8",
    ),
    Definition(
        "adoption.deal_size", "Mean deal size", "amount of deals won", "deals won that have an amount",
        "deals in another currency than the program's", "1 won deal", "calendar month", "when the deal was closed",
        "none", "M8",
    ),
    Definition(
        "adoption.tasks_due", "Tasks due today", "tasks, calls and mails planned for today or before and not done", "1",
        "those without a day; cancelled and deleted ones; older than 26 weeks", "an export of activities", "today",
        "when it is due", "none", "M8",
    ),
    Definition(
        "adoption.contacts", "Calls and emails, to date", "calls and emails of the rep logged this week", "1",
        NOT_WORK, "an export that reaches this week", WEEK, "when it was logged", "the team's own benchmark", "M3, M8",
    ),
    Definition(
        "adoption.new_arr", "New ARR", ENTERED, "1", "none", "a figure of the month", "calendar month", "of the books",
        "none", "M8",
    ),
    Definition(
        "adoption.arr_growth", "ARR growth", "ARR of the newest month of the quarter that is entered, less that before",
        "ARR of the newest month of the quarter before", "none", "ARR entered in both quarters", "calendar quarter",
        "of the books", "none", "M8",
    ),
    Definition(
        "adoption.nrr", "Net revenue retention", ENTERED, "1", "none", "a figure of the month",
        "calendar month, of a quarter the newest month", "of the books", "none", "M8",
    ),
    Definition(
        "adoption.cac_payback", "CAC payback, months", ENTERED, "1", "none", "a figure of the month",
        "of a quarter the newest month", "of the books", "none", "M8",
    ),
)  # fmt: skip
DEFINITIONS = (*OF_METRICS, *OF_AUDIENCES)
