"""Digests by role: the sponsor weekly, decisions only; sales ops each working day, what is owed (X3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role
from crmprogram.web import shell
from governance.five_minutes import FiveMinutes
from governance.models import Delivery, DeliveryState
from governance.services.mail import body_of, subject_of
from phases.registry import Look

FROM = time(7)  # the program's own time


@dataclass(frozen=True)
class Digest:
    """`is_day` says on which days it is due, `period` names them; `lines` are what it says, [] for nothing."""

    name: str
    subject: str
    page: str
    is_day: Callable[[date], bool]
    period: Callable[[date], str]
    lines: Callable[[Look, Membership], list[str]]


def decisions(look: Look, member: Membership) -> list[str]:
    """What needs the sponsor's decision, with why."""
    return [f"* {one.title}. {one.why}" for one in FiveMinutes(look, member.user).items]


def owed(look: Look, member: Membership) -> list[str]:
    """What the person owes, most pressing first."""
    found = shell.next_for(member.user, look.program, look)
    return [f"* {one.title}. {one.text}" + (f" ({one.due_on:%-d %b})" if one.due_on else "") for one in found]


WEEKLY = Digest(
    "weekly",
    "This week's decisions",
    "governance:five-minutes",
    lambda day: day.weekday() == 0,
    lambda day: "{}-W{:02d}".format(*day.isocalendar()[:2]),
    decisions,
)
DAILY = Digest("daily", "What you owe today", "governance:overview", lambda day: day.weekday() < 5, str, owed)


def send_digests() -> int:
    """Queue the digests that are due; returns how many say something.

    Each is looked at once in its period, at seven in the program's time or after; one that has nothing
    to say is noted as that, and not sent.
    """
    said = 0
    for program in Program.objects.select_related("accountable__membership__user").order_by("pk"):
        local = clock.now().astimezone(ZoneInfo(program.time_zone))
        if local.time() < FROM:
            continue
        for member, digest in _readers(program):
            if digest.is_day(local.date()):
                said += _queue(program, member, digest, local.date())
    return said


def _readers(program: Program) -> Iterator[tuple[Membership, Digest]]:
    """The sponsor, and who runs the program; with an address, and not switched off."""
    accountable = program.accountable
    sponsor = accountable.membership if accountable else None
    if sponsor is not None and _wants(sponsor):
        yield sponsor, WEEKLY
    runners = Membership.objects.of(program).active().filter(role=Role.SALES_OPS).select_related("user")
    for one in runners:
        if _wants(one):
            yield one, DAILY


def _wants(member: Membership) -> bool:
    user = member.user
    return member.is_active and user.is_active and bool(user.email) and user.mail_digests


def _queue(program: Program, member: Membership, digest: Digest, day: date) -> bool:
    key = f"digest:{digest.name}:{digest.period(day)}"
    if Delivery.objects.filter(program=program, key=key, user=member.user).exists():
        return False
    lines = digest.lines(Look(program), member)
    values = {"topic": f"digest.{digest.name}", "state": DeliveryState.QUEUED if lines else DeliveryState.NOTHING}
    if lines:
        path = reverse(digest.page, args=[program.slug])
        values["subject"] = subject_of(program, f"{digest.subject}: {len(lines)}")
        values["body"] = body_of(program, lines, path)
    _, is_new = Delivery.objects.get_or_create(program=program, key=key, user=member.user, defaults=values)
    return is_new and bool(lines)
