"""Where a program stands, from one Look: what the overview page and its endpoint both show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse

from adoption import charts
from adoption import queries as adoption_queries
from adoption.models import Escalation
from adoption.queries import Leading
from crmprogram.jobs import queries as job_queries
from crmprogram.jobs.models import Job
from crmprogram.program import clock, policy
from crmprogram.web import shell
from governance import failure_modes
from governance.failure_modes import Found, State
from governance.meetings import Meetings
from governance.queries import Matrix
from migration.models import Run
from migration.queries import QualityRow, ReviewCounts, quality
from phases.dossier import Row, Sheet
from phases.method import LAST_GATE
from phases.models import Decision, Dossier, GateReview, GoalVersion
from phases.queries.gates import assess
from phases.queries.pace import Pace, forecast_go_live, paces
from phases.registry import Look
from phases.services.gates import why_not_requestable

JOBS_SHOWN = 3
METRICS_SHOWN = 4
ACCOUNT = ("kept", "merged", "archived", "quarantined", "blank")


@dataclass(frozen=True)
class Track:
    """A phase on the track: its pace, its gate's diamond, and its criteria in shapes and words."""

    pace: Pace
    gate_state: str
    gate_url: str
    gate_text: str
    sheet: Sheet | None

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.sheet.criteria] if self.sheet else []

    @property
    def late_days(self) -> int:
        """Days past the end of the typical range, 0 within it (G10)."""
        if not self.pace.is_late or self.pace.days is None or self.pace.high is None:
            return 0
        return self.pace.days - self.pace.high


@dataclass(frozen=True)
class Measured:
    """A criterion as a line of the evidence table; its summary says what the numbers count."""

    row: Row

    @property
    def value(self) -> str:
        return self._short(self.row.data["value"], self.row.value_said)

    @property
    def needed(self) -> str:
        sign = "≤" if self.row.at_most else "≥"
        short = self._short(self.row.data["threshold"], "")
        return f"{sign} {short}" if self.row.is_drawn and short else self.row.needs

    def _short(self, value: Any, said: str) -> str:
        """The bare number where a number is compared; percents and texts as they are said."""
        if value is None:
            return "–"
        if isinstance(value, int) and self.row.unit != "%":
            return f"{value:,}"
        return said


@dataclass(frozen=True)
class Act:
    """The one thing to press."""

    text: str
    url: str


class Overview:
    """Everything is read when it is first asked for, each app's facts once."""

    def __init__(self, look: Look, user: Any, running: Sequence[Job] = ()) -> None:
        self.look, self.user, self.program = look, user, look.program
        self._running = running

    @property
    def matrix(self) -> Matrix:
        return self.look.governance

    @property
    def number(self) -> int:
        """The gate that is worked towards."""
        return self.look.gates.current

    @property
    def gate_url(self) -> str:
        return reverse("phases:gate", args=[self.program.slug, self.number])

    @cached_property
    def sheet(self) -> Sheet:
        """The live evidence of that gate."""
        return assess(self.look, self.number)

    @property
    def evidence(self) -> list[Measured]:
        return [Measured(row) for row in self.sheet.criteria]

    @cached_property
    def pending(self) -> GateReview | None:
        return self.look.gates.pending(self.number)

    @property
    def is_locked(self) -> bool:
        """Without an accepted sponsor no gate can be requested (R3)."""
        return self.program.on_hold

    # --- the finding ----------------------------------------------------------------

    @property
    def heading(self) -> str:
        """The state of the program in one line."""
        gate = f"Gate {self.number}"
        if self.is_locked:
            named = self.matrix.sponsorship
            if named:
                return f"{named.title} has to accept the sponsorship"
            may_name = policy.can(self.user, "sponsor.name", self.program)
            return "Name the sponsor" if may_name else "No sponsor is named yet"
        if self.pending:
            return f"{gate} is waiting for the sponsor"
        short = len(self.sheet.blocking)
        if short == 0:
            return f"{gate} can be requested" if not self.refusal else f"{gate} has what it needs"
        latest = self.look.gates.latest(self.number)
        many = "one criterion" if short == 1 else f"{_said(short)} criteria"
        if latest and latest.decision == Decision.SENT_BACK:
            return f"{gate} was sent back and is {many} short"
        return f"{gate} is {many} short"

    @property
    def lead(self) -> str:
        """The one sentence on what to do."""
        if self.is_locked and self.matrix.sponsorship:
            return "The program is on hold until then: no gate can be requested."
        if self.is_locked:
            return (
                "A VP, C-level, founder or owner answers for the program and signs its gates. "
                "Until one has accepted, no gate can be requested."
            )
        if self.pending:
            return f"{self.pending.requested_by.display} requested it. {self.sheet.heading}."
        if self.sheet.is_ready:
            return self.refusal or "Every criterion is met or waived. The sponsor decides once it is requested."
        latest = self.look.gates.latest(self.number)
        if latest and latest.decision == Decision.SENT_BACK:
            return f"“{latest.reason}” {self.sheet.lead}"
        return self.sheet.lead

    @cached_property
    def refusal(self) -> str:
        """Why the gate cannot be requested now, "" when it can."""
        return why_not_requestable(self.look, self.number)

    @property
    def act(self) -> Act | None:
        """The primary button of this person; None where others have to act."""
        slug = self.program.slug
        if self.is_locked:
            url, named = reverse("governance:sponsor", args=[slug]), self.matrix.sponsorship
            if named and named.membership.user_id == self.user.pk:
                return Act("Accept the sponsorship", url)
            if named is None and policy.can(self.user, "sponsor.name", self.program):
                return Act("Name the sponsor", url)
            return None
        if self.pending and policy.can(self.user, "gate.decide", self.pending):
            return Act(f"Decide Gate {self.number}", self.gate_url)
        return Act("Open gate review", self.gate_url)

    # --- the parts ------------------------------------------------------------------

    @cached_property
    def track(self) -> list[Track]:
        """The five phases; a signed gate shows what it was signed on, the open one live evidence."""
        spine = {one.number: one for one in shell.spine_of(self.look)}
        signed = self._signed_sheets()
        found = []
        for pace in paces(self.look):
            one = spine[pace.number]
            sheet = self.sheet if pace.number == self.number else signed.get(pace.number)
            found.append(Track(pace, one.gate_state, one.gate_url, one.gate_text, sheet))
        return found

    def _signed_sheets(self) -> dict[int, Sheet]:
        keys = {
            approval.dossier_id: number
            for number in range(1, LAST_GATE + 1)
            if (approval := self.look.gates.approval(number)) and approval.dossier_id
        }
        texts = Dossier.objects.in_bulk(list(keys)) if keys else {}
        return {number: Sheet.read(texts[key].text) for key, number in keys.items() if key in texts}

    @property
    def scale_days(self) -> int:
        """The days that fill a bar: the longest of all ranges and stays, common to all phases."""
        ends = [one.pace.high or 0 for one in self.track] + [one.pace.days or 0 for one in self.track[:-1]]
        return max(ends)

    @property
    def now(self) -> Track | None:
        """The phase that is worked on."""
        return next((one for one in self.track if one.pace.number == self.number), None)

    @property
    def forecast(self) -> date | None:
        """When the go-live is reached at the present pace, when it differs from the plan's date or is late (G10)."""
        return forecast_go_live(self.look)

    @property
    def is_forecast_late(self) -> bool:
        target = self.program.go_live_on
        return bool(self.forecast and target and self.forecast > target)

    @cached_property
    def modes(self) -> list[Found]:
        return failure_modes.detect(self.look)

    def _modes(self, *states: State) -> list[Found]:
        return [one for one in self.modes if one.state in states]

    @property
    def alarms(self) -> list[Found]:
        return self._modes(State.PRESENT, State.AT_RISK)

    @property
    def clear(self) -> list[Found]:
        return self._modes(State.CLEAR)

    @property
    def untold(self) -> list[Found]:
        return self._modes(State.CANNOT_TELL)

    @property
    def modes_said(self) -> str:
        """How many modes stand how: "1 present, 2 at risk, 3 clear, 8 cannot tell"."""
        counts = [(sum(one.state is state for one in self.modes), state) for state in State]
        return ", ".join(f"{count} {state}" for count, state in counts if count)

    @cached_property
    def next(self) -> list[shell.NextItem]:
        return shell.next_for(self.user, self.program, self.look)

    @property
    def goal(self) -> GoalVersion | None:
        return self.look.audit.goal

    @property
    def meetings(self) -> Meetings:
        return self.matrix.meetings

    @cached_property
    def jobs(self) -> list[job_queries.Progress]:
        """The progress of the newest running jobs."""
        return [job_queries.progress(job) for job in self._running[:JOBS_SHOWN]]

    @property
    def run(self) -> Run | None:
        """The newest cleaned data run, for those who may look at the data work."""
        return self.look.migration.run if policy.can(self.user, "data.view", self.program) else None

    @property
    def account(self) -> str:
        """Where the run's rows went: read = kept + merged + archived + quarantined + blank (H0)."""
        counts = self.run.counts if self.run else {}
        parts = [f"{counts[name]:,} {name}" for name in ACCOUNT if counts.get(name)]
        return f"{counts['read']:,} rows read = {' + '.join(parts)}" if parts else ""

    @cached_property
    def quality(self) -> list[QualityRow]:
        """Share of good values before cleaning and now, against the run's gate (H9, H10)."""
        waiting = self.look.migration.open_clusters
        return quality(self.run, ReviewCounts(waiting, waiting)) if self.run else []

    @property
    def live_since(self) -> date | None:
        """The first day any team worked in the CRM; None before it."""
        first = self.meetings.live_on
        return first if first and first <= self.today else None

    @cached_property
    def adoption(self) -> list[tuple[Leading, charts.Chart | None]]:
        """The leading metrics that have a target, with their trends; [] before any week is stored (M1 to M4)."""
        weeks = self.look.adoption.weeks
        if not weeks.facts or not policy.can(self.user, "adoption.view", self.program):
            return []
        found = adoption_queries.leading(weeks, adoption_queries.Targets(self.program), self.escalations)
        judged = [one for one in found if one.target is not None][:METRICS_SHOWN]
        return [(one, charts.spark_of(one.values, one.goal, partial=one.partial)) for one in judged]

    @property
    def adoption_week(self) -> str:
        """The newest complete week of the metrics shown."""
        weeks = [one.now.week for one, _ in self.adoption if one.now]
        return str(max(weeks)) if weeks else ""

    @cached_property
    def escalations(self) -> list[Escalation]:
        """Open ones, newest first (M5)."""
        for one in self.look.adoption.standing:
            one.program = self.program
        return self.look.adoption.standing

    @property
    def today(self) -> date:
        return clock.today(self.program)


def _said(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else str(count)
