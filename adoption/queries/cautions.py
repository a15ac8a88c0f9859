"""Reasons to read a number with care, with the records behind it: questions to ask, never accusations.

What looks like gaming may be a tidy Friday or a rep who only advises. So a caution names what
is in the export and nothing of a person's intent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Max, Q

from adoption.metrics import CONTACTING
from adoption.models import Activity, CrmRecord, Rep
from crmprogram.program.models import Program, Team

TOUCHED_DEALS = 5  # fewer deals touched on one day say nothing
TOUCHED_SHARE = 2  # at least half of the open deals
BUSY_CONTACTS = 20  # calls and emails in the weeks looked at, from which an outcome may be asked for
QUIET_DAYS = 28
MOST_RECORDS = 20


@dataclass(frozen=True)
class Caution:
    """One thing to know beside a number: of which rep, in words, with the ids of the records in the CRM."""

    kind: str  # "touched" or "quiet"
    rep: Rep
    said: str
    on: date
    records: list[str] = field(default_factory=list)
    more: int = 0


def cautions_of(
    program: Program, team: Team | None = None, kinds: Iterable[str] = ("touched", "quiet")
) -> list[Caution]:
    """Cautions of the newest exports, of one team or all, by rep. At most four queries, whatever the number of reps."""
    wanted, found = set(kinds), []
    if "touched" in wanted:
        found += touched_before_reading(program, team)
    if "quiet" in wanted:
        found += activity_without_outcome(program, team)
    return sorted(found, key=lambda one: (one.kind != "touched", one.rep.number))


def touched_before_reading(program: Program, team: Team | None = None) -> list[Caution]:
    """Reps of whose open deals half or more, and five at least, were last updated on the day of the export or the
    day before: the share of stale deals and of required fields is then of that day, not of the week.
    """
    deals = CrmRecord.objects.of(program).filter(object="deal", outcome="open", rep__state="counted")
    newest = deals.aggregate(day=Max("as_of"))["day"]
    if newest is None:
        return []
    deals = deals.filter(as_of=newest)
    late = Q(updated_on__gte=newest - timedelta(days=1), created_on__lt=newest - timedelta(days=1))
    if team is not None:
        deals = deals.filter(rep__team=team)
    sums = deals.order_by().values("rep").annotate(n=Count("pk"), late=Count("pk", filter=late))
    hit = {
        one["rep"]: (one["late"], one["n"])
        for one in sums.filter(late__gte=TOUCHED_DEALS)
        if TOUCHED_SHARE * one["late"] >= one["n"]
    }
    if not hit:
        return []
    named: dict[int, list[str]] = defaultdict(list)
    for rep, record in deals.filter(late, rep__in=hit).order_by("pk").values_list("rep", "record_id"):
        named[rep].append(record)
    return [
        Caution(
            "touched", rep,
            f"{late} of {n} open deals were updated on the day of the export or the day before.",
            newest, named[rep.pk][:MOST_RECORDS], max(0, len(named[rep.pk]) - MOST_RECORDS),
        )
        for rep in Rep.objects.filter(pk__in=hit).select_related("team", "program")
        for late, n in [hit[rep.pk]]
    ]  # fmt: skip


def activity_without_outcome(program: Program, team: Team | None = None) -> list[Caution]:
    """Reps with many calls and emails in four weeks, and open deals of which none was updated, created or closed
    in the same weeks: much is logged, nothing moves.
    """
    deals = CrmRecord.objects.of(program).filter(object="deal", rep__state="counted")
    if team is not None:
        deals = deals.filter(rep__team=team)
    newest = deals.aggregate(day=Max("as_of"))["day"]
    if newest is None:
        return []
    since = newest - timedelta(days=QUIET_DAYS)
    moved = Q(updated_on__gt=since) | Q(created_on__gt=since) | Q(closed_on__gt=since)
    sums = (
        deals.order_by()
        .values("rep")
        .annotate(held=Count("pk", filter=Q(outcome="open", updated_on__isnull=False)), moved=Count("pk", filter=moved))
    )
    still = {one["rep"]: one["held"] for one in sums.filter(moved=0, held__gte=1)}
    if not still:
        return []
    logged = (
        Activity.objects.of(program)
        .counting()
        .filter(rep__in=still, kind__in=CONTACTING, logged_on__gt=since, logged_on__lte=newest)
    )
    busy = dict(logged.order_by().values_list("rep").annotate(n=Count("pk")).filter(n__gte=BUSY_CONTACTS))
    named: dict[int, list[str]] = defaultdict(list)
    for rep, record in deals.filter(rep__in=busy, outcome="open").order_by("pk").values_list("rep", "record_id"):
        named[rep].append(record)
    return [
        Caution(
            "quiet", rep,
            f"{busy[rep.pk]} calls and emails in four weeks, and none of {still[rep.pk]} open deals was updated.",
            newest, named[rep.pk][:MOST_RECORDS], max(0, len(named[rep.pk]) - MOST_RECORDS),
        )
        for rep in Rep.objects.filter(pk__in=busy).select_related("team", "program")
    ]  # fmt: skip
