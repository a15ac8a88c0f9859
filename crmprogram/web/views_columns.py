"""The mapping page: which column of a file holds what, said once and remembered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from crmprogram.intake import mapping
from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.models import Upload, UploadState
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views_uploads import UploadView

NEEDED = {  # without these nothing can be counted
    "activity": ("owner", "created_at", "kind"),
    "login": ("login_at",),
    "deal": ("source_id", "owner", "stage"),
}


class Columns(UploadView):
    """Headers with samples, each with the field it goes to; another kind of record by ?object=."""

    action = "upload.view"
    post_action = "upload.add"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.upload(number))

    def shown(self, upload: Upload, status: int = 200, **more: Any) -> HttpResponse:
        asked = self.request.POST.get("object") or self.request.GET.get("object") or upload.object
        obj = asked if asked in OBJECTS else "activity"
        fields = mapping.choices_of(obj)
        columns = mapping.columns_of(upload, obj) if upload.state != UploadState.ASKS else []
        chosen = {one.label: self.request.POST.get(f"column-{one.place}", one.field) for one in columns}
        labels = {one.name: one.label for one in fields}
        missing = [labels[name] for name in NEEDED.get(obj, ()) if name not in chosen.values()]
        return self.page(
            "web/upload_columns.html",
            status,
            upload=upload,
            object=obj,
            objects=OBJECTS,
            fields=fields,
            columns=[(one, chosen[one.label], labels.get(chosen[one.label], "")) for one in columns],
            missing=missing,
            **more,
        )

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.upload(number)
        columns = mapping.columns_of(upload)
        chosen = {one.label: request.POST.get(f"column-{one.place}", "") for one in columns}
        try:
            mapping.declare_columns(
                upload=upload, by=request.user, object=request.POST.get("object", ""), fields=chosen
            )
        except DomainError as refused:
            return self.shown(upload, 422 if isinstance(refused, Invalid) else refused.status, refused=str(refused))
        return self.done("web:upload", number, message="Mapped. Files with these headers are mapped so from now on.")
