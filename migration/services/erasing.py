"""Erase a person from rows, records, loads, samples and files; keys and counts stay (H0, data protection).

Who was erased is known again by keyed digests of the record keys. The same bytes are not
kept a second time (`Upload.erased_at`), and rows of another export that have such a key are
emptied before a run makes anything of them (`hold_erased`); they end as rejected, with the
reason. An export that no run has cleaned yet holds what it holds.
"""

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
    ClusterState,
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
from migration.queries import KEPT_REVIEW, counted_reviews, source_rows
from migration.services import blocks, linking
from migration.services.accounting import account_of, counts_of
from migration.services.records import tally

ERASED = "Erased"
REFUSAL = {"rule": "erased", "field": "", "message": "Erased at the person's request."}
PART = 2_000

Done = Counter[tuple[str, str]]  # (place, code of the run or file) -> how many


def digest_of(program: Program, key: str) -> str:
    """A record key as a keyed digest: known again, not read back."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{program.pk}:{key}".encode(), hashlib.sha256).hexdigest()


def keys_of(record: Record) -> list[str]:
    """The keys of every source row behind a record, of its own and of those merged into it."""
    return sorted({record.key, *source_rows(record).values_list("in_run__key", flat=True)})


@transaction.atomic
def erase_person(*, program: Program, by: User, keys: Collection[str], reason: str) -> Erasure:
    """Empty every row, record, load, sample and file that holds these record keys; returns the receipt.

    Decisions stay, by key. The original files that hold the rows are deleted: the rows of
    everybody else stand in the database. A run that has not ended has to start again.
    Raises Invalid without keys or a reason, RunRefused while a run works.
    """
    policy.require(by, "data.erase", program)
    if not keys or not reason.strip():
        raise Invalid("Say who is to be erased, and why.", field="reason")
    Program.objects.lock(program.pk)
    for run in Run.objects.of(program).exclude(job__state=JobState.DONE).exclude(job=None).select_related("job"):
        if run.job is not None and run.job.state == JobState.RUNNING:
            raise RunRefused(f"{run.code} is working and may hold this person; stop it first.")
        blocks.forget(run)  # what its steps hand on is not asked row by row
    erasure = Erasure.objects.create(
        program=program, number=program.next_number("erasure"), reason=reason.strip()[:300], by=by, at=clock.now(),
        digests=sorted(digest_of(program, one) for one in keys),
    )  # fmt: skip
    done = _erase(program, set(keys))
    erasure.counts = _counts(done)
    erasure.places = [[place, code, many] for (place, code), many in sorted(done.items()) if many]
    erasure.save(update_fields=["counts", "places"])
    audit.record(by=by, verb="person.erased", subject=erasure, after=erasure.counts, note=erasure.reason)
    return erasure


@transaction.atomic
def erase_again(*, program: Program, ended: Run | None = None) -> Counter[str]:
    """Erase whom an earlier erasure named and who came back: after a restore, or with the run that `ended`."""
    if not (known := _known(program)):
        return Counter()
    rows = RunRow.objects.filter(run=ended) if ended else RunRow.objects.filter(run__program=program)
    back = {key for key in rows.values_list("key", flat=True).iterator() if digest_of(program, key) in known}
    left = SandboxRecord.objects.filter(program=program).values_list("key", flat=True)
    back |= {key for key in left.iterator() if digest_of(program, key) in known}
    return _counts(_erase(program, back)) if back else Counter()


def hold_erased(run: Run, ids: Sequence[int], keys: Sequence[str]) -> list[int]:
    """Empty the rows about people who were erased before; returns their places in `ids`, which go with `keys`."""
    if not (known := _known(run.program)):
        return []
    back = [at for at, key in enumerate(keys) if digest_of(run.program, key) in known]
    if back:
        with transaction.atomic():
            done: Done = Counter()
            rows = [ids[at] for at in back]
            values = _empty_rows(rows, done)
            _empty_files(rows, values, done)
            _forget_frequent(run, values)
            Run.objects.filter(pk=run.pk).update(summary=run.summary)
    return back


def _known(program: Program) -> set[str]:
    """The digests of everybody who was erased."""
    return {one for digests in Erasure.objects.of(program).values_list("digests", flat=True) for one in digests}


def _counts(done: Done) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (place, _), many in done.items():
        counts[place] += many
    return counts


def _erase(program: Program, keys: set[str]) -> Done:
    done: Done = Counter()
    runs = list(Run.objects.of(program).filter(rows__key__in=keys).distinct().select_related("job", "mapping"))
    for run in runs:
        if run.job is not None and run.job.state == JobState.RUNNING:
            raise RunRefused(f"{run.code} is working on these files; stop it first.")
    ids = list(RunRow.objects.filter(run__program=program, key__in=keys).values_list("pk", flat=True))
    values = _empty_rows(ids, done)
    for run in runs:
        run.program = program
        _empty_run(run, keys, values, done)
    gone = SandboxRecord.objects.filter(program=program, key__in=keys)
    for space, many in Counter(gone.values_list("space", flat=True)).items():
        done["loaded", space] += many
    gone.delete()
    _empty_files(ids, values, done)
    return done


def _empty_files(ids: Sequence[int], values: set[str], done: Done) -> None:
    """Take the values out of the samples of these rows' columns, and delete the files, for good."""
    uploads = Upload.objects.filter(pk__in={pk >> 24 for pk in ids})
    for column in MappingColumn.objects.filter(upload__in=uploads).select_related("upload"):
        kept = [one for one in column.samples if one not in values]
        if kept != column.samples:
            done["samples of columns", column.upload.code] += len(column.samples) - len(kept)
            column.samples = kept
            column.save(update_fields=["samples"])
    for upload in uploads:
        done["files", upload.code] += upload.path.exists()
        transaction.on_commit(partial(upload.path.unlink, missing_ok=True))
    uploads.update(erased_at=clock.now())


def _empty_rows(ids: Sequence[int], done: Done) -> set[str]:
    """Empty the rows' cells, and what was said about them; returns the values that stood there."""
    values: set[str] = set()
    for part in _parts(ids):
        rows = list(SourceRow.objects.filter(pk__in=part).select_related("upload"))
        changed = RunRow.objects.filter(pk__in=part)
        for clean in changed.values_list("clean", flat=True):
            values |= {one["value"] for one in (clean or {}).values() if one["value"]}
        changed.update(clean=None)
        for row in rows:
            cells = json.loads(row.cells)
            values |= {one.strip() for one in cells if one.strip()}
            row.cells = json.dumps([""] * len(cells))
            done["rows", row.upload.code] += 1
        SourceRow.objects.bulk_update(rows, ["cells"], batch_size=200)
        for upload, many in Counter(RowIssue.objects.filter(row__in=part).values_list("upload", flat=True)).items():
            done["problems of rows", next(row.upload.code for row in rows if row.upload_id == upload)] += many
        RowIssue.objects.filter(row__in=part).update(value="", message="Erased.")
    return values


def _empty_run(run: Run, keys: set[str], values: set[str], done: Done) -> None:
    blocks.forget(run)
    records = list(Record.objects.filter(pk__in=RunRow.objects.filter(run=run, key__in=keys).values("pk")))
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
    linking.forget(run, ids)
    RunRow.objects.filter(pk__in=[one.pk for one in records if one.state == RecordState.REJECTED]).update(
        state=RowState.QUARANTINED
    )
    done["records", run.code] += len(records)
    for cluster in Cluster.objects.filter(run=run, rows__key__in=keys).distinct():
        cluster.label = ERASED
        cluster.pairs = [[*one[:5], []] if {one[0], one[1]} & keys else one for one in cluster.pairs]
        if {key for group in cluster.groups for key in group} <= keys:  # there is nobody left to ask about
            cluster.undecided = []
            if cluster.state == ClusterState.OPEN:
                cluster.state, cluster.decided_at = ClusterState.DECIDED, clock.now()
        cluster.save(update_fields=["label", "pairs", "undecided", "state", "decided_at"])
        done["clusters", run.code] += 1
        done["second looks", run.code] += SecondLook.objects.filter(cluster=cluster).update(label=ERASED)
    for place, model, empty in (
        ("states before a load", LoadItem, {"before": None}),
        ("loads to be taken back", RevertItem, {"loaded": {}}),
        ("samples", SampleItem, {"comparison": [], "note": ""}),
        ("spot-checks", SpotItem, {"comparison": [], "note": ""}),
    ):
        done[place, run.code] += model._default_manager.filter(record__in=ids).update(**empty)
    _forget_frequent(run, values)
    totals = Counter(run.summary.get("after", {}))
    totals.update(change)
    run.counts = counts_of(account_of(run))
    review = counted_reviews(run)
    run.summary = {**run.summary, "after": dict(totals), KEPT_REVIEW: [review.total, review.open]}
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
