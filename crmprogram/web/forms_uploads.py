"""Forms of uploaded files."""

from __future__ import annotations

from typing import Any

from django import forms

from crmprogram.intake import sniff
from crmprogram.intake.fields import OBJECTS

OBJECT_CHOICES = [("", "Find out from the file"), *OBJECTS.items()]
ENCODING_CHOICES = [("", "Find out from the file"), *sniff.ENCODINGS.items()]
TAKEN = ".csv,.txt,.tsv,.xlsx,.xlsm,.json,.jsonl,.ndjson,text/csv,text/plain,application/json"


class ManyFiles(forms.ClearableFileInput):
    """A field for files of which the form looks at the last; the view takes all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class UploadForm(forms.Form):
    """A file or several, and what the person already knows about them."""

    file = forms.FileField(
        label="Files",
        help_text="One or several: the accounts, contacts, deals and activities of one CRM go in together.",
        max_length=255,
        allow_empty_file=True,  # the refusal says more than the form could
        error_messages={"required": "Choose the files that your CRM exported."},
        widget=ManyFiles(attrs={"multiple": True, "accept": TAKEN}),
    )
    object = forms.ChoiceField(label="The records are", choices=OBJECT_CHOICES, required=False)
    encoding = forms.ChoiceField(
        label="Encoding",
        choices=ENCODING_CHOICES,
        required=False,
        help_text="Only if you know it. UTF-8 and UTF-16 are found by themselves; others are asked with a preview.",
    )
    sheet = forms.CharField(
        label="Sheet",
        max_length=100,
        required=False,
        help_text="Of an Excel workbook, and only if you know it. With rows on several sheets you are asked.",
    )


class ObjectForm(forms.Form):
    """What the records of a file are."""

    object = forms.ChoiceField(label="The records are", choices=list(OBJECTS.items()))
