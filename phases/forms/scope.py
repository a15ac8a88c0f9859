"""The forms of the scope."""

from __future__ import annotations

from django import forms

from phases.forms.method import SignedForm
from phases.models import ScopeKind, ScopeRequestState


class ScopeItemForm(forms.Form):
    """One line of the scope; `kind` comes from the list it is added to."""

    kind = forms.ChoiceField(label="Where", choices=ScopeKind.choices)
    text = forms.CharField(label="What", max_length=300)
    reason = forms.CharField(label="Why", max_length=300, required=False)


class ScopeChangeForm(ScopeItemForm):
    seen_edit = forms.IntegerField(widget=forms.HiddenInput)


class AdditionForm(forms.Form):
    """What is asked for after the lock."""

    text = forms.CharField(label="What", max_length=300)
    reason = forms.CharField(label="Why it cannot be left out", max_length=300)


class AdditionDecisionForm(SignedForm):
    """Let it in, or decline it. Nothing is chosen beforehand."""

    state = forms.ChoiceField(
        label="Decision",
        choices=[(ScopeRequestState.EXCEPTION, "Let it into scope"), (ScopeRequestState.DECLINED, "Decline it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide."},
    )
    field_order = ("state", "reason", "password")


class SeenEditForm(forms.Form):
    seen_edit = forms.IntegerField(widget=forms.HiddenInput)
