"""A typical B2B sales process to start from, as data; every lane and step can be edited after."""

from __future__ import annotations

from dataclasses import dataclass

from crmprogram.program.models import Function


@dataclass(frozen=True)
class TypicalStep:
    """A step with its key; `after` names the steps before it."""

    key: str
    name: str
    tool: str = ""
    data: str = ""
    failure: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class TypicalLane:
    name: str
    function: Function
    steps: tuple[TypicalStep, ...]


TYPICAL_B2B: tuple[TypicalLane, ...] = (
    TypicalLane(
        "Marketing",
        Function.MARKETING,
        (
            TypicalStep("capture", "Capture the lead", "Web form", "Name, email, source"),
            TypicalStep(
                "nurture",
                "Nurture until qualified",
                "Marketing automation",
                "Opens and clicks",
                "Sales never sees the history",
                ("capture",),
            ),
        ),
    ),
    TypicalLane(
        "SDR",
        Function.SALES,
        (
            TypicalStep(
                "qualify", "Call and qualify", "Phone, spreadsheet", "", "Answered after days", ("capture", "nurture")
            ),
            TypicalStep("book", "Book the first meeting", "Calendar", "Date, attendees", after=("qualify",)),
        ),
    ),
    TypicalLane(
        "Account executive",
        Function.SALES,
        (
            TypicalStep("discover", "Run discovery", "Notes", "", "Needs stay in the notebook", ("book",)),
            TypicalStep("propose", "Send the proposal", "Documents", "Amount, close date", after=("discover",)),
            TypicalStep(
                "close", "Negotiate and close", "Email", "Signed contract", "Forecast is a guess", ("propose",)
            ),
        ),
    ),
    TypicalLane(
        "Customer success",
        Function.SUCCESS,
        (
            TypicalStep("hand", "Take the hand-off", "Email", "", "Promises are lost", ("close",)),
            TypicalStep("onboard", "Onboard the customer", "Checklist", "Go-live date", after=("hand",)),
            TypicalStep(
                "renew", "Renew and expand", "Spreadsheet", "Renewal date", "Found when it is due", ("onboard",)
            ),
        ),
    ),
    TypicalLane(
        "Sales operations",
        Function.OPERATIONS,
        (
            TypicalStep(
                "forecast",
                "Build the weekly forecast",
                "Spreadsheet",
                "Commit by rep",
                "Copied by hand every Friday",
                ("propose",),
            ),
        ),
    ),
)
