"""The RACI's columns: who holds which position, at which level."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.program.models import Position
from crmprogram.web.views import ProgramView
from governance import services
from governance.forms import PositionForm
from governance.queries import open_sponsorship


class PositionsPage(ProgramView):
    """The columns in their order, and the form for a new one."""

    action = "raci.view"
    post_action = "positions.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown(PositionForm(program=self.program))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PositionForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(form, 422)
        position = services.save_position(program=self.program, by=request.user, **form.cleaned_data)
        return self.done("governance:positions", message=f"{position.title} is added.")

    def shown(self, form: PositionForm, status: int = 200, **context: Any) -> HttpResponse:
        return self.page(
            "governance/positions.html",
            status=status,
            form=form,
            positions=Position.objects.of(self.program).select_related("membership__user"),
            sponsorship=open_sponsorship(self.program),
            may_edit=self.can("positions.edit"),
            **context,
        )


class PositionPage(ProgramView):
    """One position: title, level, holder."""

    action = post_action = "positions.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        position = get_object_or_404(Position.objects.of(self.program), pk=pk)
        values = {"title": position.title, "level": position.level, "membership": position.membership_id}
        return self.shown(position, PositionForm(program=self.program, position=position, initial=values))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        position = get_object_or_404(Position.objects.of(self.program), pk=pk)
        form = PositionForm(request.POST, program=self.program, position=position)
        if not form.is_valid():
            return self.shown(position, form, 422)
        services.save_position(program=self.program, by=request.user, position=position, **form.cleaned_data)
        return self.done("governance:positions", message=f"{form.cleaned_data['title']} is saved.")

    def shown(self, position: Position, form: PositionForm, status: int = 200, **context: Any) -> HttpResponse:
        sponsorship = open_sponsorship(self.program)
        return self.page(
            "governance/position.html",
            status=status,
            position=position,
            form=form,
            is_sponsors=bool(sponsorship and sponsorship.position_id == position.pk),
            **context,
        )


class MovePosition(ProgramView):
    action = post_action = "positions.edit"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        position = get_object_or_404(Position.objects.of(self.program).select_related("program"), pk=pk)
        services.move_position(position=position, by=request.user, earlier=request.POST.get("to") == "earlier")
        return self.done("governance:positions", fragment=f"position-{pk}")


class RemovePosition(PositionPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("governance:position", pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        position = get_object_or_404(Position.objects.of(self.program).select_related("program"), pk=pk)
        try:
            services.remove_position(position=position, by=request.user)
        except DomainError as exc:
            form = PositionForm(
                program=self.program,
                position=position,
                initial={"title": position.title, "level": position.level, "membership": position.membership_id},
            )
            return self.shown(position, form, exc.status, error=exc)
        return self.done("governance:positions", message=f"{position.title} is removed.")
