"""Tables as files a spreadsheet can open safely (X4; ASVS 1.2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from crmprogram.intake.write import safe_csv


def csv_response(name: str, rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """`rows`, the first being the header, as a CSV to save; a cell that looks like a formula is guarded."""
    lines = (line.encode() for line in safe_csv([str(cell) for cell in row] for row in rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
