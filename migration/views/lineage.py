"""Search, the story of a source row, the rows behind a number, and erasing a person (H0)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crmprogram.intake.models import SourceRow
from crmprogram.program.errors import DomainError
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from migration import vocabulary
from migration.models import Erasure, Record
from migration.services import erasing, facets, searching
from migration.views.runs import RunView
from migration.words import sentence_of


class Search(ProgramView):
    """Records of every current run by name, mail or key."""

    action = "data.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:120]
        found = searching.records_like(self.program, text)
        for one in found:
            one.program = one.run.program = self.program
        return self.page("migration/search.html", text=text, records=found, limit=searching.FOUND)


class RowPage(ProgramView):
    """One source row: what came, what changed, and what became of it."""

    action = "data.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = SourceRow.objects.filter(upload__program=self.program).select_related("upload")
        row = get_object_or_404(rows, pk=pk)
        row.upload.program = self.program
        story = searching.row_story(row)
        if story.record is not None:
            story.record.program = self.program
        if story.run is not None:
            story.run.program = self.program
        return self.page("migration/row.html", story=story, row=row)


class FacetRows(RunView):
    """The rows behind a number of the profile."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        if not request.GET.get("field"):
            return redirect("migration:profile", self.program.slug, number)
        field, kind = request.GET.get("field", ""), request.GET.get("kind", "")
        value = request.GET.get("value", "")[:300]
        kind = kind if kind in facets.KINDS else "empty"
        after, before = (whole_number(request.GET.get(name, "")) for name in ("after", "before"))
        uploads = {one.pk: one for one in run.uploads.all()}
        found = facets.rows_where(run, field=field, kind=kind, value=value, after=after, before=before)
        states = found.states()
        total = facets.total_of(run, field=field, kind=kind, value=value)
        no = whole_number(request.GET.get("no", ""))  # how many rows stand before those behind the link
        no = max(no - len(found.rows), 0) if before else no
        passed = (no if found.before else 0) + len(found.rows)
        return self.page(
            "migration/facet.html",
            run=run,
            label=vocabulary.label_of(run.object, field),
            said=sentence_of(value) if kind == "rule" else f"{facets.KINDS[kind]} {value}".strip(),
            rows=[(row, uploads[row.upload_id].name, text, states[row.pk].label) for row, text in found.rows],
            found=found,
            first=passed - len(found.rows) + 1,
            passed=passed,
            total=total,
            back=0 if before and not no else found.before,
            on=0 if total == (passed, True) else found.after,
            kind=kind,
        )


class Erasures(ProgramView):
    """Find a person, erase every row, record, load and file about them, and keep the receipt."""

    action = post_action = "data.erase"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request.GET.get("q", "").strip()[:120])

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = [whole_number(one) for one in request.POST.getlist("record")]
        records = list(Record.objects.of(self.program).filter(pk__in=chosen).select_related("run"))
        try:
            made = erasing.erase_person(
                program=self.program,
                by=request.user,
                keys=erasing.keys_of_all(records),
                reason=request.POST.get("reason", ""),
            )
        except DomainError as exc:
            return self._show(request.POST.get("q", ""), status=exc.page_status, error=exc)
        rows, files = made.counts.get("rows", 0), made.counts.get("files", 0)
        return self.done(
            "migration:erasure",
            made.number,
            message=f"Erased: {rows} rows emptied, {files} original files deleted.",
        )

    def _show(self, text: str, status: int = 200, error: Any = None) -> HttpResponse:
        found = searching.records_like(self.program, text)
        for one in found:
            one.program = one.run.program = self.program
        return self.page(
            "migration/erasures.html",
            status=status,
            text=text,
            records=found,
            receipts=list(Erasure.objects.of(self.program).select_related("by")[:50]),
            error=error,
        )


class ErasurePage(ProgramView):
    """The certificate of one erasure: what was emptied where, and what stays; made to be printed."""

    action = "data.erase"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        found = Erasure.objects.of(self.program).select_related("by")
        return self.page("migration/erasure.html", erasure=get_object_or_404(found, number=number))
