"""Forms of the RACI, the positions, the sponsor and their meetings, the system owner."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.program.models import Membership, Position, PositionLevel, Program
from crmprogram.web.shell import PHASES
from governance import raci
from governance.meetings import Commitment, Slot
from governance.models import WEEKDAYS, Activity, Kind, Outcome, Presence, ReviewCadence, Statement
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


def _of(who: str, choices: type[Outcome | Presence]) -> list[tuple[str, str]]:
    """The choices, each beginning with whom it is told of: the label of the field is not seen."""
    return [(value, f"{who}: {label.lower()}") for value, label in choices.choices]


class MeetingForm(forms.Form):
    """How one due meeting was kept: only what this kind of meeting has to tell (R3, D3)."""

    kind = forms.CharField(widget=forms.HiddenInput)
    period = forms.CharField(widget=forms.HiddenInput)
    is_held = forms.TypedChoiceField(
        label="Held", choices=[("yes", "Held"), ("no", "Not held")], coerce=lambda said: said == "yes", initial="yes"
    )
    outcome = forms.ChoiceField(label="Sponsor", choices=[("", "Sponsor: choose"), *_of("Sponsor", Outcome)])
    vp_sales = forms.ChoiceField(
        label="VP Sales", choices=[("", "VP Sales: choose"), *_of("VP Sales", Presence)], required=False
    )
    note = forms.CharField(
        max_length=300, required=False, label="Note", widget=forms.TextInput(attrs={"placeholder": "Note"})
    )

    def __init__(self, *args: Any, slot: Slot, asks_sponsor: bool, asks_vp: bool, **kwargs: Any) -> None:
        self.slot, self.asks_sponsor, self.asks_vp = slot, asks_sponsor, asks_vp
        told = slot.meeting
        given = {"kind": slot.kind, "period": slot.period}
        if told:
            given |= {"is_held": "yes" if told.is_held else "no", "outcome": told.outcome}
            given |= {"vp_sales": told.vp_sales, "note": told.note}
        super().__init__(*args, initial=given, auto_id=f"m-{slot.kind}-{slot.period}-%s", **kwargs)
        if not asks_sponsor:
            del self.fields["outcome"]
        else:
            self.fields["note"].widget.attrs["placeholder"] = "Note; the reason, where the sponsor was excused"
        if slot.kind not in {Kind.PIPELINE, Kind.DASHBOARDS}:
            del self.fields["is_held"]
        if slot.kind != Kind.PIPELINE or not asks_vp:
            del self.fields["vp_sales"]


class MeetingDayForm(forms.Form):
    """The weekday of one meeting."""

    kind = forms.CharField(widget=forms.HiddenInput)
    weekday = forms.TypedChoiceField(choices=list(enumerate(WEEKDAYS)), coerce=int)

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        given = {"kind": commitment.kind, "weekday": commitment.weekday}
        super().__init__(*args, initial=given, auto_id=f"day-{commitment.kind}-%s", **kwargs)
        self.commitment = commitment
        self.fields["weekday"].label = commitment.title


class OwnerForm(forms.Form):
    """Who owns the system inside the company, and what was agreed about support (R5)."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(), label="Person", help_text="A member who has accepted the invitation."
    )
    agreement = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        label="Support agreement",
        help_text="Who answers users and how fast, what IT and the vendor do, where it is written down.",
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = _members(program)


class DashboardForm(forms.Form):
    """A dashboard: for whom, how often, and which decision it changes (R12)."""

    name = forms.CharField(max_length=80, help_text="For example Pipeline by stage.")
    audience = forms.CharField(max_length=120, help_text="For example VP Sales and team leads.")
    decision = forms.CharField(
        max_length=200, label="Decision it changes", help_text="What somebody does otherwise after looking at it."
    )
    cadence = forms.ChoiceField(choices=ReviewCadence, initial=ReviewCadence.MONTHLY, label="Reviewed")
    owner = forms.ModelChoiceField(Membership.objects.none(), required=False, empty_label="Who runs the program")
    address = forms.URLField(
        max_length=300, required=False, label="Where it is", assume_scheme="https", help_text="Its address in the CRM."
    )

    def __init__(self, *args: Any, program: Program, only: tuple[str, ...] = (), **kwargs: Any) -> None:
        """`only` are the fields of a form that changes a dashboard."""
        super().__init__(*args, **kwargs)
        found = Membership.objects.of(program).active().select_related("user")
        self.fields["owner"].queryset = found  # type: ignore[attr-defined]
        for name in [name for name in self.fields if only and name not in only]:
            del self.fields[name]


class DashboardReviewForm(forms.Form):
    """One look at a dashboard."""

    reviewed_on = forms.DateField(label="Looked at on", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    decision = forms.CharField(max_length=300, required=False, label="Decision taken")
    note = forms.CharField(max_length=300, required=False, label="Why none, where nothing was decided")


class AttestForm(forms.Form):
    """One statement, whether it holds, and what it is known from (G8)."""

    statement = forms.ChoiceField(choices=Statement, widget=forms.HiddenInput)
    holds = forms.TypedChoiceField(
        label="It holds",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), label="Known from", help_text="Where to look, or whom you asked."
    )


def _members(program: Program):
    members = Membership.objects.of(program).active().filter(user__is_active=True)
    return members.select_related("user").order_by("role", "user__username")


class PublishForm(forms.Form):
    """Freeze the one-pager as an edition."""

    note = forms.CharField(label="Note", required=False, max_length=300, help_text="Why this edition is published.")
