"""How a registered dashboard stands: looked at, due, or in the graveyard (R12, D5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from governance.meetings import Meetings
from governance.models import Dashboard, Kind, ReviewCadence

CADENCES = 2  # unreviewed for so many is a graveyard (R12)
UNDECIDED = 3  # so many reviews in a row without a decision: nothing hangs on it; ours


@dataclass(frozen=True)
class Standing:
    """A dashboard with the day it was last looked at: by itself, or in leadership's monthly review of all.

    `since` is the day from which reviews are due: registered, and live. None before go-live.
    """

    dashboard: Dashboard
    today: date
    last_on: date | None
    since: date | None

    @property
    def length(self) -> timedelta:
        return ReviewCadence(self.dashboard.cadence).length

    @property
    def due_on(self) -> date | None:
        """The day of the next review; None before go-live."""
        if self.since is None:
            return None
        return max(self.last_on or self.since, self.since) + self.length

    @property
    def is_unreviewed(self) -> bool:
        """Nobody looked at it for two cadences."""
        due_on = self.due_on
        return due_on is not None and self.today > due_on + (CADENCES - 1) * self.length

    @property
    def is_idle(self) -> bool:
        """It was looked at, and nothing followed."""
        return self.dashboard.undecided >= UNDECIDED

    @property
    def is_grave(self) -> bool:
        return self.is_unreviewed or self.is_idle

    @property
    def is_due(self) -> bool:
        return self.due_on is not None and self.today >= self.due_on

    @property
    def state(self) -> str:
        return "unmet" if self.is_grave else "watch" if self.is_due else "met" if self.last_on else "none"

    @property
    def word(self) -> str:
        if self.is_unreviewed:
            return "Graveyard: nobody looks"
        if self.is_idle:
            return f"Graveyard: {self.dashboard.undecided} reviews, no decision"
        if self.is_due:
            return "Review due"
        return "Reviewed" if self.last_on else "Not reviewed yet"


def standings(dashboards: Sequence[Dashboard], meetings: Meetings) -> list[Standing]:
    """Each dashboard as it stands today. The monthly review of leadership goes through all that were there then."""
    held = [slot.meeting.due_on for slot in meetings.of_kind[Kind.DASHBOARDS] if slot.meeting and slot.meeting.is_held]
    live = meetings.live_on if meetings.live_on and meetings.live_on <= meetings.today else None
    zone, found = ZoneInfo(meetings.program.time_zone), []
    for one in dashboards:
        added = one.added_at.astimezone(zone).date()
        looked = [on for on in held if on >= added]
        last = max([*looked, *([one.reviewed_on] if one.reviewed_on else [])], default=None)
        found.append(Standing(one, meetings.today, last, max(added, live) if live else None))
    return found


def graves(found: Sequence[Standing]) -> list[Standing]:
    return [one for one in found if one.is_grave]
