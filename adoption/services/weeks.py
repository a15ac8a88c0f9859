"""Compute weeks again from what is stored, and review the escalations that hang on them (M1 to M5, M9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db import connections, router
from django.db.models import Sum

from adoption import metrics, queries
from adoption.metrics import RepSpan, Share, Week
from adoption.models import ActivityWeek, Counting, Metric, RecordSummary, RepWeek
from adoption.services import escalations, sums
from crmprogram.jobs import bulk
from crmprogram.jobs.services import start_job
from crmprogram.program import clock
from crmprogram.program.models import Program, User
from phases.models import Fact

KEYS = (*map(str, queries.ACTIVITY_KEYS), queries.SILENT)
VALUES = ("numerator", "denominator", "source")
PART = 13  # weeks that are computed, and held, at once
SOURCE = "CRM activity export"
RECORDS = "CRM record export"
SAID = ("all", "pilot", "team")  # scopes whose changes are told one by one
MOST_CHANGES = 300
SUMMED = ("records", "complete", "open_deals", "stale_deals", "seen", "updated", "created", "duplicates", "moved")


class Measured(NamedTuple):
    """A fact before it is written: there are thousands in a week, and most are there already."""

    key: str
    period: str
    scope: str
    numerator: int
    denominator: int
    as_of: datetime
    source: str


@dataclass
class Recomputed:
    """The weeks that were computed, those in which anything is another number now, and what: of all and of teams.

    A change is [period, metric, scope, [numerator, denominator] before, and now]; None where there was none.
    """

    computed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    changes: list[list] = field(default_factory=list)


def recompute(program: Program, periods: Iterable[str] | None = None) -> Recomputed:
    """Compute the weeks of `periods` again (None: all), with those that depend on them.

    Only the weeks of `periods` are read from their events; a week says how believable the four after it
    are, and newer data can make the week before whole: those are computed from the sums that are kept.
    Call it in the transaction that changed the rows, with the program locked.
    """
    covered = queries.covered_to(program)
    first = queries.covered_from(program)
    there = {one.period: one for one in ActivityWeek.objects.of(program)}
    known = metrics.weeks_between(Week.of(first), Week.of(covered)) if first and covered else []
    gone = sorted(there.keys() - set(map(str, known)))
    changes = _forget(program, gone)
    for period in gone:
        del there[period]
    if covered is None:  # no event is left
        return Recomputed([], gone, _told(changes))
    touched = set(known) if periods is None else {Week.read(one) for one in periods}
    wanted = {week for week in known if str(week) not in there or not there[str(week)].is_complete}
    for week in touched:
        wanted.add(week)
        for _ in range(4):
            week = week.next
            wanted.add(week)
    wanted &= set(known)
    unsummed = {week for week in known if str(week) not in there or there[str(week)].hours is None}
    waiting = touched & set(known) | unsummed
    spans = queries.spans(program)
    for part in sums.batched(sorted(wanted), PART):
        changes += _store(program, part, spans, covered, waiting, there)
    escalations.review(program)
    return Recomputed(
        [str(week) for week in sorted(wanted)], sorted({period for period, *_ in changes}), _told(changes)
    )


def _told(changes: list[list]) -> list[list]:
    return [one for one in changes if one[2].partition(":")[0] in SAID][:MOST_CHANGES]


def _forget(program: Program, periods: list[str]) -> list[list]:
    """Drop weeks that no event lies in any more: what was there has moved to another day."""
    if not periods:
        return []
    for model in (ActivityWeek, RepWeek):
        model._default_manager.filter(program=program, period__in=periods).delete()
    return replace_facts(program, KEYS, periods, [])


def _summed(
    program: Program, weeks: Sequence[Week], waiting: set[Week], there: dict[str, ActivityWeek]
) -> dict[Week, dict[int, int]]:
    """Sum up those of `waiting` that the weeks need, each once; return the hours of all."""
    hours: dict[Week, dict[int, int]] = {}
    for week in sums.back_from(weeks):
        one = there.get(str(week))
        found = one.hours if one else None
        if week in waiting:
            found = sums.sum_week(program, week)
            waiting.discard(week)
            if one is not None and one.hours != found:
                one.hours = found
                one.save(update_fields=["hours"])
        hours[week] = dict(enumerate(found or ()))
    return hours


def _store(
    program: Program,
    wanted: Sequence[Week],
    spans: list[RepSpan],
    covered: date,
    waiting: set[Week],
    there: dict[str, ActivityWeek],
) -> list[list]:
    """Write weeks and facts of `wanted` by their sums and those of the four weeks before each."""
    hours = _summed(program, wanted, waiting, there)
    known = sums.back_from(wanted)
    logged = sums.sums_of(program, known)
    due = {week: {one.id for one in spans if any(one.due_in(week))} for week in known}
    counts = {week: sum(logged[week].rows[rep] for rep in logged[week].rows.keys() & due[week]) for week in known}
    active = {week: logged[week].days.keys() & due[week] for week in known}
    now, today = clock.now(), clock.today(program)
    keep, facts = [], []
    for week in wanted:
        whole = metrics.is_complete(week, spans, today=today, covered_to=covered)
        doubt = (metrics.doubt(week, counts, active, due) or metrics.zone_jump(week, hours)) if whole else ""
        one = there.get(str(week)) or ActivityWeek(program=program, period=str(week))
        if one.rows != counts[week] or one.doubt != doubt:  # confirmed was another count
            one.note, one.confirmed_by, one.confirmed_at = "", None, None
        if one.is_complete and one.rows != counts[week]:  # a whole week changed: the page says so
            one.late_rows, one.late_at = one.late_rows + counts[week] - one.rows, now
        one.rows, one.is_complete, one.doubt, one.computed_at = counts[week], whole, doubt, now
        one.hours = list(hours[week].values())
        there[one.period] = one
        keep.append(one)
        until = week.sunday if whole else min(week.sunday, covered)
        found: dict[tuple[str, str], Share] = {
            (key, scope): share
            for scope, of in metrics.activity_of_sums(
                week, logged[week].days, logged[week].contacts, spans, until=until
            ).items()
            for key, share in ((Metric.DAILY, of.days), (Metric.WEEKLY, of.reps), (Metric.RATE, of.contacts))
        }
        seen: dict[int, set[date]] = defaultdict(set)
        for before in sums.back_from([week]):
            for rep, days in logged[before].days.items():
                seen[rep] |= days
        found |= {(queries.SILENT, scope): share for scope, share in metrics.silent_reps(until, spans, seen).items()}
        for (key, scope), share in found.items():
            measured = Share() if one.is_doubtful else share  # never zero: not measured (M5)
            facts.append(fact_of(program, key, week, scope, measured, now, SOURCE))
    ActivityWeek.objects.bulk_create(
        keep,
        update_conflicts=True,
        unique_fields=["program", "period"],
        update_fields=["rows", "is_complete", "doubt", "note", "confirmed_by", "confirmed_at", "computed_at",
                       "late_rows", "late_at", "hours"],
    )  # fmt: skip
    return replace_facts(program, KEYS, [str(week) for week in wanted], facts)


def replace_facts(
    program: Program, keys: Iterable[str], periods: Sequence[str] | None, facts: Sequence[Measured | Fact]
) -> list[list]:
    """Put facts in the place of those that stand; return what differs, in the order of weeks.

    A number that stays is not written again, only its time.
    """
    standing = Fact.objects.of(program).filter(key__in=[str(one) for one in keys]).order_by()
    if periods is not None:
        standing = standing.filter(period__in=periods)
    rows = standing.values_list("period", "key", "scope", "numerator", "denominator", "source", "pk")
    before = {(period, key, scope): rest for period, key, scope, *rest in rows}
    now = {(one.period, str(one.key), one.scope): one for one in facts}
    moment = connections[router.db_for_write(Fact)].ops.adapt_datetimefield_value
    gone = [rest[-1] for key, rest in before.items() if key not in now]
    for part in sums.batched(gone):
        Fact.objects.filter(pk__in=part).delete()
    if facts:
        standing.update(as_of=facts[0].as_of)
    new, changed = [], []
    for (period, key, scope), one in now.items():
        values = [one.numerator, one.denominator, one.source]
        old = before.get((period, key, scope))
        if old is None:
            new.append([program.pk, key, period, scope, *values, moment(one.as_of)])
        elif old[:3] != values:
            changed.append([*values, old[3]])
    bulk.insert(Fact, ("program", "key", "period", "scope", *VALUES, "as_of"), new)
    bulk.update(Fact, VALUES, changed)
    said = {key: [one.numerator, one.denominator] for key, one in now.items()}
    was = {key: rest[:2] for key, rest in before.items()}
    differing = sorted(key for key in was.keys() | said.keys() if was.get(key) != said.get(key))
    return [[*key, was.get(key), said.get(key)] for key in differing]


def fact_of(program, key, week, scope, share: Share, now, source) -> Measured:
    return Measured(str(key), str(week), scope, share.part, share.whole, now, source)


def recompute_records(program: Program) -> Recomputed:
    """Write required fields and stale deals of each week that has an export: the newest per object counts."""
    newest: dict[tuple[Week, str], Counting] = {}  # M2 is by object; "all" and the teams are of all objects
    done = Counting.objects.of(program).exclude(object="activity").filter(finished_at__isnull=False)
    for one in done.order_by("as_of", "pk"):
        newest[Week.of(one.as_of), one.object] = one
    week_of = {one.pk: week for (week, _), one in newest.items()}
    object_of = {one.pk: object_ for (_, object_), one in newest.items()}
    totals: dict[tuple[Week, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = RecordSummary.objects.filter(counting__in=week_of).order_by().values_list("counting_id", "rep__team_id")
    sums = rows.annotate(*(Sum(name) for name in SUMMED))
    for counting, team, *values in sums:
        for scope in ["all", f"object:{object_of[counting]}", *([f"team:{team}"] if team else [])]:
            for name, value in zip(SUMMED, values, strict=True):
                totals[week_of[counting], scope][name] += value
    now, facts = clock.now(), []
    due = _due_reps(program, {week for week, _ in totals})
    for (week, scope), found in totals.items():
        shares: dict[str, Share] = {Metric.FIELDS: Share(found["complete"], found["records"])}
        if not scope.startswith("object:"):  # only deals can be stale
            shares[Metric.STALE] = Share(found["stale_deals"], found["open_deals"])
            shares[queries.UPDATES] = Share(found["updated"], due[week, scope])
        shares[queries.DUPLICATES] = Share(found["duplicates"], found["created"])
        shares[queries.MOVED] = Share(found["moved"], found["seen"])
        stays = (Metric.FIELDS, Metric.STALE)  # an export without what they need says "not measured" of them
        facts += [
            fact_of(program, key, week, scope, share, now, RECORDS)
            for key, share in shares.items()
            if share.whole or key in stays
        ]
    keys = [*queries.RECORD_KEYS, queries.UPDATES, queries.DUPLICATES, queries.MOVED]
    changed = replace_facts(program, keys, None, facts)
    escalations.review(program)
    return Recomputed(
        sorted({one.period for one in facts}), sorted({period for period, *_ in changed}), changed[:MOST_CHANGES]
    )


def _due_reps(program: Program, weeks: Iterable[Week]) -> dict[tuple[Week, str], int]:
    """How many reps were due in a week, of all and of each team."""
    found: dict[tuple[Week, str], int] = defaultdict(int)
    spans = queries.spans(program)
    for week in weeks:
        for rep in spans:
            if rep.due_in(week)[0]:
                found[week, "all"] += 1
                found[week, f"team:{rep.team}"] += 1
    return found


def start_recompute(*, program: Program, by: User | None) -> None:
    """Compute every week again in the background: a rep, a holiday or a go-live changed."""
    start_job(program=program, kind="adoption-weeks", params={}, by=by)
