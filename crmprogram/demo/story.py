"""What both stories of the demo share: their days, their people, the shape of an Audit. All of it is invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from crmprogram.program.models import Function, PositionLevel, Role
from phases.typical_process import TypicalLane

When = Callable[[date], datetime]  # from the day on which the story is told


def on(days_ago: int, hour: int) -> When:
    """So many working days before today, at `hour` UTC: days of the story keep their order over weekends."""

    def moment(today: date) -> datetime:
        day, left = today, days_ago
        while left or day.weekday() > 4:
            day -= timedelta(days=1)
            left -= day.weekday() < 5
            left = max(left, 0)
        return datetime.combine(day, time(hour), UTC)

    return moment


def week(ago: int, day: int, hour: int) -> When:
    """A day (0: Monday) of the week `ago` weeks before today's, at `hour` UTC."""

    def moment(today: date) -> datetime:
        found = today - timedelta(days=today.weekday(), weeks=ago) + timedelta(days=day)
        return datetime.combine(found, time(hour), UTC)

    return moment


class Part(NamedTuple):
    """What an account is in one program; `position` is its column of the RACI, at `level`."""

    role: Role
    function: Function
    position: str = ""
    level: str = ""


class Account(NamedTuple):
    """An account by its user name; people appear as role titles only."""

    username: str
    title: str
    parts: dict[str, Part]


class TeamTold(NamedTuple):
    """A team; `live_weeks_ago` is the age of its go-live, None before it has one.

    `follows` is how many weeks after the program's own go-live it is planned to go live, None: no plan yet.
    """

    name: str
    function: Function
    region: str
    seats: int
    wave: int
    live_weeks_ago: int | None = None
    follows: int | None = None


class GapTold(NamedTuple):
    """A gap: `rate` in percent, `value` in minor units of the currency; `volume` None: not estimated yet."""

    title: str
    detail: str
    kind: str
    step: str
    volume: int | None
    volume_of: str
    rate: Decimal | None
    value: int | None
    confidence: str
    source: str


@dataclass(frozen=True)
class Audit:
    """The Audit of one program, as its people wrote it.

    `must_haves` are name, phase, numbers of the gaps they close (from 1) and steps they serve;
    those in `untraced_at_first` are traced when the gate came back, lanes in `signed_late` signed.
    """

    goal: dict[str, Any]
    sponsor_title: str
    shared_how: str
    scope_in: tuple[str, ...]
    scope_out: tuple[str, ...]
    scope_deferred: tuple[tuple[str, str], ...]
    gaps: tuple[GapTold, ...]
    must_haves: tuple[tuple[str, int, tuple[int, ...], tuple[str, ...]], ...]
    later: tuple[tuple[str, str], ...]
    lane_signers: dict[str, str]
    lanes: tuple[TypicalLane, ...] | None = None
    untraced_at_first: tuple[str, ...] = ()
    signed_late: tuple[str, ...] = ()
    returned_for: tuple[str, ...] = ("A1", "A3")
    request_note: str = ""
    sent_back_note: str = ""
    asked_again_note: str = ""
    signed_note: str = ""


class Attended(NamedTuple):
    """How the sponsor and the VP sales kept one meeting; `note` is needed where somebody was excused."""

    sponsor: str = "attended"
    vp_sales: str = "attended"
    note: str = ""


@dataclass(frozen=True)
class Told:
    """A program of the demo: what it is and when it began; who is in it is said by `ACCOUNTS`.

    `attendance` tells the meetings of a kind in their order; those after it are attended.
    """

    slug: str
    began: When
    values: dict[str, Any]
    teams: tuple[TeamTold, ...]
    audit: Audit
    go_live_days: int
    attendance: dict[str, tuple[Attended, ...]]


NEW, RESCUE = "new", "rescue"
SALES, SUCCESS, MARKETING = Function.SALES, Function.SUCCESS, Function.MARKETING
OPERATIONS, LEADERSHIP, FINANCE = Function.OPERATIONS, Function.LEADERSHIP, Function.FINANCE

ACCOUNTS = (
    Account(
        "sales-ops",
        "Sales Ops Manager",
        {NEW: Part(Role.SALES_OPS, OPERATIONS), RESCUE: Part(Role.SALES_OPS, OPERATIONS)},
    ),
    Account(
        "sponsor",
        "Executive Sponsor",
        {
            NEW: Part(Role.SPONSOR, LEADERSHIP, "Chief Revenue Officer", PositionLevel.C_LEVEL),
            RESCUE: Part(Role.SPONSOR, LEADERSHIP, "Managing Director", PositionLevel.C_LEVEL),
        },
    ),
    Account(
        "vp-sales",
        "VP Sales",
        {
            NEW: Part(Role.VP_SALES, SALES, "VP Sales", PositionLevel.VP),
            RESCUE: Part(Role.VP_SALES, SALES, "VP Sales", PositionLevel.VP),
        },
    ),
    Account(
        "crm-specialist",
        "CRM Specialist",
        {
            NEW: Part(Role.CRM_SPECIALIST, OPERATIONS, "CRM Specialist"),
            RESCUE: Part(Role.CRM_SPECIALIST, OPERATIONS, "CRM Specialist"),
        },
    ),
    Account(
        "enablement",
        "Enablement Lead",
        {
            NEW: Part(Role.ENABLEMENT, SALES, "Enablement Lead", PositionLevel.MANAGER),
            RESCUE: Part(Role.ENABLEMENT, SALES, "Enablement Lead", PositionLevel.MANAGER),
        },
    ),
    Account(
        "sales-lead",
        "Sales Team Lead",
        {
            NEW: Part(Role.TEAM_LEAD, SALES, "Sales Manager", PositionLevel.MANAGER),
            RESCUE: Part(Role.TEAM_LEAD, SALES),
        },
    ),
    Account(
        "rater",
        "Sales Rep Enterprise",
        {NEW: Part(Role.PARTICIPANT, SALES), RESCUE: Part(Role.PARTICIPANT, SALES)},
    ),
    Account("rater-2", "Sales Rep Mid-market", {NEW: Part(Role.PARTICIPANT, SALES)}),
    Account("rater-3", "Sales Rep Inside Sales", {NEW: Part(Role.PARTICIPANT, SALES)}),
    Account(
        "it-lead",
        "IT Lead",
        {
            NEW: Part(Role.IT, Function.IT, "IT Lead", PositionLevel.MANAGER),
            RESCUE: Part(Role.IT, Function.IT, "IT Lead", PositionLevel.MANAGER),
        },
    ),
    Account("marketing-lead", "Marketing Team Lead", {NEW: Part(Role.TEAM_LEAD, MARKETING, "Marketing Ops")}),
    Account(
        "success-lead",
        "Customer Success Team Lead",
        {NEW: Part(Role.TEAM_LEAD, SUCCESS), RESCUE: Part(Role.TEAM_LEAD, SUCCESS)},
    ),
    Account("viewer", "Viewer", {NEW: Part(Role.VIEWER, FINANCE), RESCUE: Part(Role.VIEWER, FINANCE)}),
    Account("admin", "Admin", {}),
)
