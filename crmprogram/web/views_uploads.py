"""Pages of uploaded files: the list, the form, one file with its questions, its rows and what is put aside."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.intake import formats, queries, retention, services
from crmprogram.intake.fields import fields_of
from crmprogram.intake.models import Upload, UploadState
from crmprogram.intake.read import shorten
from crmprogram.intake.store import limits, too_large
from crmprogram.intake.words import rule_label
from crmprogram.intake.write import safe_csv
from crmprogram.jobs import queries as jobs
from crmprogram.program.errors import DomainError
from crmprogram.web import shell
from crmprogram.web.forms_uploads import ObjectForm, UploadForm
from crmprogram.web.views import ProgramView
from crmprogram.web.views_program import number_of

A_PAGE = 50
SHOWN = 60  # characters of a cell in the preview


class Uploads(ProgramView):
    """Files of the program, newest first."""

    action = "upload.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        uploads = Upload.objects.of(self.program).select_related("program", "uploaded_by", "job")
        if before := number_of(request.GET.get("before")):
            uploads = uploads.filter(pk__lt=before)
        rows = list(uploads.order_by("-pk")[: A_PAGE + 1])
        older = rows[A_PAGE - 1].pk if len(rows) > A_PAGE else None
        return self.page("web/uploads.html", uploads=rows[:A_PAGE], older=older, before=before)


class NewUpload(ProgramView):
    """The form with its limits. A file that is no table is refused by the name of what it is (409)."""

    action = post_action = "upload.add"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._form(UploadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if getattr(request, "upload_too_large", False):
            form.errors["file"] = form.error_class([str(too_large())])
            return self._form(form, status=409)
        if not form.is_valid():
            return self._form(form, status=422)
        told = {name: form.cleaned_data[name] for name in ("encoding", "sheet", "object")}
        files = request.FILES.getlist("file")
        kept: list[services.Stored] = []
        status = 0
        for file in files:
            try:
                whose = {"program": self.program, "by": request.user, "name": file.name}
                kept.append(services.store_upload(**whose, stream=file.chunks(), size=file.size, **told))
            except DomainError as refused:
                form.add_error("file", str(refused) if len(files) == 1 else f"{file.name}: {refused}")
                status = refused.status
        if status:
            for upload, _ in kept:
                form.add_error("file", f"{upload.name} is kept, as {upload.code}.")
            return self._form(form, status=status)
        if len(kept) > 1:
            return self.done("web:uploads", message=f"{len(kept)} files are kept.")
        upload, is_new = kept[0]
        said = f"{upload.code} is kept." if is_new else f"These bytes are here already, as {upload.code} {upload.name}."
        if upload.erased_at:
            said += " A person in them was erased: the file is not kept again, and that person’s rows stay empty."
        return self.done("web:upload", upload.number, message=said)

    def _form(self, form: UploadForm, status: int = 200) -> HttpResponse:
        most = limits()
        vendors = sorted({each.vendor for each in formats.all_formats() if each.vendor not in {"Unknown", "Warehouse"}})
        most_mb = settings.UPLOAD_MAX_BYTES // 1_048_576
        workbook_mb = min(most.workbook_bytes, most.file_bytes) // 1_048_576
        quota_gb = settings.UPLOAD_QUOTA_BYTES // 1024**3
        return self.page(
            "web/upload_new.html",
            status,
            form=form,
            limits=most,
            vendors=vendors,
            most_mb=most_mb,
            workbook_mb=workbook_mb,
            unpacked_gb=most.unpacked_bytes // 1024**3,
            quota_gb=quota_gb,
        )


class UploadView(ProgramView):
    """What the views of one file share: finding it by its number."""

    def upload(self, number: int) -> Upload:
        uploads = Upload.objects.of(self.program).select_related("program", "uploaded_by", "job", "job__program")
        return get_object_or_404(uploads, number=number)


class UploadPage(UploadView):
    """One file: its account, whose export it is and why, its first rows, and what is put aside."""

    action = "upload.view"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        if request.htmx and not request.htmx.boosted:
            return self._still_reading(upload)
        return self._page(upload)

    def _still_reading(self, upload: Upload) -> HttpResponse:
        """Answer the page that waits: nothing while the file is read, a fresh page after."""
        if upload.state == UploadState.READING and not upload.is_stuck:
            return HttpResponse(status=204)
        return HttpResponse(headers={"HX-Refresh": "true"})

    def _page(self, upload: Upload, status: int = 200, **context: Any) -> HttpResponse:
        after = number_of(self.request.GET.get("after")) or 0
        issues = queries.put_aside(upload).filter(row_id__gt=after).order_by("row_id", "pk")
        shown = list(issues[: A_PAGE + 1])
        reading = upload.state in {UploadState.READING, UploadState.FAILED} and upload.job is not None
        return self.page(
            "web/upload.html",
            status,
            upload=upload,
            progress=jobs.progress(upload.job) if reading else None,
            columns=columns_of(upload),
            rows=[(row, [shorten(cell, SHOWN) for cell in row.values]) for row in queries.preview(upload)],
            rules=[(rule_label(rule), count) for rule, count in queries.issue_counts(upload)],
            issues=shown[:A_PAGE],
            after=after,
            more=shown[A_PAGE - 1].row_id if len(shown) > A_PAGE else None,
            object_form=ObjectForm(initial={"object": upload.object}),
            steps=shell.steps_of(self.request.user, upload),
            kept=retention.kept(upload),
            **context,
        )


def columns_of(upload: Upload) -> list[tuple[str, str]]:
    """(header, label of our field or "") for every column."""
    fields = fields_of(upload.object)
    labels = [fields[name].label if name in fields else "" for name in upload.mapped]
    return list(zip(upload.headers, labels, strict=True))


class AnswerEncoding(UploadPage):
    """The person chose the encoding in which the preview reads right."""

    action = "upload.view"
    post_action = "upload.add"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        try:
            services.declare_encoding(upload=upload, by=request.user, encoding=request.POST.get("encoding", ""))
        except DomainError as refused:
            return self._page(upload, status=refused.status, refused=str(refused))
        return self.done("web:upload", number, message="The file is being read.")


class AnswerSheet(UploadPage):
    """The person chose a sheet: the one to read, or another one of a workbook that is here."""

    action = "upload.view"
    post_action = "upload.add"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        try:
            read = services.declare_sheet(upload=upload, by=request.user, sheet=request.POST.get("sheet", ""))
        except DomainError as refused:
            return self._page(upload, status=refused.status, refused=str(refused))
        return self.done("web:upload", read.number, message=f"{read.code} is the sheet “{read.sheet}”.")


class AnswerObject(UploadPage):
    """The person said what the records are."""

    action = "upload.view"
    post_action = "upload.add"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        form = ObjectForm(request.POST)
        if not form.is_valid():
            return self._page(upload, status=422, refused="Choose what the records are.")
        services.declare_object(upload=upload, by=request.user, **form.cleaned_data)
        return self.done("web:upload", number, message="The columns are mapped anew.")


class Quarantined(UploadView):
    """The rows that are put aside, as a CSV file that a spreadsheet opens without computing anything."""

    action = "upload.view"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        lines = (line.encode() for line in safe_csv(queries.quarantined_lines(upload)))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{upload.code}-quarantined.csv"'
        response["Cache-Control"] = "no-store"
        return response
