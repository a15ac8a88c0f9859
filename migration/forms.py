"""What people fill in for data work."""

from __future__ import annotations

from typing import Any

import pycountry
from django import forms

from crmprogram.intake.models import Upload
from migration import defaults
from migration.models import Run, Verdict


def countries() -> list[tuple[str, str]]:
    """ISO 3166-1 countries by name."""
    return sorted(((one.alpha_2, one.name) for one in pycountry.countries), key=lambda one: one[1])


class RunForm(forms.Form):
    """Files of one kind of record, and what cleaning has to know about them."""

    uploads = forms.ModelMultipleChoiceField(
        Upload.objects.none(), label="Files", widget=forms.CheckboxSelectMultiple,
        help_text="Files of one kind of record are cleaned together, so that duplicates between them are found.",
        error_messages={"required": "Choose at least one file."},
    )  # fmt: skip
    name = forms.CharField(max_length=120, required=False, help_text="Empty: named after the first file.")
    region = forms.ChoiceField(
        label="Country of records that show none", choices=countries,
        help_text="Telephone numbers without a country are read as numbers of this one.",
    )  # fmt: skip
    months = forms.IntegerField(
        label="Months without engagement after which a contact is archived", min_value=12, max_value=24, initial=12
    )

    def __init__(self, *args: Any, program: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Run.objects.current().of(program).values("uploads")
        free = Upload.objects.of(program).read().exclude(pk__in=held.filter(uploads__isnull=False))
        self.fields["uploads"].queryset = free.order_by("-pk")
        self.fields["region"].initial = defaults.region_of(program.time_zone)


class ReasonForm(forms.Form):
    """A reason that is kept with the act."""

    reason = forms.CharField(max_length=300, required=False)


class SignMergesForm(forms.Form):
    """What was looked at, and the merges as they stood then."""

    seed = forms.IntegerField(min_value=1, max_value=999_999, widget=forms.HiddenInput)
    seen_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(max_length=300, required=False, label="Note")


class ClusterForm(forms.Form):
    """A decision about one cluster. Fields choices come as `field-<name>` beside it."""

    do = forms.ChoiceField(choices=[(one, one) for one in ("merge", "split", "undo", "next")])
    seen = forms.IntegerField(required=False)
    survivor = forms.CharField(max_length=120, required=False)


class BandForm(forms.Form):
    """A range of likelihood, and what its clusters would be told."""

    low = forms.FloatField(label="From likelihood", min_value=0, max_value=1, initial=0.99)
    high = forms.FloatField(
        label="Up to below", min_value=0, max_value=1.01, initial=1.01, help_text="1.01 takes in the surest."
    )
    verdict = forms.ChoiceField(
        label="They are", choices=[(Verdict.SAME, Verdict.SAME.label), (Verdict.DIFFERENT, Verdict.DIFFERENT.label)]
    )
    seed = forms.IntegerField(
        label="Seed", min_value=1, max_value=999_999, required=False, help_text="Empty for a new one."
    )

    def clean_seed(self) -> int:
        return self.cleaned_data["seed"] or 0
