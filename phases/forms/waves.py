"""Forms of pilots and of the go-live of waves."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.program.models import Program, Team
from crmprogram.web.forms_program import DateField
from phases.forms.method import SignedForm
from phases.models import Pilot


class PilotForm(forms.Form):
    """Who tries it, what for, and against which number."""

    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="No single team")
    region = forms.CharField(max_length=80, required=False, help_text="Where no single team is the pilot.")
    use_case = forms.CharField(
        label="Use case", max_length=300, help_text="What the pilot does in the CRM, for example log every first call."
    )
    metric = forms.CharField(label="Success metric", max_length=120, help_text="For example first calls logged.")
    unit = forms.CharField(max_length=20, required=False, help_text="For example % or days.")
    baseline = forms.DecimalField(max_digits=14, decimal_places=2, help_text="What it is today.")
    target = forms.DecimalField(max_digits=14, decimal_places=2, help_text="Below the baseline: less is better.")
    starts_on = DateField(label="First day")
    ends_on = DateField(label="Last day", help_text="4 to 8 weeks.")

    def __init__(self, *args: Any, program: Program, pilot: Pilot | None = None, **kwargs: Any) -> None:
        if pilot is not None:
            names = [*self.base_fields, "edit"]
            kwargs["initial"] = {name: getattr(pilot, name) for name in names} | {"seen_edit": pilot.edit}
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.of(program)
        if pilot is not None:
            self.fields["seen_edit"] = forms.IntegerField(widget=forms.HiddenInput)


class MeasureForm(forms.Form):
    on = DateField(label="Measured on")
    value = forms.DecimalField(max_digits=14, decimal_places=2)
    source = forms.CharField(max_length=200, help_text="Where the number is from.")


class CloseForm(forms.Form):
    finding = forms.CharField(
        label="What it found",
        max_length=4000,
        help_text="What works, and what changes before the next wave.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class StartForm(SignedForm):
    """The go-live of a wave; the reason is asked for where something is not met."""

    starts_on = DateField(label="Goes live on")
    field_order = ("starts_on", "reason", "password")

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, label="Why it goes live all the same" if needs_reason else "Note", **kwargs)
        self.fields["reason"].required = needs_reason
        if not needs_reason:
            self.fields["reason"].help_text = ""


class ReviewForm(forms.Form):
    """What the 30-day review of a wave found."""

    due_on = forms.DateField(widget=forms.HiddenInput)
    held_on = DateField(label="Held on")
    finding = forms.CharField(label="What it found", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    next_step = forms.CharField(label="What follows", max_length=300, required=False)
