"""Which records a version of the standard would change, counted before anybody signs it (H11).

It is counted on the records of the last cleaned runs: what came in the row that lives on is
asked anew; a value that a merge took from another row is asked as it stands.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmprogram.intake.models import SourceRow
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import vocabulary
from migration.hygiene import gate
from migration.hygiene.standardise import Context, Field
from migration.hygiene.vocabularies import meanings
from migration.models import Cluster, QualityStandard, Record, RecordState, Run
from migration.services.cleaning import is_stale
from migration.services.records import required_of
from migration.services.rows import Reader
from migration.services.standards import judged_runs, whole
from migration.standard import part_of, stage_field

CHUNK = 5_000
EXAMPLES = 20
UNKNOWN = frozenset({"vocabulary.unknown", "industry.unknown", "country.unknown"})
LABELS = {
    "value": "Another value",
    "unknown": "Not in the vocabulary, left out",
    "lacks": "Kept out, for the field is empty",
    "passes": "No longer kept out for it",
    "archived": "Archived",
    "alive": "No longer archived",
    "asked": "Proposals that no person is asked about any more",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version says of the records of one run."""

    run: Run
    part: Mapping[str, Any]
    now: Mapping[str, Field]
    before: Mapping[str, Field]

    @classmethod
    def of(cls, standard: QualityStandard, run: Run) -> Terms:
        part = part_of(whole(standard.content)[run.object])
        old = run.context.get("vocabularies", {})
        contexts = [
            Context(run.context["region"], vocabularies={name: meanings(each) for name, each in told.items()})
            for told in (part["vocabularies"], old)
        ]
        names = {*part["vocabularies"], *old}
        return cls(run, part, *({name: Field(name, context) for name in names} for context in contexts))

    def changes(
        self, came: Mapping[str, str], values: Mapping[str, str], problems: list[dict[str, Any]]
    ) -> list[tuple[str, str]]:
        """(kind, field) of all that would be otherwise in a record with these values and problems.

        `came` are the values of the row that lives on, before they were cleaned.
        """
        found: list[tuple[str, str]] = []
        left_out = {one["field"]: one["raw"] for one in problems if one["rule"] in UNKNOWN}
        then = dict(values)
        for name, field in self.now.items():
            value = values.get(name, "")
            raw = field.tidy(came.get(name, ""))
            asked = left_out.get(name) or (raw if _clean(self.before[name], raw) == value else value)
            if asked:
                then[name] = _clean(field, asked)
                if then[name] != value:
                    found.append(("value" if then[name] else "unknown", name))
        lacked = set(gate.missing(values, required_of(self.run, values)))
        needs = gate.required_at(then, self.part["required"], self.part["required_at"], stage_field(self.run.object))
        lacks = set(gate.missing(then, needs))
        found += [("lacks", name) for name in sorted(lacks - lacked)]
        found += [("passes", name) for name in sorted(lacked - lacks)]
        if self.run.object in vocabulary.PERSON_OBJECTS:
            today = clock.today(self.run.program)
            dead = gate.life(then, today=today, months=self.part["archive_months"]) is gate.Life.DEAD
            if dead != is_stale(self.run, dict(values), today):
                found.append(("archived" if dead else "alive", "last_activity_at"))
        return found


def plan_effect(standard: QualityStandard) -> list[ShardPlan]:
    """One shard for each run that is counted on."""
    return [ShardPlan({"run": run.pk}, _records(run).count()) for run in judged_runs(standard.program)]


def count_effect(standard: QualityStandard, work: Work) -> None:
    """Count what would change in the records of one run, chunk by chunk; told twice, it goes on."""
    run = Run.objects.select_related("program", "mapping").get(pk=work.params["run"])
    terms, reader = Terms.of(standard, run), Reader(run.mapping)
    last = work.cursor.get("last", 0)
    counts: Counter[str] = Counter(work.cursor.get("counts", {}))
    examples: list[int] = work.cursor.get("examples", [])
    while rows := list(
        _records(run).filter(pk__gt=last).order_by("pk").values_list("pk", "fields", "problems")[:CHUNK]
    ):
        sources = SourceRow.objects.filter(pk__in=[row[0] for row in rows]) if terms.now else SourceRow.objects.none()
        came = {
            pk: reader.fields(upload, json.loads(cells))
            for pk, upload, cells in sources.values_list("pk", "upload_id", "cells")
        }
        for pk, values, problems in rows:
            found = terms.changes(came.get(pk, {}), values, problems)
            counts.update(f"{kind} {name}" for kind, name in found)
            counts["changed"] += bool(found)
            if found and len(examples) < EXAMPLES:
                examples.append(pk)
        last = rows[-1][0]
        cursor = {"last": last, "counts": counts, "examples": examples}
        with work.commit(done=work.done + len(rows), cursor=cursor, result={"counts": counts, "examples": examples}):
            pass


def settle_effect(standard: QualityStandard, work: Work) -> None:
    """Keep what was counted with the version."""
    told = []
    examples: list[int] = []
    records = changed = 0
    runs = []
    for params, total, result in work.job.shards.filter(step="count").values_list("params", "total", "result"):
        run = Run.objects.get(pk=params["run"])
        runs.append(run.code)
        records += total
        counts = Counter(result.get("counts", {}))
        changed += counts.pop("changed", 0)
        examples += result.get("examples", [])
        limit = part_of(whole(standard.content)[run.object])["thresholds"]["review"]
        if fewer := Cluster.objects.filter(run=run, is_review=True, probability__lt=limit).count():
            counts["asked "] = fewer
        for key, many in sorted(counts.items()):
            kind, _, name = key.partition(" ")
            told.append([kind, run.object, name, many])
    effect = {
        "runs": runs,
        "records": records,
        "changed": changed,
        "what": told,
        "examples": examples[:EXAMPLES],
        "at": clock.now().isoformat(timespec="seconds"),
    }
    with work.commit(done=1):
        QualityStandard.objects.filter(pk=standard.pk, signed_at=None).update(effect=effect)


def _clean(field: Field, text: str) -> str:
    """What cleaning makes of a value; "" where it is left out."""
    if not text or field.clean is None:
        return text
    value, _, said = field.clean(text, field.name, "", field.context)
    return "" if said else value


def _records(run: Run):
    return Record.objects.filter(run=run).exclude(state=RecordState.ABSORBED)
