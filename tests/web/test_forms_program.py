"""Amounts as people type them, in currencies with and without minor units."""

import pytest
from django import forms

from crmprogram.program.models import Program
from crmprogram.web.forms_program import MoneyField, ProgramForm, use_currency
from crmprogram.web.templatetags.rollout import money


class Price(forms.Form):
    amount = MoneyField(required=False)

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        use_currency(self, currency)


@pytest.mark.parametrize(("currency", "typed", "minor", "shown"), [
    ("EUR", "1,250.50", 125_050, "EUR 1,250.50"),
    ("EUR", "12", 1_200, "EUR 12"),
    ("JPY", "1,250", 1_250, "JPY 1,250"),
    ("KRW", "45 000 000", 45_000_000, "KRW 45,000,000"),
    ("JPY", "1250.00", 1_250, "JPY 1,250"),
])  # fmt: skip
def test_amount_is_kept_in_minor_units_and_comes_back_as_typed(currency, typed, minor, shown):
    form = Price({"amount": typed}, currency=currency)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == minor
    assert money(minor, currency) == shown
    again = Price(initial={"amount": minor}, currency=currency)["amount"].value()
    back = Price({"amount": again}, currency=currency)
    assert back.is_valid()
    assert back.cleaned_data["amount"] == minor


def test_broken_amount_is_refused_where_there_is_no_smaller_unit():
    form = Price({"amount": "12.50"}, currency="JPY")

    assert form.errors["amount"] == ["JPY has no smaller unit: give a whole amount."]
    assert Price({"amount": "12.50"}, currency="USD").is_valid()


def test_revenue_is_read_in_the_currency_that_is_typed_beside_it():
    typed = {"currency": "jpy", "yearly_revenue": "900,000,000"}

    form = ProgramForm(typed, instance=Program(currency="USD", yearly_revenue=5_000_050))
    form.is_valid()

    assert form.cleaned_data["yearly_revenue"] == 900_000_000
    shown = ProgramForm(instance=Program(currency="USD", yearly_revenue=5_000_050))
    assert shown["yearly_revenue"].value() == "50000.50"
