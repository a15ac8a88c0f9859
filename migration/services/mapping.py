"""Say what each column of a file means: propose, correct, sign (H5)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Table
from typing import Any

from django.db import transaction

from crmprogram.intake.headers import normalise
from crmprogram.intake.models import SourceRow, Upload
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User
from migration import vocabulary
from migration.errors import MappingIncomplete, RunRefused
from migration.hygiene import transforms
from migration.maps import guesses_of, plain, said_of_rows
from migration.models import Mapping, MappingColumn, Run, RunState, Treatment

LOOKED_AT = 2_000  # rows per file for fill rates and samples
SAMPLES = 5
SAMPLE_LENGTH = 60


def propose_mapping(*, run: Run, by: User) -> Mapping:
    """Make version 1: what the recognised format says, else what a signed mapping of the same header said.

    A column nobody knows is proposed as a custom field under its own name, so that
    nothing is lost before a person has looked; an empty one is proposed to be dropped.
    """
    mapping = Mapping.objects.create(run=run, version=1, created_by=by, created_at=clock.now())
    columns: list[MappingColumn] = []
    for upload in run.uploads.order_by("pk"):
        columns += _propose_columns(mapping, upload, run)
    MappingColumn.objects.bulk_create(columns, batch_size=500)
    run.mapping = mapping
    run.save(update_fields=["mapping"])
    return mapping


def _propose_columns(mapping: Mapping, upload: Upload, run: Run) -> list[MappingColumn]:
    headers = list(upload.headers)
    known = dict(enumerate(upload.mapped))
    before = _signed_before(run, upload)
    filled, samples, rows = _look(upload, len(headers))
    names = {one.name for one in vocabulary.targets(run.object)}
    guesses = guesses_of(run.object)
    columns: list[MappingColumn] = []
    taken = {name for name in known.values() if name in names}
    aside = said_of_rows(headers)
    for index, header in enumerate(headers):
        column = MappingColumn(
            mapping=mapping, upload=upload, index=index, header=header[:300] or f"Column {index + 1}",
            filled=filled[index], rows=rows, samples=samples[index],
        )  # fmt: skip
        field = known.get(index, "") or _free(guesses.get(plain(header), ""), taken)
        if old := before.get(normalise(header)):
            column.treatment, column.field, column.reason, column.transforms = old
            column.is_proposed = False
        elif index in aside:
            column.treatment, column.reason = Treatment.DROP, "It says why the row was given back, nothing else."
        elif field in names and field not in {one.field for one in columns if one.treatment == Treatment.MAP}:
            column.treatment, column.field = Treatment.MAP, field
        elif not filled[index]:
            column.treatment, column.reason = Treatment.DROP, "No row that was looked at has a value here."
        else:
            column.treatment, column.field = Treatment.CUSTOM, _custom(header, index)
            column.reason = "No standard field is known for this column."
        if column.treatment == Treatment.MAP:
            taken.add(column.field)
        columns.append(column)
    return columns


def _free(field: str, taken: set[str]) -> str:
    return "" if field in taken else field


def _custom(header: str, index: int) -> str:
    return f"custom.{(' '.join(header.split()) or f'Column {index + 1}')[:70]}"


def _signed_before(run: Run, upload: Upload) -> dict[str, tuple[str, str, str, list[str]]]:
    """What the newest signed mapping of the program said about files of the same format, by header key."""
    last = (
        Mapping.objects.filter(
            run__program=run.program,
            run__object=run.object,
            signed_at__isnull=False,
            columns__upload__format_slug=upload.format_slug,
        )
        .order_by("-signed_at")
        .first()
    )
    if last is None:
        return {}
    rows = last.columns.filter(upload__format_slug=upload.format_slug, is_proposed=False)
    return {normalise(one.header): (one.treatment, one.field, one.reason, one.transforms) for one in rows}


def _look(upload: Upload, width: int) -> tuple[list[int], list[list[str]], int]:
    """Filled counts and samples per column over the first rows, and how many rows were looked at."""
    filled, rows = [0] * width, 0
    samples: list[list[str]] = [[] for _ in range(width)]
    for cells in _sample_rows(upload):
        rows += 1
        for index, cell in enumerate(cells[:width]):
            text = cell.strip()
            if not text:
                continue
            filled[index] += 1
            shown = text[:SAMPLE_LENGTH]
            if len(samples[index]) < SAMPLES and shown not in samples[index]:
                samples[index].append(shown)
    return filled, samples, rows


def _sample_rows(upload: Upload) -> Iterable[list[str]]:
    found = SourceRow.objects.of_upload(upload.pk).good().values_list("cells", flat=True)[:LOOKED_AT]
    return map(json.loads, found)


@transaction.atomic
def change_mapping(*, run: Run, by: User, columns: Iterable[Table[str, Any]]) -> Mapping:
    """Correct columns ({id, treatment, field, reason, transforms}); a signed version is copied first, never edited.

    Raises Invalid for a column of another mapping or a treatment that does not fit, and
    RunRefused while the run works.
    """
    policy.require(by, "data.run", run)
    run = Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)
    _require_editable(run)
    mapping = run.mappings.get(pk=run.mapping_id or 0)
    changes = {int(one["id"]): one for one in columns}
    rows = {one.pk: one for one in mapping.columns.all()}
    if unknown := set(changes) - set(rows):
        raise Invalid(f"Column {min(unknown)} is not in this version of the mapping.", field="columns")
    changed = [row for pk, row in rows.items() if pk in changes and _apply(row, changes[pk])]
    if not changed:
        return mapping
    if mapping.signed_at:
        mapping = Mapping.objects.create(run=run, version=mapping.version + 1, created_by=by, created_at=clock.now())
        for row in rows.values():
            row.pk, row.mapping = None, mapping
        MappingColumn.objects.bulk_create(rows.values(), batch_size=500)
        run.mapping = mapping
        run.save(update_fields=["mapping"])
    else:
        MappingColumn.objects.bulk_update(
            changed, ["treatment", "field", "reason", "transforms", "is_proposed"], batch_size=200
        )
    audit.record(
        by=by,
        verb="mapping.changed",
        subject=mapping,
        program=run.program,
        after={row.header: "; ".join([f"{row.treatment} {row.field}".strip(), *row.transforms]) for row in changed},
    )
    return mapping


def _apply(row: MappingColumn, given: Table[str, Any]) -> bool:
    """Set the treatment on `row` (unsaved); False when nothing changed."""
    treatment = str(given.get("treatment", row.treatment))
    field = str(given.get("field", row.field) or "").strip()
    reason = str(given.get("reason", row.reason) or "").strip()[:300]
    names = {one.name for one in vocabulary.targets(row.mapping.run.object)}
    where = f"“{row.header}”"
    if treatment not in Treatment.values:
        raise Invalid(f"{where}: “{treatment}” is no treatment of a column.", field="treatment")
    if treatment in {Treatment.MAP, Treatment.MERGE} and field not in names:
        raise Invalid(f"{where}: choose the target field it goes to.", field="field")
    if treatment == Treatment.CUSTOM:
        field = _custom(field.removeprefix("custom.") or row.header, row.index)
    if treatment == Treatment.DROP:
        field = ""
    if treatment == Treatment.MAP:
        reason = ""
    elif not reason:
        raise Invalid(f"{where}: say why it is not simply mapped; nothing is lost without a reason.", field="reason")
    lines = _lines(where, treatment, given.get("transforms", row.transforms), names)
    if (treatment, field, reason, lines) == (row.treatment, row.field, row.reason, row.transforms):
        return False
    row.treatment, row.field, row.reason, row.transforms, row.is_proposed = treatment, field, reason, lines, False
    return True


def _lines(where: str, treatment: str, given: str | Iterable[str], names: set[str]) -> list[str]:
    """The transforms of a column, line by line. Raises Invalid for one that cannot be."""
    lines = [one.strip("\r\n\t") for one in (given.splitlines() if isinstance(given, str) else given)]
    lines = [one.lstrip() for one in lines if one.strip()]
    try:
        told = transforms.read(lines)
    except ValueError as error:
        raise Invalid(f"{where}: {error}", field="transforms") from error
    if told.rest_to and told.rest_to[0] not in names and not told.rest_to[0].startswith("custom."):
        raise Invalid(f"{where}: {told.rest_to[0]} is no field the rest could go to.", field="transforms")
    if told.joint is not None and treatment != Treatment.MERGE:
        raise Invalid(f"{where}: only a column that is merged into another is joined with it.", field="transforms")
    if any(len(one) > 2_000 for one in lines):
        raise Invalid(f"{where}: a transform has 2,000 letters at most.", field="transforms")
    return [] if treatment == Treatment.DROP else lines


def missing_sentences(mapping: Mapping) -> list[str]:
    """What keeps a mapping from being signed, one sentence each; empty when it is complete (H5, H10)."""
    said = []
    obj = mapping.run.object
    by_upload: dict[int, list[MappingColumn]] = {}
    for column in mapping.columns.select_related("upload"):
        by_upload.setdefault(column.upload_id, []).append(column)
    for columns in by_upload.values():
        name = columns[0].upload.name
        fields = [one.field for one in columns if one.treatment == Treatment.MAP]
        for field, times in sorted(Counter(fields).items()):
            if times > 1:
                label = vocabulary.label_of(obj, field)
                said.append(f"{name}: {times} columns are mapped to {label}; map one and merge the others into it.")
        targets = {*fields, *(one.field for one in columns if one.treatment == Treatment.MERGE)}
        rests = (transforms.read(one.transforms).rest_to for one in columns if one.transforms)
        targets |= {rest[0] for rest in rests if rest}
        if obj in vocabulary.PERSON_OBJECTS:
            if not targets & vocabulary.REACH:
                said.append(
                    f"{name}: no column is mapped to an e-mail address or a telephone number, "
                    "so no record could pass the hygiene gate."
                )
            if not targets & vocabulary.NAMES:
                said.append(f"{name}: no column is mapped to a name, so nobody could tell two people apart.")
        for field in vocabulary.REQUIRED.get(obj, ()):
            if field not in targets and not (field == "family_name" and "full_name" in targets):
                label = vocabulary.label_of(obj, field)
                said.append(f"{name}: no column is mapped to {label}, which every record needs.")
    return list(dict.fromkeys(said))


def tried(column: MappingColumn) -> list[tuple[str, str, str]]:
    """(sample, what the transforms make of it, what goes to the other field) of a column's samples."""
    told = transforms.read(column.transforms)
    return [(one, *told.cut(told.of(one))) for one in column.samples]


HEADINGS = ("File", "Source column", "Filled, percent", "Samples", "Treatment", "Target field", "Changed by", "Reason")


def document(mapping: Mapping) -> list[tuple[str, str, str, str, str, str, str, str]]:
    """Old field to new field, column by column, in the order of HEADINGS: what is printed, filed and signed (H5)."""
    obj = mapping.run.object
    return [
        (
            one.upload.name,
            one.header,
            "" if one.filled_percent is None else str(one.filled_percent),
            " · ".join(one.samples[:2]),
            one.get_treatment_display(),
            vocabulary.label_of(obj, one.field) if one.field else "",
            "; ".join(one.transforms),
            one.reason,
        )
        for one in mapping.columns.select_related("upload").order_by("upload_id", "index")
    ]


def as_map(mapping: Mapping) -> dict[str, dict[str, Any]]:
    """The mapping as the command line takes it with --map: file -> header -> what becomes of the column."""
    made: dict[str, dict[str, Any]] = {}
    for one in mapping.columns.select_related("upload").order_by("upload_id", "index"):
        told: dict[str, Any] = {"field": "custom" if one.treatment == Treatment.CUSTOM else one.field or None}
        if one.treatment == Treatment.MERGE:
            told["merge"] = True
        if one.transforms:
            told["transforms"] = one.transforms
        if one.reason:
            told["reason"] = one.reason
        made.setdefault(one.upload.name, {})[one.header] = told
    return made


@transaction.atomic
def sign_mapping(*, run: Run, by: User) -> Mapping:
    """Sign the present version; from then on a correction makes the next one (H5).

    Raises MappingIncomplete with what is missing.
    """
    policy.require(by, "data.run", run)
    run = Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)
    _require_editable(run)
    mapping = Mapping.objects.lock(run.mapping_id)
    if mapping.signed_at:
        return mapping
    if said := missing_sentences(mapping):
        raise MappingIncomplete(" ".join(said), missing=said)
    mapping.signed_by, mapping.signed_at = by, clock.now()
    mapping.save(update_fields=["signed_by", "signed_at"])
    dropped = list(mapping.columns.filter(treatment=Treatment.DROP).values_list("header", flat=True))
    audit.record(
        by=by,
        verb="mapping.signed",
        subject=mapping,
        program=run.program,
        after={"version": mapping.version, "dropped": dropped},
    )
    return mapping


def _require_editable(run: Run) -> None:
    if run.state is RunState.CANCELLED:
        raise RunRefused(f"{run.code} is cancelled.")
    if run.state is RunState.RUNNING:
        raise RunRefused(f"{run.code} is working; stop it before you change its mapping.")
    if run.stages.exclude(state="waiting").exists():
        raise RunRefused(f"Records of {run.code} are loaded; clear the rehearsal before you change its mapping.")
