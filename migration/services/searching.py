"""Find a record by name, mail or key, and say of any source row what became of it (H0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crmprogram.intake.models import RowIssue, RowState, SourceRow
from crmprogram.program.models import Program
from migration import finding, vocabulary
from migration.models import Decision, LoadItem, Record, Run, RunRow
from migration.services.rows import Reader
from migration.words import sentence_of

FOUND = 50


def records_like(program: Program, text: str) -> list[Record]:
    """Up to 50 records of the program's current runs, newest run first: by key exactly, else by every word."""
    text = text.strip()
    if len(text) < 2:
        return []
    runs = list(Run.objects.of(program).current().order_by("-pk").values_list("pk", flat=True))
    shown = Record.objects.filter(program=program).select_related("run", "absorbed_by")
    shown = shown.defer("run__summary", "fields", "lineage", "absorbed_by__fields", "absorbed_by__lineage")
    rows = RunRow.objects.filter(run__in=runs, key__in=_keys(runs, text)).values_list("pk", "record")[:FOUND]
    ids = {pk for both in rows for pk in both} or set(_with_words(runs, text))
    return list(shown.filter(pk__in=ids).order_by("-run_id", "pk")[:FOUND])


def _with_words(runs: Sequence[int], text: str) -> list[int]:
    """The ids of up to 50 records with these words, of the newest run first.

    Words that few have are looked for in all runs at once. Where very many have them, each run is asked for
    its first, until there are enough: nobody sorts them all.
    """
    records = Record.objects.filter(run__in=runs)
    found = finding.ids_with_words(records, text)
    if found is not None:
        ordered = records.living().filter(pk__in=found).order_by("-run_id", "pk")
        return list(ordered.values_list("pk", flat=True)[:FOUND])
    ids: list[int] = []
    for run in runs:
        mine = Record.objects.filter(run=run).living().filter(finding.holds(text)).order_by("pk")
        ids += mine.values_list("pk", flat=True)[: FOUND - len(ids)]
        if len(ids) == FOUND:
            break
    return ids


def _keys(runs: Sequence[int], text: str) -> set[str]:
    """The text as a whole key, and as the id of each source system of the program."""
    systems = {
        key.rpartition(":")[0]
        for run in runs[:5]
        for key in RunRow.objects.filter(run=run).values_list("key", flat=True)[:1]
    }
    return {text, *(f"{system}:{text}" for system in systems if system)}


@dataclass
class RowStory:
    """One source row: what came, what cleaning changed and by which rule, and what became of it."""

    row: SourceRow
    run: Run | None
    key: str = ""
    record: Record | None = None
    into: Record | None = None
    fields: list[dict[str, str]] = field(default_factory=list)
    issues: list[RowIssue] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    loads: list[LoadItem] = field(default_factory=list)
    state: str = ""

    @property
    def state_label(self) -> str:
        """The row's word of the account: its run's, or what reading made of it."""
        return RowState(self.state).label

    @property
    def says(self) -> str:
        """What became of the row, in one sentence."""
        state = self.state
        if state == "blank":
            return "There was nothing in it."
        if state == "quarantined":
            return "It was put aside and is not imported."
        if state == "archived":
            return "Its record is archived: no engagement, left out of the import."
        if state == "merged":
            return f"It was merged into {self.record.label}." if self.record else "It was merged into another row."
        if self.run is None:
            return "It was read; no run has cleaned it yet."
        if self.loads:
            return "It is kept, and its record is loaded."
        return "It is kept as a record of its own."


def row_story(row: SourceRow) -> RowStory:
    """Everything known about a row; its upload is at hand. Few queries."""
    keyed = RunRow.objects.filter(pk=row.pk).select_related("run__mapping", "cluster").first()
    story = RowStory(row, keyed.run if keyed else None, keyed.key if keyed else "")
    story.state = keyed.state if keyed else row.state
    story.issues = list(RowIssue.objects.filter(row=row).order_by("pk"))
    if keyed:
        story.record = Record.objects.filter(pk=keyed.record).select_related("run").defer("run__summary").first()
    if story.record is not None:
        story.loads = list(story.record.load_items.select_related("stage__run").order_by("pk"))
    if story.run is None or story.run.mapping is None:
        cells = zip(row.upload.headers, row.values, strict=False)
        story.fields = [
            {"label": header, "source": cell, "clean": "", "rule": "", "rule_says": ""} for header, cell in cells
        ]
        return story
    raw = Reader(story.run.mapping).fields(row.upload_id, row.values)
    clean: dict[str, Any] = (keyed.clean if keyed else None) or {}
    for name in [*raw, *(one for one in clean if one not in raw)]:
        change = clean.get(name, {})
        label = vocabulary.label_of(story.run.object, name)
        story.fields.append(
            {
                "label": label,
                "source": raw.get(name, ""),
                "clean": change.get("value", ""),
                "rule": change.get("rule", ""),
                "rule_says": sentence_of(change.get("rule", "")),
            }
        )
    found = Decision.objects.filter(program=story.run.program_id, key_rows__key=story.key)
    story.decisions = list(found.select_related("by", "superseded_by").order_by("-pk")[:50])
    return story
