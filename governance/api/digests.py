"""One's own digests over REST, as they would read now (X3)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.program import clock, policy
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from governance.models import Delivery
from governance.services.digests import digests_of, next_day, subject_for, wants
from phases.registry import Look


class DigestSerializer(serializers.Serializer):
    """`lines` are empty while there is nothing to say: then nothing is sent. `is_on`: wanted, with an address."""

    name = serializers.CharField()
    often = serializers.CharField()
    next_on = serializers.DateField()
    subject = serializers.CharField(allow_blank=True)
    lines = serializers.ListField(child=serializers.CharField())
    is_on = serializers.BooleanField()


class DigestViewSet(ProgramViewSet):
    """What the reader is sent by mail."""

    queryset = Delivery.objects.none()
    serializer_class = DigestSerializer
    pagination_class = None
    rights = {"list": "digest.view"}

    @extend_schema(responses={200: DigestSerializer(many=True), **REFUSED}, filters=False)
    def list(self, request: Request, slug: str) -> Response:
        member, look = policy.membership_of(request.user, self.program), Look(self.program)
        assert member is not None
        found = []
        for one in digests_of(self.program, member):
            lines = one.lines(look, member)
            found.append(
                {
                    "name": one.name,
                    "often": one.often,
                    "next_on": next_day(one, clock.today(self.program)),
                    "subject": subject_for(self.program, one, lines) if lines else "",
                    "lines": lines,
                    "is_on": wants(member),
                }
            )
        return Response(DigestSerializer(found, many=True).data)
