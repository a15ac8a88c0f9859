"""Say who an owner is, and which days count (M9). Nobody is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from adoption import calendars
from adoption.errors import RepRefused
from adoption.events import owner_key
from adoption.models import Absence, Holiday, Rep, RepState, TeamCalendar
from adoption.services.storing import reps_of
from adoption.services.weeks import start_recompute
from crmprogram.program import audit, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, Team, User


@transaction.atomic
def settle_reps(
    *,
    program: Program,
    by: User,
    reps: Sequence[Rep],
    team: Team | None = None,
    excluded: bool = False,
    reason: str = "",
) -> list[Rep]:
    """Say that these owners are reps of `team`, or no reps at all, with the reason. Weeks are computed again.

    Raises NotYours, Invalid, RepRefused.
    """
    policy.require(by, "adoption.reps", program)
    if not reps:
        raise RepRefused("Tick the owners first.")
    if excluded == (team is not None):
        raise RepRefused("An owner is either a rep of a team or no rep.")
    if excluded and not reason.strip():
        raise Invalid("Say why this owner is not a rep, for example “integration user”.", field="reason")
    if any(one.program_id != program.pk for one in reps) or (team is not None and team.program_id != program.pk):
        raise RepRefused("These are not of this program.")
    _refuse_names(reps)
    if excluded and (kept := next((one for one in reps if one.other_names.exists()), None)):
        raise RepRefused(f"{kept.code} has other names: take them apart first.")
    for one in reps:
        before = {"state": one.state, "team": one.team_id}
        one.state = RepState.EXCLUDED if excluded else RepState.COUNTED
        one.team, one.reason = team, reason.strip()[:200] if excluded else ""
        one.save(update_fields=["state", "team", "reason"])
        one.other_names.update(team=one.team)
        audit.record(
            by=by, verb="rep.settled", subject=one, before=before, after={"state": one.state, "team": one.team_id}
        )
    start_recompute(program=program, by=by)
    return list(reps)


def _refuse_names(reps: Iterable[Rep]) -> None:
    """Another name of a rep is settled with the rep."""
    if name := Rep.objects.merged().filter(pk__in=[one.pk for one in reps]).first():
        raise RepRefused(f"{name.code} is another name of a rep: take it apart first.")


@transaction.atomic
def merge_reps(*, rep: Rep, names: Sequence[Rep], by: User, reason: str) -> list[Rep]:
    """Say that these owners are other names of `rep`: what they log is the rep's. Weeks are computed again.

    No row moves; `take_apart` undoes it exactly. Raises NotYours, Invalid, RepRefused.
    """
    policy.require(by, "adoption.reps", rep)
    if not names:
        raise RepRefused("Tick the owners first.")
    if not reason.strip():
        raise Invalid("Say how you know that this is one person.", field="reason")
    Program.objects.lock(rep.program_id)
    rep = Rep.objects.select_related("team", "program").get(pk=rep.pk)
    if rep.state != RepState.COUNTED:
        raise RepRefused(f"{rep.code} is no rep who counts: choose the one who is.")
    found = list(Rep.objects.filter(pk__in=[one.pk for one in names], program=rep.program))
    if len(found) != len(names) or rep.pk in {one.pk for one in found}:
        raise RepRefused("These are not other owners of this program.")
    _refuse_names(found)
    if taken := next((one for one in found if one.other_names.exists()), None):
        raise RepRefused(f"{taken.code} has other names itself: take them apart first.")
    for one in found:
        one.before_merge = {"state": one.state, "team": one.team_id, "reason": one.reason}
        one.state, one.same_as, one.team, one.reason = RepState.MERGED, rep, rep.team, reason.strip()[:200]
        one.save(update_fields=["state", "same_as", "team", "reason", "before_merge"])
        audit.record(
            by=by, verb="rep.merged", subject=one, before=one.before_merge, after={"same as": rep.code}, note=one.reason
        )
    start_recompute(program=rep.program, by=by)
    return found


@transaction.atomic
def take_apart(*, name: Rep, by: User) -> Rep:
    """Undo a merge: the owner is again what it was before. Weeks are computed again. Raises NotYours, RepRefused."""
    policy.require(by, "adoption.reps", name)
    Program.objects.lock(name.program_id)
    name = Rep.objects.select_related("program", "same_as").get(pk=name.pk)
    if name.same_as is None:
        raise RepRefused(f"{name.code} is no other name of anybody.")
    was, kept = name.before_merge, name.same_as
    name.state, name.team_id, name.reason = was["state"], was["team"], was["reason"]
    name.same_as, name.before_merge = None, {}
    name.save(update_fields=["state", "same_as", "team", "reason", "before_merge"])
    audit.record(
        by=by, verb="rep.taken_apart", subject=name, before={"same as": kept.code}, after={"state": name.state}
    )
    start_recompute(program=name.program, by=by)
    return name


@transaction.atomic
def change_rep(*, rep: Rep, by: User, **values: Any) -> Rep:
    """Change team, first and last day, pilot start or weekdays of a rep; the weeks are computed again."""
    policy.require(by, "adoption.reps", rep)
    before = {name: str(getattr(rep, name) or "") for name in values}
    if unknown := set(values) - {"team", "starts_on", "leaves_on", "pilot_on", "works_on"}:
        raise ValueError(unknown)
    _refuse_names([rep])
    for name, value in values.items():
        setattr(rep, name, value)
    if rep.team is not None and rep.team.program_id != rep.program_id:
        raise RepRefused("This team is not of this program.")
    if rep.state == RepState.COUNTED and rep.team is None:
        raise Invalid("A rep who is counted needs a team.", field="team")
    if not set(rep.works_on) <= set("0123456"):
        raise Invalid("The days of part time are 0 for Monday to 6 for Sunday.", field="works_on")
    if rep.starts_on and rep.leaves_on and rep.leaves_on < rep.starts_on:
        raise Invalid("The last day is before the first.", field="leaves_on")
    rep.save()
    rep.other_names.update(team=rep.team)
    after = {name: str(getattr(rep, name) or "") for name in values}
    if after != before:
        audit.record(by=by, verb="rep.changed", subject=rep, before=before, after=after)
        start_recompute(program=rep.program, by=by)
    return rep


@transaction.atomic
def add_absence(*, rep: Rep, by: User, first_on: date, last_on: date) -> Absence:
    """Enter leave of a rep: those days are not due (M9)."""
    policy.require(by, "adoption.reps", rep)
    if last_on < first_on:
        raise Invalid("The last day is before the first.", field="last_on")
    absence, is_new = Absence.objects.get_or_create(rep=rep, first_on=first_on, last_on=last_on)
    if is_new:
        audit.record(by=by, verb="rep.absent", subject=rep, after={"from": str(first_on), "to": str(last_on)})
        start_recompute(program=rep.program, by=by)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, by: User) -> None:
    policy.require(by, "adoption.reps", absence.rep)
    audit.record(by=by, verb="rep.absence_removed", subject=absence.rep, before={"from": str(absence.first_on)})
    program = absence.rep.program
    absence.delete()
    start_recompute(program=program, by=by)


@transaction.atomic
def add_holiday(*, program: Program, by: User, day: date, name: str, team: Team | None = None) -> Holiday:
    """Enter a day off, of one team or of all (M9)."""
    policy.require(by, "adoption.targets", program)
    if team is not None and team.program_id != program.pk:
        raise RepRefused("This team is not of this program.")
    holiday, is_new = Holiday.objects.get_or_create(
        program=program, team=team, day=day, defaults={"name": name.strip()}
    )
    if is_new:
        audit.record(by=by, verb="holiday.added", subject=holiday, program=program, after={"day": str(day)})
        start_recompute(program=program, by=by)
    return holiday


@transaction.atomic
def set_calendar(*, program: Program, by: User, team: Team, country: str, part: str = "") -> TeamCalendar | None:
    """Say in which country a team works: its weekends and public holidays are no working days (M9).

    "" takes the calendar away: Saturday and Sunday, and the days off that are entered. Raises NotYours,
    Invalid for a country, or a part of one, that is not known.
    """
    policy.require(by, "adoption.targets", program)
    if team.program_id != program.pk:
        raise RepRefused("This team is not of this program.")
    if country and not calendars.is_known(country, part):
        raise Invalid(f"The calendar of “{country}{'-' if part else ''}{part}” is not known.", field="country")
    old = TeamCalendar.objects.filter(team=team).first()
    before = {"country": old.country, "part": old.part} if old else {}
    after = {"country": country, "part": part if country else ""} if country else {}
    if before == after:
        return old
    calendar = None
    if country:
        calendar, _ = TeamCalendar.objects.update_or_create(team=team, defaults=after)
    elif old is not None:
        old.delete()
    audit.record(by=by, verb="calendar.set", subject=team, program=program, before=before, after=after)
    start_recompute(program=program, by=by)
    return calendar


@transaction.atomic
def enter_reps(*, program: Program, by: User, rows: Sequence[tuple[str, Team]]) -> list[Rep]:
    """Enter known owners before any export names them: (key in the CRM, team). Those there already are settled so."""
    policy.require(by, "adoption.reps", program)
    found = reps_of(program, {owner_key(key) for key, _ in rows})
    _refuse_names(found.values())
    done: list[Rep] = []
    for team in dict.fromkeys(team for _, team in rows):
        mine = [found[owner_key(key)] for key, of in rows if of == team]
        for one in mine:
            if one.team_id != team.pk or one.state != RepState.COUNTED:
                one.state, one.team, one.reason = RepState.COUNTED, team, ""
                one.save(update_fields=["state", "team", "reason"])
                one.other_names.update(team=one.team)
                audit.record(by=by, verb="rep.settled", subject=one, after={"state": one.state, "team": team.pk})
        done += mine
    if done:
        start_recompute(program=program, by=by)
    return done
