"""After a load: do counts, completeness and relationships agree with the source? (H8)"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene.links import EITHER, GROUPS, LINKS
from migration.models import LoadItem, Outcome, Record, SandboxRecord, Stage
from migration.services.following import Follower, object_of, vendor_of
from migration.sources import key_of

CHUNK = 1_000
HOUSEHOLD = "household_id"  # a group, nothing of its own to find


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

    @property
    def is_open(self) -> bool:
        """Does it point at something that is not in the target?"""
        return self.found is not None and self.found < self.target


def reconcile_stage(stage: Stage, work: Work) -> None:
    """Count what the stage's records hold against what stands in the target, field by field."""
    totals: Counter[str] = Counter(work.result)
    last, done = work.cursor.get("last", 0), work.done
    run, follower = stage.run, Follower(stage.run)
    while True:
        items = LoadItem.objects.filter(stage=stage, pk__gt=last).exclude(outcome=Outcome.REJECT).order_by("pk")
        part = list(items.values_list("pk", "record__key", "record__fields")[:CHUNK])
        if not part:
            break
        stored = _stored(stage, run.object, [key for _, key, _ in part])
        pointed: Counter[tuple[str, str]] = Counter()
        sent = [(key, values) for _, key, values in part]
        for (key, _), followed, ends in zip(sent, follower.follow(sent), follower.ends(sent), strict=True):
            there, values = stored.get(key), followed.values
            totals["records"] += 1
            totals["stored"] += there is not None
            for name, value in values.items():
                totals[f"source:{name}"] += bool(value)
                totals[f"target:{name}"] += bool(value) and (there or {}).get(name) == value
            lives = {one.field: one.record.key for one in ends if one.record is not None}
            for name, kind in LINKS.get(object_of(key), {}).items():
                if values.get(name) and there and there.get(name):
                    pointed[name, lives.get(name) or key_of(f"{vendor_of(key)}/{kind}", values[name])] += 1
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
    found = SandboxRecord.objects.filter(program=stage.run.program_id, space=stage.space)
    there = set(found.filter(key__in=[*keys, *into.values()]).values_list("key", flat=True))
    for (name, key), count in pointed.items():
        if key in there or into.get(key) in there:
            totals[f"found:{name}"] += count


def lines(stage: Stage) -> tuple[list[Line], list[Line]]:
    """Completeness field by field, and relationships, as they were reconciled; empty before a load."""
    told = stage.counts.get("reconciled")
    if not told:
        return [], []
    obj = stage.run.object
    relations = relations_of(obj)
    fields = [
        Line(vocabulary.label_of(obj, name), source, target)
        for name, (source, target, _) in told["fields"].items()
        if name not in relations
    ]
    pointers = [
        Line(relations[name], source, target, found if name != HOUSEHOLD else None)
        for name, (source, target, found) in told["fields"].items()
        if name in relations
    ]
    return sorted(fields, key=lambda one: (one.agrees, one.label)), pointers


def relations_of(obj: str) -> dict[str, str]:
    """What is reconciled as a relationship of an object, with its label."""
    named = {}
    for name, target in LINKS.get(obj, {}).items():
        is_tree = target == obj
        named[name] = f"{obj.capitalize()} hierarchy" if is_tree else f"{obj.capitalize()} to {target}"
    named |= dict.fromkeys(EITHER.get(obj, ()), f"{obj.capitalize()} to what it is about")
    return {**named, **dict.fromkeys(GROUPS.get(obj, ()), "Household")}
