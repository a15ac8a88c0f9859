"""The dashboards of each audience over REST: the numbers of the pages (M8)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from adoption.models import CrmRecord, Rep
from adoption.queries.audiences import CADENCE, Audience, audience_of
from adoption.queries.building import as_data, build, scope_of
from adoption.queries.pipeline import LISTS, Scope, named, names_of
from crmprogram.program import policy
from crmprogram.program.models import Team
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.params import whole_number
from crmprogram.web.viewsets import REFUSED

VIEWS = [one for one in Audience if one != Audience.PROGRAM]
FILTERS = [
    OpenApiParameter("team", int, description="Id of a team; all teams if absent"),
    OpenApiParameter("wave", int, description="The teams of a wave"),
    OpenApiParameter("rep", int, description="Number of a rep; one's own row if absent"),
]


class AudienceSerializer(serializers.Serializer):
    """A dashboard there is; `is_mine` is the one that opens for the caller."""

    audience = serializers.ChoiceField(choices=[(one.value, one.label) for one in VIEWS])
    name = serializers.CharField()
    read = serializers.CharField()
    is_mine = serializers.BooleanField()


class AudienceNumberSerializer(serializers.Serializer):
    """One figure. `value` is null with `why` where it is not measured; money is in minor units."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.DecimalField(max_digits=20, decimal_places=None, allow_null=True)  # type: ignore[arg-type]
    text = serializers.CharField()
    unit = serializers.CharField()
    of = serializers.CharField()
    period = serializers.CharField()
    target = serializers.CharField()
    at_target = serializers.BooleanField(allow_null=True)
    is_to_date = serializers.BooleanField()
    why = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    as_of = serializers.DateField(allow_null=True)
    change = serializers.CharField()
    trend = serializers.ListField(child=serializers.FloatField(allow_null=True))


class AudienceTableSerializer(serializers.Serializer):
    """A table of the view; each row has a value for each column, or null."""

    key = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))
    empty = serializers.CharField()


class AudienceViewSerializer(serializers.Serializer):
    """The numbers and tables of one audience's dashboard."""

    audience = serializers.CharField()
    scope = serializers.CharField()
    period = serializers.CharField()
    numbers = AudienceNumberSerializer(many=True)
    tables = AudienceTableSerializer(many=True)


class DealRecordSerializer(serializers.ModelSerializer):
    """A record behind a number: whose, in which stage, since when silent, and which required fields it lacks."""

    rep = serializers.CharField(source="rep.code", default="", read_only=True)
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = CrmRecord
        fields = [
            "id", "object", "record_id", "name", "rep", "stage", "outcome", "forecast", "amount", "touched_on",
            "expected_on", "closed_on", "missing", "as_of",
        ]  # fmt: skip
        read_only_fields = fields


class OfAudience(ProgramViewSet):
    """Base: team, wave and rep of the address, by the rights of the pages."""

    def teams(self) -> list[Team]:
        return list(Team.objects.of(self.program).filter(reps__state="counted").distinct())

    def number(self, name: str) -> int:
        return whole_number(self.request.query_params.get(name, ""))

    def rep(self) -> Rep | None:
        """The rep asked for, one's own if none is; another's needs the right to read single reps."""
        mine = Rep.objects.of(self.program).counted().filter(member=self.membership).select_related("team").first()
        number = self.number("rep")
        if not number or (mine and mine.number == number):
            return mine
        policy.require(self.request.user, "adoption.by_rep", self.program)
        found = Rep.objects.of(self.program).counted().select_related("team").filter(number=number).first()
        if found is None:
            raise NotFound("There is no such rep.")
        return found


@extend_schema_view(list=extend_schema(responses={200: AudienceSerializer(many=True), **REFUSED}, filters=False))
class AudienceViewSet(OfAudience):
    """Dashboards by audience: rep, manager, VP sales, executive, board (M8)."""

    serializer_class = AudienceViewSerializer
    pagination_class = None
    lookup_field = "audience"
    lookup_value_regex = "[a-z0-9]{1,20}"
    rights = {"list": "adoption.view", "retrieve": "adoption.view"}

    def list(self, request: Request, slug: str) -> Response:
        """The dashboards there are."""
        assert self.membership is not None
        mine = audience_of(self.membership)
        rows = [
            {"audience": one.value, "name": one.label, "read": CADENCE[one], "is_mine": one == mine} for one in VIEWS
        ]
        return Response(AudienceSerializer(rows, many=True).data)

    @extend_schema(
        responses={200: AudienceViewSerializer, **REFUSED},
        parameters=[*FILTERS, OpenApiParameter("weeks", int, description="6, 12 or 26 weeks of trend")],
    )
    def retrieve(self, request: Request, slug: str, audience: str) -> Response:
        """The numbers and tables of one dashboard, as its page shows them."""
        if audience not in VIEWS:
            raise NotFound("There is no dashboard of this audience.")
        chosen, rep = Audience(audience), None
        if chosen == Audience.MANAGER:
            policy.require(request.user, "adoption.by_rep", self.program)
        if chosen == Audience.REP:
            rep = self.rep()
            if rep is None:
                raise NotFound("Nobody has said which owner in the CRM you are.")
        teams, weeks = self.teams(), self.number("weeks")
        scope = scope_of(teams, self.number("team"), self.number("wave"))
        built = build(self.program, chosen, scope, teams=teams, count=weeks if weeks in {6, 12, 26} else 12, rep=rep)
        data: dict[str, Any] = as_data(built.view)
        return Response(AudienceViewSerializer(data).data)


@extend_schema_view(
    list=extend_schema(
        responses={200: DealRecordSerializer(many=True), **REFUSED},
        parameters=[OpenApiParameter("kind", str, enum=list(LISTS), description="Which; stalled if absent"), *FILTERS],
    )
)
class DealRecordViewSet(OfAudience):
    """The records behind the numbers, by name: stalled, incomplete, advanced, committed, won."""

    queryset = CrmRecord.objects.all()
    serializer_class = DealRecordSerializer
    page_ordering = ("pk",)
    rights = {"list": "adoption.view"}

    def list(self, request: Request, slug: str) -> Response:
        """Of all reps, or of one; without the right to read single reps, of one's own row."""
        scope = scope_of(self.teams(), self.number("team"), self.number("wave"))
        rep = self.rep()
        may = policy.can(request.user, "adoption.by_rep", self.program)
        if not may and rep is None:
            policy.require(request.user, "adoption.by_rep", self.program)
        if rep is not None and (self.number("rep") or not may):
            scope = Scope(rep.code, None, names_of(rep))
        kind = request.query_params.get("kind", "")
        found = named(self.program, kind if kind in LISTS else "stalled", scope)
        page = self.paginate_queryset(found.order_by("pk"))
        return self.get_paginated_response(DealRecordSerializer(page or [], many=True).data)
