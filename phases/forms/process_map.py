"""The forms of the process map."""

from __future__ import annotations

from django import forms

from crmprogram.program.models import Function
from phases.models import Lane, MapState, ProcessMap, Step


class SeenForm(forms.Form):
    """The version of what was shown, so that nobody overwrites a change not seen."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class LaneForm(forms.Form):
    name = forms.CharField(
        label="Role", max_length=60, help_text="For example: Marketing, SDR, Account executive, Customer success."
    )
    function = forms.ChoiceField(
        label="Signed off by somebody from", choices=Function.choices, help_text="Who represents this role."
    )
    state = forms.ChoiceField(choices=MapState.choices, required=False, widget=forms.HiddenInput)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, lane: Lane | None = None, **kwargs):
        if lane is not None:
            kwargs["initial"] = {"name": lane.name, "function": lane.function, "seen_version": lane.version}
        super().__init__(*args, **kwargs)


class StepChoices(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, step: Step) -> str:
        return f"{step.lane.name}: {step.name}"


class StepForm(forms.Form):
    """A step's content; `others` are the steps before it (new) or after it (existing)."""

    lane = forms.ModelChoiceField(label="Lane", queryset=None, empty_label=None)
    name = forms.CharField(label="What is done", max_length=80)
    tool = forms.CharField(label="Tool used", max_length=80, required=False, help_text="Empty: none.")
    data_captured = forms.CharField(
        label="Data captured", max_length=160, required=False, help_text="Empty: nothing is captured."
    )
    failure_mode = forms.CharField(
        label="How it fails", max_length=200, required=False, help_text="Empty: it works. Otherwise it stands out."
    )
    others = StepChoices(label="Comes after", queryset=None, required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, drawn: ProcessMap, step: Step | None = None, **kwargs):
        if step is not None:
            initial = {name: getattr(step, name) for name in ("lane", "name", "tool", "data_captured", "failure_mode")}
            initial["others"] = [arrow.target_id for arrow in step.arrows_out.all()]
            kwargs["initial"] = {**initial, "seen_version": step.version}
        super().__init__(*args, **kwargs)
        self.fields["lane"].queryset = Lane.objects.filter(map=drawn).order_by("order")
        others = Step.objects.filter(lane__map=drawn).select_related("lane").order_by("lane__order", "order", "pk")
        if step is not None:
            others = others.exclude(pk=step.pk)
            self.fields["others"].label = "Leads to"
        self.fields["others"].queryset = others
        if not others.exists():
            del self.fields["others"]


class PlaceForm(forms.Form):
    """Where a step goes: into a lane, before another step of it or at its end."""

    lane = forms.ModelChoiceField(queryset=None)
    before = forms.ModelChoiceField(queryset=None, required=False)

    def __init__(self, *args, drawn: ProcessMap, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lane"].queryset = Lane.objects.filter(map=drawn)
        self.fields["before"].queryset = Step.objects.filter(lane__map=drawn).select_related("lane")


class OneStep(forms.ModelChoiceField):
    def label_from_instance(self, step: Step) -> str:
        return f"{step.lane.name}: {step.name}"


class ConnectForm(forms.Form):
    """An arrow from one step to another. `act` takes it away again, or turns it over, as a second press does."""

    source = OneStep(label="From", queryset=None, empty_label=None)
    target = OneStep(label="To", queryset=None, empty_label=None)
    label = forms.CharField(
        label="When", max_length=40, required=False, help_text="Where the way branches: the case that leads here."
    )
    act = forms.ChoiceField(choices=[(one, one) for one in ("draw", "cut", "turn")], widget=forms.HiddenInput)

    def __init__(self, *args, drawn: ProcessMap, **kwargs):
        super().__init__(*args, **kwargs)
        steps = Step.objects.filter(lane__map=drawn).select_related("lane__map__program")
        for name in ("source", "target"):
            self.fields[name].queryset = steps.order_by("lane__order", "order", "pk")
