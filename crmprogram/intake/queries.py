"""What pages and the API show of a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, QuerySet

from crmprogram.intake.models import RowIssue, RowState, SourceRow, Upload

PREVIEW_ROWS = 20


def put_aside(upload: Upload) -> QuerySet[RowIssue]:
    """The issues of the rows that are quarantined; what cleaning noted on kept rows is the run's to show."""
    return RowIssue.objects.filter(upload=upload, row__state=RowState.QUARANTINED)


def preview(upload: Upload, count: int = PREVIEW_ROWS) -> list[SourceRow]:
    """The first rows of the file as they came, blank ones apart; empty before the first part is read."""
    return list(SourceRow.objects.of_upload(upload.pk).exclude(state=RowState.BLANK)[:count])


def issue_counts(upload: Upload) -> list[tuple[str, int]]:
    """(rule, number of rows) of what is put aside, the most frequent first."""
    counted = put_aside(upload).values_list("rule").annotate(count=Count("pk"))
    return sorted(counted, key=lambda each: (-each[1], each[0]))


def quarantined_lines(upload: Upload) -> Iterator[list[str]]:
    """The rows that are put aside, with line and reason before their cells, as lines of a table.

    A row of text that could not be cut into cells has its raw text in the column "Raw row"; the
    reasons stand in columns of their own, so that a corrected file can be uploaded again.
    """
    yield ["Line", "Rule", "In column", "Value", "Reason", "Raw row", *upload.headers]
    issues = put_aside(upload).select_related("row")
    for issue in issues.order_by("line", "pk").iterator(chunk_size=1_000):
        cells = issue.row.values
        whole = len(cells) == len(upload.headers) and (issue.rule == "row.shifted" or bool(upload.sheet))
        raw, row = ("", cells) if whole else (cells[0] if cells else "", [""] * len(upload.headers))
        yield [str(issue.line), issue.rule, issue.column, issue.value, issue.message, raw, *row]
