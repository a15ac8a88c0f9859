"""Targets, required fields, and the word of a person on a doubtful week (M2, M3, M5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from adoption import queries
from adoption.errors import ImportRefused, RepRefused
from adoption.metrics import Week
from adoption.models import ActivityWeek, Metric, Target
from adoption.services import escalations, weeks
from crmprogram.intake.fields import FIELDS
from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, Team, User
from phases.method import PHASES
from phases.models import FieldRule

MOST_NEEDED = 8  # weeks in a row; who waits longer does not want to know


@transaction.atomic
def set_target(
    *,
    program: Program,
    by: User,
    key: str,
    value: Decimal,
    team: Team | None = None,
    phase: int | None = None,
    escalates: bool = True,
    needed: int = queries.NEEDED,
    since: str = "",
    reason: str = "",
) -> Target:
    """Set a target and the rule that watches it, of one team or one phase where they are given (M5).

    It judges the weeks from `since` on (2026-W21; "" is this week), so that no week is judged
    afterwards by what nobody asked of it. What stood before stays as history, with how often the
    rule would have fired. The same again changes nothing. Raises NotYours, RepRefused, Invalid.
    """
    policy.require(by, "adoption.targets", program)
    Program.objects.lock(program.pk)
    if team is not None and team.program_id != program.pk:
        raise RepRefused("This team is not of this program.")
    if value < 0 or (key != Metric.RATE and value > 100):
        raise Invalid("A target is 0 to 100 percent.", field="value")
    if phase is not None and phase not in PHASES:
        raise Invalid("Phases are 1 to 5.", field="phase")
    if not queries.NEEDED <= needed <= MOST_NEEDED:
        raise Invalid(f"A rule asks for {queries.NEEDED} to {MOST_NEEDED} weeks in a row.", field="needed")
    one = Target(program=program, key=key, team=team, phase=phase, value=value, escalates=escalates, needed=needed,
                 since=_since(program, since), reason=reason.strip()[:200])  # fmt: skip
    before = Target.objects.of(program).filter(key=key, team=team, phase=phase).order_by("-pk").first()
    if before and _said(before) == _said(one) and (not since or before.since <= one.since):
        return before
    one.fired = sum(len(trial.fired) for trial in queries.backtest(program, key, tried=one))
    one.changed_by, one.changed_at = by, clock.now()
    one.save()
    audit.record(
        by=by, verb="target.set", subject=one, program=program, before=_said(before) if before else {},
        after={"metric": key, "team": team.name if team else "", **_said(one), "since": one.since, "fired": one.fired},
        note=one.reason,
    )  # fmt: skip
    outbox.put("target.set", one)
    escalations.review(program)
    return one


def _said(one: Target) -> dict[str, Any]:
    """What a row of targets says, as the trail keeps it; two that say the same are one."""
    return {"value": f"{one.value:.1f}", "phase": one.phase, "escalates": one.escalates, "needed": one.needed}


def _since(program: Program, since: str) -> str:
    """The week from which a target holds, written out. Raises Invalid."""
    this = Week.of(clock.today(program))
    if not since:
        return str(this)
    try:
        week = Week.read(since)
    except ValueError:
        raise Invalid("Write a week as 2026-W21.", field="since") from None
    if not this.monday - timedelta(weeks=queries.HISTORY_WEEKS) <= week.monday <= this.monday + timedelta(weeks=52):
        raise Invalid("A target begins in the last 26 weeks or the year to come.", field="since")
    return str(week)


@transaction.atomic
def require_fields(*, program: Program, by: User, object: str, fields: Sequence[str]) -> list[FieldRule]:  # noqa: A002
    """Say which fields of an object are required from the start (M2). Rules of single stages stay.

    Exports counted from now on are judged by it; count an older one again to judge it so.
    """
    policy.require(by, "adoption.targets", program)
    if object not in {"deal", "contact", "account", "lead"}:
        raise Invalid(f"“{object}” is no record with required fields.", field="object")
    known = {one.name for one in FIELDS[object]}
    if unknown := sorted(set(fields) - known):
        raise Invalid(f"{', '.join(unknown)}: no such field of this object.", field="fields")
    rules = FieldRule.objects.of(program).filter(object=object, stage="")
    before = sorted(rules.required().values_list("field", flat=True))
    rules.exclude(field__in=fields).update(is_required=False)
    rules.filter(field__in=fields).update(is_required=True)
    there = set(rules.values_list("field", flat=True))
    FieldRule.objects.bulk_create(
        [FieldRule(program=program, object=object, field=name) for name in dict.fromkeys(fields) if name not in there]
    )
    after = sorted(set(fields))
    if after != before:
        audit.record(by=by, verb="fields.required", subject=program, before={object: before}, after={object: after})
    return list(rules.required())


@transaction.atomic
def confirm_week(*, week: ActivityWeek, by: User, note: str) -> ActivityWeek:
    """Say that the data of a doubtful week is right, and why: it is measured from now on (M5)."""
    policy.require(by, "adoption.import", week)
    Program.objects.lock(week.program_id)
    one = ActivityWeek.objects.select_related("program").get(pk=week.pk)
    if not one.is_doubtful:
        raise ImportRefused(f"{one.period} is not in doubt.")
    if not note.strip():
        raise Invalid("Say why the data is right.", field="note")
    one.note, one.confirmed_by, one.confirmed_at = note.strip()[:300], by, clock.now()
    one.save()
    audit.record(by=by, verb="week.confirmed", subject=one, after={"week": one.period, "note": one.note})
    weeks.recompute(one.program, [one.period])
    return ActivityWeek.objects.get(pk=one.pk)


@transaction.atomic
def compute_again(*, program: Program, by: User) -> None:
    """Compute every week again in the background, for example after a go-live was moved."""
    policy.require(by, "adoption.import", program)
    audit.record(by=by, verb="weeks.computed_again", subject=program)
    weeks.start_recompute(program=program, by=by)
