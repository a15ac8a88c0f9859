"""The base of the REST API: viewsets of a program, and one shape for errors."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions, views, viewsets
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from crmprogram.program import policy
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Membership, Program
from crmprogram.web.idempotency import IdempotentPosts


class ProgramViewSet(IdempotentPosts, viewsets.GenericViewSet):
    """Endpoints under /api/v1/programs/<slug>/: the queryset holds this program's rows only.

    `rights` maps each action to the policy action it needs.
    """

    rights: ClassVar[dict[str, str]] = {}
    program: Program

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()
        return super().get_queryset().of(self.program)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "program": getattr(self, "program", None)}

    @property
    def membership(self) -> Membership | None:
        return policy.membership_of(self.request.user, self.program)

    def validated(self, serializer_class: type[Serializer]) -> dict[str, Any]:
        """The request's body, checked by `serializer_class`; 400 with the fields that are wrong."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a DomainError with its status, code and sentence; the rest is DRF's, with a code as well."""
    if isinstance(exc, DomainError):
        details = {key: value for key, value in exc.details.items() if key != "action"}
        body = {"code": exc.code, "detail": str(exc), **({"details": details} if details else {})}
        return Response(body, status=exc.status)
    if isinstance(exc, DjangoValidationError):  # a model's own check, such as a name that is there already
        fields = exc.message_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.messages}
        exc = exceptions.ValidationError(
            {"non_field_errors" if name == NON_FIELD_ERRORS else name: said for name, said in fields.items()}
        )
    response = views.exception_handler(exc, context)
    if response is not None:
        if isinstance(exc, exceptions.ValidationError):
            response.data = {"code": "invalid", "detail": "The request has fields to correct.", "fields": response.data}
        elif isinstance(response.data, dict) and "detail" in response.data:
            response.data["code"] = getattr(response.data["detail"], "code", "error")
    return response
