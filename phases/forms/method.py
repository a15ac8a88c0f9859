"""Forms of what the sponsor signs about the method, and of the order of the steps."""

from __future__ import annotations

from typing import Any

from django import forms

from phases.forms.gates import PasswordForm


class SignedForm(PasswordForm):
    """A reason and the signer's password; the password is left out while one counts."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text="It stands on every report.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("reason", "password")

    def __init__(self, *args: Any, is_fresh: bool, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label
        if is_fresh:
            del self.fields["password"]
