"""The sample audit after a stage: 100 loaded records against their source, field by field (H8)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from crmprogram.program import audit as trail
from crmprogram.program import clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User
from migration import engaged, vocabulary
from migration.errors import SampleRefused
from migration.hygiene.fields import DERIVED
from migration.hygiene.merge import TOGETHER, contradict
from migration.hygiene.standardise import Standardiser
from migration.models import Record, Run, RunRow, SampleAudit, SampleItem, SandboxRecord, Stage, StageState
from migration.services import drawing
from migration.services.following import Follower
from migration.services.rows import Reader, context_of

SIZE = 100

Row = tuple[dict[str, str], dict[str, str]]  # a source row as it came, and cleaned


def upper_bound_percent(size: int) -> float:
    """With 0 errors in `size`, the error rate that 95 % confidence still allows, in percent.

    >>> round(upper_bound_percent(100), 2)
    2.95
    """
    return 100 * (1 - 0.05 ** (1 / size))


def result_sentence(audit: SampleAudit) -> str:
    """What the signed sample says about the whole stage (H8)."""
    if audit.signed_at is None:
        return ""
    if audit.errors:
        return f"{audit.errors} of {audit.size} records differ from their source."
    if audit.size >= audit.population:
        return f"0 errors in all {audit.size} records."
    bound = upper_bound_percent(audit.size)
    said = "below 3 %" if audit.size == SIZE else f"below {bound:.1f} %"
    return f"0 errors in {audit.size} of {audit.population:,}: {said} at 95 % confidence."


@transaction.atomic
def draw_sample(*, stage: Stage, by: User, seed: int | None = None) -> SampleAudit:
    """Draw up to 100 loaded records at random and compare each with its source (H8).

    The same seed over the same load draws the same records. Raises SampleRefused before
    the stage is loaded or while a sample is open.
    """
    policy.require(by, "data.load", stage)
    stage = Stage.objects.select_related("run__program", "run__mapping").get(pk=stage.pk)
    if stage.state not in {StageState.LOADED, StageState.VALIDATED}:
        raise SampleRefused("The stage is not loaded yet; there is nothing to audit.")
    if stage.audits.filter(signed_at__isnull=True).exists():
        raise SampleRefused("A sample of this stage is open; sign it first.")
    loaded = stage.items.exclude(outcome="reject")
    population = loaded.count()
    if not population:
        raise SampleRefused("Nothing of this stage is loaded.")
    if seed is None:
        seed = random.SystemRandom().randint(1, 999_999)
    if not 0 < seed < 1_000_000:
        raise Invalid("The seed is a whole number from 1 to 999,999.", field="seed")
    drawn = drawing.draw(loaded, "record_id", of=population, size=SIZE, seed=f"{stage.pk}:{seed}")
    made = SampleAudit.objects.create(
        stage=stage, seed=seed, size=len(drawn), population=population, drawn_by=by, drawn_at=clock.now()
    )
    records = Record.objects.filter(pk__in=drawn).order_by("pk")
    compared = compare_records(stage, list(records))
    SampleItem.objects.bulk_create(
        SampleItem(
            audit=made,
            no=no,
            record_id=pk,
            comparison=compared[pk],
            differences=sum(not line["ok"] for line in compared[pk]),
        )
        for no, pk in enumerate(drawn, start=1)
    )
    trail.record(by=by, verb="sample.drawn", subject=made, program=stage.run.program, after={"size": len(drawn)})
    return made


def compare_records(stage: Stage, records: list[Record]) -> dict[int, list[dict[str, Any]]]:
    """Per record, line by line: the source as it came, what the target holds, and whether they agree."""
    run = stage.run
    stored = dict(
        SandboxRecord.objects.filter(
            program=run.program, space=stage.space, object=run.object, key__in=[one.key for one in records]
        ).values_list("key", "fields")
    )
    return compare_with(run, records, stored)


def compare_with(
    run: Run, records: list[Record], stored: Mapping[str, Mapping[str, str]]
) -> dict[int, list[dict[str, Any]]]:
    """Compare records with what is, or would be, `stored` under their keys.

    The source is read and cleaned again from the kept cells, not from the record, so that
    a value lost or changed on the way shows. A loaded value is right when a source row of
    the record gives it; a source value is lost when no row's value arrived and nobody
    was told that it is left out.
    """
    rows: dict[int, list[Row]] = {}
    reader = Reader(run.mapping)
    cleaners = {one.pk: Standardiser(context_of(run, one)) for one in run.uploads.all()}
    ids, clusters = [one.pk for one in records], {one.cluster_id for one in records} - {None}
    found = RunRow.objects.filter(Q(pk__in=ids) | Q(cluster__in=clusters), record__in=ids).order_by("pk")
    for record_id, upload_id, cells, changed in found.values_list("record", "row__upload_id", "row__cells", "clean"):
        raw = reader.fields(upload_id, json.loads(cells))
        values = cleaners[upload_id].record(raw).values
        if (changed or {}).get(engaged.FLAG, {}).get("rule") == engaged.RULE:  # a deal is its source
            raw, values = ({**each, engaged.FLAG: "true"} for each in (raw, values))
        rows.setdefault(record_id, []).append((raw, values))
    _follow(run, records, rows)
    return {one.pk: _compare(run.object, one, rows.get(one.pk, []), stored.get(one.key, {})) for one in records}


def _follow(run: Run, records: list[Record], rows: Mapping[int, list[Row]]) -> None:
    """Move the pointers of source rows as a load moves them: what was cut was told, and is not lost."""
    follower = Follower(run)
    whole = follower.follow([(one.key, one.fields) for one in records])
    cut = {one.pk: {said.field for said in told.cut} for one, told in zip(records, whole, strict=True)}
    flat = [(one, clean) for one in records for _, clean in rows.get(one.pk, [])]
    moved = follower.follow([(one.key, clean) for one, clean in flat], circles=False)
    for (one, clean), told in zip(flat, moved, strict=True):
        clean.clear()
        clean |= {name: value for name, value in told.values.items() if name not in cut[one.pk]}


def _compare(obj: str, record: Record, rows: list, loaded: Mapping[str, str]) -> list[dict[str, Any]]:
    told = {one["field"] for one in record.problems if one.get("left_out")}
    names = list(dict.fromkeys([*loaded, *(name for _, clean in rows for name in clean)]))
    lines = []
    for name in names:
        source = sorted({raw[name] for raw, _ in rows if raw.get(name, "").strip()})
        clean = {values[name] for _, values in rows if values.get(name)}
        value = loaded.get(name, "")
        if not value and not clean:
            continue
        ok = value in clean if value else name in told or _goes_without(name, rows, loaded)
        lines.append(
            {
                "field": name,
                "label": vocabulary.label_of(obj, name),
                "source": source,
                "loaded": value,
                "left_out": name in told,
                "ok": ok,
            }
        )
    return lines


def _goes_without(name: str, rows: list, loaded: Mapping[str, str]) -> bool:
    """Was the field left behind with a value that was not chosen?

    A derived one, such as the legal form, belongs to its field: the row whose company was
    taken may have none. A street belongs to its address: that of another address is not
    put beside the city that was taken.
    """
    group = next((one for one in TOGETHER if name in one), ())
    giving = [clean for _, clean in rows if clean.get(name)]
    if group and all(contradict(group, clean, loaded) for clean in giving):
        return True
    if name not in DERIVED:
        return False
    of = "company" if name == "company_form" else name.removesuffix("_ext")
    return any(clean.get(of) == loaded.get(of) and not clean.get(name) for _, clean in rows)


@transaction.atomic
def answer_sample(*, audit: SampleAudit, by: User, answers: Iterable[Mapping[str, Any]]) -> SampleAudit:
    """Say of sampled records ({no, matches, note}) whether they match their source.

    Raises SampleRefused once the sample is signed, Invalid for a record that is not in it
    and for "differs" without a note.
    """
    policy.require(by, "data.load", audit)
    audit = SampleAudit.objects.lock(audit.pk)
    if audit.signed_at:
        raise SampleRefused("This sample is signed; draw a new one.")
    items = {one.no: one for one in audit.items.all()}
    changed = []
    for one in answers:
        item = items.get(int(one["no"]))
        if item is None:
            raise Invalid(f"Record {one['no']} is not in this sample.", field="no")
        note = str(one.get("note", "") or "").strip()
        if not one["matches"] and not note:
            raise Invalid(f"Record {item.no}: say what differs.", field="note")
        item.matches, item.note = bool(one["matches"]), note[:300]
        item.answered_by, item.answered_at = by, clock.now()
        changed.append(item)
    SampleItem.objects.bulk_update(changed, ["matches", "note", "answered_by", "answered_at"])
    return audit


@transaction.atomic
def sign_sample(*, audit: SampleAudit, by: User) -> SampleAudit:
    """Sign the sample; without an error it validates the stage (H7, H8).

    Raises SampleRefused while records wait for an answer.
    """
    policy.require(by, "data.sign", audit)
    audit = SampleAudit.objects.lock(audit.pk)
    stage = Stage.objects.select_related("run__program").get(pk=audit.stage_id)
    if audit.signed_at:
        raise SampleRefused("This sample is signed already.")
    waiting = audit.items.filter(matches__isnull=True).count()
    if waiting:
        raise SampleRefused(f"{waiting} of {audit.size} records are not answered yet.")
    audit.errors = audit.items.filter(matches=False).count()
    audit.signed_by, audit.signed_at = by, clock.now()
    audit.save(update_fields=["errors", "signed_by", "signed_at"])
    if audit.errors == 0:
        stage.state, stage.validated_at = StageState.VALIDATED, clock.now()
        stage.save(update_fields=["state", "validated_at"])
    trail.record(
        by=by, verb="sample.signed", subject=audit, program=stage.run.program,
        after={"errors": audit.errors, "size": audit.size},
    )  # fmt: skip
    return audit
