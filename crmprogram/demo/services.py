"""Make the demo's accounts and set its story going.

Everything is told through the same services as a real program, by a clock that the
story sets. Dates are relative to today. People appear as role titles only.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction

from crmprogram.demo import story
from crmprogram.jobs.models import Job
from crmprogram.jobs.services import start_job
from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.models import Program, Role, User

SLUG = "orrery-instruments-crm-rollout"
KIND = "demo"


def prepare(rows: int = story.EXPORT_ROWS) -> list[dict[str, str]]:
    """Make what is missing of accounts, program and story; returns accounts with passwords.

    `rows` is the size of the generated export. Quick, and safe to call at every start:
    passwords that were told before stay valid.
    """
    told = _told_passwords()
    accounts = []
    with transaction.atomic():
        users = {}
        for username, title, *_ in story.ACCOUNTS:
            users[username], password = _account(username, title, told.get(username, ""))
            accounts.append({"role": title, "username": username, "password": password})
        program = Program.objects.filter(slug=SLUG).first() or _program(users)
    if not Job.objects.filter(kind=KIND, program=program).exists():
        params = {"today": clock.today(program).isoformat(), "rows": rows}
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


def _program(users: dict[str, User]) -> Program:
    """The fictional company on the day its program began, with everybody in it by invitation."""
    start = story.moment(clock.today(), story.STARTED_DAYS_AGO, hour=9)
    with clock.at(start):
        program = programs.create_program(
            by=users["sales-ops"],
            name="CRM rollout",
            company="Orrery Instruments",
            seats=60,
            industry="Scientific instruments",
            yearly_revenue=4_200_000_000,
            currency="EUR",
            time_zone="Europe/Berlin",
            starts_on=start.date(),
            go_live_on=start.date() + timedelta(days=200),
            lead_sources={"web": 40, "partners": 35, "trade shows": 25},
        )
        for number, (username, _, role, function, position, level) in enumerate(story.ACCOUNTS):
            if role is None or role == Role.SALES_OPS:
                continue
            with clock.at(start + timedelta(minutes=10 * (number + 1))):
                _, token = programs.invite_member(
                    program=program,
                    by=users["sales-ops"],
                    email=users[username].email,
                    role=role,
                    function=function,
                    position_title=position,
                )
                membership = programs.accept_invitation(token=token, user=users[username])
            if level:
                membership.positions.update(level=level)
        for name, function, region, seats, wave in story.TEAMS:
            programs.save_team(
                program=program,
                by=users["sales-ops"],
                name=name,
                function=function,
                region=region,
                seats=seats,
                wave=wave,
            )
    return program
