"""What governance answers for the gates: the sponsor (A4), the RACI (R1), the sandbox (C5),
pipeline reviews (D3), dashboards (D5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from governance.dashboards import graves
from governance.meetings import Slot
from governance.models import Attestation, Kind, Presence, Statement
from governance.queries import Matrix, is_present
from phases.registry import Evidence, Look, NoParams, check, judged, unknown


@check("governance.sponsor")
def sponsor(look: Look, _: NoParams) -> Evidence:
    """A4: the row "CRM program" names exactly one Accountable executive sponsor, who accepted."""
    one = look.governance.sponsorship
    wrong, closing = _missing_of_sponsor(look.governance)
    details = []
    if one is not None:
        details.append(
            {
                "position": one.title,
                "level": one.get_level_display(),
                "named_at": one.named_at.isoformat(),
                "accepted_at": one.accepted_at.isoformat() if one.accepted_at else None,
            }
        )
    return judged(
        not wrong,
        summary=wrong or f"{one.title} ({one.get_level_display()}) is Accountable and has accepted.",
        closing=closing,
        value=0 if wrong else 1,
        threshold=1,
        unit="accepted sponsor",
        as_of=(one.accepted_at or one.named_at) if one else None,
        url=reverse("governance:raci", args=[look.program.slug]) + "#sponsor",
        source="RACI row “CRM program” and sponsor registry",
        details=details,
    )


def _missing_of_sponsor(matrix: Matrix) -> tuple[str, str]:
    """(what is wrong, what would close it), or two empty texts when A4 holds."""
    one, named = matrix.sponsorship, matrix.fixed.accountable if matrix.fixed else []
    if not named or one is None:
        return "Nobody is named Accountable for the program.", "Name a VP, C-level, founder or owner."
    if len(named) > 1:
        return f"{len(named)} positions are named Accountable for the program.", "Keep one."
    cell = named[0]
    if not cell.is_executive:
        return f"{cell.title} is no VP, C-level, founder or owner.", "Name somebody at that level."
    if not cell.is_held or one.position_id != cell.position or not is_present(one.membership):
        said = f"{cell.title} is named, but nobody who could answer for it holds this position."
        return said, "Name a member of the program."
    if one.accepted_at is None:
        said = f"{cell.title} is named and has not accepted yet."
        return said, f"{cell.title} accepts, signed in as themselves."
    return "", ""


@check("governance.raci")
def raci_rows(look: Look, _: NoParams) -> Evidence:
    """R1: every row has exactly one A, held by a member, and at least one R."""
    matrix: Matrix = look.governance
    if not matrix.rows:
        return unknown("The RACI has no rows.")
    wrong = matrix.conflicts
    said = f"{len(matrix.rows) - len(wrong)} of {len(matrix.rows)} rows have one Accountable and somebody Responsible."
    return judged(
        not wrong,
        summary=said,
        value=len(wrong),
        threshold=0,
        unit="rows",
        at_most=True,
        as_of=look.at,
        url=reverse("governance:raci", args=[look.program.slug]),
        source="RACI",
        closing="" if not wrong else f"Repair “{wrong[0].activity.title}” first.",
        details=[{"row": row.activity.title, "violations": [one.kind for one in row.violations]} for row in wrong],
    )


FRESH_ATTESTATION = timedelta(days=90)  # G8
MOST_DASHBOARDS = 5  # R12


@check("governance.sandbox", fresh_for=FRESH_ATTESTATION)
def sandbox(look: Look, _: NoParams) -> Evidence:
    """C5, attested: a sandbox is kept for testing later configuration; the newest word counts."""
    return attested(look, Statement.SANDBOX, "Nobody has attested that a sandbox is kept.")


def attested(look: Look, statement: Statement, missing: str) -> Evidence:
    """What was said last of `statement`, with who said it and from where; cannot tell before anybody did."""
    said: Attestation | None = look.governance.attested.get(statement)
    url = reverse("governance:attested", args=[look.program.slug]) + f"#{statement}"
    if said is None:
        return unknown(missing, url=url, source="Attestation", closing="Attest it, with where you know it from.")
    return judged(
        said.holds,
        value="yes" if said.holds else "no",
        threshold="yes",
        as_of=said.attested_at,
        summary=f"{said.attested_by.display} says {'yes' if said.holds else 'no'}: {said.note}",
        closing="" if said.holds else "Change it, then attest again.",
        url=url,
        source="Attestation",
    )


@dataclass(frozen=True)
class Reviews:
    """The last `meetings` scheduled ones are all held, the VP Sales at `vp` of them, with a delegate at the others."""

    meetings: int = 4
    vp: int = 3


@check("governance.pipeline_review", params=Reviews, fresh_for=timedelta(days=14))
def pipeline_review(look: Look, limit: Reviews) -> Evidence:
    """D3: the last 4 scheduled pipeline reviews held, the VP Sales at 3 or more, a delegate at the other.

    Without a VP Sales the sponsor stands in (P3). Cannot tell before so many were due, or while
    one of them is not recorded and none of the others settles it. Weeks whose day is a holiday
    are not scheduled.
    """
    meetings = look.governance.meetings
    shown: dict[str, Any] = {
        "url": reverse("governance:meetings", args=[look.program.slug]) + "#attendance",
        "source": "Record of pipeline reviews",
    }
    if meetings.live_on is None:
        return unknown("There is no go-live date; the weekly pipeline review begins with it.", **shown)
    if meetings.live_on > meetings.today:
        return unknown(f"The weekly pipeline review begins with go-live, on {day(meetings.live_on)}.", **shown)
    past = [one for one in meetings.of_kind[Kind.PIPELINE] if one.meeting or one.due_on < meetings.today]
    last: list[Slot] = past[-limit.meetings :]
    told = [one.meeting for one in last if one.meeting]
    shown |= {
        "as_of": max((one.recorded_at for one in told), default=None),
        "details": [{"due": f"{one.due_on:%Y-%m-%d}", "held": _held(one), "VP Sales": _vp(one)} for one in last],
    }
    held = sum(one.is_held for one in told)
    present = sum(one.is_held and one.vp_presence == Presence.ATTENDED for one in told)
    away = sum(not one.is_held or one.vp_presence == Presence.MISSED for one in told)
    said = f"{held} of the last {len(last)} held, VP Sales at {present}."
    more = {"value": present, "threshold": limit.vp, "unit": "with the VP", **shown}
    if away:
        closing = f"{limit.meetings} in a row held, with the VP Sales or a delegate there."
        return judged(False, summary=said, closing=closing, **more)
    if len(last) < limit.meetings:
        return unknown(f"{len(last)} of {limit.meetings} weekly pipeline reviews were due so far.", **shown)
    if len(told) < len(last):
        missing = len(last) - len(told)
        return unknown(
            f"{missing} of the last {len(last)} pipeline reviews {'is' if missing == 1 else 'are'} not recorded.",
            closing="Record whether they were held, and who was there.",
            **shown,
        )
    closing = "" if present >= limit.vp else f"The VP Sales at {limit.vp} of {limit.meetings}."
    return judged(present >= limit.vp, summary=said, closing=closing, **more)


def day(on: date | None) -> str:
    """A date in a sentence: 4 Oct 2026."""
    return f"{on.day} {on:%b %Y}" if on else ""


def _held(slot: Slot) -> str:
    return "not recorded" if slot.meeting is None else "yes" if slot.meeting.is_held else "no"


def _vp(slot: Slot) -> str:
    one = slot.meeting
    return "–" if one is None or not one.vp_presence else Presence(one.vp_presence).label.lower()


@check("governance.dashboard_registry")
def dashboard_registry(look: Look, _: NoParams) -> Evidence:
    """Is there a dashboard that says for whom it is and which decision it changes (R12)? Cannot tell without one."""
    found = look.governance.meetings.calendar.dashboards
    url = reverse("governance:dashboards", args=[look.program.slug])
    shown: dict[str, Any] = {"url": url, "source": "Dashboard registry"}
    if not found:
        return unknown("No dashboard is registered.", **shown)
    said = f"{found} dashboard{'' if found == 1 else 's'}, each with its audience and the decision it changes."
    return judged(True, summary=said, value=found, threshold=1, unit="dashboards", **shown)


@dataclass(frozen=True)
class Monthly:
    """So many of the last monthly reviews in a row; unreviewed for two is a graveyard (R12)."""

    reviews: int = 2


@check("governance.dashboards", params=Monthly, fresh_for=timedelta(days=45))
def dashboards(look: Look, limit: Monthly) -> Evidence:
    """D5: dashboards are registered, and leadership held the last monthly reviews of them.

    Cannot tell before go-live, before so many reviews were due, or while one is not recorded. More
    than five dashboards warn, and so does one in the graveyard (R12).
    """
    meetings = look.governance.meetings
    shown: dict[str, Any] = {
        "url": reverse("governance:dashboards", args=[look.program.slug]),
        "source": "Dashboard registry and review record",
    }
    if meetings.live_on is None or meetings.live_on > meetings.today:
        return unknown("The monthly review of dashboards begins after go-live.", **shown)
    found = meetings.calendar.dashboards
    if not found:
        closing = "Register each with its audience and the decision it changes."
        return judged(False, summary="No dashboard is registered.", value=0, threshold=1, closing=closing, **shown)
    past = [one for one in meetings.of_kind[Kind.DASHBOARDS] if one.meeting or one.due_on < meetings.today]
    last = past[-limit.reviews :]
    told = [one.meeting for one in last if one.meeting]
    held = sum(one.is_held for one in told)
    names = f"{found} dashboard{'' if found == 1 else 's'} registered"
    shown |= {
        "as_of": max((one.recorded_at for one in told), default=None),
        "details": [{"due": f"{one.due_on:%Y-%m-%d}", "held": _held(one)} for one in last],
    }
    if held < len(told):
        said = f"{names}; {held} of the last {len(last)} monthly reviews held."
        return judged(
            False,
            summary=said,
            value=held,
            threshold=limit.reviews,
            unit="reviews",
            closing="Leadership reviews them each month.",
            **shown,
        )
    if len(last) < limit.reviews:
        return unknown(f"{names}; {len(last)} of {limit.reviews} monthly reviews were due so far.", **shown)
    if len(told) < len(last):
        return unknown(
            f"{names}; {len(last) - len(told)} of the last {len(last)} monthly reviews not recorded.", **shown
        )
    many = " More than five are seldom looked at." if found > MOST_DASHBOARDS else ""
    many += _buried(look)
    return judged(
        True,
        summary=f"{names}; the last {held} monthly reviews held.{many}",
        value=held,
        threshold=limit.reviews,
        unit="reviews",
        watch=bool(many),
        **shown,
    )


def _buried(look: Look) -> str:
    """A sentence that names the dashboards in the graveyard; "" without any."""
    found = graves(look.governance.boards)
    return f" In the graveyard: {', '.join(one.dashboard.name for one in found[:3])}." if found else ""


@check("governance.graveyard")
def graveyard(look: Look, _: NoParams) -> Evidence:
    """Is every registered dashboard looked at within two of its cadences, with a decision in its last three reviews?

    Cannot tell without a registered dashboard, or before go-live (R12).
    """
    boards, url = look.governance.boards, reverse("governance:dashboards", args=[look.program.slug])
    shown: dict[str, Any] = {"url": url, "source": "Dashboard registry and review log"}
    if not boards:
        return unknown("No dashboard is registered.", **shown)
    if boards[0].since is None:
        return unknown("Reviews of dashboards begin after go-live.", **shown)
    buried = graves(boards)
    said = "; ".join(f"{one.dashboard.name}: {one.word.partition(': ')[2]}" for one in buried[:3])
    return judged(
        not buried,
        summary=f"{len(boards) - len(buried)} of {len(boards)} dashboards are looked at and change something."
        + (f" {said}." if said else ""),
        value=len(buried),
        threshold=0,
        unit="dashboards in the graveyard",
        at_most=True,
        as_of=look.at,
        closing=f"Review {buried[0].dashboard.name}, or retire it." if buried else "",
        details=[
            {
                "dashboard": one.dashboard.name,
                "cadence": one.dashboard.get_cadence_display(),
                "last reviewed": f"{one.last_on:%Y-%m-%d}" if one.last_on else "never",
                "reviews without a decision": one.dashboard.undecided,
                "state": one.word,
            }
            for one in boards
        ],
        **shown,
    )
