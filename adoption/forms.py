"""Forms of adoption."""

from __future__ import annotations

from calendar import day_name
from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms

from adoption import calendars
from adoption.milestones import COMPARED
from adoption.models import Rep, Severity
from adoption.queries import FIGURES
from crmprogram.intake.fields import FIELDS
from crmprogram.program.models import Membership, Program, Team

DATE = {"type": "date"}
# written by the CRM itself: nobody forgets to fill them
SYSTEM = {
    *("source_id", "account_id", "contact_id", "created_at", "updated_at", "last_activity_at", "closed_at"),
    *("won_at", "lost_at", "is_closed", "is_won", "lead_created_at"),
}


class DateField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"), **kwargs)


class OfProgram(forms.Form):
    """A form with choices from one program."""

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("team", Team), ("owner", Membership)):
            if name in self.fields:
                found = model.objects.of(program)
                if model is Membership:
                    found = found.filter(is_active=True).select_related("user")
                self.fields[name].queryset = found  # type: ignore[attr-defined]


class CountForm(forms.Form):
    """How the file is read, where it does not say so itself."""

    order = forms.ChoiceField(
        label="Dates that can be read in two ways",
        required=False,
        choices=[("", "The data decides"), ("day_first", "Day first"), ("month_first", "Month first")],
    )
    zone = forms.CharField(
        label="Time zone of times without one",
        required=False,
        help_text="Empty: the program's. For example Asia/Tokyo.",
    )
    as_of = DateField(label="Export made on", required=False)

    def clean_zone(self) -> str:
        zone = self.cleaned_data["zone"].strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError("This time zone is not known. Write it as Europe/Berlin.")
        return zone


class ConfirmWeekForm(forms.Form):
    note = forms.CharField(label="Why the data is right", max_length=300)


class SettleForm(OfProgram):
    """Of the ticked owners: reps of a team, or no reps."""

    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="Choose a team")
    reason = forms.CharField(label="Why not a rep", required=False, max_length=200)


class MergeForm(forms.Form):
    """Of the ticked owners: other names of a rep who counts."""

    rep = forms.ModelChoiceField(Rep.objects.none(), label="Are other names of", empty_label="Choose a rep")
    reason = forms.CharField(label="How you know", max_length=200)

    def __init__(self, *args: Any, program: Program, without: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Rep.objects.of(program).counted().exclude(pk=without)
        self.fields["rep"].queryset = found  # type: ignore[attr-defined]
        self.fields["rep"].label_from_instance = lambda one: f"{one.code}, {one.key}"  # type: ignore[attr-defined]


class RepForm(OfProgram):
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False)
    starts_on = DateField(label="First day", required=False)
    leaves_on = DateField(label="Last day", required=False)
    pilot_on = DateField(label="Pilot from", required=False)
    works_on = forms.MultipleChoiceField(
        label="Part time, only on",
        required=False,
        choices=[(str(n), day_name[n]) for n in range(7)],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_works_on(self) -> str:
        return "".join(sorted(self.cleaned_data["works_on"]))


class AbsenceForm(forms.Form):
    first_on = DateField(label="First day")
    last_on = DateField(label="Last day")


class HolidayForm(OfProgram):
    day = DateField(label="Day")
    name = forms.CharField(label="Name", max_length=80)
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="All teams")


class FigureForm(OfProgram):
    """A number that no export holds, with where it comes from."""

    key = forms.ChoiceField(label="Figure", choices=[(key, label) for key, (label, *_) in FIGURES.items()])
    period = forms.CharField(label="Quarter or month", max_length=10, help_text="2026-Q3, or 2026-07.")
    value = forms.DecimalField(
        label="Value", min_value=0, max_digits=16, decimal_places=2, help_text="Money, percent, months or a number."
    )
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="All teams")
    source = forms.CharField(label="Where it comes from", max_length=200)


class CalendarForm(OfProgram):
    """The country in which a team works."""

    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label="Choose a team")
    country = forms.ChoiceField(label="Works in", required=False)
    part = forms.CharField(
        label="Part of the country", required=False, max_length=10, help_text="Where holidays differ: BY for Bavaria."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((_country(code), code) for code in calendars.countries())
        choices = [("", "No country: Saturday and Sunday off"), *((code, name) for name, code in named)]
        self.fields["country"].choices = choices  # type: ignore[attr-defined]

    def clean_part(self) -> str:
        return self.cleaned_data["part"].strip().upper()


def _country(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return found.name if found else code


class FieldsForm(forms.Form):
    """Fields of an object that are required from the start."""

    fields = forms.MultipleChoiceField(label="Required fields", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, object: str, **kwargs: Any) -> None:  # noqa: A002, the word of the domain
        super().__init__(*args, **kwargs)
        known = [(one.name, one.label) for one in FIELDS[object] if one.name not in SYSTEM]
        self.fields["fields"].choices = known  # type: ignore[attr-defined]


class IssueForm(OfProgram):
    title = forms.CharField(label="What goes wrong", max_length=160)
    severity = forms.ChoiceField(label="How bad", choices=Severity, initial=Severity.MAJOR)
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="All teams")
    detail = forms.CharField(
        label="What was done and what happened", required=False, max_length=4000, widget=forms.Textarea({"rows": 3})
    )


class JudgeIssueForm(OfProgram):
    severity = forms.ChoiceField(label="How bad", choices=Severity)
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", required=False, empty_label="All teams")
    reason = forms.CharField(label="Why it is judged so", max_length=300)


class CloseIssueForm(forms.Form):
    resolution = forms.CharField(label="What was done about it", max_length=2000, widget=forms.Textarea({"rows": 3}))


class ReopenIssueForm(forms.Form):
    reason = forms.CharField(label="What still goes wrong", max_length=300)


class ReviewIssuesForm(forms.Form):
    note = forms.CharField(label="Gone through with", max_length=300, help_text="Who was asked, and about which days.")


class HoldForm(forms.Form):
    """A checkpoint: what its readings mean, and what follows."""

    comment = forms.CharField(label="What the readings mean", max_length=2000, widget=forms.Textarea({"rows": 3}))
    next_step = forms.CharField(label="What follows", required=False, max_length=300)


class BaselineForm(forms.Form):
    """What a measure was before go-live, where no export holds it."""

    key = forms.ChoiceField(label="Measure", choices=[(one.key, f"{one.label}, {one.unit}") for one in COMPARED])
    value = forms.DecimalField(label="Value", min_value=0, max_digits=14, decimal_places=4)
    measured_on = DateField(label="Last day it covers")
    source = forms.CharField(label="Source", max_length=200)
    note = forms.CharField(label="Why only now, of a wave that is live", required=False, max_length=300)
