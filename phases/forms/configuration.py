"""The forms of the configuration spec."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from crmprogram.program.models import Position, Program
from crmprogram.web.templatetags.rollout import minor_units
from phases.forms.needs import NumberedField, plain
from phases.models import Build, ConfigItem, ItemKind, Progress, Requirement


class ItemForm(forms.Form):
    """One thing to set up; the cost is typed in whole units of the currency and kept in minor units."""

    kind = forms.ChoiceField(label="Kind", choices=ItemKind.choices)
    parent = forms.ModelChoiceField(
        label="Pipeline", queryset=None, required=False, empty_label="None", help_text="Of a stage."
    )
    name = forms.CharField(label="Name", max_length=120)
    definition = forms.CharField(label="What it means", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ModelChoiceField(label="Owner", queryset=None, required=False, empty_label="Nobody yet")
    fields_to_advance = forms.CharField(
        label="Fields to advance",
        required=False,
        max_length=300,
        help_text="Of a stage: filled before a deal moves on.",
    )
    exit_criterion = forms.CharField(
        label="Exit criterion", required=False, max_length=300, help_text="Of a stage: what has happened then."
    )
    requirements = NumberedField(label="Serves these requirements", queryset=None, required=False)
    is_vendor_default = forms.BooleanField(label="As the vendor delivers it", required=False)
    is_common = forms.BooleanField(label="Part of the common 80 %, built first", required=False, initial=True)
    build = forms.ChoiceField(label="How it is built", choices=Build.choices)
    amount = forms.DecimalField(label="Cost of building it", required=False, min_value=0, max_digits=14)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, program: Program, item: ConfigItem | None = None, **kwargs):
        self.minor = minor_units(program.currency)
        if item is not None:
            names = set(self.base_fields) - {"amount", "requirements", "seen_version"}
            initial = {name: getattr(item, name) for name in names}
            initial["amount"] = None if item.spent is None else plain(Decimal(item.spent) / self.minor)
            initial["requirements"] = list(item.requirements.all())
            kwargs["initial"] = {**initial, "seen_version": item.version}
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Cost of building it, {program.currency}"
        self.fields["parent"].queryset = ConfigItem.objects.of(program).filter(kind=ItemKind.PIPELINE).in_order()
        self.fields["parent"].label_from_instance = lambda pipeline: pipeline.name
        self.fields["owner"].queryset = Position.objects.of(program).order_by("title")
        self.fields["owner"].label_from_instance = lambda position: position.title
        self.fields["requirements"].queryset = Requirement.objects.of(program).order_by("number")
        if not self.fields["requirements"].queryset.exists():
            del self.fields["requirements"]

    def values(self) -> dict:
        data = {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}
        amount = data.pop("amount")
        return {**data, "spent": None if amount is None else int((amount * self.minor).to_integral_value())}


class ProgressForm(forms.Form):
    progress = forms.ChoiceField(label="What was done", choices=Progress.choices)
    evidence = forms.CharField(
        label="What shows it", max_length=300, help_text="For example: test case 7, run by a rep on the sandbox."
    )
    link = forms.URLField(label="Where it can be seen", required=False, assume_scheme="https")
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
