"""What people fill in for data work."""

from __future__ import annotations

from typing import Any

import pycountry
from django import forms

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import Upload
from crmprogram.program.models import Program
from migration import defaults, vocabulary
from migration.models import Run, SourceSystem, Verdict
from migration.services import standards
from migration.standard import SHARES, spelt


def countries() -> list[tuple[str, str]]:
    """ISO 3166-1 countries by name."""
    return sorted(((one.alpha_2, one.name) for one in pycountry.countries), key=lambda one: one[1])


class FilesField(forms.ModelMultipleChoiceField):
    """Uploads to tick, each by what it holds: two files may be called the same."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Upload) -> str:
        held = f"{obj.kept_count:,} {'row' if obj.kept_count == 1 else 'rows'}"
        return f"{obj.code} {obj.name}: {obj.format_label}{f', {obj.sheet}' if obj.sheet else ''}, {held}"


class RunForm(forms.Form):
    """Files to clean, and what cleaning has to know about them."""

    uploads = FilesField(
        Upload.objects.none(), label="Files",
        help_text="Files of one kind of record are cleaned together, so that duplicates between them are found. "
        "Accounts, contacts, deals and activities of one CRM become a migration set, with their links kept.",
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
        free = Upload.objects.of(program).with_good_rows().exclude(pk__in=held.filter(uploads__isnull=False))
        self.fields["uploads"].queryset = free.order_by("-pk")
        self.fields["region"].initial = defaults.region_of(program.time_zone)
        self.fields["months"].initial = standards.months_of(program)


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
        label="Up to below", min_value=0, max_value=1, initial=1, help_text="1 takes in the surest, too."
    )
    verdict = forms.ChoiceField(
        label="They are", choices=[(Verdict.SAME, Verdict.SAME.label), (Verdict.DIFFERENT, Verdict.DIFFERENT.label)]
    )
    seed = forms.IntegerField(
        label="Seed", min_value=1, max_value=999_999, required=False, help_text="Empty for a new one."
    )

    def clean_seed(self) -> int:
        return self.cleaned_data["seed"] or 0


class SourceSystemForm(forms.ModelForm):
    """A system that holds customer data."""

    class Meta:
        model = SourceSystem
        fields = ["name", "object", "owner", "record_count", "is_migrated", "reason", "uploads"]
        widgets = {"uploads": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["object"] = forms.ChoiceField(label="Kind of record", choices=list(OBJECTS.items()))
        exports = Upload.objects.of(program).read().order_by("-pk")
        if exports:
            self.fields["uploads"] = FilesField(exports, label="Its exports", required=False)
        else:
            del self.fields["uploads"]  # there is nothing to tick yet

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), *self.fields}  # the service says what is wrong, in one place


class StandardFileForm(forms.Form):
    """A standard as a file."""

    file = forms.FileField(label="Standard as JSON")


class StandardForm(forms.Form):
    """The standard of one kind of record, as people write it."""

    required = forms.CharField(
        label="Required fields", required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One line each: the stage, a colon and fields; without a stage they are required from the start.",
    )  # fmt: skip
    vocabularies = forms.CharField(
        label="Vocabularies", required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One line each: the field, a colon and a value; behind = the words that mean it, with commas "
        "between. Industry: Retail = shop, e-commerce",
    )  # fmt: skip
    asked = forms.MultipleChoiceField(
        label="Ask a person about", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Rules that would merge by themselves. What a ticked rule finds waits for a person.",
    )  # fmt: skip
    review = forms.FloatField(label="A person is asked from likelihood", min_value=0, max_value=1)
    linkage = forms.FloatField(label="A chain of likely matches needs", min_value=0, max_value=1)
    archive_months = forms.IntegerField(label="Months without engagement", min_value=12, max_value=24)

    def __init__(self, *args: Any, told: dict[str, Any], obj: str, **kwargs: Any) -> None:
        self.told, self.obj = told, obj
        lines = [
            f"{stage}{': ' if stage else ''}{', '.join(vocabulary.label_of(obj, name) for name in names)}"
            for stage, names in told["required"].items()
        ]
        words = [
            f"{vocabulary.label_of(obj, name)}: {value}{' = ' if meant else ''}{', '.join(meant)}"
            for name, values in told["vocabularies"].items()
            for value, meant in spelt(values).items()
        ]
        initial = {
            **told["thresholds"], "required": "\n".join(lines), "vocabularies": "\n".join(words),
            "archive_months": told["archive_months"], "asked": told["asked"],
        }  # fmt: skip
        super().__init__(*args, prefix=obj, initial=initial, **kwargs)
        self.fields["asked"].choices = list(standards.rules_of(obj).items())
        for key, label in defaults.QUALITY_LABELS.items():
            self.fields[f"quality_{key}"] = forms.IntegerField(
                label=f"{label}, percent", min_value=0, max_value=100, initial=told["quality"][key]
            )

    def words(self) -> list[forms.BoundField]:
        """What is written as text or ticked."""
        return [one for one in self if not isinstance(one.field, forms.IntegerField | forms.FloatField)]

    def numbers(self) -> list[forms.BoundField]:
        """Likelihoods, months and measures."""
        return [one for one in self if isinstance(one.field, forms.IntegerField | forms.FloatField)]

    def clean_required(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["required"].splitlines())):
            stage, colon, names = line.rpartition(":")
            found.setdefault(stage.strip(), []).extend(self._names(names if colon else line))
        return found or {"": []}

    def clean_vocabularies(self) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["vocabularies"].splitlines())):
            name, colon, values = line.partition(":")
            if not colon or not (names := self._names(name)):
                raise forms.ValidationError(f"“{line}” has no field before a colon.")
            told = found.setdefault(names[0], {})
            for one in values.split(";"):
                value, _, words = one.partition("=")
                if value := value.strip():
                    told.setdefault(value, []).extend(word for each in words.split(",") if (word := each.strip()))
        return found

    def _names(self, text: str) -> list[str]:
        known = {one.name: one.name for one in vocabulary.targets(self.obj)}
        known |= {one.label.casefold(): one.name for one in vocabulary.targets(self.obj)}
        names = [one.strip() for one in text.split(",") if one.strip()]
        if unknown := [one for one in names if one not in known and one.casefold() not in known]:
            raise forms.ValidationError(f"“{unknown[0]}” is no field of these records.")
        return [known.get(one) or known[one.casefold()] for one in names]

    def content(self) -> dict[str, Any]:
        """What was written, as a standard holds it."""
        data = self.cleaned_data
        return {
            "required": data["required"],
            "vocabularies": data["vocabularies"],
            "asked": data["asked"],
            "thresholds": {name: data[name] for name in SHARES},
            "quality": {key: data[f"quality_{key}"] for key in defaults.QUALITY_LABELS},
            "archive_months": data["archive_months"],
        }
