"""The data-quality standard: required fields by stage, vocabularies, duplicate rules; signed, versioned (H11)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from migration import defaults, vocabulary
from migration.errors import RunRefused
from migration.models import QualityStandard
from phases.models import FieldRule

OBJECTS = ("contact", "account")
RULES = {"review": "Likelihood from which a person is asked", "linkage": "Mean likelihood a chain needs"}


def default_content() -> dict[str, Any]:
    """What is proposed to a program that has no standard yet."""
    return {
        one: {
            "required": {"": list(vocabulary.REQUIRED.get(one, ()))},
            "vocabularies": {},
            "thresholds": {name: defaults.thresholds(one)[name] for name in RULES},
            "quality": dict(defaults.QUALITY),
            "archive_months": 12,
        }
        for one in OBJECTS
    }


def signed(program: Program) -> QualityStandard | None:
    """The newest signed version; runs are judged by it."""
    return QualityStandard.objects.of(program).filter(signed_at__isnull=False).order_by("-version").first()


def latest(program: Program) -> QualityStandard | None:
    """The version being written, else the signed one."""
    return QualityStandard.objects.of(program).select_related("signed_by", "created_by").order_by("-version").first()


@transaction.atomic
def write_standard(*, program: Program, by: User, content: dict[str, Any]) -> QualityStandard:
    """Write the next version; one that is not signed yet is replaced. Raises Invalid with the first thing wrong."""
    policy.require(by, "data.standard", program)
    Program.objects.lock(program.pk)
    _require_sound(content)
    last = latest(program)
    if last is not None and last.signed_at is None:
        last.content, last.created_by, last.created_at = content, by, clock.now()
        last.save(update_fields=["content", "created_by", "created_at"])
        made = last
    else:
        version = last.version + 1 if last else 1
        made = QualityStandard.objects.create(
            program=program, version=version, content=content, created_by=by, created_at=clock.now()
        )
    audit.record(by=by, verb="quality_standard.written", subject=made, after={"version": made.version})
    return made


@transaction.atomic
def sign_standard(*, standard: QualityStandard, by: User) -> QualityStandard:
    """Sign a version: new runs are judged by it, and it becomes the program's list of required fields.

    Raises RunRefused for one that is signed already.
    """
    policy.require(by, "data.sign", standard)
    standard = QualityStandard.objects.lock(standard.pk)
    if standard.signed_at:
        raise RunRefused("This version is signed already; a change makes the next one.")
    standard.signed_by, standard.signed_at = by, clock.now()
    standard.save(update_fields=["signed_by", "signed_at"])
    program = standard.program
    FieldRule.objects.of(program).filter(object__in=standard.content).delete()
    FieldRule.objects.bulk_create(
        FieldRule(program=program, object=obj, field=name, stage=stage, vocabulary=told["vocabularies"].get(name, []))
        for obj, told in standard.content.items()
        for stage, names in told["required"].items()
        for name in names
    )
    audit.record(by=by, verb="quality_standard.signed", subject=standard, after={"version": standard.version})
    return standard


def thresholds(program: Program, obj: str) -> dict[str, Any]:
    """What the signed standard says instead of the defaults; empty without one."""
    standard = signed(program)
    told = standard.content.get(obj) if standard else None
    if not told or standard is None:
        return {}
    return {**told["thresholds"], "quality": told["quality"], "standard": standard.version}


def _require_sound(content: dict[str, Any]) -> None:
    for obj, told in content.items():
        names = {one.name for one in vocabulary.targets(obj)}
        for fields in told["required"].values():
            if unknown := sorted(set(fields) - names):
                raise Invalid(f"{unknown[0]} is no field of {obj} records.", field="required")
        if unknown := sorted(set(told["vocabularies"]) - names):
            raise Invalid(f"{unknown[0]} is no field of {obj} records.", field="vocabularies")
        if not all(0 < told["thresholds"][one] < 1 for one in RULES):
            raise Invalid("A likelihood lies between 0 and 1.", field="thresholds")
        if not all(0 <= one <= 100 for one in told["quality"].values()):
            raise Invalid("A measure is a percent, 0 to 100.", field="quality")
        if not 12 <= told["archive_months"] <= 24:
            raise Invalid("Contacts are archived after 12 to 24 months without engagement.", field="archive_months")
