"""Further signals and results: their keys, and what pages read of them (M6, M7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from django.db import models

from adoption.metrics import Share, Week, local_day
from adoption.models import Issue
from adoption.queries.weeks import Weeks
from crmprogram.program.models import Program
from phases.models import Fact

LOGINS = "adoption.logins"
UPDATES = "adoption.updates"
TASKS = "adoption.tasks"
DUPLICATES = "adoption.duplicates"
MOVED = "adoption.owner_changes"
ISSUES = "adoption.issues"
SIGNALS = {
    LOGINS: "Days with a login",
    UPDATES: "Records updated per rep",
    TASKS: "Tasks done",
    DUPLICATES: "Duplicates among new records",
    MOVED: "Records that changed owner",
    ISSUES: "Issues reported",
}
PER_REP = frozenset({UPDATES})
TROUBLE_AFTER, AUDIT_AFTER = 2, 3  # quarters without gain, or with a longer cycle (M6)


class Result(models.TextChoices):
    """Lagging results by quarter, by the key of their facts."""

    WIN_RATE = "adoption.win_rate", "Win rate"
    CYCLE = "adoption.cycle", "Sales cycle, days"
    COVERAGE = "adoption.coverage", "Pipeline coverage"
    FORECAST = "adoption.forecast", "Forecast accuracy"


RESULTS = tuple(Result)


@dataclass(frozen=True)
class Cell:
    """A number of one period; `text` as a person reads it, "not measured" without one."""

    share: Share
    text: str
    source: str = ""
    note: str = ""
    detail: str = ""

    @property
    def is_measured(self) -> bool:
        return self.share.whole > 0


def said(key: str, share: Share) -> str:
    """A signal or result in words: percent, or a mean for updates, days of a cycle and coverage."""
    ratio = share.ratio
    if ratio is None:
        return "not measured"
    if key == ISSUES:
        return f"{share.part}"
    if key in PER_REP or key == Result.CYCLE:
        return f"{float(ratio):,.1f}"
    if key == Result.COVERAGE:
        return f"{float(ratio):.1f}×"
    return f"{float(100 * ratio):.1f}%"


def detail(key: Result, share: Share, currency: str) -> str:
    """Of what a result is, in words: deals, or money."""
    if key == Result.WIN_RATE:
        return f"{share.part:,} of {share.whole:,} closed"
    if key == Result.CYCLE:
        return f"{share.whole:,} won"
    return f"{share.part / 100:,.0f} of {share.whole / 100:,.0f} {currency}"


def signal_rows(program: Program, weeks: Weeks, scope: str = "all") -> list[tuple[str, str, list[Cell]]]:
    """(key, label, a cell for each week) of every signal. Two queries."""
    keys = [key for key in SIGNALS if key != ISSUES]
    found = Fact.objects.of(program).filter(
        key__in=keys, scope=scope, period__gte=str(weeks.weeks[0]), period__lte=str(weeks.weeks[-1])
    )
    facts = {(one.key, one.period): one for one in found}
    reported: Counter[Week] = Counter()
    for at in Issue.objects.of(program).order_by().values_list("reported_at", flat=True):
        reported[Week.of(local_day(at, program.time_zone))] += 1
    rows = []
    for key, label in SIGNALS.items():
        cells = []
        for week in weeks.weeks:
            fact = facts.get((key, str(week)))
            share = Share(fact.numerator, fact.denominator) if fact else Share()
            if key == ISSUES and scope == "all" and reported:  # a register nobody writes in says nothing
                share = Share(reported[week], 1)
            cells.append(Cell(share, said(key, share), fact.source if fact else ""))
        rows.append((key, label, cells))
    return rows


def result_rows(
    program: Program, scope: str = "all", count: int = 6
) -> tuple[list[str], list[tuple[Result, list[Cell]]]]:
    """The newest quarters that have a result, oldest first, and a cell of each result in each. One query."""
    found = {(one.key, one.period): one for one in Fact.objects.of(program).filter(key__in=RESULTS, scope=scope)}
    quarters = sorted({period for _, period in found})[-count:]
    rows = []
    for key in Result:
        cells = []
        for quarter in quarters:
            fact = found.get((key, quarter))
            share = Share(fact.numerator, fact.denominator) if fact else Share()
            note = "from deal creation" if fact and "creation" in fact.source else ""
            source = fact.source if fact else ""
            cells.append(Cell(share, said(key, share), source, note, detail(key, share, program.currency)))
        rows.append((key, cells))
    return quarters, rows


def verdict_of(rows: Sequence[tuple[Result, list[Cell]]], *, is_last_open: bool = True) -> tuple[str, str]:
    """("met" | "warn" | "unmet" | "unknown", why) of win rate and cycle over whole quarters (M6).

    No gain in win rate, or a longer cycle, for two quarters in a row is amber; for three the strategy is
    audited at the process layer. The quarter that is not over is left out.
    """
    of = dict(rows)
    worst, why = "unknown", "It takes two whole quarters to compare."
    for key, words in ((Result.WIN_RATE, "no gain in win rate"), (Result.CYCLE, "a longer sales cycle")):
        ratios = [one.share.ratio for one in of.get(key, [])]
        ratios = ratios[:-1] if is_last_open else ratios
        if len([one for one in ratios if one is not None]) < 2:
            continue
        bad = _without_gain(ratios, rising_is_good=key == Result.WIN_RATE)
        state = "unmet" if bad >= AUDIT_AFTER else "warn" if bad >= TROUBLE_AFTER else "met"
        text = (
            f"{words.capitalize()} for {bad} quarters in a row"
            + (": audit the strategy at the process layer." if state == "unmet" else ".")
            if bad
            else f"The last quarter was not one of {words}."
        )
        if ["unknown", "met", "warn", "unmet"].index(state) > ["unknown", "met", "warn", "unmet"].index(worst):
            worst, why = state, text
    return worst, why


def _without_gain(ratios: Sequence[Fraction | None], *, rising_is_good: bool) -> int:
    """How many of the newest quarters in a row were no better than the one before each."""
    count = 0
    for before, now in reversed(list(pairwise(ratios))):
        if before is None or now is None or (now > before if rising_is_good else now <= before):
            break
        count += 1
    return count
