"""Three-year costs over REST (V8). Money is in minor units of the program's currency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from scorecard import costs
from scorecard.api.serializers import OfProgram
from scorecard.models import LicenceTier, Offer, Rfp, Scorecard, Vendor
from scorecard.services import costs as services


class TierSerializer(serializers.ModelSerializer):
    """A licence tier; `price_month` of one seat, in minor units."""

    class Meta:
        model = LicenceTier
        fields = ["name", "price_month", "seats"]


class OfferSerializer(serializers.ModelSerializer):
    """What a vendor costs. `seen_version` is the `version` read before, 0 for the first."""

    vendor = OfProgram(queryset=Vendor.objects.all())
    tiers = TierSerializer(many=True)
    seen_version = serializers.IntegerField(write_only=True)

    class Meta:
        model = Offer
        fields = ["vendor", "source", *services.AMOUNTS, "growth_percent", "integration_percent", "tiers"]
        fields += ["version", "seen_version"]
        read_only_fields = ["version"]
        extra_kwargs = {"vendor": {"validators": []}}


class CostYearSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    seats = serializers.IntegerField()
    licence = serializers.IntegerField()
    integration = serializers.IntegerField()
    administration = serializers.IntegerField()
    training = serializers.IntegerField()
    once = serializers.IntegerField()
    total = serializers.IntegerField()


class CostSerializer(serializers.Serializer):
    """One vendor's three years; `offer` and `years` are empty while no costs are on record."""

    vendor = serializers.IntegerField(source="vendor.pk")
    name = serializers.CharField(source="vendor.name")
    offer = OfferSerializer(allow_null=True)
    years = CostYearSerializer(source="cost.years", many=True, default=list)
    total = serializers.IntegerField(source="cost.total", default=None, allow_null=True)
    per_seat = serializers.IntegerField(source="cost.per_seat", default=None, allow_null=True)
    percent_of_revenue = serializers.CharField(source="share_shown", allow_blank=True)
    scores = serializers.SerializerMethodField(help_text="By formula, by criterion key.")
    warnings = serializers.ListField(child=serializers.CharField())

    def get_scores(self, row: costs.CostRow) -> dict[str, str]:
        return {key: found.shown for key, found in row.formula.items()}


class RfpSerializer(serializers.Serializer):
    """Whether a request for proposals is held (V9); `reason` is asked for when it is skipped."""

    rfp = serializers.ChoiceField(choices=Rfp.choices)
    reason = serializers.CharField(source="rfp_reason", required=False, allow_blank=True, default="")
    advised_from = serializers.IntegerField(source="rfp_from", min_value=0, max_value=10**13)


class OfferViewSet(ProgramViewSet):
    """The costs of the short-listed vendors side by side; saving one vendor's offer (V8)."""

    queryset = Offer.objects.select_related("vendor__program")
    serializer_class = CostSerializer
    rights = {"list": "scorecard.view", "create": "scorecard.edit", "rfp": "scorecard.edit"}
    pagination_class = None

    @extend_schema(responses={200: CostSerializer(many=True), **REFUSED})
    def list(self, request: Request, slug: str) -> Response:
        return Response(CostSerializer(costs.load_costs(self.program), many=True).data)

    @extend_schema(request=OfferSerializer, responses={200: CostSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Save a vendor's offer; the same vendor again replaces it."""
        data: dict[str, Any] = self.validated(OfferSerializer)
        offer = services.save_offer(by=request.user, **data)
        return Response(CostSerializer(costs.load_costs(self.program, [offer.vendor])[0]).data)

    @extend_schema(request=RfpSerializer, responses={200: RfpSerializer, **REFUSED})
    @action(["post"], detail=False)
    def rfp(self, request: Request, slug: str) -> Response:
        """Say whether a request for proposals is held (V9)."""
        data = self.validated(RfpSerializer)
        card = services.decide_rfp(
            scorecard=Scorecard.objects.get(program=self.program),
            by=request.user,
            rfp=data["rfp"],
            reason=data["rfp_reason"],
            advised_from=data["rfp_from"],
        )
        return Response(RfpSerializer(card).data)
