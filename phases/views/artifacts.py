"""Pages of the strategy artifacts (P5)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.program.models import Position
from crmprogram.web.views import ProgramView
from phases.models import ArtifactKind, ArtifactVersion
from phases.queries import artifacts as queries
from phases.services import artifacts as services
from phases.views.signing import SigningView


class ArtifactForm(forms.Form):
    """The next version of a document."""

    owner = forms.ModelChoiceField(Position.objects.none(), required=False, empty_label="Nobody yet")
    body = forms.CharField(label="Text", required=False, max_length=40_000, widget=forms.Textarea(attrs={"rows": 14}))
    file = forms.FileField(required=False, help_text="Instead of the text or beside it, 20 MB at most.")
    keep_file = forms.BooleanField(label="Keep the file of the last version", required=False)
    seen_number = forms.IntegerField(widget=forms.HiddenInput)


class Artifacts(ProgramView):
    """The six, with version, owner and state."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = queries.artifacts(self.look)
        signed = sum(one.state == "signed" or (one.is_live and one.state == "shared") for one in rows)
        return self.page("phases/artifacts.html", rows=rows, signed=signed)


class ArtifactPage(SigningView):
    """One document: its newest version, who signed, what came before; write the next."""

    action = "audit.view"
    post_action = "artifact.edit"

    @property
    def kind(self) -> ArtifactKind:
        try:
            return ArtifactKind(self.kwargs["kind"])
        except ValueError as exc:
            raise Http404("There is no such artifact.") from exc

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return self.shown(self.form())

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.shown(form, 422)
        data = form.cleaned_data
        file = data.pop("file")
        name = file.name if file else ""
        try:
            made = services.write_artifact(
                program=self.program, by=request.user, kind=self.kind, file=file or None, file_name=name, **data
            )
        except DomainError as error:
            return self.shown(form, self.refuse(form, error))
        return self.done("phases:artifact", self.kind, message=f"Version {made.number} is written.")

    def form(self, *data: Any) -> ArtifactForm:
        last = ArtifactVersion.objects.of(self.program).filter(kind=self.kind).order_by("-number").first()
        initial = {"seen_number": last.number if last else 0}
        if last is not None:
            initial |= {"owner": last.owner_id, "body": last.body, "keep_file": bool(last.file_sha256)}
        form = ArtifactForm(*data, initial=initial)
        form.fields["owner"].queryset = Position.objects.of(self.program)
        if last is None or not last.file_sha256:
            del form.fields["keep_file"]
        return form

    def shown(self, form: ArtifactForm, status: int = 200) -> HttpResponse:
        rows = ArtifactVersion.objects.of(self.program).filter(kind=self.kind).with_signature()
        rows = list(
            rows.select_related("owner", "written_by", "shared_by")
            .prefetch_related("signatures__signed_by")
            .order_by("-number")
        )
        newest = rows[0] if rows else None
        mine = newest and any(one.signed_by_id == self.request.user.pk for one in newest.signatures.all())
        return self.page(
            "phases/artifact.html",
            status,
            kind=self.kind,
            about=queries.ABOUT[self.kind],
            rows=rows,
            newest=newest,
            state=queries.state_of(newest),
            signed_by_me=bool(mine),
            form=form,
        )


class ArtifactAct(ProgramView):
    """Share a version, or sign it."""

    action = "audit.view"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, kind: str, number: int) -> HttpResponse:
        rows = ArtifactVersion.objects.of(self.program).select_related("program")
        version = get_object_or_404(rows, kind=kind, number=number)
        self.act(version)
        return self.done("phases:artifact", kind, message=f"Version {version.number} is {self.done_word}.")

    done_word = ""

    def act(self, version: ArtifactVersion) -> None:
        raise NotImplementedError


class ShareArtifact(ArtifactAct):
    post_action = "artifact.edit"
    done_word = "shared"

    def act(self, version: ArtifactVersion) -> None:
        services.share_artifact(version=version, by=self.request.user)


class SignArtifact(ArtifactAct):
    post_action = "artifact.sign"
    done_word = "signed"

    def act(self, version: ArtifactVersion) -> None:
        services.sign_artifact(version=version, by=self.request.user)


class ArtifactFile(ProgramView):
    """The file of a version, to save."""

    action = "audit.view"

    def get(self, request: HttpRequest, kind: str, number: int) -> FileResponse:
        rows = ArtifactVersion.objects.of(self.program).exclude(file_sha256="")
        version = get_object_or_404(rows, kind=kind, number=number)
        path = services.artifact_path(version.file_sha256)
        if not default_storage.exists(path):
            raise Http404("The file is not kept any more.")
        response = FileResponse(default_storage.open(path), as_attachment=True, filename=version.file_name)
        response["Cache-Control"] = "no-store"
        return response
