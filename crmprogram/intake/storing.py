"""The rows of a file into the database, chunk by chunk, and its account balanced: what the job that reads it does."""

from __future__ import annotations

import json
from collections import Counter

from crmprogram.intake import formats
from crmprogram.intake.errors import AccountOpen, FileRefused
from crmprogram.intake.models import RowIssue, RowState, SourceRow, Upload, UploadState, row_id
from crmprogram.intake.read import Bad, Blank, shorten
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.rows import Stored as StoredRecords
from crmprogram.intake.rows import open_stored
from crmprogram.intake.store import limits
from crmprogram.jobs import outbox
from crmprogram.jobs.bulk import insert, insert_missing
from crmprogram.jobs.models import Job, JobState
from crmprogram.jobs.runner import Work
from crmprogram.program import audit, clock

CHUNK = 10_000
ROW = ("id", "upload", "line", "state", "cells")  # the columns of a new row that are not NULL
NewRow = tuple[int, int, int, str, str]
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it runs for every row


def kinds_of(upload: Upload) -> list[str]:
    """The kind of each column, "" for one that is not mapped."""
    return [formats.kind_of(upload.object, name) if name else "" for name in upload.mapped]


def read_rows(work: Work) -> None:
    """Read the file from where the last commit left off, 10,000 records at a time.

    A record's key is made of the file's and its number, so reading twice stores it once.
    Bad and shifted records are put aside with their reason. Raises FileRefused when the
    file as a whole turns out to be beyond the limits.
    """
    upload = Upload.objects.get(pk=work.job.params["upload"])
    counts = {"kept": 0, "quarantined": 0, "blank": 0} | work.cursor
    done = sum(counts.values())
    is_again = not done and SourceRow.objects.of_upload(upload.pk).exists()
    chunks = open_stored(
        upload.path,
        encoding=upload.encoding,
        delimiter=upload.delimiter,
        sheet=upload.sheet,
        kinds=kinds_of(upload),
        limits=limits(),
        skip=done,
        size=CHUNK,
    )
    try:
        for chunk in chunks:
            if not chunk.size:
                work.beat()
                continue
            rows, issues = rows_of(upload, chunk)
            for state, count in Counter(row[3] for row in rows).items():
                counts[state] += count
            done += chunk.size
            with work.commit(done=done, cursor=dict(counts), result=dict(counts), total=max(done, work.shard.total)):
                write_rows(rows, issues, again=is_again)
    except Refusal as refusal:
        raise FileRefused.of(refusal) from refusal
    finally:
        chunks.close()
    with work.commit(total=done, result=dict(counts)):
        pass


def write_rows(rows: list[NewRow], issues: list[RowIssue], *, again: bool) -> None:
    """Write a chunk; `again`: some of it may be there."""
    if again:
        insert_missing(SourceRow, ROW, rows)
    else:
        insert(SourceRow, ROW, rows)
    RowIssue.objects.bulk_create(issues, ignore_conflicts=True)


def rows_of(upload: Upload, chunk: StoredRecords) -> tuple[list[NewRow], list[RowIssue]]:
    """Return the rows of the records and the issues of those that are put aside, both unsaved."""
    first, kept = row_id(upload.pk, 0), str(RowState.KEPT)
    rows = [
        (first + number, upload.pk, line, kept, cells)
        for number, line, cells in zip(chunk.numbers, chunk.lines, chunk.cells, strict=True)
    ]
    issues = []
    for one in chunk.others:
        if isinstance(one, Blank):
            rows.append((first + one.record_no, upload.pk, one.line, str(RowState.BLANK), "[]"))
            continue
        if isinstance(one, Bad):
            line, key, cells = one.line, first + one.record_no, to_json(one.cells or [one.raw])
            told = one.rule, one.column, one.value, one.message
        else:
            row, shift = one
            line, key, cells, column = row.line, first + row.record_no, to_json(row.cells), upload.headers[shift.column]
            message = (
                f"“{column}” holds what looks like {shift.looks_like}: the cells of this row stand "
                "under the wrong headers. Correct the row and upload it again."
            )
            told = "row.shifted", column, shift.value, message
        rows.append((key, upload.pk, line, str(RowState.QUARANTINED), cells))
        issues.append(issue_of(upload, key, line, *told))
    return rows, issues


def issue_of(upload: Upload, key: int, line: int, rule: str, column: str, value: str, message: str) -> RowIssue:
    return RowIssue(
        upload_id=upload.pk,
        row_id=key,
        line=line,
        rule=rule,
        column=column[:300],
        value=shorten(value, 200),
        message=message,
    )


def balance_rows(work: Work) -> None:
    """Count the stored rows against what was read, and close the upload's account (H0).

    Raises AccountOpen, which fails the job and says by how many.
    """
    upload = Upload.objects.select_related("program").get(pk=work.job.params["upload"])
    read = work.job.shards.get(step="read").result
    stored = {
        state: SourceRow.objects.filter(upload=upload, state=state).count()
        for state in (RowState.KEPT, RowState.QUARANTINED, RowState.BLANK)
    }
    total = sum(read.values())
    if missing := total - sum(stored.values()):
        wrong = f"{abs(missing):,} are {'missing' if missing > 0 else 'too many'}"
        raise AccountOpen(f"{upload.code}: {total:,} rows were read, of which {wrong}.")
    with work.commit(done=1):
        Upload.objects.filter(pk=upload.pk).update(
            state=UploadState.READ,
            error="",
            read_count=total,
            kept_count=stored[RowState.KEPT],
            quarantined_count=stored[RowState.QUARANTINED],
            blank_count=stored[RowState.BLANK],
            read_at=clock.now(),
        )
        audit.record(
            by=None, verb="upload.read", subject=upload, after={"read": total, **{str(k): v for k, v in stored.items()}}
        )
        outbox.put("upload.read", upload)


def settle_upload(job: Job) -> None:
    """Say on the upload that reading it failed, with the job's reason."""
    if job.state == JobState.FAILED:
        Upload.objects.filter(pk=job.params["upload"]).exclude(state=UploadState.READ).update(
            state=UploadState.FAILED, error=job.error
        )
