"""Further signals by week, and results by quarter, from what exports left (M6, M7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from adoption import deals, queries
from adoption.metrics import RepSpan, Share, Week
from adoption.models import CrmRecord, Figure, LoginDay, RepState, RepWeek
from adoption.queries.figures import FORECAST, QUOTA, newest_figures
from adoption.queries.reps import rep_of_names
from adoption.queries.signals import LOGINS, RESULTS, TASKS, Result
from adoption.services.weeks import Recomputed, fact_of, replace_facts
from crmprogram.program import clock
from crmprogram.program.models import Program
from phases.models import Fact

COUNTING = (RepState.COUNTED, RepState.MERGED)  # another name of a rep is in the rep's team
LOGIN_SOURCE = "CRM login export"
DEAL_SOURCE = "CRM deal export"


def recompute_logins(program: Program, periods: Iterable[str] | None = None) -> Recomputed:
    """Days on which due reps signed in, of the days on which they were due (M7; day 30 of M12).

    A week without any login of anybody is not measured: an export that does not reach it is no zero.
    """
    mine = LoginDay.objects.of(program).order_by()
    covered = mine.order_by("-day").values_list("day", flat=True).first()
    if covered is None:
        return Recomputed()
    known = {str(Week.of(day)) for day in mine.values_list("day", flat=True).distinct()}
    wanted = sorted(known if periods is None else periods)
    spans, now, facts = queries.spans(program), clock.now(), []
    names = rep_of_names(program)
    for week in map(Week.read, wanted):
        seen: dict[int, set[date]] = defaultdict(set)
        for owner, day in mine.filter(day__gte=week.monday, day__lte=week.sunday).values_list("rep", "day"):
            seen[names.get(owner, owner)].add(day)
        shares = logins_of_week(week, seen, spans, until=covered) if seen else {}
        facts += [fact_of(program, LOGINS, week, scope, one, now, LOGIN_SOURCE) for scope, one in shares.items()]
    changes = replace_facts(program, [LOGINS], wanted, facts)
    return Recomputed(wanted, sorted({period for period, *_ in changes}), _told(changes))


def logins_of_week(
    week: Week, seen: dict[int, set[date]], spans: Iterable[RepSpan], *, until: date
) -> dict[str, Share]:
    """Due days with a login, of due days, by scope; pilot days apart, as with activity (M9)."""
    found: dict[str, Share] = defaultdict(Share)
    days = [day for day in week.days if day <= until]
    for rep in spans:
        live = [day for day in days if rep.is_due(day)]
        due = live or [day for day in days if rep.is_due_in_pilot(day)]
        scopes = ["all", f"rep:{rep.id}", *([f"team:{rep.team}"] if rep.team else [])] if live else ["pilot"]
        for scope in scopes if due else []:
            found[scope].whole += len(due)
            found[scope].part += sum(day in seen[rep.id] for day in due)
    return dict(found)


def recompute_tasks(program: Program, periods: Iterable[str]) -> None:
    """Tasks logged in the week that are done, of those that are done or open (M7: task completion)."""
    wanted = sorted(periods)
    rows = RepWeek.objects.of(program).filter(period__in=wanted, rep__state__in=COUNTING).order_by()
    owed = rows.filter(Q(tasks_done__gt=0) | Q(tasks_open__gt=0)).values_list("period", "rep__team")
    tasks = owed.annotate(done=Sum("tasks_done"), whole=Sum(F("tasks_done") + F("tasks_open")))
    shares: dict[tuple[str, str], Share] = defaultdict(Share)
    for period, team, done, whole in tasks:
        for scope in ("all", f"team:{team}"):
            shares[period, scope].part += done
            shares[period, scope].whole += whole
    now = clock.now()
    facts = [
        fact_of(program, TASKS, Week.read(period), scope, one, now, "CRM activity export")
        for (period, scope), one in shares.items()
    ]
    replace_facts(program, [TASKS], wanted, facts)


def recompute_results(program: Program) -> None:
    """Win rate, sales cycle, coverage and forecast accuracy by quarter, of all and of each team (M6).

    Coverage is of the open deals of the newest export against the quota of the quarter it falls in.
    """
    closed: dict[tuple[str, str, str], int] = defaultdict(int)
    rows = CrmRecord.objects.of(program).filter(object="deal").order_by()
    done = rows.filter(outcome__in=[deals.WON, deals.LOST], closed_on__isnull=False)
    for closed_on, team, outcome, amount, began, lead in done.values_list(
        "closed_on", "rep__team", "outcome", "amount", Coalesce("lead_on", "created_on"), "lead_on"
    ).iterator():
        quarter = deals.quarter_of(closed_on)
        for scope in ("all", *([f"team:{team}"] if team else [])):
            closed[quarter, scope, "closed"] += 1
            if outcome != deals.WON:
                continue
            closed[quarter, scope, "won"] += 1
            closed[quarter, scope, "amount"] += amount or 0
            if began is not None and began <= closed_on:
                closed[quarter, scope, "cycles"] += 1
                closed[quarter, scope, "days"] += (closed_on - began).days
                closed[quarter, scope, "marked"] += lead is None
    figures = newest_figures(program)
    facts = _of_quarters(program, closed, figures) + _coverage(program, rows, figures)
    replace_facts(program, [str(one) for one in RESULTS], None, facts)


def _of_quarters(program: Program, closed: dict, figures: dict[tuple[str, str, str], Figure]) -> list[Fact]:
    now, facts = clock.now(), []
    for quarter, scope in sorted({(quarter, scope) for quarter, scope, _ in closed}):
        of = {
            name: closed.get((quarter, scope, name), 0)
            for name in ("closed", "won", "amount", "cycles", "days", "marked")
        }
        source = DEAL_SOURCE + (", from the creation of the deal" if of["marked"] else "")
        facts.append(
            _quarterly(program, Result.WIN_RATE, quarter, scope, Share(of["won"], of["closed"]), now, DEAL_SOURCE)
        )
        facts.append(_quarterly(program, Result.CYCLE, quarter, scope, Share(of["days"], of["cycles"]), now, source))
        forecast = figures.get((FORECAST, quarter, scope))
        if forecast is not None and of["amount"]:
            off = abs(forecast.value - of["amount"])
            share = Share(max(0, of["amount"] - off), of["amount"])
            facts.append(_quarterly(program, Result.FORECAST, quarter, scope, share, now, forecast.source[:120]))
    return facts


def _coverage(program: Program, rows, figures: dict[tuple[str, str, str], Figure]) -> list[Fact]:
    newest = rows.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None:
        return []
    quarter, now, facts = deals.quarter_of(newest), clock.now(), []
    still = rows.filter(outcome=deals.OPEN, as_of=newest)
    amounts: dict[str, int] = defaultdict(int)
    for team, amount in still.values_list("rep__team").annotate(n=Sum("amount")):
        for scope in ("all", *([f"team:{team}"] if team else [])):
            amounts[scope] += amount or 0
    for scope, amount in sorted(amounts.items()):
        quota = figures.get((QUOTA, quarter, scope))
        if quota is not None and quota.value:
            share = Share(amount, quota.value)
            facts.append(_quarterly(program, Result.COVERAGE, quarter, scope, share, now, quota.source[:120]))
    return facts


def _quarterly(program: Program, key: str, quarter: str, scope: str, share: Share, now, source: str) -> Fact:
    return Fact(
        program=program, key=key, period=quarter, scope=scope, numerator=share.part, denominator=share.whole,
        as_of=now, source=source,
    )  # fmt: skip


def _told(changes: list[list]) -> list[list]:
    return [one for one in changes if one[2].partition(":")[0] in {"all", "pilot", "team"}][:300]
