"""Make and change programs, members, invitations, teams and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import (
    ApiToken,
    Function,
    Invitation,
    Membership,
    Position,
    Program,
    ProgramKind,
    Role,
    Team,
    User,
)
from crmprogram.program.presets import PRESETS, STANDARD

# upper floors register what a new program needs of theirs (gates, RACI rows), in `<app>/rights.py`
CREATED: list[Callable[[Program, User], None]] = []
# and what they do when a person leaves it (the sponsor: the program goes on hold)
LEFT: list[Callable[[Membership, User], None]] = []

INVITATION_DAYS = 14
TOKEN_DAYS_AT_MOST = 366


class LastRunner(DomainError):
    """A program must keep somebody who runs it."""

    code = "last_runner"


class InvitationUnusable(DomainError):
    """The link was used, revoked or has expired."""

    code = "invitation_unusable"


PROGRAM_FIELDS = (
    "name",
    "company",
    "kind",
    "seats",
    "industry",
    "yearly_revenue",
    "currency",
    "time_zone",
    "starts_on",
    "go_live_on",
    "lead_sources",
    "platform_chosen",
    "platform_name",
)

PROFILE_FIELDS = ("first_name", "last_name", "theme", "single_keys", "time_zone", "mail_notices", "mail_digests")


def check_lead_sources(shares: dict[str, int]) -> None:
    """Raise Invalid unless the shares are whole percents that sum to 100, or there are none (P1)."""
    if not isinstance(shares, dict) or any(type(share) is not int or share < 0 for share in shares.values()):
        raise Invalid("Lead sources are whole percents, for example web 40.", field="lead_sources")
    if shares and sum(shares.values()) != 100:
        raise Invalid(f"The lead-source shares sum to {sum(shares.values())} %, not 100 %.", field="lead_sources")


@transaction.atomic
def create_program(
    *,
    by: User,
    function: str = Function.OPERATIONS,
    teams: Iterable[dict[str, Any]] = (),
    thresholds: str = STANDARD,
    **values: Any,
) -> Program:
    """Make a program with `by` as its sales-ops manager (P1, P3).

    `teams` are the values of `save_team`, `thresholds` the template they start from. It begins on
    hold: without an accepted sponsor no gate can be requested (R3). Raises Invalid for a template
    nobody knows, and what `save_team` raises; then nothing is made.
    """
    check_lead_sources(values.get("lead_sources") or {})
    if thresholds not in PRESETS:
        raise Invalid(f"There is no template of thresholds called {thresholds}.", field="thresholds")
    program = Program(
        slug=_free_slug(f"{values['company']} {values['name']}"),
        created_by=by,
        created_at=clock.now(),
        on_hold=True,
        hold_reason="No executive sponsor has accepted yet.",
        **values,
    )
    program.full_clean(exclude=["created_by"])
    program.save()
    membership = Membership.objects.create(
        program=program, user=by, role=Role.SALES_OPS, function=function, accepted_at=clock.now()
    )
    Position.objects.create(program=program, title=Role.SALES_OPS.label, level="manager", membership=membership)
    by.__dict__.pop("_memberships", None)
    after = {"seats": program.seats, "kind": program.kind, "thresholds": thresholds}
    audit.record(by=by, verb="program.created", subject=program, after=after)
    for furnish in CREATED:
        furnish(program, by)
    for team in teams:
        save_team(program=program, by=by, **team)
    PRESETS[thresholds].apply(program, by)
    return program


def program_created(furnish: Callable[[Program, User], None]) -> Callable[[Program, User], None]:
    """Register what is done for every new program, in its transaction."""
    CREATED.append(furnish)
    return furnish


def member_left(notice: Callable[[Membership, User], None]) -> Callable[[Membership, User], None]:
    """Register what is done when a membership ends or its account is closed, in that transaction."""
    LEFT.append(notice)
    return notice


@transaction.atomic
def update_program(*, program: Program, by: User, **values: Any) -> Program:
    """Change the program's settings; only `PROGRAM_FIELDS` can be changed here."""
    policy.require(by, "program.edit", program)
    if unknown := set(values) - set(PROGRAM_FIELDS):
        raise Invalid(f"Not a setting of a program: {', '.join(sorted(unknown))}.")
    check_lead_sources(values.get("lead_sources") or {})
    before, after = audit.changes(program, values)
    program.full_clean(exclude=["created_by", "accountable"])
    if after:
        # the changed fields alone: the sponsor may have accepted, or left, since `program` was read
        program.save(update_fields=list(after))
        audit.record(by=by, verb="program.changed", subject=program, before=before, after=after)
    return program


@transaction.atomic
def invite_member(
    *, program: Program, by: User, email: str, role: str, function: str, position_title: str = ""
) -> tuple[Invitation, str]:
    """Make a one-use invitation; returns it with the token, which is shown this once.

    An open one for the same address is taken back: the newest link alone works (`replaces`).
    """
    policy.require(by, "members.manage", program)
    email = email.strip().lower()
    if program.memberships.filter(user__email__iexact=email, is_active=True).exists():
        raise Invalid(f"{email} is a member of this program already.", field="email")
    replaced = program.invitations.open().filter(email=email).update(revoked_at=clock.now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        program=program,
        email=email,
        role=role,
        function=function,
        position_title=position_title.strip(),
        token_hash=hash_token(token),
        invited_by=by,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
    )
    invitation.replaces = bool(replaced)
    audit.record(by=by, verb="member.invited", subject=invitation, after={"role": role, "function": function})
    return invitation, token


def find_invitation(token: str) -> Invitation:
    """The open invitation of a link; raises InvitationUnusable with the reason."""
    found = Invitation.objects.select_related("program").filter(token_hash=hash_token(token)).first()
    if found is None:
        raise InvitationUnusable("This invitation is not known. Ask for a new one.")
    if found.used_at:
        raise InvitationUnusable("This invitation was used already. Sign in instead.")
    if found.revoked_at:
        raise InvitationUnusable("This invitation was taken back or replaced by a newer one.")
    if found.expires_at <= clock.now():
        raise InvitationUnusable("This invitation has expired. Ask for a new one.")
    return found


@transaction.atomic
def accept_invitation(*, token: str, user: User) -> Membership:
    """Make `user` a member; the link works once, even when it is opened twice at the same time.

    A member gets the invited role in place of their own; the last who runs the program keeps it.
    """
    invitation = find_invitation(token)
    Program.objects.lock(invitation.program_id)
    before = Membership.objects.active().filter(program=invitation.program_id, user=user).first()
    if before is not None and invitation.role != Role.SALES_OPS:
        _keep_a_runner(before)
    used = Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True).update(
        used_at=clock.now(), used_by=user
    )
    if not used:
        raise InvitationUnusable("This invitation was used already. Sign in instead.")
    membership, _ = Membership.objects.update_or_create(
        program=invitation.program,
        user=user,
        defaults={
            "role": invitation.role,
            "function": invitation.function,
            "is_active": True,
            "left_at": None,
            "accepted_at": clock.now(),
        },
    )
    if invitation.position_title:
        position, _ = Position.objects.get_or_create(program=invitation.program, title=invitation.position_title)
        if position.membership_id is None:
            position.membership = membership
            position.save(update_fields=["membership"])
    user.__dict__.pop("_memberships", None)
    audit.record(by=user, verb="member.joined", subject=membership, after={"role": membership.role})
    return membership


@transaction.atomic
def accept_with_new_account(*, token: str, username: str, password: str, full_name: str = "") -> Membership:
    """Make an account for the bearer of an invitation and let it join; both or neither."""
    invitation = find_invitation(token)
    first, _, last = full_name.strip().rpartition(" ")
    user = User(username=username, email=invitation.email, first_name=first or last, last_name=last if first else "")
    user.set_password(password)
    user.full_clean()
    user.save()
    audit.record(by=user, verb="user.created", subject=user, program=invitation.program)
    return accept_invitation(token=token, user=user)


@transaction.atomic
def update_profile(*, user: User, **values: Any) -> User:
    """Change what a person chooses for themselves: name, theme, single keys, time zone, mail."""
    if unknown := set(values) - set(PROFILE_FIELDS):
        raise Invalid(f"Not a setting of a profile: {', '.join(sorted(unknown))}.")
    before, after = audit.changes(user, values)
    if after:
        user.full_clean()
        user.save(update_fields=list(after))
        audit.record(by=user, verb="user.changed", subject=user, before=before, after=after)
    return user


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> Invitation:
    """Take an open invitation back."""
    policy.require(by, "members.manage", invitation)
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=clock.now()):
        raise InvitationUnusable("Only an open invitation can be taken back.")
    audit.record(by=by, verb="invitation.revoked", subject=invitation)
    invitation.refresh_from_db()
    return invitation


@transaction.atomic
def change_member(*, membership: Membership, by: User, **values: Any) -> Membership:
    """Change role, function or team of a member. A program keeps at least one sales-ops manager."""
    policy.require(by, "members.manage", membership)
    if unknown := set(values) - {"role", "function", "team"}:
        raise Invalid(f"Not a setting of a member: {', '.join(sorted(unknown))}.")
    Program.objects.lock(membership.program_id)  # two managers may not demote each other at once
    if values.get("role", membership.role) != Role.SALES_OPS:
        _keep_a_runner(membership)
    before, after = audit.changes(membership, values)
    if after:
        # the changed fields alone: the person may have left since `membership` was read
        membership.save(update_fields=list(after))
        audit.record(by=by, verb="member.changed", subject=membership, before=before, after=after)
    return membership


@transaction.atomic
def deactivate_member(*, membership: Membership, by: User) -> Membership:
    """End a membership: the person sees nothing of the program from now on; the history stays."""
    policy.require(by, "members.manage", membership)
    Program.objects.lock(membership.program_id)  # two managers may not remove each other at once
    _keep_a_runner(membership)
    membership.is_active, membership.left_at = False, clock.now()
    membership.save(update_fields=["is_active", "left_at"])
    ApiToken.objects.filter(program=membership.program, user=membership.user, revoked_at__isnull=True).update(
        revoked_at=clock.now()
    )
    audit.record(by=by, verb="member.left", subject=membership)
    for notice in LEFT:
        notice(membership, by)
    return membership


@transaction.atomic
def close_account(*, user: User, by: User) -> None:
    """Keep a person from signing in. Their places in programs stay, what they answered for ends as if they had left.

    A sponsor who cannot sign in decides nothing, so the program goes on hold (R3). Site support closes
    accounts; opening one again gives nothing back: who answered is named again.
    """
    user.is_active = False
    user.save(update_fields=["is_active"])
    for membership in Membership.objects.active().filter(user=user).select_related("program", "user"):
        Program.objects.lock(membership.program_id)
        audit.record(by=by, verb="account.closed", subject=membership)
        for notice in LEFT:
            notice(membership, by)


@transaction.atomic
def save_team(*, program: Program, by: User, team: Team | None = None, **values: Any) -> Team:
    """Add a team, or change `team` (P4)."""
    policy.require(by, "teams.edit", program)
    team = team or Team(program=program)
    is_new = team.pk is None
    before, after = audit.changes(team, values)
    if is_new:
        before, after = {}, values
    is_early = team.go_live_on is not None and team.go_live_on < program.starts_on
    if is_early and "go_live_on" in after and program.kind != ProgramKind.RESCUE:  # a rescue finds a CRM in use
        raise Invalid(f"The go-live lies before the start of the program, {program.starts_on}.", field="go_live_on")
    team.full_clean()
    team.save()
    if after:
        audit.record(by=by, verb="team.added" if is_new else "team.changed", subject=team, before=before, after=after)
    return team


@transaction.atomic
def remove_team(*, team: Team, by: User) -> None:
    """Remove a team; its members stay in the program."""
    policy.require(by, "teams.edit", team)
    audit.record(by=by, verb="team.removed", subject=team, before={"seats": team.seats, "wave": team.wave})
    team.delete()


@transaction.atomic
def make_token(
    *, program: Program, by: User, name: str, expires_at: datetime, is_read_only: bool = False
) -> tuple[ApiToken, str]:
    """Make an access token for `by` in `program`; returns it with the secret, which is shown this once."""
    policy.require(by, "tokens.own", program)
    if not clock.now() < expires_at <= clock.now() + timedelta(days=TOKEN_DAYS_AT_MOST):
        raise Invalid("A token expires between now and one year from now.", field="expires_at")
    raw = f"ro_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        program=program,
        user=by,
        name=name,
        prefix=raw[:12],
        token_hash=hash_token(raw),
        is_read_only=is_read_only,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    audit.record(by=by, verb="token.made", subject=token, after={"expires_at": expires_at, "read_only": is_read_only})
    return token, raw


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> ApiToken:
    """Revoke a token: its maker may, and whoever manages the members."""
    if token.user_id != by.pk:
        policy.require(by, "members.manage", token)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit.record(by=by, verb="token.revoked", subject=token)
    return token


def hash_token(token: str) -> str:
    """SHA-256 of a token with 256 random bits, as hex; a slow hash would add nothing to it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _keep_a_runner(membership: Membership) -> None:
    others = membership.program.memberships.active().filter(role=Role.SALES_OPS).exclude(pk=membership.pk)
    if membership.role == Role.SALES_OPS and not others.exists():
        raise LastRunner("Name another Sales Ops Manager first: somebody has to run the program.")


def _free_slug(text: str) -> str:
    base = slugify(text)[:50].strip("-") or "program"
    taken = set(Program.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, no = base, 2
    while slug in taken:
        slug, no = f"{base}-{no}", no + 1
    return slug
