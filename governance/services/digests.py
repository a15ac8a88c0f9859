"""Digests by role: the sponsor's decisions, what sales ops owes, and each audience its own numbers (X3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role
from crmprogram.web import shell
from governance.five_minutes import FiveMinutes
from governance.models import Delivery, DeliveryState
from governance.services.audience_digests import OF_AUDIENCE, Digest, digest_of, is_monday, is_working, week_of
from governance.services.mail import body_of, subject_of
from phases.registry import Look

FROM = time(7)  # the program's own time


def decisions(look: Look, member: Membership) -> list[str]:
    """What needs the sponsor's decision, with why."""
    return [f"* {one.title}. {one.why}" for one in FiveMinutes(look, member.user).items]


def owed(look: Look, member: Membership) -> list[str]:
    """What the person owes, most pressing first."""
    found = shell.next_for(member.user, look.program, look)
    return [f"* {one.title}. {one.text}" + (f" ({one.due_on:%-d %b})" if one.due_on else "") for one in found]


WEEKLY = Digest(
    "weekly", "This week's decisions", "on Mondays", lambda program: _at("governance:five-minutes", program),
    is_monday, week_of, decisions,
)  # fmt: skip
DAILY = Digest(
    "daily", "What you owe today", "each working day", lambda program: _at("governance:overview", program),
    is_working, str, owed,
)  # fmt: skip
ALL = (WEEKLY, DAILY, *OF_AUDIENCE.values())


def _at(name: str, program: Program) -> str:
    return reverse(name, args=[program.slug])


def digests_of(program: Program, member: Membership) -> list[Digest]:
    """What a member is sent: the sponsor their decisions, who runs the program what is owed, each audience its own."""
    found = []
    if program.accountable is not None and program.accountable.membership_id == member.pk:
        found.append(WEEKLY)
    if member.role == Role.SALES_OPS:
        found.append(DAILY)
    if own := digest_of(member):
        found.append(own)
    return found


def send_digests() -> int:
    """Queue the digests that are due; returns how many say something.

    Each is looked at once in its period, at seven in the program's time or after; one that has nothing
    to say is noted as that, and not sent.
    """
    said = 0
    for program in Program.objects.select_related("accountable").order_by("pk"):
        local = clock.now().astimezone(ZoneInfo(program.time_zone))
        if local.time() < FROM:
            continue
        due = [
            (member, digest)
            for member in Membership.objects.of(program).active().select_related("user").order_by("pk")
            if wants(member)
            for digest in digests_of(program, member)
            if digest.is_day(local.date())
        ]
        keys = {_key(digest, local.date()) for _, digest in due}
        told = set(Delivery.objects.of(program).filter(key__in=keys).values_list("key", "user"))
        for member, digest in due:
            if (_key(digest, local.date()), member.user_id) not in told:
                said += _queue(program, member, digest, local.date())
    return said


def wants(member: Membership) -> bool:
    """Can this person be reached, and have they not switched digests off?"""
    user = member.user
    return member.is_active and user.is_active and bool(user.email) and user.mail_digests


def next_day(digest: Digest, today: date) -> date:
    """The next day on which it comes, today included."""
    return next(on for on in (today + timedelta(days=n) for n in range(100)) if digest.is_day(on))


def subject_for(program: Program, digest: Digest, lines: Sequence[str]) -> str:
    return subject_of(program, f"{digest.subject}: {sum(line.startswith('*') for line in lines)}")


def _key(digest: Digest, day: date) -> str:
    return f"digest:{digest.name}:{digest.period(day)}"


def _queue(program: Program, member: Membership, digest: Digest, day: date) -> bool:
    lines = digest.lines(Look(program), member)
    values = {"topic": f"digest.{digest.name}", "state": DeliveryState.QUEUED if lines else DeliveryState.NOTHING}
    if lines:
        values["subject"] = subject_for(program, digest, lines)
        values["body"] = body_of(program, lines, digest.page(program))
    _, is_new = Delivery.objects.get_or_create(
        program=program, key=_key(digest, day), user=member.user, defaults=values
    )
    return is_new and bool(lines)
