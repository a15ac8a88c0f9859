"""The forms of the scope."""

from __future__ import annotations

from django import forms

from phases.models import ScopeKind


class ScopeItemForm(forms.Form):
    """One line of the scope; `kind` comes from the list it is added to."""

    kind = forms.ChoiceField(label="Where", choices=ScopeKind.choices)
    text = forms.CharField(label="What", max_length=300)
    reason = forms.CharField(label="Why", max_length=300, required=False)


class ScopeChangeForm(ScopeItemForm):
    seen_edit = forms.IntegerField(widget=forms.HiddenInput)


class SeenEditForm(forms.Form):
    seen_edit = forms.IntegerField(widget=forms.HiddenInput)
