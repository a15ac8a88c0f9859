"""The data-quality standard: written, counted, signed, taken out as a file and in again (H11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from migration import vocabulary
from migration.forms import StandardFileForm, StandardForm
from migration.models import QualityStandard, Record
from migration.services import standards
from migration.services.effects import LABELS
from migration.standard import OBJECTS

WRITTEN = "The next version is written; it waits for a signature."


class StandardPage(ProgramView):
    """The data-quality standard: written, signed, and every version of it."""

    action = "data.view"
    post_action = "data.standard"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            forms = self._forms(request.POST)
            if [one for one in forms if not one.is_valid()]:
                return self._show(forms, status=422)
            content = {one.obj: one.content() for one in forms}
            standards.write_standard(program=self.program, by=request.user, content=content)
        except DomainError as exc:
            return self._show(status=exc.page_status, error=exc)
        return self.done("migration:standard", message=WRITTEN)

    def _forms(self, data: Any = None) -> list[StandardForm]:
        last = standards.latest(self.program)
        content = standards.whole(last.content if last else {})
        return [StandardForm(data, told=content[obj], obj=obj) for obj in OBJECTS]

    def _show(self, forms: Any = None, status: int = 200, error: Any = None) -> HttpResponse:
        versions = list(QualityStandard.objects.of(self.program).select_related("created_by", "signed_by"))
        signed = next((one for one in versions if one.signed_at), None)
        judged = standards.runs_by_version(self.program)
        for one in versions:
            one.runs_judged = judged.get(one.version, [])
        return self.page(
            "migration/standard.html",
            status=status,
            forms=forms or self._forms(),
            error=error,
            versions=versions,
            signed=signed,
            labels={"contact": "People", "account": "Companies"},
            effect=self._effect(versions[0]) if versions else None,
        )

    def _effect(self, version: QualityStandard) -> dict[str, Any]:
        told = version.effect
        what = [
            (LABELS[kind], vocabulary.label_of(obj, name) if name else "", obj, many)
            for kind, obj, name, many in told.get("what", [])
        ]
        records = Record.objects.of(self.program).filter(pk__in=told.get("examples", [])).select_related("run")
        for one in records:
            one.program = one.run.program = self.program
        at = datetime.fromisoformat(told["at"]) if told else None
        return {**told, "at": at, "what": what, "examples": list(records)}


class StandardFile(ProgramView):
    """One version as JSON: the command line takes it with --standard, another program on its page."""

    action = "data.view"

    def get(self, request: HttpRequest, version: int) -> HttpResponse:
        found = get_object_or_404(QualityStandard.objects.of(self.program), version=version)
        response = JsonResponse(standards.as_document(found), json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = f'attachment; filename="standard-{self.program.slug}-{version}.json"'
        return response


class TakeStandard(StandardPage):
    """Write the next version from a file."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = StandardFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(status=422, error="Choose the file first.")
        try:
            content = standards.read_document(form.cleaned_data["file"].read(standards.LARGEST + 1))
            standards.write_standard(program=self.program, by=request.user, content=content)
        except DomainError as exc:
            return self._show(status=exc.page_status, error=exc)
        return self.done("migration:standard", message=WRITTEN)


class SignStandard(StandardPage):
    """Sign the version that was written."""

    post_action = "data.sign"

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = whole_number(request.POST.get("version", ""))
        found = QualityStandard.objects.of(self.program).select_related("program")
        try:
            standards.sign_standard(standard=get_object_or_404(found, version=wanted), by=request.user)
        except DomainError as exc:
            return self._show(status=exc.page_status, error=exc)
        return self.done("migration:standard", message="The standard is signed; runs begun from now are judged by it.")
