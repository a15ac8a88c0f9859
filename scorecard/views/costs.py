"""What the vendors cost over three years (V8)."""

from __future__ import annotations

from typing import Any

from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response
from crmprogram.web.views import ProgramView
from scorecard import costs, tco
from scorecard.forms_costs import OfferForm, RfpForm, TierForm
from scorecard.models import Criterion, LicenceTier, Offer, Scorecard, Vendor
from scorecard.services import costs as services

TIERS_OFFERED = 3
TierForms = formset_factory(TierForm, extra=0)


class CostsPage(ProgramView):
    """All short-listed vendors side by side, with the formula scores of the two cost criteria."""

    action = "scorecard.view"
    post_action = "scorecard.consensus"

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        rows = costs.load_costs(self.program)
        criteria = list(Criterion.objects.of(self.program).filter(key__in=costs.SCORED))
        card = Scorecard.objects.get(program=self.program)
        asked = {"rfp": card.rfp, "reason": card.rfp_reason, "advised_from": card.rfp_from}
        known = [row.cost for row in rows if row.cost]
        return self.page(
            "scorecard/costs.html",
            status=status,
            rows=rows,
            criteria=[(one, costs.SCORED[one.key][1]) for one in criteria],
            top=max((cost.total for cost in known), default=0),
            known=len(known),
            card=card,
            is_rfp_advised=tco.is_rfp_advised(self.program.seats, known, card.rfp_from),
            rfp_form=more.pop("rfp_form", None) or RfpForm(initial=asked, currency=self.program.currency),
            **more,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Score a cost criterion by the formula."""
        asked = request.POST.get("criterion", "")
        criterion = get_object_or_404(
            Criterion.objects.of(self.program).select_related("scorecard__program"),
            pk=asked if asked.isdecimal() else 0,
        )
        try:
            services.score_by_formula(criterion=criterion, by=request.user)
        except DomainError as exc:
            return self.get(request, status=exc.page_status, error=exc)
        return self.done("scorecard:costs", message=f"{criterion} is scored by formula.")


class RfpDecision(CostsPage):
    """Say whether a request for proposals is held (V9)."""

    post_action = "scorecard.edit"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RfpForm(request.POST, currency=self.program.currency)
        if not form.is_valid():
            return self.get(request, status=422, rfp_form=form)
        card = Scorecard.objects.get(program=self.program)
        try:
            services.decide_rfp(scorecard=card, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error("reason", str(exc))
            return self.get(request, status=422, rfp_form=form)
        return self.done("scorecard:costs", fragment="rfp", message="This is on record.")


class CostsFile(ProgramView):
    """The costs as CSV, in whole minor units, a row for each vendor and year."""

    action = "scorecard.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        head = ["Vendor", "Year", "Seats", "Licence", "Integration", "Administration", "Training", "Once", "Total"]
        rows: list[list[Any]] = [[*head, f"Currency ({self.program.currency}, minor units)"]]
        for row in costs.load_costs(self.program):
            for year in row.cost.years if row.cost else ():
                amounts = [year.licence, year.integration, year.administration, year.training, year.once, year.total]
                rows.append([row.vendor.name, year.number, year.seats, *amounts, self.program.currency])
        return csv_response(f"costs-{self.program.slug}.csv", rows)


class OfferPage(ProgramView):
    """One vendor's offer: tiers, growth, what is paid once and every year."""

    action = "scorecard.view"
    post_action = "scorecard.edit"

    def get(self, request: HttpRequest, pk: int, status: int = 200, **more: Any) -> HttpResponse:
        vendor = self.find(pk)
        offer = Offer.objects.filter(vendor=vendor).prefetch_related("tiers").first()
        form = more.pop("form", None) or OfferForm(instance=offer, currency=self.program.currency)
        tiers = more.pop("tiers", None) or self.tier_forms(offer)
        row = costs.load_costs(self.program, [vendor])[0]
        return self.page(
            "scorecard/offer.html",
            status=status,
            vendor=vendor,
            row=row,
            form=form,
            tiers=tiers,
            seen_version=more.pop("seen_version", offer.version if offer else 0),
            **more,
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        vendor = self.find(pk)
        form = OfferForm(request.POST, instance=Offer(vendor=vendor), currency=self.program.currency)
        tiers = TierForms(request.POST, prefix="tier", form_kwargs={"currency": self.program.currency})
        seen = request.POST.get("seen_version", "")
        version = int(seen) if seen.isdecimal() else 0
        typed = {"form": form, "tiers": tiers, "seen_version": version}
        if not form.is_valid() or not tiers.is_valid():
            return self.get(request, pk, status=422, **typed)
        rows = [one.cleaned_data for one in tiers if one.cleaned_data.get("seats")]
        try:
            services.save_offer(vendor=vendor, by=request.user, seen_version=version, tiers=rows, **form.cleaned_data)
        except DomainError as exc:
            return self.get(request, pk, status=exc.page_status, error=exc, **typed)
        return self.done("scorecard:offer", pk, message=f"The costs of {vendor} are saved.")

    def tier_forms(self, offer: Offer | None) -> BaseFormSet:
        """The tiers on record and room for more; the first of a new offer has the program's seats."""
        known = [
            {"name": one.name, "price_month": one.price_month, "seats": one.seats}
            for one in (offer.tiers.all() if offer else LicenceTier.objects.none())
        ]
        fresh = [] if known else [{"seats": self.program.seats}]
        filled = known + fresh
        empty: list[dict[str, Any]] = [{} for _ in range(max(TIERS_OFFERED - len(filled), 1))]
        return TierForms(initial=filled + empty, prefix="tier", form_kwargs={"currency": self.program.currency})

    def find(self, pk: int) -> Vendor:
        return get_object_or_404(Vendor.objects.of(self.program).select_related("program"), pk=pk)
