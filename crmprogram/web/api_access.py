"""Who asks, and may they: tokens, the policy, and keyset pages.

Apart from `api.py`, since the framework imports these while it is itself being imported.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.http import Http404
from rest_framework import authentication, exceptions, permissions
from rest_framework.pagination import CursorPagination

from crmprogram.program import clock, policy
from crmprogram.program.models import ApiToken, Program

TOKEN_PREFIX_LENGTH = 12


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>`; the token opens its one program, with its maker's present rights."""

    keyword = "Bearer"

    def authenticate(self, request: Any) -> tuple[Any, ApiToken] | None:
        header = authentication.get_authorization_header(request).decode("latin-1").split()
        if not header or header[0].lower() != self.keyword.lower():
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed("Send one token: “Authorization: Bearer <token>”.")
        raw = header[1]
        found = ApiToken.objects.usable().select_related("user").filter(prefix=raw[:TOKEN_PREFIX_LENGTH]).first()
        given = hashlib.sha256(raw.encode()).hexdigest()
        if found is None or not hmac.compare_digest(found.token_hash, given):
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        now = clock.wall()
        if found.last_used_at is None or (now - found.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
        return found.user, found

    def authenticate_header(self, request: Any) -> str:
        return self.keyword


class ProgramPermission(permissions.BasePermission):
    """Finds the program of the address for the person, then asks the policy for the action.

    Each viewset names the right of each of its actions in `rights`; an action that is not
    named is refused. A token that is read-only may only read, and only its own program.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        slug = view.kwargs.get("slug")
        token = request.auth if isinstance(request.auth, ApiToken) else None
        if token and token.is_read_only and request.method not in permissions.SAFE_METHODS:
            raise exceptions.PermissionDenied("This token may only read.")
        if slug is None:
            return getattr(view, "outside_programs", False)
        program = Program.objects.for_user(request.user).select_related("accountable").filter(slug=slug).first()
        if program is None or (token and token.program_id != program.pk):
            raise Http404
        view.program = program
        right = getattr(view, "rights", {}).get(view.action)
        if view.action is None or request.method == "OPTIONS":
            return True  # DRF answers 405, or describes the endpoint
        if not right:
            raise exceptions.PermissionDenied("This endpoint names no right for this.")
        policy.require(request.user, right, program)
        return True


class Pages(CursorPagination):
    """Keyset pages: as quick on the last page of a million rows as on the first."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "-pk"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering = getattr(view, "page_ordering", None)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering or ("-pk",))
