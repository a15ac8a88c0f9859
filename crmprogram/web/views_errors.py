"""One page for each way an address can fail. They need neither database nor session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def _answer(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        codes = {400: "bad_request", 403: "not_permitted", 404: "not_found", 500: "server_error"}
        return JsonResponse({"code": codes[status], "detail": text}, status=status)
    return render(request, "web/error.html", {"status": status, "heading": heading, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "This request cannot be read", "Go back, reload the page and try again.")


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return _answer(request, 403, "Not permitted", str(exception or reason) or "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "Nothing here", "There is no such page, or it belongs to a program you are not in.")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "Something broke", "The error is in the log. Nothing was saved by this request.")
