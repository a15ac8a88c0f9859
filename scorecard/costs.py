"""The costs of the short-listed vendors side by side, with the scores that follow from them (V8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from crmprogram.program.models import Program
from crmprogram.web.templatetags.rollout import money
from scorecard import tco
from scorecard.models import Offer, Vendor
from scorecard.table import two

# criterion key → what it is scored from, and the words for it
SCORED = {"implementation-cost": ("once", "paid once"), "run-cost": ("running", "running over three years")}


@dataclass(frozen=True)
class Formula:
    """A score by formula, and the computation in words."""

    score: Fraction
    said: str

    @property
    def shown(self) -> str:
        return two(self.score)


@dataclass(frozen=True)
class CostRow:
    """One vendor: `cost` None while no offer is on record. `formula` is by criterion key."""

    vendor: Vendor
    offer: Offer | None = None
    cost: tco.Cost | None = None
    share: Fraction | None = None
    formula: dict[str, Formula] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def share_shown(self) -> str:
        """Percent of the yearly revenue, cut to two decimals; "" where the revenue is not known."""
        return two(self.share)

    @property
    def share_said(self) -> str:
        return tco.revenue_said(self.share)


def load_costs(program: Program, vendors: Sequence[Vendor] | None = None) -> list[CostRow]:
    """The costs of the short-listed vendors (or `vendors`), in their order; three queries whatever their number."""
    if vendors is None:
        vendors = list(Vendor.objects.of(program).short_listed())
    found = Offer.objects.filter(vendor__in=vendors).select_related("saved_by").prefetch_related("tiers")
    offers = {one.vendor_id: one for one in found}
    plain = {pk: offer_of(one) for pk, one in offers.items()}
    costs = {pk: tco.cost_of(one) for pk, one in plain.items()}
    formulas = {
        key: _formulas({pk: getattr(cost, part) for pk, cost in costs.items()}, words, program.currency)
        for key, (part, words) in SCORED.items()
    }
    return [
        CostRow(
            vendor,
            offers[vendor.pk],
            costs[vendor.pk],
            costs[vendor.pk].share_of_revenue(program.yearly_revenue),
            {key: formulas[key][vendor.pk] for key in SCORED},
            tco.warnings(plain[vendor.pk], program.currency),
        )
        if vendor.pk in offers
        else CostRow(vendor)
        for vendor in vendors
    ]


def offer_of(offer: Offer) -> tco.Offer:
    """A stored offer as the pure computation takes it."""
    return tco.Offer(
        [tco.Tier(one.name, one.price_month, one.seats) for one in offer.tiers.all()],
        Fraction(offer.growth_percent),
        Fraction(offer.integration_percent),
        offer.implementation,
        offer.data_cleaning,
        offer.administration,
        offer.training,
    )


def _formulas(amounts: dict[int, int], words: str, currency: str) -> dict[int, Formula]:
    cheapest = min(amounts.values(), default=0)
    scores = tco.formula_scores({str(pk): amount for pk, amount in amounts.items()})
    return {
        pk: Formula(
            scores[str(pk)],
            f"By formula: {money(amount, currency)} {words}, the cheapest {money(cheapest, currency)}; "
            f"max(1, 5 − 4 × (cost ÷ cheapest − 1)) = {two(scores[str(pk)])}.",
        )
        for pk, amount in amounts.items()
    }
