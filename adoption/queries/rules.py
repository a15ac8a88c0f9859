"""Targets by team, phase and time, and the rule that watches them: when it fires, and when it would have (M5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from adoption.metrics import Episode, Share, Week, episodes, is_met, local_day
from adoption.models import Metric, Target
from adoption.queries.weeks import HISTORY_WEEKS, Point, Weeks, team_of
from crmprogram.program import clock
from crmprogram.program.models import Program, Team
from phases.method import LAST_GATE
from phases.models import GateReview

# M1, M2, M4; M3 has no target but the team's own benchmark
DEFAULTS = {
    Metric.DAILY: Decimal(90),
    Metric.WEEKLY: Decimal(100),
    Metric.FIELDS: Decimal(95),
    Metric.STALE: Decimal(10),
}
NEEDED = 2  # weeks in a row, where nobody asks for more (M5)
Slot = tuple[str, int | None, int | None]  # metric, team, phase


class Targets:
    """The targets of every week, one query; one more where a phase has its own.

    A week is judged by what was in force in it: a team's own over the program's, in that the
    phase's own over the general, and all of them over the default. A phase is in force from the
    Monday after its gate was signed. Without a week this week is meant.
    """

    def __init__(self, program: Program, *, tried: Target | None = None) -> None:
        """`tried` is taken for set, in force in every week, and is not."""
        self.program = program
        self.history = list(Target.objects.of(program).select_related("team", "changed_by").order_by("pk"))
        self._of: dict[Slot, list[Target]] = defaultdict(list)
        for one in self.history:
            self._of[one.key, one.team_id, one.phase].append(one)
        if tried is not None:
            self._of[tried.key, tried.team_id, tried.phase] = [tried]

    @property
    def rows(self) -> list[Target]:
        """The newest of each metric, team and phase."""
        return [rows[-1] for rows in self._of.values()]

    @cached_property
    def this_week(self) -> Week:
        return Week.of(clock.today(self.program))

    @cached_property
    def _signed(self) -> dict[int, date]:
        """The day on which each gate was signed, in the program's zone, of those that are in force."""
        if not any(phase for _, _, phase in self._of):
            return {}
        signed = GateReview.objects.filter(gate__program=self.program).in_force()
        rows = signed.order_by("round").values_list("gate__number", "decided_at")
        return {number: local_day(at, self.program.time_zone) for number, at in rows if at}

    def phase(self, week: Week) -> int:
        """The phase a week is judged in: the first whose gate was not signed before its Monday."""
        signed = self._signed
        return next((n for n in range(1, LAST_GATE) if n not in signed or signed[n] > week.monday), LAST_GATE)

    def row(self, key: str, scope: str = "all", week: Week | None = None) -> Target | None:
        """The row in force; None where the default is. Of rows that begin in one week the newest holds."""
        week = week or self.this_week
        phase = self.phase(week)
        for team in dict.fromkeys([team_of(scope), None]):
            for slot in ((key, team, phase), (key, team, None)):
                found = [one for one in self._of.get(slot, ()) if one.since <= str(week)]
                if found:
                    return found[-1]
        return None

    def value(self, key: str, scope: str = "all", week: Week | None = None) -> Decimal | None:
        """Percent, or calls and emails per rep; None: no target, so nothing to judge by."""
        row = self.row(key, scope, week)
        return row.value if row else DEFAULTS.get(Metric(key))

    def escalates(self, key: str, scope: str = "all", week: Week | None = None) -> bool:
        """Is the rule switched on?"""
        row = self.row(key, scope, week)
        return row.escalates if row else Metric(key) in DEFAULTS

    def needed(self, key: str, scope: str = "all", week: Week | None = None) -> int:
        """So many weeks in a row, worse than the target, are escalated."""
        row = self.row(key, scope, week)
        return row.needed if row else NEEDED

    def verdict(self, key: str, share: Share, scope: str = "all", week: Week | None = None) -> bool | None:
        """At target, worse, or None: not measured, or without a target."""
        value = self.value(key, scope, week)
        if value is None:
            return None
        scale = 1 if key == Metric.RATE else 100
        return is_met(share, Fraction(value) / scale, at_most=key == Metric.STALE)

    def watched(self, key: str, points: Sequence[Point], scope: str = "all") -> dict[Week, bool | None]:
        """The verdicts the rule judges by: of complete weeks since it was last switched on.

        Switched off now, it judges nothing; while it was off, weeks were nobody's failure.
        """
        if not self.escalates(key, scope):
            return {}
        on = list(points)
        for n in range(len(on) - 1, -1, -1):
            if not self.escalates(key, scope, on[n].week):
                on = on[n + 1 :]
                break
        return {one.week: self.verdict(key, one.share, scope, one.week) for one in on}


@dataclass(frozen=True)
class Judged:
    """One week of a backtest: at target, worse, or None (not measured); the week in which it fires is marked."""

    point: Point
    verdict: bool | None
    fires: bool = False
    in_episode: bool = False


@dataclass
class Trial:
    """What a rule would have done in one scope: the weeks, and the episodes it would have opened."""

    scope: str
    name: str
    weeks: list[Judged] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)

    @property
    def fired(self) -> list[Week]:
        """The weeks in which it would have escalated."""
        return [one.breached for one in self.episodes if one.breached]

    @property
    def measured(self) -> int:
        return sum(one.verdict is not None for one in self.weeks)


def fired(weeks: Weeks, targets: Targets, key: str) -> list[Week]:
    """The weeks in which the rule of M5 would have fired, all reps or a team: the last needed of each episode."""
    scopes = sorted({scope for _, scope, _ in weeks.facts if scope == "all" or team_of(scope)})
    return [week for scope in scopes for week in trial_of(weeks, targets, key, scope, "").fired]


def trial_of(weeks: Weeks, targets: Targets, key: str, scope: str, name: str) -> Trial:
    """The rule over the complete weeks of one scope, as if it had always been on."""
    points = weeks.complete(key, scope)
    verdicts = {one.week: targets.verdict(key, one.share, scope, one.week) for one in points}
    needed = {week: targets.needed(key, scope, week) for week in verdicts}
    found = [one for one in episodes(verdicts, needed=needed) if one.breached]
    fires = {one.breached for one in found}
    bad = {week for one in found for week in one.weeks}
    judged = [Judged(one, verdicts[one.week], one.week in fires, one.week in bad) for one in points]
    return Trial(scope, name, judged, found)


def backtest(program: Program, key: str, *, tried: Target | None = None) -> list[Trial]:
    """What the rule of a metric would have done in the last 26 weeks, of all reps and of each team (M5).

    `tried` is a target nobody has set; with a team of its own only that team is looked at. Teams that
    were never measured are left out. Two queries for facts and targets, one for teams.
    """
    weeks, targets = Weeks(program, count=HISTORY_WEEKS), Targets(program, tried=tried)
    scopes = {"all": "All reps"} | {f"team:{one.pk}": one.name for one in Team.objects.of(program)}
    if tried is not None and tried.team_id:
        scopes = {f"team:{tried.team_id}": scopes[f"team:{tried.team_id}"]}
    found = [trial_of(weeks, targets, key, scope, name) for scope, name in scopes.items()]
    return [one for one in found if one.measured or one.scope == "all" or len(scopes) == 1]


def try_rule(
    program: Program, key: str, value: Decimal, team: Team | None = None, phase: int | None = None, needed: int = NEEDED
) -> list[Trial]:
    """What the rule would have done in the last 26 weeks, were this the target: asked before it is set (M5)."""
    return backtest(program, key, tried=Target(program=program, key=key, team=team, phase=phase, value=value,
                                               needed=needed))  # fmt: skip
