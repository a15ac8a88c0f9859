"""The rule of two weeks: watch, breached, escalated, acknowledged with a plan, over, closed (M5).

What the weeks say opens and ends an episode, and nobody else: people answer, change the plan,
comment and close. One episode stands per metric and scope at a time. Which weeks count is said
by `metrics.episodes`: two *measured* weeks in direct succession. A week that is not measured
(no data, a doubtful export, nobody due) is no evidence either way: it does not join two bad
weeks, and it does not end a breach, which only a week at target does. A week to date is not
judged before it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from adoption import metrics, queries
from adoption.errors import EscalationRefused
from adoption.metrics import Episode, Week
from adoption.models import Escalation, EscalationNote, EscalationState, Metric, NoteKind
from adoption.queries import Point
from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Program, Role, Team, User

Ending = tuple[EscalationState, str, str]  # state, why, and the week at target
UNFOUNDED = "Corrected data: the weeks are not worse than target."


@transaction.atomic
def review(program: Program) -> list[Escalation]:
    """Bring the escalations in line with the weeks that are stored; return those that changed.

    Called when weeks were computed and when a rule changed; the same weeks again change nothing.
    A week that was corrected is said on the episode it belongs to: one whose reason is gone is
    withdrawn, one that was over and is not is opened again under its number. Episodes that were
    over before anybody looked are not told after the fact. Where all measured reps are one team,
    the team escalates and "all" does not say it again.
    """
    Program.objects.lock(program.pk)
    weeks, targets = queries.Weeks(program, count=queries.HISTORY_WEEKS), queries.Targets(program)
    teams = {f"team:{one.pk}": one for one in Team.objects.of(program)}
    known: dict[tuple[str, str], list[Escalation]] = {}
    for one in Escalation.objects.of(program).select_related("program", "team", "addressee").order_by("pk"):
        one.program = program
        known.setdefault((one.key, one.scope), []).append(one)
    addressee = queries.addressee_of(program)
    changed: dict[int, Escalation] = {}
    for key in Metric:
        for scope in ["all", *teams]:
            told = known.get((key, scope), [])
            standing = next((one for one in told if not one.is_over), None)
            if scope == "all" and not standing and _is_one_team(weeks, targets, key, list(teams)):
                continue
            points = {one.week: one for one in weeks.complete(key, scope)}
            verdicts = targets.watched(key, list(points.values()), scope)
            if verdicts and standing:  # what is older than the weeks that are read stays as it was found
                older: dict[Week, bool | None] = {one: False for one in _weeks_of(standing) if one < weeks.weeks[0]}
                verdicts = older | verdicts
            needed = {week: targets.needed(key, scope, week) for week in verdicts}
            found = metrics.episodes(verdicts, needed=needed)
            corrected = {one.pk for one in told if _correct(one, points, found, weeks.weeks[0])}
            changed |= {one.pk: one for one in told if one.pk in corrected}
            last = found[-1] if found and found[-1].recovered is None else None
            if standing:
                match = _match(standing, found)
                lost = match is last and last is not None and standing.is_open and last.breached is None
                if last is None or match is not last or lost:
                    on = targets.escalates(key, scope)
                    ending = _ending(standing, match, verdicts, is_watched=on, corrected=standing.pk in corrected)
                    changed[standing.pk] = _end(standing, ending)
                    standing = None
            if last is None:
                continue
            current = standing or _again(told, last) or _begin(program, key, scope, teams.get(scope), told)
            bad = [_counted(week, points.get(week), current) for week in last.weeks]
            current.needed = last.weeks.index(last.breached) + 1 if last.breached else targets.needed(key, scope)
            if _advance(current, bad, targets.value(key, scope, last.weeks[-1]), last.breached is not None, addressee):
                changed[current.pk] = current
    return list(changed.values())


def _is_one_team(weeks: queries.Weeks, targets: queries.Targets, key: str, scopes: list[str]) -> bool:
    """Are all measured reps in one team, which escalates on its own?"""
    whole = [one.share for one in weeks.complete(key)]
    measured = [scope for scope in scopes if any(one.share.whole for one in weeks.complete(key, scope))]
    if len(measured) != 1 or not targets.escalates(key, measured[0]):
        return False
    return [one.share for one in weeks.complete(key, measured[0])] == whole


def _weeks_of(one: Escalation) -> list[Week]:
    return [Week.read(period) for period, *_ in one.weeks]


def _match(one: Escalation, found: Sequence[Episode]) -> Episode | None:
    """The newest of the episodes found that shares a week with this one."""
    mine = set(_weeks_of(one))
    return next((it for it in reversed(found) if mine & set(it.weeks)), None)


def _counted(week: Week, point: Point | None, one: Escalation) -> list[Any]:
    """A week as an episode keeps it: [period, numerator, denominator]."""
    if point is None:  # older than what was read
        return next(row for row in one.weeks if row[0] == str(week))
    return [str(week), point.share.part, point.share.whole]


def _correct(one: Escalation, points: dict[Week, Point], found: Sequence[Episode], first: Week) -> bool:
    """Say on an episode which of its weeks were counted again; withdraw one that is over and had no reason.

    A standing one is ended by `review`, not here. Weeks before `first` are not read again.
    """
    said, rows = [], []
    for period, part, whole in one.weeks:
        week, row = Week.read(period), [period, part, whole]
        if week >= first:
            share = points[week].share if week in points else metrics.Share()
            row = [period, share.part, share.whole]
            if row != [period, part, whole]:
                now = f"{share.part:,} of {share.whole:,}" if share.whole else "not measured"
                said.append(f"{period} was {part:,} of {whole:,} and is {now}.")
        rows.append(row)
    match = _match(one, found) if one.is_over and one.escalated_at else None
    if match and match.recovered and one.recovered_in and one.recovered_in != str(match.recovered):
        said.append(f"Not {one.recovered_in} but {match.recovered} is back at target.")
        one.recovered_in = str(match.recovered)
    if not said:
        return False
    if one.escalated_at or one.is_open:
        _note(one, NoteKind.DATA, " ".join(said))
        before, after = {"weeks": one.weeks}, {"weeks": rows}
        audit.record(by=None, verb="escalation.corrected", subject=one, before=before, after=after)
    one.weeks = rows
    if one.state == EscalationState.RECOVERED and one.escalated_at and (match is None or match.breached is None):
        one.state, one.ending, one.recovered_in = EscalationState.WITHDRAWN, UNFOUNDED, ""
        _tell(one, "escalation.withdrawn", {"ending": one.ending})
    one.save()
    return True


def _ending(
    one: Escalation, match: Episode | None, verdicts: dict[Week, bool | None], *, is_watched: bool, corrected: bool
) -> Ending:
    """How a standing episode ends: at target, without a verdict, or because its reason is gone."""
    if not is_watched:
        return EscalationState.LAPSED, "The rule was switched off.", ""
    is_founded = match is not None and (match.breached is not None or not one.is_open)
    if match is not None and is_founded and (week := match.recovered) is not None:
        if verdicts.get(week):
            return EscalationState.RECOVERED, f"{week} is at target.", str(week)
        return EscalationState.LAPSED, f"No second week follows the first: {week} is not measured.", ""
    if corrected:
        return EscalationState.WITHDRAWN, UNFOUNDED, ""
    return EscalationState.LAPSED, "The target or the rule of these weeks was changed.", ""


def _begin(program: Program, key: str, scope: str, team: Team | None, told: Sequence[Escalation]) -> Escalation:
    """A new episode; it names the one before, when that had been escalated and came back (M5)."""
    before = [one for one in told if one.escalated_at and one.state == EscalationState.RECOVERED]
    return Escalation(
        program=program, key=key, scope=scope, team=team, state=EscalationState.WATCH,
        reopens=before[-1] if before else None, began_at=clock.now(),
    )  # fmt: skip


def _again(told: Sequence[Escalation], last: Episode) -> Escalation | None:
    """The episode that was over and, by the weeks as they are now, is not: it goes on where it stood."""
    if last.breached is None:
        return None
    one = next((it for it in reversed(told) if it.is_over and _match(it, [last])), None)
    if one is None:
        return None
    was = one.get_state_display()
    one.ended_at, one.ending, one.recovered_in = None, "", ""
    one.closed_at, one.closed_by, one.outcome = None, None, ""
    one.state = EscalationState.WATCH
    if one.acknowledged_at:
        one.state = EscalationState.ACKNOWLEDGED
    elif one.escalated_at and one.addressee:
        one.state, one.escalated_at, one.went_up_at = EscalationState.ESCALATED, clock.now(), None
    one.save()
    if one.state != EscalationState.WATCH:
        _note(one, NoteKind.REOPENED, f"It was “{was.lower()}”; by the weeks as they are now it is not over.")
        _tell(one, "escalation.reopened", {"was": was})
    return one


def _advance(one: Escalation, bad: list, target: Any, breached: bool, addressee: Membership | None) -> bool:
    """Write the weeks down and take the step they ask for; False when nothing is new."""
    was = (one.state, one.weeks, one.target)
    one.weeks, one.target = bad, target
    if breached and one.state in {EscalationState.WATCH, EscalationState.BREACHED}:
        _address(one, addressee)
    if one.pk and was == (one.state, one.weeks, one.target):
        return False
    if not one.pk:
        one.number = one.program.next_number("escalation")
    one.save()
    if one.state != was[0] and one.state in {EscalationState.ESCALATED, EscalationState.BREACHED}:
        _tell(one, f"escalation.{one.state}", {"weeks": bad, "scope": one.where})
    return True


def _address(one: Escalation, addressee: Membership | None) -> None:
    one.state = EscalationState.ESCALATED if addressee else EscalationState.BREACHED
    if addressee:
        one.addressee, one.escalated_at = addressee, clock.now()


def _end(one: Escalation, ending: Ending) -> Escalation:
    was = one.state
    one.state, one.ending, one.recovered_in = ending
    one.ended_at = clock.now()
    one.save()
    if was != EscalationState.WATCH:
        _tell(one, f"escalation.{one.state}", {"ending": one.ending})
    return one


def _tell(one: Escalation, verb: str, after: dict[str, Any], *, by: User | None = None, note: str = "") -> None:
    """The line in the trail, and the message to whom it concerns."""
    audit.record(by=by, verb=verb, subject=one, after=after, note=note)
    outbox.put(verb, one)


def _note(one: Escalation, kind: NoteKind, text: str, by: User | None = None) -> EscalationNote:
    return EscalationNote.objects.create(escalation=one, kind=kind, by=by, at=clock.now(), text=text)


@transaction.atomic
def follow_up(program: Program) -> list[Escalation]:
    """What time asks for: find the right addressee, send silence up; return what changed (M5).

    A breach nobody could be told of goes to the VP sales as soon as there is one, one that its
    addressee can no longer answer to who holds the role now, with five days of their own. What
    nobody answered in five working days goes up to the sponsor, once.
    """
    Program.objects.lock(program.pk)
    off, addressee = queries.days_off(program), queries.addressee_of(program)
    changed = []
    for one in Escalation.objects.of(program).unanswered().select_related("program", "team", "addressee__user"):
        before = one.addressee
        if addressee and not (before and before.is_active and before.role == Role.VP_SALES):
            _address(one, addressee)
            one.went_up_at = None
            one.save()
            if before is not None:
                _note(one, NoteKind.PERSON, f"Passed on from {before.user.display} to {addressee.user.display}.")
            _tell(one, "escalation.escalated", {"addressee": str(addressee)})
        elif one.went_up_at is None and queries.is_overdue(one, off):
            one.went_up_at = clock.now()
            one.save(update_fields=["went_up_at"])
            _tell(one, "escalation.went_up", {"where": one.where})
        else:
            continue
        changed.append(one)
    return changed


@transaction.atomic
def acknowledge(*, escalation: Escalation, by: User, plan: str, owner: Membership, due_on: date) -> Escalation:
    """Answer an escalation with a plan: the action, its owner, and by when (M5). Once per episode.

    Raises NotYours, Invalid, or EscalationRefused when it is not, or no longer, escalated.
    """
    one = _locked(escalation, by, "adoption.acknowledge")
    if not one.is_unanswered:
        raise EscalationRefused(f"{one.code} is {one.get_state_display().lower()}; there is nothing to acknowledge.")
    after = _plan(one, plan, owner, due_on)
    one.state, one.acknowledged_by, one.acknowledged_at = EscalationState.ACKNOWLEDGED, by, clock.now()
    one.save()
    _tell(one, "escalation.acknowledged", after, by=by)
    return one


@transaction.atomic
def change_plan(
    *, escalation: Escalation, by: User, plan: str, owner: Membership, due_on: date, reason: str
) -> Escalation:
    """Replace the plan of an acknowledged episode, for a reason; the old one stays in its story."""
    one = _locked(escalation, by, "adoption.acknowledge")
    if one.state != EscalationState.ACKNOWLEDGED:
        raise EscalationRefused(f"{one.code} is {one.get_state_display().lower()}; it has no plan that runs.")
    if not reason.strip():
        raise Invalid("Say why the plan changes.", field="reason")
    old = f"{one.plan} {one.owner.user.display if one.owner else ''}, due {one.due_on or 'without a day'}."
    before = {"plan": one.plan, "owner": str(one.owner), "due_on": str(one.due_on or "")}
    after = _plan(one, plan, owner, due_on)
    if after == before:
        return one
    one.save()
    _note(one, NoteKind.PLAN, f"{reason.strip()} Before: {old}", by)
    audit.record(by=by, verb="escalation.replanned", subject=one, before=before, after=after, note=reason.strip())
    outbox.put("escalation.replanned", one)
    return one


def _plan(one: Escalation, plan: str, owner: Membership, due_on: date) -> dict[str, str]:
    """Set the plan on the row, unsaved; what it says now. Raises Invalid."""
    if len(plan.strip()) < 10:
        raise Invalid("Say in a sentence what will be done.", field="plan")
    if owner.program_id != one.program_id or not owner.is_active:
        raise Invalid("The owner has to be an active member of this program.", field="owner")
    if due_on < clock.today(one.program):
        raise Invalid("The action cannot be due in the past.", field="due_on")
    one.plan, one.owner, one.due_on = plan.strip(), owner, due_on
    return {"plan": one.plan, "owner": str(owner), "due_on": str(due_on)}


@transaction.atomic
def comment(*, escalation: Escalation, by: User, text: str) -> EscalationNote:
    """Write a line into the story of an episode, whatever its state."""
    one = _locked(escalation, by, "adoption.follow")
    if not text.strip():
        raise Invalid("Write what you want to say.", field="text")
    found = _note(one, NoteKind.COMMENT, text.strip(), by)
    audit.record(by=by, verb="escalation.commented", subject=one, note=found.text)
    outbox.put("escalation.commented", one)
    return found


@transaction.atomic
def close(*, escalation: Escalation, by: User, outcome: str) -> Escalation:
    """Close an episode that is over, with what came of the plan: what the next one learns from (M5).

    A metric still worse than its target closes nothing: raises EscalationRefused.
    """
    one = _locked(escalation, by, "adoption.follow")
    if not one.is_to_close:
        why = "closed already" if one.closed_at else one.get_state_display().lower()
        raise EscalationRefused(f"{one.code} is {why}. Only an episode that is over and was escalated is closed.")
    if len(outcome.strip()) < 10:
        raise Invalid("Say in a sentence what helped, or what did not.", field="outcome")
    one.outcome, one.closed_by, one.closed_at = outcome.strip(), by, clock.now()
    one.save()
    _tell(one, "escalation.closed", {"outcome": one.outcome}, by=by)
    return one


def _locked(escalation: Escalation, by: User, action: str) -> Escalation:
    """The row as it is now, locked, if `by` may do `action` to it. Raises NotYours."""
    policy.require(by, action, escalation)
    Escalation.objects.lock(escalation.pk)
    return Escalation.objects.select_related("program", "team", "owner__user").get(pk=escalation.pk)


def programs_waiting() -> Iterable[Program]:
    """The programs in which somebody owes an answer."""
    return Program.objects.filter(pk__in=Escalation.objects.unanswered().order_by().values("program"))
