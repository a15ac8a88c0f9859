"""Forms of escalations, and of the rule that opens them (M5)."""

from __future__ import annotations

from typing import Any

from django import forms

from adoption.forms import DateField, OfProgram
from adoption.models import Metric
from adoption.services.targets import MOST_NEEDED
from crmprogram.program.models import Membership, Team
from phases.method import PHASES


class AcknowledgeForm(OfProgram):
    plan = forms.CharField(
        label="What will be done",
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    owner = forms.ModelChoiceField(Membership.objects.none(), label="Owner", empty_label="Choose a person")
    due_on = DateField(label="Due")


class ReplanForm(AcknowledgeForm):
    reason = forms.CharField(label="Why the plan changes", max_length=300)


class CommentForm(forms.Form):
    text = forms.CharField(label="Comment", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class CloseForm(forms.Form):
    outcome = forms.CharField(
        label="What came of it",
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What helped, or did not: the next episode reads it.",
    )


class RuleForm(OfProgram):
    """A target and its rule, to be tried or set."""

    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="All teams")
    phase = forms.TypedChoiceField(label="Phase", required=False, coerce=int, empty_value=None)
    value = forms.DecimalField(label="Target", min_value=0, max_digits=6, decimal_places=1)
    needed = forms.IntegerField(label="Weeks in a row", min_value=2, max_value=MOST_NEEDED, initial=2)
    escalates = forms.BooleanField(label="Escalate when it is worse so long", required=False)
    since = forms.CharField(label="Judges weeks from", required=False, max_length=10, help_text="Empty: this week.")
    reason = forms.CharField(label="Why", required=False, max_length=200)

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phases = [(str(number), one.name) for number, one in PHASES.items()]
        self.fields["phase"].choices = [("", "Every phase"), *phases]  # type: ignore[attr-defined]
        unit = "Calls and emails per rep and week." if key == Metric.RATE else "Percent."
        self.fields["value"].help_text = f"{unit} A limit to stay below." if key == Metric.STALE else unit

    @property
    def seen(self) -> str:
        """What a person has to have seen the effect of before it is switched on."""
        data = self.cleaned_data
        team = data["team"].pk if data["team"] else ""
        return f"{team}/{data['phase'] or ''}/{data['value'].normalize():f}/{data['needed']}"
