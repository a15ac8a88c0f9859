"""Change the rows and letters of the RACI, and sign it as a whole (R1)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Position, Program, User
from governance import raci
from governance.deliverables import DELIVERABLES, POSITIONS, USUAL
from governance.errors import AlreadySigned, FixedRow, RaciNotReady
from governance.models import Activity, Assignment, RaciSignoff
from governance.queries import load_matrix
from governance.services.sponsor import name_accountable
from phases.services.saving import save_checked


@transaction.atomic
def set_cell(*, activity: Activity, position: Position, letters: str, by: User) -> str:
    """Give `position` these letters in the row: A, R, AR, C, I, or "" for none. Returns what it has now.

    Two A's in a row are stored and shown as a conflict (R1). In the fixed row an A names
    the executive sponsor, with all that `name_accountable` asks for.
    """
    policy.require(by, "raci.edit", activity)
    activity = Activity.objects.select_related("program").lock(activity.pk)
    letters = letters.strip().upper()
    letters = "AR" if letters == "RA" else letters
    if letters and letters not in raci.LETTERS:
        raise Invalid("A cell takes R, A, C or I, or A and R together.", field="letters")
    if position.program_id != activity.program_id:
        raise Invalid("This position belongs to another program.", field="position")
    found = Assignment.objects.filter(activity=activity, position=position).first()
    was = found.letters if found else ""
    if letters == was:
        return was
    if activity.is_fixed and ("A" in letters) != ("A" in was):
        if "A" not in letters:
            raise FixedRow("This A names the executive sponsor. Release the sponsor, or name another.")
        name_accountable(program=activity.program, position=position, by=by)
    _write(activity, position, letters)
    audit.record(
        by=by,
        verb="raci.cell",
        subject=activity,
        before={"letters": was},
        after={"letters": letters, "position": position.title},
    )
    return letters


@transaction.atomic
def set_row(*, activity: Activity, letters: dict[int, str], by: User) -> None:
    """Set several cells of a row at once: position key → letters. All of them, or none."""
    policy.require(by, "raci.edit", activity)
    positions = Position.objects.of(activity.program).in_bulk(list(letters))
    if len(positions) != len(letters):
        raise Invalid("A position of the row is no longer there. Load the page again.", field="position")
    for key, value in letters.items():
        set_cell(activity=activity, position=positions[key], letters=value, by=by)


@transaction.atomic
def keep_accountable(*, activity: Activity, position: Position, by: User) -> None:
    """Make `position` the one A of the row; who else had an A becomes Consulted, or stays Responsible (R1)."""
    policy.require(by, "raci.edit", activity)
    activity = Activity.objects.select_related("program").lock(activity.pk)
    if position.program_id != activity.program_id:
        raise Invalid("This position belongs to another program.", field="position")
    if activity.is_fixed:
        name_accountable(program=activity.program, position=position, by=by)
        return
    before = _letters(activity)
    for one in activity.assignments.filter(letters__contains="A").exclude(position=position):
        one.letters = raci.step_down(one.letters)
        one.save(update_fields=["letters"])
    _write(activity, position, raci.take_on(before.get(position.title, "")))
    after = _letters(activity)
    changed = {title for title in before.keys() | after.keys() if before.get(title) != after.get(title)}
    audit.record(
        by=by,
        verb="raci.repaired",
        subject=activity,
        before={title: before.get(title, "") for title in sorted(changed)},
        after={title: after.get(title, "") for title in sorted(changed)},
    )


@transaction.atomic
def add_activity(*, program: Program, by: User, title: str, phase: int) -> Activity:
    """Add a row at the end of its phase."""
    policy.require(by, "raci.edit", program)
    last = Activity.objects.of(program).filter(phase=phase).aggregate(last=Max("order"))["last"] or 0
    activity = Activity(program=program, title=" ".join(title.split()), phase=phase, order=last + 1)
    save_checked(activity)
    audit.record(by=by, verb="raci.row_added", subject=activity, after={"title": activity.title, "phase": phase})
    return activity


@transaction.atomic
def change_activity(*, activity: Activity, by: User, title: str, phase: int) -> Activity:
    """Rename a row or move it to another phase; the fixed row stays as it is."""
    policy.require(by, "raci.edit", activity)
    activity = Activity.objects.select_related("program").lock(activity.pk)
    values: dict[str, object] = {"title": " ".join(title.split()), "phase": phase}
    before, after = audit.changes(activity, values)
    if not after:
        return activity
    if activity.is_fixed:
        raise FixedRow("This row says who is Accountable for the program. It cannot be renamed or moved.")
    save_checked(activity)
    audit.record(by=by, verb="raci.row_changed", subject=activity, before=before, after=after)
    return activity


@transaction.atomic
def remove_activity(*, activity: Activity, by: User) -> None:
    """Remove a row with its letters; the fixed row cannot be removed."""
    policy.require(by, "raci.edit", activity)
    if activity.is_fixed:
        raise FixedRow("This row says who is Accountable for the program. It cannot be removed.")
    audit.record(by=by, verb="raci.row_removed", subject=activity, before=_letters(activity))
    activity.delete()


@transaction.atomic
def suggest_letters(*, program: Program, by: User) -> int:
    """Fill the rows that have no letters yet with the usual ones; returns how many rows were filled.

    Only for positions that exist here by title; a row with any letter is left alone, and
    the fixed row's A is never proposed.
    """
    policy.require(by, "raci.edit", program)
    program = Program.objects.lock(program.pk)
    titles = {position.title.casefold(): position for position in Position.objects.of(program)}
    new = []
    for activity in Activity.objects.of(program).filter(assignments__isnull=True):
        for title, letters in USUAL.get(activity.title, {}).items():
            if position := titles.get(title.casefold()):
                new.append(Assignment(activity=activity, position=position, letters=letters))
    Assignment.objects.bulk_create(new)
    filled = len({one.activity_id for one in new})
    if filled:
        audit.record(by=by, verb="raci.suggested", subject=program, after={"rows": filled})
    return filled


@transaction.atomic
def sign_raci(*, program: Program, by: User, seen_digest: str = "") -> RaciSignoff:
    """Sign the RACI as a whole; the next version is frozen (R1).

    Raises RaciNotReady with the rows that break the rule, AlreadySigned when nothing
    changed since the last version, and Conflict when somebody changed a letter since the
    page with `seen_digest` was shown.
    """
    policy.require(by, "raci.sign", program)
    matrix = load_matrix(Program.objects.lock(program.pk))
    if seen_digest and seen_digest != matrix.digest:
        raise Conflict("The RACI was changed since this page was shown. Look at it again, then sign.")
    if matrix.conflicts:
        rows = [{"row": row.activity.title, "violation": row.violations[0].title} for row in matrix.conflicts]
        named = ", ".join(f"“{row.activity.title}”" for row in matrix.conflicts[:3])
        more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
        raise RaciNotReady(f"Rows to repair before it can be signed: {named}{more}.", rows=rows)
    if matrix.is_signed:
        assert matrix.signoff is not None
        raise AlreadySigned(f"Nothing changed since version {matrix.signoff.version}.")
    signoff = RaciSignoff.objects.create(
        program=program,
        version=(matrix.signoff.version if matrix.signoff else 0) + 1,
        rows=matrix.snapshot,
        digest=matrix.digest,
        signed_by=by,
        signed_at=clock.now(),
    )
    audit.record(by=by, verb="raci.signed", subject=signoff, after={"version": signoff.version})
    outbox.put("raci.signed", signoff)
    return signoff


def furnish_program(program: Program, by: User) -> None:
    """Give a new program its positions and rows; the maker's own position keeps its title.

    Nothing is assigned but the maker's R in the fixed row: who answers is for people to say.
    """
    have = {position.title: position for position in Position.objects.of(program)}
    for order, (title, level) in enumerate(POSITIONS, start=1):
        if position := have.get(title):
            position.order = order
            position.save(update_fields=["order"])
        else:
            Position.objects.create(program=program, title=title, level=level, order=order)
    Activity.objects.bulk_create(
        Activity(program=program, phase=one.phase, title=one.title, order=order, is_fixed=one.is_fixed)
        for order, one in enumerate(DELIVERABLES, start=1)
    )
    mine = Position.objects.of(program).filter(membership__user=by).first()
    if mine:
        fixed = Activity.objects.of(program).get(is_fixed=True)
        Assignment.objects.create(activity=fixed, position=mine, letters="R")


def _write(activity: Activity, position: Position, letters: str) -> None:
    if letters:
        Assignment.objects.update_or_create(activity=activity, position=position, defaults={"letters": letters})
    else:
        Assignment.objects.filter(activity=activity, position=position).delete()


def _letters(activity: Activity) -> dict[str, str]:
    """Letters by position title."""
    return dict(activity.assignments.order_by("position").values_list("position__title", "letters"))
