"""The program floor's own pages, below the line of phases; and what uploaded files ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from crmprogram.intake.models import Upload
from crmprogram.program import policy
from crmprogram.program.models import Membership, Program, Team
from crmprogram.web.jump import AT_MOST, Hit, finder
from crmprogram.web.shell import NextItem, next_item, rail_item

rail_item(phase=3, order=5, label="Uploads", url="web:uploads", action="upload.view")
rail_item(phase=9, order=10, label="Members", url="web:members", action="members.view", icon="people")
rail_item(phase=9, order=20, label="Teams and waves", url="web:teams", action="teams.view", icon="waves")
rail_item(phase=9, order=30, label="Background work", url="web:jobs", action="jobs.view", icon="running")
rail_item(phase=9, order=40, label="History", url="web:history", action="program.history", icon="history")
rail_item(phase=9, order=50, label="Settings", url="web:settings", action="program.view", icon="settings")


@next_item
def unanswered(user: Any, program: Program, look: Any) -> Sequence[NextItem]:
    """Files that wait for a person to say how their letters are stored."""
    if not policy.can(user, "upload.add", program):
        return []
    uploads = Upload.objects.of(program).asking().select_related("program").order_by("pk")[:5]
    return [
        NextItem(
            f"Choose the {'sheet' if upload.sheets else 'encoding'} of {upload.name}",
            f"{upload.code} waits for it",
            upload.get_absolute_url(),
            "watch",
        )
        for upload in uploads
    ]


@finder
def uploads(program: Program, user: Any, text: str) -> Sequence[Hit]:
    """Files by name or number: U-03."""
    if not policy.can(user, "upload.view", program):
        return []
    number = text.upper().removeprefix("U-")
    named = Q(name__icontains=text) | (Q(number=int(number)) if number.isdecimal() and len(number) < 9 else Q())
    found = Upload.objects.of(program).select_related("program").filter(named).order_by("-pk")[:5]
    return [Hit(str(upload), upload.get_absolute_url(), "File") for upload in found]


@finder
def members_and_teams(program: Program, user: Any, text: str) -> list[Hit]:
    """Members by their name, teams by theirs."""
    named = Q(user__first_name__icontains=text) | Q(user__last_name__icontains=text) | Q(user__username__icontains=text)
    members = Membership.objects.of(program).active().filter(named).select_related("user").order_by("pk")[:AT_MOST]
    teams = Team.objects.of(program).filter(name__icontains=text)[:AT_MOST]
    return [
        *(Hit(one.user.display, reverse("web:member", args=[program.slug, one.pk]), "Member") for one in members),
        *(Hit(one.name, reverse("web:team", args=[program.slug, one.pk]), "Team") for one in teams),
    ]
