"""The target fields a column can be mapped to, per object: intake's words, and what cleaning adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmprogram.intake import fields as intake
from migration.hygiene import fields as hygiene

LABELS: Mapping[str, str] = {
    "middle_name": "Middle name",
    "suffix": "Name suffix",
    "fax": "Fax",
    "household_id": "Household id",
    "has_open_deal": "Has an open deal",
    "do_not_call": "Do not call",
    "parent_id": "Parent record id",
    "company_form": "Legal form",
}
PERSON_OBJECTS = frozenset({"contact", "lead"})
COMPANY_OBJECTS = frozenset({"account"})
DEAL = "deal"
# what the stages of the import can take today; other objects are cleaned and accounted for
LOADABLE = PERSON_OBJECTS | COMPANY_OBJECTS | {"deal"}
NAMES = frozenset({"given_name", "family_name", "full_name"})
REACH = frozenset({*hygiene.EMAILS, *hygiene.PHONES})
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "contact": ("family_name",),
    "lead": ("family_name",),
    "account": ("company",),
    "deal": ("name", "stage"),
}


@dataclass(frozen=True)
class Target:
    """A field of the target: its name in our code, its label, and its kind."""

    name: str
    label: str
    kind: str


def targets(obj: str) -> list[Target]:
    """Fields an object's columns can go to, in the order of a form; none for an unknown object."""
    found = {one.name: one.label for one in intake.FIELDS.get(obj, ())}
    if obj in PERSON_OBJECTS:
        for name in hygiene.FIELDS:
            found.setdefault(name, LABELS.get(name, name.replace("_", " ").capitalize()))
    return [Target(name, label, str(hygiene.kind_of(name))) for name, label in found.items()]


def label_of(obj: str, name: str) -> str:
    """The label of a field; custom fields show their own name."""
    if name.startswith("custom."):
        return name.removeprefix("custom.")
    if name.endswith("_ext"):
        return f"{label_of(obj, name.removesuffix('_ext'))} extension"
    known = {one.name: one.label for one in targets(obj)}
    return known.get(name) or LABELS.get(name) or name.replace("_", " ").capitalize()
