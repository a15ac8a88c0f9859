"""The two-week rule: watch, breached, escalated, acknowledged, recovered (M5)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from adoption import metrics, queries
from adoption.errors import EscalationRefused
from adoption.models import Escalation, EscalationState, Metric
from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Program, Team, User


def review(program: Program) -> list[Escalation]:
    """Bring the escalations in line with the weeks that are stored; return those that changed.

    One episode per metric and scope at a time, escalated once. A later file that changes past
    weeks is followed: an episode that was none comes back as recovered. Episodes that were over
    before anybody looked are not told after the fact. Where all measured reps are one team, the
    team escalates and "all" does not say it again.
    """
    weeks, targets = queries.Weeks(program, count=queries.HISTORY_WEEKS), queries.Targets(program)
    teams = {f"team:{one.pk}": one for one in Team.objects.of(program)}
    standing = {(one.key, one.scope): one for one in Escalation.objects.of(program).standing()}
    addressee = queries.addressee_of(program)
    changed = []
    for key in Metric:
        for scope in ["all", *teams]:
            if scope == "all" and (key, scope) not in standing and _is_one_team(weeks, targets, key, list(teams)):
                continue
            points = {one.week: one for one in weeks.complete(key, scope)}
            verdicts = {week: targets.verdict(key, one.share, scope) for week, one in points.items()}
            if not targets.escalates(key, scope):
                verdicts = {}
            found = metrics.episodes(verdicts)
            last = found[-1] if found else None
            one = standing.get((key, scope))
            if last is None or last.recovered is not None:
                if one is not None:
                    changed.append(_recover(one, str(last.recovered) if last else ""))
                continue
            if one is None:
                one = _begin(program, key, scope, teams.get(scope))
            bad = [[str(week), points[week].share.part, points[week].share.whole] for week in last.weeks]
            if _advance(one, bad, targets.value(key, scope), last.breached is not None, addressee):
                changed.append(one)
    return changed


def _is_one_team(weeks: queries.Weeks, targets: queries.Targets, key: str, scopes: list[str]) -> bool:
    """Are all measured reps in one team, which escalates on its own?"""
    whole = [one.share for one in weeks.complete(key)]
    measured = [scope for scope in scopes if any(one.share.whole for one in weeks.complete(key, scope))]
    if len(measured) != 1 or not targets.escalates(key, measured[0]):
        return False
    return [one.share for one in weeks.complete(key, measured[0])] == whole


def _begin(program: Program, key: str, scope: str, team: Team | None) -> Escalation:
    """A new episode; it names the one before, when that had been escalated and came back (M5)."""
    before = Escalation.objects.of(program).filter(key=key, scope=scope, escalated_at__isnull=False).first()
    return Escalation(
        program=program, key=key, scope=scope, team=team, state=EscalationState.WATCH, reopens=before,
        began_at=clock.now(),
    )  # fmt: skip


def _advance(one: Escalation, bad, target, breached: bool, addressee: Membership | None) -> bool:
    """Write the weeks down and take the step they ask for; False when nothing is new."""
    was = (one.state, one.weeks, one.target)
    one.weeks, one.target = bad, target
    if breached and one.state in {EscalationState.WATCH, EscalationState.BREACHED}:
        one.state = EscalationState.ESCALATED if addressee else EscalationState.BREACHED
        if addressee:
            one.addressee, one.escalated_at = addressee, clock.now()
    if one.pk and was == (one.state, one.weeks, one.target):
        return False
    if not one.pk:
        one.number = one.program.next_number("escalation")
    one.save()
    if one.state != was[0] and one.state in {EscalationState.ESCALATED, EscalationState.BREACHED}:
        audit.record(by=None, verb=f"escalation.{one.state}", subject=one, after={"weeks": bad, "scope": one.where})
        outbox.put(f"escalation.{one.state}", one)
    return True


def _recover(one: Escalation, period: str) -> Escalation:
    was = one.state
    one.state, one.ended_at, one.recovered_in = EscalationState.RECOVERED, clock.now(), period
    one.save()
    if was != EscalationState.WATCH:
        audit.record(by=None, verb="escalation.recovered", subject=one, after={"week": period})
        outbox.put("escalation.recovered", one)
    return one


@transaction.atomic
def send_up(program: Program) -> list[Escalation]:
    """Send what nobody answered in five working days up to the sponsor, once each; return those (M5)."""
    Program.objects.lock(program.pk)
    waiting = Escalation.objects.of(program).unanswered().filter(went_up_at__isnull=True)
    off = queries.days_off(program)
    sent = [one for one in waiting.select_related("program", "team") if queries.is_overdue(one, off)]
    for one in sent:
        one.went_up_at = clock.now()
        one.save(update_fields=["went_up_at"])
        audit.record(by=None, verb="escalation.went_up", subject=one, after={"where": one.where})
        outbox.put("escalation.went_up", one)
    return sent


@transaction.atomic
def acknowledge(
    *, escalation: Escalation, by: User, plan: str, owner: Membership, due_on: date | None = None
) -> Escalation:
    """Answer an escalation with a plan and its owner (M5). Once per episode.

    Raises NotYours, Invalid, or EscalationRefused when it is not, or no longer, escalated.
    """
    policy.require(by, "adoption.acknowledge", escalation)
    Escalation.objects.lock(escalation.pk)
    one = Escalation.objects.select_related("program", "team").get(pk=escalation.pk)
    if not one.is_unanswered:
        raise EscalationRefused(f"{one.code} is {one.get_state_display().lower()}; there is nothing to acknowledge.")
    if len(plan.strip()) < 10:
        raise Invalid("Say in a sentence what will be done.", field="plan")
    if owner.program_id != one.program_id or not owner.is_active:
        raise Invalid("The owner has to be an active member of this program.", field="owner")
    if due_on is not None and due_on < clock.today(one.program):
        raise Invalid("The action cannot be due in the past.", field="due_on")
    one.state, one.plan, one.owner, one.due_on = EscalationState.ACKNOWLEDGED, plan.strip(), owner, due_on
    one.acknowledged_by, one.acknowledged_at = by, clock.now()
    one.save()
    audit.record(by=by, verb="escalation.acknowledged", subject=one, after={"plan": one.plan, "owner": str(owner)})
    outbox.put("escalation.acknowledged", one)
    return one
