"""The chapters of the rescue: twelve weeks of a live CRM, counted week by week, and its Audit beside it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from adoption.deals import quarter_of
from adoption.events import owner_key
from adoption.models import Counting, Escalation, EscalationState, Figure, Metric, Rep
from adoption.queries.pipeline import back
from adoption.services import counting, escalations, issues, reps, targets
from adoption.services.figures import enter_figure
from adoption.services.own_rows import say_who
from crmprogram.demo import crm, quillhaven
from crmprogram.demo.cast import Cast
from crmprogram.intake.models import Upload
from crmprogram.intake.services import store_upload
from crmprogram.program import clock
from crmprogram.program.models import Team
from crmprogram.program.services import change_member
from governance.models import Statement
from governance.services import ownership

SEED = 11
FIRST_UPLOAD = 7  # so many weeks are in the first upload; from then on one comes every Monday
ON_LEAVE = {5: 4, 23: 9}  # rep number: the week in which they are away


def mondays(today: date) -> list[date]:
    """The Mondays of the last twelve whole weeks, oldest first."""
    last = today - timedelta(days=today.weekday() + 7)
    return [last - timedelta(weeks=n) for n in reversed(range(quillhaven.WEEKS))]


def roster(cast: Cast) -> list[crm.RepTold]:
    sizes = {one.name: one.seats for one in quillhaven.PROGRAM.teams}
    found = crm.roster(sizes, cast.size)
    weeks = mondays(cast.today)
    return [replace(one, away=weeks[ON_LEAVE[one.number] - 1]) if one.number in ON_LEAVE else one for one in found]


def say_what_counts(cast: Cast) -> None:
    """Required fields and targets, before anything is measured; fields alarm nobody until the list is cut."""
    targets.require_fields(program=cast.program, by=cast["sales-ops"], object="deal", fields=quillhaven.REQUIRED)
    for key, value in ((Metric.FIELDS, Decimal(95)), (Metric.RATE, quillhaven.CONTACTS_A_WEEK)):
        targets.set_target(program=cast.program, by=cast["sales-ops"], key=key, value=value, escalates=False)


def enter_figures(cast: Cast) -> None:
    """What no export holds, of every whole month and the quarter it is told in; NRR is not known to anybody (M8)."""
    today, by = clock.today(cast.program), cast["vp-sales"]
    quarter, month = quarter_of(today), f"{today:%Y-%m}"
    known = set(Figure.objects.of(cast.program).values_list("key", "period"))
    told = [(key, quarter, value, quillhaven.PLAN) for key, value in quillhaven.QUARTER.items()]
    for back_by in range(quillhaven.MONTHS, 0, -1):
        at = back(month, back_by)
        grown = quillhaven.ARR + quillhaven.NEW_ARR * (int(at[:4]) * 12 + int(at[5:]) - 24_000) // 12
        told += [("arr", at, grown, quillhaven.LEDGER), ("new_arr", at, quillhaven.NEW_ARR, quillhaven.LEDGER)]
        told += [("cac_payback", at, quillhaven.PAYBACK, quillhaven.LEDGER)] if int(at[5:]) % 3 == 0 else []
    for key, period, value, source in told:
        if (key, period) not in known:
            enter_figure(program=cast.program, by=by, key=key, period=period, value=Decimal(value), source=source)


def enter_the_reps(cast: Cast) -> None:
    teams = {one.name: one for one in Team.objects.of(cast.program)}
    told = roster(cast)
    reps.enter_reps(
        program=cast.program, by=cast["crm-specialist"], rows=[(one.owner, teams[one.team]) for one in told]
    )
    known = {one.key: one for one in Rep.objects.of(cast.program)}
    for one in told:
        if one.away:
            rep = known[owner_key(one.owner)]
            reps.add_absence(rep=rep, by=cast["enablement"], first_on=one.away, last_on=one.away + timedelta(days=4))
    led = teams[quillhaven.STRUGGLING]
    change_member(membership=cast.members["sales-lead"], by=cast["sales-ops"], team=led)
    first = next(one for one in told if one.team == led.name)
    say_who(rep=known[owner_key(first.owner)], by=cast["crm-specialist"], member=cast.members["rater"])


def count_the_past(cast: Cast) -> None:
    """The first upload: seven weeks of tasks at once, and the opportunities of each Friday from the backup."""
    weeks = mondays(cast.today)[:FIRST_UPLOAD]
    _count(cast, f"Task {weeks[0]:%G-W%V} to {weeks[-1]:%G-W%V}.csv", _tasks(cast, weeks))
    for monday in weeks:
        _count_opportunities(cast, monday)


def count_week(number: int):
    """The Monday upload of one week (1 is the oldest)."""

    def count(cast: Cast) -> None:
        monday = mondays(cast.today)[number - 1]
        _count(cast, f"Task {monday:%G-W%V}.csv", _tasks(cast, [monday]))
        _count_opportunities(cast, monday)

    count.__name__ = f"count_week_{number}"
    return count


def _tasks(cast: Cast, weeks: list[date]) -> bytes:
    every = mondays(cast.today)
    percent = {one: {team: shares[every.index(one)] for team, shares in quillhaven.DAILY.items()} for one in weeks}
    return crm.tasks(weeks, roster(cast), percent, SEED, with_newcomer=weeks[-1] == every[-1])


def _count_opportunities(cast: Cast, monday: date) -> None:
    friday, number = monday + timedelta(days=4), mondays(cast.today).index(monday)
    content = crm.opportunities(
        friday,
        roster(cast),
        complete=quillhaven.FIELDS[number],
        stale=quillhaven.STALE[number],
        seed=SEED,
    )
    _count(cast, f"Opportunity {friday}.csv", content, as_of=friday)


def _count(cast: Cast, name: str, content: bytes, as_of: date | None = None) -> None:
    """Upload, read and count one export, or go on where that broke off."""
    by = cast["crm-specialist"]
    upload = Upload.objects.of(cast.program).filter(name=name).first()
    if upload is None:
        stored = store_upload(program=cast.program, by=by, name=name, stream=io.BytesIO(content), size=len(content))
        upload = stored.upload
    cast.finish()
    upload.refresh_from_db()
    if not Counting.objects.filter(upload=upload, finished_at__isnull=False).exists():
        counting.start_counting(upload=upload, by=by, as_of=as_of)
        cast.finish()


def settle_the_integration_user(cast: Cast) -> None:
    found = Rep.objects.of(cast.program).filter(key=owner_key(crm.owner_id(crm.INTEGRATION)))
    reps.settle_reps(
        program=cast.program, by=cast["crm-specialist"], reps=list(found), excluded=True, reason=quillhaven.NOT_A_REP
    )


def answer_the_first_escalation(cast: Cast) -> None:
    one = Escalation.objects.of(cast.program).get(
        team__name=quillhaven.RECOVERED, key=Metric.DAILY, state=EscalationState.ESCALATED
    )
    escalations.acknowledge(
        escalation=one,
        by=cast["vp-sales"],
        plan=quillhaven.RECOVERY_PLAN,
        owner=cast.members["enablement"],
        due_on=clock.today(cast.program) + timedelta(days=7),
    )


def say_how_commission_is_paid(cast: Cast) -> None:
    """One of the failures named honestly at the start of a rescue."""
    ownership.attest(
        program=cast.program,
        statement=Statement.COMPENSATION,
        holds=False,
        note=quillhaven.COMMISSION,
        by=cast["vp-sales"],
    )


def report_what_fails(cast: Cast) -> None:
    teams = {one.name: one for one in Team.objects.of(cast.program)}
    for title, detail, severity, team in quillhaven.ISSUES:
        issues.report_issue(
            program=cast.program,
            by=cast["crm-specialist"],
            title=title,
            detail=detail,
            severity=severity,
            team=teams.get(team),
        )
