"""Health, request ids for the trail and the logs, answers no cache keeps, refusals as pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crmprogram.program import audit
from crmprogram.program.errors import DomainError

_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,36}")


class HealthMiddleware:
    """Answer /healthz before hosts, HTTPS and sessions are looked at: a probe knows none of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
        return self.get_response(request)


class RequestIdMiddleware:
    """Give each request an id that its audit lines and its answer carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        key = given if _SAFE_ID.fullmatch(given) else str(uuid.uuid4())
        token = audit.request_id.set(key)
        try:
            response = self.get_response(request)
        finally:
            audit.request_id.reset(token)
        response["X-Request-ID"] = key
        return response


class NoStoreMiddleware:
    """Nothing that was made for one person is kept by a browser or a proxy.

    Contacts, gates and downloads are read on shared machines too: after signing out, "Back"
    shows nothing. Static files are answered above and keep their own rule.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RefusalMiddleware:
    """Answer a DomainError that a page did not show itself: 409, 422 for what was typed, 403 for rights.

    A form that wants to keep what was typed catches the error and renders itself; this
    is the net below, so that a refusal is never a 500. An address with a null character is
    refused at once: PostgreSQL keeps none in a text, so a search for one would fail there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("An address holds no null character.")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = "web/refused.html#banner" if getattr(request, "htmx", False) else "web/refused.html"
        return render(request, template, {"error": exception}, status=exception.page_status)
