"""Is a pilot required before the teams go live? (P4)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from crmprogram.program.models import Function, Team


@dataclass(frozen=True)
class WaveRule:
    """The numbers of P4: seats going live within `days`, counted over all teams."""

    days: int = 28
    all_at_once_up_to: int = 15
    no_matter_below: int = 5
    pilot_weeks: tuple[int, int] = (4, 8)


@dataclass(frozen=True)
class WaveAdvice:
    """`busiest` seats go live within one window from `window_from`; `need` is pilot, signed or free."""

    need: str
    busiest: int
    window_from: date | None
    said: str


def busiest_window(teams: Iterable[Team], days: int) -> tuple[int, date | None]:
    """The most seats that go live within `days` days, and the first day of that window; (0, None) without dates."""
    dated = sorted((team.go_live_on, team.seats) for team in teams if team.go_live_on)
    best, best_from = 0, None
    for start, _ in dated:
        seats = sum(count for on, count in dated if start <= on < start + timedelta(days=days))
        if seats > best:
            best, best_from = seats, start
    return best, best_from


def advise(teams: Iterable[Team], rule: WaveRule | None = None) -> WaveAdvice:
    """What P4 asks of these go-live dates; teams without a date do not count yet."""
    rule = rule or WaveRule()
    busiest, start = busiest_window(teams, rule.days)
    least, most = rule.pilot_weeks
    if start is None:
        return WaveAdvice("free", 0, None, "No team has a go-live date yet, so nothing can be said about a pilot.")
    said = f"{busiest} seats go live within {rule.days} days."
    if busiest > rule.all_at_once_up_to:
        said += f" More than {rule.all_at_once_up_to} need a pilot of {least} to {most} weeks first."
        return WaveAdvice("pilot", busiest, start, said)
    if busiest >= rule.no_matter_below:
        said += " All at once is allowed when the Audit and the configuration are signed."
        return WaveAdvice("signed", busiest, start, said)
    return WaveAdvice("free", busiest, start, said + f" Under {rule.no_matter_below} it does not matter.")


def order_warnings(teams: Iterable[Team]) -> list[str]:
    """Sentences where the order of functions is not that of P4: sales first, then customer success, no marketing."""
    teams = list(teams)
    sales = [team.wave for team in teams if team.function == Function.SALES]
    warnings = []
    for team in teams:
        if team.function == Function.MARKETING:
            warnings.append(f"{team.name}: marketing integrates with the CRM rather than rolling out.")
        elif team.function == Function.SUCCESS and sales and team.wave <= min(sales):
            warnings.append(f"{team.name}: customer success goes after sales, not in its first wave.")
    return warnings
