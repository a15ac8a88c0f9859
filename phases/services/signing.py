"""A signature needs the person at the keyboard, and says for whom they sign (G7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from crmprogram.program import clock
from crmprogram.program.errors import NotYours
from crmprogram.program.models import Program, User
from phases.errors import NotFresh
from phases.queries.rounds import live_delegation


@dataclass(frozen=True)
class Signer:
    """Who decides, and as what; `on_behalf_of` is the sponsor when a delegate decides."""

    user: User
    title: str
    on_behalf_of: User | None = None
    on_behalf_as: str = ""

    @property
    def said(self) -> str:
        """The person, and whose place they take."""
        if self.on_behalf_of is None:
            return self.user.display
        return f"{self.user.display} for {self.on_behalf_of.display}"


def signer_of(program: Program, by: User) -> Signer:
    """`by` as the Accountable, or as the delegate of today; raises NotYours for anybody else."""
    accountable = program.accountable
    sponsor = accountable.membership if accountable else None
    if accountable is not None and sponsor is not None:
        if sponsor.user_id == by.pk:
            return Signer(by, accountable.title)
        delegation = live_delegation(program)
        if delegation is not None and delegation.delegate.user_id == by.pk:
            return Signer(by, delegation.title, sponsor.user, accountable.title)
    raise NotYours("Only the one Accountable of this program, or the delegate they named, decides here.")


def require_fresh(fresh_at: datetime | None) -> None:
    """Raise NotFresh unless the signer gave a password within the last five minutes.

    `fresh_at` is machine time (`clock.wall`), so that no told story makes an old login fresh.
    """
    limit = timedelta(seconds=settings.SIGNING_FRESH_SECONDS)
    if fresh_at is None or not timedelta(0) <= clock.wall() - fresh_at <= limit:
        raise NotFresh("Enter your password to sign. It counts for five minutes.")
