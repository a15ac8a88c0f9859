"""When did this person last prove who they are? Signing asks (G7).

The time is kept in the session and is the machine's. It is set by a sign-in and by a password
given in the form that signs; attempts count towards the limit of wrong passwords.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY, authenticate
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from crmprogram.program import clock
from phases.errors import NotFresh

AT, WHO = "fresh_at", "fresh_user"


class WrongPassword(NotFresh):
    """The password given to sign is not the signer's, or there were too many attempts."""

    code = "wrong_password"


def fresh_at(request: HttpRequest) -> datetime | None:
    """The last time the session's person gave a password, or None."""
    session = getattr(request, "session", None)
    if session is None or session.get(WHO) != request.user.pk or not session.get(AT):
        return None
    return datetime.fromisoformat(session[AT])


def confirm(request: HttpRequest, password: str) -> datetime:
    """Check the password of the request's person now; raises WrongPassword.

    Too many wrong ones lock the account's sign-in for a while, here as on the sign-in page.
    """
    found = authenticate(request, username=request.user.get_username(), password=password)
    if found is None or found.pk != request.user.pk:
        raise WrongPassword("This password is not right, or there were too many attempts. Nothing was signed.")
    now = clock.wall()
    mark(request, found, now)
    return now


def mark(request: HttpRequest, user: Any, at: datetime) -> None:
    """Note it in the session of `user`; a request without one (by token) proves itself each time."""
    session = getattr(request, "session", None)
    if session is not None and session.get(SESSION_KEY) == str(user.pk):
        session[AT], session[WHO] = at.isoformat(), user.pk


@receiver(user_logged_in, dispatch_uid="phases.freshness")
def signed_in(sender: Any, request: HttpRequest | None = None, user: Any = None, **kwargs: Any) -> None:
    """A sign-in is fresh for as long as a password given in the form."""
    if request is not None:
        mark(request, user, clock.wall())
