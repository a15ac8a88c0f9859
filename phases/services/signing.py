"""A signature needs the person at the keyboard (G7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from crmprogram.program import clock
from phases.errors import NotFresh


def require_fresh(fresh_at: datetime | None) -> None:
    """Raise NotFresh unless the signer gave a password within the last five minutes.

    `fresh_at` is machine time (`clock.wall`), so that no told story makes an old login fresh.
    """
    limit = timedelta(seconds=settings.SIGNING_FRESH_SECONDS)
    if fresh_at is None or not timedelta(0) <= clock.wall() - fresh_at <= limit:
        raise NotFresh("Enter your password to sign. It counts for five minutes.")
