"""The forms of requirements, interviews and their findings."""

from __future__ import annotations

from django import forms

from crmprogram.program import clock
from crmprogram.program.models import Program
from phases.forms.needs import NumberedField, StepsField
from phases.models import Bucket, Capability, ConfigItem, Finding, Gap, Interview, InterviewRole, Requirement
from phases.models import RequirementKind as Kind
from phases.queries.process_map import steps_of

TRACES = ("gaps", "capabilities", "steps", "items")


class TracedForm(forms.Form):
    """A form with fields that tie to other things of the program; empty lists are left out."""

    traces: tuple[str, ...] = ()

    def __init__(self, *args, program: Program, **kwargs):
        super().__init__(*args, **kwargs)
        found = {
            "gaps": Gap.objects.of(program).order_by("number"),
            "capabilities": Capability.objects.of(program).order_by("number"),
            "steps": steps_of(program),
            "items": ConfigItem.objects.of(program).in_order(),
            "requirements": Requirement.objects.of(program).order_by("number"),
        }
        for name in self.traces:
            self.fields[name].queryset = found[name]
            if not found[name].exists():
                del self.fields[name]

    def values(self) -> dict:
        """What the service takes: the plain fields, and the ties under `traces`."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}
        ties = {name: data.pop(name) for name in self.traces if name in data}
        return {**data, "traces": ties}


class RequirementForm(TracedForm):
    title = forms.CharField(label="What is needed", max_length=160)
    kind = forms.ChoiceField(label="Kind", choices=Kind.choices)
    bucket = forms.ChoiceField(label="How soon", choices=Bucket.choices)
    detail = forms.CharField(label="Detail", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    acceptance_test = forms.CharField(
        label="What is done", required=False, max_length=300, help_text="For example: a lead comes in by the web form."
    )
    acceptance_result = forms.CharField(
        label="What is then seen",
        required=False,
        max_length=300,
        help_text="For example: within five minutes a rep owns it and has a task.",
    )
    gaps = NumberedField(label="Gaps that ask for it", queryset=None, required=False)
    capabilities = NumberedField(label="Capabilities it details", queryset=None, required=False)
    steps = StepsField(label="Steps that ask for it", queryset=None, required=False)
    items = NumberedField(label="Ends in these configuration items", queryset=None, required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    traces = TRACES

    def __init__(self, *args, requirement: Requirement | None = None, **kwargs):
        if requirement is not None:
            plain = [name for name in self.base_fields if name not in (*TRACES, "seen_version")]
            initial = {name: getattr(requirement, name) for name in plain}
            initial |= {name: list(getattr(requirement, name).all()) for name in TRACES}
            kwargs["initial"] = {**initial, "seen_version": requirement.version}
        super().__init__(*args, **kwargs)


class InterviewForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=InterviewRole.choices)
    who = forms.CharField(
        label="Title of the person", max_length=100, help_text="For example: Account executive, enterprise."
    )
    held_on = forms.DateField(
        label="Date", widget=forms.DateInput(attrs={"type": "date"}), help_text="A day to come is an appointment."
    )
    summary = forms.CharField(label="In short", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, program: Program, interview: Interview | None = None, **kwargs):
        initial = {"held_on": clock.today(program)}
        if interview is not None:
            initial = {name: getattr(interview, name) for name in ("role", "who", "held_on", "summary")}
            initial["seen_version"] = interview.version
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}


class FindingForm(TracedForm):
    text = forms.CharField(label="What was heard", max_length=300)
    gaps = NumberedField(label="Gaps that came of it", queryset=None, required=False)
    requirements = NumberedField(label="Requirements that came of it", queryset=None, required=False)
    traces = ("gaps", "requirements")

    def __init__(self, *args, finding: Finding | None = None, **kwargs):
        if finding is not None:
            kwargs["initial"] = {
                "text": finding.text,
                "gaps": list(finding.gaps.all()),
                "requirements": list(finding.requirements.all()),
            }
        super().__init__(*args, **kwargs)
