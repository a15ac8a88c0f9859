"""The same POST sent twice is done once: the `Idempotency-Key` header (reliability of the REST API).

A client that does not know whether its request arrived sends it again with the same key and
gets the first answer, marked `Idempotent-Replayed: true`. Only what was done is kept: a refusal
changed nothing, so it is asked afresh. Files are known by their bytes and need no key.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program import clock
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 200
KEPT_FOR = timedelta(hours=24)


class KeyReused(DomainError):
    """One key names one request."""

    code = "idempotency_key_reused"


class _Answered(Exception):
    """This request was answered before."""

    def __init__(self, kept: KeptAnswer) -> None:
        self.kept = kept


class IdempotentPosts:
    """For viewsets: a POST with a key runs in one transaction with the row that keeps its answer.

    Rights are asked for each time. Of two at once the second waits for the first and is given its answer.
    """

    _claimed: KeptAnswer | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _is_kept(request):
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            self._keep(response)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if _is_kept(request._request):
            self._claimed = _claim(request)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Answered):
            body = json.loads(exc.kept.body) if exc.kept.body else None
            return Response(body, status=exc.kept.status, headers={REPLAYED: "true"})
        return super().handle_exception(exc)  # type: ignore[misc]

    def _keep(self, response: Any) -> None:
        claimed = self._claimed
        if claimed is None:
            return
        if not 200 <= response.status_code < 300:
            claimed.delete()
            return
        claimed.status = response.status_code
        claimed.body = "" if response.data is None else JSONRenderer().render(response.data).decode()
        claimed.save(update_fields=["status", "body"])


def forget_answers() -> int:
    """Delete what is older than a day; returns how many."""
    return KeptAnswer.objects.filter(kept_at__lt=clock.wall() - KEPT_FOR).delete()[0]


def describe_header(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Tell OpenAPI of the header, at every POST that takes it."""
    for operations in result["paths"].values():
        post = operations.get("post")
        if post and list(post.get("requestBody", {}).get("content", {})) != ["multipart/form-data"]:
            post.setdefault("parameters", []).append(
                {
                    "in": "header",
                    "name": HEADER,
                    "schema": {"type": "string", "maxLength": LONGEST_KEY},
                    "description": "Sent again within a day with the same key, the request is done once "
                    f"and answered alike, with `{REPLAYED}: true`.",
                }
            )
    return result


def _is_kept(request: HttpRequest) -> bool:
    is_file = (request.content_type or "").startswith("multipart/")
    return request.method == "POST" and bool(request.headers.get(HEADER)) and not is_file


def _claim(request: Request) -> KeptAnswer:
    """Take the key for this request. Raises _Answered, KeyReused or Invalid."""
    key = request.headers[HEADER]
    if len(key) > LONGEST_KEY:
        raise Invalid(f"An {HEADER} has at most {LONGEST_KEY} characters; this one has {len(key)}.")
    raw = request._request
    digest = hashlib.sha256(f"{raw.get_full_path()}\n".encode() + raw.body).hexdigest()
    mine = KeptAnswer.objects.filter(user=request.user, key=key)
    mine.filter(kept_at__lt=clock.wall() - KEPT_FOR).delete()
    kept = mine.first()
    if kept is None:
        try:
            with transaction.atomic():
                return KeptAnswer.objects.create(user=request.user, key=key, request_sha256=digest)
        except IntegrityError:  # the other one was quicker, and is done by now
            kept = mine.get()
    if kept.request_sha256 != digest:
        raise KeyReused(f"This {HEADER} belongs to another request. Give each new request a key of its own.")
    raise _Answered(kept)
