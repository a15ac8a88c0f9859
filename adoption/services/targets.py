"""Targets, required fields, and the word of a person on a doubtful week (M2, M3, M5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from adoption.errors import ImportRefused, RepRefused
from adoption.models import ActivityWeek, Metric, Target
from adoption.services import escalations, weeks
from crmprogram.intake.fields import FIELDS
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, Team, User
from phases.models import FieldRule


@transaction.atomic
def set_target(
    *, program: Program, by: User, key: str, value: Decimal, team: Team | None = None, escalates: bool = True
) -> Target:
    """Set the target of a metric, of one team where `team` is given; escalations follow it at once."""
    policy.require(by, "adoption.targets", program)
    if team is not None and team.program_id != program.pk:
        raise RepRefused("This team is not of this program.")
    if value < 0 or (key != Metric.RATE and value > 100):
        raise Invalid("A target is 0 to 100 percent.", field="value")
    one = Target.objects.of(program).filter(key=key, team=team).first() or Target(program=program, key=key, team=team)
    before = {"value": str(one.value), "escalates": one.escalates} if one.pk else {}
    one.value, one.escalates, one.changed_by, one.changed_at = value, escalates, by, clock.now()
    one.save()
    audit.record(
        by=by, verb="target.set", subject=one, program=program, before=before,
        after={"metric": key, "team": team.name if team else "", "value": str(value), "escalates": escalates},
    )  # fmt: skip
    escalations.review(program)
    return one


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
