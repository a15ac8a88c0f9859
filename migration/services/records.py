"""Make records from groups of rows: the golden values, the gate, the stage (H3, H7, H10, H0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crmprogram.intake.models import RowState
from crmprogram.jobs import bulk
from migration import vocabulary
from migration.hygiene import gate, merge
from migration.hygiene.features import Record as Cleaned
from migration.hygiene.issues import Issue, dirt
from migration.models import Record, RecordState, Run, RunRow
from migration.queries import PROBLEM_LABELS
from migration.sandbox import searched
from migration.services.cleaning import group_of, is_stale
from migration.services.rows import Row, to_json
from migration.standard import stage_field


@dataclass(slots=True)
class Choice:
    """What a person chose for a group: the key that lives on, and the key per field."""

    survivor: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    by: str = ""


@dataclass(slots=True)
class Group:
    """Rows that are one record. `undecided`: a person has still to say whether it is one with others.

    `cluster` is the key of the cluster they are in.
    """

    rows: Sequence[Row]
    undecided: bool = False
    choice: Choice | None = None
    cluster: int | None = None


def make_record(run: Run, group: Group, *, today: date) -> Record:
    """The record of a group, unsaved: values, lineage, problems, and what the gate says (H10)."""
    rows = {row.key: row for row in group.rows}
    doubtful = {(row.key, one.field) for row in group.rows for one in row.issues}
    choice = group.choice or Choice()
    if len(rows) == 1:
        (only,) = group.rows
        best = merge.Golden(only.key, (only.key,), {name: value for name, value in only.values.items() if value}, {})
    else:
        cleaned = [Cleaned(row.key, row.values) for row in group.rows]
        best = merge.golden(cleaned, chosen=choice.survivor, doubtful=doubtful)
    values = dict(best.values)
    lineage = {name: [list(one.keys), one.reason] for name, one in best.lineage.items()}
    for name, key in choice.fields.items():
        if key in rows:
            values[name] = rows[key].values.get(name, "")
            lineage[name] = [[key], f"chosen by {choice.by}" if choice.by else "chosen by a person"]
    values = {name: value for name, value in values.items() if value}
    issues = [one for row in group.rows for one in row.issues if values.get(one.field) == one.raw]
    left_out = _left_out(run, issues, values)
    loaded = {name: value for name, value in values.items() if name not in left_out}
    required = required_of(run, loaded)
    refusals = refusals_of(run, loaded, issues, required, undecided=group.undecided)
    stale = is_stale(run, loaded, today)
    record = Record(
        pk=rows[best.survivor].id,
        program_id=run.program_id,
        run=run,
        cluster_id=group.cluster,
        object=run.object,
        key=best.survivor,
        label=label_of(run.object, values)[:200],
        search=searched(values),
        rows=len(rows),
        fields=loaded,
        lineage=lineage,
        problems=_problems(issues, left_out),
        refusals=[{"rule": one.rule, "field": one.field, "message": one.message} for one in refusals],
    )
    record.state = _state(refusals, undecided=group.undecided, stale=stale)
    record.dirt = sorted(
        dirt(
            issues,
            missing=gate.missing(loaded, required),
            has_open_duplicate=group.undecided,
            is_stale=stale,
        )
    )
    if run.object in vocabulary.LOADABLE and record.state in {RecordState.READY, RecordState.HELD}:
        months, is_deal = run.thresholds["dormant_months"], run.object == vocabulary.DEAL
        record.stage = gate.stage_of(loaded, today=today, dormant_months=months, is_deal=is_deal).value
    return record


def _left_out(run: Run, issues: Iterable[Issue], values: Mapping[str, str]) -> set[str]:
    """Fields whose value could not be brought to standard form; they are listed, not loaded (H4, H10)."""
    if not run.thresholds.get("leave_out", True):
        return set()
    loose = gate.HARMLESS | gate.UNSURE
    return {one.field for one in issues if one.rule not in loose and values.get(one.field) == one.raw}


def required_of(run: Run, values: Mapping[str, str]) -> list[str]:
    """The fields a record with these values needs, at its stage, as the run was told (H10)."""
    limits = run.thresholds
    return gate.required_at(values, limits["required"], limits.get("required_at", {}), stage_field(run.object))


def refusals_of(
    run: Run, values: Mapping[str, str], issues: Sequence[Issue], required: Iterable[str], *, undecided: bool
) -> list[gate.Refusal]:
    """Why the hygiene gate keeps a record with these values out (H10)."""
    found = gate.refusals(values, issues=issues, required=required, has_open_duplicate=undecided)
    if run.object not in vocabulary.PERSON_OBJECTS:
        # an account is known by its name, a deal or an activity by its id: no mailbox is asked of them
        found = [one for one in found if one.rule != "identity.missing"]
    return found


def _problems(issues: Iterable[Issue], left_out: set[str]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for one in issues:
        seen.setdefault(
            (one.rule, one.field),
            {"rule": one.rule, "field": one.field, "raw": one.raw, "message": one.message,
             "left_out": one.field in left_out},
        )  # fmt: skip
    return list(seen.values())


def _state(refusals: Sequence[gate.Refusal], *, undecided: bool, stale: bool) -> str:
    """Held comes first: a decision may fill what is missing, or bring a newer engagement (H10, H3)."""
    if undecided:
        return RecordState.HELD
    if stale:
        return RecordState.ARCHIVED
    return RecordState.REJECTED if refusals else RecordState.READY


ROW_STATES: dict[str, RowState] = {
    RecordState.READY: RowState.KEPT,
    RecordState.HELD: RowState.KEPT,
    RecordState.REJECTED: RowState.QUARANTINED,
    RecordState.ARCHIVED: RowState.ARCHIVED,
}


STORED = tuple(field.name for field in Record._meta.concrete_fields)
_STORED_AS = tuple(field.attname for field in Record._meta.concrete_fields)


def store_records(run: Run, made: Sequence[tuple[Group, Record]]) -> Counter[str]:
    """Write records by their id and point their rows at them; doing it again changes nothing.

    Returns how many rows ended in which state of the account (H0).
    """
    bulk.upsert(Record, STORED, (stored(record) for _, record in made))
    ends: Counter[str] = Counter()
    updates = []
    for group, record in made:
        for row in group.rows:
            state = ROW_STATES[record.state] if row.id == record.pk else RowState.MERGED
            ends[str(state)] += 1
            updates.append((str(state), record.pk, row.id))
    bulk.update(RunRow, ("state", "record"), updates)
    return ends


def stored(record: Record) -> list[Any]:
    """The record's columns as the database takes them."""
    values = (getattr(record, name) for name in _STORED_AS)
    return [to_json(value) if isinstance(value, dict | list) else value for value in values]


NAMELESS = "No name"


def label_of(obj: str, values: Mapping[str, str]) -> str:
    """What a person calls the record: name, company, mail, else its id."""
    names, others = called_by(obj)
    if name := " ".join(part for one in names if (part := values.get(one, ""))):
        return name
    return next((value for one in others if (value := values.get(one, ""))), NAMELESS)


def called_by(obj: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that are the name of a record together, and those of which the first stands for it."""
    if obj in vocabulary.PERSON_OBJECTS:
        return ("given_name", "family_name"), ("full_name", "email", "company")
    return (), ("company", "name", "subject", "full_name", "username", "email", "source_id")


def tally(totals: Counter[str], run: Run, record: Record) -> None:
    """Add one record to the totals after: problems by what became of them, quality and dirt now (H9)."""
    totals["records"] += 1
    totals[f"state:{record.state}"] += 1
    tally_problems(totals, record.state, record.problems, record.refusals)
    for kind in record.dirt:
        totals[f"dirt:{kind}"] += 1
    if not record.dirt:
        totals["clean"] += 1
    if record.state == RecordState.ARCHIVED:
        totals["fixed:stale"] += 1
        return
    totals["measured"] += 1
    wrong = {one["field"] for one in record.problems if one["rule"] not in gate.HARMLESS | gate.UNSURE}
    for measure in ("email", "phone", "country", "industry", "company"):
        if record.fields.get(measure) or measure in wrong:
            totals[f"has:{measure}"] += 1
            totals[f"good:{measure}"] += measure not in wrong
    if not gate.missing(record.fields, required_of(run, record.fields)):
        totals["good:required"] += 1


def tally_problems(
    totals: Counter[str], state: str, problems: Sequence[Mapping[str, Any]], refusals: Sequence[Mapping[str, Any]]
) -> None:
    """Add the kinds of problems of one record: those that keep it out, and those for a person."""
    rejected = state == RecordState.REJECTED
    groups = {group_of(one["rule"]) for one in problems}
    because = {group_of(one["rule"]) for one in refusals} | {"identity", "required"}
    if any(one["rule"] == "identity.missing" for one in refusals):
        because |= {"email", "phone"}  # what could not be read was all there was
    for one in refusals:
        if one["rule"] == "identity.missing":
            groups.add("identity")
        elif one["rule"] == "required.missing":
            groups.add("required")
    for kind in (groups & PROBLEM_LABELS.keys()) - {"duplicate"}:
        refused = rejected and kind in because
        totals[f"{'rejected' if refused else 'person'}:{kind}"] += 1
