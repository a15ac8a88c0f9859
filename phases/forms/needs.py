"""The forms of gaps and capabilities."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from crmprogram.program.models import Program
from crmprogram.web.templatetags.rollout import WHOLE_CURRENCIES
from phases.models import Bucket, Capability, Confidence, DeliveryPhase, Gap, GapKind
from phases.queries.process_map import steps_of


class StepField(forms.ModelChoiceField):
    def label_from_instance(self, step) -> str:
        return f"{step.lane.name}: {step.name}"


class StepsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, step) -> str:
        future = ", future" if step.lane.map.state == "future" else ""
        return f"{step.lane.name}: {step.name}{future}"


class NumberedField(forms.ModelMultipleChoiceField):
    """Things with a number people use: "7 · Leads wait for days"."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, thing) -> str:
        return f"{thing.number} · {getattr(thing, 'title', None) or thing.name}"


class GapForm(forms.Form):
    """A gap; money is typed in whole units of the currency and kept in minor units."""

    title = forms.CharField(label="What is broken", max_length=160)
    detail = forms.CharField(label="Detail", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    step = StepField(label="Where", queryset=None, required=False, empty_label="Not at one step")
    kind = forms.ChoiceField(label="Kind", choices=GapKind.choices)
    volume = forms.DecimalField(label="Volume a year", required=False, min_value=0, max_digits=14, decimal_places=2)
    volume_of = forms.CharField(label="Of what", required=False, max_length=60, help_text="For example: inbound leads.")
    rate_percent = forms.DecimalField(
        label="Rate in %", required=False, min_value=0, max_value=100, max_digits=6, decimal_places=3
    )
    amount = forms.DecimalField(label="Value of each", required=False, min_value=0, max_digits=14, decimal_places=2)
    source = forms.CharField(
        label="Where the numbers come from", required=False, max_length=200, help_text="For example: CRM export of May."
    )
    confidence = forms.ChoiceField(label="Confidence", choices=Confidence.choices, initial=Confidence.MEDIUM)
    closed_by = NumberedField(label="Closed by", queryset=None, required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, program: Program, gap: Gap | None = None, **kwargs):
        self.minor = 1 if program.currency in WHOLE_CURRENCIES else 100
        if gap is not None:
            names = set(self.base_fields) - {"amount", "closed_by", "seen_version"}
            initial = {name: getattr(gap, name) for name in names}
            for name in ("volume", "rate_percent"):
                initial[name] = plain(initial[name])
            initial["amount"] = None if gap.value is None else plain(Decimal(gap.value) / self.minor)
            initial["closed_by"] = list(gap.capabilities.all())
            kwargs["initial"] = {**initial, "seen_version": gap.version}
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Value of each, {program.currency}"
        self.fields["step"].queryset = steps_of(program, "current")
        self.fields["closed_by"].queryset = Capability.objects.of(program).order_by("number")
        if not self.fields["closed_by"].queryset.exists():
            del self.fields["closed_by"]

    def values(self) -> dict:
        """What the service takes: the amount as minor units."""
        data = dict(self.cleaned_data)
        data.pop("seen_version", None)
        amount = data.pop("amount")
        data["value"] = None if amount is None else int((amount * self.minor).to_integral_value())
        return data


class CapabilityForm(forms.Form):
    name = forms.CharField(label="What the system must be able to do", max_length=160)
    detail = forms.CharField(label="Detail", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    bucket = forms.ChoiceField(label="Bucket", choices=Bucket.choices)
    phase = forms.TypedChoiceField(
        label="Delivered in",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Not decided"), *DeliveryPhase.choices],
    )
    gaps = NumberedField(label="Closes these gaps", queryset=None, required=False)
    steps = StepsField(label="Asked for by these steps", queryset=None, required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, program: Program, capability: Capability | None = None, **kwargs):
        if capability is not None:
            initial = {name: getattr(capability, name) for name in ("name", "detail", "bucket", "phase")}
            initial |= {"gaps": list(capability.gaps.all()), "steps": list(capability.steps.all())}
            kwargs["initial"] = {**initial, "seen_version": capability.version}
        super().__init__(*args, **kwargs)
        self.fields["gaps"].queryset = Gap.objects.of(program).order_by("number")
        self.fields["steps"].queryset = steps_of(program)
        for name in ("gaps", "steps"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]

    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}


class MoveForm(forms.Form):
    """Into which bucket."""

    bucket = forms.ChoiceField(label="Move to", choices=Bucket.choices)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


def plain(value: Decimal | None) -> str | None:
    """A decimal without trailing zeros, as one types it."""
    return None if value is None else format(value.normalize(), "f")
