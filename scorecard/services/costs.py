"""Keep what vendors quote, and score the two cost criteria from it (V8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import User
from scorecard import costs
from scorecard.errors import RatingRefused
from scorecard.models import Consensus, Criterion, LicenceTier, Offer, Rfp, Scorecard, Vendor
from scorecard.services.card import settle_cell

AMOUNTS = ("implementation", "data_cleaning", "administration", "training")
PARTS = {"source", "growth_percent", "integration_percent", *AMOUNTS}


@transaction.atomic
def save_offer(
    *, vendor: Vendor, by: User, seen_version: int, tiers: Iterable[Mapping[str, Any]], **values: Any
) -> Offer:
    """Save a vendor's costs with its licence tiers (name, price_month in minor units, seats).

    `seen_version` is 0 for the first. Raises Conflict when somebody saved since.
    """
    policy.require(by, "scorecard.edit", vendor)
    if unknown := set(values) - PARTS:
        raise Invalid(f"Not a part of an offer: {', '.join(sorted(unknown))}.")
    vendor = Vendor.objects.select_related("program").lock(vendor.pk)
    offer = Offer.objects.filter(vendor=vendor).first()
    if (offer.version if offer else 0) != seen_version:
        raise Conflict("Somebody changed these costs since you opened them. Look at them again.")
    rows = [LicenceTier(**one) for one in tiers]
    if not rows:
        raise Invalid("Give at least one licence tier with its seats.", field="tiers")
    if len({one.name for one in rows}) != len(rows):
        raise Invalid("Two tiers have the same name.", field="tiers")
    before = _said(offer)
    offer = offer or Offer(vendor=vendor, version=0)
    for name, value in values.items():
        setattr(offer, name, value)
    offer.saved_by, offer.saved_at = by, clock.now()
    offer.version += 1
    offer.full_clean(exclude=["saved_by"])
    offer.save()
    offer.tiers.all().delete()
    for one in rows:
        one.offer = offer
        one.full_clean()
    LicenceTier.objects.bulk_create(rows)
    audit.record(by=by, verb="offer.saved", subject=offer, before=before, after=_said(offer))
    return offer


@transaction.atomic
def score_by_formula(*, criterion: Criterion, by: User) -> list[Consensus]:
    """Put the scores of the formula in the place of the means of one cost criterion (V8).

    They are consensus values: the originals stay, the reason shows the computation. Every
    short-listed vendor needs its costs on record first; raises RatingRefused otherwise.
    """
    policy.require(by, "scorecard.consensus", criterion)
    rows = costs.load_costs(criterion.scorecard.program)
    if any(row.cost is None for row in rows):
        lacking = ", ".join(row.vendor.name for row in rows if row.cost is None)
        raise RatingRefused(f"The formula compares all short-listed vendors. Costs are missing for {lacking}.")
    settled = []
    for row in rows:
        found = row.formula.get(criterion.key)
        if found is None:
            raise RatingRefused(f"{criterion} is not scored from costs.")
        value = Decimal(found.score.numerator * 100 // found.score.denominator) / 100  # cut, as the page shows it
        one = settle_cell(vendor=row.vendor, criterion=criterion, by=by, value=value, reason=found.said)
        if one is not None:
            settled.append(one)
    return settled


@transaction.atomic
def decide_rfp(*, scorecard: Scorecard, by: User, rfp: str, advised_from: int, reason: str = "") -> Scorecard:
    """Say whether a request for proposals is held; skipping it needs a reason (V9).

    `advised_from` is the yearly cost, in minor units of the program's currency, from which one is advised.
    """
    policy.require(by, "scorecard.edit", scorecard)
    card = Scorecard.objects.select_related("program").lock(scorecard.pk)
    if rfp == Rfp.SKIPPED and not reason.strip():
        raise Invalid("Say why no request for proposals is made.", field="reason")
    kept = reason.strip() if rfp == Rfp.SKIPPED else ""
    before, after = audit.changes(card, {"rfp": rfp, "rfp_reason": kept, "rfp_from": advised_from})
    card.full_clean()
    card.save(update_fields=["rfp", "rfp_reason", "rfp_from"])
    audit.record(by=by, verb="scorecard.rfp", subject=card, before=before, after=after, note=kept)
    return card


def _said(offer: Offer | None) -> dict[str, Any]:
    """An offer for the trail."""
    if offer is None:
        return {}
    tiers = [f"{one.name}: {one.seats} × {one.price_month}" for one in offer.tiers.all()]
    return {name: str(getattr(offer, name)) for name in sorted(PARTS)} | {"tiers": tiers}
