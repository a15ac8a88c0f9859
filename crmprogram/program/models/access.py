"""How people and machines get in: one-use invitations, expiring tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from crmprogram.program import clock
from crmprogram.program.models.base import ProgramScopedQuerySet
from crmprogram.program.models.people import Function, Role


class InvitationQuerySet(ProgramScopedQuerySet):
    def open(self):
        """Not used, not revoked, not expired."""
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=clock.now())


class Invitation(models.Model):
    """A one-use link that makes its bearer a member. Only its hash is kept."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    function = models.CharField(max_length=20, choices=Function)
    position_title = models.CharField(max_length=80, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()
    replaces = False  # did making it take back an open one for the same address?

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"


class ApiTokenQuerySet(ProgramScopedQuerySet):
    def usable(self):
        return self.filter(revoked_at__isnull=True, expires_at__gt=clock.now(), user__is_active=True)


class ApiToken(models.Model):
    """A machine's key to one program with its maker's rights at the time of each request.

    The token is shown once; `prefix` finds the row, `token_hash` (SHA-256) proves it.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    token_hash = models.CharField(max_length=64)
    is_read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
