"""Forms of the gates. What they ask for, the services enforce."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from crmprogram.program import clock
from crmprogram.program.models import Position, Program
from phases.dossier import Row, Sheet

APPROVE, SEND_BACK, WAIVE = "approved", "sent_back", "waive"


class RequestForm(forms.Form):
    """Ask the sponsor to decide."""

    note = forms.CharField(
        label="Note to the sponsor", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecisionForm(forms.Form):
    """Approve, send back, or waive one criterion. Nothing is chosen beforehand.

    `choices` are built from the sheet: "approved", "sent_back", and "waive:A2" for each criterion
    that can be waived. The password is asked for unless one was given in the last five minutes.
    """

    decision = forms.CharField(error_messages={"required": "Choose what you decide."})
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    returned_for = forms.MultipleChoiceField(label="Send back for", required=False)
    note = forms.CharField(
        label="Note to the team", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label="Reason of the waiver", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    stand_in = forms.CharField(
        label="In the meantime",
        required=False,
        max_length=1000,
        help_text="The measure that stands in for the criterion.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    ends_on = forms.DateField(label="Ends on", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(
        self,
        *args: Any,
        sheet: Sheet,
        is_pending: bool,
        is_fresh: bool,
        today: date | None = None,
        may_waive: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sheet, self.is_pending, self.is_fresh, self.may_waive = sheet, is_pending, is_fresh, may_waive
        self.today = today or clock.today()
        self.fields["returned_for"].choices = [(row.key, f"{row.number} {row.title}") for row in sheet.criteria]
        self.initial.setdefault("seen_digest", sheet.digest)
        self.initial.setdefault("seen", sheet.basis)

    @property
    def waivable(self) -> list[Row]:
        """The criteria that block and could be waived by this person; a delegate waives none (G7)."""
        return [row for row in self.sheet.blocking if row.waivable] if self.may_waive else []

    @property
    def returnable(self) -> list[Row]:
        """The criteria one can send the gate back for, those that block first."""
        return sorted(self.sheet.criteria, key=lambda row: not row.blocks)

    @property
    def chosen(self) -> str:
        return self.data.get("decision", "") if self.is_bound else ""

    @property
    def chosen_returns(self) -> list[str]:
        return self.data.getlist("returned_for") if self.is_bound else []

    def clean_decision(self) -> str:
        value = self.cleaned_data["decision"]
        allowed = {f"{WAIVE}:{row.key}" for row in self.sheet.criteria}
        if self.is_pending:
            allowed |= {APPROVE, SEND_BACK}
        if value not in allowed:
            raise forms.ValidationError("Choose one of the decisions that are offered.")
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        decision = data.get("decision", "")
        if decision == SEND_BACK and not data.get("note", "").strip():
            self.add_error("note", "Say why, so that the team knows what to change.")
        if decision.startswith(WAIVE):
            if not data.get("reason", "").strip():
                self.add_error("reason", "A waiver needs a reason.")
            if not data.get("stand_in", "").strip():
                self.add_error("stand_in", "Say what stands in for the criterion.")
            row = next(row for row in self.sheet.criteria if row.key == self.criterion)
            if row.continuing and not data.get("ends_on") and "ends_on" not in self.errors:
                self.add_error("ends_on", "This criterion goes on being measured, so its waiver needs an end date.")
        if decision and decision != SEND_BACK and not self.is_fresh and not data.get("password"):
            self.add_error("password", "Enter your password to sign.")
        return data

    @property
    def criterion(self) -> str:
        """The criterion of a waiver."""
        return self.cleaned_data["decision"].partition(":")[2]


class OwnerForm(forms.Form):
    """Name who owns a phase."""

    owner = forms.ModelChoiceField(label="Owner", queryset=Position.objects.none(), empty_label="Choose a position")

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Position.objects.of(program)


class ThresholdForm(forms.Form):
    """The values of one check's threshold, from the shape the check declares; with reason and password."""

    check = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, check: str, values: dict[str, Any], is_fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, prefix=check.replace(".", "-"), initial={"check": check, **values}, **kwargs)
        self.is_fresh, self.names = is_fresh, list(values)
        for name, value in values.items():
            label = name.replace("_", " ").capitalize()
            kind = forms.IntegerField if isinstance(value, int) else forms.CharField
            self.fields[name] = kind(label=label)
        self.fields["reason"] = forms.CharField(
            label="Reason", max_length=2000, help_text="It stands on every report.", widget=forms.Textarea({"rows": 2})
        )
        if not is_fresh:
            self.fields["password"] = PasswordForm.base_fields["password"]

    @property
    def params(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names}

    @property
    def fields_shown(self) -> list[forms.BoundField]:
        return [self[name] for name in (*self.names, "reason", *([] if self.is_fresh else ["password"]))]


class PasswordForm(forms.Form):
    """A password for one act."""

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
