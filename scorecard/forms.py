"""Forms of Pick."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.program.models import Membership
from scorecard.defaults import TEMPLATES, VENDORS
from scorecard.models import (
    Contract,
    CoverageState,
    Criterion,
    Demo,
    DemoSide,
    ListState,
    Reference,
    Simulation,
    Vendor,
)
from scorecard.queries import possible_raters
from scorecard.services.files import MEGABYTES_AT_MOST, NAME_AT_MOST


class VendorForm(forms.Form):
    name = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"list": "known-vendors", "autocomplete": "off"})
    )
    edition = forms.CharField(max_length=80, required=False, label="Edition or plan")
    vertical = forms.CharField(max_length=80, required=False, label="Made for", help_text="Empty: a general CRM.")

    known = [one.name for one in VENDORS]


class VendorEditForm(forms.ModelForm):
    class Meta:
        model = Vendor
        fields = ["name", "edition", "vertical", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def validate_constraints(self) -> None:
        """The name is looked at by the service, without regard to its case."""


class TemplateForm(forms.Form):
    template = forms.ChoiceField(
        choices=[(one.key, f"{one.name}. {one.suits}") for one in TEMPLATES], widget=forms.RadioSelect, label="Template"
    )


class MoveForm(forms.Form):
    to = forms.ChoiceField(choices=[one for one in ListState.choices if one[0] != ListState.SELECTED], label="Move to")
    reason = forms.CharField(required=False, max_length=500)


class SelectForm(forms.Form):
    rationale = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}), help_text="What decided, what spoke against it, who disagreed."
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ExcuseForm(forms.Form):
    reason = forms.CharField(max_length=200)


class ConsensusForm(forms.Form):
    """A value for the cell, or none to take it away; the reason is the service's to ask for."""

    value = forms.DecimalField(
        required=False,
        min_value=1,
        max_value=5,
        max_digits=3,
        decimal_places=2,
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"],
            "A value from 1 to 5, for example 3.5.",
        ),
    )
    reason = forms.CharField(required=False, max_length=2000)


class CriterionForm(forms.ModelForm):
    class Meta:
        model = Criterion
        fields = ["name", "verified_by", "anchor_1", "anchor_3", "anchor_5", "floor"]


class RaterForm(forms.Form):
    membership = forms.ModelChoiceField(Membership.objects.none(), label="Member")

    def __init__(self, *args: Any, program: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = possible_raters(program)  # type: ignore[attr-defined]


class CellForm(forms.Form):
    """One cell of the own sheet: a score with evidence, or an abstention with its reason.

    Gives `score` None and a reason for an abstention; a reason left over beside a score is dropped.
    """

    ABSTAIN = "abstain"

    score = forms.ChoiceField(
        choices=[*[(str(n), str(n)) for n in range(1, 6)], (ABSTAIN, "abstain")], required=False, initial=""
    )
    note = forms.CharField(required=False, max_length=2000)
    link = forms.URLField(required=False, assume_scheme="https")
    abstained = forms.CharField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = given.get("score", "")
        if chosen == self.ABSTAIN and not given.get("abstained"):
            self.add_error("abstained", "Say why you abstain.")
        given["score"] = int(chosen) if chosen.isdecimal() else None
        if given["score"]:
            given["abstained"] = ""
        return given


class EvidenceFileForm(forms.Form):
    file = forms.FileField(
        label="File",
        max_length=NAME_AT_MOST,
        help_text=f"A screenshot, a report or a quote: one file of at most {MEGABYTES_AT_MOST} MB.",
    )


class SimulationForm(forms.ModelForm):
    class Meta:
        model = Simulation
        fields = ["draws", "weight_noise", "rating_noise", "seed"]
        help_texts = {"seed": "Any word; the same word gives the same result. Empty: chosen for you."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seed"].required = False


class CoverageForm(forms.Form):
    state = forms.ChoiceField(choices=CoverageState.choices)
    note = forms.CharField(required=False, max_length=200)


class DemoForm(forms.ModelForm):
    class Meta:
        model = Demo
        fields = [
            "vendor",
            "held_on",
            "hours",
            "hands_on",
            "own_data",
            "clicks_to_log",
            "seconds_to_find",
            "summary",
        ]
        widgets = {"held_on": forms.DateInput(attrs={"type": "date"}), "summary": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, program: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor"].queryset = Vendor.objects.of(program).standing()  # type: ignore[attr-defined]


class PartForm(forms.Form):
    """One person in a demo."""

    membership = forms.ModelChoiceField(Membership.objects.none(), required=False, label="Member")
    side = forms.ChoiceField(choices=DemoSide.choices, required=False, label="As")
    notes = forms.CharField(required=False, max_length=2000, label="Notes")

    def __init__(self, *args: Any, program: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = (  # type: ignore[attr-defined]
            program.memberships.active().select_related("user")
        )


class ReferenceForm(forms.ModelForm):
    class Meta:
        model = Reference
        fields = [
            "vendor",
            "customer",
            "called_on",
            "similar_size",
            "similar_industry",
            "past_first_year",
            "would_do_differently",
            "notes",
        ]
        widgets = {
            "called_on": forms.DateInput(attrs={"type": "date"}),
            "would_do_differently": forms.Textarea(attrs={"rows": 2}),
            "notes": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, program: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor"].queryset = Vendor.objects.of(program).standing()  # type: ignore[attr-defined]


class ContractForm(forms.ModelForm):
    file = forms.FileField(help_text="The signed contract, one file of at most 20 MB.")

    class Meta:
        model = Contract
        fields = ["signed_on", "implementation_scope", "success_criteria", "termination"]
        widgets = {
            "signed_on": forms.DateInput(attrs={"type": "date"}),
            "implementation_scope": forms.Textarea(attrs={"rows": 2}),
            "success_criteria": forms.Textarea(attrs={"rows": 2}),
            "termination": forms.Textarea(attrs={"rows": 2}),
        }
