"""The RACI as a grid, its rows, and its sign-off."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.program.models import Position
from crmprogram.web.views import ProgramView
from governance import services
from governance.forms import ActivityForm, RowForm
from governance.models import Activity
from governance.queries import load_matrix


class RaciPage(ProgramView):
    """The grid with conflicts and repairs in place, the sponsor panel, the load by role."""

    action = "raci.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("governance/raci.html", **self.context(self.look.governance))

    def context(self, matrix: Any, **more: Any) -> dict[str, Any]:
        return {
            "matrix": matrix,
            "may_edit": self.can("raci.edit"),
            "may_place": self.can("positions.edit"),
            "may_accept": self.can("sponsor.accept"),
            **more,
        }


class RaciAct(RaciPage):
    """Base of what changes one row: htmx gets the row back, a browser without script the page."""

    post_action = "raci.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("governance:raci", fragment=f"row-{pk}")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = get_object_or_404(Activity.objects.of(self.program).select_related("program"), pk=pk)
        try:
            self.act(activity)
        except DomainError as exc:
            return self.refused(activity, exc)
        if not request.htmx:
            return self.done("governance:raci", fragment=f"row-{activity.pk}")
        self.program.refresh_from_db()
        return self.part(activity)

    def act(self, activity: Activity) -> None:
        raise NotImplementedError

    def position(self) -> Position:
        key = self.request.POST.get("position", "")
        return get_object_or_404(Position.objects.of(self.program), pk=key if key.isdecimal() else 0)

    def part(self, activity: Activity, status: int = 200, error: DomainError | None = None) -> HttpResponse:
        """The row, and out of band what the change moved: the finding, the load, the sponsor."""
        matrix = load_matrix(self.program)
        context = self.context(matrix, row=matrix.row(activity), row_error=error)
        return self.page("governance/raci.html#changed", status=status, **context)

    def refused(self, activity: Activity, error: DomainError) -> HttpResponse:
        if self.request.htmx:
            return self.part(activity, error.status, error)
        context = self.context(load_matrix(self.program), error=error)
        return self.page("governance/raci.html", status=error.status, **context)


class SetCell(RaciAct):
    """One cell gets letters; the grid's keys come here."""

    def act(self, activity: Activity) -> None:
        letters = self.request.POST.get("letters", "")
        services.set_cell(activity=activity, position=self.position(), letters=letters, by=self.request.user)


class RepairRow(RaciAct):
    """One of the repairs a conflict offers."""

    def act(self, activity: Activity) -> None:
        position, by = self.position(), self.request.user
        if "alone" in self.request.POST:
            services.keep_accountable(activity=activity, position=position, by=by)
        else:
            letters = self.request.POST.get("letters", "")
            services.set_cell(activity=activity, position=position, letters=letters, by=by)


class SuggestLetters(ProgramView):
    """Fill the empty rows with the usual letters."""

    action = post_action = "raci.edit"

    def post(self, request: HttpRequest) -> HttpResponse:
        filled = services.suggest_letters(program=self.program, by=request.user)
        said = f"{filled} rows were filled. Look through them." if filled else "There was no empty row to fill."
        return self.done("governance:raci", message=said)


class SignRaci(RaciPage):
    """Sign the whole RACI as the next version."""

    post_action = "raci.sign"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:raci", fragment="sign")

    def post(self, request: HttpRequest) -> HttpResponse:
        seen = request.POST.get("seen_digest", "")
        try:
            signoff = services.sign_raci(program=self.program, by=request.user, seen_digest=seen)
        except DomainError as exc:
            context = self.context(load_matrix(self.program), error=exc)
            return self.page("governance/raci.html", status=exc.status, **context)
        return self.done("governance:raci", message=f"Version {signoff.version} of the RACI is signed.")


class AddRow(ProgramView):
    action = post_action = "raci.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = ActivityForm(program=self.program, initial={"phase": request.GET.get("phase", 1)})
        return self.page("governance/raci_row.html", form=form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ActivityForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.page("governance/raci_row.html", status=422, form=form)
        activity = services.add_activity(program=self.program, by=request.user, **form.cleaned_data)
        return self.done("governance:row", activity.pk, message="The row is there. Give it letters.")


class RowPage(ProgramView):
    """All letters of one row as plain fields, its title and phase, and its removal."""

    action = "raci.view"
    post_action = "raci.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.shown(pk)

    def shown(self, pk: int, status: int = 200, **context: Any) -> HttpResponse:
        matrix = load_matrix(self.program)
        row = matrix.row(get_object_or_404(Activity.objects.of(self.program), pk=pk))
        activity = row.activity
        values = {"title": activity.title, "phase": activity.phase}
        form = ActivityForm(program=self.program, activity=activity, initial=values)
        given = {"row": row, "letters": RowForm(row=row), "form": form, "may_edit": self.can("raci.edit")}
        return self.page("governance/raci_row.html", status=status, **(given | context))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = load_matrix(self.program).row(get_object_or_404(Activity.objects.of(self.program), pk=pk))
        form = RowForm(request.POST, row=row)
        if not form.is_valid():
            return self.shown(pk, 422, letters=form)
        try:
            services.set_row(activity=row.activity, letters=form.letters, by=request.user)
        except DomainError as exc:
            return self.shown(pk, exc.status, letters=form, error=exc)
        return self.done("governance:raci", message="The row is saved.", fragment=f"row-{pk}")


class ChangeRow(RowPage):
    """Title and phase of a row."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("governance:row", pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = get_object_or_404(Activity.objects.of(self.program), pk=pk)
        form = ActivityForm(request.POST, program=self.program, activity=activity)
        if not form.is_valid():
            return self.shown(pk, 422, form=form)
        try:
            services.change_activity(activity=activity, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(pk, exc.status, form=form, error=exc)
        return self.done("governance:row", pk, message="The row is changed.")


class RemoveRow(RowPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("governance:row", pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = get_object_or_404(Activity.objects.of(self.program), pk=pk)
        try:
            services.remove_activity(activity=activity, by=request.user)
        except DomainError as exc:
            return self.shown(pk, exc.status, error=exc)
        return self.done("governance:raci", message=f"“{activity.title}” is removed.")
