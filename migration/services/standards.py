"""The data-quality standard: required fields by stage, vocabularies, duplicate rules; signed, versioned (H11).

A run takes the signed version with it when it is made and each time it is begun anew:
cleaning asks its vocabularies, the hygiene gate its required fields, the matcher its rules.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from crmprogram.jobs import services as jobs
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from migration import defaults, vocabulary
from migration.errors import RunRefused
from migration.models import QualityStandard, Run
from migration.standard import COMPANY_RULES, OBJECTS, PERSON_RULES, SHARES, part_of, spelt, wrong_with
from migration.words import MATCHES
from phases.models import FieldRule

EFFECT = "standard-effect"
LARGEST = 1_000_000  # letters of a standard in a file; a vocabulary of ten thousand words has fewer


def default_content() -> dict[str, Any]:
    """What is proposed to a program that has no standard yet."""
    return {
        one: {
            "required": {"": list(vocabulary.REQUIRED.get(one, ()))},
            "vocabularies": {},
            "asked": [],
            "thresholds": {name: defaults.thresholds(one)[name] for name in SHARES},
            "quality": dict(defaults.QUALITY),
            "archive_months": 12,
        }
        for one in OBJECTS
    }


def whole(content: dict[str, Any]) -> dict[str, Any]:
    """A standard with everything said: what it leaves out is as proposed, each vocabulary as {value: [words]}."""
    made = {}
    for obj, proposed in default_content().items():
        told = {**proposed, **content.get(obj, {})}
        told["vocabularies"] = {name: spelt(each) for name, each in told["vocabularies"].items()}
        told["thresholds"] = {**proposed["thresholds"], **told["thresholds"]}
        told["quality"] = {**proposed["quality"], **told["quality"]}
        made[obj] = told
    return made


def rules_of(obj: str) -> dict[str, str]:
    """The certain rules of a kind of record, with their labels."""
    names = PERSON_RULES if obj in vocabulary.PERSON_OBJECTS else COMPANY_RULES
    return {name: MATCHES[name] for name in names}


def as_document(standard: QualityStandard) -> dict[str, Any]:
    """The standard as a file: the command line takes it, and so does the page of another program."""
    return {"version": standard.version, **whole(standard.content)}


def read_document(text: bytes) -> dict[str, Any]:
    """The content in a file that `as_document` made, or that somebody wrote. Raises Invalid with a sentence."""
    if len(text) > LARGEST:
        raise Invalid("The file is too large for a standard.", field="file")
    try:
        told = json.loads(text.decode("utf-8-sig"))
    except ValueError as error:
        raise Invalid("The file holds no JSON.", field="file") from error
    if not isinstance(told, dict):
        raise Invalid("The file holds no standard: an object with contact and account is expected.", field="file")
    content = {name: told[name] for name in told if name not in {"version", "region"}}
    if not content:
        raise Invalid("The file says nothing of contact or account records.", field="file")
    if wrong := wrong_with(content):
        raise Invalid(wrong[1], field="file")
    return whole(content)


def signed(program: Program) -> QualityStandard | None:
    """The newest signed version; runs are judged by it."""
    return QualityStandard.objects.of(program).filter(signed_at__isnull=False).order_by("-version").first()


def latest(program: Program) -> QualityStandard | None:
    """The version being written, else the signed one."""
    return QualityStandard.objects.of(program).select_related("signed_by", "created_by").order_by("-version").first()


@transaction.atomic
def write_standard(*, program: Program, by: User, content: dict[str, Any]) -> QualityStandard:
    """Write the next version; one that is not signed yet is replaced. Raises Invalid with the first thing wrong.

    Which records it would change is counted in the background, on the last cleaned runs.
    """
    policy.require(by, "data.standard", program)
    Program.objects.lock(program.pk)
    if wrong := wrong_with(content):
        raise Invalid(wrong[1], field=wrong[0])
    content = whole(content)
    last = latest(program)
    if last is not None and last.signed_at is None:
        last.content, last.created_by, last.created_at, last.effect = content, by, clock.now(), {}
        last.save(update_fields=["content", "created_by", "created_at", "effect"])
        made = last
    else:
        version = last.version + 1 if last else 1
        made = QualityStandard.objects.create(
            program=program, version=version, content=content, created_by=by, created_at=clock.now()
        )
    audit.record(by=by, verb="quality_standard.written", subject=made, after={"version": made.version})
    if judged_runs(program):
        jobs.start_job(program=program, kind=EFFECT, params={"standard": made.pk}, by=by)
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
    content = whole(standard.content)
    FieldRule.objects.of(program).filter(object__in=content).delete()
    FieldRule.objects.bulk_create(
        FieldRule(
            program=program, object=obj, field=name, stage=stage, vocabulary=list(told["vocabularies"].get(name, []))
        )
        for obj, told in content.items()
        for stage, names in told["required"].items()
        for name in names
    )
    audit.record(by=by, verb="quality_standard.signed", subject=standard, after={"version": standard.version})
    return standard


def judged_runs(program: Program) -> list[Run]:
    """The last cleaned run of each kind of record that a standard speaks of."""
    found = {}
    for run in Run.objects.cleaned().of(program).filter(object__in=OBJECTS).select_related("job").order_by("pk"):
        found[run.object] = run
    return list(found.values())


def runs_by_version(program: Program) -> dict[int, list[Run]]:
    """The runs that each version judges, newest first."""
    found: dict[int, list[Run]] = {}
    for run in Run.objects.current().of(program).only("number", "thresholds").order_by("-pk"):
        if version := run.thresholds.get("standard"):
            found.setdefault(version, []).append(run)
    return found


def terms(program: Program, obj: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the signed standard adds to a run's thresholds and to what cleaning knows; nothing without one."""
    standard = signed(program)
    if standard is None or obj not in standard.content:
        return {}, {}
    told = whole(standard.content)[obj]
    part = part_of(told)
    thresholds = {
        **part["thresholds"],
        "asked": list(part["thresholds"]["asked"]),
        "quality": told["quality"],
        "required_at": {stage: list(names) for stage, names in part["required_at"].items()},
        "standard": standard.version,
    }
    return thresholds, {"vocabularies": part["vocabularies"]}


def months_of(program: Program, obj: str = OBJECTS[0]) -> int:
    """Months without engagement after which a contact is archived, as the standard says (H3)."""
    standard = signed(program)
    return int(standard.content.get(obj, {}).get("archive_months", 12)) if standard else 12
