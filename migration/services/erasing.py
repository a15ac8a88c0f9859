"""Erase a person from rows, records, loads, samples and files; keys and counts stay (H0, data protection)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from crmprogram.intake.models import RowIssue, RowState, SourceRow, Upload
from crmprogram.jobs.models import JobState
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from migration.errors import RunRefused
from migration.models import (
    Cluster,
    Erasure,
    LoadItem,
    MappingColumn,
    Record,
    RecordState,
    RevertItem,
    Run,
    RunRow,
    SampleItem,
    SandboxRecord,
    SecondLook,
    SpotItem,
)
from migration.services import blocks
from migration.services.accounting import account_of, counts_of
from migration.services.records import tally

ERASED = "Erased"
REFUSAL = {"rule": "erased", "field": "", "message": "Erased at the person's request."}
PART = 2_000


def digest_of(program: Program, key: str) -> str:
    """A record key as a keyed digest: known again, not read back."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{program.pk}:{key}".encode(), hashlib.sha256).hexdigest()


def keys_of(record: Record) -> list[str]:
    """The keys of every source row behind a record, of its own and of those merged into it."""
    ids = SourceRow.objects.filter(record=record.pk).values("pk")
    found = RunRow.objects.filter(pk__in=ids).values_list("key", flat=True)
    return sorted({record.key, *found})


@transaction.atomic
def erase_person(*, program: Program, by: User, keys: Collection[str], reason: str) -> Erasure:
    """Empty every row, record, load, sample and file that holds these record keys; returns the receipt.

    Decisions stay, by key. The original files that hold the rows are deleted: the rows of
    everybody else stand in the database. Raises Invalid without keys or a reason,
    RunRefused while a run over these files works.
    """
    policy.require(by, "data.erase", program)
    if not keys or not reason.strip():
        raise Invalid("Say who is to be erased, and why.", field="reason")
    Program.objects.lock(program.pk)
    erasure = Erasure.objects.create(
        program=program, number=program.next_number("erasure"), reason=reason.strip()[:300], by=by, at=clock.now(),
        digests=sorted(digest_of(program, one) for one in keys),
    )  # fmt: skip
    erasure.counts = dict(_erase(program, set(keys)))
    erasure.save(update_fields=["counts"])
    audit.record(by=by, verb="person.erased", subject=erasure, after=erasure.counts, note=erasure.reason)
    return erasure


@transaction.atomic
def erase_again(*, program: Program, ended: Run | None = None) -> Counter[str]:
    """Erase whom an earlier erasure named and who came back: after a restore, or with the run that `ended`."""
    known = {one for digests in Erasure.objects.of(program).values_list("digests", flat=True) for one in digests}
    if not known:
        return Counter()
    rows = RunRow.objects.filter(run=ended) if ended else RunRow.objects.filter(run__program=program)
    back = {key for key in rows.values_list("key", flat=True).iterator() if digest_of(program, key) in known}
    left = SandboxRecord.objects.filter(program=program).values_list("key", flat=True)
    back |= {key for key in left.iterator() if digest_of(program, key) in known}
    return _erase(program, back) if back else Counter()


def _erase(program: Program, keys: set[str]) -> Counter[str]:
    done: Counter[str] = Counter()
    runs = list(Run.objects.of(program).filter(rows__key__in=keys).distinct().select_related("job", "mapping"))
    for run in runs:
        if run.job is not None and run.job.state == JobState.RUNNING:
            raise RunRefused(f"{run.code} is working on these files; stop it first.")
    ids = list(RunRow.objects.filter(run__program=program, key__in=keys).values_list("pk", flat=True))
    values = _empty_rows(ids, done)
    uploads = Upload.objects.filter(pk__in={pk >> 24 for pk in ids})
    for run in runs:
        run.program = program
        _empty_run(run, keys, values, done)
    gone = SandboxRecord.objects.filter(program=program, key__in=keys)
    done["loaded"] = gone.count()
    gone.delete()
    for column in MappingColumn.objects.filter(upload__in=uploads):
        kept = [one for one in column.samples if one not in values]
        if kept != column.samples:
            column.samples = kept
            column.save(update_fields=["samples"])
    for upload in uploads:
        done["files"] += upload.path.exists()
        transaction.on_commit(partial(upload.path.unlink, missing_ok=True))
    return done


def _empty_rows(ids: Sequence[int], done: Counter[str]) -> set[str]:
    """Empty the rows' cells, and what was said about them; returns the values that stood there."""
    values: set[str] = set()
    for part in _parts(ids):
        rows = list(SourceRow.objects.filter(pk__in=part))
        for row in rows:
            cells = json.loads(row.cells)
            values |= {one.strip() for one in cells if one.strip()}
            values |= {one["value"] for one in (row.clean or {}).values() if one["value"]}
            row.cells, row.clean = json.dumps([""] * len(cells)), None
        SourceRow.objects.bulk_update(rows, ["cells", "clean"], batch_size=200)
        RowIssue.objects.filter(row__in=part).update(value="", message="Erased.")
        done["rows"] += len(rows)
    return values


def _empty_run(run: Run, keys: set[str], values: set[str], done: Counter[str]) -> None:
    blocks.forget(run)
    records = list(Record.objects.filter(run=run, key__in=keys))
    change: Counter[str] = Counter()
    for record in records:
        if record.state != RecordState.ABSORBED:
            less: Counter[str] = Counter()
            tally(less, run, record)
            change.subtract(less)
            record.state, record.stage = RecordState.REJECTED, ""
        record.label, record.search, record.fields, record.lineage, record.problems = ERASED, "", {}, {}, []
        record.refusals = [REFUSAL] if record.state == RecordState.REJECTED else []
        record.dirt = []
        if record.state == RecordState.REJECTED:
            tally(change, run, record)
    names = ["label", "search", "fields", "lineage", "problems", "refusals", "dirt", "state", "stage"]
    Record.objects.bulk_update(records, names, batch_size=200)
    ids = [one.pk for one in records]
    SourceRow.objects.filter(pk__in=[one.pk for one in records if one.state == RecordState.REJECTED]).update(
        state=RowState.QUARANTINED
    )
    done["records"] += len(records)
    for cluster in Cluster.objects.filter(run=run, rows__key__in=keys).distinct():
        cluster.label = ERASED
        cluster.pairs = [[*one[:5], []] if {one[0], one[1]} & keys else one for one in cluster.pairs]
        cluster.save(update_fields=["label", "pairs"])
        SecondLook.objects.filter(cluster=cluster).update(label=ERASED)
    LoadItem.objects.filter(record__in=ids).update(before=None)
    RevertItem.objects.filter(record__in=ids).update(loaded={})
    SampleItem.objects.filter(record__in=ids).update(comparison=[], note="")
    SpotItem.objects.filter(record__in=ids).update(comparison=[], note="")
    _forget_frequent(run, values)
    totals = Counter(run.summary.get("after", {}))
    totals.update(change)
    run.counts = counts_of(account_of(run))
    run.summary = {**run.summary, "after": dict(totals)}
    run.save(update_fields=["counts", "summary"])


def _forget_frequent(run: Run, values: set[str]) -> None:
    """A profile's frequent values that only a few rows have may be the person's: they go."""
    columns: list[dict[str, Any]] = []
    for column in run.summary.get("columns", []):
        top = [one for one in column.get("top", []) if one[0] not in values or one[1] > 5]
        columns.append({**column, "top": top})
    run.summary = {**run.summary, "columns": columns}


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), PART):
        yield ids[at : at + PART]


def keys_of_all(records: Iterable[Record]) -> list[str]:
    """The keys behind several records, sorted."""
    return sorted({key for record in records for key in keys_of(record)})
