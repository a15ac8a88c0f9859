"""One column of a mapping with what changes its values, and the mapping as a document (H5)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response
from migration import queries, vocabulary
from migration.hygiene.transforms import WORDS
from migration.models import MappingColumn, Run
from migration.services import mapping
from migration.views.runs import RunView


class ColumnPage(RunView):
    """What changes the values of one column before they are cleaned, tried on its samples."""

    post_action = "data.run"

    def get(self, request: HttpRequest, number: int, index: int, upload: int) -> HttpResponse:
        run = self.run(number)
        return self._show(run, self._column(run, upload, index))

    def post(self, request: HttpRequest, number: int, index: int, upload: int) -> HttpResponse:
        run = self.run(number)
        column = self._column(run, upload, index)
        typed = request.POST.get("transforms", "")
        try:
            mapping.change_mapping(run=run, by=request.user, columns=[{"id": column.pk, "transforms": typed}])
        except DomainError as exc:
            status = exc.status if exc.status != 400 else 422
            return self._show(run, column, status=status, error=exc, typed=typed)
        return self.done("migration:mapping-column", number, upload, index, message="Saved, and tried below.")

    def _column(self, run: Run, upload: int, index: int) -> MappingColumn:
        columns = MappingColumn.objects.filter(mapping=run.mapping).select_related("upload", "mapping__run")
        return get_object_or_404(columns, upload__number=upload, index=index)

    def _show(
        self, run: Run, column: MappingColumn, status: int = 200, error: Any = None, typed: str | None = None
    ) -> HttpResponse:
        column.upload.program = self.program
        return self.page(
            "migration/mapping_column.html",
            status=status,
            run=run,
            column=column,
            label=vocabulary.label_of(run.object, column.field),
            lines="\n".join(column.transforms) if typed is None else typed,
            tried=mapping.tried(column),
            words=WORDS,
            fields=vocabulary.targets(run.object),
            may_change=queries.may_change(run),
            error=error,
        )


class MappingDocument(RunView):
    """Old field to new field, to be printed and signed."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        return self.page(
            "migration/mapping_document.html",
            run=run,
            mapping=run.mapping,
            headings=mapping.HEADINGS,
            lines=mapping.document(run.mapping),
        )


class MappingFile(RunView):
    """The same as CSV."""

    def get(self, request: HttpRequest, number: int) -> StreamingHttpResponse:
        run = self.run(number)
        rows = [mapping.HEADINGS, *mapping.document(run.mapping)]
        return csv_response(f"mapping-{run.code}-{run.mapping.version}.csv", rows)


class MappingMap(RunView):
    """The same as JSON, as the command line takes it with --map."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        told = json.dumps(mapping.as_map(run.mapping), ensure_ascii=False, indent=2)
        name = f"mapping-{run.code}-{run.mapping.version}.json"
        return HttpResponse(
            told, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )
