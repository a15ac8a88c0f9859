"""Forms of the RACI, the positions and the sponsor."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.program.models import Membership, Position, PositionLevel, Program
from crmprogram.web.shell import PHASES
from governance import raci
from governance.models import Activity
from governance.queries import Row
from governance.services.sponsor import EXECUTIVE_LEVELS

PHASE_CHOICES = [(0, "The whole program"), *((number, f"{number} {name}") for number, name in PHASES.items())]


class ActivityForm(forms.Form):
    """A row's title and phase."""

    title = forms.CharField(max_length=120, label="Deliverable or activity")
    phase = forms.TypedChoiceField(choices=PHASE_CHOICES, coerce=int)

    def __init__(self, *args: Any, program: Program, activity: Activity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program, self.activity = program, activity

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        others = Activity.objects.of(self.program).filter(title__iexact=title)
        if self.activity:
            others = others.exclude(pk=self.activity.pk)
        if others.exists():
            raise forms.ValidationError("There is a row with this title already.")
        return title


class RowForm(forms.Form):
    """One letter field for every position of a row: the way to edit without script."""

    CHOICES = [("none", "none"), *((key, f"{key}  {word}") for key, word in raci.LETTERS.items())]

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for cell in row.cells:
            self.fields[f"position-{cell.position}"] = forms.ChoiceField(
                label=cell.title, choices=self.CHOICES, initial=cell.letters or "none"
            )

    @property
    def letters(self) -> dict[int, str]:
        """Letters by position key."""
        return {
            int(name.removeprefix("position-")): "" if value == "none" else value
            for name, value in self.cleaned_data.items()
        }


class PositionForm(forms.Form):
    """A column: what it is called, how high it stands, who holds it."""

    title = forms.CharField(max_length=80, help_text="As in the organisation chart, for example VP Sales.")
    level = forms.ChoiceField(choices=PositionLevel, initial=PositionLevel.STAFF)
    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        label="Held by",
        empty_label="nobody yet",
        help_text="A member of this program who has accepted the invitation.",
    )

    def __init__(self, *args: Any, program: Program, position: Position | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program, self.position = program, position
        self.fields["membership"].queryset = _members(program)

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        others = Position.objects.of(self.program).filter(title__iexact=title)
        if self.position:
            others = others.exclude(pk=self.position.pk)
        if others.exists():
            raise forms.ValidationError("There is a position with this title already.")
        return title


class SponsorForm(forms.Form):
    """Who is named as executive sponsor, with the title and level that make them eligible (R2)."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(), label="Person", help_text="A member who has accepted the invitation."
    )
    title = forms.CharField(max_length=80, help_text="For example Chief Revenue Officer.")
    level = forms.ChoiceField(
        choices=[(level.value, level.label) for level in EXECUTIVE_LEVELS],
        help_text="Nobody below VP can be Accountable for the program.",
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = _members(program)


class ReleaseForm(forms.Form):
    """Why a sponsorship ends."""

    reason = forms.CharField(max_length=200, help_text="It stands in the history.")


def _members(program: Program):
    members = Membership.objects.of(program).active().filter(user__is_active=True)
    return members.select_related("user").order_by("role", "user__username")
