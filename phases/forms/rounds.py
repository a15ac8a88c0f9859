"""Forms of what follows a signature: re-affirm, reopen, and name who signs in between."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.program.models import Position, PositionLevel, Program
from phases.dossier import Sheet
from phases.forms.gates import PasswordForm
from phases.models import Decision

EXECUTIVES = (PositionLevel.C_LEVEL, PositionLevel.FOUNDER, PositionLevel.OWNER, PositionLevel.VP)


class AgainForm(PasswordForm):
    """Re-affirm a signed gate, or reopen it. Nothing is chosen beforehand; both need a reason."""

    decision = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Decision.REAFFIRMED, Decision.REOPENED)],
        error_messages={"required": "Choose what you decide."},
    )
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text="It stands in the dossier.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, sheet: Sheet, is_fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_again_%s", **kwargs)
        self.is_fresh = is_fresh
        self.initial.setdefault("seen_digest", sheet.digest)
        self.initial.setdefault("seen", sheet.basis)

    @property
    def chosen(self) -> str:
        return self.data.get("decision", "") if self.is_bound else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.is_fresh and not data.get("password"):
            self.add_error("password", "Enter your password to sign.")
        return data


class DelegateForm(PasswordForm):
    """Who signs while the sponsor is away, and until when."""

    position = forms.ModelChoiceField(
        queryset=Position.objects.none(),
        empty_label="Choose a position",
        help_text="A VP or higher. They sign no gate they requested, and grant no waiver.",
    )
    until_on = forms.DateField(
        label="Last day", help_text="At most 30 days from now.", widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(max_length=300)

    field_order = ("position", "until_on", "reason", "password")

    def __init__(self, *args: Any, program: Program, is_fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        positions = Position.objects.of(program).filter(level__in=EXECUTIVES, membership__is_active=True)
        if program.accountable is not None:
            positions = positions.exclude(membership=program.accountable.membership_id)
        self.fields["position"].queryset = positions
        if is_fresh:
            del self.fields["password"]
