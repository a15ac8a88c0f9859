"""Make the demo's accounts and programs, and set their stories going.

Everything is told through the same services as a real program, by a clock that the
story sets. Dates are relative to today. People appear as role titles only.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction

from crmprogram.demo import orrery, quillhaven, story
from crmprogram.demo.jobs import KIND, PROGRAMS
from crmprogram.jobs.models import Job
from crmprogram.jobs.services import start_job
from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.models import Program, Role, User


def prepare(rows: int = orrery.EXPORT_ROWS, reps: int = quillhaven.REPS) -> list[dict[str, Any]]:
    """Make what is missing of accounts, programs and stories; returns the accounts with their passwords.

    Of each account: title, user name, password, and the role in each company's program. `rows`
    is the size of the new rollout's export, `reps` how many work in the rescue's CRM.
    Quick, and safe to call at every start: passwords that were told before stay valid.
    """
    told = _told_passwords()
    accounts: list[dict[str, Any]] = []
    with transaction.atomic():
        users = {}
        for one in story.ACCOUNTS:
            users[one.username], password = _account(one.username, one.title, told.get(one.username, ""))
            roles = {PROGRAMS[key].values["company"]: str(part.role.label) for key, part in one.parts.items()}
            accounts.append({"role": one.title, "username": one.username, "password": password, "programs": roles})
        for key, size in ((story.NEW, rows), (story.RESCUE, reps)):
            program = Program.objects.filter(slug=PROGRAMS[key].slug).first() or _program(key, users)
            if not Job.objects.filter(kind=KIND, program=program).exists():
                params = {"story": key, "today": clock.today(program).isoformat(), "size": size}
                start_job(program=program, kind=KIND, params=params)
    return accounts


def _told_passwords() -> dict[str, str]:
    try:
        rows = json.loads((settings.DATA_DIR / "demo-accounts.json").read_text())
        return {row["username"]: row["password"] for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _account(username: str, title: str, told: str) -> tuple[User, str]:
    is_admin = username == "admin"
    user, is_new = User.objects.get_or_create(
        username=username,
        defaults={
            "email": f"{username}@orrery.example",
            "first_name": title,
            "is_staff": is_admin,
            "is_superuser": is_admin,
        },
    )
    if not is_new and told and check_password(told, user.password):
        return user, told
    password = told or secrets.token_urlsafe(9)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user, password


def _program(key: str, users: dict[str, User]) -> Program:
    """A fictional company on the day its program began, with everybody in it by invitation."""
    told = PROGRAMS[key]
    zone = ZoneInfo(told.values["time_zone"])  # its chapters count from the same day
    start = told.began(clock.now().astimezone(zone).date())
    runner = users["sales-ops"]
    with clock.at(start):
        go_live_on = start.date() + timedelta(days=told.go_live_days)
        program = programs.create_program(
            by=runner,
            starts_on=start.date(),
            go_live_on=go_live_on,
            **told.values,
        )
        for team in told.teams:
            live_on: date | None = None
            if team.live_weeks_ago is not None:
                live_on = start.date() - timedelta(weeks=team.live_weeks_ago)
            elif team.follows is not None:
                live_on = go_live_on + timedelta(weeks=team.follows)
            programs.save_team(
                program=program,
                by=runner,
                name=team.name,
                function=team.function,
                region=team.region,
                seats=team.seats,
                wave=team.wave,
                go_live_on=live_on,
            )
    invited = [one for one in story.ACCOUNTS if key in one.parts and one.parts[key].role != Role.SALES_OPS]
    for number, one in enumerate(invited, start=1):
        part = one.parts[key]
        with clock.at(start + timedelta(minutes=10 * number)):
            _, token = programs.invite_member(
                program=program,
                by=runner,
                email=users[one.username].email,
                role=part.role,
                function=part.function,
                position_title=part.position,
            )
            membership = programs.accept_invitation(token=token, user=users[one.username])
        if part.level:
            membership.positions.update(level=part.level)
    return program
