"""Activity events pushed over REST, without a file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adoption.api.serializers import CountingSerializer
from adoption.models import Counting
from adoption.services.pushing import MOST, Refusal, push_events
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED

SHOWN = 200  # characters of a value that the answer repeats


class MomentField(serializers.DateTimeField):
    """A moment with its offset: nobody guesses a zone."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            found = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise serializers.ValidationError("This is no date and time with an offset.", code="no_moment")
        return super().to_internal_value(value)


class PushedEventSerializer(serializers.Serializer):
    """One activity as the CRM holds it now. Of two versions of an event the one updated later stands."""

    source_id = serializers.CharField(max_length=60, help_text="Send the id of the activity in the CRM.")
    kind = serializers.ChoiceField(
        choices=["call", "email", "meeting", "task", "note", "other"],
        help_text="Send call, email, meeting, task, note or other.",
    )
    owner = serializers.CharField(
        max_length=200, help_text="Send the owner as the CRM's exports write it, so that both name the same rep."
    )
    logged_at = MomentField(
        help_text="Send when the activity was logged in the CRM, such as 2026-05-04T09:30:00+02:00: it counts then."
    )
    occurred_at = MomentField(
        required=False,
        allow_null=True,
        help_text="Send when it took place, such as 2026-05-04T09:00:00+02:00, or null.",
    )
    updated_at = MomentField(
        help_text="Send when the CRM last changed it, such as 2026-05-04T09:30:00+02:00; logged_at if it never did."
    )
    status = serializers.ChoiceField(
        choices=["done", "open", "cancelled", "draft"],
        default="done",
        help_text="Send done, open, cancelled or draft: only what is done counts.",
    )
    direction = serializers.ChoiceField(
        choices=["outgoing", "incoming"],
        required=False,
        allow_blank=True,
        help_text="Send outgoing or incoming: mail that came in is nobody's activity.",
    )
    outcome = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="Send the outcome as the CRM words it."
    )
    is_deleted = serializers.BooleanField(
        default=False, help_text="Send true once the activity was deleted in the CRM: it stops counting."
    )


class PushSerializer(serializers.Serializer):
    """`system` names the CRM whose ids these are, always the same for the same CRM."""

    system = serializers.RegexField(r"^[a-z0-9][a-z0-9-]{0,29}$", help_text="Such as hubspot or salesforce-emea.")
    events = extend_schema_field(PushedEventSerializer(many=True))(
        serializers.ListField(child=serializers.JSONField(), allow_empty=False, max_length=MOST)
    )


class RefusedEventSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="The place in `events`, from 0.")
    field = serializers.CharField()
    value = serializers.JSONField(allow_null=True, help_text="What was sent, cut where it is long.")
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What is wrong, and what to send.")


class PushedSerializer(serializers.Serializer):
    """`counting` is the import that counts the accepted events; null when none was accepted."""

    accepted = serializers.IntegerField()
    refused = RefusedEventSerializer(many=True)
    counting = CountingSerializer(allow_null=True)


EVENT = {
    "source_id": "51387",
    "kind": "call",
    "owner": "Sales Rep 07",
    "occurred_at": "2026-05-04T09:00:00+02:00",
    "logged_at": "2026-05-04T09:30:00+02:00",
    "updated_at": "2026-05-04T09:30:00+02:00",
}
REFUSAL = {
    "index": 1,
    "field": "logged_at",
    "value": "04/05/2026",
    "code": "no_moment",
    "detail": "This is no date and time with an offset. Send when the activity was logged in the CRM, such as "
    "2026-05-04T09:30:00+02:00: it counts then.",
}
EXAMPLES = [
    OpenApiExample("Call", {"system": "hubspot", "events": [EVENT]}, request_only=True),
    OpenApiExample(
        "Correction",
        {"system": "hubspot", "events": [{**EVENT, "kind": "meeting", "updated_at": "2026-05-05T08:00:00+02:00"}]},
        summary="The same id, updated later",
        request_only=True,
    ),
    OpenApiExample(
        "Refused",
        {"accepted": 0, "refused": [{**REFUSAL, "index": 0}], "counting": None},
        summary="No event could be taken",
        response_only=True,
        status_codes=["422"],
    ),
]


class ActivityEventViewSet(ProgramViewSet):
    """Activities pushed by another program, counted as an export of theirs would be."""

    queryset = Counting.objects.all()
    serializer_class = PushSerializer
    rights = {"create": "adoption.import"}

    @extend_schema(
        request=PushSerializer,
        responses={202: PushedSerializer, 422: PushedSerializer, **REFUSED},
        examples=EXAMPLES,
    )
    def create(self, request: Request, slug: str) -> Response:
        """Push up to 1,000 events; the good ones are counted, each bad one is answered with what to do.

        An event is known by `system` and `source_id`, so a push may be repeated, split or reordered: the
        same event again changes nothing, and one updated later counts as corrected. The account of the
        rows is that of the import in `counting`, under `adoption-imports`. Events that an uploaded export of the
        same CRM brings are others: push them or import them, not both. 422 when no event could be taken.
        """
        data = self.validated(PushSerializer)
        good, refused = checked(data["events"])
        done = push_events(program=self.program, by=request.user, system=data["system"], found=good)
        answers = sorted([*refused, *done.refused], key=lambda one: one.index)
        shown = done.counting and CountingSerializer(done.counting, context=self.get_serializer_context()).data
        body = {"accepted": done.accepted, "refused": [asdict(one) for one in answers], "counting": shown}
        return Response(body, status=202 if done.counting else 422)


def checked(sent: list[Any]) -> tuple[list[tuple[int, dict]], list[Refusal]]:
    """The events whose fields are right, with their places, and the first wrong fields of the others."""
    shape = PushedEventSerializer()
    good: list[tuple[int, dict]] = []
    refused: list[Refusal] = []
    for index, one in enumerate(sent):
        try:
            good.append((index, shape.run_validation(one)))
        except serializers.ValidationError as exc:
            refused += [refusal_of(index, one, shape, name, said[0]) for name, said in exc.detail.items()]
    return good, refused


def refusal_of(index: int, one: Any, shape: PushedEventSerializer, name: str, said: Any) -> Refusal:
    """One wrong field; "" for an event that is no object."""
    known = shape.fields.get(name)
    value = one.get(name) if known and isinstance(one, dict) else one
    shown = value if value is None or isinstance(value, bool | int) else writable(str(value)[:SHOWN])
    hint = known.help_text if known else "Send an object with the fields of an event."
    return Refusal(index, name if known else "", shown, said.code, writable(f"{said} {hint}"))


def writable(text: str) -> str:
    """Text that an answer can hold, whatever was sent: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
