"""After a load: do counts, completeness and relationships agree with the source? (H8)"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.models import LoadItem, Outcome, Record, SandboxRecord, Stage

CHUNK = 1_000
RELATIONS = {"account_id": "account", "parent_id": "account", "household_id": ""}  # "": nothing of its own to find
RELATION_LABELS = {
    "account_id": "Contact to account",
    "parent_id": "Account hierarchy",
    "household_id": "Household",
}


@dataclass(frozen=True)
class Line:
    """One field or relation: records that have it at the source and in the target; `found` point at something there.

    `found` is None where there is nothing to point at.
    """

    label: str
    source: int
    target: int
    found: int | None = None

    @property
    def agrees(self) -> bool:
        return self.source == self.target


def reconcile_stage(stage: Stage, work: Work) -> None:
    """Count what the stage's records hold against what stands in the target, field by field."""
    totals: Counter[str] = Counter(work.result)
    last, done = work.cursor.get("last", 0), work.done
    run = stage.run
    while True:
        items = LoadItem.objects.filter(stage=stage, pk__gt=last).exclude(outcome=Outcome.REJECT).order_by("pk")
        part = list(items.values_list("pk", "record__key", "record__fields")[:CHUNK])
        if not part:
            break
        stored = _stored(stage, run.object, [key for _, key, _ in part])
        pointed: Counter[tuple[str, str]] = Counter()
        for _, key, fields in part:
            there = stored.get(key)
            totals["records"] += 1
            totals["stored"] += there is not None
            for name, value in fields.items():
                totals[f"source:{name}"] += bool(value)
                totals[f"target:{name}"] += bool(value) and (there or {}).get(name) == value
            for name, kind in RELATIONS.items():
                if kind and fields.get(name) and there and there.get(name):
                    pointed[name, f"{key.split('/')[0]}/{kind}:{fields[name]}"] += 1
        _find(stage, pointed, totals)
        last, done = part[-1][0], done + len(part)
        with work.commit(done=done, cursor={"last": last}, result=dict(totals)):
            pass
    names = sorted({key.split(":", 1)[1] for key in totals if ":" in key})
    fields = {one: [totals[f"source:{one}"], totals[f"target:{one}"], totals[f"found:{one}"]] for one in names}
    lost = totals["records"] - totals["stored"] + sum(one[0] - one[1] for one in fields.values())
    told = {"records": totals["records"], "stored": totals["stored"], "fields": fields}
    with work.commit(done=done):
        fresh = Stage.objects.get(pk=stage.pk)
        fresh.counts = {**fresh.counts, "reconciled": told, "lost": lost}
        fresh.save(update_fields=["counts"])


def _stored(stage: Stage, obj: str, keys: list[str]) -> dict[str, dict[str, str]]:
    found = SandboxRecord.objects.filter(program=stage.run.program_id, space=stage.space, object=obj, key__in=keys)
    return dict(found.values_list("key", "fields"))


def _find(stage: Stage, pointed: Counter[tuple[str, str]], totals: Counter[str]) -> None:
    """Count relations whose other end stands in the target, under its own key or as an alias of a merged record."""
    keys = {key for _, key in pointed}
    aliases = Record.objects.filter(program=stage.run.program_id, key__in=keys, absorbed_by__isnull=False)
    into = dict(aliases.values_list("key", "absorbed_by__key"))
    there = set(_stored(stage, "account", [*keys, *into.values()]))
    for (name, key), count in pointed.items():
        if key in there or into.get(key) in there:
            totals[f"found:{name}"] += count


def lines(stage: Stage) -> tuple[list[Line], list[Line]]:
    """Completeness field by field, and relationships, as they were reconciled; empty before a load."""
    told = stage.counts.get("reconciled")
    if not told:
        return [], []
    obj = stage.run.object
    fields = [
        Line(vocabulary.label_of(obj, name), source, target)
        for name, (source, target, _) in told["fields"].items()
        if name not in RELATIONS
    ]
    relations = [
        Line(RELATION_LABELS[name], source, target, found if RELATIONS[name] else None)
        for name, (source, target, found) in told["fields"].items()
        if name in RELATIONS
    ]
    return sorted(fields, key=lambda one: (one.agrees, one.label)), relations
