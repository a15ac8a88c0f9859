"""Put a refusal of a service into the form that caused it, with what was typed kept."""

from __future__ import annotations

from django import forms

from crmprogram.program.errors import DomainError, Invalid

UNPROCESSABLE = 422


def put_refusal(form: forms.BaseForm, refusal: DomainError) -> int:
    """Add the sentence to the field it names, else to the form; returns the answer's status."""
    field = refusal.details.get("field")
    form.add_error(field if field in form.fields else None, str(refusal))
    return UNPROCESSABLE if isinstance(refusal, Invalid) else refusal.status
