"""Compute weeks again from what is stored, and review the escalations that hang on them (M1 to M5, M9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour

from adoption import metrics, queries
from adoption.metrics import Logged, RepSpan, Share, Week
from adoption.models import Activity, ActivityWeek, Counting, Metric, RecordSummary
from adoption.services import escalations
from crmprogram.jobs.services import start_job
from crmprogram.program import clock
from crmprogram.program.models import Program, User
from phases.models import Fact

SOURCE = "CRM activity export"
RECORDS = "CRM record export"
SAID = ("all", "pilot", "team")  # scopes whose changes are told one by one
MOST_CHANGES = 300
SUMMED = ("records", "complete", "open_deals", "stale_deals", "seen", "updated", "created", "duplicates", "moved")


def mark_bulk(program: Program, periods: Iterable[str]) -> None:
    """Mark rows that a load wrote: so many in one second, over all files, whatever their order."""
    rows = Activity.objects.of(program).filter(period__in=list(periods))
    moments = rows.filter(why_not="", logged_at__isnull=False).order_by().values("logged_at")
    bulk = [one["logged_at"] for one in moments.annotate(n=Count("pk")).filter(n__gte=metrics.BULK_ROWS)]
    own = moments.values("rep_id", "logged_at").annotate(n=Count("pk")).filter(n__gte=metrics.BULK_OWN)
    by_rep: dict[int, list[datetime]] = defaultdict(list)
    for one in own.exclude(logged_at__in=bulk):
        at = one["logged_at"]
        if at is not None and (at.second or at.microsecond):  # a whole minute may be one that was cut
            by_rep[one["rep_id"]].append(at)
    marked = Q(logged_at__in=bulk)
    for rep, times in by_rep.items():
        marked |= Q(rep=rep, logged_at__in=times)
    rows.filter(is_bulk=True).exclude(marked).update(is_bulk=False)
    rows.filter(marked, is_bulk=False).update(is_bulk=True)


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

    A week says how believable the four after it are, and newer data can make the week before
    whole. Call it in the transaction that changed the rows, with the program locked.
    """
    covered = queries.covered_to(program)
    first = queries.covered_from(program)
    if covered is None or first is None:
        return Recomputed()
    spans = queries.spans(program)
    known = metrics.weeks_between(Week.of(first), Week.of(covered))
    open_weeks = ActivityWeek.objects.of(program).filter(is_complete=False).values_list("period", flat=True)
    if periods is None:
        wanted = set(known)
    else:
        touched = {Week.read(one) for one in periods}
        stored = set(ActivityWeek.objects.of(program).values_list("period", flat=True))
        wanted = {week for week in known if str(week) not in stored} | {Week.read(one) for one in open_weeks} | touched
        for week in touched:
            for _ in range(4):
                week = week.next
                wanted.add(week)
        wanted &= set(known)
    if not wanted:
        return Recomputed()
    changed = _store(program, sorted(wanted), spans, covered)
    escalations.review(program)
    return Recomputed(
        [str(week) for week in sorted(wanted)],
        sorted({period for period, *_ in changed}),
        [one for one in changed if one[2].partition(":")[0] in SAID][:MOST_CHANGES],
    )


def _store(program: Program, wanted: list[Week], spans: list[RepSpan], covered: date) -> list[list]:
    """Write weeks and facts of `wanted`, read from four weeks before the first."""
    start = wanted[0]
    for _ in range(4):
        start = start.previous
    known = metrics.weeks_between(start, wanted[-1])
    rows = Activity.objects.of(program).counting().filter(period__gte=str(start), period__lte=str(wanted[-1]))
    grouped = rows.order_by().values_list("rep_id", "logged_on", "kind").annotate(n=Count("pk"))
    by_week: dict[Week, list[Logged]] = defaultdict(list)
    days: dict[int, set[date]] = defaultdict(set)
    for rep, day, kind, n in grouped:
        by_week[Week.of(day)].append(Logged(rep, day, kind, n))
        days[rep].add(day)
    due = {
        week: {one.id for one in spans if any(one.is_due(d) or one.is_due_in_pilot(d) for d in week.days)}
        for week in known
    }
    counts = {week: sum(one.times for one in by_week[week] if one.rep in due[week]) for week in known}
    active = {week: {one.rep for one in by_week[week]} & due[week] for week in known}
    hours = _hours(rows, program.time_zone)
    now, today = clock.now(), clock.today(program)
    there = {one.period: one for one in ActivityWeek.objects.of(program)}
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
        keep.append(one)
        until = week.sunday if whole else min(week.sunday, covered)
        found: dict[tuple[str, str], Share] = {
            (key, scope): share
            for scope, sums in metrics.activity_of_week(week, by_week[week], spans, until=until).items()
            for key, share in ((Metric.DAILY, sums.days), (Metric.WEEKLY, sums.reps), (Metric.RATE, sums.contacts))
        }
        found |= {(queries.SILENT, scope): share for scope, share in metrics.silent_reps(until, spans, days).items()}
        for (key, scope), share in found.items():
            measured = Share() if one.is_doubtful else share  # never zero: not measured (M5)
            facts.append(fact_of(program, key, week, scope, measured, now, SOURCE))
    ActivityWeek.objects.bulk_create(
        keep,
        update_conflicts=True,
        unique_fields=["program", "period"],
        update_fields=["rows", "is_complete", "doubt", "note", "confirmed_by", "confirmed_at", "computed_at",
                       "late_rows", "late_at"],
    )  # fmt: skip
    periods = [str(week) for week in wanted]
    return replace_facts(program, [*queries.ACTIVITY_KEYS, queries.SILENT], periods, facts)


def replace_facts(
    program: Program, keys: Iterable[str], periods: Sequence[str] | None, facts: list[Fact]
) -> list[list]:
    """Put facts in the place of those that stand; return what differs, in the order of weeks."""
    standing = Fact.objects.of(program).filter(key__in=list(keys)).order_by()
    if periods is not None:
        standing = standing.filter(period__in=periods)
    rows = standing.values_list("period", "key", "scope", "numerator", "denominator")
    before = {(period, key, scope): [part, whole] for period, key, scope, part, whole in rows}
    now = {(one.period, str(one.key), one.scope): [one.numerator, one.denominator] for one in facts}
    standing.delete()
    Fact.objects.bulk_create(facts, batch_size=500)
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    return [[*key, before.get(key), now.get(key)] for key in differing]


def _hours(rows: QuerySet[Activity], zone: str) -> dict[Week, dict[int, int]]:
    """How many rows were logged in each hour of the program's day, by week; days without a time say nothing."""
    found: dict[Week, dict[int, int]] = defaultdict(dict)
    hour = ExtractHour("logged_at", tzinfo=ZoneInfo(zone))
    timed = rows.filter(logged_at__isnull=False).order_by().annotate(hour=hour)
    for period, at, n in timed.values_list("period", "hour").annotate(n=Count("pk")):
        found[Week.read(period)][at] = n
    return found


def fact_of(program, key, week, scope, share: Share, now, source) -> Fact:
    return Fact(
        program=program, key=key, period=str(week), scope=scope, numerator=share.part, denominator=share.whole,
        as_of=now, source=source,
    )  # fmt: skip


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
            if any(map(rep.is_due, week.days)):
                found[week, "all"] += 1
                found[week, f"team:{rep.team}"] += 1
    return found


def start_recompute(*, program: Program, by: User | None) -> None:
    """Compute every week again in the background: a rep, a holiday or a go-live changed."""
    start_job(program=program, kind="adoption-weeks", params={}, by=by)
