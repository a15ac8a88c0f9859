"""Forms of what vendors quote. Amounts are typed in whole units of the currency and kept in minor units."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.web.forms_program import MoneyField, use_currency
from scorecard.models import Offer, Rfp
from scorecard.services.costs import AMOUNTS


class OfferForm(forms.ModelForm):
    implementation = MoneyField(required=False, label="Implementation, once")
    data_cleaning = MoneyField(required=False, label="Data cleaning, once")
    administration = MoneyField(required=False, label="Administration a year")
    training = MoneyField(required=False, label="Training and change a year")

    class Meta:
        model = Offer
        fields = [
            "source",
            "growth_percent",
            "integration_percent",
            "implementation",
            "data_cleaning",
            "administration",
            "training",
        ]
        help_texts = {
            "source": "The quote and its date, for example “Quote of 3 March, list price less 10 %”.",
            "integration_percent": "Of the licence, in years 2 and 3; 15 to 30 is usual.",
        }

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_currency(self, currency)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return given | {name: given.get(name) or 0 for name in AMOUNTS}


class TierForm(forms.Form):
    """A licence tier; a row without a name is left out."""

    name = forms.CharField(required=False, max_length=80, label="Tier")
    price_month = MoneyField(required=False, label="A seat and month")
    seats = forms.IntegerField(required=False, min_value=1, max_value=100_000, label="Seats, first year")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_currency(self, currency)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("name"):
            return {}
        if given.get("price_month") is None:
            self.add_error("price_month", "Say what a seat costs a month; 0 is an answer.")
        if not given.get("seats"):
            self.add_error("seats", "Say how many seats are bought.")
        return given


class RfpForm(forms.Form):
    """Is a request for proposals held? (V9)"""

    rfp = forms.ChoiceField(choices=Rfp.choices, label="Request for proposals")
    reason = forms.CharField(required=False, max_length=500, label="If it is skipped: why")
    advised_from = MoneyField(label="Advised from, a year")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_currency(self, currency)
