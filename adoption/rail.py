"""What adoption shows in the rail, and what its people owe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.urls import reverse

from adoption.models import Counting, Escalation
from adoption.queries import goes_up_on, is_overdue
from adoption.queries.checkpoints import open_standings
from adoption.services import counting
from crmprogram.intake.models import Upload
from crmprogram.program import clock, policy
from crmprogram.program.models import Membership, Program, Role
from crmprogram.web.shell import Alarm, FileStep, NextItem, alarms, file_step, next_item, rail_item


def _alerts(look: Any) -> str:
    count = len(look.adoption.standing)
    return f"{count} {'alert' if count == 1 else 'alerts'}" if count else ""


def _unanswered(look: Any) -> str:
    count = sum(one.is_unanswered for one in look.adoption.standing)
    return f"{count} to answer" if count else ""


def _unknown(look: Any) -> str:
    return f"{look.adoption.unknown} new" if look.adoption.unknown else ""


def _issues(look: Any) -> str:
    return f"{look.adoption.holding} open" if look.adoption.holding else ""


rail_item(phase=3, order=60, label="Issues", url="adoption:issues", action="issues.view", count=_issues)
rail_item(phase=5, order=10, label="Adoption", url="adoption:dashboard", action="adoption.view", count=_alerts)
rail_item(phase=5, order=15, label="Results", url="adoption:results", action="adoption.view")
rail_item(phase=5, order=20, label="Escalations", url="adoption:escalations", action="adoption.view", count=_unanswered)
rail_item(phase=5, order=25, label="Checkpoints", url="adoption:checkpoints", action="adoption.view")
rail_item(phase=4, order=30, label="Reps", url="adoption:reps", action="adoption.by_rep", count=_unknown)
rail_item(phase=4, order=40, label="Activity exports", url="adoption:imports", action="adoption.view")


@alarms
def escalated(programs: Sequence[Program]) -> dict[int, Alarm]:
    """Open escalations by program (M5), one query."""
    open_now = Escalation.objects.filter(program__in=programs).open().order_by()
    found = dict(open_now.values_list("program").annotate(Count("pk")))
    return {
        one.pk: Alarm(
            f"{found[one.pk]} {'escalation' if found[one.pk] == 1 else 'escalations'} open",
            reverse("adoption:escalations", args=[one.slug]),
        )
        for one in programs
        if one.pk in found
    }


@next_item
def checkpoints_next(user: Any, program: Program, look: Any) -> list[NextItem]:
    """Checkpoints to hold (M12)."""
    if not policy.can(user, "checkpoints.hold", program):
        return []
    page = reverse("adoption:checkpoints", args=[program.slug])
    return [
        NextItem(
            f"Hold the day-{one.milestone.day} checkpoint of wave {one.wave}",
            "It is late." if one.state == "late" else "Its day is come.",
            f"{page}#wave-{one.wave}",
            "unmet" if one.state == "late" else "watch",
            one.due_on,
            order=30,
        )
        for one in open_standings(look)
    ]


def _escalations(member: Membership, program: Program, look: Any) -> list[NextItem]:
    """What this person owes of escalations: the answer, the plan that is due, the last word (M5)."""
    items: list[NextItem] = []
    for one in look.adoption.standing:
        one.program = program
        what = f"{one.code}: {one.get_key_display().lower()}, {one.where}"
        if one.is_unanswered:
            until = goes_up_on(one, look.adoption.days_off)
            late = one.went_up_at is not None or is_overdue(one, look.adoption.days_off)
            if one.addressee_id == member.pk or (member.role == Role.SPONSOR and (late or one.addressee is None)):
                said = "Five working days passed without an answer." if late else "Answer with a plan and its owner."
                items.append(NextItem(f"Acknowledge {what}", said, one.get_absolute_url(), "unmet", until, order=10))
        elif one.owner_id == member.pk:
            late = one.due_on is not None and clock.today(program) > one.due_on
            said = f"The plan is past its day: {one.plan}" if late else one.plan
            status = "unmet" if late else "watch"
            items.append(NextItem(f"Your plan for {what}", said, one.get_absolute_url(), status, one.due_on, order=15))
    for one in look.adoption.to_close:
        one.program = program
        if member.pk == (one.owner_id or one.addressee_id):
            title = f"Close {one.code}: {one.get_key_display().lower()}, {one.where}"
            items.append(NextItem(title, "It is over. Say what came of it.", one.get_absolute_url(), "watch", order=45))
    return items


@next_item
def owed(user: Any, program: Program, look: Any) -> list[NextItem]:
    """Escalations to answer, to follow and to close (M5), owners nobody has settled yet."""
    items: list[NextItem] = []
    member = policy.membership_of(user, program)
    items += _escalations(member, program, look) if member else []
    if look.adoption.holding and policy.can(user, "issues.close", program):
        count = look.adoption.holding
        items.append(
            NextItem(
                f"Close {count} {'issue' if count == 1 else 'issues'} worse than minor",
                "A pilot is not through while one of them is open.",
                reverse("adoption:issues", args=[program.slug]),
                "unmet",
                order=20,
            )
        )
    if look.adoption.unknown and policy.can(user, "adoption.reps", program):
        count = look.adoption.unknown
        items.append(
            NextItem(
                f"Say who {count} {'owner is' if count == 1 else 'owners are'}",
                "Their activity counts for nobody until then.",
                reverse("adoption:reps", args=[program.slug]),
                "watch",
                order=40,
            )
        )
    return items


@file_step
def counted(user: Any, upload: Upload) -> list[FileStep]:
    """The page of a file's counting, or the way to it."""
    if upload.object not in counting.OBJECTS:
        return []
    url = reverse("adoption:import", args=[upload.program.slug, upload.number])
    if Counting.objects.filter(upload=upload).exists():
        return [FileStep("Open its counting", url, is_done=True)]
    return [FileStep("Count it for adoption", url)] if policy.can(user, "adoption.import", upload.program) else []
