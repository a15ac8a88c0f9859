"""The forms of the goal."""

from __future__ import annotations

from django import forms

from crmprogram.program.models import Program
from phases.models import GoalVersion
from phases.queries.goal import sponsors


def day_field(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class GoalForm(forms.Form):
    """Nothing is required here: the rule itself says in one sentence what is missing (P6)."""

    seen_number = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.CharField(
        label="Outcome",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What will be different, in 2 to 4 sentences.",
    )
    metric = forms.CharField(label="Metric", required=False, max_length=120, help_text="For example: win rate.")
    unit = forms.CharField(label="Unit", required=False, max_length=20, help_text="For example: %, days, deals.")
    baseline_value = forms.DecimalField(
        label="Baseline", required=False, max_digits=16, decimal_places=4, help_text="Where the metric stands today."
    )
    baseline_due_on = day_field("Baseline to be measured by", "Only when it is not known yet; before go-live.")
    target_value = forms.DecimalField(label="Target", required=False, max_digits=16, decimal_places=4)
    target_on = day_field("Target date")
    success_6_months = forms.CharField(
        label="Success at 6 months", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    success_12_months = forms.CharField(
        label="Success at 12 months", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @classmethod
    def of(cls, goal: GoalVersion | None) -> GoalForm:
        """The form for the next version, filled with the present one."""
        if goal is None:
            return cls(initial={"seen_number": 0})
        initial = {name: getattr(goal, name) for name in cls.base_fields if name != "seen_number"}
        for name in ("baseline_value", "target_value"):
            if initial[name] is not None:
                initial[name] = initial[name].normalize().__format__("f")
        return cls(initial={**initial, "seen_number": goal.number})


class RecipientField(forms.ModelChoiceField):
    def label_from_instance(self, membership) -> str:
        return f"{membership.user.display}, {membership.get_role_display()}"


class ShareForm(forms.Form):
    """To whom the goal goes, and how it was put before them."""

    recipient = RecipientField(label="Sponsor", queryset=None, empty_label=None)
    how = forms.CharField(
        label="How", required=False, max_length=200, help_text="For example: walked through in the weekly stand-up."
    )

    def __init__(self, *args, program: Program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["recipient"].queryset = sponsors(program)
